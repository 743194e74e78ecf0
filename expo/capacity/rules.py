"""Who of those that wait is offered places, and for how long; nothing here reads the database or the clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

#: How long an offer stands: on any day before, on the day itself, and at the door.
BEFORE, ON_THE_DAY, AT_THE_DOOR = timedelta(hours=24), timedelta(hours=2), timedelta(minutes=10)
#: People stand at the door so long before the start.
DOOR_OPENS = timedelta(minutes=30)
#: From then on until the start, what is left goes to who stands there; nobody is offered anything any more.
WALK_INS_FROM = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Fitting:
    """Parties as (key, size), in their order: `offered` get places, `passed` were too large for what was left.

    Those are named as passed alone who stood before somebody that was offered places.
    """

    offered: tuple[tuple[int, int], ...]
    passed: tuple[tuple[int, int], ...]


def fitting(waiting: Iterable[tuple[int, int]], free: int) -> Fitting:
    """First come, first served, by party: each in turn that is no larger than what is left by then."""
    offered: list[tuple[int, int]] = []
    passed: list[tuple[int, int]] = []
    over: list[tuple[int, int]] = []
    for pk, party in waiting:
        if free <= 0:
            break
        if party <= free:
            free -= party
            offered.append((pk, party))
            passed += over
            over = []
        else:
            over.append((pk, party))
    return Fitting(tuple(offered), tuple(passed))


def offers_end(starts_at: datetime) -> datetime:
    """From then on nobody is offered places in advance."""
    return starts_at.astimezone(UTC) - WALK_INS_FROM


def deadline(*, at: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when somebody has to take what is offered `at`; `zone` says when the day of it begins.

    Never beyond the moment from which walk-ins are let in, and at least the ten minutes of the door.
    """
    # By the clock of a zone, a day on which the clocks change would have 23 or 25 hours.
    at, starts_at = at.astimezone(UTC), starts_at.astimezone(UTC)
    if at >= starts_at - DOOR_OPENS:
        return at + AT_THE_DOOR
    on_the_day = at.astimezone(zone).date() >= starts_at.astimezone(zone).date()
    until = at + (ON_THE_DAY if on_the_day else BEFORE)
    return max(min(until, offers_end(starts_at)), at + AT_THE_DOOR)
