"""The programme in the form that frab and Pentabarf began: schedule.xml and schedule.json, for apps and players.

The schemas are those of https://github.com/voc/schedule. They know no cancelled sessions: programs find out by
comparing two versions, so what is cancelled is left out, as frab and pretalx do. Both speak one language.
"""

from __future__ import annotations

import json as jsons
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils import translation

from expo.models import Show
from programme import times
from programme.models import Material, Speaker
from programme.plain import Teller, line, text
from programme.reading import Listed, Programme, Stays

SCHEMA = "https://c3voc.de/schedule/schema"
GENERATOR = {"name": "chitec", "version": "1.0"}
# The planner's grid.
SLOT = timedelta(minutes=5)
# The schemas ask for as much of addresses.
SHORTEST = 4
QUOTES = {'"': "&quot;"}

type Tree = dict[str, Any]


def guid(what: str, key: object) -> str:
    """For what has no identifier of its own: the same for the same thing on this site, whenever it is asked for."""
    return str(uuid5(NAMESPACE_URL, f"{settings.SITE_URL}/{what}/{key}"))


def acronym(show: Show) -> str:
    """CHITEC 22 becomes chitec22."""
    short = re.sub(r"[^a-z0-9]", "", show.short.lower())
    return short if len(short) >= SHORTEST else f"show{show.number}"


def xml(programme: Programme, language: str) -> bytes:
    with translation.override(language):
        return _xml(tree(programme)).encode()


def json(programme: Programme, language: str) -> bytes:
    with translation.override(language):
        said = {"$schema": f"{SCHEMA}.json", "generator": GENERATOR | {"url": settings.SITE_URL}}
        return jsons.dumps(said | {"schedule": tree(programme)}, ensure_ascii=False).encode()


def tree(programme: Programme) -> Tree:
    """The schedule as its JSON has it, in the language in use; no query."""
    show, teller = programme.show, Teller(programme.show)
    sessions = [one for one in programme.sessions if not one.is_cancelled]
    places = Places(sessions, teller)
    by_day: dict[date, dict[str, list[Tree]]] = {day.date: {} for day in show.calendar}
    persons: dict[int, Tree] = {}
    for one in sessions:
        for speaker in one.speakers:
            if speaker.id not in persons:
                persons[speaker.id] = _person(speaker, teller)
        room = places.name(one)
        said = _event(one, teller, room, [persons[speaker.id] for speaker in one.speakers])
        by_day.setdefault(one.starts.date(), {}).setdefault(room, []).append(said)
    days = sorted(by_day)
    return {
        "version": str(programme.version),
        "base_url": f"{settings.SITE_URL}/",
        "conference": {
            "acronym": acronym(show),
            "title": teller.name(show),
            "start": days[0].isoformat() if days else "",
            "end": days[-1].isoformat() if days else "",
            "daysCount": len(days),
            "timeslot_duration": _hours(SLOT),
            "time_zone_name": show.time_zone,
            "url": teller.addresses.programme(),
            "rooms": places.told,
            "tracks": _tracks(sessions, teller),
            "days": [_day(index, day, by_day[day], places.names.values(), show) for index, day in enumerate(days, 1)],
        },
    }


class Places:
    """The rooms and meeting points that are in use, by names that tell them apart."""

    def __init__(self, sessions: Iterable[Listed], teller: Teller) -> None:
        self.names: dict[tuple[str, object], str] = {}
        self.told: list[Tree] = []
        taken: set[str] = set()
        for one in sorted(sessions, key=self._order):
            key = self._key(one)
            if key in self.names:
                continue
            wanted = name = teller.name(one.room) if one.room else (teller.meeting(one.told) or "–")
            count = 1
            while name in taken:
                count += 1
                name = f"{wanted} ({count})"
            taken.add(name)
            self.names[key] = name
            hall = one.room.hall if one.room else None
            self.told.append(
                {
                    "guid": guid(*key),
                    "name": name,
                    "description": teller.name(hall) if hall else None,
                    "capacity": one.room.seats if one.room else None,
                }
            )

    @staticmethod
    def _key(one: Listed) -> tuple[str, object]:
        return (
            ("rooms", one.room.pk) if one.room else ("meeting-points", f"{one.told.meeting_en}/{one.told.meeting_zh}")
        )

    @staticmethod
    def _order(one: Listed) -> tuple[bool, str, str]:
        if one.room is None:
            return (True, "", one.told.meeting_en or one.told.meeting_zh)
        return (False, one.room.hall.slug if one.room.hall else "~", one.room.name_en)

    def name(self, one: Listed) -> str:
        return self.names[self._key(one)]


def _tracks(sessions: Iterable[Listed], teller: Teller) -> list[Tree]:
    areas = {one.area.pk: one.area for one in sessions if one.area}
    return [
        {"name": teller.name(area), "color": area.colour}
        for area in sorted(areas.values(), key=lambda area: area.letter)
    ]


def _day(index: int, day: date, rooms: dict[str, list[Tree]], order: Iterable[str], show: Show) -> Tree:
    """From midnight to midnight by the show's clocks, as the pages count days; what begins in it belongs to it."""
    return {
        "index": index,
        "date": day.isoformat(),
        "day_start": times.begin(show, day).isoformat(),
        "day_end": times.begin(show, day + timedelta(days=1)).isoformat(),
        "rooms": {name: rooms[name] for name in order if name in rooms},
    }


def _hours(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _person(speaker: Speaker, teller: Teller) -> Tree:
    name = teller.name(speaker)
    said = {
        "guid": guid("speakers", speaker.id),
        "name": name,
        # Older programs know only this one; the schema wants no number beside it.
        "public_name": name,
        "url": teller.addresses.speaker(speaker),
        "biography": text(teller.own(speaker.about_en, speaker.about_zh)),
    }
    return said | ({"avatar": teller.addresses.picture(speaker.portrait)} if speaker.portrait else {})


def _event(one: Listed, teller: Teller, room: str, persons: list[Tree]) -> Tree:
    told = one.told
    shown = [_material(told.slug, row, teller) for row in one.materials]
    return {
        "id": one.pk,
        "guid": told.guid,
        "date": one.starts.isoformat(),
        "start": f"{one.starts:%H:%M}",
        "duration": _hours(timedelta(minutes=told.minutes)),
        "room": room,
        "slug": slug(one, teller.show),
        "url": teller.addresses.session(told.slug),
        "title": teller.plain_title(told),
        "subtitle": teller.name(one.series) if one.series else "",
        "track": teller.name(one.area) if one.area else "",
        "type": told.kind,
        "language": told.languages[0] if told.languages else "",
        "abstract": teller.about(told),
        "description": teller.details(one),
        "persons": persons,
        "links": [row for row in shown if row["type"] == Material.Kind.RECORDING],
        "attachments": [row for row in shown if row["type"] != Material.Kind.RECORDING],
    }


def slug(one: Listed, show: Show) -> str:
    """As the recording tools want it: the show, the number, the name."""
    name = one.told.slug.rstrip("-_")
    return f"{acronym(show)}-{one.pk}-{name if len(name) >= SHORTEST else f'session-{name}'}"


def _material(slug: str, row: Stays, teller: Teller) -> Tree:
    return {"title": line(row.title), "url": teller.addresses.material(slug, row), "type": row.kind}


def _xml(said: Tree) -> str:
    """The same tree as XML, where some things have other names and places."""
    conference = said["conference"]
    guids = {room["name"]: room["guid"] for room in conference["rooms"]}
    persons: dict[str, str] = {}
    head = {
        "acronym": conference["acronym"],
        "title": conference["title"],
        "start": conference["start"],
        "end": conference["end"],
        "days": str(conference["daysCount"]),
        "timeslot_duration": conference["timeslot_duration"],
        "base_url": said["base_url"],
        "time_zone_name": conference["time_zone_name"],
        "url": conference["url"],
    }
    tracks = "".join(_element("track", "", **track) for track in conference["tracks"])
    return "".join(
        (
            '<?xml version="1.0" encoding="utf-8"?>\n',
            '<schedule xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
            f' xsi:noNamespaceSchemaLocation="{SCHEMA}.xsd">\n',
            _element("generator", "", **GENERATOR),
            _element("version", said["version"]),
            "<conference>\n",
            *(_element(name, value) for name, value in head.items()),
            tracks,
            "</conference>\n",
            *(part for day in conference["days"] for part in _xml_day(day, guids, persons)),
            "</schedule>\n",
        )
    )


def _xml_day(day: Tree, guids: dict[str, str], persons: dict[str, str]) -> Iterator[str]:
    yield _opening("day", index=str(day["index"]), date=day["date"], start=day["day_start"], end=day["day_end"])
    for name, events in day["rooms"].items():
        yield _opening("room", name=name, guid=guids[name])
        for event in events:
            yield _xml_event(event, persons)
        yield "</room>\n"
    yield "</day>\n"


# In the order in which frab writes them.
TEXTS = (
    "date",
    "start",
    "duration",
    "room",
    "slug",
    "url",
    "title",
    "subtitle",
    "track",
    "type",
    "language",
    "abstract",
    "description",
)


def _xml_event(event: Tree, known: dict[str, str]) -> str:
    """`known` keeps the people that were written before: most speak more than once."""
    for one in event["persons"]:
        if one["guid"] not in known:
            known[one["guid"]] = _element("person", one["name"], guid=one["guid"])
    persons = "".join(known[one["guid"]] for one in event["persons"])
    lists = "".join(
        f"<{name}s>"
        + "".join(_element(name, one["title"], href=one["url"]) for one in event[f"{name}s"])
        + f"</{name}s>\n"
        for name in ("link", "attachment")
    )
    return "".join(
        (
            _opening("event", id=str(event["id"]), guid=event["guid"]),
            *(f"<{name}>{escape(event[name])}</{name}>\n" for name in TEXTS),
            f"<persons>{persons}</persons>\n",
            lists,
            "</event>\n",
        )
    )


def _opening(name: str, /, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}>\n"


def _element(name: str, content: str, /, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}>{escape(content)}</{name}>\n"


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value, QUOTES)}"' for name, value in attributes.items())
