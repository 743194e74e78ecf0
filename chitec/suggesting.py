"""Sessions that somebody might like, each with the reason why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.core.cache import caches
from django.db.models import F
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expo import formats
from expo.models import Area, Show
from expo.showing import FRESH
from programme import times
from programme.models import Access, Kind, SessionPlaces
from programme.own_plans import overlaps
from programme.places import ADMITTED
from programme.reading import Listed, programme
from programme.shown import Shown

AT_MOST = 5
#: How much each reason counts. What somebody chose says most, what follows from it less.
AREA_CHOSEN, KIND_CHOSEN, COMPANION_GOES, SERIES_KNOWN, AREA_KEPT, MADE_FOR_THEM = 6, 4, 5, 3, 2, 1


class Room(NamedTuple):
    """How many places are left in a session that one can sign up for, and from when to when."""

    left: int
    opens_at: datetime | None
    closes_at: datetime


@dataclass(slots=True)
class Interests:
    """What is known of somebody's taste: `areas` and `kinds` (chosen), and how often each area and series is held.

    `companions` are names by the sessions that people of the own party are signed up for.
    """

    areas: set[int] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    areas_kept: Counter[int] = field(default_factory=Counter)
    series: Counter[int] = field(default_factory=Counter)
    companions: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    shown: Shown
    why: list[str]
    left: int

    @property
    def why_in_words(self) -> str:
        return capfirst(formats.listed(self.why))

    @property
    def left_in_words(self) -> str:
        told = ngettext("%(left)s place left", "%(left)s places left", self.left)
        return told % {"left": formats.number(self.left)}


def rooms_left(show: Show) -> dict[int, Room]:
    """The sessions of a show that have places to sign up for; at most `FRESH` seconds old, one query."""
    key = f"rooms_left:{show.pk}"
    known: dict[int, Room] | None = caches["process"].get(key)
    if known is None:
        rows = SessionPlaces.objects.filter(
            session__show=show, takes_place=True, is_closed=False, access=Access.OPEN, waiting=0, places__gt=F("taken")
        )
        known = {
            pk: Room(places - taken, opens_at, min(closes_at or starts_at, starts_at))
            for pk, places, taken, opens_at, closes_at, starts_at in rows.values_list(
                "pk", "places", "taken", "opens_at", "closes_at", "starts_at"
            )
        }
        caches["process"].set(key, known, FRESH)
    return known


def suggestions(
    show: Show,
    *,
    category: str,
    days: Collection[int],
    held: Iterable[Listed],
    kept: Collection[int],
    interests: Interests,
    at: datetime,
) -> list[Suggestion]:
    """At most `AT_MOST` sessions, best first, on `days` (their numbers) of the ticket, no two of them at one time.

    Only what can be had is suggested: open to the category, signing up is open, places are left and nobody waits for
    them, and the way from and to all that is `held` fits in between. What is `kept` (keys) or held already is left out.

    Each reason adds its points: an area that was chosen `AREA_CHOSEN`, a kind of session that was chosen `KIND_CHOSEN`,
    somebody of the own party who goes `COMPANION_GOES`, a series of which something is held `SERIES_KNOWN`, an area of
    which something is held or kept `AREA_KEPT`, being made for the own category rather than for all `MADE_FOR_THEM`.
    Without any reason but being free, the earliest ones are named. Among equals the earlier one comes first.
    """
    rooms, held = rooms_left(show), list(held)
    dates = {day.date for day in show.calendar if day.number in days}
    taken = {one.pk for one in held} | set(kept)
    scored = []
    for one in programme(show).sessions:
        room = rooms.get(one.pk)
        if room is None or one.pk in taken or one.starts.date() not in dates:
            continue
        if one.is_cancelled or at >= room.closes_at or (room.opens_at is not None and at < room.opens_at):
            continue
        if category not in ADMITTED[one.told.audience]:
            continue
        scored.append((-points(one, category, interests), one.told.starts_at, one.pk, one))
    scored.sort(key=lambda row: row[:3])
    found: list[Listed] = []
    for _points, _starts, _pk, one in scored:
        if len(found) == AT_MOST:
            break
        if not any(overlaps(one, other) for other in (*held, *found)):
            found.append(one)
    return [
        Suggestion(Shown(one, at), reasons(one, category, interests, show, held, at=at), rooms[one.pk].left)
        for one in found
    ]


def points(one: Listed, category: str, interests: Interests) -> int:
    area, series = one.told.area, one.told.series
    return (
        AREA_CHOSEN * (area in interests.areas)
        + KIND_CHOSEN * (one.told.kind in interests.kinds)
        + COMPANION_GOES * (one.pk in interests.companions)
        + SERIES_KNOWN * (series is not None and series in interests.series)
        + AREA_KEPT * (area is not None and area in interests.areas_kept)
        + MADE_FOR_THEM * is_made_for(one, category)
    )


def is_made_for(one: Listed, category: str) -> bool:
    """Whether not everybody may come, but this category."""
    return len(ADMITTED[one.told.audience]) < len(ADMITTED["open"]) and category in ADMITTED[one.told.audience]


def reasons(
    one: Listed, category: str, interests: Interests, show: Show, held: Collection[Listed], *, at: datetime
) -> list[str]:
    """Why it is suggested, in words, the best reason first; at last the time that is free around it."""
    why = []
    area: Area | None = one.area
    if area is not None and area.pk in interests.areas:
        why.append(_("because you chose area %(area)s") % {"area": area.name})
    if one.told.kind in interests.kinds:
        why.append(_("because you chose: %(kind)s") % {"kind": Kind(one.told.kind).label})
    if one.pk in interests.companions:
        why.append(_("because %(name)s goes there") % {"name": interests.companions[one.pk]})
    if one.series is not None and one.series.pk in interests.series:
        why.append(_("because you go to “%(series)s”") % {"series": one.series.name})
    if area is not None and area.pk not in interests.areas and area.pk in interests.areas_kept:
        why.append(_("because you keep things of area %(area)s") % {"area": area.name})
    if is_made_for(one, category):
        why.append(_("because it is held for visitors like you"))
    free = free_around(one, show, held)
    if free and free[0] <= at:
        why.append(_("free until %(to)s") % {"to": times.clock(free[1])})
    elif free:
        why.append(_("free between %(from)s and %(to)s") % {"from": times.clock(free[0]), "to": times.clock(free[1])})
    return why


def free_around(one: Listed, show: Show, held: Collection[Listed]) -> tuple[datetime, datetime] | None:
    """From when to when nothing else is planned on the day of a session."""
    day = show.day_at(one.starts)
    if day is None:
        return None
    of_day = [other for other in held if other.starts.date() == one.starts.date()]
    begins = max([day.opens_at, *(other.ends for other in of_day if other.told.ends_at <= one.told.starts_at)])
    ends = min([day.closes_at, *(other.starts for other in of_day if other.told.starts_at >= one.told.ends_at)])
    return (begins, ends) if begins <= one.starts and ends >= one.ends else None
