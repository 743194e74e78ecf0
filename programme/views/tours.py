from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from programme import times, tongues, ways
from programme import tours as listing
from programme.departures import CANCELLED, NEXT, departures
from programme.models import Audience
from programme.reading import Programme, places_left
from programme.views.pages import public, telling_visitors


@public
def tours(request: HttpRequest, published: Programme, at: datetime) -> HttpResponse:
    show = published.show
    known = departures(published.sessions, at=at, left=places_left(show))
    days = sorted({one.leaves.date() for one in known})
    languages = [code for code in tongues.NAMES if any(one.listed.is_in(code) for one in known)]
    wanted = listing.Wanted.of(request.GET.dict(), days, languages)
    found = [one for one in known if wanted.takes(one)]
    cards = listing.cards_of(found, show)
    return render(
        request,
        "programme/tours.html",
        {
            "series": listing.series_of(published),
            "filters": listing.filters(wanted, days, languages),
            "wanted": wanted,
            "any": bool(known),
            "is_over": bool(known) and not any(one.is_coming for one in known),
            "districts": listing.by_district(cards),
            "count": len(cards),
            "days": listing.by_day(found),
            "overview": ways.overview(show, [card.enterprise for card in cards]),
            "zone": times.zone(show, found[0].leaves if found else at),
        },
    )


@telling_visitors
def tour(request: HttpRequest, published: Programme, at: datetime, *, slug: str) -> HttpResponse:
    """Only where something is published, be it cancelled: an enterprise that is still being planned is nobody's."""
    show = published.show
    sessions = published.by_enterprise.get(slug)
    if not sessions:
        raise Http404
    found = departures(sessions, at=at, left=places_left(show))
    enterprise = found[0].enterprise
    standing = [one for one in found if one.state != CANCELLED] or found
    others = {one[0].enterprise.pk: one[0].enterprise for one in published.by_enterprise.values() if one[0].enterprise}
    return render(
        request,
        "programme/tour.html",
        {
            "enterprise": enterprise,
            "series": listing.series_of(published),
            "stand": sessions[0].enterprise_stand,
            "days": listing.by_day(found),
            "next": next((one for one in found if one.state == NEXT), None),
            "is_cancelled": all(one.state == CANCELLED for one in found),
            "shared": (same := listing.shared(standing)),
            "audience": dict(Audience.choices).get(same.get("audience", "")),
            "way": ways.way_to(show, enterprise, others.values(), standing[0].travel),
            "place": ways.spot(enterprise),
            "zone": times.zone(show, found[0].leaves),
        },
    )
