"""From the plan to the public: summaries, versions, who is told what, and taking it back."""

from datetime import timedelta

import pytest

from accounts.models import Mail
from programme.actions import planning, publishing
from programme.actions import speaking as actions
from programme.documents import Difference, Document
from programme.models import Engagement, Plan, Published, Release
from tests.factories.expo import AreaFactory, RoomFactory, on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    GuideFactory,
    HostFactory,
    SeriesFactory,
    SessionFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
    talk,
)
from tests.factories.refusals import code_of

pytestmark = pytest.mark.django_db


def what(show) -> dict[str, list[str]]:
    return {one.session.code: list(one.what) for one in publishing.pending(show)}


def test_a_draft_is_not_public_until_it_is_published(show):
    session = placed(on(1, "10:00"))
    assert not Published.objects.exists()

    release = publish(show)

    assert (release.number, Published.objects.get().told) == (1, Document.of(session))


def test_the_summary_says_what_changed_of_each_session(show):
    one, two, three = placed(on(1, "10:00")), placed(on(1, "12:00")), placed(on(1, "14:00"))
    publish(show)
    move(one, on(1, "11:00"), room=RoomFactory())
    planning.cancel(actor=SYSTEM, session=two, why_en="Ill", why_zh="", step=None)
    speaking(three, SpeakerFactory())

    assert what(show) == {
        one.code: [Difference.TIME, Difference.PLACE],
        two.code: [Difference.CANCELLED, Difference.DETAILS],
        three.code: [Difference.SPEAKERS],
    }


def test_what_has_no_time_yet_is_no_news(show):
    SessionFactory()

    assert publishing.pending(show) == []


def test_what_was_cancelled_before_anybody_knew_of_it_is_no_news(show):
    planning.cancel(actor=SYSTEM, session=placed(on(1, "10:00")), why_en="Ill", why_zh="", step=None)

    assert publishing.pending(show) == []


def test_only_the_sessions_that_were_chosen_go_out(show):
    one, two = placed(on(1, "10:00")), placed(on(1, "12:00"))

    publish(show, one)

    assert list(Published.objects.values_list("session", flat=True)) == [one.pk]
    assert what(show) == {two.code: [Difference.NEW]}


def test_what_was_chosen_does_not_meet_what_stays_public(show):
    room = RoomFactory()
    one, two = placed(on(1, "10:00"), room=room), placed(on(1, "12:00"), room=room)
    publish(show)
    move(one, on(1, "14:00"))
    move(two, on(1, "10:00"))

    assert code_of(publish, show, two) == "room_taken"
    publish(show)
    assert Engagement.objects.filter(plan=Plan.PUBLISHED).count() == 2


def test_nothing_is_published_twice(show):
    placed(on(1, "10:00"))
    publish(show)

    assert code_of(publish, show) == "nothing_to_publish"


def test_what_is_published_is_what_was_shown(show):
    session = placed(on(1, "10:00"))
    seen = publishing.seal(publishing.pending(show))
    move(session, on(1, "11:00"))

    assert code_of(publishing.publish, actor=SYSTEM, show=show, sessions=None, seen=seen, at=NOW) == "changed"


def test_what_lost_its_time_is_cancelled_and_not_just_gone(show):
    session = placed(on(1, "10:00"))
    publish(show)
    planning.unplace(actor=SYSTEM, session=session, step=None)

    assert [one.is_lost for one in publishing.pending(show)] == [True]
    assert code_of(publish, show) == "not_placed"


def test_a_moved_session_says_where_it_was_announced_first(show):
    session = placed(on(1, "10:00"))
    publish(show)
    move(session, on(1, "11:00"))
    publish(show)
    move(session, on(1, "12:00"))
    publish(show)

    row = Published.objects.get()
    assert (row.state, row.sequence) == ("moved", 2)
    assert row.moved_from["starts_at"] == "2019-10-24T02:00:00+00:00"


def test_a_session_that_is_back_where_it_was_has_not_moved(show):
    session = placed(on(1, "10:00"))
    for hour in ("10:00", "11:00", "10:00"):
        move(session, on(1, hour))
        publish(show)

    row = Published.objects.get()
    assert (row.state, row.moved_from, row.sequence) == ("published", None, 2)


def test_undoing_shows_the_public_what_it_saw_before_and_leaves_the_plan(show):
    one = placed(on(1, "10:00"))
    publish(show)
    before = Published.objects.get().document
    move(one, on(1, "11:00"))
    two = placed(on(1, "14:00"))
    publish(show)

    release = publishing.undo(actor=SYSTEM, show=show, number=2, at=NOW)

    assert (release.number, release.undoes.number) == (3, 2)
    assert Published.objects.get().document == before
    assert Published.objects.get().sequence == 2
    assert what(show) == {one.code: [Difference.TIME], two.code: [Difference.NEW]}


def test_only_the_last_release_is_undone_and_only_once(show):
    placed(on(1, "10:00"))
    assert code_of(publishing.undo, actor=SYSTEM, show=show, number=0, at=NOW) == "nothing_to_undo"
    publish(show)
    assert code_of(publishing.undo, actor=SYSTEM, show=show, number=0, at=NOW) == "changed"
    publishing.undo(actor=SYSTEM, show=show, number=1, at=NOW)
    assert code_of(publishing.undo, actor=SYSTEM, show=show, number=2, at=NOW) == "nothing_to_undo"


@pytest.mark.parametrize("what", ["series", "host", "area", "room"])
def test_what_was_deleted_since_keeps_a_version_from_being_taken_back(show, what):
    factories = {"series": SeriesFactory, "host": HostFactory, "area": AreaFactory, "room": RoomFactory}
    session = placed(on(1, "10:00"), **{what: factories[what]()})
    publish(show)
    gone = getattr(session, what)
    setattr(session, what, None)
    session.save()
    publish(show)
    gone.delete()

    assert code_of(publishing.undo, actor=SYSTEM, show=show, number=2, at=NOW) == "gone"


def test_a_speaker_who_was_deleted_since_does_not_come_back(show):
    speaker = SpeakerFactory()
    appearance = speaking(placed(on(1, "10:00")), speaker)
    publish(show)
    appearance.delete()
    publish(show)
    actions.delete(actor=SYSTEM, speakers=[speaker])

    assert code_of(publishing.undo, actor=SYSTEM, show=show, number=2, at=NOW) == "gone"


def told() -> list[str]:
    return sorted(Mail.objects.filter(kind="programme.changes").values_list("to", flat=True))


def test_everybody_concerned_gets_one_mail_and_nobody_else(show):
    host, speaker, guide, stranger = HostFactory(), SpeakerFactory(), GuideFactory(), SpeakerFactory()
    one, two = placed(on(1, "10:00"), host=host), placed(on(1, "12:00"), host=host)
    speaking(one, speaker)
    speaking(two, speaker)
    speaking(placed(on(1, "14:00")), stranger)
    tour = departing(on(1, "09:00"), guide=guide)
    publish(show)
    Mail.objects.all().delete()

    move(one, on(1, "11:00"))
    move(tour, on(1, "09:30"), room=None)
    publish(show)

    assert told() == sorted([host.contact_email, speaker.email, guide.email])


def test_who_is_host_and_speaker_gets_one_mail(show):
    host, speaker = HostFactory(contact_email="Same@example.com"), SpeakerFactory(email="same@example.com")
    speaking(placed(on(1, "10:00"), host=host), speaker)

    publish(show)

    mail = Mail.objects.get()
    assert (mail.to, mail.facts["hosts"], mail.facts["speakers"]) == ("same@example.com", [host.pk], [speaker.pk])


def test_a_talk_that_stays_is_no_news_to_its_speaker(show):
    session, first, second = placed(on(1, "10:00")), SpeakerFactory(), SpeakerFactory()
    talk(session, first, after=0, minutes=20)
    later = talk(session, second, after=20, minutes=20)
    publish(show)
    Mail.objects.all().delete()

    later.after = 40
    later.save()
    publish(show)

    assert told() == [second.email]


def test_nobody_is_told_of_what_is_over(show):
    session = placed(on(1, "10:00"))
    speaking(session, SpeakerFactory())

    publish(show, at=on(1, "11:00") + timedelta(minutes=1))

    assert told() == []


def test_who_published_and_why_is_on_record(show):
    placed(on(1, "10:00"))

    publishing.publish(actor=SYSTEM, show=show, sessions=None, seen=None, at=NOW, note="First")

    assert Release.objects.values_list("number", "note", "published_at").get() == (1, "First", NOW)
