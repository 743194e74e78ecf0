from __future__ import annotations

from uuid import UUID

from django.db import connection

from accounts.models import Once
from accounts.once import AlreadySpent
from accounts.refusals import Refusal
from expo.models import Show
from visitors import rules
from visitors.actions.registering import PURPOSE

# Written out because every form passes here: built from models it was a seventh of a registration's processor time.
HELD = """
SELECT count(*) FROM visitors_person AS person
JOIN visitors_registration AS registration ON registration.person_id = person.id AND registration.show_id = %s
    AND registration.confirm_by IS NULL
JOIN visitors_ticket AS ticket ON ticket.registration_id = registration.id AND ticket.state IN ('valid', 'awaiting')
WHERE person.email = %s
"""


def check_address(*, show: Show, email: str, size: int, token: UUID) -> None:
    """Whether `size` more people may be registered for `show` under an address (as `rules.email_key` gives it).

    What nobody has confirmed does not count: it lapses, and a stranger must not fill somebody else's address.
    One statement, by the index of people's addresses. It locks nothing: forms sent at the very same moment may pass
    it together, which a bound against hoarding can bear. Raises Refusal: too_many_at_address; AlreadySpent where it
    was this very form that filled the address.
    """
    with connection.cursor() as cursor:
        cursor.execute(HELD, [show.pk, email])
        held = cursor.fetchone()[0]
    try:
        rules.check_address(held, size)
    except Refusal:
        spent = Once.objects.filter(pk=token, purpose=PURPOSE).first()
        if spent is not None:
            raise AlreadySpent(spent.outcome) from None
        raise
