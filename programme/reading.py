"""The published programme as every page and every output reads it: whole, and at most five seconds old."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import caches
from django.db import connection
from django.db.models import IntegerField, OuterRef, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, JSONObject

from exhibitors.models import Allotment
from expo.models import Area, Hall, Room, Show, ShowDay, in_language
from expo.showing import FRESH
from programme import times
from programme.documents import Document
from programme.models import Enterprise, Host, Material, Published, Release, Series, Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """Slides or a recording of a session; without a `url` it is a file of ours."""

    pk: int
    kind: str
    title_en: str
    title_zh: str
    url: str

    @property
    def title(self) -> str:
        return in_language(self.title_en, self.title_zh) or str(Material.Kind(self.kind).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """When and where a session that has moved since was announced first, in the show's zone."""

    starts: datetime
    minutes: int
    room: int | None
    room_en: str
    room_zh: str
    meeting_en: str
    meeting_zh: str

    @property
    def place(self) -> str:
        return in_language(self.room_en, self.room_zh) or in_language(self.meeting_en, self.meeting_zh)


# Of a day there are thousands of choices, and whoever asks for all of them is not to fill the memory with them.
MADE_AT_MOST = 200
# So many seconds the documents of a version are kept where they are asked for.
KEPT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A published session with what it refers to. `starts` and `ends` are in the show's zone, `speakers` in order.

    `state` is published, moved or cancelled; over it is by the clock, see `is_over`. `host_stand` and
    `enterprise_stand`: the page in the catalogue (its slug) of the host's firm, or the enterprise's, if it exhibits.
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
    enterprise_stand: str
    speakers: tuple[Speaker, ...]
    sequence: int
    first_at: datetime
    changed_at: datetime
    announced: Announced | None
    host_stand: str
    materials: tuple[Stays, ...]
    search: str = field(repr=False)

    @property
    def is_cancelled(self) -> bool:
        return self.told.is_cancelled

    def is_in(self, language: str) -> bool:
        """Whether it is held in the language or interpreted into it."""
        return language in self.told.languages or language in self.told.interpretation

    def after(self, minutes: int) -> datetime:
        """So long after its start."""
        return times.after(self.starts, timedelta(minutes=minutes))

    # Two times of one zone compare by what its clocks read, which in autumn comes twice.
    def is_on(self, at: datetime) -> bool:
        return self.told.starts_at <= at.astimezone(UTC) < self.told.ends_at and not self.is_cancelled

    def is_over(self, at: datetime) -> bool:
        return at.astimezone(UTC) >= self.told.ends_at

    def is_coming(self, at: datetime) -> bool:
        return at.astimezone(UTC) < self.told.starts_at


@dataclass(frozen=True)
class Programme:
    """All that is published of a show, in the order of time. `version` is the last release's number, 0 before any."""

    show: Show
    version: int
    published_at: datetime | None
    sessions: tuple[Listed, ...]
    _made: dict[int | None, dict[Hashable, Any]] = field(default_factory=dict, repr=False, compare=False)

    def once[T](self, key: Hashable, make: Callable[[], T], *, window: int | None = None) -> T:
        """What is made of the programme and lasts as long as it, such as the index of its search.

        What is drawn by the clock names the `window` that it is true for, and is let go of with it: a programme that
        nobody changes is kept for days.
        """
        if window is not None and window not in self._made:
            for over in [one for one in list(self._made) if one is not None]:
                self._made.pop(over, None)
        made = self._made.setdefault(window, {})
        if key not in made:
            if len(made) >= MADE_AT_MOST:
                made.clear()
            made[key] = found = make()
            return found
        kept: T | None = made.get(key)
        return make() if kept is None else kept

    @cached_property
    def by_slug(self) -> dict[str, Listed]:
        return {one.told.slug: one for one in self.sessions}

    @cached_property
    def by_pk(self) -> dict[int, Listed]:
        return {one.pk: one for one in self.sessions}

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

    @cached_property
    def everybody(self) -> dict[str, Speaker]:
        """Those who appear in anything that was announced, cancelled or not, by slug; in no order."""
        return {one.slug: one for listed in self.sessions for one in listed.speakers}

    @cached_property
    def series(self) -> dict[str, list[Listed]]:
        """The sessions of each series, by its slug."""
        found: dict[str, list[Listed]] = {}
        for one in self.sessions:
            if one.series is not None:
                found.setdefault(one.series.slug, []).append(one)
        return found

    def of_speaker(self, speaker: Speaker) -> Iterator[Listed]:
        return (one for one in self.sessions if speaker.pk in one.told.speakers)

    def now(self, at: datetime) -> list[Listed]:
        return [one for one in self.sessions if one.is_on(at)]


# What the programme tells of, beside what was published: of each the database keeps every change.
TOLD_OF = (Show, ShowDay, Hall, Room, Area, Allotment, Speaker, Host, Series, Enterprise, Material)


def programme(show: Show) -> Programme:
    """What is published, at most `FRESH` seconds old. It is everybody's: nobody changes what is in it.

    It is read anew only where something in it has changed: to ask for that is one query, to read it two more.
    """
    asked, kept = f"programme:asked:{show.pk}", f"programme:{show.pk}"
    known: tuple[Stamp, Programme] | None = caches["process"].get(kept)
    if known is not None and caches["process"].get(asked):
        return known[1]
    now, places = ask(show)
    if known is None or known[0] != now:
        known = now, read(show, now)
        caches["process"].set(kept, known, None)
    counted: PlacesLeft | None = caches["process"].get(f"programme:left:{show.pk}")
    if counted is None or counted.of != places:
        caches["process"].set(f"programme:left:{show.pk}", PlacesLeft(places), None)
    caches["process"].set(asked, True, FRESH)
    return known[1]


def places_left(show: Show) -> PlacesLeft:
    """Of the published sessions how many places are left, as old as the programme is: they are asked for together."""
    programme(show)
    counted: PlacesLeft | None = caches["process"].get(f"programme:left:{show.pk}")
    return counted or PlacesLeft(ask(show)[1])


def look_again(show: Show) -> None:
    """Somebody has just been told something newer: this process asks the database before it tells anything else."""
    caches["process"].delete(f"programme:asked:{show.pk}")


class Left(NamedTuple):
    """The places of a session that can be signed up for, in numbers; nobody learns from it who has them."""

    places: int
    taken: int
    waiting: int
    is_closed: bool

    @property
    def left(self) -> int:
        return max(0, self.places - self.taken)


@dataclass(frozen=True, slots=True, eq=False)
class PlacesLeft:
    """By the session's key. It is another one as soon as a number has changed, so that what was drawn of it is too."""

    of: Mapping[int, Left]

    def get(self, session: int) -> Left | None:
        return self.of.get(session)


class Stamp(NamedTuple):
    """The last version; and of each table of changes how many are kept, with the sum of their keys."""

    version: int
    published_at: datetime | None
    changes: tuple[int, ...]


def stamp(show: Show) -> Stamp:
    """Another one when, and only when, something was published or changed that the programme tells of."""
    return ask(show)[0]


def ask(show: Show) -> tuple[Stamp, dict[int, Left]]:
    """The stamp, and the places of each session by its key, in one query.

    Counted alone, as many changes as an erasure has taken out of the history would look as if nothing had happened.
    """
    kept = [model.pgh_event_model._meta for model in TOLD_OF]
    changes = ", ".join(
        f"(SELECT count(*), coalesce(sum({one.pk.column}), 0) FROM {one.db_table}) AS t{number}"  # noqa: S608
        for number, one in enumerate(kept)
    )
    last = "SELECT number, published_at FROM programme_release WHERE show_id = %s ORDER BY number DESC LIMIT 1"
    counted = (
        "SELECT array_agg(ARRAY[p.session_id, p.places, p.taken, p.waiting, p.is_closed::int]) FROM"
        " programme_sessionplaces p JOIN programme_session s ON s.id = p.session_id WHERE s.show_id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT last.*, ({counted}), changes.*"  # noqa: S608
            f" FROM (SELECT * FROM {changes}) changes LEFT JOIN ({last}) last ON true",
            [show.pk, show.pk],
        )
        version, published_at, rows, *counts = cursor.fetchone()
    left = {
        pk: Left(places=whole, taken=taken, waiting=waiting, is_closed=bool(is_closed))
        for pk, whole, taken, waiting, is_closed in rows or ()
    }
    return Stamp(version or 0, published_at, tuple(int(one) for one in counts)), left


def read(show: Show, at_stamp: Stamp | None = None) -> Programme:
    """As `programme`, from the database: two queries, and one more for the stamp where it is not known yet."""
    version, published_at, _changes = at_stamp or stamp(show)
    speakers = Speaker.objects.filter(show=show).select_related("portrait").defer("portrait__jpeg").in_bulk()
    contracted = Allotment.objects.contracted(show)
    rows = (
        Published.objects.filter(show=show)
        .select_related("room__hall", "area__hall", "host", "series", "enterprise__picture")
        .defer("enterprise__picture__jpeg")
        .annotate(
            host_stand=Subquery(contracted.filter(firm=OuterRef("host__firm")).values("firm__slug")[:1]),
            enterprise_stand=Subquery(contracted.filter(firm=OuterRef("enterprise__firm")).values("firm__slug")[:1]),
            announced_in=Subquery(
                Room.objects.filter(pk=Cast(KeyTextTransform("room", OuterRef("moved_from")), IntegerField())).values(
                    names=JSONObject(en="name_en", zh="name_zh")
                )
            ),
            stays=ArraySubquery(
                Material.objects.filter(session=OuterRef("pk"))
                .order_by("pk")
                .values(told=JSONObject(pk="pk", kind="kind", title_en="title_en", title_zh="title_zh", url="url"))
            ),
        )
        .order_by("starts_at", "session__code")
    )
    join(rows)
    return Programme(show, version, published_at, tuple(listed(row, show, speakers) for row in rows))


def documents(show: Show) -> dict[int, Document]:
    """What is public of each session, by its key, as of the last version: nothing else changes it. One small query."""
    last = Release.objects.filter(show=show).order_by("-number").values_list("number", flat=True).first()
    key = f"programme-documents:{show.pk}:{last or 0}"
    known: dict[int, Document] | None = caches["process"].get(key)
    if known is None:
        rows = Published.objects.filter(show=show).values_list("pk", "document")
        known = {pk: Document.from_json(document) for pk, document in rows}
        caches["process"].set(key, known, KEPT)
    return known


def join(rows: Iterable[Published]) -> None:
    """Give each series its host and its area, if one of the sessions has them; else they are read when asked for."""
    hosts = {row.host_id: row.host for row in rows if row.host}
    areas = {row.area_id: row.area for row in rows if row.area}
    for row in rows:
        if row.series is None:
            continue
        if row.series.host_id in hosts:
            row.series.host = hosts[row.series.host_id]
        if row.series.area_id in areas:
            row.series.area = areas[row.series.area_id]


def listed(row: Any, show: Show, speakers: dict[int, Speaker]) -> Listed:
    """`row` is one of `Published`, annotated as in `read`."""
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
        enterprise_stand=row.enterprise_stand or "",
        speakers=tuple(speakers[pk] for pk in told.speakers if pk in speakers),
        sequence=row.sequence,
        first_at=row.first_at,
        changed_at=row.changed_at,
        announced=announced(row, show) if row.moved_from else None,
        host_stand=row.host_stand or "",
        materials=tuple(Stays(**one) for one in row.stays),
        search=row.search,
    )


def announced(row: Any, show: Show) -> Announced:
    first, names = row.moved_from, row.announced_in or {"en": "", "zh": ""}
    return Announced(
        starts=datetime.fromisoformat(first["starts_at"]).astimezone(show.zone),
        minutes=first["minutes"],
        room=first["room"],
        room_en=names["en"],
        room_zh=names["zh"],
        meeting_en=first["meeting_en"],
        meeting_zh=first["meeting_zh"],
    )
