"""Sets a document in a process of its own: JSON comes in, a PDF or the reason why there is none goes out.

Typst remembers what it has set and gives nothing back: a booklet of 300 sessions would cost the web server's process
150 MB each time. It runs as a script, so that nothing of the site is loaded.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from typing import cast

#: It yields to whoever waits for a page.
NICE = 5


def press(asked: dict) -> bytes:
    """`source`, `root`, `font_paths`, `timestamp` (ISO 8601) and `inputs`. Raises RuntimeError for any warning."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=asked["font_paths"])
    compiler = typst.Compiler(input=asked["source"], root=asked["root"], font_paths=fonts, ignore_system_fonts=True)
    result, warnings = compiler.compile_with_warnings(
        format="pdf", timestamp=datetime.fromisoformat(asked["timestamp"]), sys_inputs=asked["inputs"]
    )
    if warnings:
        raise RuntimeError(f"typst: {warnings[0].message}")
    return cast("bytes", result)


if __name__ == "__main__":
    os.nice(NICE)
    sys.stdout.buffer.write(press(json.load(sys.stdin.buffer)))
