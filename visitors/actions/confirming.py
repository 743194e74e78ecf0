"""Whether an e-mail is that of whoever registered under it, and what becomes of places while nobody says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts import mails
from accounts.acting import Actor, acting
from expo.models import Show
from visitors import endings, rules
from visitors.actions import places
from visitors.actions.badges import issue_badge
from visitors.actions.tickets import end_ticket
from visitors.models import Badge, Registration, Ticket, TicketType


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`back` had lapsed and have places again, maybe on fewer days than before; for `gone` there are none left."""

    back: list[Registration]
    gone: list[Registration]


def confirm_address(*, actor: Actor, registration: Registration, at: datetime) -> Confirmed:
    """The e-mail is its owner's: all who are registered under it keep their places, or get them back if they lapsed.

    Done again it changes nothing but that it tries once more to get back what was gone.
    """
    with acting(actor, "address_confirmed"):
        rows = _locked(Registration.objects.filter(show=registration.show_id, email=registration.email))
        lapsed = _lapsed(rows)
        held = Ticket.objects.filter(registration__in=rows, state__in=Ticket.LIVE).count()
        back = _take_again(registration.show, lapsed[: max(0, rules.MOST_AT_ADDRESS - held)], at=at)
    gone = {ticket.registration_id for ticket in lapsed} - back
    return Confirmed([row for row in rows if row.pk in back], [row for row in rows if row.pk in gone])


def let_back(*, actor: Actor, registration: int, show: Show, at: datetime) -> None:
    """Somebody stands at a gate with the badge of a lapsed ticket: that says as much as a mail would.

    The ticket is good again for those of its days that have places left, which today may not be one of.
    """
    with acting(actor, "ticket_taken_again"):
        rows = _locked(Registration.objects.filter(pk=registration))
        _take_again(show, _lapsed(rows), at=at)


def _locked(registrations: QuerySet[Registration]) -> list[Registration]:
    """Those who were not erased, and from now on need not confirm their e-mail."""
    rows = list(registrations.kept().select_for_update(no_key=True).order_by("pk"))  # type: ignore[attr-defined]
    unconfirmed = [row.pk for row in rows if row.confirm_by is not None]
    if unconfirmed:
        Registration.objects.filter(pk__in=unconfirmed).update(confirm_by=None)
    return rows


def _lapsed(registrations: Sequence[Registration]) -> list[Ticket]:
    """The lapsed tickets, locked; one that another followed, whatever became of that, is over for good."""
    rows = Ticket.objects.filter(registration__in=registrations).select_related("ticket_type", "registration")
    newest = {ticket.registration_id: ticket for ticket in rows.select_for_update(of=("self",)).order_by("pk")}
    return [ticket for ticket in newest.values() if ticket.state == Ticket.State.LAPSED]


def _take_again(show: Show, tickets: Sequence[Ticket], *, at: datetime) -> set[int]:
    """Bring tickets back for those of their days that have a place left; returns whose they are.

    Days that had begun when a ticket lapsed are the holder's still. A request comes back as a request.
    """
    bookable = {day.number for day in rules.bookable_days(show.calendar, at)}
    freed = [set(rules.days_to_come(show, ticket.days, ticket.ended_at or at)) for ticket in tickets]
    wanted = [(ticket, bookable & days) for ticket, days in zip(tickets, freed, strict=True)]
    back = set()
    for ticket, gone, taken in zip(tickets, freed, places.take_left(wanted), strict=True):
        days = sorted(set(ticket.days) - gone | set(taken))
        if not days or not bookable & set(days):
            continue
        ticket.price = rules.price_again(ticket, days)
        ticket.state = rules.first_state(ticket.ticket_type)
        ticket.days, ticket.ended_at = days, None
        ticket.save(update_fields=["price", "state", "days", "ended_at"])
        _settle_badge(ticket, at=at)
        if ticket.registration.category != ticket.ticket_type.category:
            Registration.objects.filter(pk=ticket.registration_id).update(category=ticket.ticket_type.category)
        back.add(ticket.registration_id)
    return back


def _settle_badge(ticket: Ticket, *, at: datetime) -> None:
    """The badge has lived on, unless staff let the ticket's type need approval meanwhile, or need none any more."""
    badges = Badge.objects.filter(registration=ticket.registration_id)
    if ticket.state != Ticket.State.VALID:
        badges.live().update(revoked_at=at)
    elif not badges.filter(Q(revoked_at=None) | Q(revoked_at__gte=ticket.given_at)).exists():
        issue_badge(ticket.registration, at=at)


def overdue(*, show: Show, came: QuerySet, at: datetime) -> QuerySet[Ticket]:
    """Tickets whose e-mail nobody has confirmed in time; `came` are rows with the `registration` of who was let in.

    An invitation, a payment or an approval says already that somebody is there, as `rules.may_lapse` has it.
    """
    looked_at = Q(state=Ticket.State.VALID, ticket_type__access=TicketType.Access.APPROVAL)
    return (
        Ticket.objects.filter(
            registration__show=show,
            registration__confirm_by__lte=at,
            state__in=Ticket.LIVE,
            invitation=None,
            paid_at=None,
        )
        .exclude(looked_at)
        .exclude(Exists(came.filter(registration=OuterRef("registration"))))
    )


def lapse_overdue(*, show: Show, came: QuerySet, at: datetime) -> int:
    """Free the places of all overdue tickets on days to come; each e-mail is told once. Returns how many lapsed.

    Those of days that have begun stay taken: a gate without a network may have let the holder in.
    """
    if show.is_over(at):
        return 0
    rows = (
        overdue(show=show, came=came, at=at)
        .order_by("registration__email", "registration")
        .values_list("registration__email", "pk")
    )
    return sum(
        _lapse(show, [pk for _email, pk in group], came=came, at=at)
        for _email, group in groupby(list(rows), key=lambda row: row[0])
    )


def _lapse(show: Show, pks: Collection[int], *, came: QuerySet, at: datetime) -> int:
    with acting(Actor.system("lapse_unconfirmed"), "ticket_lapsed"):
        # Locked in the order in which everybody does: first the registrations, so that a confirmation waits or is seen.
        held = Registration.objects.filter(tickets__in=pks).order_by("pk")
        rows = {row.pk: row for row in held.select_for_update(no_key=True, of=("self",))}
        tickets = list(
            overdue(show=show, came=came, at=at)
            .filter(pk__in=pks)
            .select_for_update(no_key=True, of=("self",))
            .order_by("pk")
        )
        if not tickets:
            return 0
        for ticket in tickets:
            end_ticket(ticket, Ticket.State.LAPSED, at=at)
        first = rows[tickets[0].registration_id]
        mails.queue(
            "visitors.lapsed",
            thing=f"registration:{first.pk}",
            version=f"{at:%Y%m%dT%H%M%S%f}",
            to=first.email,
            language=first.language,
            facts={"registrations": [ticket.registration_id for ticket in tickets]},
        )
        endings.ended([ticket.registration_id for ticket in tickets], at=at)
        places.free([(ticket, rules.days_to_come(show, ticket.days, at)) for ticket in tickets])
    return len(tickets)
