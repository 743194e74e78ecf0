"""The whole plan of somebody, once for all that was done within two minutes: as it is when the mail is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.mails import builds, compose
from accounts.models import Mail
from expo.formats import day_named
from programme import own_plans, reading
from programme.mails.cards import Card, card_of
from programme.own_plans import Held
from visitors.links import visit_key, visit_url
from visitors.models import Registration


@builds("programme.plan")
def plan(mail: Mail) -> EmailMultiAlternatives | None:
    """All that is still to come; nothing for who was erased, has another address, or whose show is over."""
    pk = mail.thing.removeprefix("registration:")
    row = Registration.objects.kept().select_related("show").filter(pk=pk, email=mail.to).first()
    if row is None or row.show.is_over(at := row.show.now()):
        return None
    reading.look_again(row.show)
    held = [one for one in own_plans.plan_of(row.show, [row.pk]) if one.listed is None or not one.listed.is_over(at)]
    subject = _("Your plan for %(show)s") % {"show": row.show.short}
    return compose(
        mail,
        template="programme/plan",
        subject=subject,
        context={
            "show": row.show,
            "subject": subject,
            "days": list(by_day(held, row)),
            "link": visit_url(row, mail.language),
            "feed": settings.SITE_URL + reverse("visit-calendar", args=[visit_key(row)]),
        },
    )


def by_day(held: Iterable[Held], reader: Registration) -> Iterator[tuple[str, list[Card]]]:
    """In the order of time; what is not in the programme any more comes last."""

    def day(one: Held) -> str:
        return day_named(one.listed.starts.date()) if one.listed else _("No longer in the programme")

    for name, rows in groupby(held, key=day):
        yield name, [card_of(one, reader.show, reader) for one in rows]
