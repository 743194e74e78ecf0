"""The colours of the exhibition areas, as the style sheet that every page links."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.core.cache import caches

from expo.models import Area
from expo.showing import FRESH

# Contrast that small text in an area's colour has to keep on white (or on the dark page): above the 4.5 of WCAG AA,
# because it also stands on tints of the same colour.
LEGIBLE = 5.6
DARK_PAGE = "#161d2b"


@dataclass(frozen=True, slots=True)
class Signs:
    """`version` is a digest of `css`, so the address changes when, and only when, a colour does."""

    version: str
    css: str


def signs(*, fresh: bool = False) -> Signs:
    """The current show's area colours, at most 5 s old, or read anew where `fresh`."""
    known = None if fresh else caches["process"].get("signs")
    if known is None:
        rows = Area.objects.filter(show__is_current=True).order_by("letter").values_list("letter", "colour")
        css = "".join(rule(letter, colour) for letter, colour in rows)
        known = Signs(hashlib.blake2b(css.encode(), digest_size=6).hexdigest(), css)
        caches["process"].set("signs", known, FRESH)
    return known


def rule(letter: str, colour: str) -> str:
    """What one area sets: its colour, text on it, and its colour as text on a light and on a dark page."""
    return (
        f".area-{letter.lower()}{{--area:{colour};--on-area:{on(colour)};"
        f"--area-light:{towards('#000000', colour, '#ffffff')};--area-dark:{towards('#ffffff', colour, DARK_PAGE)}}}\n"
    )


def channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, as WCAG defines it."""
    linear = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in channels(colour)))
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 to 21, as WCAG defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def on(colour: str) -> str:
    """White or black, whichever reads better on the colour: one of them always has 4.5."""
    return max("#ffffff", "#000000", key=lambda ink: contrast(ink, colour))


def towards(end: str, colour: str, ground: str) -> str:
    """The colour, moved towards `end` by as little as makes it legible on `ground`."""
    for step in range(21):
        mixed = "#" + "".join(
            f"{round(a + (b - a) * step / 20):02x}" for a, b in zip(channels(colour), channels(end), strict=True)
        )
        if contrast(mixed, ground) >= LEGIBLE:
            return mixed
    return end
