"""Halls, gates and booths from the drawn plan; see the head of data/plan22.toml for its notation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

AISLE = 3
#: From this size on, in m², exhibitors build their own stand.
RAW_FROM = 54


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A booth on the plan, in metres from the hall's upper left corner."""

    hall: str
    letter: str
    number: str
    x: int
    y: int
    width: int
    depth: int
    open_sides: int

    @property
    def size(self) -> int:
        """In m²."""
        return self.width * self.depth

    @property
    def is_raw(self) -> bool:
        return self.size >= RAW_FROM


type Box = tuple[int, int, int, int]


def places(plan: dict[str, Any]) -> list[Place]:
    """The booths of all halls, numbered by area in reading order: along a row of blocks, then the next row."""
    found = []
    for hall in plan["hall"]:
        boxes = {area["letter"]: [box for block in area["blocks"] for box in boxes_of(block)] for area in hall["area"]}
        neighbours = Neighbours(box for area in boxes.values() for box in area)
        for letter, own in boxes.items():
            found += [
                Place(
                    hall=hall["slug"],
                    letter=letter,
                    number=f"{letter}{number:02}",
                    x=x,
                    y=y,
                    width=width,
                    depth=depth,
                    open_sides=neighbours.open_sides((x, y, width, depth)),
                )
                for number, (x, y, width, depth) in enumerate(own, 1)
            ]
    return found


def boxes_of(block: dict[str, Any]) -> Iterator[Box]:
    """The booths of a block as x, y, width, depth."""
    x = block["x"]
    for stack in block["booths"].split():
        if stack == "_":
            x += AISLE
            continue
        y = block["y"]
        widths = set()
        for layer in stack.split("/"):
            sizes = [tuple(map(int, size.split("x"))) for size in layer.split("+")]
            across = x
            for width, depth in sizes:
                yield across, y, width, depth
                across += width
            y += max(depth for _width, depth in sizes)
            widths.add(across - x)
        x += max(widths)


class Neighbours:
    """Which sides of a booth border on no other booth."""

    def __init__(self, boxes: Iterator[Box]) -> None:
        self.across: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self.along: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for x, y, width, depth in boxes:
            for edge in (x, x + width):
                self.across[edge].append((y, y + depth))
            for edge in (y, y + depth):
                self.along[edge].append((x, x + width))

    def open_sides(self, box: Box) -> int:
        x, y, width, depth = box
        sides = (
            (self.across[x], y, y + depth),
            (self.across[x + width], y, y + depth),
            (self.along[y], x, x + width),
            (self.along[y + depth], x, x + width),
        )
        # The booth's own edge is one of those on the line; a second one that meets it is a neighbour's.
        return sum(sum(low < end and start < high for low, high in line) < 2 for line, start, end in sides)
