"""What clashes in the working plan: decided here for the planner, the previews and the lists, whoever asks.

What is hard, the database refuses as well; what asks for a reason, it refuses without one.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from expo import formats
from programme import rules
from programme.actions.planning import KEPT_TO, TAKEN, WHAT


class Weight(StrEnum):
    HARD = "hard"
    REASON = "reason"
    SOFT = "soft"


class Speaks(NamedTuple):
    """`speaker`'s key, and from when to when, in minutes from the session's start."""

    speaker: int
    after: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A session at its time, as far as clashes go; what ends in no unit of its own is a key. `starts` has a zone."""

    pk: int
    title: str
    starts: datetime
    minutes: int
    room: int | None = None
    host: int | None = None
    enterprise: int | None = None
    guide: int | None = None
    bus: int | None = None
    places: int = 0
    speakers: tuple[Speaks, ...] = ()
    talks_end: int = 0
    outside_hours_why: str = ""
    over_seats_why: str = ""
    is_cancelled: bool = False

    @property
    def ends(self) -> datetime:
        return self.starts + timedelta(minutes=self.minutes)


class Place(NamedTuple):
    """A room or a bus: `hall` is a key, None outside of the halls and for a bus."""

    name: str
    seats: int
    hall: int | None = None


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a plan stands on: hours of the days, rooms and buses, and the names of people, by their keys.

    `hosts` has only those who cannot be at two sessions at once.
    """

    hours: tuple[tuple[datetime, datetime], ...]
    rooms: Mapping[int, Place] = field(default_factory=dict)
    buses: Mapping[int, Place] = field(default_factory=dict)
    speakers: Mapping[int, str] = field(default_factory=dict)
    hosts: Mapping[int, str] = field(default_factory=dict)
    guides: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clash:
    """`session` clashes with `other` (None: with a place or with the hours); `sentence` in the language in use."""

    code: str
    weight: Weight
    session: int
    other: int | None
    sentence: str


class Taken(NamedTuple):
    """Something is taken up by a session from `starts` to `ends`."""

    starts: datetime
    ends: datetime
    by: Planned


FROM_LAST = gettext_lazy(
    "%(thing)s has %(has)d minutes to come from “%(other)s”, which ends at %(to)s, and needs %(needs)d."
)
TO_NEXT = gettext_lazy(
    "%(thing)s has %(has)d minutes to get to “%(other)s”, which begins at %(at)s, and needs %(needs)d."
)
HOSTS = gettext_lazy("%(thing)s hosts “%(other)s” from %(from)s to %(to)s as well.")


def found(plan: Iterable[Planned], ground: Ground, *, about: Collection[int] = ()) -> list[Clash]:
    """All clashes of these sessions, each said once: of the later one, or of the one that it is `about` (keys).

    Hard ones come first, then by time.
    """
    live = sorted((one for one in plan if not one.is_cancelled), key=lambda one: (one.starts, one.pk))
    clashes = [clash for one in live for clash in alone(one, ground)]
    clashes += double(live, "room", lambda one: one.room, {pk: room.name for pk, room in ground.rooms.items()}, about)
    clashes += double(live, "guide", lambda one: one.guide, ground.guides, about)
    clashes += double(live, "bus", lambda one: one.bus, {pk: bus.name for pk, bus in ground.buses.items()}, about)
    clashes += speaking(live, ground, about)
    clashes += hosting(live, ground, about)
    weights = list(Weight)
    when = {one.pk: turn for turn, one in enumerate(live)}
    return sorted(clashes, key=lambda clash: (weights.index(clash.weight), when[clash.session]))


def alone(one: Planned, ground: Ground) -> Iterator[Clash]:
    """What is wrong with a session whatever else there is."""
    room, bus = ground.rooms.get(one.room or 0), ground.buses.get(one.bus or 0)
    if one.enterprise is not None and room is not None:
        yield Clash(rules.NO_ROOM.code, Weight.HARD, one.pk, None, rules.NO_ROOM.sentence)
    if not any(opens <= one.starts and one.ends <= closes for opens, closes in ground.hours):
        kept = _("It is outside the show's hours, with a reason: %(why)s")
        yield reasoned(one, "session_within_hours", one.outside_hours_why, kept)
    for place, constraint in ((room, "session_fits_its_room"), (bus, "session_fits_its_bus")):
        if place is not None and one.places > place.seats:
            kept = _("It has more places (%(places)d) than %(thing)s has seats (%(seats)d), with a reason: %(why)s")
            told = {"places": one.places, "thing": place.name, "seats": place.seats}
            yield reasoned(one, constraint, one.over_seats_why, kept, **told)
    if one.talks_end > one.minutes:
        late = ngettext(
            "Its talks go on for %(n)d minute after its end.",
            "Its talks go on for %(n)d minutes after its end.",
            one.talks_end - one.minutes,
        )
        yield Clash("talks_outside", Weight.SOFT, one.pk, None, late % {"n": one.talks_end - one.minutes})


def reasoned(one: Planned, constraint: str, why: str, kept: str, **told: Any) -> Clash:
    """Refused without a reason, worth a look with one."""
    refusal = KEPT_TO[constraint]
    if why:
        return Clash(refusal.code, Weight.SOFT, one.pk, None, kept % {**told, "why": why})
    return Clash(refusal.code, Weight.REASON, one.pk, None, refusal.sentence)


def double(
    live: Iterable[Planned],
    what: str,
    key: Callable[[Planned], int | None],
    names: Mapping[int, str],
    about: Collection[int],
) -> Iterator[Clash]:
    """A thing that two sessions take up at one time."""
    taken: dict[int, list[Taken]] = defaultdict(list)
    for one in live:
        if (pk := key(one)) is not None:
            taken[pk].append(Taken(one.starts, one.ends, one))
    for pk, turns in taken.items():
        for before, after in meeting(turns):
            yield taken_by(*turned(before, after, about), what, names.get(pk, ""))


def turned(before: Taken, after: Taken, about: Collection[int]) -> tuple[Taken, Taken]:
    """Whom a clash is said of, and the other: the later one, unless it is about the earlier one alone."""
    if before.by.pk in about and after.by.pk not in about:
        return before, after
    return after, before


def taken_by(one: Taken, other: Taken, what: str, thing: str) -> Clash:
    constraint, sentence = WHAT[what]
    told = said(str(sentence), thing, other)
    return Clash(TAKEN[constraint].code, Weight.HARD, one.by.pk, other.by.pk, told)


def speaking(live: Iterable[Planned], ground: Ground, about: Collection[int]) -> Iterator[Clash]:
    """A speaker in two places at once, or too short a time to walk from one hall to the other."""
    turns: dict[int, list[Taken]] = defaultdict(list)
    for session in live:
        for speaks in session.speakers:
            begins, ends = (session.starts + timedelta(minutes=at) for at in (speaks.after, speaks.until))
            turns[speaks.speaker].append(Taken(begins, ends, session))
    for speaker, all_of in turns.items():
        name = ground.speakers.get(speaker, "")
        for before, after in meeting(all_of):
            yield taken_by(*turned(before, after, about), "speaker", name)
        all_of.sort(key=lambda turn: turn.starts)
        for before, after in itertools.pairwise(all_of):
            gap = after.starts - before.ends
            needed = way(before.by, after.by, ground)
            if timedelta(0) <= gap < timedelta(minutes=needed):
                one, other = turned(before, after, about)
                sentence = TO_NEXT if one is before else FROM_LAST
                told = {"has": gap.total_seconds() // 60, "needs": needed, "at": formats.clock(other.starts)}
                clash = sentence % {**told, **words(name, other)}
                yield Clash("too_near", Weight.SOFT, one.by.pk, other.by.pk, clash)


def way(one: Planned, other: Planned, ground: Ground) -> int:
    """Minutes from the one to the other."""
    if one.room is not None and one.room == other.room:
        return 0
    halls = [room.hall if (room := ground.rooms.get(session.room or 0)) else None for session in (one, other)]
    return rules.minutes_between(*halls)


def hosting(live: Iterable[Planned], ground: Ground, about: Collection[int]) -> Iterator[Clash]:
    """A host of two sessions at once; not of one enterprise's departures, of which the next leaves meanwhile.

    Of each session it is said once, with the first of the others: who hosts all rooms of a day would fill the page.
    """
    turns: dict[int, list[Taken]] = defaultdict(list)
    for session in live:
        if session.host in ground.hosts:
            turns[session.host or 0].append(Taken(session.starts, session.ends, session))
    hosts = str(HOSTS)
    for host, all_of in turns.items():
        others: dict[int, list[tuple[Taken, Taken]]] = defaultdict(list)
        for before, after in meeting(all_of):
            if before.by.enterprise is None or before.by.enterprise != after.by.enterprise:
                one, other = turned(before, after, about)
                others[one.by.pk].append((one, other))
        for (one, other), *more in others.values():
            told = said(hosts, ground.hosts[host], other)
            if more:
                told += " " + ngettext("And %(n)d more at that time.", "And %(n)d more at that time.", len(more)) % {
                    "n": len(more)
                }
            yield Clash("host_elsewhere", Weight.SOFT, one.by.pk, other.by.pk, told)


def meeting(turns: list[Taken]) -> Iterator[tuple[Taken, Taken]]:
    """Each two of different sessions that overlap, the earlier first."""
    turns = sorted(turns, key=lambda turn: (turn.starts, turn.by.pk))
    for at, before in enumerate(turns):
        for after in turns[at + 1 :]:
            if after.starts >= before.ends:
                break
            if after.by.pk != before.by.pk:
                yield before, after


def said(sentence: str, thing: str, other: Taken) -> str:
    return sentence % words(thing, other)


def words(thing: str, other: Taken) -> dict[str, str]:
    return {
        "thing": thing,
        "other": other.by.title,
        "from": formats.moment_short(other.starts),
        "to": formats.clock(other.ends),
    }
