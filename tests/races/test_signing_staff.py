"""Staff and visitors at the same moment: guests' places, places that change their number, one sign-up in two hands."""

import pytest

from accounts.refusals import Refusal
from programme.actions.signing import acts, staff
from programme.models import Session, SessionPlaces, Signup
from tests.factories.expo import on
from tests.factories.programme import SYSTEM
from tests.factories.signups import EVE, places_of, published, signed_up, visitor
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 12


def codes(outcomes):
    return sorted(outcome.code for outcome in outcomes if isinstance(outcome, Refusal))


def unexpected(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refusal)]


def counted(session):
    """Places taken as the row has them, and as the sign-ups have them."""
    rows = Signup.objects.filter(session=session, state__in=Signup.HOLDING, origin="signed_up")
    return places_of(session).taken, sum(row.party for row in rows)


def test_of_12_guests_for_3_places_3_are_in():
    session = published(on(1, "10:00"), seats=10, reserve_guests=3)
    guests = [visitor() for _ in range(CLIENTS)]

    outcomes = together(
        lambda i: staff.add_guest(actor=SYSTEM, registration=guests[i], session=session.pk, party=1, at=EVE), CLIENTS
    )

    assert unexpected(outcomes) == []
    assert codes(outcomes) == ["no_guest_places"] * (CLIENTS - 3)
    assert places_of(session).guests_taken == 3


def test_while_the_number_of_places_changes_nobody_gets_one_too_many():
    session = published(on(1, "10:00"), seats=6)
    visitors = [visitor() for _ in range(CLIENTS)]

    def act(i):
        if i % 4 == 0:
            return staff.change_places(actor=SYSTEM, session=session, seats=2 + i, step=None, at=EVE)
        return signed_up(visitors[i], session)

    outcomes = together(act, CLIENTS)

    assert unexpected(outcomes) == []
    places = SessionPlaces.objects.get()
    taken, held = counted(session)
    assert taken == held <= places.places + places.over
    assert places.over == max(0, taken - places.places)
    assert places.places == Session.objects.get().seats


def test_one_sign_up_is_moved_called_off_or_given_up_and_never_two_of_it():
    here, there = published(on(1, "10:00"), seats=5), published(on(2, "10:00"), seats=5)
    own = signed_up(visitor(), here)
    hands = [
        lambda: staff.move(actor=SYSTEM, signup=own, to=there.pk, why="Full", at=EVE),
        lambda: staff.call_off(actor=SYSTEM, signup=own, why="Twice", at=EVE),
        lambda: acts.give_up(actor=SYSTEM, signup=own, at=EVE),
    ]

    outcomes = together(lambda i: hands[i % 3](), CLIENTS)

    assert unexpected(outcomes) == []
    assert codes(outcomes) == ["ended"] * (CLIENTS - 1)
    assert [counted(session)[0] == counted(session)[1] for session in (here, there)] == [True, True]
    assert Signup.objects.filter(state="confirmed").count() <= 1


def test_two_who_are_moved_past_each_other_wait_in_no_circle():
    here, there = published(on(1, "10:00"), seats=9), published(on(2, "10:00"), seats=9)
    rows = [(signed_up(visitor(), here), there.pk) for _ in range(4)]
    rows += [(signed_up(visitor(), there), here.pk) for _ in range(4)]

    outcomes = together(
        lambda i: staff.move(actor=SYSTEM, signup=rows[i][0], to=rows[i][1], why="Swap", at=EVE), len(rows)
    )

    assert unexpected(outcomes) == []
    assert [counted(session) for session in (here, there)] == [(4, 4), (4, 4)]
