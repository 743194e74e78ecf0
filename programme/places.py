"""Who may sign up for a session, when, and with how many; nothing here reads the database or the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.refusals import Refusal
from expo import formats
from expo.capacity import rules as capacity
from programme.documents import Document
from programme.models import Access, Audience, SessionCode, SessionPlaces, Signup
from programme.rules import BETWEEN_HALLS
from visitors.models import Category, Ticket

#: Lists that one badge may wait in at a time.
MOST_WAITING = 20

#: Whose badge opens which audience. Staff may add anybody as a guest.
_PROFESSIONALS = frozenset(Category) - {Category.PUBLIC}
_MERCHANTS = frozenset({Category.MERCHANT, Category.DELEGATE, Category.ORGANISER})
ADMITTED: dict[str, frozenset[str]] = {
    Audience.OPEN: frozenset(Category),
    Audience.PROFESSIONALS: _PROFESSIONALS,
    Audience.MERCHANTS: _MERCHANTS,
    Audience.GUESTS: frozenset({Category.DELEGATE, Category.ORGANISER}),
}

NOT_THERE = Refusal("no_session", _("This session is not in the programme any more."))
ENDED = Refusal("ended", _("This sign-up has ended already. Look at your visit as it is now."))
NOT_YOURS = Refusal("not_yours", _("This sign-up is not yours. Look at your visit as it is now."))
NOT_YOUR_GROUP = Refusal(
    "not_your_group",
    _("You can sign up yourself and those whom you registered. Others sign up with their own badge."),
    field="party",
)
CHANGED = Refusal("changed", _("The party was changed at this very moment. Look at your visit as it is now."))
OFFER_GONE = Refusal("offer_gone", _("This offer does not stand any more. Look at your visit as it is now."))
ALREADY = Refusal(
    "already_signed_up", _("Somebody of you is signed up for this session already. Look at your visit as it is now.")
)
CLASH = Refusal(
    "clash",
    _("Somebody of you has another place at that time, or could not be there in time. Give that one up, or keep it."),
)
FULL = Refusal("full", _("There are not enough places left, so nothing was changed: you keep what you have."))
PEOPLE_IN = Refusal(
    "people_in",
    _(
        "Somebody has come to a session already that would move to a time at which they have another place. "
        "Leave it where it is."
    ),
)
ID_TAKEN = Refusal("id_taken", _("This ID number was given for somebody else on this departure."), field="number")
#: By the constraints that stand behind them.
CONSTRAINTS = {
    "one_place_at_a_time": CLASH,
    "time_to_get_there": CLASH,
    "one_signup_each": ALREADY,
    "one_place_each": ALREADY,
    "one_place_an_id": ID_TAKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Somebody who comes: by the own badge (the key of the registration), or as a guest, by name where one is asked."""

    registration: int | None = None
    name: str = ""


def check_open(places: SessionPlaces, *, seen: int | None, at: datetime) -> None:
    """Whether one can sign up `at` that moment; `seen` is the `sequence` of what the page showed, None if it was none.

    Raises Refusal: cancelled, moved (it was published anew since), over, no_signing_up, closed, not_open_yet.
    """
    check_takes_place(places, at=at)
    if seen is not None and seen != places.sequence:
        raise Refusal(
            "moved",
            _("The session was changed while you looked at it. See when and where it is now, then sign up again."),
        )
    if places.access == Access.NONE:
        raise Refusal("no_signing_up", _("Nobody has to sign up for this session: just come."))
    check_not_closed(places, at=at)
    if places.opens_at is not None and at < places.opens_at:
        raise Refusal("not_open_yet", _("Signing up for this session has not opened yet."))


def check_not_closed(places: SessionPlaces, *, at: datetime) -> None:
    """Whether places can still be signed up for, be it for one more in a party. Raises Refusal: closed."""
    if places.is_closed or at >= closes_at(places):
        raise Refusal("closed", _("Signing up for this session is closed."))


def check_takes_place(places: SessionPlaces, *, at: datetime) -> None:
    """Raises Refusal: cancelled, over."""
    if not places.takes_place:
        raise Refusal("cancelled", _("This session does not take place."))
    if at >= places.ends_at:
        raise Refusal("over", _("This session is over."))


def check_not_begun(places: SessionPlaces, signup: Signup, *, at: datetime) -> None:
    """Whether places that somebody has can still go to others. Raises Refusal: begun."""
    is_in = signup.state == Signup.State.ATTENDED
    if is_in or (signup.holds and places.takes_place and at >= places.starts_at):
        raise Refusal("begun", _("The session has begun, so nothing can be changed any more."))


def closes_at(places: SessionPlaces) -> datetime:
    """From then on nobody signs up: what is left by then goes to who stands at the door, and is given once."""
    end = offers_end(places)
    return min(places.closes_at or end, end)


def check_party(places: SessionPlaces, people: Sequence[Coming]) -> None:
    """Raises Refusal: party_too_small, party_too_large, twice_in_party, name_needed."""
    size = len(people)
    if size < 1:
        raise Refusal("party_too_small", _("At least one person has to come."), field="party")
    # One that is larger than all there is would wait for ever.
    most = min(places.party_most, places.places or places.party_most)
    if size > most:
        raise Refusal(
            "party_too_large",
            ngettext_lazy(
                "Each person signs up alone for this session.",
                "At most %(number)d people can be signed up for this session at once.",
                most,
            )
            % {"number": most},
            field="party",
        )
    badges = [one.registration for one in people if one.registration is not None]
    if len(set(badges)) != len(badges):
        raise Refusal("twice_in_party", _("Somebody is in the party twice."), field="party")
    if places.needs_names and any(one.registration is None and not one.name.strip() for one in people):
        raise Refusal("name_needed", _("Give the name of everybody who comes: they are on a list."), field="names")


def check_ticket(places: SessionPlaces, ticket: Ticket | None, *, day: int | None) -> None:
    """Whether a badge opens the session; `day` is the number of the day that it is on, None outside of all.

    Raises Refusal: no_ticket, wrong_day, not_for_you.
    """
    check_audience(places, check_badge(ticket, day=day).registration.category)


def check_audience(places: SessionPlaces, category: str) -> None:
    """Raises Refusal: not_for_you."""
    if category not in ADMITTED[places.audience]:
        raise Refusal(
            "not_for_you",
            _("This session is %(audience)s.") % {"audience": Audience(places.audience).label},
        )


def check_badge(ticket: Ticket | None, *, day: int | None) -> Ticket:
    """Whether a badge opens the day, whomever the session is for. Raises Refusal: no_ticket, wrong_day."""
    if ticket is None or ticket.state != Ticket.State.VALID:
        raise Refusal("no_ticket", _("Only who has a valid badge can sign up, and everybody in the party needs one."))
    if day is not None and day not in ticket.days:
        raise Refusal("wrong_day", _("The ticket is not for the day of this session."))
    return ticket


def check_code(places: SessionPlaces, typed: str, code: SessionCode | None, *, at: datetime) -> None:
    """`code` is what was found under what was `typed`. Raises Refusal: code_needed, wrong_code, code_expired."""
    if places.access != Access.INVITATION:
        return
    if not typed:
        raise Refusal("code_needed", _("This session needs the code from your invitation."), field="code")
    if code is None:
        raise Refusal(
            "wrong_code", _("This code does not belong to this session. Compare it with your invitation."), field="code"
        )
    if code.valid_until is not None and at >= code.valid_until:
        raise Refusal("code_expired", _("This code has expired. Ask whoever invited you for a new one."), field="code")


CODE_USED = Refusal(
    "code_used",
    _("This code was used by as many people as it was made for. Ask whoever invited you for a new one."),
    field="code",
)


def check_series(has: int, most: int | None) -> None:
    """Whether somebody who has places in `has` sessions of a series may have one more. Raises Refusal: too_many."""
    if most is not None and has >= most:
        raise Refusal(
            "too_many",
            ngettext_lazy(
                "Each person can be signed up for one of these sessions only, so that all get a turn. "
                "Give that one up first.",
                "Each person can be signed up for %(number)d of these sessions, so that all get a turn. "
                "Give one up first.",
                most,
            )
            % {"number": most},
        )


def check_waiting(lists: int) -> None:
    """Raises Refusal: too_many_lists."""
    if lists >= MOST_WAITING:
        raise Refusal(
            "too_many_lists",
            ngettext_lazy(
                "You wait in %(number)d list already; leave it first.",
                "You wait in %(number)d lists already; leave one of them first.",
                MOST_WAITING,
            )
            % {"number": MOST_WAITING},
        )


def gets_places(places: SessionPlaces, party: int, *, smallest_waiting: int | None) -> bool:
    """Whether a new party gets its places at once: they are left, and none of those that wait would fit into them."""
    if party > places.left:
        return False
    return smallest_waiting is None or smallest_waiting > places.left


def deadline(places: SessionPlaces, *, at: datetime, zone: ZoneInfo) -> datetime:
    return capacity.deadline(at=at, starts_at=places.starts_at, zone=zone)


def offers_end(places: SessionPlaces) -> datetime:
    return capacity.offers_end(places.starts_at)


def no_more_left(left: int) -> Refusal:
    return Refusal(
        "no_room_for_more",
        ngettext_lazy(
            "There is %(number)s place left only, so the party stays as it is.",
            "There are %(number)s places left only, so the party stays as it is.",
            left,
        )
        % {"number": formats.number(left)},
        field="party",
    )


def values_of(
    document: Document, *, session: int, hall: int | None, sequence: int, guests_taken: int = 0, present: int = 0
) -> dict[str, object]:
    """What `SessionPlaces` repeats of a published document; `hall` is that of its room.

    Guests who have a place keep it, and people who are in stay in, however few places there are.
    """
    guests = max(document.reserve_guests, guests_taken)
    return {
        "places": max(0, document.places - guests - document.reserve_walk_ins),
        "guests": guests,
        "whole": max(document.places, present),
        "starts_at": document.starts_at,
        "ends_at": document.ends_at,
        "reached_by": document.ends_at + timedelta(minutes=BETWEEN_HALLS),
        # Nobody says where in the city two meeting points are, so each is a place of its own.
        "at_place": hall if hall is not None else -session,
        "takes_place": not document.is_cancelled,
        "sequence": sequence,
        "audience": document.audience,
        "access": document.access if document.places else Access.NONE,
        "party_most": document.party_most,
        "opens_at": document.signup_opens_at,
        "closes_at": document.signup_closes_at,
        "needs_names": document.asks_id or document.enterprise is not None,
        "asks_id": document.asks_id,
    }
