"""The counters of places: changed last in each transaction, in one order, so that nobody waits long or in a circle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from django.db import connection
from django.db.models import F

from accounts.refusals import Refusal, refusing
from visitors import rules
from visitors.models import DayPlaces, Invitation, Ticket, TicketType


def take(ticket_type: TicketType, days: Collection[int], people: int, *, invitation: Invitation | None) -> None:
    """Take a place for each of `people` on each of the days, and count them on the invitation.

    Raises Refusal: sold_out, code_used, not_on_sale. The transaction is broken after the first two.
    """
    with refusing(dayplaces_not_exceeded=rules.sold_out([]), invitation_not_exceeded=rules.code_used()):
        if invitation is not None:
            Invitation.objects.filter(pk=invitation.pk).update(used=F("used") + people)
        if _add(Counter({(ticket_type.pk, day): people for day in days})) != len(set(days)):
            raise Refusal("not_on_sale", rules.not_on_these_days(), field="days")


def free(tickets: Collection[tuple[Ticket, Collection[int]]]) -> None:
    """Give the places of tickets back, of each on the days that stand beside it.

    The use of its invitation is free again only with all of the days: somebody may have come in on the others.
    """
    uses = Counter(
        ticket.invitation_id for ticket, days in tickets if ticket.invitation_id and set(days) == set(ticket.days)
    )
    for invitation, used in sorted(uses.items()):
        Invitation.objects.filter(pk=invitation).update(used=F("used") - used)
    changes = Counter((ticket.ticket_type_id, day) for ticket, days in tickets for day in set(days))
    if changes:
        _add(Counter({place: -people for place, people in changes.items()}))


def take_left(tickets: Sequence[tuple[Ticket, Collection[int]]]) -> list[list[int]]:
    """Take a place for each ticket on those of the days beside it that have one left; returns these days of each.

    First come first served, in the order given. All places are locked at once, so that nobody waits in a circle.
    """
    wanted = {(ticket.ticket_type_id, day) for ticket, days in tickets for day in days}
    rows = DayPlaces.objects.select_for_update(of=("self",)).select_related("day").order_by("pk")
    rows = rows.filter(ticket_type__in={kind for kind, _ in wanted}, day__number__in={day for _, day in wanted})
    left = {(row.ticket_type_id, row.day.number): row.left for row in rows}
    taken: Counter[tuple[int, int]] = Counter()
    got = []
    for ticket, days in tickets:
        free_days = [day for day in sorted(days) if left.get((ticket.ticket_type_id, day), 0) > 0]
        for day in free_days:
            left[ticket.ticket_type_id, day] -= 1
            taken[ticket.ticket_type_id, day] += 1
        got.append(free_days)
    if taken:
        _add(taken)
    return got


def sold_out(ticket_type: TicketType, days: Collection[int], people: int) -> Refusal:
    """Which of the days have too few places left now; asked after the database has refused."""
    rows = DayPlaces.objects.filter(ticket_type=ticket_type, day__number__in=days).select_related("day")
    short = [row.day for row in rows.order_by("day__date") if row.left < people]
    return rules.sold_out(short or [row.day for row in rows])


def _add(changes: Counter[tuple[int, int]]) -> int:
    """Count people up or down by ticket type and number of the day; returns how many days there were of these."""
    kinds, days = zip(*changes, strict=True) if changes else ((), ())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH change AS (
                SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS change (kind, number, people)
            ),
            counted AS (
                SELECT p.id, change.people FROM visitors_dayplaces p
                JOIN expo_showday d ON d.id = p.day_id
                JOIN change ON change.kind = p.ticket_type_id AND change.number = d.number
                ORDER BY p.id FOR UPDATE OF p
            )
            UPDATE visitors_dayplaces p SET taken = p.taken + counted.people FROM counted WHERE p.id = counted.id
            """,
            [list(kinds), list(days), list(changes.values())],
        )
        return cursor.rowcount
