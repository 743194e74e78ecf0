"""From a registration to its badge on paper and its days in a calendar."""

from __future__ import annotations

from collections.abc import Sequence

import icalendar
from django.conf import settings
from django.core.cache import caches
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from expo.calendars import time_zone
from expo.models import Area, Show, ShowDay
from expo.showing import FRESH
from visitors.badges import code, pdf
from visitors.models import Badge, Registration, Ticket


def code_of(registration: Registration, ticket: Ticket, badge: Badge) -> str:
    """The signed text in the badge's QR symbol."""
    credential = code.Credential(
        show=registration.show.number,
        serial=badge.serial,
        category=registration.category,
        days=frozenset(ticket.days),
        version=badge.version,
    )
    return code.sign(credential, code.signing_key())


def sheet_of(registration: Registration, ticket: Ticket, badge: Badge) -> pdf.BadgeSheet:
    """The badge as it is printed; `registration.show` has its calendar."""
    show = registration.show
    return pdf.BadgeSheet(
        show_short=show.short,
        show_name_zh=show.name_zh,
        show_name_en=show.name_en,
        days=[day.date for day in show.calendar if day.number in ticket.days],
        name=registration.name,
        latin_name=registration.name_latin,
        firm=registration.firm,
        position=registration.position,
        category=registration.category,
        serial=badge.serial,
        code=code_of(registration, ticket, badge),
        area_colours=area_colours(show),
        due=ticket.price if ticket.is_due else None,
    )


def area_colours(show: Show) -> Sequence[str]:
    key = f"area_colours:{show.pk}"
    colours = caches["process"].get(key)
    if colours is None:
        colours = tuple(Area.objects.filter(show=show).order_by("letter").values_list("colour", flat=True))
        caches["process"].set(key, colours, FRESH)
    return colours


def calendar_of(registration: Registration, ticket: Ticket) -> bytes:
    """The days of a ticket as an iCalendar file. An entry keeps its UID, so a newer file replaces it.

    The link to the visit is left out: calendars are shown to colleagues.
    """
    show = registration.show
    calendar = empty_calendar(show)
    days = [day for day in show.calendar if day.number in ticket.days]
    if days:
        calendar.add_component(time_zone(show.time_zone, days[0].date.year, days[-1].date.year))
    for day in days:
        calendar.add_component(day_entry(registration, ticket, day))
    return calendar.to_ical()


def empty_calendar(show: Show) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//CHITEC//{show.short}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-timezone", show.time_zone)
    return calendar


def day_entry(registration: Registration, ticket: Ticket, day: ShowDay) -> icalendar.Event:
    """A day on which the ticket admits; cancelled once the ticket has ended."""
    show = registration.show
    uid = salted_hmac("visitors.calendar", str(registration.pk), algorithm="sha256").hexdigest()[:24]
    event = icalendar.Event()
    event.add("uid", f"{uid}-{day.number}@{settings.SITE_HOST}")
    event.add("dtstamp", ticket.ended_at or ticket.given_at)
    event.add("dtstart", day.opens_at)
    event.add("dtend", day.closes_at)
    event.add("summary", show.name)
    event.add("location", ", ".join(filter(None, (show.venue, show.city))))
    event.add(
        "description",
        _("Bring your badge, on paper or on your phone. Last entry at %(clock)s.")
        % {"clock": f"{day.last_entry:%H:%M}"},
    )
    event.add("sequence", 0 if ticket.is_live else 1)
    event.add("status", "CONFIRMED" if ticket.is_live else "CANCELLED")
    event.add("transp", "TRANSPARENT")
    return event
