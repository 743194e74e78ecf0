"""What somebody has signed up for, as that person, staff and mails are told of it: the own plan of the show."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Count, F, Q

from expo.models import Show
from programme.actions.signing.papers import ASKED
from programme.models import Participant, Signup, Turn
from programme.reading import Listed, programme
from programme.rules import minutes_between

#: Turns of a waiting list that are told of it, the newest.
TOLD_AT_MOST = 20


@dataclass(slots=True)
class Held:
    """A sign-up with its session, which is None once that is not in the programme any more.

    `people` are those of the party who are known; the others are a number. `place` counts the parties up to this one
    where it waits. `clashes` are those of the same plan with which it cannot be had together.
    """

    signup: Signup
    listed: Listed | None
    people: tuple[Participant, ...]
    place: int | None = None
    clashes: list[Held] = field(default_factory=list)

    @property
    def is_sure(self) -> bool:
        return self.signup.state in {Signup.State.CONFIRMED, Signup.State.ATTENDED}

    @property
    def guests(self) -> int:
        """People in the party of whom nothing is known but their number."""
        return self.signup.party - len(self.people)

    @property
    def ids_missing(self) -> int:
        """How many ID numbers the session still asks the party for; none before its places are offered."""
        if self.listed is None or not self.listed.told.asks_id or self.signup.state not in ASKED:
            return 0
        return self.signup.party - sum(one.id_sealed is not None for one in self.people)

    def is_of(self, registration: int) -> bool:
        """Whether that person signed it up, and may change it."""
        return self.signup.registration_id == registration


def plan_of(show: Show, registrations: Collection[int], *, ended: bool = False) -> list[Held]:
    """What these people signed up for, or were signed up for, in the order of time; three queries.

    What has ended (given up, declined, lapsed, called off) is left out unless it is asked for.
    """
    rows = (
        Signup.objects.filter(
            Q(registration__in=registrations) | Q(participants__registration__in=registrations), session__show=show
        )
        .select_related("registration")
        .prefetch_related("participants__registration")
        .distinct()
    )
    if not ended:
        rows = rows.filter(state__in=(*Signup.LIVE, Signup.State.NO_SHOW))
    known = {one.pk: one for one in programme(show).sessions}
    plan = [Held(row, known.get(row.session_id), tuple(row.participants.all())) for row in rows.order_by("pk")]
    places = places_in_line([one.signup for one in plan if one.signup.state == Signup.State.WAITING])
    for one in plan:
        one.place = places.get(one.signup.pk)
    plan.sort(key=lambda one: (one.listed is None, one.listed.told.starts_at if one.listed else one.signup.joined_at))
    find_clashes(plan)
    return plan


def places_in_line(waiting: Iterable[Signup]) -> dict[int, int]:
    """Of each that waits, by its key, how many parties there are up to it; one query."""
    pks = [one.pk for one in waiting]
    if not pks:
        return {}
    other = "session__signups"
    before = Q(**{f"{other}__state": Signup.State.WAITING}) & (
        Q(**{f"{other}__ahead__gt": F("ahead")}) | Q(**{f"{other}__ahead": F("ahead"), f"{other}__pk__lte": F("pk")})
    )
    rows = Signup.objects.filter(pk__in=pks).annotate(place=Count(other, filter=before))
    return dict(rows.values_list("pk", "place"))


def find_clashes(plan: Collection[Held]) -> None:
    """Tell each what else it cannot be had together with; of people who are in both."""
    coming = [one for one in plan if one.listed is not None and not one.listed.is_cancelled and one.signup.is_live]
    for number, one in enumerate(coming):
        for other in coming[number + 1 :]:
            if shares_people(one, other) and overlaps(one.listed, other.listed):
                one.clashes.append(other)
                other.clashes.append(one)


def shares_people(one: Held, other: Held) -> bool:
    badges = {person.registration_id for person in one.people} - {None}
    return not badges.isdisjoint(person.registration_id for person in other.people)


def overlaps(one: Listed | None, other: Listed | None) -> bool:
    """Whether nobody can be at both, the way from one to the other included."""
    if one is None or other is None:
        return False
    halls = [listed.room.hall_id if listed.room else None for listed in (one, other)]
    apart = minutes_between(*halls) * 60
    gap = max(
        (other.told.starts_at - one.told.ends_at).total_seconds(),
        (one.told.starts_at - other.told.ends_at).total_seconds(),
    )
    return gap < apart


@dataclass(frozen=True, slots=True)
class Passed:
    """A party that was passed over at a turn: of so many people, while so many places were free."""

    party: int
    free: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A turn that changed the place of somebody who waits: `offered` parties (sizes) before it were offered places.

    `passed` are those before it that were too large, and `was_passed` says that it was too large itself.
    """

    at: datetime
    cause: str
    free: int
    offered: tuple[int, ...]
    passed: tuple[Passed, ...]
    was_passed: bool


def moves_of(signup: Signup) -> list[Moved]:
    """Why the place in line of somebody who waits has changed since they joined, newest first; nobody is named."""
    turns = Turn.objects.filter(session=signup.session_id, at__gte=signup.joined_at).order_by("-pk")
    return [
        Moved(
            at=turn.at,
            cause=turn.cause,
            free=turn.free,
            offered=tuple(party for _pk, party in turn.offered),
            passed=tuple(Passed(party, turn.free) for pk, party in turn.passed if pk != signup.pk),
            was_passed=any(pk == signup.pk for pk, _party in turn.passed),
        )
        for turn in turns[:TOLD_AT_MOST]
    ]


def waited(sessions: Collection[int]) -> dict[int, float]:
    """Seconds that those who were offered places in each session had waited, as a median; none where nobody was."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT session_id, percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM offered_at - joined_at))
            FROM programme_signup WHERE session_id = ANY(%s) AND offered_at IS NOT NULL GROUP BY session_id
            """,
            [list(sessions)],
        )
        return {pk: float(seconds) for pk, seconds in cursor.fetchall()}
