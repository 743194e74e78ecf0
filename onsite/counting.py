"""How many came in today, at a gate and in all."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import caches
from django.db.models import Count, Q

from expo.models import ShowDay
from expo.showing import FRESH
from onsite.models import Visit


@dataclass(frozen=True, slots=True)
class Today:
    """Visits of the day, at most `FRESH` seconds old."""

    here: int
    in_all: int


def today(*, gate_id: int, day: ShowDay | None) -> Today:
    if day is None:
        return Today(0, 0)
    key = f"visits:{day.pk}:{gate_id}"
    counted = caches["process"].get(key)
    if counted is None:
        row = Visit.objects.filter(day=day).aggregate(here=Count("pk", filter=Q(gate=gate_id)), in_all=Count("pk"))
        counted = Today(**row)
        caches["process"].set(key, counted, FRESH)
    return counted
