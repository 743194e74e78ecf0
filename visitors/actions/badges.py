from __future__ import annotations

from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal
from visitors.actions.locking import locked
from visitors.actions.telling import tell
from visitors.badges import serials
from visitors.models import Badge, Registration, Ticket


def revoke_badge(*, actor: Actor, registration: Registration, reason: str, at: datetime) -> Badge:
    """Revoke the live badge; it opens no gate from now on. The ticket stays.

    Raises Refusal: no_badge, no_reason.
    """
    if not reason.strip():
        raise Refusal("no_reason", _("Say why: the visitor reads it."), field="reason")
    with acting(actor, "badge_revoked", why=reason):
        badge = end_badge(registration, reason=reason, at=at)
        if badge is None:
            raise Refusal("no_badge", _("There is no badge that could be revoked."))
        tell("revoked", registration, at=at)
    return badge


def reissue_badge(*, actor: Actor, registration: Registration, reason: str, at: datetime) -> Badge:
    """Issue the badge anew under a new serial and mail it; the old one, if it lives, ends. The link stays.

    Raises Refusal: erased, no_ticket.
    """
    with acting(actor, "badge_reissued", why=reason):
        registration = locked(registration)
        ticket = Ticket.objects.select_for_update().filter(registration=registration, state=Ticket.State.VALID).first()
        if ticket is None:
            raise Refusal("no_ticket", _("Only who holds a valid ticket can have a badge."))
        end_badge(registration, reason=reason or "issued anew", at=at)
        badge = issue_badge(registration, at=at)
        tell("badge_replaced", registration, at=at)
    return badge


def send_badge_again(*, actor: Actor, registration: Registration, at: datetime) -> None:
    """Mail link and badge once more, because staff were asked to. Raises Refusal: erased, no_ticket."""
    with acting(actor, "badge_sent_again"):
        registration = locked(registration)
        if not Ticket.objects.filter(registration=registration, state__in=Ticket.LIVE).exists():
            raise Refusal("no_ticket", _("There is no ticket, so there is nothing to send."))
        tell("badge_again", registration, at=at)


def replace_link(*, actor: Actor, registration: Registration, at: datetime) -> None:
    """Give the visit a new link, because the old one fell into other hands, and mail it. Raises Refusal: erased."""
    with acting(actor, "link_replaced"):
        row = locked(registration)
        row.link_version += 1
        row.save(update_fields=["link_version"])
        tell("badge_again", row, at=at)


def issue_badge(registration: Registration, *, at: datetime) -> Badge:
    """The next badge of a registration without a live one, in the running transaction."""
    last = Badge.objects.filter(registration=registration).aggregate(last=Max("version"))["last"] or 0
    return Badge.objects.create(registration=registration, serial=serials.draw(), version=last + 1, issued_at=at)


def end_badge(registration: Registration, *, reason: str, at: datetime) -> Badge | None:
    """End the live badge, if there is one, in the running transaction."""
    badge = Badge.objects.select_for_update().live().filter(registration=registration).first()
    if badge is not None:
        badge.revoked_at, badge.reason = at, reason
        badge.save(update_fields=["revoked_at", "reason"])
    return badge
