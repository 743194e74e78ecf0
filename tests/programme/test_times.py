"""Times by the show's clocks, in zones that change theirs too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from expo.models import Show
from programme import times
from programme.reading import read
from programme.shown import Shown
from tests.factories.expo import ShowFactory, on
from tests.factories.programme import move, placed, publish

BERLIN = ZoneInfo("Europe/Berlin")
# Clocks are put back from 3 to 2 that night.
BACK = date(2019, 10, 27)


def in_berlin(show):
    show.time_zone, show.city_en = "Europe/Berlin", "Berlin"
    show.save()
    return show


@pytest.mark.parametrize(
    ("zone", "words"),
    [("Asia/Shanghai", "UTC+8"), ("UTC", "UTC"), ("Asia/Kathmandu", "UTC+5:45"), ("America/St_Johns", "UTC−2:30")],
)
def test_an_offset_is_told_in_hours(zone, words):
    assert times.offset(datetime(2019, 10, 24, 9, tzinfo=ZoneInfo(zone))) == words


def test_the_page_says_whose_times_they_are():
    assert times.whose(Show(city_en="Beijing"), date(2019, 10, 24)) == "Times are those of Beijing, UTC+8."


def test_on_the_day_that_the_clocks_change_it_says_so():
    show = Show(time_zone="Europe/Berlin", city_en="Berlin")
    assert times.whose(show, date(2019, 10, 26)) == "Times are those of Berlin, UTC+2."
    assert times.whose(show, BACK) == (
        "Times are those of Berlin: UTC+2 until the clocks change that night, then UTC+1."
    )


def test_an_hour_that_comes_twice_says_which_it_is():
    first = datetime(2019, 10, 27, 2, 30, tzinfo=BERLIN)
    assert times.clock(first) == "02:30 (UTC+2)"
    assert times.clock(times.after(first, timedelta(hours=1))) == "02:30 (UTC+1)"
    assert times.clock(times.after(first, timedelta(hours=2))) == "03:30"


def test_programs_are_told_the_offset_and_people_the_day_after_midnight():
    starts = on(1, "22:00")
    assert times.span(starts, starts + timedelta(hours=4)) == (
        '<time datetime="2019-10-24T22:00+08:00">22:00</time>'
        ' – <time datetime="2019-10-25T02:00+08:00">25 October, 02:00</time>'
    )


@pytest.mark.django_db
def test_what_is_on_in_the_hour_that_comes_twice_is_told_right():
    show = in_berlin(ShowFactory())
    placed(datetime(2019, 10, 27, 0, 30, tzinfo=UTC), show=show, minutes=30, outside_hours_why="Night")
    publish(show)
    one = read(show).sessions[0]

    def state(hour, minute):
        at = datetime(2019, 10, 27, hour, minute, tzinfo=UTC).astimezone(BERLIN)
        return (one.is_coming(at), one.is_on(at), one.is_over(at))

    # 02:30 to 03:00 of summer time, when clocks are put back to 02:00 and it is over.
    assert state(0, 29) == (True, False, False)
    assert state(0, 45) == (False, True, False)
    assert state(1, 10) == (False, False, True)
    assert state(1, 45) == (False, False, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("hour", "same_room", "words"),
    [
        ("11:00", True, "It was announced for 10:00 – 11:00."),
        ("10:00", False, "It was announced for Old room."),
        ("11:00", False, "It was announced for 10:00 – 11:00, Old room."),
    ],
)
def test_a_move_is_told_as_far_as_it_is_one(show, hour, same_room, words):
    session = placed(on(1, "10:00"))
    session.room.name_en = "Old room"
    session.room.save()
    publish(show)
    other = {} if same_room else {"room": placed(on(3, "10:00")).room}
    move(session, on(1, hour), **other)
    publish(show)

    one = next(one for one in read(show).sessions if one.pk == session.pk)
    assert Shown(one, on(1, "09:00")).moved_words == words


@pytest.mark.django_db
def test_a_move_to_another_day_names_the_day(show):
    session = placed(on(1, "10:00"))
    publish(show)
    move(session, on(2, "10:00"))
    publish(show)

    shown = Shown(read(show).sessions[0], on(1, "09:00"))
    assert shown.moved_words == "It was announced for Thursday 24 October, 10:00 – 11:00."
