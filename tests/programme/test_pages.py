"""The public pages, as a visitor reads them."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.core.cache import caches

from programme import walls
from programme.actions import planning
from programme.models import Audience, Kind, Material, Published
from tests.factories.accounts import UserFactory
from tests.factories.exhibitors import FirmFactory, MemberFactory, accepted, row_of_booths
from tests.factories.expo import AreaFactory, RoomFactory, on
from tests.factories.programme import (
    SYSTEM,
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
from tests.factories.staff import logged_in

pytestmark = pytest.mark.django_db

DAY = "/en/programme/day/2019-10-24/"


@pytest.fixture(autouse=True)
def at(set_clock):
    return set_clock


def page(client, path, query=None):
    caches["process"].clear()
    answer = client.get(path, query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def cancel(session, why="The speaker is ill."):
    planning.cancel(actor=SYSTEM, session=session, why_en=why, why_zh="", step=None)


def titles(html):
    return re.findall(r'<h3><a href="[^"]+">([^<]+)</a></h3>', html)


# The right day.


@pytest.mark.parametrize(
    ("moment", "day"),
    [(on(-3, "12:00"), "24"), (on(1, "00:00"), "24"), (on(2, "23:59"), "25"), (on(9, "12:00"), "24")],
)
def test_the_programme_leads_to_today_and_else_to_the_first_day(client, show, at, moment, day):
    placed(on(1, "12:00"))
    publish(show)
    at(moment)

    answer = client.get("/en/programme/?kind=forum")

    assert (answer.status_code, answer["Location"]) == (302, f"/en/programme/day/2019-10-{day}/?kind=forum")


def test_before_anything_is_published_it_says_so(client, show):
    placed(on(1, "12:00"), title_en="Secret")
    html = page(client, "/en/programme/")
    assert ("is not published yet" in html, "Secret" in html) == (True, False)
    assert "is not published yet" in page(client, "/en/programme/now/")


@pytest.mark.parametrize("day", ["2019-10-23", "20191024", "2019-W43-4", "9999-12-31", "x", "2019-10-024"])
def test_only_days_of_the_programme_have_a_page(client, show, day):
    placed(on(1, "12:00"))
    publish(show)
    assert client.get(f"/en/programme/day/{day}/").status_code == 404


def test_a_day_outside_of_the_show_has_a_page_if_something_is_planned_on_it(client, show):
    placed(on(0, "12:00"), outside_hours_why="The evening before")
    publish(show)
    assert "Wednesday 23 October" in page(client, "/en/programme/day/2019-10-23/")


# A day.


def test_a_day_is_a_list_and_a_grid_and_each_leads_to_the_other(client, show):
    placed(on(1, "12:00"), title_en="Robots")
    publish(show)

    both, as_list, as_grid = (page(client, DAY + query) for query in ("", "?view=list", "?view=grid"))

    assert ['class="slots"' in html for html in (both, as_list, as_grid)] == [True, True, False]
    assert ['class="timetable' in html for html in (both, as_list, as_grid)] == [True, False, True]
    assert 'href="?view=grid"' in as_list
    assert 'href="?view=list"' in as_grid


def test_times_say_whose_they_are_and_programs_get_the_offset(client, show):
    placed(on(1, "12:00"))
    publish(show)
    html = page(client, DAY)
    assert "Times are those of Beijing, UTC+8." in html
    assert '<time datetime="2019-10-24T12:00+08:00">12:00</time>' in html


def test_a_session_over_midnight_stands_under_both_days(client, show):
    placed(on(1, "22:00"), title_en="Night of Science", minutes=240, outside_hours_why="Night")
    publish(show)
    assert "22:00</time> – " in page(client, DAY)
    html = page(client, "/en/programme/day/2019-10-25/")
    assert '<span class="of-day">since Thursday 24 October</span>' in html
    assert ">25 October, 02:00</time>" in html


def test_what_ends_at_midnight_is_not_of_the_next_day(client, show):
    placed(on(1, "22:00"), minutes=120, outside_hours_why="Night")
    publish(show)
    assert "Nothing is planned on this day" in page(client, "/en/programme/day/2019-10-25/")


def test_days_are_those_of_the_shows_zone_whatever_the_readers_is(client, show):
    show.time_zone, show.city_en = "Europe/Berlin", "Berlin"
    show.save()
    placed(datetime(2019, 10, 26, 22, 30, tzinfo=UTC), title_en="Past midnight", outside_hours_why="Night")
    placed(datetime(2019, 10, 27, 8, 0, tzinfo=UTC), title_en="Morning")
    publish(show)

    html = page(client, "/en/programme/day/2019-10-27/?view=list")

    assert titles(html) == ["Past midnight", "Morning"]
    assert '<time datetime="2019-10-27T00:30+02:00">00:30</time>' in html
    assert '<time datetime="2019-10-27T09:00+01:00">09:00</time>' in html
    assert "Berlin: UTC+2 until the clocks change that night, then UTC+1." in html
    slug = Published.objects.get(document__title_en="Past midnight").told.slug
    assert 'href="/en/programme/day/2019-10-27/"' in page(client, f"/en/programme/{slug}/")


@pytest.fixture
def mixed(show):
    """Four sessions that differ in what can be chosen."""
    area = AreaFactory(slug="science-city", letter="A", name_en="Science City")
    placed(on(1, "10:00"), title_en="Forum in Chinese", area=area)
    placed(on(1, "11:00"), title_en="Interpreted", area=area, interpretation=["en"])
    placed(on(1, "12:00"), title_en="For merchants", kind=Kind.PROMOTION, audience=Audience.MERCHANTS, languages=["en"])
    departing(on(1, "13:00"), title_en="Tour", languages=[])
    publish(show)
    return show


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Forum in Chinese", "Interpreted", "For merchants", "Tour"]),
        ("kind=forum", ["Forum in Chinese", "Interpreted"]),
        ("area=science-city", ["Forum in Chinese", "Interpreted"]),
        ("language=en", ["Interpreted", "For merchants"]),
        ("audience=open", ["Forum in Chinese", "Interpreted", "Tour"]),
        ("area=science-city&language=en&kind=forum&audience=open", ["Interpreted"]),
        ("kind=tour&language=en", []),
        # What cannot be chosen chooses nothing.
        (
            "kind=x&area=%00&language=xx&audience=&view=pie&page=9",
            ["Forum in Chinese", "Interpreted", "For merchants", "Tour"],
        ),
    ],
)
def test_a_day_is_narrowed_down_by_all_that_is_chosen(client, mixed, query, expected):
    assert titles(page(client, f"{DAY}?view=list&{query}" if "view" not in query else f"{DAY}?{query}")) == expected


def test_the_choice_goes_along_to_the_other_view_and_the_other_days(client, mixed):
    html = page(client, f"{DAY}?kind=forum&view=list")
    assert 'href="?kind=forum&amp;view=grid"' in html
    assert 'href="/en/programme/day/2019-10-25/?kind=forum&amp;view=list"' in html
    assert '<option value="forum" selected>Forum</option>' in html
    assert "2 of 4 sessions" in html


def test_when_nothing_is_like_that_it_says_what_to_do(client, mixed):
    html = page(client, f"{DAY}?kind=tour&language=en")
    assert "Nothing on this day is like that" in html
    assert f'href="{DAY}">Show all of this day' in html


def test_nothing_is_inline(client, mixed):
    for path in (DAY, "/en/programme/now/", "/en/programme/search/?q=forum", "/en/speakers/", "/en/programme/wall/"):
        html = page(client, path)
        assert not [word for word in ("style=", "<style", "onclick", "javascript:") if word in html], path


# Moved, cancelled, on, over.


def test_what_was_cancelled_or_moved_says_so_in_words(client, show):
    gone, moved = placed(on(1, "12:00")), placed(on(1, "14:00"), room=RoomFactory(name_en="Old room"))
    publish(show)
    cancel(gone)
    move(moved, on(1, "15:00"), room=RoomFactory(name_en="New room"))
    publish(show)

    html = page(client, f"{DAY}?view=list")
    for words in (
        '<span class="chip gone">cancelled</span></p>', '<p class="small">The speaker is ill.</p>',
        '<span class="chip wait">moved</span></p>',
        '<p class="small">It was announced for 14:00 – 15:00, Old room.</p>',
    ):  # fmt: skip
        assert words in html
    assert "This session is cancelled" in page(client, f"/en/programme/{gone.slug}/")
    html = page(client, f"/en/programme/{moved.slug}/")
    assert "This session has moved" in html
    assert "EventRescheduled" in html


@pytest.mark.parametrize(
    ("clock", "word"), [("11:59", None), ("12:00", "on now"), ("12:59", "on now"), ("13:00", "over")]
)
def test_on_and_over_are_by_the_shows_clock(client, show, at, clock, word):
    placed(on(1, "12:00"))
    publish(show)
    at(on(1, clock))
    html = page(client, f"{DAY}?view=list")
    assert [one for one in ("on now", "over") if f">{one}</span>" in html] == ([word] if word else [])


def test_a_page_is_drawn_anew_when_the_clock_moves_on_and_when_something_is_published(client, show, at):
    session = placed(on(1, "10:30"), title_en="Robots")
    publish(show)
    assert "Robots" in client.get(DAY).content.decode()
    cancel(session)
    publish(show)
    caches["process"].delete(f"programme:{show.pk}")
    assert "The speaker is ill." in client.get(DAY).content.decode()


# Now and next.


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (
            on(-3, "12:00"),
            ["CHITEC 22 has still to come: 24 – 27 October 2019.", "It begins with: Thursday 24 October"],
        ),
        (on(1, "09:00"), ["Nothing is on at the moment.", ">Next</h2>"]),
        (on(1, "10:30"), ["on now</span>", ">Next</h2>"]),
        (on(1, "20:00"), ["Nothing more is on today.", "It goes on with: Friday 25 October"]),
        (on(2, "10:30"), ["on now</span>", "Nothing comes after that."]),
        (on(2, "11:30"), ["Nothing is on at the moment.", "Nothing comes after that."]),
        (on(4, "18:00"), ["The programme is over"]),
    ],
)
def test_now_and_next_is_by_the_shows_clock(client, show, at, moment, words):
    placed(on(1, "10:00"))
    placed(on(1, "11:00"))
    placed(on(2, "10:00"))
    publish(show)
    at(moment)
    html = page(client, "/en/programme/now/")
    assert [word for word in words if word not in html] == []


def test_next_is_what_begins_soon_and_not_the_whole_day(client, show):
    for hour in ("11:00", "11:30", "11:31"):
        placed(on(1, hour), title_en=f"At {hour}")
    publish(show)
    assert titles(page(client, "/en/programme/now/")) == ["At 11:00", "At 11:30"]


# A session.


def test_a_session_says_all_that_a_visitor_asks(client, show):
    area = AreaFactory(slug="science-city", letter="A", name_en="Science City")
    session = placed(
        on(1, "10:00"),
        title_en="Robots <b>",
        title_zh="机器人",
        about_en="What it is about.",
        area=area,
        host=HostFactory(name_en="Robot Society"),
        series=SeriesFactory(name_en="Forum 4", slug="forum-4"),
        languages=["zh", "en"],
        interpretation=["fr"],
        audience=Audience.PROFESSIONALS,
        seats=250,
        standing=20,
        age_from=16,
        bring_en="Closed shoes",
        asks_id=True,
        id_why_en="The site is guarded.",
        minutes=120,
    )
    talk(session, SpeakerFactory(name_en="Ada Stone"), title_en="Arms", after=30, minutes=20)
    speaking(session, SpeakerFactory(name_en="Bo Reed"), moderates=True)
    speaking(session, SpeakerFactory(name_en="Cy Lake"))
    publish(show)

    html = page(client, f"/en/programme/{session.slug}/")

    for words in (
        "Robots &lt;b&gt;", "机器人", "What it is about.", "Science City", "Robot Society",
        "/en/programme/series/forum-4/",
        "Chinese, English, interpreted into French", "For professional visitors", "250 seats and 20 standing places",
        "from the age of 16", "Closed shoes", "It is asked for. The site is guarded.", "10:30</time> – ", "Ada Stone",
        "Moderator", "Bo Reed", "Also with", "Cy Lake", session.room.name_en, 'itemtype="https://schema.org/Event"',
        'itemprop="startDate" datetime="2019-10-24T10:00+08:00"', 'content="270"', "EventScheduled",
    ):  # fmt: skip
        assert words in html, words
    assert html.count("<h1") == 1


def test_the_host_leads_to_the_catalogue_only_if_it_exhibits(client, show):
    area = AreaFactory(letter="A")
    member = MemberFactory()
    accepted(member, row_of_booths(area, 1))
    there = placed(on(1, "10:00"), host=HostFactory(firm=member.firm))
    elsewhere = placed(on(1, "10:00"), host=HostFactory(firm=FirmFactory()))
    publish(show)
    assert f'href="/en/exhibitors/{member.firm.slug}/"' in page(client, f"/en/programme/{there.slug}/")
    assert 'href="/en/exhibitors/firm-' not in page(client, f"/en/programme/{elsewhere.slug}/")


def test_a_tour_says_where_it_meets_and_how_long_the_bus_takes(client, show):
    session = departing(on(1, "10:00"), travel_minutes=40, enterprise__name_en="Open Works")
    publish(show)
    html = page(client, f"/en/programme/{session.slug}/")
    for words in ("Meeting point", "Gate 1", "Open Works", "40 minutes by bus, one way"):
        assert words in html


def test_slides_and_recordings_stand_at_their_session(client, show):
    session = placed(on(1, "10:00"))
    Material.objects.create(session=session, kind="recording", url="https://example.org/film", title_en="The <film>")
    publish(show)
    html = page(client, f"/en/programme/{session.slug}/")
    assert "Slides and recordings" in html
    assert '<a href="https://example.org/film" rel="nofollow noopener noreferrer external">The &lt;film&gt;</a>' in html


def test_a_session_is_offered_for_the_calendar(client, show):
    session = placed(on(1, "12:00"))
    publish(show)
    html = page(client, f"/en/programme/{session.slug}/")
    assert f'href="/en/programme/{session.slug}/calendar.ics"' in html


# Series and speakers.


def test_a_series_has_its_sessions_by_day_and_who_speaks(client, show):
    series = SeriesFactory(
        slug="forum-4", name_en="Forum 4", about_en="All of it.", host=HostFactory(name_en="Society")
    )
    speaking(placed(on(1, "10:00"), series=series, title_en="One"), SpeakerFactory(name_en="Ada Stone"))
    placed(on(2, "10:00"), series=series, title_en="Two")
    publish(show)
    html = page(client, "/en/programme/series/forum-4/")
    assert titles(html) == ["One", "Two"]
    for words in ("Thursday 24 October", "Friday 25 October", "Ada Stone", "All of it.", "Society", "2 sessions"):
        assert words in html


def test_speakers_stand_by_letter_in_the_order_of_the_language(client, show):
    session = placed(on(1, "10:00"))
    for en, zh in (("Zoe Adams", "艾佐伊"), ("Bao Wen", "包文"), ("Ada Bell", "周艾达")):
        speaking(session, SpeakerFactory(name_en=en, name_zh=zh))
    publish(show)

    def names(path):
        return re.findall(r'href="/../speakers/[^"]+"><span>([^<]+)', page(client, path))

    assert names("/en/speakers/") == ["Ada Bell", "Bao Wen", "Zoe Adams"]
    assert names("/zh/speakers/") == ["艾佐伊", "包文", "周艾达"]
    assert names("/zh/speakers/?q=bao") == ["包文"]
    assert names("/en/speakers/?q=周") == ["Ada Bell"]
    assert "No speaker is like that" in page(client, "/en/speakers/?q=nobody")


def test_a_speaker_has_everything_that_they_speak_at(client, show):
    speaker = SpeakerFactory(name_en="Ada Stone", firm_en="Example Works", about_en="Builds <arms>.", country="DE")
    talk(placed(on(1, "10:00"), title_en="One"), speaker, title_en="Arms", after=15, minutes=20)
    speaking(placed(on(2, "10:00"), title_en="Two"), speaker, moderates=True)
    placed(on(2, "10:00"), title_en="Three")
    publish(show)
    html = page(client, f"/en/speakers/{speaker.slug}/")
    assert titles(html) == ["One", "Two"]
    for words in ("Example Works", "Germany", "Builds &lt;arms&gt;.", "“Arms”", "10:15</time>", "Moderates"):
        assert words in html
    assert speaker.email not in html


def test_who_speaks_at_something_cancelled_has_a_page_but_is_in_no_list(client, show):
    session, speaker = placed(on(1, "10:00")), SpeakerFactory(name_en="Ada Stone")
    speaking(session, speaker)
    publish(show)
    cancel(session)
    publish(show)
    assert "Ada Stone" in page(client, f"/en/speakers/{speaker.slug}/")
    assert "No speakers yet" in page(client, "/en/speakers/")


# Search.


def test_the_search_says_what_it_found_and_what_to_do_if_nothing(client, show):
    placed(on(1, "10:00"), title_en="Robots")
    publish(show)
    html = page(client, "/en/programme/search/", {"q": "robots"})
    assert (titles(html), "1 thing found for “robots”" in html) == (["Robots"], True)
    html = page(client, "/en/programme/search/", {"q": "<script>"})
    assert "Nothing is like that" in html
    assert "<script>" not in html
    assert "What are you looking for?" in page(client, "/en/programme/search/")


@pytest.mark.parametrize("query", ["\x00", "a" * 5000, "😀", "\u202e", "%", "'", "机" * 500, "ﷺ" * 80])
def test_whatever_is_typed_is_answered(client, show, query):
    placed(on(1, "10:00"))
    publish(show)
    for path in ("/en/programme/search/", "/en/speakers/"):
        page(client, path, {"q": query})


# Strangers, drafts, and what it costs.

PAGES = (
    "/en/programme/", DAY, f"{DAY}?view=grid", "/en/programme/now/", "/en/programme/search/?q=secret", "/en/speakers/",
    "/en/programme/wall/hall-9/", "/en/areas/science-city/", "/en/",
)  # fmt: skip


@pytest.mark.parametrize("who", ["nobody", "exhibitor", "organiser"])
def test_a_draft_is_nobodys_to_see(show, who):
    area = AreaFactory(slug="science-city", hall__slug="hall-9", letter="A")
    room = RoomFactory(hall=area.hall)
    known = placed(on(1, "12:00"), room=room, area=area)
    publish(show)
    known.title_en = "Secret title"
    known.save()
    series, speaker = SeriesFactory(name_en="Secret series"), SpeakerFactory(name_en="Secret speaker")
    draft = placed(on(1, "14:00"), title_en="Secret draft", area=area, series=series, room=room)
    speaking(draft, speaker)
    SessionFactory(title_en="Secret and unplaced")

    client = logged_in({"nobody": None}.get(who) or (None if who == "nobody" else UserFactory(**{who: True})))

    for path in PAGES:
        caches["process"].clear()
        text = client.get(path, follow=True).content.decode().replace("“secret”", "").replace('value="secret"', "")
        assert re.findall("[Ss]ecret(?! )|Secret ", text.replace("q=secret", "")) == [], path
    for address in (draft.slug, f"series/{series.slug}"):
        assert client.get(f"/en/programme/{address}/").status_code == 404
    assert client.get(f"/en/speakers/{speaker.slug}/").status_code == 404


def test_nothing_personal_of_speakers_and_hosts_is_told(client, show):
    host = HostFactory(contact_name="Secret Contact")
    session = placed(on(1, "10:00"), host=host)
    speaker = SpeakerFactory(phone="+8613800138000")
    speaking(session, speaker)
    publish(show)
    for path in (f"/en/programme/{session.slug}/", f"/en/speakers/{speaker.slug}/", "/en/speakers/"):
        html = page(client, path)
        assert [one for one in (host.contact_email, "Secret Contact", speaker.email, "138001") if one in html] == []


@pytest.mark.parametrize("count", [1, 3])
def test_every_page_takes_six_queries_cold_and_none_warm(client, show, django_assert_num_queries, count):
    series = SeriesFactory(host=HostFactory(), area=AreaFactory(letter="A"), slug="forum-4")
    for number in range(count):
        session = placed(
            on(1, f"{10 + number}:00"), series=series, host=series.host, area=series.area,
            room=RoomFactory(hall=series.area.hall),
        )  # fmt: skip
        speaker = SpeakerFactory()
        speaking(session, speaker)
        Material.objects.create(session=session, url="https://example.org/film")
        move(session, on(1, f"{13 + number}:00"))
    publish(show)
    for path in (
        DAY, f"{DAY}?kind=forum&view=grid", "/en/programme/now/", f"/en/programme/{session.slug}/",
        "/en/programme/series/forum-4/", "/en/speakers/", f"/en/speakers/{speaker.slug}/",
        "/en/programme/search/?q=forum", walls.address(session.room),
        f"/en/programme/wall/{series.area.hall.slug}/",
    ):  # fmt: skip
        caches["process"].clear()
        with django_assert_num_queries(6):
            client.get(path)
        with django_assert_num_queries(0):
            client.get(path)


def test_a_page_that_has_not_changed_is_not_sent_again(client, show):
    placed(on(1, "10:00"))
    publish(show)
    for path in (DAY, f"{DAY}?view=grid"):
        first = client.get(path)
        assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_what_is_kept_greets_nobody(show):
    placed(on(1, "10:00"))
    publish(show)
    known = logged_in(UserFactory(exhibitor=True))
    assert "My desk" in known.get(DAY).content.decode()
    assert "My desk" not in logged_in(None).get(DAY).content.decode()


def test_the_front_page_says_how_much_there_is_and_what_is_on(client, show):
    series = SeriesFactory()
    placed(on(1, "09:30"), title_en="Running", series=series)
    placed(on(2, "10:00"), series=series)
    placed(on(1, "10:30"), title_en="Coming", kind=Kind.SYMPOSIUM)
    gone = placed(on(1, "10:00"), title_en="Gone")
    departing(on(3, "10:00"))
    publish(show)
    cancel(gone)
    publish(show)
    html = page(client, "/en/")
    assert "A symposium, 1 forum, 1 open enterprise." in html
    assert titles(html.split("On now and next")[1].split("Days and hours")[0]) == ["Running", "Coming"]
    assert "Gone" not in html


def test_an_area_names_what_comes_next_in_it(client, show):
    area = AreaFactory(slug="science-city", letter="A")
    placed(on(1, "08:00"), title_en="Over", area=area, outside_hours_why="Early")
    placed(on(1, "12:00"), title_en="Coming", area=area)
    placed(on(1, "12:00"), title_en="Elsewhere")
    publish(show)
    html = page(client, "/en/areas/science-city/")
    assert titles(html.split("In the programme")[1]) == ["Coming"]
    assert 'href="/en/programme/day/2019-10-24/?area=science-city"' in html


def test_what_programs_read_of_a_session_is_whole(client, show):
    """Every itemprop of the Event has a value."""
    session = placed(on(1, "10:00"), host=HostFactory(), area=AreaFactory(letter="A"))
    speaking(session, SpeakerFactory())
    publish(show)
    html = page(client, f"/en/programme/{session.slug}/")
    found = set(re.findall(r'itemprop="(\w+)"', html))
    assert found >= {"name", "startDate", "endDate", "location", "organizer", "performer", "eventStatus", "address"}
    assert json.dumps(sorted(re.findall(r'(?:content|datetime|href)=""', html))) == "[]"
