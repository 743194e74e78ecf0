"""What the screens at the doors say: one for each room, and one for each hall with all rooms of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.text import slugify

from expo.models import Hall, Room
from programme.reading import Listed, Programme
from programme.shown import Shown

# As r7-room-2a: the number finds the room whatever it is called later, the name is for whoever sets the screen up.
OF_ROOM = re.compile(r"r([0-9]{1,9})(?:-|\Z)")
LATER_AT_MOST = 4


def slug_of(place: Room | Hall) -> str:
    """The place's part of its screen's address."""
    if isinstance(place, Hall):
        return place.slug
    return "-".join(filter(None, (f"r{place.pk}", slugify(place.name_en)[:40])))


def address(place: Room | Hall) -> str:
    return reverse("wall", args=[slug_of(place)])


def find(programme: Programme, name: str) -> Room | Hall | None:
    """The hall of that address, or the room of that number; asked of the database only where nothing is planned yet."""
    rooms = {one.room.pk: one.room for one in programme.sessions if one.room}
    halls = {room.hall.slug: room.hall for room in rooms.values() if room.hall}
    number = OF_ROOM.match(name)
    pk = int(number[1]) if number else 0
    return (
        halls.get(name)
        or rooms.get(pk)
        or Hall.objects.filter(show=programme.show, slug=name).first()
        or Room.objects.filter(show=programme.show, pk=pk).select_related("hall").first()
    )


def rooms_in(place: Room | Hall, programme: Programme) -> list[Room]:
    """The room itself; of a hall those of its rooms in which anything takes place."""
    if isinstance(place, Room):
        return [place]
    rooms = {one.room.pk: one.room for one in programme.sessions if one.room and one.room.hall_id == place.pk}
    return sorted(rooms.values(), key=lambda room: (room.name, room.pk))


@dataclass(frozen=True, slots=True)
class Door:
    """What is said at the door of one room: what is on, what is next, what else comes today, what was changed."""

    room: Room
    now: Shown | None
    next: Shown | None
    later: list[Shown]
    changed: list[Shown]


def door(room: Room, programme: Programme, *, at: datetime) -> Door:
    """Cancelled sessions and those that have gone to another room or day are said until they would have been over."""
    today = at.date()

    def shown(sessions: Iterable[Listed]) -> list[Shown]:
        return [Shown(one, at, beside=today) for one in sessions]

    here = [one for one in programme.sessions if one.told.room == room.pk and not one.is_over(at)]
    taking_place = [one for one in here if not one.is_cancelled]
    on = [one for one in taking_place if one.is_on(at)]
    coming = shown(one for one in taking_place if one.is_coming(at) and one.starts.date() == today)
    return Door(
        room=room,
        now=shown(on)[0] if on else None,
        next=coming[0] if coming else None,
        later=coming[1 : 1 + LATER_AT_MOST],
        changed=shown(
            [one for one in here if one.is_cancelled and one.starts.date() == today]
            + [one for one in programme.sessions if has_left(one, room, at)]
        ),
    )


def has_left(one: Listed, room: Room, at: datetime) -> bool:
    """Whether somebody who was told of it first would look for it at this door today."""
    first = one.announced
    return (
        first is not None
        and first.room == room.pk
        and first.starts.date() == at.date()
        and (one.told.room != room.pk or one.starts.date() != at.date())
        and not one.is_over(at)
    )
