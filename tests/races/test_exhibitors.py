"""Many firms, one booth; and each pair of acts that may meet on one application."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.models import Mail
from accounts.refusals import Refusal, constraint_of
from exhibitors import invariants
from exhibitors.actions import applying, holding, placing
from exhibitors.models import Allotment, Application, Booth
from tests.factories.exhibitors import NOW, SYSTEM, MemberFactory, draft, offered, row_of_booths, submitted
from tests.factories.expo import AreaFactory
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def area():
    return AreaFactory(letter="A")


def codes(outcomes):
    return sorted(outcome.code for outcome in outcomes if isinstance(outcome, Refusal))


def unexpected(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refusal)]


def test_of_32_firms_on_one_booth_one_holds_it_and_31_are_told_it_is_taken(area):
    [booth] = row_of_booths(area, 1)
    applications = [draft(MemberFactory(), [booth]) for _ in range(32)]

    def submit(i):
        return applying.submit(actor=SYSTEM, application=applications[i], at=NOW)

    outcomes = together(submit, 32)

    assert unexpected(outcomes) == []
    assert codes(outcomes) == ["taken"] * 31
    assert Allotment.objects.live().count() == 1
    assert Application.objects.filter(state="submitted").count() == 1
    assert Mail.objects.count() == 2
    assert list(invariants.broken(NOW)) == []


def test_crossed_wishes_end_without_deadlock_and_nobody_gets_half(area):
    booths = row_of_booths(area, 4)
    applications = [draft(MemberFactory(), booths[i % 3 : i % 3 + 2]) for i in range(12)]

    outcomes = together(lambda i: applying.submit(actor=SYSTEM, application=applications[i], at=NOW), 12)

    assert unexpected(outcomes) == []
    assert {row.allotments.live().count() for row in Application.objects.filter(state="submitted")} == {2}
    assert list(invariants.broken(NOW)) == []


def test_two_booths_drawn_on_one_spot_at_once_are_one_booth(area):
    def draw(i):
        booth = Booth(hall=area.hall, area=area, number=f"A{i + 10}", x=4 + i, y=4, width=6, depth=3)
        return placing.place_booth(actor=SYSTEM, booth=booth)

    outcomes = together(draw, 2)

    assert unexpected(outcomes) == []
    assert codes(outcomes) == ["overlap"]
    assert Booth.objects.count() == 1


def test_the_database_alone_refuses_overlapping_booths(area):
    def draw(i):
        return Booth.objects.create(hall=area.hall, area=area, number=f"A{i + 10}", x=4, y=4, width=6, depth=3)

    outcomes = together(draw, 2)

    [error] = [outcome for outcome in outcomes if isinstance(outcome, IntegrityError)]
    assert constraint_of(error) == "booths_do_not_overlap"


def test_two_managers_moving_booths_of_one_hall_do_not_lock_each_other_out(area):
    booths = row_of_booths(area, 8)

    def move(i):
        booth = Booth.objects.get(pk=booths[i].pk)
        booth.y += 30
        return placing.place_booth(actor=SYSTEM, booth=booth)

    assert unexpected(together(move, 8)) == []


ACTS = {
    "accept": lambda row: applying.accept(actor=SYSTEM, application=row, step=row.step, at=NOW),
    "withdraw": lambda row: applying.withdraw(actor=SYSTEM, application=row, at=NOW),
    "reject": lambda row: placing.reject(actor=SYSTEM, application=row, reason="No", at=NOW),
    "expire": lambda row: holding.release_overdue(application=row, at=NOW + timedelta(days=4)),
    "offer": lambda row: placing.offer(actor=SYSTEM, application=row, booths=row.area.booths.all()[:1], at=NOW),
}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("accept", "withdraw"),
        ("accept", "expire"),
        ("accept", "reject"),
        ("accept", "offer"),
        ("withdraw", "expire"),
        ("offer", "withdraw"),
    ],
)
def test_two_acts_on_one_application_end_in_one_state(area, one, other):
    application = offered(MemberFactory(), row_of_booths(area, 2))

    outcomes = together(lambda i: ACTS[(one, other)[i % 2]](application), 2)

    assert unexpected(outcomes) == []
    assert list(invariants.broken(NOW)) == []
    assert Mail.objects.filter(thing=f"application:{application.pk}").count() % 2 == 0


def test_the_same_acceptance_12_times_at_once_is_one_contract(area):
    application = offered(MemberFactory(), row_of_booths(area, 2))

    outcomes = together(
        lambda _i: applying.accept(actor=SYSTEM, application=application, step=application.step, at=NOW), 12
    )

    assert unexpected(outcomes) == []
    assert codes(outcomes) == ["not_now"] * 11
    assert Mail.objects.filter(kind="application.accepted.firm").count() == 1


def test_managers_who_offer_each_others_held_booths_get_a_sentence(area):
    booths = row_of_booths(area, 2)
    one, other = submitted(MemberFactory(), booths[:1]), submitted(MemberFactory(), booths[1:])
    pairs = [(one, booths[1:]), (other, booths[:1])]

    outcomes = together(lambda i: placing.offer(actor=SYSTEM, application=pairs[i][0], booths=pairs[i][1], at=NOW), 2)

    assert unexpected(outcomes) == []
    assert codes(outcomes).count("taken") >= 1
    assert list(invariants.broken(NOW)) == []
