from __future__ import annotations

from uuid import UUID

from accounts.models import Once
from accounts.once import AlreadySpent
from accounts.refusals import Refusal
from expo.models import Show
from visitors import rules
from visitors.actions.registering import PURPOSE
from visitors.models import Ticket


def check_address(*, show: Show, email: str, size: int, token: UUID) -> None:
    """Whether `size` more people may be registered for `show` under an address (as `rules.email_key` gives it).

    One statement, by the index of people's addresses. It locks nothing: forms sent at the very same moment may pass
    it together, which a bound against hoarding can bear. Raises Refusal: too_many_at_address; AlreadySpent where it
    was this very form that filled the address.
    """
    held = Ticket.objects.filter(registration__person__email=email, registration__show=show, state__in=Ticket.LIVE)
    try:
        rules.check_address(held.count(), size)
    except Refusal:
        spent = Once.objects.filter(pk=token, purpose=PURPOSE).first()
        if spent is not None:
            raise AlreadySpent(spent.outcome) from None
        raise
