"""The day as the planner shows it, and what would clash if something were elsewhere."""

from datetime import time, timedelta

import pytest

from programme import board as boards
from programme.actions import planning
from tests.factories.expo import FIRST_DAY, HallFactory, RoomFactory, on
from tests.factories.programme import (
    SYSTEM,
    SessionFactory,
    SpeakerFactory,
    departing,
    placed,
    publish,
    speaking,
    talk,
)

pytestmark = pytest.mark.django_db
QUERIES = 13


def day_of(show, day=FIRST_DAY):
    return boards.board(show, day)


def lane(board, name):
    return next(lane for lane in board.lanes if lane.name == name)


def test_each_room_is_a_lane_with_its_sessions_in_it(show):
    room, empty = RoomFactory(name_en="Room 2A", hall=HallFactory(name_en="Hall 1")), RoomFactory(name_en="Room 3")
    session = placed(on(1, "10:00"), room=room)

    board = day_of(show)

    assert [block.session for block in lane(board, "Room 2A").blocks] == [session]
    assert lane(board, "Room 2A").note == "300 seats · Hall 1"
    assert lane(board, empty.name_en).blocks == []


def test_departures_stand_in_a_lane_of_their_enterprise_and_not_in_a_room(show):
    session = departing(on(1, "10:00"))

    assert [block.session for block in lane(day_of(show), session.enterprise.name).blocks] == [session]


def test_what_has_no_room_stands_in_a_lane_of_its_own(show):
    session = placed(on(1, "10:00"), room=None)

    assert [block.session for block in lane(day_of(show), "No room").blocks] == [session]


def test_two_departures_at_once_stand_one_above_the_other(show):
    first = departing(on(1, "10:00"))
    departing(on(1, "11:00"), enterprise=first.enterprise)
    departing(on(1, "13:00"), enterprise=first.enterprise)

    found = lane(day_of(show), first.enterprise.name)

    assert ([block.level for block in found.blocks], found.depth) == ([0, 1, 0], 2)


def test_only_what_starts_that_day_is_in_its_grid(show):
    placed(on(2, "10:00"))
    over_night = placed(on(1, "23:00"), minutes=120, outside_hours_why="Night")

    assert [block.session for block in day_of(show).blocks] == [over_night]
    second = day_of(show, FIRST_DAY + timedelta(days=1))
    assert len(second.blocks) == 1
    assert second.carried == [over_night]


def test_the_grid_reaches_from_before_the_opening_to_the_end_of_the_last_session(show):
    assert (day_of(show).first, day_of(show).hours) == (8, 10)
    placed(on(1, "23:00"), minutes=150, outside_hours_why="Night")
    assert (day_of(show).first, day_of(show).hours) == (8, 18)


def test_a_day_that_the_show_is_closed_has_no_hours_but_a_grid(show):
    day = FIRST_DAY - timedelta(days=1)
    placed(on(0, "10:00"), outside_hours_why="Rehearsal")

    board = day_of(show, day)

    assert (board.opens, board.first, board.hours, len(board.blocks)) == (None, 8, 11, 1)
    assert (day_of(show).opens, next(one.date for one in board.days)) == (time(9), day)


def test_the_state_says_how_the_plan_differs_from_what_is_public(show):
    _draft, public, changed, off = (placed(on(1, "10:00"), code=code) for code in ("A", "B", "C", "D"))
    publish(show, public, changed, off)
    speaking(changed, SpeakerFactory())
    planning.cancel(actor=SYSTEM, session=off, why_en="Ill", why_zh="", step=None)

    states = {block.session.code: str(block.state) for block in day_of(show).blocks}

    assert states == {"A": "draft", "B": "published", "C": "changed", "D": "cancelled"}


def test_what_has_no_time_waits_beside_and_what_is_public_of_it_is_known(show):
    waits, lost = SessionFactory(code="A"), placed(on(1, "10:00"), code="B")
    publish(show, lost)
    planning.unplace(actor=SYSTEM, session=lost, step=None)

    board = day_of(show)

    assert [(one.session, str(one.state)) for one in board.unplaced] == [(waits, "draft"), (lost, "changed")]


def test_of_many_that_wait_the_rest_is_counted(show, monkeypatch):
    monkeypatch.setattr(boards, "UNPLACED", 2)
    for _ in range(4):
        SessionFactory()

    board = day_of(show)

    assert (len(board.unplaced), board.unplaced_in_all) == (2, 4)


def test_the_clashes_of_the_day_are_told_of_both_sessions(show):
    speaker, halls = SpeakerFactory(name_en="Li Na"), [HallFactory(), HallFactory()]
    first, second = (
        placed(on(1, clock), room=RoomFactory(hall=hall)) for clock, hall in zip(("10:00", "11:00"), halls, strict=True)
    )
    for session in (first, second):
        speaking(session, speaker)

    board = day_of(show)

    assert [clash.code for clash in board.clashes] == ["too_near"]
    assert [str(block.worst) for block in board.blocks] == ["soft", "soft"]


def test_it_is_known_beforehand_what_would_clash(show):
    room, speaker = RoomFactory(), SpeakerFactory()
    taken = placed(on(1, "10:00"), room=room)
    talk(taken, speaker, after=0, minutes=30)
    session = SessionFactory(seats=400)
    speaking(session, speaker)
    session.starts_at, session.room, session.minutes = on(1, "10:15"), room, 60

    found = boards.found(show, [session])

    assert [clash.code for clash in found] == ["room_taken", "speaker_taken", "over_seats"]
    assert {clash.session for clash in found} == {session.pk}


def test_what_is_as_it_is_clashes_with_nothing_of_its_own(show):
    session = placed(on(1, "10:00"))
    speaking(session, SpeakerFactory())

    assert boards.found(show, [session]) == []


@pytest.mark.parametrize("number", [1, 3])
def test_a_day_is_read_by_so_many_queries_however_much_is_planned(show, number, django_assert_num_queries):
    for _ in range(number):
        session = departing(on(1, "10:00"))
        talk(placed(on(1, "10:00")), SpeakerFactory())
        talk(SessionFactory(), SpeakerFactory())
    publish(show)
    boards.board(show, FIRST_DAY)

    with django_assert_num_queries(QUERIES):
        board = boards.board(show, FIRST_DAY)

    assert session in [block.session for block in board.blocks]
