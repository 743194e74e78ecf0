"""The way from the venue to an open enterprise as a sign in a hall would have it: one SVG, drawn here as a string.

North is up; bearing and distance from the venue are right (great circle), and nothing else is: we know of no roads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, hypot, pi, radians, sin, sqrt
from typing import NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext

EARTH = 6371.0088
# Kilometres within which two places are one.
SAME = 0.1
WIDTH, HEIGHT = 400, 300
# Room for names around what is drawn.
SIDE, ABOVE = 84, 46
SIZE, SMALL = 15, 12
# A letter takes this part of its size in width, at most nearly; a Chinese character all of it.
CHARACTER = 0.62
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
RINGS_AT_MOST = 6
OTHERS_AT_MOST = 60
# Units that the way swings out of the straight line, for each unit of its length.
SWING = 0.14
SHORTEST_NAME = 4


class Spot(NamedTuple):
    """A place on earth, in degrees (WGS 84)."""

    name: str
    latitude: float
    longitude: float


class Way(NamedTuple):
    """From the venue: kilometres as the crow flies, and the bearing in degrees, clockwise from north."""

    km: float
    bearing: float


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def is_inside(self, other: Box) -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


class Label(NamedTuple):
    """A text in its box; `kind` is its class in the drawing."""

    text: str
    box: Box
    size: int
    kind: str


class Dot(NamedTuple):
    x: float
    y: float
    kind: str


class Ring(NamedTuple):
    km: float
    radius: float


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is drawn, in units of the picture; the venue stands at `x`, `y`."""

    width: int
    height: int
    x: float
    y: float
    rings: tuple[Ring, ...]
    dots: tuple[Dot, ...]
    labels: tuple[Label, ...]
    north: Box
    route: str


def way(venue: Spot, there: Spot) -> Way:
    north, south = radians(venue.latitude), radians(there.latitude)
    east = radians(there.longitude - venue.longitude)
    half = sin((south - north) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    bearing = atan2(sin(east) * cos(south), cos(north) * sin(south) - sin(north) * cos(south) * cos(east))
    return Way(2 * EARTH * asin(sqrt(min(1.0, half))), degrees(bearing) % 360)


def distance_in_words(km: float) -> str:
    """600 m, 4.5 km, 24 km."""
    if round(km, 1) < 1:
        return gettext("%(metres)s m") % {"metres": round(km * 10) * 100}
    return gettext("%(km)s km") % {"km": f"{km:.1f}".removesuffix(".0") if km < 10 else f"{km:,.0f}"}


def direction_in_words(bearing: float) -> str:
    """To the north-west."""
    words = (
        gettext("to the north"), gettext("to the north-east"), gettext("to the east"), gettext("to the south-east"),
        gettext("to the south"), gettext("to the south-west"), gettext("to the west"), gettext("to the north-west"),
    )  # fmt: skip
    return words[round(bearing / 45) % 8]


def in_words(venue: Spot, there: Spot) -> str:
    """24 km to the north-west of the venue as the crow flies."""
    gone = way(venue, there)
    if gone.km < SAME:
        return gettext("At the venue itself")
    return gettext("%(distance)s %(direction)s of the venue as the crow flies") % {
        "distance": distance_in_words(gone.km),
        "direction": direction_in_words(gone.bearing),
    }


def by_bus(minutes: int) -> str:
    return ngettext("%(minutes)s minute by bus", "%(minutes)s minutes by bus", minutes) % {"minutes": minutes}


def sketch(
    venue: Spot, others: Sequence[Spot], *, to: Spot | None = None, minutes: int | None = None, height: int = HEIGHT
) -> Sketch:
    """The way `to` an enterprise, `minutes` long, others near it as dots; without `to`, all of them around the venue.

    No label leaves the picture or covers another; what finds no room is left out.
    """
    ways = {spot: way(venue, spot) for spot in others[:OTHERS_AT_MOST]}
    goal = way(venue, to) if to else None
    framed = [goal] if goal else list(ways.values())
    scale, x, y = _frame([_flat(one) for one in framed], height)
    page = _Page(height)

    def put(one: Way) -> tuple[float, float]:
        east, north = _flat(one)
        return x + east * scale, y - north * scale

    ends = put(goal) if goal and goal.km >= SAME else None
    shown = [(spot, put(one)) for spot, one in ways.items() if spot != to]
    shown = [(spot, place) for spot, place in shown if page.has(place)]
    dots = [Dot(*place, "other") for _, place in shown] + ([Dot(*ends, "goal")] if ends else []) + [Dot(x, y, "venue")]
    for dot in dots:
        page.keep(dot.x, dot.y, 9 if dot.kind != "other" else 5)
    bend = ((x + ends[0]) / 2 + (ends[1] - y) * SWING, (y + ends[1]) / 2 - (ends[0] - x) * SWING) if ends else (x, y)
    if ends:
        page.keep_curve((x, y), bend, ends)
    north = page.north()
    page.name(venue.name, (x, y), 11, SIZE, "venue")
    if to:
        page.name(to.name, ends or (x, y), 13, SIZE, "goal")
    if ends and minutes:
        middle = ((x + 2 * bend[0] + ends[0]) / 4, (y + 2 * bend[1] + ends[1]) / 4)
        page.name(by_bus(minutes), middle, 8, SMALL, "minutes", whole=True)
    rings = _rings(scale, x, y, height)
    for ring in rings:
        page.name_ring(distance_in_words(ring.km), x, y, ring.radius)
    for spot, place in sorted(shown, key=lambda one: hypot(one[1][0] - x, one[1][1] - y)):
        page.name(spot.name, place, 8, SMALL, "other", whole=True)
    route = f"M{x:.1f} {y:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {ends[0]:.1f} {ends[1]:.1f}" if ends else ""
    return Sketch(WIDTH, height, x, y, tuple(rings), tuple(dots), tuple(page.labels), north, route)


def _flat(one: Way) -> tuple[float, float]:
    """Kilometres east and north."""
    return one.km * sin(radians(one.bearing)), one.km * cos(radians(one.bearing))


def _frame(places: Iterable[tuple[float, float]], height: int) -> tuple[float, float, float]:
    """Units a kilometre, and where the venue stands, so that all of the places and the venue are well inside."""
    wide = [0.0, *(east for east, _ in places)]
    high = [0.0, *(north for _, north in places)]
    # Nothing is drawn larger than a kilometre across.
    east, north = max(wide) - min(wide), max(high) - min(high)
    scale = min((WIDTH - 2 * SIDE) / max(east, 1), (height - 2 * ABOVE) / max(north, 1))
    x = WIDTH / 2 - (max(wide) + min(wide)) / 2 * scale
    y = height / 2 + (max(high) + min(high)) / 2 * scale
    return scale, x, y


def _rings(scale: float, x: float, y: float, height: int) -> list[Ring]:
    """Circles around the venue at round distances, those that the picture shows a good part of."""
    farthest = max(hypot(x - edge, y - side) for edge in (0, WIDTH) for side in (0, height)) / scale
    step = next((step for step in STEPS if farthest / step <= RINGS_AT_MOST), STEPS[-1])
    return [Ring(n * step, n * step * scale) for n in range(1, int(farthest * 0.9 / step) + 1)][:RINGS_AT_MOST]


def width_of(text: str, size: float) -> float:
    return sum(size * (1.0 if ord(character) >= 0x2E80 else CHARACTER) for character in text)


class _Page:
    """What is taken of the picture already, and the labels that found their place."""

    def __init__(self, height: int) -> None:
        self.edge = Box(3, 3, WIDTH - 3, height - 3)
        self.taken: list[Box] = []
        self.labels: list[Label] = []

    def has(self, place: tuple[float, float]) -> bool:
        x, y = place
        return Box(x - 6, y - 6, x + 6, y + 6).is_inside(self.edge)

    def keep(self, x: float, y: float, radius: float) -> None:
        self.taken.append(Box(x - radius, y - radius, x + radius, y + radius))

    def keep_curve(
        self, begins: tuple[float, float], bend: tuple[float, float], ends: tuple[float, float], pieces: int = 24
    ) -> None:
        for n in range(1, pieces):
            t = n / pieces
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
            x, y = (a * p + b * q + c * r for p, q, r in zip(begins, bend, ends, strict=True))
            self.keep(x, y, 3)

    def north(self) -> Box:
        """A corner for the arrow that points north: the first that nothing stands in."""
        right, bottom = self.edge.right, self.edge.bottom
        corners = [
            Box(right - 30, 6, right - 4, 48),
            Box(7, 6, 33, 48),
            Box(right - 30, bottom - 46, right - 4, bottom - 4),
            Box(7, bottom - 46, 33, bottom - 4),
        ]
        free = next((box for box in corners if not any(box.meets(other) for other in self.taken)), corners[0])
        self.taken.append(free)
        return free

    def name(
        self, text: str, at: tuple[float, float], away: float, size: int, kind: str, *, whole: bool = False
    ) -> None:
        """Write beside the place, else smaller, else cut short, unless it is to be `whole`; or not at all."""
        text = " ".join(text.split())
        tries = [(len(text), size)]
        if not whole:
            tries += [(len(text), SMALL), *((n, size) for n in range(len(text) - 1, SHORTEST_NAME - 1, -1))]
        for length, high in tries:
            shown = text if length == len(text) else f"{text[: length - 1].rstrip()}…"
            if self.write(shown, _around(at, width_of(shown, high), high * 1.2, away), high, kind):
                return

    def name_ring(self, text: str, x: float, y: float, radius: float) -> None:
        wide, high = width_of(text, SMALL) / 2 + 2, SMALL * 0.6
        middles = (
            (x + radius * sin(turn * pi / 12), y - radius * cos(turn * pi / 12))
            for turn in (0, 12, 3, 21, 6, 18, 9, 15)
        )
        self.write(text, (Box(a - wide, b - high, a + wide, b + high) for a, b in middles), SMALL, "ring")

    def write(self, text: str, boxes: Iterable[Box], size: int, kind: str) -> bool:
        for box in boxes:
            if text and box.is_inside(self.edge) and not any(box.meets(other) for other in self.taken):
                # With a little air around it.
                self.taken.append(Box(box.left - 3, box.top - 2, box.right + 3, box.bottom + 2))
                self.labels.append(Label(text, box, size, kind))
                return True
        return False


def _around(at: tuple[float, float], width: float, height: float, away: float) -> Iterable[Box]:
    """Where a label may stand: below, above, right, left, and the four corners between."""
    x, y = at
    for left, top in (
        (x - width / 2, y + away),
        (x - width / 2, y - away - height),
        (x + away, y - height / 2),
        (x - away - width, y - height / 2),
        (x + away * 0.7, y + away * 0.7),
        (x - away * 0.7 - width, y + away * 0.7),
        (x + away * 0.7, y - away * 0.7 - height),
        (x - away * 0.7 - width, y - away * 0.7 - height),
    ):
        yield Box(left, top, left + width, top + height)


def svg(drawn: Sketch, words: str) -> SafeString:
    """The drawing; `words` say the same to whoever does not see it."""
    parts = [
        f'<circle class="ring" cx="{drawn.x:.1f}" cy="{drawn.y:.1f}" r="{ring.radius:.1f}"/>' for ring in drawn.rings
    ]
    if drawn.route:
        parts.append(f'<path class="route" d="{drawn.route}"/>')
    parts += [_dot(dot) for dot in drawn.dots]
    parts += [
        f'<text class="{label.kind}" x="{(label.box.left + label.box.right) / 2:.1f}" '
        f'y="{(label.box.top + label.box.bottom) / 2 + label.size * 0.36:.1f}" font-size="{label.size}">'
        f"{escape(label.text)}</text>"
        for label in drawn.labels
    ]
    north = pgettext("compass", "N")
    x, top = (drawn.north.left + drawn.north.right) / 2, drawn.north.top
    parts.append(
        f'<path class="north" d="M{x:g} {top + 1:g}l7 20-7-5-7 5z"/><text class="north" x="{x:g}" y="{top + 38:g}" '
        f'font-size="{SIZE}">{escape(north)}</text>'
    )
    return format_html(
        '<svg class="sketch" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        drawn.width,
        drawn.height,
        words,
        mark_safe("".join(parts)),  # noqa: S308  (drawn above, names escaped)
    )


def _dot(dot: Dot) -> str:
    if dot.kind == "goal":
        return (
            f'<circle class="goal" cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="8"/>'
            f'<circle class="eye" cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="3"/>'
        )
    if dot.kind == "venue":
        return f'<rect class="venue" x="{dot.x - 7:.1f}" y="{dot.y - 7:.1f}" width="14" height="14" rx="3"/>'
    return f'<circle class="other" cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="4.5"/>'
