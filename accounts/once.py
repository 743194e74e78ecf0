"""A form that books is spent once: the second POST of the same token gets the outcome of the first."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Once


class AlreadySpent(Exception):
    """The token was spent before; `outcome` is what the act that spent it left."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def spend(token: UUID, *, purpose: str) -> Once:
    """Spend `token` in the running transaction; waits for a twin that is under way.

    Raises AlreadySpent. A token of another purpose is a forgery and counts as spent with no outcome.
    """
    try:
        with transaction.atomic():
            return Once.objects.create(token=token, purpose=purpose, outcome="")
    except IntegrityError as error:
        once = Once.objects.get(pk=token)
        raise AlreadySpent(once.outcome if once.purpose == purpose else "") from error


def settle(once: Once, outcome: str) -> None:
    once.outcome = outcome
    once.save(update_fields=["outcome"])
