"""The booklet as a PDF, set by typst from `booklet.typ`."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from visitors.badges import font

#: Characters of one text that are set; the rest is cut off and an ellipsis says so.
LONGEST = 400
#: Seconds; the largest show takes one.
PATIENCE = 60

_HERE = Path(__file__).parent


def render(told: dict[str, Any], *, at: datetime) -> bytes:
    """A tagged PDF of what `contents` gives, published `at` (aware). The same arguments give the same bytes.

    Characters without a glyph are shown as `font.MISSING`, invisible ones left out. Raises RuntimeError for anything
    that typst warns of.
    """
    asked = {
        "source": str(_HERE / "booklet.typ"),
        "root": str(_HERE),
        "font_paths": font.folders(),
        "timestamp": at.astimezone(UTC).replace(microsecond=0).isoformat(),
        "inputs": {
            "told": json.dumps(_set(told) | _plain(told), ensure_ascii=False),
            "fonts": json.dumps(font.families()),
        },
    }
    pressed = subprocess.run(  # noqa: S603  (our own script, and texts only on its standard input)
        [sys.executable, "-I", str(_HERE / "press.py")],
        input=json.dumps(asked).encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    if pressed.returncode:
        raise RuntimeError(pressed.stderr.decode(errors="replace")[-2000:])
    return pressed.stdout


def _plain(told: dict[str, Any]) -> dict[str, str]:
    """What is not set as text: the language, and what the file says of itself."""
    short = font.printable(told["short"], most=LONGEST)
    heading = font.printable(told["heading"], most=LONGEST)
    return {"language": told["language"], "title": f"{short} · {heading}", "author": short}


def _set(told: Any) -> Any:
    """Every text within, printable; as a list of one where the western font suits it better."""
    if isinstance(told, str):
        text = font.printable(told, most=LONGEST)
        return [text] if font.wants_western(text) else text
    if isinstance(told, dict):
        return {name: _set(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_set(one) for one in told]
    return told
