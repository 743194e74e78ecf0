"""The fonts of everything printed: Noto Sans CJK, and Noto Sans of other scripts for what that one lacks.

Noto Sans CJK is one variable file with all weights. It covers Chinese, Japanese, Korean and the most common Latin,
Greek and Cyrillic letters, but neither ł nor ş, so names from abroad need the others.
"""

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import typst

CHINESE = "Noto Sans CJK SC"
WESTERN = "Noto Sans"
#: Stands for a character that no font has: the geta mark of Chinese and Japanese printers.
MISSING = "\N{GETA MARK}"

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def files() -> list[Path]:
    """The font files in use: settings.FONT_CJK or else that of the package `manimgx_fonts_cjk`, then other scripts."""
    from django.conf import settings

    own = getattr(settings, "FONT_CJK", "")
    chinese = Path(own) if own else _package("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc"
    others = (file for file in _package("manimgx_fonts").glob("*.ttf") if "Italic" not in file.name)
    return [chinese, *sorted(others)]


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"The package {name} with the fonts of badges is not installed.")
    return Path(found.submodule_search_locations[0])


def folders() -> list[str]:
    return list(dict.fromkeys(str(file.parent) for file in files()))


@cache
def fonts() -> typst.Fonts:
    """For typst: these fonts and no others, so that a page looks the same on every machine."""
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders())
    for family in (CHINESE, WESTERN):
        if family not in found.families():
            raise FileNotFoundError(f"No font of the family {family} in {', '.join(folders())}.")
    return found


@cache
def families() -> list[str]:
    """Family names in the order in which a Chinese badge tries them for each character."""
    return [CHINESE, WESTERN, *sorted(name for name in fonts().families() if "CJK" not in name and name != WESTERN)]


def has_glyph(character: str) -> bool:
    return any(_holds(ranges, character) for ranges in _coverages())


def can_print(character: str) -> bool:
    """Whether it is shown as it is, or has nothing to show."""
    return has_glyph(character) or _is_unseen(character) or _depends(character)


def printable(text: str, *, most: int) -> str:
    """`text` on one line of at most so many characters: without what is unseen, `MISSING` for what no font has."""
    kept: list[str] = []
    for character in " ".join(text[: 4 * most].split()):
        if _depends(character):
            kept += character if kept else ""
        elif not _is_unseen(character):
            kept.append(character if has_glyph(character) else MISSING)
    line = "".join(kept).strip()
    return line if len(line) <= most else line[: most - 1] + "…"


def _is_unseen(character: str) -> bool:
    """Controls, marks of direction and code points that never are characters: print leaves them out."""
    point = ord(character)
    return unicodedata.category(character) in _UNSEEN or point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def _depends(character: str) -> bool:
    """Joiners and variation selectors: they only shape the characters beside them."""
    return character in _JOINERS or "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def wants_western(text: str) -> bool:
    """Whether letters of Latin, Greek or Cyrillic in `text` are missing from the Chinese font.

    Such a text looks best wholly in the western font, instead of with single letters from it.
    """
    chinese, western, *_ = _coverages()
    return any(
        character < "\u2000" and not _holds(chinese, character) and _holds(western, character) for character in text
    )


Ranges = tuple[list[int], list[int]]


def _holds(ranges: Ranges, character: str) -> bool:
    starts, ends = ranges
    place = bisect_right(starts, ord(character)) - 1
    return place >= 0 and ord(character) <= ends[place]


@cache
def _coverages() -> list[Ranges]:
    """For the Chinese font, the western one and each other: first and last code points of what it has glyphs for.

    Read straight from the character maps: a font library builds 45,000 entries with glyph names for the same answer,
    which costs each process 0.4 s and 33 MB.
    """
    chinese, *others = files()
    ordered = [chinese, *sorted(others, key=lambda file: not file.name.startswith("NotoSans["))]
    return [_coverage(file) for file in ordered]


def _coverage(file: Path) -> Ranges:
    with file.open("rb") as source:
        # All faces of a Noto CJK collection cover the same characters, so the first one will do.
        (start,) = _numbers(source, 12, "I") if source.read(4) == b"ttcf" else (0,)
        (tables,) = _numbers(source, start + 4, "H")
        directory = (_numbers(source, start + 12 + 16 * n, "4sIII") for n in range(tables))
        cmap = next(offset for tag, _, offset, _ in directory if tag == b"cmap")
        (subtables,) = _numbers(source, cmap + 2, "H")
        places = [cmap + _numbers(source, cmap + 4 + 8 * n, "HHI")[2] for n in range(subtables)]
        by_format = {_numbers(source, place, "H")[0]: place for place in places}
        ranges = list(_groups(source, by_format[12]) if 12 in by_format else _segments(source, by_format[4]))
    return [first for first, _ in ranges], [last for _, last in ranges]


def _groups(source: BinaryIO, table: int) -> Iterator[tuple[int, int]]:
    """Ranges of a character map of format 12 (all of Unicode)."""
    (count,) = _numbers(source, table + 12, "I")
    numbers = _numbers(source, table + 16, f"{3 * count}I")
    yield from zip(numbers[0::3], numbers[1::3], strict=True)


def _segments(source: BinaryIO, table: int) -> Iterator[tuple[int, int]]:
    """Ranges of a character map of format 4 (the first 65,536 characters); its last segment only marks the end."""
    count = _numbers(source, table + 6, "H")[0] // 2
    ends = _numbers(source, table + 14, f"{count}H")
    starts = _numbers(source, table + 16 + 2 * count, f"{count}H")
    yield from zip(starts[:-1], ends[:-1], strict=True)


def _numbers(source: BinaryIO, at: int, layout: str) -> tuple:
    source.seek(at)
    return struct.unpack(f">{layout}", source.read(struct.calcsize(f">{layout}")))
