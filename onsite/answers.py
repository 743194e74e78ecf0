"""What a gate says, in words: the same for the page, the full-screen answer and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from expo import formats
from expo.models import Show, in_language
from onsite.models import Outcome
from onsite.rules import Bearer
from visitors.models import Category, Ticket

# How it looks and sounds: let in, look twice, take money, turn away.
LOOKS = {Outcome.ADMITTED: "yes", Outcome.ALREADY_IN: "again", Outcome.PAYMENT_DUE: "pay"}

TITLES = {
    Outcome.ADMITTED: pgettext_lazy("gate", "Admitted"),
    Outcome.ALREADY_IN: pgettext_lazy("gate", "Already in today"),
    Outcome.WRONG_DAY: pgettext_lazy("gate", "Not for today"),
    Outcome.PAYMENT_DUE: pgettext_lazy("gate", "Payment due"),
    Outcome.REVOKED: pgettext_lazy("gate", "Badge revoked"),
    Outcome.NO_TICKET: pgettext_lazy("gate", "No valid ticket"),
    Outcome.NOT_OURS: pgettext_lazy("gate", "Not our badge"),
    Outcome.CLOSED: pgettext_lazy("gate", "Closed"),
}

NO_TICKET = {
    Ticket.State.AWAITING: gettext_lazy("The ticket is still waiting for approval. Send the visitor to the desk."),
    Ticket.State.DECLINED: gettext_lazy("The ticket was declined. Send the visitor to the desk."),
    Ticket.State.GIVEN_BACK: gettext_lazy("The ticket was given back. The visitor may register again."),
    Ticket.State.LAPSED: gettext_lazy(
        "Nobody confirmed the e-mail, so the place went to others, and today is full. Send the visitor to the desk."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gate has to say to one scan, decided by the moment `at`. Texts are in the language in use.

    `amount` is in yuan, due now; `days` are the days that the ticket is for; `entered_at` and `gate` tell the visit of
    the day.
    """

    uid: UUID
    at: datetime
    outcome: Outcome
    look: str
    title: str
    sentence: str
    serial: str = ""
    name: str = ""
    name_latin: str = ""
    category: str = ""
    category_name: str = ""
    firm: str = ""
    days: tuple[str, ...] = ()
    amount: Decimal | None = None
    entered_at: datetime | None = None
    gate: str = ""

    @property
    def admits(self) -> bool:
        return self.outcome == Outcome.ADMITTED


def answer(uid: UUID, said: Outcome, bearer: Bearer | None, *, show: Show, moment: datetime) -> Answer:
    """Put what was decided at `moment` into words. Of a badge that is not this show's nothing is told."""
    known: dict[str, Any] = {}
    if bearer is not None and bearer.show_id == show.pk:
        known = {
            "serial": bearer.serial,
            "name": bearer.name,
            "name_latin": bearer.name_latin,
            "category": bearer.category,
            "category_name": str(Category(bearer.category).label),
            "firm": bearer.firm,
            "days": tuple(formats.day_short(day.date) for day in show.calendar if day.number in bearer.days),
        }
        if bearer.entered_at is not None:
            known |= {
                "entered_at": bearer.entered_at.astimezone(show.zone),
                "gate": in_language(bearer.gate_en, bearer.gate_zh),
            }
        if said == Outcome.PAYMENT_DUE:
            known["amount"] = bearer.price
    return Answer(
        uid=uid,
        at=moment.astimezone(show.zone),
        outcome=said,
        look=LOOKS.get(said, "no"),
        title=str(TITLES[said]),
        sentence=sentence(said, bearer, show=show, moment=moment, **known),
        **known,
    )


def sentence(  # noqa: C901, PLR0911  (one sentence an outcome)
    said: Outcome, bearer: Bearer | None, *, show: Show, moment: datetime, **known: Any
) -> str:
    """What it means, and what to do."""
    match said:
        case Outcome.ADMITTED:
            return _("Come in. Check the name.")
        case Outcome.ALREADY_IN if "entered_at" in known:
            return _("Since %(time)s, %(gate)s. Check the name before you let them back in.") % {
                "time": formats.clock(known["entered_at"]),
                "gate": known["gate"],
            }
        case Outcome.ALREADY_IN:
            return _("Check the name before you let them back in.")
        case Outcome.WRONG_DAY:
            return _("The ticket is for: %(days)s.") % {
                "days": ("、" if formats.in_chinese() else ", ").join(known.get("days", ()))
            }
        case Outcome.PAYMENT_DUE:
            return _("Take %(amount)s, then press how it was paid.") % {"amount": formats.money(known["amount"])}
        case Outcome.REVOKED if bearer is not None and bearer.replaced:
            return _("A newer badge was issued in its place. Ask for that one.")
        case Outcome.REVOKED if bearer is not None and bearer.state == Ticket.State.GIVEN_BACK:
            return str(NO_TICKET[Ticket.State.GIVEN_BACK])
        case Outcome.REVOKED:
            return _("It opens nothing any more. Send the visitor to the desk.")
        case Outcome.NO_TICKET:
            state = bearer.state if bearer is not None else None
            return str(NO_TICKET.get(state, _("There is no ticket with this badge. Send the visitor to the desk.")))
        case Outcome.NOT_OURS:
            return _(
                "It is not a badge of this show, or it was read wrong. "
                "Read or type it once more, else send the visitor to the desk."
            )
        case Outcome.CLOSED:
            return closed(show=show, moment=moment)


def closed(*, show: Show, moment: datetime) -> str:
    day = show.day_at(moment)
    if day is not None and moment < day.opens_at:
        return _("Visitors come in from %(time)s.") % {"time": f"{day.opens:%H:%M}"}
    if day is not None and moment < day.closes_at:
        return _("The last entry today was at %(time)s.") % {"time": f"{day.last_entry:%H:%M}"}
    coming = next((later for later in show.calendar if later.opens_at > moment), None)
    if coming is None:
        return _("The show is over.")
    return _("The gates open on %(day)s at %(time)s.") % {
        "day": formats.day_short(coming.date),
        "time": f"{coming.opens:%H:%M}",
    }
