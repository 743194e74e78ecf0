"""What becomes of sign-ups when the programme changes: sessions move, have more or fewer places, or are cancelled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Least

from accounts.refusals import refusing
from expo.models import Room, Show
from programme import places as rules
from programme.actions.signing import queue
from programme.documents import Document
from programme.models import Participant, Published, SessionPlaces, Signup, Turn
from visitors.models import Ticket

# Of what `SessionPlaces` repeats, what says when and where it is.
WHEN_AND_WHERE = ("starts_at", "ends_at", "reached_by", "at_place", "takes_place")
#: With these, somebody is held where it is.
SURE = (Signup.State.CONFIRMED, Signup.State.ATTENDED)


def follow(show: Show, documents: Mapping[int, Document], *, gone: Collection[int], at: datetime) -> None:
    """Make the places of these sessions (by key) what the public is told of them now; called by publishing, in its
    transaction.

    Nobody loses a place: of fewer places more are taken than there are until staff have decided; whoever cannot be in
    both of two places any more is asked, and both are kept until the deadline. More places go to who waits.
    """
    known = SessionPlaces.objects.in_bulk([*documents, *gone])
    halls = dict(Room.objects.filter(pk__in={one.room for one in documents.values()}).values_list("pk", "hall"))
    sequences = dict(Published.objects.filter(pk__in=documents).values_list("pk", "sequence"))

    def values_of(pk: int, row: SessionPlaces | None) -> dict[str, object]:
        if pk not in documents:
            return {"takes_place": False}
        return rules.values_of(
            documents[pk],
            session=pk,
            hall=halls.get(documents[pk].room or 0),
            sequence=sequences[pk],
            guests_taken=row.guests_taken if row else 0,
            present=row.present if row else 0,
        )

    SessionPlaces.objects.bulk_create(
        SessionPlaces(session_id=pk, **values_of(pk, None)) for pk in sorted(documents) if pk not in known
    )
    # When and where changes under the show's pen alone, so this is still true once they are locked.
    moved = {pk for pk, row in known.items() if has_moved(row, values_of(pk, row))}
    rows = locked_with_people(known, moved)
    changed = [(row, values_of(pk, row)) for pk, row in rows.items()]
    move([(row, values) for row, values in changed if row.pk in moved], show, at=at)
    for row, values in changed:
        resize(show, row, values, at=at)


def locked_with_people(pks: Iterable[int], moved: Collection[int]) -> dict[int, SessionPlaces]:
    """The places of these sessions for this act alone, while nobody acts who has a sure place in one that `moved`.

    Whoever is about to, holds the own ticket and maybe waits for these places: then all is let go, to begin anew once
    that act is over. So nobody waits in a circle.
    """
    busy: set[int] = set()
    people = Participant.objects.filter(session__in=moved, holds=True).values("registration")
    theirs = Ticket.objects.filter(registration__in=people, state__in=Ticket.LIVE).order_by("pk")
    while True:
        mark = transaction.savepoint_create()
        list(Ticket.objects.select_for_update(no_key=True).filter(pk__in=busy).order_by("pk"))
        places = SessionPlaces.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk")
        rows = {row.pk: row for row in places}
        got = set(theirs.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True))
        missed = set(theirs.values_list("pk", flat=True)) - got
        if not missed:
            transaction.savepoint_commit(mark)
            return rows
        transaction.savepoint_rollback(mark)
        busy |= missed


def has_moved(row: SessionPlaces, values: Mapping[str, object]) -> bool:
    return any(name in values and getattr(row, name) != values[name] for name in WHEN_AND_WHERE)


def move(moved: Collection[tuple[SessionPlaces, Mapping[str, object]]], show: Show, *, at: datetime) -> None:
    """Nobody is held in any of them before all have moved: two sessions may have changed places.

    Raises Refusal: people_in, where somebody has come already and has another place at the new time.
    """
    held = Participant.objects.filter(session__in=[row.pk for row, _values in moved], holds=True)
    sure = list(held.values_list("pk", flat=True))
    held.update(holds=False)
    for row, values in moved:
        for name in WHEN_AND_WHERE:
            if name in values:
                setattr(row, name, values[name])
        if row.takes_place:
            until = rules.deadline(row, at=at, zone=show.zone)
            offered = Signup.objects.filter(session=row.pk, state=Signup.State.OFFERED)
            offered.update(offered_until=Least("offered_until", until))
            queue.offer(show, row, clashing(row), at=at, kind="still_coming")
        with refusing(one_place_at_a_time=rules.PEOPLE_IN, time_to_get_there=rules.PEOPLE_IN):
            row.save(update_fields=list(WHEN_AND_WHERE))
            Participant.objects.filter(pk__in=sure, session=row.pk, signup__state__in=SURE).update(holds=True)
        if not row.takes_place:
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
    """There is nothing to offer in a session that does not take place: whoever was asked which of two places is kept
    has both for sure again, and is asked anew if it comes back; whoever had another offer waits as before."""
    offered = Signup.objects.filter(session=places.pk, state=Signup.State.OFFERED)
    events = Signup.pgh_event_model.objects  # type: ignore[attr-defined]
    before = events.filter(pgh_obj_id=OuterRef("pk")).exclude(state=Signup.State.OFFERED)
    were = offered.annotate(was=Subquery(before.order_by("-pgh_id").values("state")[:1]))
    sure = list(were.filter(was=Signup.State.CONFIRMED).values_list("pk", flat=True))
    Signup.objects.filter(pk__in=sure).update(state=Signup.State.CONFIRMED, offered_until=None)
    offered.update(state=Signup.State.WAITING, offered_until=None)


def resize(show: Show, row: SessionPlaces, values: Mapping[str, object], *, at: datetime) -> None:
    queue.recount(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.over = max(0, row.taken - row.places)
    row.save(update_fields=[*values, "over"])
    queue.promote(show, row, Turn.Cause.MORE, at=at)
