"""The letters about an application: one for each step to the firm, one to who places it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.models import Mail
from accounts.typed import unlinked
from exhibitors.actions.parties import FIRM, MANAGER
from exhibitors.models import Application
from expo import formats


@dataclass(frozen=True, slots=True)
class Letter:
    """`happened` and `next` may name %(firm)s, %(area)s, %(until)s; they are filled in as plain text."""

    subject: Any
    happened: Any
    next: Any


LETTERS: dict[tuple[str, str], Letter] = {
    ("submitted", FIRM): Letter(
        _("We have your application"),
        _("Your application for space in %(area)s is in, and the booths are held for you until %(until)s."),
        _("The area's manager answers before then. You will get a letter with the answer."),
    ),
    ("submitted", MANAGER): Letter(
        _("New application: %(firm)s"),
        _("%(firm)s applies for space in %(area)s. The booths are held until %(until)s."),
        _("Offer them, offer others or decline; after that moment the booths are free again."),
    ),
    ("offered", FIRM): Letter(
        _("You have an offer"),
        _("We offer you space in %(area)s. The offer stands until %(until)s."),
        _("Accept it on your desk; with that the booths are contracted."),
    ),
    ("offered", MANAGER): Letter(
        _("Offer sent: %(firm)s"),
        _("%(firm)s has an offer of space in %(area)s until %(until)s."),
        _("You will get a letter when they accept, and another if the time runs out."),
    ),
    ("accepted", FIRM): Letter(
        _("Your space is contracted"),
        _("You accepted our offer: the booths in %(area)s are yours."),
        _("Your firm now stands in the catalogue and on the floor plan. Check what it says about you on your desk."),
    ),
    ("accepted", MANAGER): Letter(
        _("Accepted: %(firm)s"),
        _("%(firm)s accepted the offer in %(area)s; the booths are contracted."),
        _("There is nothing to do."),
    ),
    ("rejected", FIRM): Letter(
        _("Your application was declined"),
        _("We cannot give you the space in %(area)s that you applied for. The booths are free again."),
        _("You may apply anew, for other booths or in another area."),
    ),
    ("rejected", MANAGER): Letter(
        _("Declined: %(firm)s"),
        _("The application of %(firm)s in %(area)s was declined; the booths are free again."),
        _("There is nothing to do."),
    ),
    ("withdrawn", FIRM): Letter(
        _("You withdrew your application"),
        _("Your application for space in %(area)s is withdrawn and the booths are free again."),
        _("You may apply anew at any time."),
    ),
    ("withdrawn", MANAGER): Letter(
        _("Withdrawn: %(firm)s"),
        _("%(firm)s withdrew the application in %(area)s; the booths are free again."),
        _("There is nothing to do."),
    ),
    ("expired", FIRM): Letter(
        _("Your booths are free again"),
        _("The time for your application in %(area)s ran out, so the booths are no longer held for you."),
        _("If you still want to exhibit, apply anew: the booths may still be free."),
    ),
    ("expired", MANAGER): Letter(
        _("Time ran out: %(firm)s"),
        _("The time for the application of %(firm)s in %(area)s ran out; the booths are free again."),
        _("The firm was told. There is nothing to do."),
    ),
    ("extended", FIRM): Letter(
        _("You have more time"),
        _("The booths in %(area)s are now held for you until %(until)s."),
        _("Your desk shows what comes next."),
    ),
    ("extended", MANAGER): Letter(
        _("More time: %(firm)s"),
        _("The booths of %(firm)s in %(area)s are now held until %(until)s."),
        _("There is nothing to do."),
    ),
}


# By which the desk lists them.
EVENTS = {
    "submitted": _("Application sent in"),
    "offered": _("Offer made"),
    "accepted": _("Offer accepted"),
    "rejected": _("Application declined"),
    "withdrawn": _("Application withdrawn"),
    "expired": _("Time ran out"),
    "extended": _("More time given"),
}
SIDES = {FIRM: _("{letter}, to the firm"), MANAGER: _("{letter}, to the area's manager")}
mails.name_kinds(
    {f"application.{event}.{side}": format_lazy(SIDES[side], letter=EVENTS[event]) for event, side in LETTERS}
)


def filled(text: Any, facts: dict[str, str]) -> str:
    """The text with its placeholders replaced as plain strings: a name with a % in it stays a name."""
    told = str(text)
    for name, value in facts.items():
        told = told.replace(f"%({name})s", value)
    return told


def build(mail: Mail, *, event: str, side: str) -> EmailMultiAlternatives | None:
    """The letter about `event`; None where the application is gone."""
    pk = int(mail.thing.partition(":")[2])
    application = Application.objects.select_related("firm", "area__hall", "show").filter(pk=pk).first()
    if application is None:
        return None
    letter = LETTERS[event, side]
    until = mail.facts.get("until", "")
    ends = datetime.fromisoformat(until).astimezone(application.show.zone) if until else None
    words = {
        "area": application.area.name,
        "until": f"{formats.day_named(ends)} {formats.clock(ends)}" if ends else "",
        "firm": unlinked(application.firm.name),
    }
    path = (
        reverse("application", args=[pk]) if side == FIRM else reverse("admin:exhibitors_application_change", args=[pk])
    )
    return mails.compose(
        mail,
        template="exhibitors/application",
        subject=f"{filled(letter.subject, words)} · {application.show.short}",
        context={
            "show": application.show,
            "subject": filled(letter.subject, words),
            "happened": filled(letter.happened, words),
            "next": filled(letter.next, words),
            "area": application.area,
            "booths": pgettext("list", ", ").join(mail.facts.get("booths", [])),
            "m2": Decimal(mail.facts.get("m2") or 0).normalize(),
            "price": Decimal(mail.facts.get("price") or 0),
            "answer": mail.facts.get("answer", "") if event in {"offered", "rejected"} else "",
            "contact": "" if side == FIRM else unlinked(application.firm.contact_name),
            "exhibits": "" if side == FIRM else unlinked(application.exhibits),
            "link": settings.SITE_URL + path,
            "link_says": gettext("Open your application") if side == FIRM else gettext("Open the application"),
        },
    )


def register(builds: Callable[[str], Callable[[mails.Builder], mails.Builder]]) -> None:
    for event, side in LETTERS:
        builds(f"application.{event}.{side}")(partial(build, event=event, side=side))


register(mails.builds)
