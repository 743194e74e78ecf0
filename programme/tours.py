"""The open enterprises as their list shows them: what is asked for, a card each, by district and by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils.functional import cached_property
from django.utils.translation import gettext

from expo import formats
from expo.models import Show
from programme import naming, tongues, ways
from programme.departures import CANCELLED, Departure
from programme.models import Enterprise, Kind, Series
from programme.reading import Programme

#: Things named on an enterprise's card.
SEEN_AT_MOST = 3


class Card:
    """An open enterprise in the list, with those of its departures that are asked for."""

    def __init__(self, enterprise: Enterprise, show: Show) -> None:
        self.enterprise = enterprise
        self.departures: list[Departure] = []
        self.show = show

    @property
    def where(self) -> str:
        """How far it is, in words, if somebody has said."""
        return ways.how_far(self.show, self.enterprise)

    @cached_property
    def next(self) -> Departure | None:
        return next((one for one in self.departures if one.is_coming), None)

    @property
    def is_cancelled(self) -> bool:
        return all(one.state == CANCELLED for one in self.departures)

    @property
    def seen(self) -> list[str]:
        return self.enterprise.seen[:SEEN_AT_MOST]

    @property
    def more(self) -> int:
        """How many departures there are to come after the next."""
        return sum(one.is_coming for one in self.departures) - 1


class Choice(NamedTuple):
    """One of a filter's links."""

    text: str
    href: str
    is_current: bool


class Wanted(NamedTuple):
    """What the address asks for; what it asks for in vain is not there."""

    day: date | None
    language: str
    coming: bool
    free: bool

    @classmethod
    def of(cls, asked: Mapping[str, str], days: Iterable[date], languages: Iterable[str]) -> Wanted:
        day, language = asked.get("day", ""), asked.get("language", "")
        return cls(
            next((one for one in days if one.isoformat() == day), None),
            language if language in languages else "",
            asked.get("coming") == "1",
            asked.get("free") == "1",
        )

    def takes(self, one: Departure) -> bool:
        return (
            self.day in {None, one.leaves.date()}
            and (not self.language or one.listed.is_in(self.language))
            and (one.is_coming or not self.coming)
            and (not self.free or (one.is_coming and one.booking is not None and one.booking.is_free))
        )

    @property
    def href(self) -> str:
        asked = {
            "day": self.day.isoformat() if self.day else "",
            "language": self.language,
            "coming": "1" if self.coming else "",
            "free": "1" if self.free else "",
        }
        return "?" + urlencode({name: value for name, value in asked.items() if value})


def series_of(published: Programme) -> Series | None:
    """The tours' common name and text: the series of kind tour with most departures."""
    counted: dict[int, int] = {}
    known: dict[int, Series] = {}
    for one in published.sessions:
        if one.series is not None and one.series.kind == Kind.TOUR:
            known[one.series.pk] = one.series
            counted[one.series.pk] = counted.get(one.series.pk, 0) + 1
    return known[max(counted, key=counted.__getitem__)] if counted else None


def cards_of(found: Iterable[Departure], show: Show) -> list[Card]:
    by_enterprise: dict[int, Card] = {}
    for one in found:
        by_enterprise.setdefault(one.enterprise.pk, Card(one.enterprise, show)).departures.append(one)
    return sorted(by_enterprise.values(), key=lambda card: order(card.enterprise.name_en, card.enterprise.name_zh))


def order(en: str, zh: str) -> str:
    """What names are sorted by in the language in use."""
    in_english, in_chinese = naming.sort_keys(name_en=en, name_zh=zh)
    return in_chinese if formats.in_chinese() else in_english


def by_district(cards: Iterable[Card]) -> list[tuple[str, list[Card]]]:
    """In the order of names; those whose district nobody has said come last."""
    districts: dict[str, list[Card]] = {}
    for card in cards:
        districts.setdefault(card.enterprise.district, []).append(card)

    def place(one: tuple[str, list[Card]]) -> tuple[bool, str]:
        enterprise = one[1][0].enterprise
        return not one[0], order(enterprise.district_en, enterprise.district_zh)

    return sorted(districts.items(), key=place)


def by_day(found: Iterable[Departure]) -> list[tuple[date, list[Departure]]]:
    days: dict[date, list[Departure]] = {}
    for one in found:
        days.setdefault(one.leaves.date(), []).append(one)
    return list(days.items())


def filters(wanted: Wanted, days: list[date], languages: list[str]) -> list[tuple[str, list[Choice]]]:
    """The rows of links above the list; a row with nothing to choose from is left out."""
    rows = [
        (
            gettext("Day"),
            [
                Choice(gettext("All days"), wanted._replace(day=None).href, wanted.day is None),
                *(Choice(formats.day_brief(one), wanted._replace(day=one).href, wanted.day == one) for one in days),
            ],
        ),
        (
            gettext("Language"),
            [
                Choice(gettext("All languages"), wanted._replace(language="").href, not wanted.language),
                *(
                    Choice(str(tongues.NAMES[code]), wanted._replace(language=code).href, wanted.language == code)
                    for code in languages
                ),
            ],
        ),
        (
            gettext("Time"),
            [
                Choice(
                    gettext("All departures"),
                    wanted._replace(coming=False, free=False).href,
                    not (wanted.coming or wanted.free),
                ),
                Choice(
                    gettext("Still to come"),
                    wanted._replace(coming=True, free=False).href,
                    wanted.coming and not wanted.free,
                ),
                Choice(gettext("With free places"), wanted._replace(coming=False, free=True).href, wanted.free),
            ],
        ),
    ]
    return [
        (name, choices) for name, choices in rows if len(choices) > 2 or choices[-1].is_current or name == rows[-1][0]
    ]


def shared(found: list[Departure]) -> dict[str, Any]:
    """What holds for all of the departures, and is said once; what differs is said at each."""
    told = [one.listed.told for one in found]
    values: dict[str, set[Any]] = {
        "bring": {one.bring for one in told},
        "age_from": {one.age_from for one in told},
        "asks_id": {(one.asks_id, one.id_why if one.asks_id else "") for one in told},
        "meeting": {one.meeting for one in told},
        "languages": {one.languages for one in found},
        "audience": {one.audience for one in told},
        "about": {one.about for one in told},
    }
    same = {name: next(iter(value)) for name, value in values.items() if len(value) == 1}
    if "asks_id" in same:
        same["asks_id"], same["id_why"] = same["asks_id"]
    return same | {"all": frozenset(name for name, value in values.items() if len(value) == 1)}
