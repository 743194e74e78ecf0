"""The published programme as every page and every output reads it: whole, in two queries, at most five seconds old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.core.cache import caches
from django.db.models import Exists, OuterRef

from exhibitors.models import Firm
from expo.models import Area, Room, Show
from expo.showing import FRESH
from programme.documents import Document
from programme.models import Enterprise, Host, Published, Release, Series, Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A published session with what it refers to. `starts` and `ends` are in the show's zone, `speakers` in order.

    `state` is published, moved or cancelled; over it is by the clock, see `is_over`. `enterprise_exhibits` where the
    enterprise's firm is in the catalogue.
    """

    pk: int
    state: str
    told: Document
    starts: datetime
    ends: datetime
    room: Room | None
    area: Area | None
    host: Host | None
    series: Series | None
    enterprise: Enterprise | None
    enterprise_exhibits: bool
    speakers: tuple[Speaker, ...]
    sequence: int
    first_at: datetime
    changed_at: datetime
    moved_from: dict[str, object] | None
    search: str = field(repr=False)

    @property
    def is_cancelled(self) -> bool:
        return self.told.is_cancelled

    def is_on(self, at: datetime) -> bool:
        return self.starts <= at < self.ends and not self.is_cancelled

    def is_over(self, at: datetime) -> bool:
        return at >= self.ends


@dataclass(frozen=True)
class Programme:
    """All that is published of a show, in the order of time. `version` is the last release's number, 0 before any."""

    show: Show
    version: int
    published_at: datetime | None
    sessions: tuple[Listed, ...]

    @cached_property
    def by_slug(self) -> dict[str, Listed]:
        return {one.told.slug: one for one in self.sessions}

    @cached_property
    def by_day(self) -> dict[date, list[Listed]]:
        """By the day on which they start, in the show's zone."""
        days: dict[date, list[Listed]] = {}
        for one in self.sessions:
            days.setdefault(one.starts.date(), []).append(one)
        return days

    @cached_property
    def speakers(self) -> dict[str, Speaker]:
        """Those who appear in what takes place, by slug; in no order."""
        return {one.slug: one for listed in self.sessions if not listed.is_cancelled for one in listed.speakers}

    @cached_property
    def by_enterprise(self) -> dict[str, list[Listed]]:
        """The departures to each open enterprise by its slug; without any, be it a cancelled one, it is not public."""
        found: dict[str, list[Listed]] = {}
        for one in self.sessions:
            if one.enterprise is not None:
                found.setdefault(one.enterprise.slug, []).append(one)
        return found

    def of_speaker(self, speaker: Speaker) -> Iterator[Listed]:
        return (one for one in self.sessions if speaker.pk in one.told.speakers)

    def now(self, at: datetime) -> list[Listed]:
        return [one for one in self.sessions if one.is_on(at)]


def programme(show: Show) -> Programme:
    """What is published, at most `FRESH` seconds old. It is everybody's: nobody changes what is in it."""
    key = f"programme:{show.pk}"
    known: Programme | None = caches["process"].get(key)
    if known is None:
        known = read(show)
        caches["process"].set(key, known, FRESH)
    return known


def read(show: Show) -> Programme:
    """As `programme`, from the database: three queries."""
    last = Release.objects.filter(show=show).order_by("-number").values_list("number", "published_at").first()
    speakers = Speaker.objects.filter(show=show).select_related("portrait").defer("portrait__jpeg").in_bulk()
    rows = (
        Published.objects.filter(show=show)
        .select_related("room__hall", "area__hall", "host__firm", "series", "enterprise__picture", "enterprise__firm")
        .defer("enterprise__picture__jpeg")
        .annotate(enterprise_exhibits=Exists(Firm.objects.exhibiting(show).filter(pk=OuterRef("enterprise__firm"))))
        .order_by("starts_at", "session__code")
    )
    number, published_at = last or (0, None)
    return Programme(show, number, published_at, tuple(listed(row, show, speakers) for row in rows))


def listed(row: Any, show: Show, speakers: dict[int, Speaker]) -> Listed:
    """`row` is one of `read`."""
    told = row.told
    return Listed(
        pk=row.pk,
        state=row.state,
        told=told,
        starts=row.starts_at.astimezone(show.zone),
        ends=row.ends_at.astimezone(show.zone),
        room=row.room,
        area=row.area,
        host=row.host,
        series=row.series,
        enterprise=row.enterprise,
        enterprise_exhibits=row.enterprise_exhibits,
        speakers=tuple(speakers[pk] for pk in told.speakers if pk in speakers),
        sequence=row.sequence,
        first_at=row.first_at,
        changed_at=row.changed_at,
        moved_from=row.moved_from,
        search=row.search,
    )
