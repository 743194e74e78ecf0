"""What may be registered for, when, and at what price; nothing here reads the database or the clock."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.refusals import Refusal
from expo.formats import day_short
from expo.models import Show, ShowDay
from visitors.models import Invitation, Registration, Ticket, TicketType, VisitCode

#: People in one party, whoever registers them included.
LARGEST_PARTY = 10
#: People with a live ticket for one show under one confirmed e-mail: three full parties.
MOST_AT_ADDRESS = 30
#: How long places are kept for an e-mail that nobody has confirmed.
CONFIRM_WITHIN = timedelta(hours=2)
#: How long a code that was mailed may be entered, and how often it may be tried.
CODE_LASTS = timedelta(minutes=10)
MOST_TRIES = 5


def name_key(name: str) -> str:
    """What two spellings of one name have in common: form, case, blanks and accents are folded away.

    "  José  WANG" and "jose wang" are one person under one e-mail. Empty for a name without a visible character.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(
        c
        for c in plain
        # Accents only: in many scripts a mark is a vowel, and tells two sisters apart.
        if not "\u0300" <= c <= "\u036f" and unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return unicodedata.normalize("NFKC", " ".join(kept.split()))[:80]


def listed(words: Iterable[str]) -> str:
    """Words one after the other, with the language's own comma."""
    return _(", ").join(words)


def email_key(email: str) -> str:
    """How an address is stored and compared."""
    return email.strip().lower()


def may_be_booked(day: ShowDay, at: datetime) -> bool:
    """A day is open to registration until nobody is let in any more."""
    return at < day.last_entry_at


def bookable_days(calendar: Iterable[ShowDay], at: datetime) -> list[ShowDay]:
    return [day for day in calendar if may_be_booked(day, at)]


def days_to_come(show: Show, days: Collection[int], at: datetime) -> list[int]:
    """Those of the days, by number, on which the gates have not opened yet."""
    return [day.number for day in show.calendar if day.number in days and at < day.opens_at]


def price_of(ticket_type: TicketType, days: Collection[int]) -> Decimal:
    """In yuan, for one person and all the days."""
    return ticket_type.price * len(days)


def first_state(ticket_type: TicketType) -> str:
    """The state in which a ticket of this type is given to a visitor."""
    if ticket_type.access == TicketType.Access.APPROVAL:
        return Ticket.State.AWAITING
    return Ticket.State.VALID


def confirm_by(*, is_confirmed: bool, channel: str, at: datetime) -> datetime | None:
    """Until when an e-mail has to be confirmed by which somebody registers at `at`; None if nobody has to."""
    return None if is_confirmed or channel != Registration.Channel.WEB else at + CONFIRM_WITHIN


def may_lapse(ticket: Ticket) -> bool:
    """Whether the ticket ends if nobody confirms the e-mail: no invitation, payment or approval speaks for it."""
    looked_at = ticket.state == Ticket.State.VALID and ticket.ticket_type.access == TicketType.Access.APPROVAL
    return ticket.is_live and ticket.invitation_id is None and ticket.paid_at is None and not looked_at


def price_again(ticket: Ticket, days: Collection[int]) -> Decimal:
    """In yuan, for those of the ticket's days that are left of it; a day costs what it did."""
    return ticket.price / len(ticket.days) * len(days)


def is_offered(ticket_type: TicketType) -> bool:
    """Whether visitors can choose it, with or without a code; the others are given by staff."""
    return ticket_type.on_sale and ticket_type.access != TicketType.Access.STAFF


def check_show(show: Show, at: datetime) -> None:
    """Raises Refusal: show_over."""
    if not bookable_days(show.calendar, at):
        raise Refusal("show_over", _("The show is over; nobody can be registered for it any more."))


def check_ticket_type(ticket_type: TicketType) -> None:
    """Raises Refusal: not_on_sale."""
    if not is_offered(ticket_type):
        raise Refusal("not_on_sale", _("This ticket is not offered. Please choose another one."), field="ticket_type")


def check_party(size: int) -> None:
    """Raises Refusal: too_many."""
    if not 1 <= size <= LARGEST_PARTY:
        raise Refusal(
            "too_many",
            ngettext(
                "Only %(number)d person can be registered at once.",
                "At most %(number)d people can be registered at once; register the others after that.",
                LARGEST_PARTY,
            )
            % {"number": LARGEST_PARTY},
        )


def check_address(held: int, size: int) -> None:
    """Whether `size` more people may be registered under an address that has `held` live tickets.

    Raises Refusal: too_many_at_address.
    """
    if held + size > MOST_AT_ADDRESS:
        raise Refusal(
            "too_many_at_address",
            ngettext(
                "At most %(number)d person can be registered under one e-mail.",
                "At most %(number)d people can be registered under one e-mail. Use another one for the others.",
                MOST_AT_ADDRESS,
            )
            % {"number": MOST_AT_ADDRESS},
            field="email",
        )


def check_days(show: Show, ticket_type: TicketType, days: Sequence[int], at: datetime) -> None:
    """Whether the ticket can be had for these days by the calendar; places are the database's business.

    Raises Refusal: no_day, not_on_sale, day_past.
    """
    if not days:
        raise Refusal("no_day", _("Choose at least one day."), field="days")
    by_number = {day.number: day for day in show.calendar}
    offered = {places.day_id for places in ticket_type.day_places.all()}
    for number in days:
        day = by_number.get(number)
        if day is None or day.pk not in offered:
            raise Refusal("not_on_sale", not_on_these_days(), field="days")
        if not may_be_booked(day, at):
            raise Refusal(
                "day_past",
                _("%(day)s is over. Please choose another day.") % {"day": day_short(day.date)},
                field="days",
            )


def not_on_these_days() -> str:
    return _("This ticket is not offered for all of the days you chose.")


def check_invitation(ticket_type: TicketType, code: str, invitation: Invitation | None, at: datetime) -> None:
    """`invitation` is what was found under `code` for this type. A ticket that needs no code takes none.

    Raises Refusal: code_needed, wrong_code, code_expired.
    """
    if ticket_type.access != TicketType.Access.INVITATION:
        return
    if not code:
        raise Refusal("code_needed", _("This ticket needs the code from your invitation."), field="invitation_code")
    if invitation is None:
        raise Refusal(
            "wrong_code",
            _("This code does not belong to this ticket. Compare it with your invitation."),
            field="invitation_code",
        )
    if invitation.valid_until is not None and at >= invitation.valid_until:
        raise Refusal(
            "code_expired",
            _("This code has expired. Ask whoever invited you for a new one."),
            field="invitation_code",
        )


def sold_out(days: Sequence[ShowDay]) -> Refusal:
    """The refusal that names the days with too few places left."""
    return Refusal(
        "sold_out",
        _("There are not enough places left on %(days)s. Please choose other days.")
        % {"days": listed(day_short(day.date) for day in days)},
        field="days",
    )


def code_used() -> Refusal:
    return Refusal(
        "code_used",
        _("This code was used by as many people as it was made for. Ask whoever invited you for a new one."),
        field="invitation_code",
    )


def check_code(code: VisitCode, at: datetime) -> None:
    """Whether a code that was mailed can still be tried. Raises Refusal: code_over."""
    if not is_open(code, at):
        raise code_over()


def is_open(code: VisitCode, at: datetime) -> bool:
    return code.entered_at is None and code.tries < MOST_TRIES and at < code.asked_at + CODE_LASTS


def code_over() -> Refusal:
    """Of a code that ran out, was used or was tried too often, and of one that another browser has: all the same."""
    return Refusal(
        "code_over",
        _(
            "There is no code to be entered here any more: it is good for %(minutes)d minutes, once, and only in the "
            "browser that asked for it. Ask for a new one."
        )
        % {"minutes": CODE_LASTS // timedelta(minutes=1)},
    )


def wrong_code(code: VisitCode) -> Refusal:
    left = MOST_TRIES - code.tries
    if left <= 0:
        return code_over()
    return Refusal(
        "wrong_code",
        ngettext(
            "This is not the code. Look at our newest mail again; you can try %(number)d more time.",
            "This is not the code. Look at our newest mail again; you can try %(number)d more times.",
            left,
        )
        % {"number": left},
        field="code",
    )


def check_distinct(names: Sequence[str]) -> None:
    """Whether a party lists nobody twice. Raises Refusal: twice_in_party."""
    seen: set[str] = set()
    for name in names:
        key = name_key(name)
        if key in seen:
            raise Refusal(
                "twice_in_party",
                _("%(name)s is listed twice. If these are two people, add something that tells them apart.")
                % {"name": name},
            )
        seen.add(key)
