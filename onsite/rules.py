"""What a gate says of a badge: values and the moment in, an outcome out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from expo.models import ShowDay
from onsite.models import Outcome
from visitors.models import Category, Ticket

# They build up and clear away: the opening hours are the visitors', not theirs.
WORKING = frozenset({Category.EXHIBITOR_STAFF, Category.ORGANISER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """What is known of a badge, its bearer and their ticket on the day that it is read.

    `replaced` says that a newer badge of the registration is good. `state` is the newest ticket's, None without any;
    `price` is in yuan for all days together. `entered_at` and `gate_*` tell the day's visit, if there was one.
    """

    badge_id: int
    registration_id: int
    show_id: int
    serial: str
    revoked_at: datetime | None
    replaced: bool
    name: str
    name_latin: str
    firm: str
    category: str
    state: str | None
    days: tuple[int, ...]
    price: Decimal
    paid_at: datetime | None
    entered_at: datetime | None
    gate_en: str
    gate_zh: str


def outcome(bearer: Bearer | None, *, show_id: int, day: ShowDay | None, at: datetime) -> Outcome:  # noqa: PLR0911
    """What the gate has to say to `bearer` at `at`; `day` is the day of the show that `at` falls on, if any."""
    if bearer is None or bearer.show_id != show_id:
        return Outcome.NOT_OURS
    if bearer.revoked_at is not None:
        return Outcome.REVOKED
    works = bearer.category in WORKING
    if day is None or not (works or day.opens_at <= at < day.closes_at):
        return Outcome.CLOSED
    if bearer.state == Ticket.State.LAPSED and at >= day.last_entry_at:
        return Outcome.CLOSED
    if bearer.state != Ticket.State.VALID:
        return Outcome.NO_TICKET
    if bearer.entered_at is not None:
        return Outcome.ALREADY_IN
    if day.number not in bearer.days:
        return Outcome.WRONG_DAY
    if at >= day.last_entry_at and not works:
        return Outcome.CLOSED
    if bearer.price > 0 and bearer.paid_at is None:
        return Outcome.PAYMENT_DUE
    return Outcome.ADMITTED
