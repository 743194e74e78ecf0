"""The own plan as a calendar to subscribe to: the ticket's days, places that are sure, and those that may become so."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime

import icalendar
from django.conf import settings
from django.db import connection
from django.db.models import Count, Max
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from expo import formats
from expo.calendars import time_zone
from programme.calendars import AGAIN_AFTER
from programme.models import Signup
from programme.own_plans import Held, plan_of
from programme.plain import Teller, line
from programme.reading import Listed, Programme, programme
from visitors.models import Registration, Ticket
from visitors.printing import day_entry, empty_calendar

State = Signup.State
SURE = frozenset({State.CONFIRMED, State.ATTENDED, State.NO_SHOW})
MAYBE = frozenset({State.REQUESTED, State.WAITING, State.OFFERED})

CHANGES = """
SELECT count(e.*), coalesce(max(e.pgh_id), 0), (
    SELECT coalesce(string_agg(p.id::text, ',' ORDER BY p.id), '') FROM programme_participant p
    WHERE p.registration_id = %(pk)s
)
FROM programme_signupevent e WHERE e.pgh_obj_id IN (
    SELECT id FROM programme_signup WHERE registration_id = %(pk)s
    UNION SELECT signup_id FROM programme_participant WHERE registration_id = %(pk)s
)
"""


def etag(registration: Registration) -> str:
    """Another one as soon as the file would be; one query, however much is planned."""
    with connection.cursor() as cursor:
        cursor.execute(CHANGES, {"pk": registration.pk})
        changes = cursor.fetchone()
    tickets = [(one.pk, one.state, one.days) for one in sorted(registration.tickets.all(), key=lambda one: one.pk)]
    told = (registration.pk, get_language(), changes, tickets, mark(programme(registration.show)))
    return quote_etag(hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest())


def mark(published: Programme) -> str:
    """What tells what is published from what it was before; the same in all processes, worked out once."""

    def work_out() -> str:
        show = published.show
        digest = hashlib.blake2b(digest_size=16)
        days = [(day.pk, day.date, day.opens, day.closes, day.last_entry) for day in show.calendar]
        digest.update(repr((show.name_en, show.name_zh, show.venue_en, show.venue_zh, days)).encode())
        for one in published.sessions:
            places = [(row.name_en, row.name_zh) for row in (one.room, one.room and one.room.hall) if row]
            digest.update(repr((one.pk, one.sequence, one.changed_at, places)).encode())
        return digest.hexdigest()

    return published.once("calendar-mark", work_out)


def calendar(registration: Registration) -> bytes:
    """The file in the language in use. What ends stays in it as cancelled, so that programs take it off.

    An entry keeps its UID, and counts all changes of the sign-up and of the session. The link to the visit is left
    out: calendars are shown to colleagues.
    """
    show = registration.show
    teller = Teller(show)
    held = [(one, one.listed) for one in plan_of(show, [registration.pk], ended=True) if one.listed is not None]
    changes = changes_of([one.signup.pk for one, _listed in held])
    file = empty_calendar(show)
    name = _("My visit: %(show)s") % {"show": line(show.short)}
    file.add("calscale", "GREGORIAN")
    file.add("name", name)
    file.add("x-wr-calname", name)
    file.add("refresh-interval", AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    file.add("x-published-ttl", icalendar.vDuration(AGAIN_AFTER))
    ticket = the_ticket(registration)
    days = [(ticket, day) for day in show.calendar if ticket is not None and day.number in ticket.days]
    years = {day.date.year for _ticket, day in days}
    years |= {moment.year for _one, listed in held for moment in (listed.starts, listed.ends)}
    if years:
        file.add_component(time_zone(show.time_zone, min(years), max(years)))
    for of_ticket, day in days:
        file.add_component(day_entry(registration, of_ticket, day))
    for one, listed in held:
        file.add_component(entry(teller, one, listed, changes[one.signup.pk]))
    return file.to_ical()


def the_ticket(registration: Registration) -> Ticket | None:
    """The valid one, or the last that was valid once; whoever has a request only has no days yet."""
    rows = [
        row for row in registration.tickets.all() if row.state not in {Ticket.State.AWAITING, Ticket.State.DECLINED}
    ]
    return max(rows, key=lambda row: (row.is_live, row.pk), default=None)


def changes_of(signups: Collection[int]) -> dict[int, tuple[int, datetime]]:
    """By the key of a sign-up, how often it was written, and when last."""
    events = Signup.pgh_event_model.objects.filter(pgh_obj__in=signups)
    rows = events.order_by().values_list("pgh_obj").annotate(Count("pk"), Max("pgh_created_at"))
    return {pk: (number, last) for pk, number, last in rows}


def entry(teller: Teller, one: Held, listed: Listed, changed: tuple[int, datetime]) -> icalendar.Event:
    told, state = listed.told, one.signup.state
    number, last = changed
    is_off = told.is_cancelled or state not in SURE | MAYBE
    link = teller.addresses.session(told.slug)
    event = icalendar.Event()
    event.add("uid", f"{one.signup.guid}@{settings.SITE_HOST}")
    event.add("dtstamp", max(last, listed.changed_at))
    event.add("last-modified", max(last, listed.changed_at))
    event.add("created", one.signup.joined_at)
    event.add("sequence", listed.sequence + number - 1)
    event.add("dtstart", listed.starts)
    event.add("dtend", listed.ends)
    event.add("summary", summary(teller, listed, state))
    event.add("description", "\n\n".join(filter(None, (standing(teller, one), teller.description(listed), link))))
    if where := teller.place(listed):
        event.add("location", where)
    event.add("url", link)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED" if state in SURE else "TENTATIVE")
    event.add("transp", "OPAQUE" if state in SURE and not is_off else "TRANSPARENT")
    return event


def summary(teller: Teller, listed: Listed, state: str) -> str:
    title = teller.title(listed.told)
    if listed.told.is_cancelled:
        return title
    if state == State.WAITING:
        return _("Waiting list: %(title)s") % {"title": title}
    if state == State.OFFERED:
        return _("Offered: %(title)s") % {"title": title}
    if state == State.REQUESTED:
        return _("Asked for: %(title)s") % {"title": title}
    return title if state in SURE else _("Given up: %(title)s") % {"title": title}


def standing(teller: Teller, one: Held) -> str:
    """What there is to know of the sign-up itself."""
    until = one.signup.offered_until
    if one.signup.state == State.OFFERED and until is not None:
        when = formats.moment_long(until.astimezone(teller.zone))
        return _("Take it on your visit's page by %(when)s; after that the next in line is asked.") % {"when": when}
    if one.signup.state == State.WAITING and one.place:
        return _("You are number %(place)d in line.") % {"place": one.place}
    return _("Places: %(party)d") % {"party": one.signup.party} if one.signup.party > 1 else ""
