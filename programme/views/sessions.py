from __future__ import annotations

from datetime import datetime
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from programme import own_booking, times
from programme.booking import Booking
from programme.models import Session
from programme.own_booking import Own
from programme.reading import Programme, places_left, programme
from programme.shown import Shown
from programme.views.pages import public
from visitors import links
from visitors.knowing import visitor_of
from visitors.models import Registration

# What programs know the states by (schema.org/EventStatusType).
STATUS = {"published": "EventScheduled", "moved": "EventRescheduled", "cancelled": "EventCancelled"}


@require_safe
def session(request: HttpRequest, slug: str) -> HttpResponse:
    """Everybody's page, or that of whoever is known, with the own sign-up on it."""
    visitor = visitor_of(request)
    return everybodys(request, slug=slug) if visitor is None else own_page(request, visitor, slug)


@public
def everybodys(request: HttpRequest, shown: Programme, at: datetime, *, slug: str) -> HttpResponse:
    return draw(request, shown, at, slug)


def own_page(request: HttpRequest, visitor: Registration, slug: str) -> HttpResponse:
    at, shown = request.show.now(), programme(request.show)
    listed = shown.by_slug.get(slug)
    own = own_booking.own_of(visitor, listed) if listed else None
    response = draw(request, shown, at, slug, own=own)
    patch_cache_control(response, private=True, no_store=True)
    return response


def draw(request: HttpRequest, shown: Programme, at: datetime, slug: str, *, own: Own | None = None) -> HttpResponse:
    listed = shown.by_slug.get(slug)
    if listed is None:
        raise Http404
    left = places_left(shown.show)
    one = Shown(listed, at, left=left)
    booking = Booking(listed, own.left, at) if own else one.booking
    # A tour's series is all enterprises; whoever reads of one asks when else a bus leaves for it.
    siblings = shown.series[listed.series.slug] if listed.series else []
    if listed.enterprise:
        siblings = shown.by_enterprise[listed.enterprise.slug]
    return render(
        request,
        "programme/session.html",
        {
            "one": one,
            "told": listed.told,
            "booking": booking,
            "own": own,
            "key": links.visit_key(own.registration) if own else "",
            "day_href": reverse("programme-day", args=[listed.starts.date().isoformat()]),
            "starts": times.iso(listed.starts),
            "ends": times.iso(listed.ends),
            "starts_at": times.clock(listed.starts),
            "ends_at": times.until(listed.starts, listed.ends),
            "status": STATUS[listed.state],
            "materials": [
                {
                    "title": stays.title,
                    "kind": stays.kind,
                    "url": stays.url,
                    "href": stays.url or reverse("material", args=[slug, stays.pk]),
                }
                for stays in listed.materials
            ],
            "others": [Shown(other, at, left=left) for other in siblings if other is not listed],
            "whose": times.whose(shown.show, listed.starts.date()),
        },
    )


@public
def series(request: HttpRequest, shown: Programme, at: datetime, *, slug: str) -> HttpResponse:
    sessions = shown.series.get(slug)
    if not sessions:
        raise Http404
    found, left = sessions[0].series, places_left(shown.show)
    host = Shown(sessions[0], at) if found.host_id and found.host_id == sessions[0].told.host else None
    speakers = {one.pk: one for listed in sessions if not listed.is_cancelled for one in listed.speakers}
    return render(
        request,
        "programme/series.html",
        {
            "series": found,
            "kind": Session(kind=found.kind).get_kind_display(),
            "host_href": host.host_href if host else "",
            "days": [
                (day, [Shown(one, at, beside=day, left=left) for one in of_day])
                for day, of_day in groupby(sessions, key=lambda one: one.starts.date())
            ],
            "count": len(sessions),
            "speakers": list(speakers.values()),
            "whose": times.whose(shown.show, sessions[0].starts.date()),
        },
    )
