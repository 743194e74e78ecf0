"""What the door of a session or a bus says, by rule; and how many are in, are expected and wait there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from accounts.refusals import Refusal
from expo import formats
from expo.capacity.rules import DOOR_OPENS, WALK_INS_FROM
from expo.models import Show
from programme.models import Access, Participant, SessionPlaces, Signup
from programme.places import check_audience
from visitors.models import Registration

#: So often somebody had a place and did not come, in one show, before staff have the name on a list.
REPEATED = 3
#: The list of who is missing ends there; a bus holds a fraction, and no steward reads further in a hall.
MISSING_AT_MOST = 300


class AtDoor(models.TextChoices):
    CONFIRMED = "confirmed", pgettext_lazy("door", "has a place")
    ALREADY_IN = "already_in", pgettext_lazy("door", "in already")
    WALKED_IN = "walked_in", pgettext_lazy("door", "walked in")
    FREE = "free", pgettext_lazy("door", "nobody has to sign up")
    WAITING = "waiting", pgettext_lazy("door", "waits for a place")
    REQUESTED = "requested", pgettext_lazy("door", "awaits approval")
    NOT_SIGNED_UP = "not_signed_up", pgettext_lazy("door", "not signed up")
    ELSEWHERE = "elsewhere", pgettext_lazy("door", "has a place elsewhere")
    TOO_EARLY = "too_early", pgettext_lazy("door", "too early")
    OVER = "over", pgettext_lazy("door", "over")
    CANCELLED = "cancelled", pgettext_lazy("door", "cancelled")
    FULL = "full", pgettext_lazy("door", "full")
    WRONG_DAY = "wrong_day", pgettext_lazy("door", "ticket not for the day")
    NO_TICKET = "no_ticket", pgettext_lazy("door", "no valid ticket")
    REVOKED = "revoked", pgettext_lazy("door", "badge revoked")
    NOT_OURS = "not_ours", pgettext_lazy("door", "not our badge")


HOUSE_FULL = Refusal("full_house", _("All places are taken by people who are in."))
NOBODY = Refusal("not_in_party", _("Somebody of these is not in the party. Scan the badge again."))


def doors_open(places: SessionPlaces) -> datetime:
    """Nobody is let in before."""
    return places.starts_at - DOOR_OPENS


def left_from(places: SessionPlaces) -> datetime:
    """From then on walk-ins get what nobody has taken, beside what is kept for them."""
    return doors_open(places) if places.access == Access.NONE else places.starts_at - WALK_INS_FROM


def room(places: SessionPlaces, walked_in: int, *, at: datetime) -> int:
    """How many people may walk in `at` that moment, of whom `walked_in` have by then. The rule of walk-ins:

    - from half an hour before the start the places that are kept for walk-ins;
    - from ten minutes before the start also those that nobody has taken (where nobody has to sign up: from half an
      hour before); what is kept for guests, and the places of those who signed up, are kept for them;
    - from the start on every place on which nobody sits: who has not come by then comes in while there is room.

    Where more places are taken than there are, those who signed up go before.
    """
    if not (places.takes_place and doors_open(places) <= at < places.ends_at):
        return 0
    seats = places.whole - places.present
    if at >= places.starts_at:
        return max(0, seats)
    kept = places.whole - places.places - places.guests
    spare = places.places - places.taken
    by_rule = kept + (spare if at >= left_from(places) else min(0, spare)) - walked_in
    return max(0, min(by_rule, seats))


def check_door(places: SessionPlaces, *, at: datetime) -> AtDoor | None:
    """What keeps everybody out at that moment, if anything does."""
    if not places.takes_place:
        return AtDoor.CANCELLED
    if at >= places.ends_at:
        return AtDoor.OVER
    return AtDoor.TOO_EARLY if at < doors_open(places) else None


def check_walk_in(places: SessionPlaces, party: int, left: int, *, at: datetime) -> None:
    """Whether a party may walk in; `left` is what `room` says. Where staff or an invitation decide who comes, nobody
    walks in. Raises Refusal: cancelled, over, too_early, no_walk_ins, full.
    """
    closed = check_door(places, at=at)
    if closed is not None:
        raise CLOSED[closed]
    if places.access in {Access.APPROVAL, Access.INVITATION}:
        raise Refusal("no_walk_ins", _("Who comes is decided beforehand: nobody walks in here."))
    if party > left:
        raise no_room(left)


def who_may_walk_in(places: SessionPlaces, party: int, left: int, *, category: str, at: datetime) -> int:
    """How many of a party may: all of it, somebody of this `category` alone, or nobody. Raises Refusal where nobody."""
    check_walk_in(places, 1, left, at=at)
    check_audience(places, category)
    return party if party <= left else 1


CLOSED = {
    AtDoor.CANCELLED: Refusal("cancelled", _("This session does not take place.")),
    AtDoor.OVER: Refusal("over", _("This session is over.")),
    AtDoor.TOO_EARLY: Refusal("too_early", _("The doors are not open yet.")),
}


def no_room(left: int) -> Refusal:
    if left <= 0:
        return Refusal("full", _("No place is left for walk-ins now."))
    return Refusal(
        "full",
        ngettext_lazy(
            "%(number)s place is left for walk-ins, which is too few for the party.",
            "%(number)s places are left for walk-ins, which is too few for the party.",
            left,
        )
        % {"number": formats.number(left)},
    )


# How many


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """People at a door: `inside`, still `expected` of those who have places, `waiting` in line, and how many more may
    walk in by now (`walk_ins_left`); `walked_in` have. `whole` are all the places.
    """

    inside: int
    expected: int
    waiting: int
    walked_in: int
    walk_ins_left: int
    whole: int


COUNT = """
SELECT session_id,
       coalesce(sum(came) FILTER (WHERE origin = 'walk_in'), 0),
       coalesce(sum(party - came) FILTER (WHERE origin <> 'walk_in' AND state IN ('confirmed', 'attended')), 0)
FROM programme_signup WHERE session_id = ANY(%s) AND state IN ('confirmed', 'attended') GROUP BY session_id
"""


def count(places: Collection[SessionPlaces], *, at: datetime) -> dict[int, Counts]:
    """Of each session by its key; one query."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [[one.pk for one in places]])
        found = {pk: (walked_in, expected) for pk, walked_in, expected in cursor.fetchall()}
    counts = {}
    for one in places:
        walked_in, expected = found.get(one.pk, (0, 0))
        counts[one.pk] = Counts(
            inside=one.present,
            expected=expected,
            waiting=one.waiting,
            walked_in=walked_in,
            walk_ins_left=room(one, walked_in, at=at),
            whole=one.whole,
        )
    return counts


def door_counts(session: int, *, at: datetime) -> Counts:
    """Of a published session, as it is now; two queries."""
    return count([SessionPlaces.objects.get(pk=session)], at=at)[session]


@dataclass(frozen=True, slots=True)
class Missing:
    """Of a party that has places: who is not in yet, by name, and how many more of whom no name is known."""

    names: tuple[str, ...]
    guests: int


def missing(session: int) -> list[Missing]:
    """Who has a place and is not in, in the order of signing up; two queries, and at most `MISSING_AT_MOST`."""
    rows = (
        Signup.objects.filter(
            session=session, state__in=[Signup.State.CONFIRMED, Signup.State.ATTENDED], came__lt=F("party")
        )
        .exclude(origin=Signup.Origin.WALK_IN)
        .select_related("registration")
        .prefetch_related("participants__registration")
        .order_by("pk")[:MISSING_AT_MOST]
    )
    return [missing_of(row) for row in rows]


def missing_of(row: Signup) -> Missing:
    people = row.participants.all()
    names = tuple(one.called for one in people if one.attended_at is None)
    guests = row.party - row.came - len(names)
    return Missing(names or (row.registration.name,), guests)


# Who had a place and did not come


def no_shows(registrations: Collection[int]) -> dict[int, int]:
    """How often each of these people had a place and did not come; those who always came are not in it."""
    return _missed(Q(registration__in=registrations))


def repeated_no_shows(show: Show) -> list[tuple[Registration, int]]:
    """Who did not come `REPEATED` times or more in this show, and how often; the most first.

    For staff to talk to them, and for their own plan to say so: nothing is taken from anybody for it.
    """
    often = {pk: times for pk, times in _missed(Q(registration__show=show)).items() if times >= REPEATED}
    found = Registration.objects.in_bulk(often)
    return sorted(((found[pk], times) for pk, times in often.items()), key=lambda one: (-one[1], one[0].pk))


def _missed(whose: Q) -> dict[int, int]:
    rows = Participant.objects.filter(whose, signup__state=Signup.State.NO_SHOW).order_by()
    return dict(rows.values_list("registration").annotate(Count("session", distinct=True)))
