"""What clashes: each kind with its code, its weight and its words."""

from datetime import timedelta

from programme.clashes import Ground, Place, Planned, Speaks, Weight, found
from tests.factories.expo import on

GROUND = Ground(
    hours=((on(1, "09:00"), on(1, "17:00")), (on(2, "09:00"), on(2, "17:00"))),
    rooms={1: Place("Room 1", 100, 1), 2: Place("Room 2", 100, 1), 3: Place("Room 3", 100, 2)},
    buses={1: Place("Bus 1", 45)},
    speakers={1: "Li Na"},
    hosts={1: "Host"},
    guides={1: "Wang"},
)


def planned(pk, clock, **fields):
    return Planned(**{"pk": pk, "title": f"Forum {pk}", "starts": on(1, clock), "minutes": 60} | fields)


def codes(*plan):
    return [clash.code for clash in found(plan, GROUND)]


def speaks(after=0, until=60):
    return (Speaks(1, after, until),)


def test_two_sessions_in_one_room_clash_hard_and_it_is_said_of_the_later_one():
    (clash,) = found([planned(1, "10:30", room=1), planned(2, "10:00", room=1)], GROUND)

    assert (clash.code, clash.weight, clash.session, clash.other) == ("room_taken", Weight.HARD, 1, 2)
    assert clash.sentence == "Room 1 has “Forum 2” from 24 Oct, 10:00 to 11:00."


def test_what_follows_at_once_in_a_room_is_well():
    assert codes(planned(1, "10:00", room=1), planned(2, "11:00", room=1)) == []


def test_a_long_session_clashes_with_each_that_falls_into_it():
    plan = [planned(1, "10:00", room=1, minutes=240), planned(2, "10:30", room=1), planned(3, "12:00", room=1)]

    assert [(one.session, one.other) for one in found(plan, GROUND)] == [(2, 1), (3, 1)]


def test_a_cancelled_session_clashes_with_nothing():
    assert codes(planned(1, "20:00", room=1, places=900, is_cancelled=True), planned(2, "10:00", room=1)) == []


def test_a_speaker_in_two_places_clashes_only_while_the_talks_last():
    one, two = planned(1, "10:00", room=1, speakers=speaks(0, 20)), planned(2, "10:00", room=2)

    assert codes(one, planned(2, "10:15", room=2, speakers=speaks(0, 20))) == ["speaker_taken"]
    assert codes(one, planned(2, "10:00", room=2, speakers=speaks(20, 40))) == []
    assert codes(one, two) == []


def test_a_guide_and_a_bus_are_on_one_tour_at_a_time():
    plan = [planned(pk, "10:00", guide=1, bus=1, enterprise=pk) for pk in (1, 2)]

    assert [(one.code, one.sentence) for one in found(plan, GROUND)] == [
        ("guide_taken", "Wang guides “Forum 1” from 24 Oct, 10:00 to 11:00."),
        ("bus_taken", "Bus 1 is taken by “Forum 1” from 24 Oct, 10:00 to 11:00."),
    ]


def test_a_speaker_needs_ten_minutes_from_one_hall_to_the_other():
    one = planned(1, "10:00", room=1, speakers=speaks())
    (clash,) = found([one, planned(2, "11:05", room=3, speakers=speaks())], GROUND)

    assert (clash.code, clash.weight) == ("too_near", Weight.SOFT)
    assert clash.sentence == "Li Na has 5 minutes to come from “Forum 1”, which ends at 11:00, and needs 10."
    assert codes(one, planned(2, "11:00", room=2, speakers=speaks())) == []
    assert codes(one, planned(2, "11:10", room=3, speakers=speaks())) == []


def test_who_stays_in_a_room_that_is_in_no_hall_needs_no_minutes():
    ground = Ground(hours=GROUND.hours, rooms={9: Place("Tent", 100, None)})
    plan = [planned(1, "10:00", room=9, speakers=speaks()), planned(2, "11:00", room=9, speakers=speaks())]

    assert found(plan, ground) == []


def test_a_host_of_two_sessions_at_once_is_worth_a_look():
    (clash,) = found([planned(1, "10:00", host=1), planned(2, "10:30", host=1)], GROUND)

    assert (clash.code, clash.weight) == ("host_elsewhere", Weight.SOFT)
    assert clash.sentence == "Host hosts “Forum 1” from 24 Oct, 10:00 to 11:00 as well."


def test_a_host_of_many_sessions_at_once_is_said_once_of_each():
    told = found([planned(pk, "10:00", host=1, room=pk) for pk in (1, 2, 3)], GROUND)

    assert [clash.sentence for clash in told] == [
        "Host hosts “Forum 1” from 24 Oct, 10:00 to 11:00 as well.",
        "Host hosts “Forum 1” from 24 Oct, 10:00 to 11:00 as well. And 1 more at that time.",
    ]


def test_a_host_whose_next_bus_leaves_while_the_first_is_out_is_no_clash():
    assert codes(planned(1, "10:00", host=1, enterprise=1), planned(2, "10:30", host=1, enterprise=1)) == []


def test_outside_the_hours_asks_for_a_reason_and_with_one_is_told_with_it():
    (asks,) = found([planned(1, "16:30")], GROUND)
    (told,) = found([planned(1, "16:30", outside_hours_why="Dinner")], GROUND)

    assert (asks.code, asks.weight) == ("outside_hours", Weight.REASON)
    assert (told.weight, told.sentence) == (
        Weight.SOFT,
        "It is outside the show's hours, with a reason: Dinner",
    )


def test_more_places_than_seats_in_room_or_bus_asks_for_a_reason():
    assert codes(planned(1, "10:00", room=1, places=101)) == ["over_seats"]
    assert codes(planned(1, "10:00", bus=1, places=46, enterprise=1)) == ["over_seats"]
    assert codes(planned(1, "10:00", room=1, places=100)) == []


def test_a_tour_meets_in_no_room():
    assert codes(planned(1, "10:00", room=1, enterprise=1)) == ["no_room"]


def test_talks_that_go_on_after_the_end_are_worth_a_look():
    assert codes(planned(1, "10:00", talks_end=75)) == ["talks_outside"]
    assert codes(planned(1, "10:00", talks_end=60)) == []


def test_the_hours_are_those_of_one_day():
    over_night = planned(1, "16:00", minutes=int(timedelta(hours=17).total_seconds() // 60) + 60)

    assert codes(over_night) == ["outside_hours"]


def test_the_hard_ones_come_first():
    plan = [planned(1, "08:00"), planned(2, "10:00", room=1), planned(3, "10:00", room=1)]

    assert codes(*plan) == ["room_taken", "outside_hours"]


def test_it_is_said_of_the_session_that_it_is_about():
    plan = [planned(1, "10:00", room=1), planned(2, "10:30", room=1)]
    (clash,) = found(plan, GROUND, about={1})

    assert (clash.session, clash.sentence) == (1, "Room 1 has “Forum 2” from 24 Oct, 10:30 to 11:30.")
    assert found(plan, GROUND, about={1, 2})[0].session == 2


def test_of_two_sessions_too_near_the_earlier_is_told_of_the_next():
    plan = [planned(1, "10:00", room=1, speakers=speaks()), planned(2, "11:05", room=3, speakers=speaks())]
    (clash,) = found(plan, GROUND, about={1})

    assert clash.sentence == "Li Na has 5 minutes to get to “Forum 2”, which begins at 11:05, and needs 10."
