"""One mail says what changed for whoever reads it, in their language, and nothing that is not for them."""

from datetime import timedelta

import pytest
import time_machine

from accounts import mails
from accounts.models import Mail
from expo.models import Show
from programme.actions import forgetting, planning, publishing, speaking
from programme.links import speaker_url
from programme.models import Appearance, Host, Speaker
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    BusFactory,
    GuideFactory,
    HostFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    talk,
)
from tests.factories.programme import speaking as speaks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def before_the_show():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hall(show):
    return HallFactory(show=show, name_en="Hall 1", name_zh="1号馆")


@pytest.fixture
def session(hall):
    room = RoomFactory(hall=hall, name_en="Room 2A", name_zh="2A厅")
    return placed(on(1, "10:00"), room=room, title_en="Opening", title_zh="开幕")


def built(to):
    """The newest mail to this address, put together."""
    return mails.build(Mail.objects.filter(to=to.email if hasattr(to, "email") else to).latest("pk"))


def text(to):
    return built(to).body.replace("\N{ZERO WIDTH SPACE}", "")


def test_a_speaker_is_told_of_a_new_session_with_the_time_of_the_own_talk(session, show):
    ada = SpeakerFactory()
    talk(session, ada, after=20, minutes=25)
    publish(show)
    told = text(ada)
    assert "New for you: Opening\nYou speak there.\nWhen: Thursday 24 October, 10:20–10:45\n" in told
    assert "Where: Room 2A, Hall 1\n" in told
    assert speaker_url(ada, "en") in told
    assert f"/en/programme/{session.slug}/" in told


def test_what_moved_is_told_with_before_and_after(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    move(session, on(2, "14:00"), room=RoomFactory(name_en="Room 9B"))
    publish(show)
    told = text(ada)
    assert "Moved: Opening" in built(ada).subject
    assert "When: Thursday 24 October, 10:00–11:00 → Friday 25 October, 14:00–15:00\n" in told
    assert "Where: Room 2A, Hall 1 → Room 9B\n" in told


def test_a_mail_speaks_its_readers_language(session, show):
    ada = SpeakerFactory(language="zh-hans")
    speaks(session, ada)
    publish(show)
    told = text(ada)
    assert ("开幕" in told, "2A厅" in told, "Opening" in told, "/zh/programme/" in told) == (True, True, False, True)
    assert "10月24日 星期四 10:00–11:00" in told


def test_times_are_those_of_the_show_for_a_reader_anywhere(session, show, settings):
    settings.TIME_ZONE = "America/New_York"
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    assert "10:00–11:00" in text(ada)


def test_a_cancelled_session_is_told_with_its_reason(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    planning.cancel(actor=SYSTEM, session=session, why_en="The storm", why_zh="台风", step=None)
    publish(show)
    assert built(ada).subject == f"Cancelled: Opening · {show.short}"
    assert "The storm\nWhen: Thursday 24 October, 10:00–11:00\n" in text(ada)


def test_a_speaker_who_was_taken_out_is_told_so_and_not_what_else_changed(session, show):
    ada, bo = SpeakerFactory(), SpeakerFactory()
    speaks(session, ada)
    publish(show)
    Appearance.objects.all().delete()
    speaks(session, bo)
    publish(show)
    assert "No longer with you: Opening" in text(ada)
    assert "New for you: Opening" in text(bo)


def test_a_session_that_comes_back_is_told(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    planning.cancel(actor=SYSTEM, session=session, why_en="Storm", why_zh="", step=None)
    publish(show)
    planning.restore(actor=SYSTEM, session=session, step=None)
    publish(show)
    assert "Takes place after all: Opening" in text(ada)


def test_a_host_and_a_guide_are_told_what_is_theirs(show):
    host, guide = HostFactory(name_en="The Park"), GuideFactory()
    bus = BusFactory(name="京A·12345")
    departing(on(1, "09:00"), host=host, guide=guide, bus=bus, title_en="To the lab")
    publish(show)
    assert "The Park hosts it.\n" in text(host.contact_email)
    assert "京A" not in text(host.contact_email)
    told = text(guide)
    assert ("You guide it.\n" in told, "Bus: 京A·12345\n" in told, "Where: Gate 1\n" in told) == (True, True, True)
    assert "/speakers/own/" not in told


def test_several_sessions_stand_in_one_mail_in_the_order_of_time(session, show):
    ada = SpeakerFactory()
    later = placed(on(2, "10:00"), title_en="Second")
    for one in (later, session):
        speaks(one, ada)
    publish(show)
    told = text(ada)
    assert built(ada).subject.startswith("2 sessions changed for you")
    assert told.index("Opening") < told.index("Second")


def test_a_title_never_becomes_a_link_or_markup(show):
    ada = SpeakerFactory()
    speaks(placed(on(1, "10:00"), title_en="evil.example.com <b>x</b>"), ada)
    publish(show)
    message = built(ada)
    html = message.alternatives[0].content
    assert "evil.example.com" not in message.body + html + message.subject
    assert "<b>x</b>" not in html


def test_a_mail_that_waited_until_all_is_over_is_not_sent(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    with time_machine.travel(on(1, "11:00"), tick=False):
        assert built(ada) is None


def test_nothing_goes_to_an_address_that_is_another_persons_by_now(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    before = ada.email
    Speaker.objects.update(email="new@example.com")
    assert built(before) is None


def test_nothing_is_told_of_a_speaker_who_is_gone(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    mail = Mail.objects.get()
    Speaker.objects.update(email="")
    assert mails.build(mail) is None


def test_a_cancelled_session_that_moves_is_nobodys_news(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    planning.cancel(actor=SYSTEM, session=session, why_en="Storm", why_zh="", step=None)
    publish(show)
    session.refresh_from_db()
    session.starts_at += timedelta(hours=1)
    session.save()
    Mail.objects.all().delete()
    publish(show)
    assert [mails.build(mail) for mail in Mail.objects.all()] in ([], [None])


def test_what_is_taken_back_is_told_as_it_is_again(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    move(session, on(2, "14:00"))
    publish(show)
    publishing.undo(actor=SYSTEM, show=show, number=2, at=NOW)
    assert "When: Friday 25 October, 14:00–15:00 → Thursday 24 October, 10:00–11:00\n" in text(ada)


def test_a_session_that_is_gone_from_the_programme_has_no_link(session, show):
    ada = SpeakerFactory()
    speaks(session, ada)
    publish(show)
    publishing.undo(actor=SYSTEM, show=show, number=1, at=NOW)
    told = text(ada)
    assert ("No longer in the programme: Opening" in told, "/programme/" in told) == (True, False)


def test_who_is_host_and_speaker_reads_of_both(session, show):
    ada = SpeakerFactory(email="same@example.com")
    Host.objects.filter(pk=HostFactory(contact_email="Same@example.com").pk).update(name_en="The Park")
    session.host = Host.objects.get()
    session.save()
    speaks(session, ada)
    publish(show)
    told = text("same@example.com")
    assert ("You speak there." in told, "The Park hosts it." in told) == (True, True)


def test_the_invitation_shows_what_is_said_and_leads_to_the_own_page(show):
    ada = SpeakerFactory(name_en="Ada Wong", position_en="Dean", firm_en="Example Labs")
    mail = speaking.send_link(actor=SYSTEM, speaker=ada)
    message = mails.build(mail)
    assert message.subject == f"Please confirm what we say of you · {show.short}"
    assert "Ada Wong\nDean\nExample Labs\n" in message.body
    assert speaker_url(ada, "en") in message.body
    assert speaker_url(ada, "en") in message.alternatives[0].content


def test_the_link_in_a_mail_is_the_one_that_opens_when_it_is_sent(show):
    ada = SpeakerFactory()
    mail = speaking.send_link(actor=SYSTEM, speaker=ada)
    after = speaking.renew_link(actor=SYSTEM, speaker=ada)
    assert speaker_url(after, "en") in mails.build(mail).body


def test_an_invitation_to_who_was_erased_is_not_sent(show):
    ada = SpeakerFactory()
    mail = speaking.send_link(actor=SYSTEM, speaker=ada)
    forgetting.erase(actor=SYSTEM, speaker=ada, at=Show.objects.get().now())
    assert mails.build(mail) is None
