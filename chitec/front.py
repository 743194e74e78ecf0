"""The figures of the front page, from rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exhibitors.models import Allotment, Booth
from expo.models import Area, Show


@dataclass(frozen=True, slots=True)
class AreaCard:
    area: Area
    booths: int
    free: int


@dataclass(frozen=True, slots=True)
class Front:
    """`exhibitors`, `countries` (regions included) and `m2` are of contracted booths; `at` is by the show's clock."""

    at: datetime
    areas: list[AreaCard]
    booths: int
    free: int
    exhibitors: int
    countries: int
    m2: Decimal


def read(show: Show, *, at: datetime) -> Front:
    """Three queries."""
    booths = Booth.objects.by_area(show)
    contracted = Allotment.objects.contracted(show).figures()
    areas = Area.objects.filter(show=show).select_related("hall").order_by("letter")
    return Front(
        at=at,
        areas=[AreaCard(area, *booths.get(area.pk, (0, 0))) for area in areas],
        booths=sum(total for total, _ in booths.values()),
        free=sum(free for _, free in booths.values()),
        exhibitors=contracted["firms"],
        countries=contracted["countries"],
        m2=contracted["m2"],
    )
