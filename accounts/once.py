"""A form that books is spent once: the second POST of the same token gets the outcome of the first."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from accounts.models import Once


class AlreadySpent(Exception):
    """The token was spent before; `outcome` is what the act that spent it left."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def spend(token: UUID, *, purpose: str, outcome: str = "") -> Once:
    """Spend `token` in the running transaction; waits for a twin that is under way.

    An act that knows its `outcome` beforehand gives it here, others `settle` it at their end.
    Raises AlreadySpent. A token of another purpose is a forgery and counts as spent with no outcome.
    """
    with connection.cursor() as cursor:
        # One statement where a savepoint and an insert would be three.
        cursor.execute(
            "INSERT INTO accounts_once (token, purpose, outcome) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [token, purpose, outcome],
        )
        fresh = cursor.rowcount == 1
    if fresh:
        return Once(token=token, purpose=purpose, outcome=outcome)
    once = Once.objects.get(pk=token)
    raise AlreadySpent(once.outcome if once.purpose == purpose else "")


def settle(once: Once, outcome: str) -> None:
    Once.objects.filter(pk=once.pk).update(outcome=outcome)
