"""What the printed programme says, in the language in use: values only, as they are handed to the typesetter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext

from expo import formats, signs
from expo.models import FIRST_YEAR, Area, Room
from programme import moved, times, tongues, ways
from programme.departures import Departure, departures
from programme.models import Audience, Kind, Speaker
from programme.reading import Listed, Programme

KINDS, AUDIENCES = dict(Kind.choices), dict(Audience.choices)
#: Of what has no area.
DARK = "#0c1424"


def contents(published: Programme, *, day: date | None = None) -> dict[str, Any]:
    """The whole booklet, or a day's; no query. The same programme gives the same, whenever it is asked for."""
    show = published.show
    listed = [one for one in published.sessions if day in {None, one.starts.date()}]
    rooms = {one.room.pk: one.room for one in listed if one.room}
    days: dict[date, list[Listed]] = {}
    for one in listed:
        days.setdefault(one.starts.date(), []).append(one)
    begins = listed[0].starts if listed else show.opens_at if show.calendar else published.published_at
    return {
        "language": "zh" if formats.in_chinese() else "en",
        "short": show.short,
        "show": show.name,
        "theme": show.theme,
        "heading": gettext("Programme"),
        "dates": formats.day_named(day) if day else _dates([one.date for one in show.calendar]),
        "venue": " · ".join(filter(None, (show.city, show.venue))),
        "version": _version(published),
        "foot": " · ".join(filter(None, (show.short, gettext("Programme"), _version(published)))),
        "zone": gettext("All times are by the clock of %(zone)s.") % {"zone": times.zone(show, begins)}
        if begins
        else "",
        "colours": [area.colour for area in _areas(published.sessions)],
        "words": {
            "contents": gettext("Contents"),
            "rooms": gettext("Rooms"),
            "areas": gettext("Areas and their colours"),
            "session": gettext("Session"),
            "tours": gettext("Open enterprises"),
            "speakers": gettext("Speakers"),
            "nothing": gettext("Nothing is announced yet."),
            "to_page": gettext("The numbers are pages."),
        },
        "rooms": [_room(room) for room in sorted(rooms.values(), key=lambda room: room.name)],
        "areas": [_area(area) for area in _areas(listed)],
        "days": [_day(when, found) for when, found in days.items()],
        "tours": _tours(published, listed),
        "speakers": _speakers(listed),
    }


def _dates(days: list[date]) -> str:
    return formats.day_range(days[0], days[-1]) if days else ""


def _version(published: Programme) -> str:
    if published.published_at is None:
        return ""
    at = published.published_at.astimezone(published.show.zone)
    return gettext("Version %(number)s of %(when)s") % {"number": published.version, "when": formats.moment_long(at)}


def _areas(listed: Iterable[Listed]) -> list[Area]:
    areas = {one.area.pk: one.area for one in listed if one.area}
    return sorted(areas.values(), key=lambda area: area.letter)


def _area(area: Area) -> dict[str, str]:
    return {"letter": area.letter, "name": area.name, "colour": area.colour, "ink": signs.on(area.colour)}


def _room(room: Room) -> dict[str, str]:
    seats = ngettext("%(seats)s seat", "%(seats)s seats", room.seats) % {"seats": formats.number(room.seats)}
    return {"name": room.name, "hall": room.hall.name if room.hall else "", "seats": seats}


def _day(day: date, listed: list[Listed]) -> dict[str, Any]:
    usual = times.offset(listed[0].starts)
    return {
        "name": formats.day_named(day),
        "zone": usual,
        "rows": [_session(one, usual) for one in listed],
    }


def _session(one: Listed, usual: str) -> dict[str, Any]:
    told = one.told
    place = one.room.name if one.room else told.meeting
    colour = one.area.colour if one.area else DARK
    speakers = {speaker.pk: speaker for speaker in one.speakers}
    facts = [tongues.spoken(told.languages, told.interpretation)]
    if told.audience != Audience.OPEN:
        facts.append(str(AUDIENCES.get(told.audience, "")))
    if one.host:
        facts.append(gettext("Host: %(host)s") % {"host": one.host.name})
    return {
        "id": one.pk,
        "from": _clock(one.starts, usual),
        "to": _until(one, usual),
        "place": place,
        "colour": colour,
        "ink": signs.on(colour),
        "kind": str(KINDS.get(told.kind, "")),
        "title": told.title,
        "is_cancelled": one.is_cancelled,
        "changes": _changes(one),
        "facts": [fact for fact in facts if fact],
        "talks": [
            {
                "time": _clock(one.after(talk.after), usual) if talk.after is not None else "",
                "title": talk.title,
                "speakers": _named(speakers, talk.speakers),
            }
            for talk in told.talks
        ],
        "moderators": _with(gettext("Moderator: %(names)s"), _named(speakers, told.moderators)),
        "panel": _with(gettext("With %(names)s"), _named(speakers, told.panel)),
    }


def _clock(at: datetime, usual: str) -> str:
    """With its offset where the clocks have changed since the day's first session."""
    return formats.clock(at) if times.offset(at) == usual else f"{formats.clock(at)} {times.offset(at)}"


def _until(one: Listed, usual: str) -> str:
    """11:00, or with its day where the session ends on another."""
    until = _clock(one.ends, usual)
    return until if one.ends.date() == one.starts.date() else f"{formats.day_short(one.ends)} {until}"


def _changes(one: Listed) -> list[str]:
    if one.is_cancelled:
        why = one.told.cancelled_why
        return [gettext("Cancelled: %(why)s") % {"why": why} if why else gettext("Cancelled")]
    changes = moved.parts(one)
    return [gettext("Moved: %(changes)s") % {"changes": "; ".join(changes)}] if changes else []


def _named(speakers: Mapping[int, Speaker], pks: Iterable[int]) -> str:
    return pgettext("between names", ", ").join(_with_firm(speakers[pk]) for pk in pks if pk in speakers)


def _with_firm(speaker: Speaker) -> str:
    if not speaker.firm:
        return speaker.name
    return gettext("%(name)s (%(firm)s)") % {"name": speaker.name, "firm": speaker.firm}


def _with(sentence: str, names: str) -> str:
    return sentence % {"names": names} if names else ""


def _tours(published: Programme, listed: Iterable[Listed]) -> list[dict[str, Any]]:
    # What is over when somebody reads it on paper, nobody knows: the clock is left out of it.
    found = departures(listed, at=datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))
    by_enterprise: dict[int, list[Departure]] = {}
    for one in found:
        by_enterprise.setdefault(one.enterprise.pk, []).append(one)
    tours = []
    for some in sorted(by_enterprise.values(), key=lambda some: some[0].enterprise.name):
        enterprise = some[0].enterprise
        facts = [_facts(one) for one in some]
        is_shared = [len(set(values)) == 1 for values in zip(*facts, strict=True)]
        where = [enterprise.district, enterprise.address, ways.how_far(published.show, enterprise)]
        tours.append(
            {
                "name": enterprise.name,
                "where": " · ".join(filter(None, where)),
                "seen": enterprise.seen,
                "rules": enterprise.rules,
                "facts": " · ".join(fact for fact, same in zip(facts[0], is_shared, strict=True) if same and fact),
                "departures": [
                    _departure(one, [fact for fact, same in zip(said, is_shared, strict=True) if not same])
                    for one, said in zip(some, facts, strict=True)
                ],
            }
        )
    return tours


def _facts(one: Departure) -> list[str]:
    """What a departure has to say beside its time; nothing where it says nothing."""
    told = one.listed.told
    return [
        gettext("%(time)s by bus") % {"time": times.lasting(one.travel)},
        told.meeting,
        one.languages,
        one.audience if told.audience != Audience.OPEN else "",
        gettext("from the age of %(age)s") % {"age": told.age_from} if told.age_from else "",
        gettext("bring %(things)s") % {"things": told.bring} if told.bring else "",
        gettext("asks for an ID number: %(why)s") % {"why": told.id_why} if told.asks_id else "",
    ]


def _departure(one: Departure, own: list[str]) -> dict[str, Any]:
    """`own` is what holds for this departure and not for all of them."""
    when = gettext("%(day)s, %(leave)s, back at %(back)s") % {
        "day": formats.day_named(one.leaves),
        "leave": formats.clock(one.leaves),
        "back": one.back_in_words,
    }
    return {
        "id": one.listed.pk,
        "when": when,
        "own": " · ".join(filter(None, own)),
        "changes": _changes(one.listed),
        "is_cancelled": one.listed.is_cancelled,
    }


def _speakers(listed: Iterable[Listed]) -> list[dict[str, Any]]:
    """Those who appear in what takes place, in the order of the language, with the sessions they are in."""
    found: dict[int, tuple[Speaker, list[int]]] = {}
    for one in listed:
        if not one.is_cancelled:
            for speaker in one.speakers:
                found.setdefault(speaker.pk, (speaker, []))[1].append(one.pk)
    return [
        {"name": speaker.name, "firm": speaker.firm, "sessions": sessions}
        for speaker, sessions in sorted(found.values(), key=lambda one: (one[0].sort_key, one[0].pk))
    ]
