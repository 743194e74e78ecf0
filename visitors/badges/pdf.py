"""Badges as sheets to print: one A6 page each, set by typst from `badge.typ`."""

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast

import typst

from . import font, qr, serials

#: Sheets a file; more than that takes a printer's memory and a reader's patience.
MOST = 1000
#: Characters of a name, firm or position that are set; the rest is cut off and an ellipsis says so.
LONGEST = 120
MISSING = font.MISSING

#: Colour and words, Chinese and English, of each category's band; the badge shows both languages side by side.
BANDS = {
    "professional": ("#0a56d6", "专业观众", "PROFESSIONAL"),
    "public": ("#0b7a4b", "普通观众", "PUBLIC"),
    "press": ("#d3341c", "媒体", "PRESS"),
    "delegate": ("#5a3fc0", "代表", "DELEGATE"),
    "merchant": ("#a8480a", "客商", "MERCHANT"),
    "speaker": ("#b01c5b", "演讲嘉宾", "SPEAKER"),
    "exhibitor_staff": ("#00788a", "参展人员", "EXHIBITOR STAFF"),
    "organiser": ("#0c1424", "主办方", "ORGANISER"),
}

_HERE = Path(__file__).parent
_SOURCE = _HERE / "badge.typ"
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True)
class BadgeSheet:
    """What is printed on one badge. Names, firm and position may hold anything that somebody typed."""

    show_short: str
    show_name_zh: str
    show_name_en: str
    days: Sequence[date]
    name: str
    latin_name: str = ""
    firm: str = ""
    position: str = ""
    category: str
    serial: str
    code: str
    area_colours: Sequence[str] = ()
    due: Decimal | None = None
    """Yuan to be paid at the gate; None or 0 if nothing is."""


def render(sheets: Sequence[BadgeSheet], *, at: datetime) -> bytes:
    """A tagged PDF with one A6 page a badge, created `at` (aware). The same arguments give the same bytes.

    Characters without a glyph are shown as `MISSING` and invisible ones left out: nothing that somebody typed into a
    name keeps a badge from being printed. Raises ValueError for no sheet, more than `MOST`, a category or colour that
    does not exist, a serial or code that cannot be; RuntimeError for anything that typst warns of.
    """
    return compiled(sheets, at=at, form="pdf")


def unprintable(text: str) -> str:
    """The characters of `text`, each once, that a badge cannot show because no font has a glyph for them."""
    return "".join(dict.fromkeys(c for c in text if not font.can_print(c)))


def spell_days(days: Sequence[date]) -> tuple[str, str]:
    """The days in Chinese and in English, neighbours drawn together: 10月24–27日 and 24 – 27 Oct."""
    ordered = sorted(set(days))
    runs: list[list[date]] = [ordered[:1]] if ordered else []
    for before, day in pairwise(ordered):
        if (day - before).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    chinese, english = [], []
    for first, last in ((run[0], run[-1]) for run in runs):
        start, end = f"{first.day} {_MONTHS[first.month - 1]}", f"{last.day} {_MONTHS[last.month - 1]}"
        if first == last:
            chinese.append(f"{first.month}月{first.day}日")
            english.append(end)
        elif first.month == last.month:
            chinese.append(f"{first.month}月{first.day}–{last.day}日")
            english.append(f"{first.day} – {end}")
        else:
            chinese.append(f"{first.month}月{first.day}日–{last.month}月{last.day}日")
            english.append(f"{start} – {end}")
    return "、".join(chinese), ", ".join(english)


def compiled(
    sheets: Sequence[BadgeSheet], *, at: datetime, form: Literal["pdf", "png"], ppi: float | None = None
) -> bytes:
    """What typst makes of the sheets: a PDF of all, or the PNG of a single one."""
    if not 1 <= len(sheets) <= MOST:
        raise ValueError(f"1 to {MOST} badges go into a file, not {len(sheets)}")
    first = sheets[0]
    subject = _printable(first.name) if len(sheets) == 1 else f"{len(sheets)} badges"
    show = _printable(first.show_short)
    inputs = {
        "sheets": json.dumps([_inputs(sheet) for sheet in sheets], ensure_ascii=False),
        "title": f"{show} · {subject}",
        "author": show,
        "fonts": json.dumps(font.families()),
    }
    result, warnings = _compiler().compile_with_warnings(
        format=form, ppi=ppi, timestamp=at.astimezone(UTC).replace(microsecond=0), sys_inputs=inputs
    )
    if warnings:
        raise RuntimeError(f"typst: {warnings[0].message}")
    return cast("bytes", result)


_of_thread = threading.local()


def _compiler() -> typst.Compiler:
    """One for each thread, since two cannot use one at once."""
    if not hasattr(_of_thread, "compiler"):
        _of_thread.compiler = typst.Compiler(
            input=_SOURCE, root=_HERE, font_paths=font.fonts(), ignore_system_fonts=True
        )
    return _of_thread.compiler


def _inputs(sheet: BadgeSheet) -> dict[str, object]:
    if sheet.category not in BANDS:
        raise ValueError(f"no such category: {sheet.category!r}")
    if not serials.is_valid(sheet.serial):
        raise ValueError(f"not a serial: {sheet.serial!r}")
    if not all(_COLOUR.fullmatch(colour) for colour in sheet.area_colours):
        raise ValueError("colours are written #rrggbb")
    chinese, english = spell_days(sheet.days)
    name, latin = _printable(sheet.name), _printable(sheet.latin_name)
    if latin and name.count(MISSING) * 2 > len(name):
        name, latin = latin, ""
    serial = serials.shown(sheet.serial)
    return {
        "short": _numbered(_printable(sheet.show_short)),
        "show_zh": _line(sheet.show_name_zh),
        "show_en": _line(sheet.show_name_en),
        "colours": list(sheet.area_colours),
        "name": _line(name or "—"),
        "latin": _line(latin if latin != name else ""),
        "firm": _line(sheet.firm),
        "position": _line(sheet.position),
        "days_zh": _line(chinese or "—"),
        "days_en": _line(english or "—"),
        "serial": serial,
        "qr": qr.svg(sheet.code),
        "qr_alt": f"QR code of badge {serial}",
        "due": f"{sheet.due:f}".removesuffix(".00") if sheet.due else "",
        "band": BANDS[sheet.category],
    }


def _printable(text: str) -> str:
    """`text` on one line with what the font can show; see `render`."""
    return font.printable(text, most=LONGEST)


def _numbered(short: str) -> tuple[str, str]:
    """A show's short name and the number at its end, which the badge sets in another colour."""
    name = short.rstrip("0123456789")
    return name, short[len(name) :]


def _line(text: str) -> tuple[str, float, bool]:
    """Printable text with chances to break inside of very long words, the most em that it is wide, and its font."""
    line = _WORD.sub(_breakable, _printable(text))
    return line, _width(line), font.wants_western(line)


# Without Chinese, kana and Hangul, which break anywhere, and without combining marks, which must stay where they are.
# Shorter words are made smaller until they fit, so that a name in the file can be found and copied.
_WORD = re.compile(r"[^\W\u2e80-\U0010ffff]{30,}")
_BREAK = "\N{ZERO WIDTH SPACE}"


def _breakable(word: re.Match[str]) -> str:
    return _BREAK.join(word[0])


# Upper bounds of the bold weight's advances. What is not listed and not Chinese may be wider than an em in its script.
_EMS = (
    dict.fromkeys("abcdefghknopqrsuvxyz0123456789", 0.65)
    | dict.fromkeys("fijlt .,:;'!|()[]-", 0.43)
    | dict.fromkeys("ABCDEFGHIJKLNOPQRSTUVXYZ", 0.8)
    | dict.fromkeys("mwMW%&", 1.0)
    | {_BREAK: 0.01}
)


def _width(text: str) -> float:
    return sum(_EMS.get(character) or (1.0 if "\u3000" <= character <= "\ufaff" else 3.0) for character in text)
