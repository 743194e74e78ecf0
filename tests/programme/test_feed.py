"""The feed of changes."""

from datetime import timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import caches

from programme import reading
from programme.actions import planning, publishing
from programme.outputs import changes
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    BusFactory,
    GuideFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
)

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def channel(show, language: str = "en") -> ET.Element:
    return ET.fromstring(changes.rss(reading.read(show), language))[0]  # noqa: S314  (written by us)


def items(show, language: str = "en") -> list[tuple[str | None, str | None]]:
    return [(one.findtext("title"), one.findtext("description")) for one in channel(show, language).findall("item")]


def test_what_is_announced_is_told(show):
    session = placed(
        on(1, "10:00"), title_en="Robots", room=RoomFactory(name_en="Room 301", hall=HallFactory(name_en="Hall 8"))
    )
    publish(show)
    item = channel(show).find("item")
    assert item.findtext("title") == "Robots: new"
    assert item.findtext("description") == "<p>24 October 2019, 10:00–11:00, Room 301, Hall 8</p>"
    assert item.findtext("link") == f"http://testserver/en/programme/{session.slug}/"
    assert item.findtext("category") == "Forum"
    assert parsedate_to_datetime(item.findtext("pubDate")) == NOW


def test_what_moved_is_told_from_where_to_where(show):
    session = placed(on(1, "10:00"), title_en="Robots", room=RoomFactory(name_en="Room 1"))
    publish(show)
    move(session, on(1, "11:30"), room=RoomFactory(name_en="Room 2"))
    publish(show)
    assert items(show)[0] == (
        "Robots: other time, other place",
        "<p>Moved from 24 October 2019, 10:00–11:00, Room 1 to 24 October 2019, 11:30–12:30, Room 2.</p>",
    )


def test_what_is_cancelled_is_told_with_its_reason(show):
    session = placed(on(1, "10:00"), title_en="Robots", room=RoomFactory(name_en="Room 1"))
    publish(show)
    planning.cancel(actor=SYSTEM, session=session, why_en="The speaker is ill.", why_zh="", step=None)
    publish(show)
    assert items(show)[0] == (
        "Robots: cancelled",
        "<p>24 October 2019, 10:00–11:00, Room 1</p><p>The speaker is ill.</p>",
    )


def test_another_title_is_told_with_the_old_one(show):
    session = placed(on(1, "10:00"), title_en="Robots", room=RoomFactory(name_en="Room 1"))
    publish(show)
    session.title_en = "More robots"
    session.save()
    publish(show)
    assert items(show)[0] == (
        "More robots: other title",
        "<p>24 October 2019, 10:00–11:00, Room 1</p><p>Until now: Robots</p>",
    )


def test_guides_buses_and_places_kept_back_are_never_told(show):
    tour = departing(on(1, "10:00"), title_en="Works", guide=GuideFactory(name="Secret"))
    publish(show)
    tour.bus, tour.guide = BusFactory(name="Secret bus"), None
    tour.save()
    publish(show)
    tour.reserve_guests = 7
    tour.save()
    publish(show)
    assert [title for title, _ in items(show)] == ["Works: new"]
    assert b"Secret" not in changes.rss(reading.read(show), "en")


def test_what_changed_beside_the_guide_is_told_without_it(show):
    tour = departing(on(1, "10:00"), title_en="Works")
    publish(show)
    tour.guide = GuideFactory()
    tour.save()
    move(tour, on(1, "11:00"), room=None)
    publish(show)
    assert items(show)[0][0] == "Works: other time"


def test_drafts_are_not_told(show):
    placed(on(1, "10:00"), title_en="Draft")
    assert items(show) == []


def test_of_what_was_taken_back_only_that_is_told(show):
    session = placed(on(1, "10:00"), title_en="Robots")
    speaking(session, SpeakerFactory(name_en="Li Ming"))
    publish(show)
    publishing.undo(actor=SYSTEM, show=show, number=1, at=NOW)
    assert items(show) == [("Robots: no longer announced", "")]
    assert channel(show).findtext("item/link") == "http://testserver/en/programme/"


def test_the_last_fifty_are_told_newest_first(show):
    for number in range(51):
        placed(on(1, "10:00"), title_en=f"Session {number}")
    publish(show)
    placed(on(2, "10:00"), title_en="Last")
    publish(show, at=NOW + timedelta(hours=1))
    titles = [title for title, _ in items(show)]
    assert (len(titles), titles[0]) == (50, "Last: new")


def test_an_item_keeps_its_guid_in_both_languages(show):
    placed(on(1, "10:00"))
    publish(show)
    first, chinese = (channel(show, language).find("item/guid") for language in ("en", "zh-hans"))
    assert first.text == chinese.text
    assert first.text.startswith("urn:uuid:")
    assert first.get("isPermaLink") == "false"


def test_it_speaks_the_language_that_is_asked_for(show):
    placed(on(1, "10:00"), title_en="Robots", title_zh="机器人", room=RoomFactory(name_zh="301会议室"))
    publish(show)
    said = channel(show, "zh-hans")
    assert said.findtext("language") == "zh-Hans"
    assert said.findtext("item/description") == "<p>2019年10月24日 10:00–11:00, 301会议室</p>"
    assert said.find(f"{ATOM}link").get("href") == "http://testserver/programme.rss?lang=zh"


def test_no_title_becomes_markup(show):
    session = placed(on(1, "10:00"), title_en="<b>]]> & 🤖\x01", room=RoomFactory(name_en="<script>"))
    publish(show)
    session.title_en = "Plain"
    session.save()
    publish(show)
    (_, told), (title, where) = items(show)
    assert told.endswith("<p>Until now: &lt;b&gt;]]&gt; &amp; 🤖</p>")
    assert title == "<b>]]> & 🤖: new"
    assert where.endswith("&lt;script&gt;</p>")


def test_a_session_over_midnight_says_both_days(show):
    placed(on(1, "23:30"), room=RoomFactory(name_en="Room 1"), outside_hours_why="Fireworks")
    publish(show)
    assert items(show)[0][1] == "<p>24 October 2019, 23:30–25 October 2019, 00:30, Room 1</p>"


def test_an_empty_feed_is_the_same_each_time(client, show):
    first = client.get("/programme.rss")
    caches["process"].clear()
    again = client.get("/programme.rss", headers={"If-None-Match": first["ETag"]})
    assert (first.headers["Content-Type"], again.status_code) == ("application/rss+xml; charset=utf-8", 304)


def test_it_takes_as_many_queries_however_much_changed(client, show, django_assert_num_queries):
    for number in (1, 2):
        placed(on(number, "10:00"))
        publish(show)
        caches["process"].clear()
        # The show and its days, what is published (three), the rooms, the changes.
        with django_assert_num_queries(7):
            client.get("/programme.rss")
