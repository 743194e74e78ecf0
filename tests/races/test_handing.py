"""A place that is handed over, while somebody else answers for it in the same moment."""

import pytest
from django.db import connection

from accounts.refusals import Refusal
from programme.actions.signing import handing
from programme.actions.signing.acts import give_up
from programme.models import Handover, Signup
from tests.factories.expo import on
from tests.factories.programme import SYSTEM
from tests.factories.signups import EVE, places_of, published, signed_up, visitor
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session():
    return published(on(1, "10:00"), seats=2)


@pytest.fixture
def handover(session):
    """Of one of two places; somebody waits for either."""
    held, friend = signed_up(visitor(), session, 2), visitor()
    signed_up(visitor(), session)
    return handing.hand_over(
        actor=SYSTEM, signup=held, participant=None, serial=friend.badge.serial, name=friend.name, at=EVE,
        by=held.registration,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def checked(db):
    """Never a place too many, and the counters are those of the rows."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.taken, p.places, coalesce(sum(s.party) FILTER (
                WHERE s.state IN ('offered', 'confirmed', 'attended', 'no_show')), 0)
            FROM programme_sessionplaces p LEFT JOIN programme_signup s USING (session_id) GROUP BY p.session_id
            """
        )
        assert all(taken == counted <= places for taken, places, counted in cursor.fetchall())


def take(handover):
    return handing.take_over(actor=SYSTEM, handover=handover, at=EVE, by=handover.to)


def codes(outcomes):
    assert [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refusal)] == []
    return [one.code for one in outcomes if isinstance(one, Refusal)]


def test_a_place_that_is_taken_on_twelve_devices_at_once_is_taken_once(handover, session):
    assert codes(together(lambda _i: take(handover), 12)) == ["handover_gone"] * 11
    assert Signup.objects.filter(registration=handover.to).count() == 1


def test_it_is_taken_or_kept_and_never_both(handover):
    acts = [
        lambda: take(handover),
        lambda: handing.withdraw(actor=SYSTEM, handover=handover, at=EVE, by=handover.signup.registration),
    ]
    assert codes(together(lambda i: acts[i % 2](), 8)) == ["handover_gone"] * 7
    is_taken = Handover.objects.get().state == "taken"
    assert Signup.objects.filter(registration=handover.to, state="confirmed").exists() == is_taken


def test_it_is_taken_or_lapses_and_never_both(handover):
    Handover.objects.update(until=EVE)
    handover.until = EVE
    before, after = EVE.replace(microsecond=0), EVE
    acts = [
        lambda: handing.take_over(
            actor=SYSTEM, handover=handover, at=before.replace(hour=before.hour - 1), by=handover.to
        ),
        lambda: handing.lapse_handovers(handover.to.show, at=after),
    ]
    outcomes = together(lambda i: acts[i % 2](), 8)
    assert set(codes(outcomes)) <= {"handover_gone"}
    is_taken = Handover.objects.get().state == "taken"
    assert Signup.objects.filter(registration=handover.to, state="confirmed").exists() == is_taken
    assert sum(one for one in outcomes if isinstance(one, int)) == (not is_taken)


def test_it_is_taken_before_the_giver_gives_up_or_not_at_all(handover, session):
    acts = [
        lambda: take(handover),
        lambda: give_up(actor=SYSTEM, signup=handover.signup, at=EVE),
    ]
    assert len(codes(together(lambda i: acts[i % 2](), 2))) <= 1
    is_taken = Handover.objects.get().state == "taken"
    assert Signup.objects.filter(registration=handover.to, state="confirmed").exists() == is_taken
    assert places_of(session).taken == (2 if is_taken else 1)


def test_two_who_hand_their_places_to_each_other_wait_in_no_circle(session):
    other = published(on(2, "10:00"), seats=1)
    people = [visitor(), visitor()]
    held = [signed_up(people[0], session), signed_up(people[1], other)]
    handovers = [
        handing.hand_over(
            actor=SYSTEM, signup=held[i], participant=held[i].participants.get().pk, at=EVE, by=people[i],
            serial=people[1 - i].badge.serial, name=people[1 - i].name,
        )
        for i in range(2)
    ]  # fmt: skip
    assert codes(together(lambda i: take(handovers[i]), 2)) == []
