"""A day of the programme as its page shows it: what is chosen of it, as a list and as a grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext

from expo.models import Show
from programme import drawn, times
from programme.booking import Booking
from programme.models import Audience, Kind, Language
from programme.reading import Listed, PlacesLeft, Programme
from programme.shown import Shown
from programme.timetable import Timetable, timetable

LIST, GRID = "list", "grid"
FREE = "1"


class Choice(NamedTuple):
    """A field of the filter: its name in the address, its label, and what can be chosen."""

    name: str
    label: str
    options: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of the programme is asked for; an empty value asks for all. `view` is list, grid, or left to the screen.

    `free` asks for what has free places, which a day's `Piece` knows.
    """

    kind: str = ""
    area: str = ""
    language: str = ""
    audience: str = ""
    free: str = ""
    view: str = ""

    @property
    def is_all(self) -> bool:
        return not (self.kind or self.area or self.language or self.audience or self.free)

    def has(self, one: Listed) -> bool:
        told = one.told
        return (
            self.kind in ("", told.kind)
            and self.area in ("", one.area.slug if one.area else "")
            and (not self.language or one.is_in(self.language))
            and self.audience in ("", told.audience)
        )

    def query(self, **other: str) -> str:
        """The query of this choice, with what is `other` about it; begins with its question mark."""
        values = {name: getattr(self, name) for name in self.__slots__} | other
        query = urlencode({name: value for name, value in values.items() if value})
        return f"?{query}" if query else ""


def choices(programme: Programme) -> list[Choice]:
    """What can be chosen, of what there is in the programme."""

    def there(of: type[Kind | Language | Audience], values: Iterable[str]) -> list[tuple[str, str]]:
        known = set(values)
        return [(one.value, capfirst(str(one.label))) for one in of if one.value in known]

    sessions = programme.sessions
    areas = {one.area.letter: one.area for one in sessions if one.area}
    spoken = (code for one in sessions for code in (*one.told.languages, *one.told.interpretation))
    return [
        Choice("kind", gettext("Kind"), there(Kind, (one.told.kind for one in sessions))),
        Choice("area", gettext("Area"), [(areas[key].slug, f"{key} · {areas[key].name}") for key in sorted(areas)]),
        Choice("language", gettext("Language, also interpreted"), there(Language, spoken)),
        Choice("audience", gettext("For whom"), there(Audience, (one.told.audience for one in sessions))),
        Choice("free", gettext("Places"), [(FREE, gettext("With free places"))] if sessions else []),
    ]


def chosen_in(typed: Mapping[str, str], fields: list[Choice]) -> Chosen:
    """What is asked for, as far as it can be chosen."""
    known = {field.name: {value for value, _label in field.options} for field in fields}
    known["view"] = {LIST, GRID}
    return Chosen(**{name: typed[name] for name, values in known.items() if typed.get(name) in values})


@dataclass(frozen=True, slots=True)
class Piece:
    """A session of a day, drawn for the list."""

    listed: Listed
    row: SafeString
    goes_on: bool
    is_free: bool

    def is_chosen(self, chosen: Chosen) -> bool:
        return chosen.has(self.listed) and (self.is_free or not chosen.free)


def days_of(programme: Programme) -> list[date]:
    """The days of the show and all others on which something begins."""
    return sorted({*programme.by_day, *(day.date for day in programme.show.calendar)})


def the_day(programme: Programme, at: datetime) -> date | None:
    """The day that is looked for first: today, if it is one of the show's, else the first; None if there is none."""
    days = days_of(programme)
    return next((day for day in days if day == at.date()), days[0] if days else None)


def sessions_of(programme: Programme, day: date) -> list[Listed]:
    """What goes on from the evening before, then what begins on the day."""
    begin = times.begin(programme.show, day)
    begun = [
        one
        for one in programme.sessions
        if one.starts.date() < day and one.told.ends_at.timestamp() > begin.timestamp()
    ]
    return begun + programme.by_day.get(day, [])


def pieces(programme: Programme, day: date, *, left: PlacesLeft, at: datetime, window: int) -> list[Piece]:
    """All sessions of the day, drawn once for whatever is chosen of them."""

    def piece(one: Listed) -> Piece:
        is_free = Booking(one, left.get(one.pk), at).is_free
        return Piece(one, Shown(one, at, beside=day, left=left).row, one.starts.date() < day, is_free)

    return programme.once(
        ("day", day, get_language(), left), lambda: [*map(piece, sessions_of(programme, day))], window=window
    )


def grid(show: Show, day: date, sessions: Iterable[Listed], *, left: PlacesLeft, at: datetime) -> Timetable[SafeString]:
    def draw(one: Listed, position: str) -> SafeString:
        return drawn.block(Shown(one, at, beside=day, left=left), position)

    return timetable(show, day, sessions, draw, at=at)
