"""Two editors apply a spreadsheet at once."""

import pytest

from accounts.refusals import Refusal
from programme.actions import importing
from programme.importing.fates import Outcome
from programme.models import Engagement, Session
from tests.factories.expo import RoomFactory, ShowFactory, on
from tests.factories.programme import NOW, SYSTEM, move, placed
from tests.factories.spreadsheets import sessions, uploaded
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)
ROW = ("F1", "Forum", "Sensors", "2019-10-24", "9:00", "10:30", "Room 2A")


@pytest.fixture
def show():
    show = ShowFactory()
    RoomFactory(name_en="Room 2A")
    return show


def applying(upload):
    seen = importing.preview(actor=SYSTEM, upload=upload).seal
    return lambda _i=0: importing.apply(actor=SYSTEM, upload=upload, seen=seen, at=NOW)


def codes(outcomes):
    assert all(isinstance(outcome, (Outcome, Refusal)) for outcome in outcomes)
    return sorted(outcome.code if isinstance(outcome, Refusal) else "done" for outcome in outcomes)


def test_one_file_applied_by_many_clicks_at_once_is_applied_once(show):
    apply = applying(uploaded(show, sessions(ROW)))
    assert codes(together(apply, 8)) == ["applied"] * 7 + ["done"]
    assert (Session.objects.count(), Engagement.objects.count()) == (1, 1)


def test_the_same_file_of_two_editors_at_once_makes_each_session_once(show):
    apply = [applying(uploaded(show, sessions(ROW))) for _ in range(2)]
    assert codes(together(lambda i: apply[i](), 2)) == ["changed", "done"]
    assert Session.objects.count() == 1


def test_two_files_that_want_one_room_at_once_do_not_both_get_it(show):
    apply = [applying(uploaded(show, sessions((f"F{i}", *ROW[1:])))) for i in range(2)]
    assert codes(together(lambda i: apply[i](), 2)) == ["done", "wrong"]
    assert Session.objects.count() == 1


def test_an_import_and_a_move_of_one_session_leave_it_in_one_place(show):
    session = placed(on(1, "11:00"), code="F1", minutes=90)
    apply = applying(uploaded(show, sessions(ROW)))
    outcomes = together(lambda i: apply() if i else move(session, on(2, "11:00"), step=0), 2)
    refused = [outcome.code for outcome in outcomes if isinstance(outcome, Refusal)]
    assert refused == ["changed"]
    assert Engagement.objects.count() == 1
