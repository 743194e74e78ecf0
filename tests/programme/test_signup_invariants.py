"""What must be true of sign-ups and places at any moment is noticed where it is not."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import Mail
from programme import invariants
from programme.actions import planning
from programme.actions.signing import queue
from programme.actions.signing.acts import give_up
from programme.models import Participant, Published, SessionCode, SessionPlaces, Signup
from programme.places import Coming
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import SYSTEM, departing, move, publish
from tests.factories.signups import EVE, people, published, signed_up, visitor
from visitors.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def forum():
    """A full session with an offer out and a party that waits; others by code, of a tour, moved and cancelled."""
    session = published(on(1, "10:00"), seats=3)
    first, rest = signed_up(visitor(), session), signed_up(visitor(), session, 2)
    signed_up(visitor(), session), signed_up(visitor(), session, 3)
    give_up(actor=SYSTEM, signup=first, at=EVE)
    by_code = published(on(2, "10:00"), access="invitation")
    SessionCode.objects.create(session=by_code, code="SPRING", for_whom="Delegation", places=10)
    own = visitor()
    signed_up(own, by_code, 3, code="SPRING")
    tour = departing(on(3, "09:00"), asks_id=True, id_why_en="The gate asks.")
    gone = published(on(3, "14:00"))
    publish(tour.show, tour, at=EVE)
    signed_up(own, tour, people=[Coming(registration=own.pk), Coming(name="Li Na")])
    signed_up(visitor(), gone, 2)
    planning.cancel(actor=SYSTEM, session=gone, why_en="Storm", why_zh="", step=None)
    move(by_code, on(2, "11:00"))
    publish(tour.show, at=EVE)
    assert rest.state == "confirmed"
    return session


@pytest.fixture
def past_the_triggers(forum):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    return forum


def broken(at=EVE):
    return list(invariants.broken(at))


def test_nothing_is_broken_by_the_acts(forum):
    assert broken() == []


def test_counters_that_say_something_else_are_noticed(past_the_triggers):
    SessionPlaces.objects.filter(pk=past_the_triggers.pk).update(waiting=4)
    assert broken() == ["1 sessions count other places than their sign-ups take."]


def test_more_places_that_are_not_taken_are_noticed(past_the_triggers):
    SessionPlaces.objects.filter(pk=past_the_triggers.pk).update(over=1)
    assert broken() == ["1 sessions have more places taken than there are, or say so and have not."]


@pytest.mark.parametrize("fields", [{"is_live": False}, {"at_place": -99}])
def test_a_participant_who_does_not_follow_is_noticed(past_the_triggers, fields):
    row = Participant.objects.filter(session=past_the_triggers, holds=True).first()
    Participant.objects.filter(pk=row.pk).update(**fields)
    assert broken() == ["1 participants are elsewhere than their sign-up."]


def test_a_place_that_is_sure_and_not_kept_is_noticed(past_the_triggers):
    row = Participant.objects.filter(session=past_the_triggers, holds=True).first()
    Participant.objects.filter(pk=row.pk).update(holds=False)
    assert broken() == ["1 people have a sure place that is not kept for them."]


def test_somebody_in_two_places_is_noticed(forum):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for constraint in ("one_place_at_a_time", "time_to_get_there"):
            cursor.execute(f"ALTER TABLE programme_participant DROP CONSTRAINT {constraint}")
    other = published(on(1, "10:30"), room=RoomFactory(hall=HallFactory()))
    holder = Participant.objects.filter(session=forum, holds=True).get().registration
    signed_up(holder, other)
    assert broken() == ["1 people have two places that nobody can be at."]


def test_a_party_smaller_than_its_people_is_noticed(past_the_triggers):
    signup = Signup.objects.get(party=2, session__asks_id=True)
    Participant.objects.create(
        signup=signup, session=signup.session, name="Third", during=signup.participants.first().during,
        reach=signup.participants.first().reach, at_place=signup.participants.first().at_place, holds=True,
    )  # fmt: skip
    assert broken() == ["1 sign-ups name more people than are in the party."]


def test_a_code_that_counts_other_uses_is_noticed(forum):
    SessionCode.objects.update(used=2)
    assert broken() == ["1 codes count other uses than their sign-ups."]


def test_an_offer_that_lapses_gives_its_code_back(forum):
    code = SessionCode.objects.get()
    Signup.objects.filter(code=code).update(state="offered", offered_at=EVE, offered_until=EVE, offers=1)
    Mail.objects.create(
        kind="programme.offer", thing=f"signup:{code.signups.get().pk}", version="1", to="x@example.org"
    )
    queue.lapse_overdue(forum.show, at=EVE)
    code.refresh_from_db()
    assert (code.used, broken()) == (0, [])


def test_an_offer_that_nobody_was_told_of_is_noticed(forum):
    Mail.objects.filter(kind="programme.offer").delete()
    assert broken() == ["1 offers were told to nobody."]


def test_an_offer_that_nobody_ended_is_noticed(forum):
    until = Signup.objects.get(state="offered").offered_until
    assert broken(until + timedelta(minutes=5)) == []
    assert broken(until + timedelta(minutes=5, seconds=1)) == [
        "1 offers are over since long ago, and nobody ended them."
    ]


def test_somebody_who_waits_though_there_is_room_is_noticed(past_the_triggers):
    SessionPlaces.objects.filter(pk=past_the_triggers.pk).update(places=6)
    wrong = "1 sessions give places otherwise than they were published."
    assert broken() == [wrong, "1 sessions let people wait whose party would fit."]
    assert broken(on(1, "09:50")) == [wrong, "1 offers are over since long ago, and nobody ended them."]


def test_somebody_without_a_ticket_for_the_day_is_noticed(forum):
    own = Signup.objects.get(party=2, session__asks_id=True).registration
    Ticket.objects.filter(registration=own).update(days=[2])
    assert broken() == ["1 people are signed up for what their ticket does not admit to."]
    Ticket.objects.filter(registration=own).update(state="given_back")
    assert "2 people are signed up for what their ticket does not admit to." in broken()


def test_a_session_that_moved_to_another_day_is_nobodys_fault(forum):
    move(forum, on(4, "10:00"))
    publish(forum.show, forum, at=EVE)
    Ticket.objects.update(days=[1, 2, 3])
    assert broken() == []


def test_places_that_repeat_something_else_are_noticed(past_the_triggers):
    SessionPlaces.objects.filter(pk=past_the_triggers.pk).update(party_most=1)
    assert broken() == ["1 sessions give places otherwise than they were published."]


def test_a_public_session_without_places_is_noticed(past_the_triggers):
    tour = Published.objects.get(session__asks_id=True)
    Signup.objects.filter(session=tour.pk).update(session=past_the_triggers.pk)
    SessionPlaces.objects.filter(pk=tour.pk).delete()
    assert "1 public sessions have no places to count." in broken()


def test_a_session_that_is_not_public_and_takes_place_is_noticed(past_the_triggers):
    Published.objects.filter(session__asks_id=True).delete()
    assert "1 sessions would take place that are not public." in broken()


def test_it_asks_as_often_for_many_sign_ups(forum, django_assert_num_queries):
    for _ in range(3):
        own = visitor()
        signed_up(own, forum, people=people(own))
    with django_assert_num_queries(25):
        list(invariants.broken_at_any_time())
    with django_assert_num_queries(6):
        list(invariants.broken_by_the_clock(forum.show, at=EVE))
