"""The floor plan of a hall: one SVG, drawn here as a string, and what a page says about its booths."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.cache import caches
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from exhibitors import rules
from exhibitors.models import Allotment, Booth, BoothKind
from expo import formats
from expo.models import Area, Gate, Hall, in_language
from expo.showing import FRESH

# Units of the drawing a metre, and the room around the hall for gates and their names.
METRE = 10
MARGIN = 26
# A digit or capital of the number's type takes this part of its size in width.
CHARACTER = 0.64
NUMBER_SIZES = (14, 12, 10, 8)
NAME_SIZE = 17
GATE_WIDTH = 9 * METRE
NEAR_AT_MOST = 6

FREE, HELD, TAKEN = "free", "held", "taken"


class Spot(NamedTuple):
    """A booth as everybody may see it: who holds it is told only once it is contracted.

    A tuple, because a hall's hundred and more come out of the process's cache four times as fast as dataclasses.
    """

    number: str
    area: str
    place: rules.Rectangle
    size: str
    m2: Decimal
    kind: str
    open_sides: int
    state: str
    rate: Decimal | None
    price: Decimal | None
    firm: str = ""
    firm_slug: str = ""
    held_until: datetime | None = None

    @property
    def is_free(self) -> bool:
        return self.state == FREE

    @property
    def state_in_words(self) -> str:
        return {FREE: gettext("free"), HELD: gettext("held for an applicant"), TAKEN: gettext("taken")}[self.state]

    @property
    def words(self) -> str:
        """C07, 6 × 3 m, free."""
        return f"{self.number}, {self.size}, {self.firm or self.state_in_words}"


@dataclass(frozen=True, slots=True)
class Board:
    """A hall as it was at most five seconds ago, in one language."""

    frame: str
    spots: dict[str, Spot]
    drawn: dict[str, str]
    areas: dict[str, Area] = field(default_factory=dict)

    def free(self, area: str = "") -> list[Spot]:
        return [spot for spot in self.spots.values() if spot.is_free and area in ("", spot.area)]

    def neighbours(self, spot: Spot) -> list[Spot]:
        return [
            other for other in self.spots.values() if other.number != spot.number and other.place.touches(spot.place)
        ]

    def near(self, numbers: Collection[str]) -> list[Spot]:
        """The free booths of the same areas nearest to these."""
        around = [self.spots[number] for number in numbers if number in self.spots]
        areas = {spot.area for spot in around}
        free = [
            (spot.place, spot)
            for spot in self.spots.values()
            if spot.is_free and spot.area in areas and spot.number not in numbers
        ]
        return rules.nearest(free, to=[spot.place for spot in around], at_most=NEAR_AT_MOST)


def metres(value: Decimal) -> str:
    return f"{value.normalize():f}"


def size_in_words(booth: Booth) -> str:
    return f"{metres(booth.width)} × {metres(booth.depth)} m"


def board(hall: Hall, *, at: datetime) -> Board:
    """The hall's board; a hold that ran out by `at` counts as free. At most `FRESH` seconds old, and new at once after
    any act that changes the plan, because the hall's version is part of the key."""
    key = f"board:{hall.pk}:{hall.plan_version}:{get_language()}:{int(at.timestamp()) // FRESH}"
    known = caches["process"].get(key)
    if known is None:
        known = draw(hall, at=at)
        caches["process"].set(key, known, FRESH)
    return known


def draw(hall: Hall, *, at: datetime) -> Board:
    """Read the hall and draw it: two queries (booths with areas, prices and holders; gates)."""
    kinds = {kind.value: str(kind.label) for kind in BoothKind}
    areas: dict[str, Area] = {}
    spots: dict[str, Spot] = {}
    by_area: dict[str, list[Spot]] = {}
    for booth in hall.booths.on_the_plan():
        area = areas.setdefault(booth.area.letter, booth.area)
        spots[booth.number] = spot = _spot(booth, area, kinds, at=at)
        by_area.setdefault(area.letter, []).append(spot)
    areas = dict(sorted(areas.items()))
    parts = [_ground(hall)]
    parts += [_area(area, by_area[letter]) for letter, area in areas.items()]
    parts += [_gate(gate, hall) for gate in hall.gates.all()]
    return Board(
        frame="".join(parts),
        spots=spots,
        drawn={number: drawn(spot) for number, spot in spots.items()},
        areas=areas,
    )


def _spot(booth: Any, area: Area, kinds: dict[str, str], *, at: datetime) -> Spot:
    """`booth` is one of `BoothQuerySet.on_the_plan`."""
    contracted = booth.holding == Allotment.State.CONTRACTED
    held = booth.holding == Allotment.State.HELD and booth.held_until > at
    rate: Decimal | None = booth.rate
    return Spot(
        number=booth.number,
        area=area.letter,
        place=rules.Rectangle(float(booth.x), float(booth.y), float(booth.width), float(booth.depth)),
        size=size_in_words(booth),
        m2=booth.area_m2.normalize(),
        kind=kinds[booth.kind],
        open_sides=booth.open_sides,
        state=TAKEN if contracted else HELD if held else FREE,
        rate=rate,
        price=None if rate is None else rules.price_of(width=booth.width, depth=booth.depth, rate=rate),
        firm=in_language(booth.firm_en, booth.firm_zh) if contracted else "",
        firm_slug=booth.firm_slug if contracted else "",
        held_until=booth.held_until if held else None,
    )


def units(value: float) -> str:
    """Metres as units of the drawing."""
    return f"{value * METRE:g}"


def _ground(hall: Hall) -> str:
    return f'<rect class="hall" width="{units(float(hall.width))}" height="{units(float(hall.depth))}" rx="8"/>'


def fitting(text: str, *, size: float, width: float) -> str:
    """The text, cut to `width` units in type of `size`; a Chinese character is as wide as it is high."""
    used, kept = 0.0, ""
    for character in text:
        used += size * (1.0 if ord(character) >= 0x2E80 else CHARACTER)
        if used > width:
            return f"{kept.rstrip()}…"
        kept += character
    return kept


def _area(area: Area, spots: Iterable[Spot]) -> str:
    places = [spot.place for spot in spots]
    left, top = min(place.x for place in places), min(place.y for place in places)
    width = max(place.x + place.width for place in places) - left
    name = f"{area.letter} · {area.name}"
    shown = fitting(name, size=NAME_SIZE, width=width * METRE + NAME_SIZE)
    return (
        f'<text class="zone area-{area.letter.lower()}" x="{units(left)}" y="{top * METRE - 9:g}">'
        f"<title>{escape(name)}</title>{escape(shown)}</text>"
    )


def _gate(gate: Gate, hall: Hall) -> str:
    """A bar on the nearest wall, with the gate's name beside it outside the hall, along the wall."""
    x, y = float(gate.x) * METRE, float(gate.y) * METRE
    width, depth = float(hall.width) * METRE, float(hall.depth) * METRE
    half = GATE_WIDTH / 2
    wall = min((x, "left"), (width - x, "right"), (y, "top"), (depth - y, "bottom"))[1]
    bar, words = {
        "left": ((-6, y - half, 12, GATE_WIDTH), f'transform="translate(-11 {y:g}) rotate(-90)"'),
        "right": ((width - 6, y - half, 12, GATE_WIDTH), f'transform="translate({width + 11:g} {y:g}) rotate(90)"'),
        "top": ((x - half, -6, GATE_WIDTH, 12), f'x="{x:g}" y="-11"'),
        "bottom": ((x - half, depth - 6, GATE_WIDTH, 12), f'x="{x:g}" y="{depth + 21:g}"'),
    }[wall]
    return (
        '<g class="gate"><rect x="{:g}" y="{:g}" width="{:g}" height="{:g}"/>'.format(*bar)
        + f"<text {words}>{escape(gate.name)}</text></g>"
    )


def drawn(spot: Spot, *, mark: str = "", more: str = "") -> str:
    """The booth as a link to its sheet. `mark`: selected or found; `more` says so in words."""
    place = spot.place
    width, depth = place.width * METRE - 3, place.depth * METRE - 3
    size = next((s for s in NUMBER_SIZES if len(spot.number) * s * CHARACTER + 2 <= width and s + 2 <= depth), None)
    number = ""
    if size is not None:
        x, y = (place.x + place.width / 2) * METRE, (place.y + place.depth / 2) * METRE + size * 0.36
        number = f'<text x="{x:g}" y="{y:g}" font-size="{size}">{spot.number}</text>'
    words = escape(spot.words + (f", {more}" if more else ""))
    classes = " ".join(part for part in ("booth", spot.state, f"area-{spot.area.lower()}", mark) if part)
    return (
        f'<a class="{classes}" href="?booth={spot.number}" aria-label="{words}" data-booth="{spot.number}">'
        f'<title>{words}</title><rect x="{place.x * METRE + 1.5:g}" y="{place.y * METRE + 1.5:g}" '
        f'width="{width:g}" height="{depth:g}" rx="3"/>{number}</a>'
    )


def svg(
    hall: Hall, shown: Board, *, picked: Collection[str] = (), sheet: str = "", found: Collection[str] = ()
) -> SafeString:
    """The drawing with the picked booths and the one whose sheet is open marked; links keep what is picked."""
    pieces = shown.drawn
    if picked or sheet or found:
        pieces = dict(pieces)
        marks: list[tuple[Collection[str], str, str]] = [
            (found, "found", gettext("found")),
            (picked, "selected", gettext("picked")),
            ({sheet}, "selected", gettext("shown beside the plan")),
        ]
        for numbers, mark, more in marks:
            for number in numbers:
                if number in shown.spots:
                    pieces[number] = drawn(shown.spots[number], mark=mark, more=more)
    booths = "".join(pieces.values())
    if picked:
        booths = booths.replace('href="?booth=', f'href="?pick={",".join(sorted(picked))}&amp;booth=')
    width, depth = float(hall.width) * METRE, float(hall.depth) * METRE
    return format_html(
        '<svg class="plan" viewBox="{} {} {} {}" role="group" aria-label="{}">{}{}</svg>',
        -MARGIN,
        -MARGIN,
        f"{width + 2 * MARGIN:g}",
        f"{depth + 2 * MARGIN:g}",
        gettext("%(hall)s, floor plan") % {"hall": hall.name},
        mark_safe(shown.frame),  # noqa: S308  (drawn above, names escaped)
        mark_safe(booths),  # noqa: S308  (drawn above, names escaped)
    )


def until_in_words(moment: datetime, zone: Any) -> str:
    """Saturday 26 October 10:12."""
    local = moment.astimezone(zone)
    return f"{formats.day_named(local)} {formats.clock(local)}"
