"""Handovers that end without a place changing hands, and what is told of it."""

from __future__ import annotations

from django.db.models import Q

from accounts import mails
from accounts.models import Mail
from programme.models import Handover
from visitors.models import Registration


def close(handover: Handover, state: str) -> None:
    handover.state = state
    handover.save(update_fields=["state"])


def withdraw(which: Q, *, by_recipient: bool = False) -> None:
    """End those that stand open: whoever could have taken the place is told that it is gone, and whoever handed it
    over, where it was the recipient who cannot take it any more, that it stays as it was."""
    rows = Handover.objects.select_for_update(of=("self",)).select_related("to", "signup__registration")
    for row in rows.filter(which, state=Handover.State.OPEN).order_by("pk"):
        if by_recipient:
            close(row, Handover.State.DECLINED)
            tell(row, "handover_declined", row.signup.registration)
        else:
            close(row, Handover.State.WITHDRAWN)
            tell(row, "handover_withdrawn", row.to)


def tell(handover: Handover, kind: str, to: Registration) -> None:
    """A mail about it, each kind once."""
    if to.email:
        mails.queue_many(
            [
                Mail(
                    kind=f"programme.{kind}",
                    thing=f"handover:{handover.pk}",
                    version="",
                    to=to.email,
                    language=to.language,
                    facts={"handover": handover.pk},
                )
            ]
        )
