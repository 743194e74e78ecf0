"""The working plan: what may be where when, and what the database says by itself."""

from datetime import timedelta

import pytest

from expo.models import ShowDay
from programme.actions import planning
from programme.models import Appearance, Engagement, Plan, Session
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import (
    SYSTEM,
    BusFactory,
    GuideFactory,
    SessionFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
    talk,
)
from tests.factories.refusals import broken, refused

pytestmark = pytest.mark.django_db


def engaged(session) -> list[tuple[str, str]]:
    """What the session engages in the working plan, with its time on the clock."""
    rows = Engagement.objects.filter(session=session, plan=Plan.WORKING).order_by("during", "pk")
    zone = session.show.zone
    return [
        (
            next(what for what in ("room", "speaker", "guide", "bus") if getattr(row, f"{what}_id")),
            f"{row.during.lower.astimezone(zone):%H:%M}-{row.during.upper.astimezone(zone):%H:%M}",
        )
        for row in rows
    ]


def test_a_room_has_one_session_at_a_time_and_the_refusal_names_the_other(show):
    room = RoomFactory(name_en="Room 2A")
    placed(on(1, "10:00"), room=room, title_en="Opening")
    other = SessionFactory()

    refusal = refused(move, other, on(1, "10:30"), room=room)

    assert refusal.code == "room_taken"
    assert refusal.sentence == "Room 2A has “Opening” from 24 Oct, 10:00 to 11:00."


def test_a_session_may_begin_when_the_one_before_ends(show):
    room = RoomFactory()
    placed(on(1, "10:00"), room=room)

    assert move(SessionFactory(), on(1, "11:00"), room=room).starts_at == on(1, "11:00")


def test_the_database_alone_keeps_two_sessions_out_of_one_room(show):
    room = RoomFactory()
    placed(on(1, "10:00"), room=room)

    assert broken(placed, on(1, "10:30"), room=room) == "one_session_a_room"


def test_a_speaker_speaks_in_one_place_at_a_time(show):
    speaker = SpeakerFactory()
    speaking(placed(on(1, "10:00")), speaker)
    other = placed(on(1, "14:00"))
    speaking(other, speaker)

    assert refused(move, other, on(1, "10:30")).code == "speaker_taken"


def test_a_talk_takes_its_speaker_for_its_own_time_only(show):
    speaker = SpeakerFactory()
    first, second = placed(on(1, "10:00")), placed(on(1, "10:00"))

    talk(first, speaker, after=0, minutes=20)
    talk(second, speaker, after=40, minutes=20)

    assert engaged(first) == [("speaker", "10:00-10:20"), ("room", "10:00-11:00")]


def test_who_moderates_is_there_all_the_time(show):
    session, speaker = placed(on(1, "10:00")), SpeakerFactory()
    row = talk(session, after=20, minutes=20)

    Appearance.objects.create(session=session, speaker=speaker, talk=row, moderates=True)

    assert ("speaker", "10:00-11:00") in engaged(session)


def test_a_talk_that_moves_takes_its_speaker_along(show):
    session = placed(on(1, "10:00"))
    row = talk(session, SpeakerFactory(), after=0, minutes=20)

    row.after = 30
    row.save()

    assert ("speaker", "10:30-10:50") in engaged(session)


def test_a_guide_and_a_bus_are_on_one_tour_at_a_time(show):
    guide, bus = GuideFactory(), BusFactory()
    departing(on(1, "10:00"), guide=guide, bus=bus)

    assert refused(move, departing(on(2, "10:00"), guide=guide), on(1, "11:00"), room=None).code == "guide_taken"
    assert refused(move, departing(on(2, "10:00"), bus=bus), on(1, "11:00"), room=None).code == "bus_taken"


def test_a_cancelled_session_leaves_its_room_and_people(show):
    session = placed(on(1, "10:00"))
    speaking(session, SpeakerFactory())

    planning.cancel(actor=SYSTEM, session=session, why_en="Ill", why_zh="", step=None)

    assert engaged(session) == []


def test_a_session_that_was_deleted_engages_nothing(show):
    session = placed(on(1, "10:00"))
    talk(session, SpeakerFactory(), after=0, minutes=20)

    session.delete()

    assert not Engagement.objects.exists()


def test_two_sessions_change_places_in_one_act(show):
    room, other = RoomFactory(), RoomFactory()
    one = placed(on(1, "10:00"), room=room)
    two = placed(on(1, "11:00"), room=room)
    placed(on(1, "10:00"), room=other)

    planning.shift(
        actor=SYSTEM, show=show, steps={one.pk: one.step, two.pk: two.step}, by=timedelta(minutes=60), room=None
    )

    assert list(Session.objects.filter(room=room).order_by("starts_at").values_list("pk", "starts_at")) == [
        (one.pk, on(1, "11:00")),
        (two.pk, on(1, "12:00")),
    ]


def test_nothing_moves_where_one_of_many_cannot(show):
    room = RoomFactory()
    one, two = placed(on(1, "10:00"), room=room), placed(on(1, "15:30"), room=room)

    refusal = refused(
        planning.shift,
        actor=SYSTEM,
        show=show,
        steps={one.pk: one.step, two.pk: two.step},
        by=timedelta(hours=1),
    )

    assert refusal.code == "outside_hours"
    assert Session.objects.get(pk=one.pk).starts_at == on(1, "10:00")


def test_outside_the_hours_a_session_needs_a_reason_that_stays(show):
    session = SessionFactory()

    assert refused(move, session, on(1, "18:00"), room=RoomFactory()).code == "outside_hours"
    assert move(session, on(1, "18:00"), outside_hours_why="Dinner").outside_hours_why == "Dinner"


def test_the_database_alone_keeps_sessions_within_the_hours(show):
    assert broken(placed, on(1, "16:30")) == "session_within_hours"


def test_more_places_than_seats_need_a_reason(show):
    session, room = SessionFactory(seats=120), RoomFactory(seats=100)

    assert refused(move, session, on(1, "10:00"), room=room).code == "over_seats"
    assert move(session, on(1, "10:00"), room=room, over_seats_why="Fire office agreed").room == room


def test_a_bus_has_as_many_seats_as_its_departure_has_places(show):
    assert broken(departing, on(1, "10:00"), seats=46, bus=BusFactory(seats=45)) == "session_fits_its_bus"


def test_a_room_keeps_the_seats_that_its_sessions_have(show):
    session = placed(on(1, "10:00"), seats=100)

    session.room.seats = 99

    assert broken(session.room.save) == "room_seats_its_sessions"


def test_the_hours_of_a_day_keep_its_sessions(show):
    placed(on(1, "16:00"))

    assert broken(ShowDay.objects.filter(number=1).update, closes="16:30", last_entry="16:00") == (
        "hours_hold_the_sessions"
    )


def test_another_zone_would_move_sessions_out_of_the_hours(show):
    placed(on(1, "09:00"))
    show.time_zone = "Europe/Berlin"

    assert broken(show.save) == "hours_hold_the_sessions"


def test_who_moves_a_session_has_seen_where_it_is(show):
    session = placed(on(1, "10:00"))
    move(session, on(1, "11:00"))

    assert refused(move, session, on(1, "12:00"), step=0).code == "changed"
    assert move(session, on(1, "12:00"), step=1).step == 2


@pytest.mark.parametrize(("minutes", "code"), [(0, "too_short"), (4, "too_short"), (3 * 24 * 60, "too_long")])
def test_a_session_has_a_likely_length(show, minutes, code):
    assert refused(move, SessionFactory(), on(1, "10:00"), room=RoomFactory(), minutes=minutes).code == code


def test_a_session_is_not_shorter_than_its_talks(show):
    session = placed(on(1, "10:00"))
    talk(session, after=40, minutes=20)

    assert refused(move, session, on(1, "10:00"), minutes=55).code == "talks_longer"
    assert move(session, on(1, "10:00"), minutes=60).minutes == 60


def test_a_tour_does_not_meet_in_a_room(show):
    assert refused(move, departing(on(1, "10:00")), on(1, "10:00"), room=RoomFactory()).code == "no_room"


def test_a_cancelled_session_does_not_move_until_it_is_restored(show):
    session = placed(on(1, "10:00"))
    planning.cancel(actor=SYSTEM, session=session, why_en="", why_zh="停电", step=0)

    assert refused(move, session, on(1, "11:00")).code == "cancelled"
    planning.restore(actor=SYSTEM, session=session, step=1)
    assert move(session, on(1, "11:00")).starts_at == on(1, "11:00")


def test_it_is_not_restored_where_its_room_was_taken(show):
    session = placed(on(1, "10:00"))
    planning.cancel(actor=SYSTEM, session=session, why_en="Ill", why_zh="", step=0)
    placed(on(1, "10:00"), room=session.room)

    assert refused(planning.restore, actor=SYSTEM, session=session, step=None).code == "room_taken"


def test_what_the_public_knows_is_cancelled_and_not_deleted(show):
    known, draft = placed(on(1, "10:00")), placed(on(1, "12:00"))
    publish(show, known)

    assert refused(planning.delete, actor=SYSTEM, sessions=[known], show=show).code == "published"
    planning.delete(actor=SYSTEM, sessions=[draft], show=show)
    assert list(Session.objects.all()) == [known]


def test_a_session_over_midnight_keeps_the_room_of_both_days(show):
    room = RoomFactory()
    placed(on(1, "22:00"), room=room, minutes=180, outside_hours_why="Night of science")

    assert refused(move, SessionFactory(), on(2, "00:30"), room=room, outside_hours_why="Late").code == "room_taken"
