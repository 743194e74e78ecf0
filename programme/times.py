"""Times as the public reads them: by the clocks of the show, and saying so."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from expo import formats
from expo.models import Show


def offset(moment: datetime) -> str:
    """UTC+8, UTC−3:30, UTC; of the zone that the moment comes in."""
    minutes = round((moment.utcoffset() or timedelta(0)).total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"


def comes_twice(moment: datetime) -> bool:
    """Whether clocks that are put back show this time once more."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def clock(moment: datetime) -> str:
    """09:05; with the offset where the clocks show that time twice."""
    return f"{formats.clock(moment)} ({offset(moment)})" if comes_twice(moment) else formats.clock(moment)


def iso(moment: datetime) -> str:
    """2019-10-24T09:05+08:00."""
    return moment.isoformat(timespec="minutes")


def tag(moment: datetime, text: str = "") -> SafeString:
    """The moment for people and for programs."""
    return format_html('<time datetime="{}">{}</time>', iso(moment), text or clock(moment))


def until(starts: datetime, ends: datetime) -> str:
    """12:00; 25 October, 01:30 where it ends on another day than it starts."""
    if ends.date() == starts.date():
        return clock(ends)
    return gettext("%(day)s, %(clock)s") % {"day": formats.day_short(ends), "clock": clock(ends)}


def deadline(moment: datetime | None, zone: ZoneInfo) -> str:
    """10:00 on Thursday 24 October; nothing where there is none."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return gettext("%(clock)s on %(day)s") % {"clock": clock(local), "day": formats.day_named(local)}


def span(starts: datetime, ends: datetime) -> SafeString:
    """09:00 – 12:00; 22:00 – 25 October, 01:30."""
    return format_html("{} – {}", tag(starts), tag(ends, until(starts, ends)))


def span_in_words(starts: datetime, ends: datetime, *, beside: date | None = None) -> str:
    """09:00 – 12:00, with the day where it is another than the one `beside` it."""
    told = f"{clock(starts)} – {clock(ends)}"
    if starts.date() == beside:
        return told
    return gettext("%(day)s, %(clock)s") % {"day": formats.day_named(starts), "clock": told}


def span_short(starts: datetime, ends: datetime) -> str:
    """24 Oct, 09:00–10:30; 24 Oct, 22:00–25 Oct, 01:30; for lists."""
    end = formats.clock(ends) if starts.date() == ends.date() else formats.moment_short(ends)
    return f"{formats.moment_short(starts)}–{end}"


def whose(show: Show, day: date) -> str:
    """Whose times those of this day are: Times are those of Beijing, UTC+8."""
    first, last = begin(show, day), begin(show, day + timedelta(days=1)) - timedelta(seconds=1)
    if first.utcoffset() == last.utcoffset():
        return gettext("Times are those of %(city)s, %(offset)s.") % {"city": show.city, "offset": offset(first)}
    return gettext("Times are those of %(city)s: %(offset)s until the clocks change that night, then %(then)s.") % {
        "city": show.city,
        "offset": offset(first),
        "then": offset(last),
    }


def zone(show: Show, at: datetime) -> str:
    """Beijing (UTC+8): whose clock the times are by; `at` because of summer time."""
    return gettext("%(city)s (%(offset)s)") % {"city": show.city, "offset": offset(at.astimezone(show.zone))}


def begin(show: Show, day: date) -> datetime:
    """The first moment of a day of the show's zone, also where summer time leaves midnight out."""
    return datetime.combine(day, time(0), tzinfo=show.zone).astimezone(UTC).astimezone(show.zone)


def after(moment: datetime, length: timedelta) -> datetime:
    """So long after the moment, by a clock that nobody puts back, in the moment's zone."""
    return (moment.astimezone(UTC) + length).astimezone(moment.tzinfo)


def lasting(minutes: int) -> str:
    """45 minutes, 2 hours, 1 hour 30 minutes."""
    hours, rest = divmod(minutes, 60)
    words = []
    if hours:
        words.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if rest or not hours:
        words.append(ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": rest})
    return ("" if formats.in_chinese() else " ").join(words)
