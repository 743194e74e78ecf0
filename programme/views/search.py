from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from programme import days, searching, times
from programme.models import Enterprise, Series, Speaker
from programme.reading import Listed, PlacesLeft, Programme, places_left
from programme.shown import Shown
from programme.views.pages import public


@public
def search(request: HttpRequest, shown: Programme, at: datetime) -> HttpResponse:
    query = request.GET.get("q", "").strip()[: searching.LONGEST_QUERY]
    found = searching.find(shown, query, at=at)
    day, left = days.the_day(shown, at), places_left(shown.show)
    return render(
        request,
        "programme/search.html",
        {
            "query": query,
            "found": found,
            "hits": [hit(thing, shown, at, left) for thing in found.things],
            "is_cut": found.count > len(found.things),
            "whose": times.whose(shown.show, day) if day else "",
        },
    )


def hit(thing: object, shown: Programme, at: datetime, left: PlacesLeft) -> dict[str, object]:
    """What the page says of something that was found; `kind` says which it is."""
    match thing:
        case Listed():
            return {"kind": "session", "one": Shown(thing, at, left=left)}
        case Speaker():
            return {"kind": "speaker", "speaker": thing}
        case Series():
            return {"kind": "series", "series": thing, "count": len(shown.series[thing.slug])}
        case Enterprise():
            return {"kind": "tour", "enterprise": thing}
        case _:
            raise TypeError(thing)
