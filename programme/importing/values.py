"""What stands in a cell, as what is meant by it: a day, a time, a number, words.

Programs and people write one thing in many ways. Each of these takes a cell as the file gives it, None where it is
empty, and answers with the value, or refuses in a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from expo import formats
from expo.models import FIRST_YEAR, LAST_YEAR

DAY_MINUTES = 24 * 60
# What is quoted of a cell in a sentence.
QUOTED = 40

_BLANK = re.compile(r"[^\S\n]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_WEEKDAY = re.compile(
    r"[(\[]?(?:(?:星期|周|礼拜)[一二三四五六日天]|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b)[)\]]?,?", re.IGNORECASE
)
_DAYS = (
    re.compile(r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?"),
    re.compile(r"(?P<d>\d{1,2})\s*[-/.]\s*(?P<m>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})"),
    re.compile(r"(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?\s+(?P<month>[a-z]{3,9})\.?,?(?:\s+(?P<y>\d{4}))?", re.IGNORECASE),
    re.compile(r"(?P<month>[a-z]{3,9})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?(?:\s+(?P<y>\d{4}))?", re.IGNORECASE),
)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_CLOCK = re.compile(
    r"(?P<part>上午|早上|早晨|凌晨|中午|下午|傍晚|晚上)?\s*(?P<h>\d{1,2})\s*"
    r"(?:[:.h时點点]\s*(?:(?P<m>\d{1,2})\s*分?|(?P<half>半)|(?=\s|$|[ap]))(?::(?P<s>\d{2})(?:\.0+)?)?)\s*"
    r"(?P<ap>[ap]\.?m\.?)?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s*(?:-|–|—|−|~|〜|至|到|\bto\b|\buntil\b)+\s*", re.IGNORECASE)
_AND = re.compile(r"[,;、/，；\n]+|\s+(?:and|und|et)\s+|\s*&\s*|和")
# Commas stand inside of names.
SEVERAL = re.compile(r"[;；、\n]+")
_YES = {"yes", "y", "true", "1", "x", "✓", "✔", "√", "是", "有", "需要", "对"}
_NO = {"no", "n", "false", "0", "否", "无", "不", "不需要", "–", "-"}


class Clock(NamedTuple):
    """Minutes since midnight, and the day where the cell names one. 24 o'clock is the midnight that ends a day."""

    minutes: int
    day: date | None = None


def quoted(cell: Any) -> str:
    return Truncator(" ".join(as_text(cell).split())).chars(QUOTED)


def as_text(cell: Any) -> str:
    """The cell as text, on as many lines as it has: one kind of blank, nothing that cannot be printed."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, datetime) and cell.time() != time(0):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    text = _UNPRINTABLE.sub("", str(cell).replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(_BLANK.sub(" ", line).strip() for line in text.split("\n")).strip()


def as_line(cell: Any) -> str:
    return " ".join(as_text(cell).split())


def plain(text: str) -> str:
    """As headings and words of choices are compared: letters and digits, one width and case."""
    flat = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in flat if sign.isalnum())


def width_of_one(cell: Any) -> str:
    return unicodedata.normalize("NFKC", as_line(cell))


def text(cell: Any, *, most: int, lines: bool = False) -> str:
    """Raises Refusal: too_long."""
    found = as_text(cell) if lines else as_line(cell)
    if len(found) > most:
        raise Refusal(
            "too_long",
            _("“%(text)s” is longer than %(most)s characters: it has %(count)s.")
            % {"text": quoted(found), "most": most, "count": len(found)},
        )
    return found


def whole(cell: Any, *, low: int, high: int) -> int | None:
    """Raises Refusal: no_number."""
    if cell is None or as_line(cell) == "":
        return None
    found: int | None = None
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        found = int(cell) if abs(cell) < 1e9 and cell == int(cell) else None
    elif match := re.fullmatch(
        r"(\d{1,9})(?:\.0+)?\s*(?:min|mins|minutes|分|分钟|人|座|岁|周岁)?\.?", width_of_one(cell).replace(",", "")
    ):
        found = int(match[1])
    if found is None or not low <= found <= high:
        raise Refusal(
            "no_number",
            _("“%(cell)s” is not a whole number from %(low)s to %(high)s.")
            % {"cell": quoted(cell), "low": low, "high": high},
        )
    return found


def yes_or_no(cell: Any) -> bool:
    """Raises Refusal: no_answer."""
    if isinstance(cell, bool):
        return cell
    word = width_of_one(cell).casefold()
    if word in _YES:
        return True
    if word == "" or word in _NO:
        return False
    raise Refusal("no_answer", _("“%(cell)s” is neither yes nor no.") % {"cell": quoted(cell)})


def one_of(cell: Any, words: Mapping[str, str], shown: Collection[str]) -> str | None:
    """The choice that the cell's word stands for; `words` has them as `plain` has it. Raises Refusal: no_choice."""
    said = as_line(cell)
    if not said:
        return None
    found = words.get(plain(said))
    if found is None:
        raise Refusal(
            "no_choice",
            _("“%(cell)s” is none of these: %(choices)s.") % {"cell": quoted(cell), "choices": formats.listed(shown)},
        )
    return found


def several_of(cell: Any, words: Mapping[str, str], shown: Collection[str]) -> list[str]:
    """Raises Refusal: no_choice."""
    found = [one_of(part, words, shown) for part in _AND.split(as_text(cell)) if part.strip()]
    return list(dict.fromkeys(one for one in found if one is not None))


def nearest(said: str, names: Collection[str]) -> str:
    """A half sentence with the names that look most like what was said."""
    flat = {name.casefold(): name for name in names}
    close = [flat[one] for one in get_close_matches(said.casefold(), flat, n=3, cutoff=0.5)]
    close = close or [name for one, name in flat.items() if len(said) > 1 and said.casefold() in one][:3]
    if not close:
        return ""
    return " " + _("Nearest: %(names)s.") % {"names": formats.listed(f"“{name}”" for name in close)}


def day(cell: Any, *, epoch: date, days: Collection[date]) -> date | None:
    """A day of the year that it names, or of the show's (`days`). `epoch` is the day 0 of the file's calendar.

    Raises Refusal: no_day, year.
    """
    if isinstance(cell, datetime):
        return in_years(cell.date())
    if isinstance(cell, date):
        return in_years(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return in_years(of_serial(cell, epoch).date())
    said = width_of_one(cell)
    if not said:
        return None
    bare = re.sub(r"[T\s]+0{1,2}:00(:00)?$", "", _WEEKDAY.sub(" ", said).strip()).strip()
    if re.fullmatch(r"\d{5}(\.0+)?", bare):
        return in_years(of_serial(float(bare), epoch).date())
    for pattern in _DAYS:
        if match := pattern.fullmatch(bare):
            return in_years(of_parts(match.groupdict(), said, days))
    raise no_day(cell)


def no_day(cell: Any) -> Refusal:
    return Refusal(
        "no_day", _("“%(cell)s” is not a day. Write it as 2019-10-24 or 24.10.2019.") % {"cell": quoted(cell)}
    )


def of_parts(parts: Mapping[str, str | None], said: str, days: Collection[date]) -> date:
    if named := parts.get("month"):
        meant = "sep" if named.lower() == "sept" else named.lower()
        month = next((n for n, one in enumerate(_MONTHS, 1) if one.startswith(meant)), 0)
    else:
        month = int(parts["m"] or 0)
    number = int(parts["d"] or 0)
    years = [int(parts["y"] or 0)] if parts.get("y") else []
    if not years:
        years = [one.year for one in days if (one.month, one.day) == (month, number)] or [one.year for one in days]
    if not years:
        raise Refusal("no_day", _("“%(cell)s” names no year.") % {"cell": quoted(said)})
    try:
        return date(years[0], month, number)
    except ValueError as error:
        raise no_day(said) from error


def of_serial(number: float, epoch: date) -> datetime:
    """Days since the beginning of the file's calendar, to the minute. Raises Refusal: no_day."""
    if not 1 <= number < 200_000:
        raise Refusal("no_day", _("The number %(cell)s stands for no day.") % {"cell": quoted(number)})
    return datetime.combine(epoch, time()) + timedelta(minutes=round(number * DAY_MINUTES))


def in_years(found: date) -> date:
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Refusal(
            "year",
            _("The year %(year)s is not one from %(first)s to %(last)s.")
            % {"year": found.year, "first": FIRST_YEAR, "last": LAST_YEAR},
        )
    return found


def no_clock(cell: Any) -> Refusal:
    return Refusal("no_time", _("“%(cell)s” is not a time. Write it as 9:00 or 14:30.") % {"cell": quoted(cell)})


def clocks(cell: Any, *, epoch: date, days: Collection[date]) -> tuple[Clock | None, Clock | None]:
    """The time in the cell, and where it says from–to, the time behind it. Raises Refusal: no_time, no_day."""
    if cell is None or as_line(cell) == "":
        return None, None
    if not isinstance(cell, str):
        return of_cell(cell, epoch), None
    said = width_of_one(cell)
    if re.fullmatch(r"0?\.\d+", said):
        return of_cell(float(said), epoch), None
    if match := re.fullmatch(r"(\d{4}-\d{1,2}-\d{1,2})[T\s]+(\S.*)", said):
        first, second = clocks(match[2], epoch=epoch, days=days)
        on = day(match[1], epoch=epoch, days=days)
        return first and Clock(first.minutes, on), second
    parts = _RANGE.split(said)
    if len(parts) > 2 or not all(parts):
        raise no_clock(cell)
    first = of_words(parts[0])
    return first, of_words(parts[1]) if len(parts) == 2 else None


def of_cell(cell: Any, epoch: date) -> Clock:
    if isinstance(cell, datetime):
        rounded = cell + timedelta(seconds=30)
        found = Clock(rounded.hour * 60 + rounded.minute, rounded.date())
        # A time of day alone comes as of the day before the first.
        return found if found.day and found.day.year >= FIRST_YEAR else Clock(found.minutes)
    if isinstance(cell, time):
        return Clock(min(cell.hour * 60 + cell.minute + (cell.second >= 30), DAY_MINUTES - 1))
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        if 0 <= minutes <= DAY_MINUTES:
            return Clock(minutes)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if 0 <= cell < 1:
            return Clock(min(round(cell * DAY_MINUTES), DAY_MINUTES - 1))
        if cell > 366 and cell != int(cell):
            at = of_serial(cell, epoch)
            return Clock(at.hour * 60 + at.minute, at.date())
    raise no_clock(cell)


def of_words(said: str) -> Clock:
    match = _CLOCK.fullmatch(said.strip())
    if match is None:
        raise no_clock(said)
    hour, minute = int(match["h"]), 30 if match["half"] else int(match["m"] or 0)
    late = (match["part"] or "") in {"下午", "傍晚", "晚上"} or (match["ap"] or "").casefold().startswith("p")
    early = (match["part"] or "") in {"上午", "早上", "早晨", "凌晨"} or (match["ap"] or "").casefold().startswith("a")
    noon = match["part"] == "中午" and hour < 3
    if (late or noon) and hour < 12:
        hour += 12
    elif early and hour == 12:
        hour = 0
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise no_clock(said)
    return Clock(hour * 60 + minute)
