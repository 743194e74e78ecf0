from collections import Counter
from uuid import uuid4

import pytest
from django.core.cache import caches

from accounts.refusals import Refusal
from onsite import actions
from onsite.invariants import broken
from onsite.models import Outcome, Scan, Visit
from tests.factories.expo import on
from tests.factories.onsite import DeviceFactory, badge_for, code_of
from tests.races.together import together
from visitors.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def device():
    caches["process"].clear()
    device = DeviceFactory()
    device.show.calendar  # noqa: B018  (read before threads share it)
    return device


def read(device, text, uid):
    at = on(1, "10:00")
    return actions.scan(device=device, show=device.show, uid=uid, text=text, means="camera", read_at=at, at=at)


def test_one_badge_at_many_gates_at_once_is_one_visit(device):
    text = code_of(badge_for(device.show))
    answers = together(lambda _: read(device, text, uuid4()), 32)
    assert Counter(answer.outcome for answer in answers) == {Outcome.ADMITTED: 1, Outcome.ALREADY_IN: 31}
    assert (Visit.objects.count(), Scan.objects.count()) == (1, 32)
    assert {answer.sentence[:19] for answer in answers if not answer.admits} == {"Since 10:00, Gate 1"}
    assert list(broken(on(1, "12:00"))) == []


@pytest.mark.parametrize("price", [0, 50])
def test_one_scan_sent_many_times_at_once_is_recorded_once(device, price):
    text, uid = code_of(badge_for(device.show, price=price)), uuid4()
    answers = together(lambda _: read(device, text, uid), 12)
    assert answers == [answers[0]] * 12
    assert Scan.objects.count() == 1
    assert list(broken(on(1, "12:00"))) == []


def test_of_two_gates_that_take_money_at_once_one_does(device):
    text, uids = code_of(badge_for(device.show, price=50)), [uuid4() for _ in range(8)]
    for uid in uids:
        read(device, text, uid)

    def pay(i):
        how = Ticket.Payment.values[i % 4]
        return actions.pay(device=device, show=device.show, uid=uids[i], how=how, at=on(1, "10:01"))

    outcomes = together(pay, 8)
    refusals = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    assert refusals == ["already_paid"] * 7
    assert Visit.objects.count() == 1
    assert list(broken(on(1, "12:00"))) == []


def test_a_payment_sent_many_times_at_once_is_one(device):
    text, uid = code_of(badge_for(device.show, price=50)), uuid4()
    read(device, text, uid)
    answers = together(
        lambda _: actions.pay(device=device, show=device.show, uid=uid, how="cash", at=on(1, "10:01")), 12
    )
    assert [answer.outcome for answer in answers] == [Outcome.ADMITTED] * 12
    assert Visit.objects.count() == 1
