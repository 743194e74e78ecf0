"""The rules of a time zone as iCalendar files carry them along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=16)
def time_zone(name: str, first_year: int, last_year: int) -> icalendar.Timezone:
    """The zone from the beginning of one year to the end of another.

    Not the package's own, which gives the beginning of summer time by the new clock: RFC 5545 counts it by the old one,
    and readers that keep to that would take the first hour of summer for winter.
    """
    zone = ZoneInfo(name)
    component = icalendar.Timezone()
    component.add("tzid", name)
    begins = datetime(first_year, 1, 1, tzinfo=zone)
    component.add_component(_observance(begins, before=begins))
    at, ends = begins.astimezone(UTC), datetime(last_year + 1, 1, 1, tzinfo=zone).astimezone(UTC)
    while at < ends:
        if at.astimezone(zone).utcoffset() != (at + DAY).astimezone(zone).utcoffset():
            change = _change(zone, at, at + DAY)
            component.add_component(_observance(change, before=(change.astimezone(UTC) - MINUTE).astimezone(zone)))
        at += DAY
    return component


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first minute of the new time between two moments of which the second has it."""
    while after - before > MINUTE:
        middle = before + (after - before) // MINUTE // 2 * MINUTE
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return after.astimezone(zone)


def _observance(since: datetime, *, before: datetime) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    """What holds from a moment on; `before` is one of the time before it."""
    part = icalendar.TimezoneDaylight() if since.dst() else icalendar.TimezoneStandard()
    by_old_clock = (since.astimezone(UTC) + (before.utcoffset() or timedelta())).replace(tzinfo=None)
    part.add("dtstart", by_old_clock)
    part.add("tzoffsetfrom", before.utcoffset())
    part.add("tzoffsetto", since.utcoffset())
    part.add("tzname", since.tzname())
    return part
