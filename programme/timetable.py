"""A day as a grid: a lane for each room with its sessions where the clock puts them, and one for the tours.

Positions are classes: a session from 10:30 to 12:15 in a grid that begins at 9 has at-h1 at-m6 (an hour and six times
five minutes from the beginning) and for-h1 for-m9; css/programme.css makes grid lines of them. Less than an hour is
is-short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from expo.models import Show
from programme import times
from programme.reading import Listed

STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)
STEPS = HOUR // STEP
# A session is drawn as long as this at least, or nobody could read it; what it would cover moves to a line below.
SHORTEST_DRAWN = 9
# Nights end here: what lasts longer is drawn to the edge and says in words until when.
NIGHT = timedelta(hours=30)


@dataclass(frozen=True, slots=True)
class Lane[T]:
    """What is in one room, or all tours; `hall` is its hall's name if the room's own does not say it."""

    name: str
    hall: str
    is_tours: bool
    blocks: list[T]


@dataclass(frozen=True, slots=True)
class Timetable[T]:
    """`hours` long, from `begins`; `now` are the classes of the present moment, if it is within."""

    begins: datetime
    hours: int
    labels: list[tuple[str, str]]
    now: str
    lanes: list[Lane[T]]


def timetable[T](
    show: Show, day: date, sessions: Iterable[Listed], draw: Callable[[Listed, str], T], *, at: datetime
) -> Timetable[T]:
    """The sessions that begin on the day, each drawn by `draw` from the session and the classes of its position."""
    sessions = list(sessions)
    begins, hours = bounds(show, day, sessions)
    ends = begins + hours * HOUR
    known: dict[Any, Lane[T]] = {}
    for one in sorted(sessions, key=order):
        key = order(one)[:-2]
        if key not in known:
            known[key] = lane_of(one)
        known[key].blocks.append(draw(one, position(one, begins, ends)))
    now = at.astimezone(UTC)
    return Timetable(
        begins=begins.astimezone(show.zone),
        hours=hours,
        labels=list(labels(show, begins, hours)),
        now=classes((now - begins) // STEP) if begins <= now < ends else "",
        lanes=list(known.values()),
    )


def bounds(show: Show, day: date, sessions: list[Listed]) -> tuple[datetime, int]:
    """When the grid begins, in UTC, and how many hours it has: those of the day, and whatever is outside of them."""
    night_ends = times.begin(show, day).astimezone(UTC) + NIGHT
    open_days = [one for one in show.calendar if one.date == day]
    starts = [one.told.starts_at for one in sessions] + [one.opens_at.astimezone(UTC) for one in open_days]
    ends = [one.told.ends_at for one in sessions] + [one.closes_at.astimezone(UTC) for one in open_days]
    first = min(starts, default=night_ends)
    first -= timedelta(minutes=first.astimezone(show.zone).minute)
    return first, max(-((first - min(max(ends, default=first), night_ends)) // HOUR), 1)


def order(one: Listed) -> tuple[Any, ...]:
    """Rooms by hall and name, then what meets elsewhere, then the tours; within them by time."""
    room = one.room
    if room is not None:
        return (0, room.hall.slug if room.hall else "~", room.name, room.pk, one.told.starts_at, one.pk)
    return (2 if one.enterprise else 1, one.told.starts_at, one.pk)


def lane_of(one: Listed) -> Lane[Any]:
    if one.room is not None:
        hall = one.room.hall.name if one.room.hall and one.room.hall.name not in one.room.name else ""
        return Lane(one.room.name, hall, False, [])
    if one.enterprise is not None:
        return Lane(gettext("Open-enterprise tours"), "", True, [])
    return Lane(gettext("Elsewhere"), "", False, [])


def position(one: Listed, begins: datetime, ends: datetime) -> str:
    first = (max(one.told.starts_at, begins) - begins) // STEP
    last = -(-(min(one.told.ends_at, ends) - begins) // STEP)
    length = max(last - first, SHORTEST_DRAWN)
    # What is short and last would be drawn over the edge.
    first = max(min(first, (ends - begins) // STEP - length), 0)
    short = " is-short" if length < STEPS else ""
    return f"{classes(first)} for-h{length // STEPS} for-m{length % STEPS}{short}"


def classes(steps: int) -> str:
    return f"at-h{steps // STEPS} at-m{steps % STEPS}"


def labels(show: Show, begins: datetime, hours: int) -> Iterator[tuple[str, str]]:
    """The full hours as the clocks show them, each with the classes of its place."""
    for number in range(hours):
        yield times.clock((begins + number * HOUR).astimezone(show.zone)), classes(number * STEPS)
