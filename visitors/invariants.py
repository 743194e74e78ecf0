"""What must be true of registrations at any moment; asked by `check_invariants`, and by tests after each race."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q

from visitors.models import Badge, DayPlaces, Invitation, Registration, Ticket


def broken(at: datetime) -> Iterator[str]:
    """A sentence for each thing that is not as it must be at `at`; none when all is well."""
    yield from said("{} days have more visitors than places.", DayPlaces.objects.filter(taken__gt=F("places")).count())
    yield from said("{} days count other places than their tickets take.", _miscounted_days())
    uses = Count("tickets", filter=Q(tickets__state__in=Ticket.LIVE))
    miscounted = Invitation.objects.annotate(tickets_live=uses).exclude(tickets_live=F("used"))
    yield from said("{} invitation codes count other uses than their tickets.", miscounted.count())
    valid = Ticket.objects.filter(registration=OuterRef("registration"), state=Ticket.State.VALID)
    yield from said("{} live badges have no valid ticket.", Badge.objects.live().exclude(Exists(valid)).count())
    nameless = Registration.objects.kept().filter(name="")
    yield from said("{} registrations have no name and were not erased.", nameless.count())
    remains = Registration.objects.exclude(erased_at=None).exclude(name="", email="", phone="", firm="")
    yield from said("{} erased registrations still say who it was.", remains.count())
    early = Registration.objects.filter(registered_at__gt=at)
    yield from said("{} registrations are of a time to come.", early.count())


def _miscounted_days() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FROM visitors_dayplaces p JOIN expo_showday d ON d.id = p.day_id
            LEFT JOIN (
                SELECT ticket_type_id, unnest(days) AS number, count(*) AS n FROM visitors_ticket
                WHERE state IN ('valid', 'awaiting') GROUP BY 1, 2
            ) t ON t.ticket_type_id = p.ticket_type_id AND t.number = d.number
            WHERE p.taken <> coalesce(t.n, 0)
            """
        )
        return cursor.fetchone()[0]


def said(sentence: str, count: int) -> Iterator[str]:
    if count:
        yield sentence.format(count)
