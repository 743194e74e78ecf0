"""What somebody has signed up for, as that person, staff and mails are told of it: the own plan of the show."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from expo.models import Show
from programme.actions.signing.papers import ASKED
from programme.models import Participant, Signup, Turn
from programme.reading import Listed, programme
from programme.rules import minutes_between
from visitors.models import Registration

#: Turns of a waiting list that are told of it, the newest.
TOLD_AT_MOST = 20


@dataclass(slots=True)
class Held:
    """A sign-up with its session, which is None once that is not in the programme any more.

    `people` are those of the party who are known; the others are a number. Where it waits, `place` counts the parties
    up to this one, `waited` are the seconds that half of those who were offered places had waited at most, `moves` say
    why the place has changed, and `overtaken` counts the parties that staff moved up past it. `clashes` are those of
    the same plan with which it cannot be had together.
    """

    signup: Signup
    listed: Listed | None
    people: tuple[Participant, ...]
    place: int | None = None
    waited: float | None = None
    moves: list[Moved] = field(default_factory=list)
    overtaken: int = 0
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
        # The kind stands where a number does, and is read with the plan.
        return self.signup.party - sum(one.id_kind != "" for one in self.people)

    @property
    def badges(self) -> set[int]:
        """Those who come with a badge, or whoever signed up a party without any."""
        known = {person.registration_id for person in self.people if person.registration_id is not None}
        return known or {self.signup.registration_id}

    def not_admitted(self, days: Mapping[int, Collection[int]], show: Show) -> set[int]:
        """Of those who come with a badge, whose ticket is not for the day on which it is by now; `days` (numbers) of
        their valid tickets."""
        day = show.day_at(self.listed.told.starts_at) if self.listed is not None else None
        return {pk for pk in self.badges if day is not None and day.number not in days.get(pk, ())}

    def is_of(self, registration: int) -> bool:
        """Whether that person signed it up, and may change it."""
        return self.signup.registration_id == registration


_COLUMNS = [field.column for field in Signup._meta.concrete_fields]
_FIELDS = [field.attname for field in Signup._meta.concrete_fields]
#: Who comes, of what is told of them; their numbers and times are the database's own business.
_PERSON = ("id", "registration_id", "name", "attended_at", "id_kind")
# Not as an "or" of both kinds of own sign-up, for which PostgreSQL would read all there are. As one statement and
# without the details of people: a person's plan is asked for more often than anything else of sign-ups.
PLANS = f"""
SELECT {", ".join(f"s.{column}" for column in _COLUMNS)}, r.name, (
    SELECT jsonb_agg(jsonb_build_array({", ".join(f"p.{column}" for column in _PERSON)}, q.name) ORDER BY p.id)
    FROM programme_participant p LEFT JOIN visitors_registration q ON q.id = p.registration_id
    WHERE p.signup_id = s.id
)
FROM programme_signup s
JOIN programme_session o ON o.id = s.session_id AND o.show_id = %s
JOIN visitors_registration r ON r.id = s.registration_id
WHERE s.id IN (
    SELECT id FROM programme_signup WHERE registration_id = ANY(%s)
    UNION SELECT signup_id FROM programme_participant WHERE registration_id = ANY(%s)
) AND (%s OR s.state = ANY(%s))
ORDER BY s.id
"""  # noqa: S608  (names of columns)


def plan_of(show: Show, registrations: Collection[int], *, ended: bool = False) -> list[Held]:
    """What these people signed up for, or were signed up for, in the order of time.

    One query, and another where something waits. What has ended (given up, declined, lapsed, called off) is left out
    unless it is asked for.
    """
    pks = list(registrations)
    with connection.cursor() as cursor:
        cursor.execute(PLANS, [show.pk, pks, pks, ended, [*Signup.LIVE, Signup.State.NO_SHOW]])
        rows = cursor.fetchall()
    known = {one.pk: one for one in programme(show).sessions}
    plan = [held(row, known) for row in rows]
    stand_in_line({one.signup.pk: one for one in plan if one.signup.state == Signup.State.WAITING})
    plan.sort(key=lambda one: (one.listed is None, one.listed.told.starts_at if one.listed else one.signup.joined_at))
    find_clashes(plan)
    return plan


def held(row: Sequence[Any], known: Mapping[int, Listed]) -> Held:
    """A row of `PLANS`; of people only their names are read, the rest when it is asked for."""
    *values, name, people = row
    signup = Signup.from_db(connection.alias, _FIELDS, values)
    signup.registration = named(signup.registration_id, name)
    return Held(signup, known.get(signup.session_id), tuple(person(signup, *one) for one in json.loads(people or "[]")))


def named(pk: int, name: str) -> Registration:
    return Registration.from_db(connection.alias, ["id", "name"], [pk, name])


def person(
    signup: Signup, pk: int, registration: int | None, name: str, came: str | None, id_kind: str, named_as: str | None
) -> Participant:
    attended_at = datetime.fromisoformat(came) if came else None
    fields = ["id", "signup_id", "session_id", "registration_id", "name", "attended_at", "id_kind"]
    values = [pk, signup.pk, signup.session_id, registration, name, attended_at, id_kind]
    one = Participant.from_db(connection.alias, fields, values)
    one.registration = named(registration, named_as or "") if registration is not None else None
    return one


IN_LINE = """
SELECT s.id,
    (SELECT count(*) FROM programme_signup o WHERE o.session_id = s.session_id AND o.state = 'waiting'
        AND (o.ahead > s.ahead OR (o.ahead = s.ahead AND o.id <= s.id))),
    (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM o.offered_at - o.joined_at))
        FROM programme_signup o WHERE o.session_id = s.session_id AND o.offered_at IS NOT NULL),
    (SELECT count(DISTINCT m.signup_id) FROM programme_moveup m JOIN programme_signup o ON o.id = m.signup_id
        WHERE m.session_id = s.session_id AND m.at >= s.joined_at AND o.id <> s.id AND o.ahead > s.ahead),
    (SELECT jsonb_agg(jsonb_build_array(t.at, t.cause, t.free, t.offered, t.passed) ORDER BY t.id DESC) FROM (
        SELECT * FROM programme_turn WHERE session_id = s.session_id AND at >= s.joined_at ORDER BY id DESC LIMIT %s
    ) t)
FROM programme_signup s WHERE s.id = ANY(%s)
"""


def stand_in_line(waiting: Mapping[int, Held]) -> None:
    """Tell each of those that wait, by the key of its sign-up, how it stands in line, and why; one query."""
    if not waiting:
        return
    with connection.cursor() as cursor:
        cursor.execute(IN_LINE, [TOLD_AT_MOST, list(waiting)])
        for pk, place, waited_for, overtaken, turns in cursor.fetchall():
            one = waiting[pk]
            one.place, one.overtaken = place, overtaken
            one.waited = None if waited_for is None else float(waited_for)
            one.moves = [
                moved(pk, datetime.fromisoformat(at), cause, free, offered, passed)
                for at, cause, free, offered, passed in json.loads(turns or "[]")
            ]


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
        moved(signup.pk, turn.at, turn.cause, turn.free, turn.offered, turn.passed) for turn in turns[:TOLD_AT_MOST]
    ]


def moved(
    signup: int, at: datetime, cause: str, free: int, offered: Iterable[list[int]], passed: Collection[list[int]]
) -> Moved:
    """What a turn was for this sign-up (a key)."""
    return Moved(
        at=at,
        cause=cause,
        free=free,
        offered=tuple(party for _pk, party in offered),
        passed=tuple(Passed(party, free) for pk, party in passed if pk != signup),
        was_passed=any(pk == signup for pk, _party in passed),
    )


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
