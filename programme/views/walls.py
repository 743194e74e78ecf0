from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from expo.models import Hall, Room
from programme import times, walls
from programme.reading import Programme, programme
from programme.views.pages import public


@public
def walls_list(request: HttpRequest, shown: Programme, at: datetime) -> HttpResponse:
    """The addresses of all screens, for whoever sets them up."""
    rooms = Room.objects.filter(show=shown.show).select_related("hall").order_by("hall__slug", "name_en")
    halls = Hall.objects.filter(show=shown.show).order_by("slug")
    return render(
        request,
        "programme/walls.html",
        {
            "halls": [{"name": hall.name, "href": walls.address(hall)} for hall in halls],
            "rooms": [
                {"name": room.name, "hall": room.hall.name if room.hall else "", "href": walls.address(room)}
                for room in rooms
            ],
        },
    )


@require_safe
def wall(request: HttpRequest, place: str) -> HttpResponse:
    """A screen that was set up under the room's former name goes on; there is one page of it, not one for each name."""
    found = walls.find(programme(request.show), place)
    if found is None:
        raise Http404
    return screen(request, place=place) if walls.slug_of(found) == place else redirect(walls.address(found))


@public
def screen(request: HttpRequest, shown: Programme, at: datetime, *, place: str) -> HttpResponse:
    found = walls.find(shown, place)
    if found is None:
        raise Http404
    doors = [walls.door(room, shown, at=at) for room in walls.rooms_in(found, shown)]
    return render(
        request,
        "programme/wall.html",
        {"place": found, "is_hall": isinstance(found, Hall), "doors": doors, "at": at, "clock": times.tag(at)},
    )
