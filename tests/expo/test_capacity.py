"""The rules of places: who is offered some of them, and until when; over all sizes, moments and zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expo.capacity.rules import AT_THE_DOOR, BEFORE, DOOR_OPENS, ON_THE_DAY, WALK_INS_FROM, deadline, fitting

ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles", "Australia/Lord_Howe")]
SHANGHAI, BERLIN = ZONES[:2]

parties = st.lists(st.integers(1, 6), max_size=12)
free = st.integers(-3, 15)
#: The year in which all of these zones but one change their clocks twice.
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
until_then = st.timedeltas(timedelta(hours=-2), timedelta(days=4))

plain = settings(max_examples=150, deadline=None, derandomize=True)


@given(parties, free)
@plain
def test_each_in_turn_that_fits_is_offered_places_and_nobody_else(sizes, free):
    found = fitting(enumerate(sizes), free)

    offered = dict(found.offered)
    for key, size in enumerate(sizes):
        before = sum(party for other, party in offered.items() if other < key)
        assert (key in offered) == (size <= free - before)


@given(parties, free)
@plain
def test_passed_over_are_those_before_the_last_one_that_was_offered_places(sizes, free):
    found = fitting(enumerate(sizes), free)

    last = max((key for key, _size in found.offered), default=-1)
    offered = dict(found.offered)
    assert list(found.passed) == [(key, size) for key, size in enumerate(sizes[: max(0, last)]) if key not in offered]


def test_only_as_many_are_looked_at_as_there_are_places():
    line = iter([(1, 1), (2, 1), (3, 1)])

    assert fitting(line, 2).offered == ((1, 1), (2, 1))
    assert [key for key, _size in line] == []


@given(moments, until_then, st.sampled_from(ZONES))
@plain
def test_an_offer_stands_at_least_ten_minutes_and_ends_before_walk_ins_are_let_in(at, ahead, zone):
    starts = at + ahead
    until = deadline(at=at, starts_at=starts, zone=zone)

    assert at + AT_THE_DOOR <= until <= at + BEFORE
    assert until <= max(starts - WALK_INS_FROM, at + AT_THE_DOOR)


@given(moments, until_then, st.timedeltas(timedelta(0), timedelta(hours=6)), st.sampled_from(ZONES))
@plain
def test_who_is_offered_places_before_the_day_has_no_less_time_than_on_it(at, ahead, later, zone):
    starts = at + ahead

    def left(moment):
        return deadline(at=moment, starts_at=starts, zone=zone) - moment

    assert left(at) >= left(at + later)


@given(moments, until_then, st.sampled_from(ZONES))
@plain
def test_the_clock_in_which_a_moment_is_told_changes_nothing(at, ahead, zone):
    starts = at + ahead
    told = [deadline(at=at.astimezone(other), starts_at=starts.astimezone(other), zone=zone) for other in ZONES]

    assert set(told) == {deadline(at=at, starts_at=starts, zone=zone)}


@pytest.mark.parametrize(
    ("clock", "hours"), [(time(23, 59, 59), BEFORE), (time(0, 0), ON_THE_DAY)], ids=["before midnight", "at midnight"]
)
def test_the_day_begins_at_midnight_of_the_shows_zone(clock, hours):
    day = date(2019, 10, 23) if clock.hour else date(2019, 10, 24)
    at = datetime.combine(day, clock, SHANGHAI)
    starts = datetime(2019, 10, 24, 23, 59, tzinfo=SHANGHAI)

    assert deadline(at=at, starts_at=starts, zone=SHANGHAI) == min(at + hours, starts - WALK_INS_FROM)


def test_a_day_on_which_the_clock_goes_back_has_hours_of_sixty_minutes():
    at = datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN)
    starts = datetime(2026, 10, 27, 10, 0, tzinfo=BERLIN)

    until = deadline(at=at, starts_at=starts, zone=BERLIN).astimezone(UTC)
    assert until - at.astimezone(UTC) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("before", "left"),
    [
        (DOOR_OPENS + timedelta(seconds=1), timedelta(minutes=20, seconds=1)),
        (DOOR_OPENS, AT_THE_DOOR),
        (timedelta(minutes=1), AT_THE_DOOR),
        (timedelta(0), AT_THE_DOOR),
    ],
)
def test_at_the_door_there_are_ten_minutes(before, left):
    starts = datetime(2019, 10, 24, 10, 0, tzinfo=SHANGHAI)

    assert deadline(at=starts - before, starts_at=starts, zone=SHANGHAI) - (starts - before) == left
