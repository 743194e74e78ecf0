"""A day as a grid: lanes, hours, and the classes that say where a session stands."""

from datetime import UTC, date, datetime, timedelta

import pytest

from programme.reading import read
from programme.timetable import timetable
from tests.factories.expo import FIRST_DAY, HallFactory, RoomFactory, on
from tests.factories.programme import SessionFactory, departing, placed, publish

pytestmark = pytest.mark.django_db


def grid(show, day=FIRST_DAY, at=None):
    """The day's timetable, its sessions drawn as (code, position)."""
    publish(show)
    sessions = read(show).by_day.get(day, [])
    return timetable(show, day, sessions, lambda one, where: (one.told.code, where), at=at or on(1, "08:00"))


def blocks(table):
    return [block for lane in table.lanes for block in lane.blocks]


def test_a_session_stands_where_the_clock_puts_it(show):
    placed(on(1, "10:35"), code="A", minutes=105)

    table = grid(show)

    assert (table.hours, table.labels[0], table.labels[-1][0]) == (8, ("09:00", "at-h0 at-m0"), "16:00")
    assert blocks(table) == [("A", "at-h1 at-m7 for-h1 for-m9")]


def test_what_is_too_short_to_be_read_is_drawn_longer_within_the_day(show):
    room = RoomFactory()
    placed(on(1, "09:00"), code="A", minutes=5, room=room)
    placed(on(1, "16:55"), code="B", minutes=5, room=room)

    assert blocks(grid(show)) == [
        ("A", "at-h0 at-m0 for-h0 for-m9 is-short"), ("B", "at-h7 at-m3 for-h0 for-m9 is-short"),
    ]  # fmt: skip


def test_the_grid_is_as_long_as_the_day_and_what_lies_outside_of_it(show):
    placed(on(1, "07:40"), code="A", outside_hours_why="Early")
    placed(on(1, "22:00"), code="B", minutes=150, outside_hours_why="Late")

    table = grid(show)

    assert (table.labels[0][0], table.labels[-1][0], table.hours) == ("07:00", "00:00", 18)
    assert blocks(table)[-1] == ("B", "at-h15 at-m0 for-h2 for-m6")


def test_what_lasts_through_the_night_is_drawn_to_its_end_and_no_further(show):
    placed(on(1, "22:00"), code="A", minutes=18 * 60, outside_hours_why="Night")

    table = grid(show)

    assert (table.hours, blocks(table)) == (21, [("A", "at-h13 at-m0 for-h8 for-m0")])


def test_rooms_stand_by_hall_then_what_meets_elsewhere_then_the_tours(show):
    second, first = HallFactory(slug="b", name_en="Hall B"), HallFactory(slug="a", name_en="Hall A")
    departing(on(1, "09:00"))
    departing(on(1, "09:30"))
    SessionFactory(starts_at=on(1, "09:00"), meeting_en="At the fountain")
    placed(on(1, "11:00"), room=RoomFactory(name_en="Room 3"))
    placed(on(1, "12:00"), room=RoomFactory(name_en="Room 2", hall=second))
    placed(on(1, "13:00"), room=RoomFactory(name_en="Hall A, room 1", hall=first))

    lanes = [(lane.name, lane.hall, lane.is_tours, len(lane.blocks)) for lane in grid(show).lanes]

    assert lanes == [
        ("Hall A, room 1", "", False, 1),
        ("Room 2", "Hall B", False, 1),
        ("Room 3", "", False, 1),
        ("Elsewhere", "", False, 1),
        ("Open-enterprise tours", "", True, 2),
    ]


def test_the_present_is_marked_while_it_is_within_the_grid(show):
    placed(on(1, "10:00"))

    assert grid(show, at=on(1, "12:34")).now == "at-h3 at-m6"
    show_over = timetable(show, FIRST_DAY, [], lambda *_: None, at=on(1, "17:00"))
    assert show_over.now == ""


def test_the_day_that_clocks_are_put_back_has_its_hour_twice(show):
    show.time_zone = "Europe/Berlin"
    show.save()
    placed(datetime(2019, 10, 27, 0, 0, tzinfo=UTC), code="A", minutes=180, outside_hours_why="Night")

    table = grid(show, day=date(2019, 10, 27))

    assert [label for label, _place in table.labels][:4] == ["02:00 (UTC+2)", "02:00 (UTC+1)", "03:00", "04:00"]
    assert blocks(table) == [("A", "at-h0 at-m0 for-h3 for-m0")]


def test_a_day_without_anything_has_the_hours_of_the_show(show):
    table = timetable(show, FIRST_DAY, [], lambda *_: None, at=on(1, "08:00"))
    assert (table.begins, table.hours, table.lanes) == (on(1, "09:00"), 8, [])
    none = timetable(show, FIRST_DAY - timedelta(days=1), [], lambda *_: None, at=on(1, "08:00"))
    assert none.hours == 1
