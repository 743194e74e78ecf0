"""Sessions, speakers and tours as the API tells them, by guid; `shapes` says what is in them."""

from __future__ import annotations

from typing import Any

from expo.models import Area, Room
from programme.documents import TalkTold
from programme.models import Access, Enterprise, Speaker
from programme.outputs.frab import guid as guid_of
from programme.plain import Teller, line, text
from programme.reading import Announced, Listed, PlacesLeft, Programme, Stays

type Tree = dict[str, Any]


def sessions(published: Programme, teller: Teller, left: PlacesLeft) -> dict[str, Tree]:
    return {one.told.guid: _session(one, teller) | {"places": _places(one, left)} for one in published.sessions}


def _places(one: Listed, left: PlacesLeft) -> Tree | None:
    numbers = left.get(one.pk)
    if numbers is None or one.told.access == Access.NONE:
        return None
    return {"left": numbers.left, "waiting": numbers.waiting}


def _session(one: Listed, teller: Teller) -> Tree:
    told = one.told
    people = {row.pk: _spoken_by(row, teller) for row in one.speakers}
    return {
        "guid": told.guid,
        "code": told.code,
        "slug": told.slug,
        "kind": told.kind,
        "kind_name": teller.kinds.get(told.kind, told.kind),
        "state": one.state,
        "sequence": one.sequence,
        "title": teller.plain_title(told),
        "about": teller.about(told),
        "starts_at": one.starts.isoformat(),
        "ends_at": one.ends.isoformat(),
        "minutes": told.minutes,
        "time_zone": teller.show.time_zone,
        "room": _room(one.room, teller) if one.room else None,
        "meeting_point": teller.meeting(told),
        "area": _area(one.area, teller) if one.area else None,
        "host": {"kind": one.host.kind, "name": teller.name(one.host)} if one.host else None,
        "series": {"slug": one.series.slug, "name": teller.name(one.series)} if one.series else None,
        "tour": {"slug": one.enterprise.slug, "name": teller.name(one.enterprise)} if one.enterprise else None,
        "travel_minutes": told.travel_minutes,
        "languages": told.languages,
        "interpretation": told.interpretation,
        "audience": told.audience,
        "audience_name": teller.audiences.get(told.audience, told.audience),
        "seats": told.seats,
        "standing": told.standing,
        "age_from": told.age_from,
        "bring": line(teller.own(told.bring_en, told.bring_zh)),
        "asks_id": told.asks_id,
        "id_why": line(teller.own(told.id_why_en, told.id_why_zh)) if told.asks_id else "",
        "talks": [_talk(one, talk, people, teller) for talk in told.talks],
        "moderators": [people[pk] for pk in told.moderators if pk in people],
        "panel": [people[pk] for pk in told.panel if pk in people],
        "cancelled_why": line(teller.own(told.cancelled_why_en, told.cancelled_why_zh)) if one.is_cancelled else "",
        "moved_from": _moved_from(one.announced, teller) if one.announced else None,
        "materials": [_material(one, row, teller) for row in one.materials],
        "first_published_at": one.first_at.astimezone(teller.zone).isoformat(),
        "changed_at": one.changed_at.astimezone(teller.zone).isoformat(),
        "url": teller.addresses.session(told.slug),
        "calendar_url": teller.addresses.calendar(told.slug),
    }


def _room(room: Room, teller: Teller) -> Tree:
    return {
        "guid": guid_of("rooms", room.pk),
        "name": teller.name(room),
        "hall": teller.name(room.hall) if room.hall else None,
        "seats": room.seats,
    }


def _area(area: Area, teller: Teller) -> Tree:
    return {"slug": area.slug, "letter": area.letter, "name": teller.name(area)}


def _spoken_by(row: Speaker, teller: Teller) -> Tree:
    return {"guid": guid_of("speakers", row.pk), "slug": row.slug, "name": teller.name(row)}


def _talk(one: Listed, talk: TalkTold, people: dict[int, Tree], teller: Teller) -> Tree:
    starts, ends = one.after(talk.after or 0), one.after((talk.after or 0) + (talk.minutes or 0))
    timed = talk.after is not None
    return {
        "title": line(teller.own(talk.title_en, talk.title_zh)),
        "about": text(teller.own(talk.about_en, talk.about_zh)),
        "starts_at": starts.isoformat() if timed else None,
        "ends_at": ends.isoformat() if timed else None,
        "speakers": [people[pk] for pk in talk.speakers if pk in people],
    }


def _moved_from(first: Announced, teller: Teller) -> Tree:
    return {
        "starts_at": first.starts.isoformat(),
        "minutes": first.minutes,
        "room": line(teller.own(first.room_en, first.room_zh)) or None,
        "meeting_point": line(teller.own(first.meeting_en, first.meeting_zh)),
    }


def _material(one: Listed, row: Stays, teller: Teller) -> Tree:
    return {"kind": row.kind, "title": line(row.title), "url": teller.addresses.material(one.told.slug, row)}


def speakers(published: Programme, teller: Teller, _left: PlacesLeft) -> dict[str, Tree]:
    spoken: dict[int, list[str]] = {}
    for one in published.sessions:
        for row in one.speakers if not one.is_cancelled else ():
            spoken.setdefault(row.pk, []).append(one.told.guid)
    rows = sorted(published.speakers.values(), key=lambda row: (row.sort_key, row.pk))
    return {guid_of("speakers", row.pk): _speaker(row, teller, spoken[row.pk]) for row in rows}


def _speaker(row: Speaker, teller: Teller, spoken: list[str]) -> Tree:
    return _spoken_by(row, teller) | {
        "position": line(teller.own(row.position_en, row.position_zh)),
        "firm": line(teller.own(row.firm_en, row.firm_zh)),
        "country": row.country.code,
        "country_name": row.country.name,
        "about": text(teller.own(row.about_en, row.about_zh)),
        "portrait_url": teller.addresses.picture(row.portrait) if row.portrait else None,
        "sessions": spoken,
        "url": teller.addresses.speaker(row),
    }


def tours(published: Programme, teller: Teller, left: PlacesLeft) -> dict[str, Tree]:
    rows: dict[int, Enterprise] = {}
    departures: dict[int, list[Tree]] = {}
    for one in published.sessions:
        if one.enterprise is not None:
            rows[one.enterprise.pk] = one.enterprise
            departures.setdefault(one.enterprise.pk, []).append(
                _departure(one, teller) | {"places": _places(one, left)}
            )
    return {
        guid_of("tours", row.pk): _tour(row, teller, departures[row.pk])
        for row in sorted(rows.values(), key=lambda row: (row.name_en, row.pk))
    }


def _tour(row: Enterprise, teller: Teller, departures: list[Tree]) -> Tree:
    return {
        "guid": guid_of("tours", row.pk),
        "slug": row.slug,
        "name": teller.name(row),
        "about": text(teller.own(row.about_en, row.about_zh)),
        "seen": [line(one) for one in row.seen],
        "rules": text(teller.own(row.rules_en, row.rules_zh)),
        "address": line(teller.own(row.address_en, row.address_zh)),
        "district": line(teller.own(row.district_en, row.district_zh)),
        "latitude": None if row.latitude is None else float(row.latitude),
        "longitude": None if row.longitude is None else float(row.longitude),
        "travel_minutes": row.travel_minutes,
        "picture_url": teller.addresses.picture(row.picture) if row.picture else None,
        "departures": departures,
        "url": teller.addresses.tour(row),
    }


def _departure(one: Listed, teller: Teller) -> Tree:
    return {
        "guid": one.told.guid,
        "state": one.state,
        "starts_at": one.starts.isoformat(),
        "ends_at": one.ends.isoformat(),
        "meeting_point": teller.meeting(one.told),
        "travel_minutes": one.told.travel_minutes,
        "languages": one.told.languages,
        "seats": one.told.seats,
        "url": teller.addresses.session(one.told.slug),
    }
