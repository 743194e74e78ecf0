"""Sessions as iCalendar files (RFC 5545): a file of them all to follow, a file of one to keep."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import icalendar
from django.conf import settings
from django.utils import translation

from expo.calendars import time_zone
from expo.models import Show
from programme.plain import Teller, line
from programme.reading import Listed

# How often whoever follows the file should look again. On a day of the show things move within the hour.
AGAIN_AFTER = timedelta(minutes=15)


def calendar(show: Show, sessions: Collection[Listed], language: str) -> bytes:
    """The sessions in that language; the same sessions make the same file, byte for byte.

    An entry keeps its UID and counts its changes, so that a newer file replaces it; a cancelled session stays in it
    and says so.
    """
    with translation.override(language):
        teller = Teller(show)
        file = icalendar.Calendar()
        file.add("prodid", f"-//CHITEC//{line(show.short)}//EN")
        file.add("version", "2.0")
        file.add("calscale", "GREGORIAN")
        file.add("method", "PUBLISH")
        name = teller.name(show)
        file.add("name", name)
        file.add("x-wr-calname", name)
        file.add("x-wr-timezone", show.time_zone)
        file.add("refresh-interval", AGAIN_AFTER, parameters={"VALUE": "DURATION"})
        file.add("x-published-ttl", icalendar.vDuration(AGAIN_AFTER))
        if sessions:
            years = sorted({moment.year for one in sessions for moment in (one.starts, one.ends)})
            file.add_component(time_zone(show.time_zone, years[0], years[-1]))
        for one in sessions:
            file.add_component(entry(teller, one))
        return file.to_ical()


def entry(teller: Teller, one: Listed) -> icalendar.Event:
    show, told = teller.show, one.told
    link = teller.addresses.session(told.slug)
    areas = [teller.name(one.area)] if one.area else []
    event = icalendar.Event()
    event.add("uid", f"{told.guid}@{settings.SITE_HOST}")
    event.add("dtstamp", one.changed_at)
    event.add("created", one.first_at)
    event.add("last-modified", one.changed_at)
    event.add("sequence", one.sequence)
    event.add("dtstart", one.starts)
    event.add("dtend", one.ends)
    event.add("summary", teller.title(told))
    event.add("description", f"{teller.description(one)}\n\n{link}")
    if where := teller.place(one):
        event.add("location", where)
    if show.latitude is not None and show.longitude is not None:
        event.add("geo", (float(show.latitude), float(show.longitude)))
    event.add("categories", [teller.kinds.get(told.kind, told.kind), *areas])
    event.add("url", link)
    event.add("status", "CANCELLED" if told.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if told.is_cancelled else "OPAQUE")
    return event
