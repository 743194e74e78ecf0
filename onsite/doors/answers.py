"""What a door says, in words: the same for the page, the full-screen answer and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from accounts.refusals import Refusal
from expo import formats
from expo.models import Show
from onsite import answers as gate
from onsite.models import Outcome
from onsite.rules import Bearer
from programme import doors
from programme.actions.signing import door
from programme.actions.signing.door import WAITS, Found
from programme.doors import AtDoor, Counts
from programme.models import Signup
from programme.reading import Listed, programme
from programme.shown import Shown
from visitors.models import Category

# How it looks and sounds: let in, look twice, turn away.
LOOKS = {
    AtDoor.CONFIRMED: "yes",
    AtDoor.WALKED_IN: "yes",
    AtDoor.FREE: "yes",
    AtDoor.ALREADY_IN: "again",
}

TITLES = {
    AtDoor.CONFIRMED: pgettext_lazy("door", "Come in"),
    AtDoor.WALKED_IN: pgettext_lazy("door", "Walked in"),
    AtDoor.FREE: pgettext_lazy("door", "Come in"),
    AtDoor.ALREADY_IN: pgettext_lazy("door", "In already"),
    AtDoor.WAITING: pgettext_lazy("door", "On the waiting list"),
    AtDoor.REQUESTED: pgettext_lazy("door", "Not approved yet"),
    AtDoor.NOT_SIGNED_UP: pgettext_lazy("door", "Not signed up"),
    AtDoor.ELSEWHERE: pgettext_lazy("door", "Has a place elsewhere"),
    AtDoor.TOO_EARLY: pgettext_lazy("door", "Too early"),
    AtDoor.OVER: pgettext_lazy("door", "Over"),
    AtDoor.CANCELLED: pgettext_lazy("door", "Cancelled"),
    AtDoor.FULL: pgettext_lazy("door", "Full"),
    AtDoor.WRONG_DAY: pgettext_lazy("door", "Ticket for another day"),
    AtDoor.NO_TICKET: gate.TITLES[Outcome.NO_TICKET],
    AtDoor.REVOKED: gate.TITLES[Outcome.REVOKED],
    AtDoor.NOT_OURS: gate.TITLES[Outcome.NOT_OURS],
}

#: What is wrong with the badge is said as at a gate.
OF_BADGE = {
    AtDoor.WRONG_DAY: Outcome.WRONG_DAY,
    AtDoor.NO_TICKET: Outcome.NO_TICKET,
    AtDoor.REVOKED: Outcome.REVOKED,
    AtDoor.NOT_OURS: Outcome.NOT_OURS,
}
#: Who may be let in all the same, where the rule of walk-ins has room.
MAY_WALK_IN = frozenset({AtDoor.WAITING, AtDoor.REQUESTED, AtDoor.NOT_SIGNED_UP, AtDoor.ELSEWHERE})
#: Has a place here, so that it can be said who of the party came.
HAS_PLACES = frozenset({Signup.State.CONFIRMED, Signup.State.ATTENDED, Signup.State.NO_SHOW})


@dataclass(frozen=True, slots=True)
class Somebody:
    """One of a party; `ref` names the person to the door."""

    ref: int
    name: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorAnswer:
    """What the door has to say to one scan, decided by the moment `at`. Texts are in the language in use.

    `party` people came or were expected together, `came` of them are in, `people` are those known and `guests` (of whom
    `guests_here` are in) the others. `line` is the place in the waiting list. `walks_in` says how many may be let in
    all the same: 0, 1 or the whole party; where `gives_up` is not empty, they give up that other place for it.
    """

    uid: UUID
    at: datetime
    outcome: AtDoor
    look: str
    title: str
    sentence: str
    counts: Counts
    serial: str = ""
    name: str = ""
    name_latin: str = ""
    category: str = ""
    category_name: str = ""
    firm: str = ""
    has_place: bool = False
    party: int = 0
    came: int = 0
    people: tuple[Somebody, ...] = ()
    guests: int = 0
    guests_here: int = 0
    line: int | None = None
    walks_in: int = 0
    gives_up: str = ""


def answer(uid: UUID, found: Found, bearer: Bearer | None, *, show: Show, listed: Listed, at: datetime) -> DoorAnswer:
    counts = doors.count([found.places], at=at)[found.places.pk]
    known = bearer_told(bearer, show=show)
    if bearer is None or not known:
        return told(uid, found, [badge_sentence(found.said, bearer, show=show)], counts, show=show, at=at)
    words = [sentence(found, bearer, show=show, listed=listed, at=at)]
    if found.said in MAY_WALK_IN:
        number, more = walks_in(found, bearer, counts, show=show, at=at)
        words += more
        if number:
            clash = door.elsewhere(found.places, bearer.registration_id)
            known |= {"walks_in": number, "gives_up": place_told(clash, show, at=at)}
    return told(uid, found, words, counts, show=show, at=at, **known, **party_told(found))


def party_told(found: Found) -> dict[str, Any]:
    """Of a sign-up that has ended nothing is told."""
    row = found.signup
    if row is None or not (row.is_live or row.state == Signup.State.NO_SHOW):
        return {}
    return {
        "has_place": row.state in HAS_PLACES,
        "party": row.party,
        "came": row.came,
        "people": tuple(Somebody(one.pk, one.name, one.attended_at is not None) for one in found.people),
        "guests": found.guests,
        "guests_here": found.guests_here,
        "line": found.line,
    }


def told(
    uid: UUID, found: Found, words: list[str], counts: Counts, *, show: Show, at: datetime, **known: Any
) -> DoorAnswer:
    look = "again" if known.get("walks_in") else LOOKS.get(found.said, "no")
    return DoorAnswer(
        uid=uid,
        at=at.astimezone(show.zone),
        outcome=found.said,
        look=look,
        title=str(TITLES[found.said]),
        sentence=joined(words),
        counts=counts,
        **known,
    )


def joined(words: list[str]) -> str:
    return ("" if formats.in_chinese() else " ").join(word for word in words if word)


def bearer_told(bearer: Bearer | None, *, show: Show) -> dict[str, Any]:
    """Of a badge that is not this show's nothing is told."""
    if bearer is None or bearer.show_id != show.pk:
        return {}
    return {
        "serial": bearer.serial,
        "name": bearer.name,
        "name_latin": bearer.name_latin,
        "category": bearer.category,
        "category_name": str(Category(bearer.category).label),
        "firm": bearer.firm,
    }


def badge_sentence(said: AtDoor, bearer: Bearer | None, *, show: Show) -> str:
    days = tuple(formats.day_short(day.date) for day in show.calendar if bearer and day.number in bearer.days)
    return gate.sentence(OF_BADGE.get(said, Outcome.NOT_OURS), bearer, show=show, moment=show.now(), days=days)


def place_told(session: int | None, show: Show, *, at: datetime) -> str:
    """“Robots”, 14:00, Room 1."""
    other = programme(show).by_pk.get(session or 0)
    if other is None:
        return ""
    shown = Shown(other, at)
    return formats.listed([_("“%(title)s”") % {"title": shown.title}, formats.clock(other.starts), shown.where])


def walks_in(found: Found, bearer: Bearer, counts: Counts, *, show: Show, at: datetime) -> tuple[int, list[str]]:
    """How many of them may be let in all the same, and what there is to say of it."""
    waits = found.signup is not None and found.signup.state in WAITS
    left = counts.walk_ins_left
    try:
        number = doors.who_may_walk_in(
            found.places, found.row.party if waits else 1, left, category=bearer.category, at=at
        )
    except Refusal as refusal:
        return 0, [refusal.sentence, comes_later(found, refusal, show=show, at=at)]
    room = ngettext("%(number)s place is left for walk-ins.", "%(number)s places are left for walk-ins.", left)
    return number, [room % {"number": formats.number(left)}]


def comes_later(found: Found, refusal: Refusal, *, show: Show, at: datetime) -> str:
    """When the rule gives more places."""
    places = found.places
    if refusal.code != "full" or at >= places.starts_at:
        return ""
    if at < doors.left_from(places):
        from_then = formats.clock(doors.left_from(places).astimezone(show.zone))
        return _("From %(time)s what nobody has is given to who stands here.") % {"time": from_then}
    start = formats.clock(places.starts_at.astimezone(show.zone))
    return _("At %(time)s the places of who has not come are given, too.") % {"time": start}


def sentence(  # noqa: C901, PLR0911, PLR0912  (one sentence an outcome)
    found: Found, bearer: Bearer, *, show: Show, listed: Listed, at: datetime
) -> str:
    """What it means, and what to do."""
    match found.said:
        case AtDoor.CONFIRMED:
            return _("Check the name.") if found.row.party == 1 else who_is_in(found)
        case AtDoor.WALKED_IN:
            words = [_("Check the name.") if found.row.party == 1 else who_is_in(found)]
            if found.places.asks_id:
                words.append(_("Ask for an ID card or passport: it is looked at on arrival."))
            return joined(words)
        case AtDoor.FREE:
            return _("Nobody has to sign up here.")
        case AtDoor.ALREADY_IN:
            return joined([since(found, show), who_is_in(found) if found.row.party > 1 else ""])
        case AtDoor.WAITING if found.line is not None:
            return _("Number %(line)s in line, %(party)s.") % {
                "line": formats.number(found.line),
                "party": people(found.row.party),
            }
        case AtDoor.WAITING:
            return _("The offer of places was not taken in time.")
        case AtDoor.REQUESTED:
            return _("Staff have not approved the sign-up. Send the visitor to the desk.")
        case AtDoor.ELSEWHERE:
            other = place_told(found.elsewhere, show, at=at)
            return _("Their place is in %(session)s.") % {"session": other} if other else _("Their place is elsewhere.")
        case AtDoor.TOO_EARLY:
            opens = doors.doors_open(found.places).astimezone(show.zone)
            return _("The doors open at %(time)s.") % {"time": formats.clock(opens)}
        case AtDoor.OVER:
            return _("It ended at %(time)s.") % {"time": formats.clock(listed.ends)}
        case AtDoor.CANCELLED:
            return _("This session does not take place.")
        case AtDoor.FULL:
            whole = found.places.whole
            full = ngettext(
                "%(number)s place is there, and somebody is in.",
                "%(number)s places are there, and as many people are in.",
                whole,
            )
            return full % {"number": formats.number(whole)}
        case AtDoor.NOT_SIGNED_UP if found.signup is not None and not found.signup.is_live:
            return _("The sign-up has ended: %(state)s.") % {"state": found.signup.get_state_display()}
        case AtDoor.NOT_SIGNED_UP if found.signup is not None:
            return _("They signed others up and do not come along themselves.")
        case AtDoor.NOT_SIGNED_UP:
            return ""
    return badge_sentence(found.said, bearer, show=show)


def since(found: Found, show: Show) -> str:
    came = next((one.attended_at for one in found.people if one.pk == found.bearer), None)
    if came is None:
        return _("Check the name before you let them back in.")
    return _("Since %(time)s. Check the name before you let them back in.") % {
        "time": formats.clock(came.astimezone(show.zone))
    }


def who_is_in(found: Found) -> str:
    return _("%(came)s of the party of %(party)s are in.") % {
        "came": formats.number(found.row.came),
        "party": formats.number(found.row.party),
    }


def people(number: int) -> str:
    return ngettext("%(number)s person", "%(number)s people", number) % {"number": formats.number(number)}
