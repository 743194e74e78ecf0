from __future__ import annotations

from datetime import datetime
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from programme import times
from programme.models import Session
from programme.reading import Programme
from programme.shown import Shown
from programme.views.pages import public

# What programs know the states by (schema.org/EventStatusType).
STATUS = {"published": "EventScheduled", "moved": "EventRescheduled", "cancelled": "EventCancelled"}


@public
def session(request: HttpRequest, shown: Programme, at: datetime, *, slug: str) -> HttpResponse:
    listed = shown.by_slug.get(slug)
    if listed is None:
        raise Http404
    one = Shown(listed, at)
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
            "others": [Shown(other, at) for other in siblings if other is not listed],
            "whose": times.whose(shown.show, listed.starts.date()),
        },
    )


@public
def series(request: HttpRequest, shown: Programme, at: datetime, *, slug: str) -> HttpResponse:
    sessions = shown.series.get(slug)
    if not sessions:
        raise Http404
    found = sessions[0].series
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
                (day, [Shown(one, at, beside=day) for one in of_day])
                for day, of_day in groupby(sessions, key=lambda one: one.starts.date())
            ],
            "count": len(sessions),
            "speakers": list(speakers.values()),
            "whose": times.whose(shown.show, sessions[0].starts.date()),
        },
    )
