"""The counters of places: changed last in each transaction, in one order, so that nobody waits long or in a circle."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import F

from accounts.refusals import Refusal, refusing
from visitors import rules
from visitors.models import DayPlaces, Invitation, Ticket, TicketType


def take(ticket_type: TicketType, days: Collection[int], people: int, *, invitation: Invitation | None) -> None:
    """Take a place for each of `people` on each of the days, and count them on the invitation.

    Raises Refusal: sold_out, code_used, not_on_sale. The transaction is broken after the first two.
    """
    with refusing(places_not_exceeded=rules.sold_out([]), invitation_not_exceeded=rules.code_used()):
        if invitation is not None:
            Invitation.objects.filter(pk=invitation.pk).update(used=F("used") + people)
        if _add(ticket_type.pk, days, people) != len(set(days)):
            raise Refusal("not_on_sale", rules.not_on_these_days(), field="days")


def free(ticket: Ticket, *, days: Collection[int]) -> None:
    """Give the places of one ticket back on `days` of it.

    The use of its invitation is free again only with all of the days: somebody may have come in on the others.
    """
    if ticket.invitation_id is not None and set(days) == set(ticket.days):
        Invitation.objects.filter(pk=ticket.invitation_id).update(used=F("used") - 1)
    if days:
        _add(ticket.ticket_type_id, days, -1)


def sold_out(ticket_type: TicketType, days: Collection[int], people: int) -> Refusal:
    """Which of the days have too few places left now; asked after the database has refused."""
    rows = DayPlaces.objects.filter(ticket_type=ticket_type, day__number__in=days).select_related("day")
    short = [row.day for row in rows.order_by("day__date") if row.left < people]
    return rules.sold_out(short or [row.day for row in rows])


def _add(ticket_type_pk: int, days: Collection[int], people: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH counted AS (
                SELECT p.id FROM visitors_dayplaces p JOIN expo_showday d ON d.id = p.day_id
                WHERE p.ticket_type_id = %s AND d.number = ANY(%s) ORDER BY p.id FOR UPDATE OF p
            )
            UPDATE visitors_dayplaces p SET taken = p.taken + %s FROM counted WHERE p.id = counted.id
            """,
            [ticket_type_pk, sorted(set(days)), people],
        )
        return cursor.rowcount
