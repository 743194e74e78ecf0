"""Many editors at once: one room, one speaker, one guide, one bus; and no deadlock."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.refusals import Refusal, constraint_of
from programme.actions import planning, publishing
from programme.models import Appearance, Engagement, Plan, Published, Release, Session
from tests.factories.expo import RoomFactory, ShowFactory, on
from tests.factories.programme import (
    NOW,
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
)
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 32


@pytest.fixture
def show():
    return ShowFactory()


def codes(outcomes):
    return sorted(outcome.code for outcome in outcomes if isinstance(outcome, Refusal))


def unexpected(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Refusal)]


def test_of_32_sessions_moved_into_one_room_one_is_there(show):
    room = RoomFactory()
    sessions = [SessionFactory() for _ in range(CLIENTS)]

    outcomes = together(lambda i: move(sessions[i], on(1, "10:00"), room=room), CLIENTS)

    assert unexpected(outcomes) == []
    assert codes(outcomes) == ["room_taken"] * (CLIENTS - 1)
    assert Session.objects.filter(room=room).count() == 1


def test_the_database_alone_lets_one_of_32_into_the_room_and_nobody_waits_for_ever(show):
    room = RoomFactory()

    outcomes = together(lambda _i: placed(on(1, "10:00"), room=room), CLIENTS)

    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {constraint_of(error) for error in errors} == {"one_session_a_room"}
    assert len(errors) == CLIENTS - 1


def test_of_32_sessions_that_want_one_speaker_at_once_one_has_the_speaker(show):
    speaker = SpeakerFactory()
    sessions = [placed(on(1, "10:00")) for _ in range(CLIENTS)]

    outcomes = together(lambda i: speaking(sessions[i], speaker), CLIENTS)

    errors = [outcome for outcome in outcomes if isinstance(outcome, IntegrityError)]
    assert {constraint_of(error) for error in errors} == {"one_place_a_speaker"}
    assert Appearance.objects.count() == 1


@pytest.mark.parametrize(
    ("what", "factory", "code"), [("guide", GuideFactory, "guide_taken"), ("bus", BusFactory, "bus_taken")]
)
def test_of_32_departures_with_one_guide_or_bus_moved_to_one_time_one_is_there(show, what, factory, code):
    thing = factory()
    departures = [departing(None, **{what: thing}) for _ in range(CLIENTS)]

    outcomes = together(lambda i: move(departures[i], on(1, "10:00"), room=None), CLIENTS)

    assert unexpected(outcomes) == []
    assert codes(outcomes) == [code] * (CLIENTS - 1)


def test_moves_crossing_each_other_end_without_deadlock(show):
    rooms = [RoomFactory() for _ in range(4)]
    sessions = [placed(on(1, "10:00"), room=room) for room in rooms]

    outcomes = together(lambda i: move(sessions[i], on(1, "10:00"), room=rooms[(i + 1) % 4]), 4)

    assert unexpected(outcomes) == []
    assert Engagement.objects.filter(plan=Plan.WORKING).count() == 4


def test_of_32_editors_who_move_what_they_saw_one_moves_it(show):
    session = placed(on(1, "10:00"))

    outcomes = together(lambda i: move(session, on(2, "10:00") + timedelta(minutes=5 * i), step=0), CLIENTS)

    assert unexpected(outcomes) == []
    assert codes(outcomes) == ["changed"] * (CLIENTS - 1)


def test_publishing_32_times_at_once_is_one_version(show):
    placed(on(1, "10:00"))

    outcomes = together(lambda _i: publish(show), CLIENTS)

    assert unexpected(outcomes) == []
    assert codes(outcomes) == ["nothing_to_publish"] * (CLIENTS - 1)
    assert (Release.objects.count(), Published.objects.count()) == (1, 1)


def test_undoing_twice_at_once_takes_one_version_back(show):
    placed(on(1, "10:00"))
    publish(show)

    outcomes = together(lambda _i: publishing.undo(actor=SYSTEM, show=show, number=1, at=NOW), 2)

    assert unexpected(outcomes) == []
    assert len(codes(outcomes)) == 1
    assert not Published.objects.exists()


def test_moving_while_publishing_leaves_plan_and_public_each_whole(show):
    sessions = [placed(on(1, "10:00")) for _ in range(8)]

    def act(i):
        if i % 2:
            return publish(show)
        return planning.shift(actor=SYSTEM, show=show, steps={sessions[i].pk: 0}, by=timedelta(hours=1))

    assert unexpected(together(act, 8)) == []
    assert Engagement.objects.filter(plan=Plan.WORKING).count() == 8
    assert Engagement.objects.filter(plan=Plan.PUBLISHED).count() == Published.objects.count()
