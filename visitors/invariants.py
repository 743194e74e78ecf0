"""What must be true of registrations at any moment; asked by `check_invariants`, and by tests after each race."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Exists, F, OuterRef

from accounts.invariants import said
from expo.models import Show
from visitors.models import Badge, DayPlaces, Registration, Ticket


def broken(at: datetime) -> Iterator[str]:
    """A sentence for each thing that is not as it must be at `at`; none when all is well."""
    yield from broken_at_any_time()
    for show in Show.objects.all():
        yield from broken_by_the_clock(show, at=at)


def broken_at_any_time() -> Iterator[str]:
    """Of what `broken` says, what needs no clock."""
    yield from said("{} days have more visitors than places.", DayPlaces.objects.filter(taken__gt=F("places")).count())
    yield from said("{} days count other places than their tickets take.", _miscounted_days())
    yield from said("{} invitation codes count other uses than their tickets.", _miscounted_invitations())
    # A badge outlives the lapse of its ticket: a gate takes the place again if there is one.
    held = Ticket.objects.filter(registration=OuterRef("registration"), state__in=Ticket.WITH_BADGE)
    yield from said("{} live badges have no valid ticket.", Badge.objects.live().exclude(Exists(held)).count())
    nameless = Registration.objects.kept().filter(name="")
    yield from said("{} registrations have no name and were not erased.", nameless.count())
    remains = Registration.objects.exclude(erased_at=None).exclude(name="", email="", phone="", firm="")
    yield from said("{} erased registrations still say who it was.", remains.count())


def broken_by_the_clock(show: Show, *, at: datetime) -> Iterator[str]:
    """Of what `broken` says, what only the show's own clock can tell."""
    early = Registration.objects.filter(show=show, registered_at__gt=at)
    yield from said("{} registrations are of a time to come.", early.count())


#: The days on which each ticket takes a place: all of a live one, and of one that ended those that had begun by then.
PLACES_TAKEN = """
WITH begun AS (
    SELECT d.id, d.show_id, d.number, (d.date + d.opens) AT TIME ZONE s.time_zone AS at
    FROM expo_showday d JOIN expo_show s ON s.id = d.show_id
), taken AS (
    SELECT t.id AS ticket_id, t.ticket_type_id, t.invitation_id, b.id AS day_id
    FROM visitors_ticket t
    JOIN visitors_tickettype k ON k.id = t.ticket_type_id
    JOIN begun b ON b.show_id = k.show_id AND b.number = ANY(t.days)
    WHERE t.state IN ('valid', 'awaiting') OR (t.state IN ('given_back', 'lapsed') AND t.ended_at >= b.at)
)
"""


def _miscounted_days() -> int:
    return _count(
        """
        SELECT count(*) FROM visitors_dayplaces p
        LEFT JOIN (SELECT ticket_type_id, day_id, count(*) AS n FROM taken GROUP BY 1, 2) t
            ON t.ticket_type_id = p.ticket_type_id AND t.day_id = p.day_id
        WHERE p.taken <> coalesce(t.n, 0)
        """
    )


def _miscounted_invitations() -> int:
    return _count(
        """
        SELECT count(*) FROM visitors_invitation i
        LEFT JOIN (
            SELECT invitation_id, count(DISTINCT ticket_id) AS n FROM taken WHERE invitation_id IS NOT NULL GROUP BY 1
        ) t ON t.invitation_id = i.id
        WHERE i.used <> coalesce(t.n, 0)
        """
    )


def _count(of_taken: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"{PLACES_TAKEN} {of_taken}")
        return cursor.fetchone()[0]
