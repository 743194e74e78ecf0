from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal
from visitors import endings, rules
from visitors.actions import places
from visitors.actions.badges import end_badge, issue_badge
from visitors.actions.locking import locked
from visitors.actions.telling import tell
from visitors.models import Registration, Ticket


def give_back(*, actor: Actor, registration: Registration, at: datetime) -> Ticket:
    """Give the live ticket back: the badge opens nothing from now on, and the places are somebody else's.

    Those of days that have begun stay taken: the holder may have been in, and a place is for one visitor a day.
    Raises Refusal: no_ticket, paid, show_over, erased.
    """
    with acting(actor, "ticket_given_back"):
        locked(registration)
        ticket = _locked_live(registration)
        if ticket.paid_at is not None:
            raise Refusal("paid", _("This ticket is paid for. Write to us to give it back, so that we can refund it."))
        rules.check_show(registration.show, at)
        end_ticket(ticket, Ticket.State.GIVEN_BACK, at=at)
        end_badge(registration, reason="ticket given back", at=at)
        tell("given_back", registration, at=at)
        endings.ended([registration.pk], at=at)
        places.free([(ticket, rules.days_to_come(registration.show, ticket.days, at))])
    return ticket


def approve(*, actor: Actor, ticket: Ticket, at: datetime) -> Ticket:
    """Approve a ticket that waits for it: the badge is issued and mailed. Raises Refusal: not_awaiting, erased."""
    with acting(actor, "ticket_approved"):
        ticket = _locked_awaiting(ticket)
        ticket.state = Ticket.State.VALID
        ticket.save(update_fields=["state"])
        issue_badge(ticket.registration, at=at)
        tell("approved", ticket.registration, at=at)
    return ticket


def decline(*, actor: Actor, ticket: Ticket, reason: str, at: datetime) -> Ticket:
    """Decline a ticket that waits for approval, with a reason that the visitor reads.

    Raises Refusal: not_awaiting, erased, no_reason.
    """
    if not reason.strip():
        raise Refusal("no_reason", _("Say why: the visitor reads it."), field="reason")
    with acting(actor, "ticket_declined", why=reason):
        ticket = _locked_awaiting(ticket)
        end_ticket(ticket, Ticket.State.DECLINED, reason=reason, at=at)
        tell("declined", ticket.registration, at=at)
        endings.ended([ticket.registration_id], at=at)
        # Nobody has come in on a ticket that was not approved.
        places.free([(ticket, ticket.days)])
    return ticket


def mark_paid(*, actor: Actor, ticket: Ticket, by: str, at: datetime) -> Ticket:
    """Record that the price was paid at the gate; `by` is a Ticket.Payment. Raises Refusal: not_due."""
    with acting(actor, "ticket_paid"):
        ticket = Ticket.objects.select_for_update(of=("self",)).select_related("registration").get(pk=ticket.pk)
        if not ticket.is_live or not ticket.is_due:
            raise Refusal("not_due", _("There is nothing to pay for this ticket."))
        ticket.paid_at, ticket.paid_by = at, by
        ticket.save(update_fields=["paid_at", "paid_by"])
    return ticket


def end_ticket(ticket: Ticket, state: str, *, at: datetime, reason: str = "") -> None:
    """The ticket's row alone; places and badge are the caller's."""
    ticket.state, ticket.reason, ticket.ended_at = state, reason, at
    ticket.save(update_fields=["state", "reason", "ended_at"])


def _locked_live(registration: Registration) -> Ticket:
    ticket = Ticket.objects.select_for_update().filter(registration=registration, state__in=Ticket.LIVE).first()
    if ticket is None:
        raise Refusal("no_ticket", _("There is no ticket to give back any more."))
    return ticket


def _locked_awaiting(ticket: Ticket) -> Ticket:
    # Before the ticket is read: what comes with it would be the registration as it was before a wait.
    locked(ticket.registration)
    rows = Ticket.objects.select_for_update(of=("self",)).select_related("registration__show")
    ticket = rows.get(pk=ticket.pk)
    if ticket.state != Ticket.State.AWAITING:
        raise Refusal("not_awaiting", _("This ticket does not wait for approval any more."))
    return ticket
