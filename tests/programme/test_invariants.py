"""What must be true of the programme at any moment is noticed where it is not."""

from datetime import timedelta

import pytest

from programme import invariants
from programme.actions import planning, publishing
from programme.models import Appearance, Change, Engagement, Kind, Plan, Published, Release, Session
from tests.factories.expo import RoomFactory, ShowFactory, on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    BusFactory,
    GuideFactory,
    SeriesFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
    talk,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(show):
    """A session with everything, public; another one that was cancelled; and a tour."""
    one = placed(on(1, "10:00"), series=SeriesFactory())
    talk(one, SpeakerFactory(), after=0, minutes=20)
    talk(one, SpeakerFactory())
    moderator = talk(one, after=20, minutes=20)
    Appearance.objects.create(session=one, speaker=SpeakerFactory(), talk=moderator, moderates=True)
    speaking(one, SpeakerFactory())
    gone = placed(on(2, "10:00"))
    departing(on(1, "13:00"), guide=GuideFactory(), bus=BusFactory())
    publish(show)
    planning.cancel(actor=SYSTEM, session=gone, why_en="Storm", why_zh="", step=None)
    publish(show)
    move(one, on(1, "11:00"))
    publish(show)
    publishing.undo(actor=SYSTEM, show=show, number=3, at=NOW)
    return one


def broken():
    return list(invariants.broken(on(4, "20:00")))


def test_nothing_is_broken_by_the_acts(session):
    assert broken() == []


def test_an_engagement_that_is_missing_is_noticed(session):
    Engagement.objects.filter(session=session, plan=Plan.WORKING, room__isnull=False).delete()
    assert broken() == ["1 engagements of the working plan are missing."]


def test_an_engagement_of_nobody_is_noticed(session):
    row = Engagement.objects.filter(plan=Plan.PUBLISHED).first()
    Engagement.objects.create(plan=2, session=session, room=RoomFactory(), during=row.during)
    assert broken() == ["1 engagements of the published plan are nobody's."]


def test_a_public_session_that_nobody_published_so_is_noticed(session):
    row = Published.objects.get(pk=session.pk)
    Published.objects.filter(pk=row.pk).update(document=row.document | {"title_en": "Other"})
    assert broken() == ["1 sessions are public otherwise than they were published."]


def test_a_public_session_that_went_is_noticed(session):
    Engagement.objects.filter(session=session, plan=Plan.PUBLISHED).delete()
    Published.objects.filter(pk=session.pk).delete()
    assert broken() == [
        "1 sessions were published and are not public.",
        "1 sessions would take place that are not public.",
    ]


def test_a_session_that_no_version_published_is_noticed(session):
    Change.objects.filter(session=session).delete()
    assert "1 sessions are public that no version published." in broken()


def test_columns_that_say_something_else_are_noticed(session):
    Published.objects.filter(pk=session.pk).update(ends_at=on(1, "12:34"), state="cancelled")
    assert broken() == [
        f"session {session.pk} is listed otherwise than it is told",
        f"session {session.pk} is cancelled, and its document says otherwise",
    ]


def test_a_gap_in_the_versions_is_noticed(session):
    Release.objects.filter(number=4).update(number=5)
    assert broken() == ["1 shows have a gap in the versions of their programme."]


def test_a_session_of_another_kind_than_its_series_is_noticed(session):
    session.series.kind = Kind.CEREMONY
    session.series.save()
    assert broken() == ["1 sessions are of another kind than their series."]


def test_something_of_another_show_is_noticed(session):
    room = RoomFactory(show=ShowFactory(number=21, is_current=False))
    Session.objects.filter(is_cancelled=True).update(room=room)
    assert broken() == ["1 sessions name something of another show."]


def test_a_version_of_a_time_to_come_is_noticed(session, show):
    Release.objects.filter(number=4).update(published_at=on(4, "20:00") + timedelta(seconds=1))
    assert broken() == ["1 versions of the programme are of a time to come."]


def test_it_asks_as_often_for_many_sessions(session, django_assert_num_queries):
    with django_assert_num_queries(25):
        list(invariants.broken_at_any_time())
