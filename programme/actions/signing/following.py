"""What becomes of sign-ups when the programme changes: sessions move, have more or fewer places, or are cancelled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import connection

from expo.models import Room, Show
from programme import places as rules
from programme.actions.signing import queue
from programme.documents import Document
from programme.models import Published, SessionPlaces, Signup, Turn

# Of what `SessionPlaces` repeats, what says when and where it is.
WHEN_AND_WHERE = ("starts_at", "ends_at", "reached_by", "at_place", "takes_place")


def follow(show: Show, documents: Mapping[int, Document], *, gone: Collection[int], at: datetime) -> None:
    """Make the places of these sessions (by key) what the public is told of them now; called by publishing, in its
    transaction.

    Nobody loses a place: of fewer places more are taken than there are until staff have decided; whoever cannot be in
    both of two places any more is asked, and both are kept until the deadline. More places go to who waits.
    """
    rows = {
        row.pk: row
        for row in SessionPlaces.objects.select_for_update(no_key=True)
        .filter(pk__in=[*documents, *gone])
        .order_by("pk")
    }
    halls = dict(Room.objects.filter(pk__in={one.room for one in documents.values()}).values_list("pk", "hall"))
    sequences = dict(Published.objects.filter(pk__in=documents).values_list("pk", "sequence"))
    new = []
    changed: list[tuple[SessionPlaces, dict[str, object]]] = []
    for pk, document in sorted(documents.items()):
        row = rows.get(pk)
        values = rules.values_of(
            document,
            session=pk,
            hall=halls.get(document.room or 0),
            sequence=sequences[pk],
            guests_taken=row.guests_taken if row else 0,
            present=row.present if row else 0,
        )
        if row is None:
            new.append(SessionPlaces(session_id=pk, **values))
        else:
            changed.append((row, values))
    changed += [(rows[pk], {"takes_place": False}) for pk in sorted(gone) if pk in rows]
    SessionPlaces.objects.bulk_create(new)
    move([(row, values) for row, values in changed if has_moved(row, values)], show, at=at)
    for row, values in changed:
        resize(show, row, values, at=at)


def has_moved(row: SessionPlaces, values: Mapping[str, object]) -> bool:
    return any(name in values and getattr(row, name) != values[name] for name in WHEN_AND_WHERE)


def move(moved: Collection[tuple[SessionPlaces, Mapping[str, object]]], show: Show, *, at: datetime) -> None:
    """All of them leave their times before one comes to its new one: two sessions may have changed places."""
    SessionPlaces.objects.filter(pk__in=[row.pk for row, _values in moved]).update(takes_place=False)
    for row, values in moved:
        for name in WHEN_AND_WHERE:
            if name in values:
                setattr(row, name, values[name])
        if row.takes_place:
            queue.offer(show, row, clashing(row), at=at, kind="still_coming")
            row.save(update_fields=list(WHEN_AND_WHERE))
        else:
            withdraw_offers(row)


def clashing(places: SessionPlaces) -> list[int]:
    """The sure sign-ups with somebody who has another sure place at that time, or could not be there in time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT s.id FROM programme_signup s
            JOIN programme_participant p ON p.signup_id = s.id
            JOIN programme_participant q ON q.registration_id = p.registration_id AND q.holds
                AND q.session_id <> s.session_id
                AND (q.during && tstzrange(%s, %s) OR (q.at_place <> %s AND q.reach && tstzrange(%s, %s)))
            WHERE s.session_id = %s AND s.state = 'confirmed' ORDER BY s.id
            """,
            [
                places.starts_at,
                places.ends_at,
                places.at_place,
                places.starts_at,
                places.reached_by,
                places.pk,
            ],
        )
        return [pk for (pk,) in cursor.fetchall()]


def withdraw_offers(places: SessionPlaces) -> None:
    """There is nothing to offer in a session that does not take place; whoever had an offer waits as before."""
    offered = Signup.objects.filter(session=places.pk, state=Signup.State.OFFERED)
    offered.update(state=Signup.State.WAITING, offered_until=None)


def resize(show: Show, row: SessionPlaces, values: Mapping[str, object], *, at: datetime) -> None:
    queue.recount(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.over = max(0, row.taken - row.places)
    row.save(update_fields=[*values, "over"])
    queue.promote(show, row, Turn.Cause.MORE, at=at)
