"""The one order in which rows are locked, so that nobody waits in a circle: people by e-mail and name, registrations,
their tickets and badges, what higher rooms lock when they hear of it (`visitors.endings`), the counters of places.

Whatever ends a ticket locks its registration before. So who has locked a registration, and sees that its ticket is
live, may rely on that until the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from visitors.models import Person, Registration


def locked(registration: Registration) -> Registration:
    """The registration's row as it is now, locked until the running transaction ends.

    Rows that belong to it may be added all the same. Whoever was erased comes back by no act.
    Raises Refusal: erased.
    """
    row = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if row.erased_at is not None:
        raise Refusal("erased", _("This registration was erased."))
    return row


def locked_with_people(registration: Registration, *joining: Person) -> tuple[Registration, list[Person]]:
    """As `locked`, with everybody locked before whom the registration is or was of, and who is `joining` them.

    Raises Refusal: erased.
    """
    while True:
        outset = transaction.savepoint_create()
        people = locked_people([*_people_of(registration), *joining])
        row = locked(registration)
        if row.person_id is None or row.person_id in {person.pk for person in people}:
            transaction.savepoint_commit(outset)
            return row, people
        # A correction came between: to lock whom it names now would be out of order, so all are let go first.
        transaction.savepoint_rollback(outset)


def locked_people(people: Collection[Person]) -> list[Person]:
    """The people of these e-mails and names as they stand in the database, made where they are not there yet.

    Whoever registers, corrects or erases one of them at the same moment waits for the end of this transaction.
    """
    by_key = {(person.email, person.name_key): person for person in people}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO visitors_person AS person (email, name, name_key)
            SELECT email, name, name_key FROM unnest(%s::text[], %s::text[], %s::text[]) AS one (email, name, name_key)
            ORDER BY email, name_key
            ON CONFLICT (email, name_key) DO UPDATE SET email = person.email
            RETURNING id, email, name, name_key
            """,
            [
                [email for email, _key in by_key],
                [person.name for person in by_key.values()],
                [key for _email, key in by_key],
            ],
        )
        return [Person(pk=pk, email=email, name=name, name_key=key) for pk, email, name, key in cursor.fetchall()]


def _people_of(registration: Registration) -> list[Person]:
    """Whom the registration is of, and whom it was of before corrections, as far as they are still there."""
    past = Registration.pgh_event_model.objects.filter(pgh_obj_id=registration.pk).exclude(person_id=None)  # type: ignore[attr-defined]
    of_it = Q(pk__in=past.values("person_id")) | Q(registrations=registration)
    return list(Person.objects.filter(of_it).distinct())
