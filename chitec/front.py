"""The figures of the front page, from rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from exhibitors.models import Allotment, Booth
from expo.models import Area, Show
from programme.outline import Outline, outline


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
    programme: Outline


def read(show: Show, *, at: datetime) -> Front:
    """Three queries."""
    contracted = Allotment.objects.contracted(show).figures()
    areas = [AreaCard(area, area.booth_count, area.free_count) for area in with_booths(show)]
    return Front(
        at=at,
        areas=areas,
        booths=sum(card.booths for card in areas),
        free=sum(card.free for card in areas),
        exhibitors=contracted["firms"],
        countries=contracted["countries"],
        m2=contracted["m2"],
        programme=outline(show, at=at),
    )


def with_booths(show: Show) -> QuerySet[Area]:
    """The show's areas, each with its `booth_count` and the `free_count` of those that nobody holds."""

    def count(rows: QuerySet[Booth]) -> Coalesce:
        return Coalesce(Subquery(rows.order_by().values("area").annotate(n=Count("pk")).values("n")), 0)

    booths = Booth.objects.filter(area=OuterRef("pk"))
    taken = Exists(Allotment.objects.live().filter(booth=OuterRef("pk")))
    areas = Area.objects.filter(show=show).select_related("hall").order_by("letter")
    return areas.annotate(booth_count=count(booths), free_count=count(booths.filter(~taken)))
