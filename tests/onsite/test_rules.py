from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from expo.models import Show, ShowDay
from onsite.models import Outcome
from onsite.rules import Bearer, outcome
from tests.factories.expo import on

DAY = ShowDay(show=Show(pk=1, number=22, time_zone="Asia/Shanghai"), number=1, date=date(2019, 10, 24))
BEARER = Bearer(
    badge_id=1,
    registration_id=1,
    show_id=1,
    serial="000000000",
    revoked_at=None,
    replaced=False,
    name="Zhang Wei",
    name_latin="",
    firm="",
    category="professional",
    state="valid",
    days=(1, 2),
    price=Decimal(0),
    paid_at=None,
    entered_at=None,
    gate_en="",
    gate_zh="",
)


def at_the_gate(clock="10:00", day=DAY, **changes):
    return outcome(replace(BEARER, **changes), show_id=1, day=day, at=on(1, clock))


def test_a_good_badge_is_admitted():
    assert at_the_gate() == Outcome.ADMITTED


def test_a_badge_nobody_knows_is_not_ours():
    assert outcome(None, show_id=1, day=DAY, at=on(1, "10:00")) == Outcome.NOT_OURS


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        (Outcome.NOT_OURS, {"show_id": 2}),
        (Outcome.REVOKED, {"revoked_at": on(1, "09:00")}),
        (Outcome.NO_TICKET, {"state": "awaiting"}),
        (Outcome.NO_TICKET, {"state": "given_back"}),
        (Outcome.NO_TICKET, {"state": "declined"}),
        (Outcome.NO_TICKET, {"state": None}),
        (Outcome.ALREADY_IN, {"entered_at": on(1, "09:12")}),
        (Outcome.WRONG_DAY, {"days": (2, 3)}),
        (Outcome.PAYMENT_DUE, {"price": Decimal(50)}),
        (Outcome.ADMITTED, {"price": Decimal(50), "paid_at": on(1, "09:00")}),
    ],
)
def test_what_is_said(said, changes):
    assert at_the_gate(**changes) == said


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ("08:59", Outcome.CLOSED),
        ("09:00", Outcome.ADMITTED),
        ("16:29", Outcome.ADMITTED),
        ("16:30", Outcome.CLOSED),
        ("17:00", Outcome.CLOSED),
    ],
)
def test_visitors_come_in_while_the_day_is_open(clock, said):
    assert at_the_gate(clock) == said


def test_who_is_in_may_come_back_after_the_last_entry():
    assert at_the_gate("16:45", entered_at=on(1, "09:12")) == Outcome.ALREADY_IN


@pytest.mark.parametrize("category", ["exhibitor_staff", "organiser"])
def test_who_works_there_comes_before_it_opens(category):
    assert at_the_gate("07:00", category=category) == Outcome.ADMITTED


def test_on_a_day_that_is_none_of_the_show_it_is_closed():
    assert at_the_gate(day=None, category="organiser") == Outcome.CLOSED


def test_a_revoked_badge_opens_nothing_even_paid_and_in():
    assert at_the_gate(revoked_at=on(1, "09:30"), entered_at=on(1, "09:12")) == Outcome.REVOKED
