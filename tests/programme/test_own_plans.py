"""What somebody is told of the own sign-ups: in the order of time, with place in line, clashes and reasons."""

import pytest

from programme import own_plans
from programme.actions.signing.acts import change_party, give_up
from programme.places import Coming
from tests.factories.expo import on
from tests.factories.programme import SYSTEM
from tests.factories.signups import EVE, party, people, published, signed_up, visitor

pytestmark = pytest.mark.django_db


def test_the_plan_is_in_the_order_of_time_and_leaves_out_what_ended(set_clock):
    own = visitor()
    later, sooner, ended = (signed_up(own, published(on(day, "10:00"))) for day in (3, 1, 2))
    give_up(actor=SYSTEM, signup=ended, at=EVE)

    assert [one.signup for one in own_plans.plan_of(own.show, [own.pk])] == [sooner, later]


def test_the_plan_takes_as_many_queries_for_three_as_for_one(django_assert_num_queries, set_clock):
    own = visitor()
    for day in (1, 2, 3):
        signed_up(own, published(on(day, "10:00")))
    own_plans.plan_of(own.show, [own.pk])

    with django_assert_num_queries(1):
        assert len(own_plans.plan_of(own.show, [own.pk])) == 3


def test_who_waits_is_told_the_place_in_line_and_what_it_clashes_with(set_clock):
    own, full = visitor(), published(on(1, "10:00"), seats=1)
    for _ in range(3):
        signed_up(visitor(), full)
    held, waits = signed_up(own, published(on(1, "10:30"))), signed_up(own, full)

    waiting, other = own_plans.plan_of(own.show, [own.pk])
    assert (waiting.signup, waiting.place, other.place) == (waits, 3, None)
    assert [one.signup for one in waiting.clashes] == [held]


def test_a_companion_sees_what_the_lead_signed_up_for(set_clock):
    lead, companion = party("Li Na").party
    both = [Coming(registration=lead.pk), Coming(registration=companion.pk)]
    signup = signed_up(lead, published(on(1, "10:00")), people=both)

    (held,) = own_plans.plan_of(companion.show, [companion.pk])
    assert (held.signup, held.is_of(companion.pk), held.is_of(lead.pk)) == (signup, False, True)


def test_who_waits_is_told_why_others_came_first():
    session = published(on(1, "10:00"), seats=4)
    four = signed_up(visitor(), session, 4)
    three, _two, last = (signed_up(visitor(), session, size) for size in (3, 2, 1))
    change_party(actor=SYSTEM, signup=four, people=people(four.registration, 2), at=EVE)

    (told,) = own_plans.moves_of(last)
    assert (told.cause, told.free, told.offered, told.was_passed) == ("smaller", 2, (2,), False)
    assert told.passed == (own_plans.Passed(party=3, free=2),)
    assert own_plans.moves_of(three)[0].was_passed
    assert own_plans.waited([session.pk]) == {session.pk: 0.0}
