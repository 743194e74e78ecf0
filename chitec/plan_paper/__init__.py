"""The own plan on paper, with the badge's code: a PDF set by typst from `plan.typ`."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import typst
from django.utils.translation import gettext as _

from chitec.own_days import Day, Entry
from exhibitors.models import Firm
from expo import formats, signs
from programme import times
from programme.shown import Shown
from visitors.badges import font, qr
from visitors.models import Registration

#: Characters of one text that are set; the rest is cut off and an ellipsis says so.
LONGEST = 300
#: Of what has no area.
DARK = "#0c1424"

_HERE = Path(__file__).parent
_of_thread = threading.local()


def contents(
    registration: Registration, days: list[Day], stands: list[Firm], *, code: str, serial: str, at: datetime
) -> dict[str, Any]:
    """What the plan says, in the language in use; `code` is what the badge's symbol holds, empty without a badge."""
    show = registration.show
    return {
        "language": "zh" if formats.in_chinese() else "en",
        "short": show.short,
        "heading": _("My plan"),
        "show": show.name,
        "name": registration.name,
        "where": " · ".join(filter(None, (show.city, show.venue))),
        "serial": serial,
        "qr_alt": _("QR code of your badge"),
        "symbol": qr.svg(code) if code else "",
        "as_of": _("As of %(when)s. Things move: your visit's page has what is true now.")
        % {"when": formats.moment_long(at.astimezone(show.zone))},
        "days": [_day(day) for day in days],
        "nothing": _("Nothing planned yet."),
        "stands_heading": _("Stands that you keep"),
        "stands": [
            {"name": firm.name, "where": formats.listed(f"{booth.hall.name} {booth.number}" for booth in firm.stands)}
            for firm in stands
        ],
    }


def _day(day: Day) -> dict[str, Any]:
    open_from = ""
    if day.day and day.has_ticket:
        open_from = _("Exhibition %(opens)s – %(closes)s, last entry %(last)s") % {
            "opens": f"{day.day.opens:%H:%M}",
            "closes": f"{day.day.closes:%H:%M}",
            "last": f"{day.day.last_entry:%H:%M}",
        }
    return {
        "name": formats.day_named(day.date),
        "open": open_from,
        "rows": [_row(entry, entry.shown) for entry in day.entries if entry.shown],
    }


def _row(entry: Entry, shown: Shown) -> dict[str, Any]:
    listed = shown.listed
    colour = listed.area.colour if listed.area else DARK
    bring = "" if entry.is_off else listed.told.bring
    return {
        "from": times.clock(listed.starts),
        "to": times.until(listed.starts, listed.ends),
        "title": shown.title,
        "place": shown.where,
        "state": entry.chip,
        "who": entry.who,
        "way": entry.way,
        "notes": [*entry.asks, *([_("Please bring: %(things)s") % {"things": bring}] if bring else [])],
        "colour": colour,
        "ink": signs.on(colour),
        "is_off": entry.is_off,
        "is_sure": entry.is_sure,
    }


def render(told: dict[str, Any], *, at: datetime) -> bytes:
    """A tagged PDF; the same arguments give the same bytes.

    Characters without a glyph are shown as `font.MISSING`, invisible ones left out. Raises RuntimeError for anything
    that typst warns of.
    """
    symbol = told["symbol"]
    inputs = {
        "told": json.dumps(
            _set(told) | {"language": told["language"], "symbol": symbol, "qr_alt": told["qr_alt"]}, ensure_ascii=False
        ),
        "title": font.printable(f"{told['short']} · {told['heading']}", most=LONGEST),
        "author": font.printable(told["short"], most=LONGEST),
        "fonts": json.dumps(font.families()),
    }
    result, warnings = _compiler().compile_with_warnings(
        format="pdf", timestamp=at.astimezone(UTC).replace(microsecond=0), sys_inputs=inputs
    )
    if warnings:
        raise RuntimeError(f"typst: {warnings[0].message}")
    return cast("bytes", result)


def _set(told: Any) -> Any:
    """Every text within, printable; as a list of one where the western font suits it better."""
    if isinstance(told, str):
        if told.startswith("#") and len(told) == 7:
            return told
        text = font.printable(told, most=LONGEST)
        return [text] if font.wants_western(text) else text
    if isinstance(told, dict):
        return {name: _set(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_set(one) for one in told]
    return told


def _compiler() -> typst.Compiler:
    """One for each thread, since two cannot use one at once."""
    if not hasattr(_of_thread, "compiler"):
        _of_thread.compiler = typst.Compiler(
            input=_HERE / "plan.typ", root=_HERE, font_paths=font.fonts(), ignore_system_fonts=True
        )
    return _of_thread.compiler
