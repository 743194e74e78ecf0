"""Open enterprises as the public sees them: published departures only, by the show's clock, and how to get there."""

import re
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from exhibitors.models import Firm
from programme.actions import planning
from programme.models import Enterprise, Picture, Session
from tests.factories.exhibitors import MemberFactory, accepted, row_of_booths
from tests.factories.expo import AreaFactory, ShowFactory, on
from tests.factories.programme import (
    SYSTEM,
    EnterpriseFactory,
    SeriesFactory,
    departing,
    move,
    placed,
    publish,
)

pytestmark = pytest.mark.django_db


def clock_at(show, at):
    show.is_demo, show.clock_shift = True, at - timezone.now()
    show.save()
    caches["process"].clear()


@pytest.fixture
def show():
    show = ShowFactory(
        is_demo=True, latitude="39.95880", longitude="116.44160", venue_en="Expo Centre", venue_zh="国展中心"
    )
    clock_at(show, on(1, "08:00"))
    return show


@pytest.fixture
def works(show):
    return EnterpriseFactory(
        show=show, slug="works", name_en="Robot Works", name_zh="机器人工厂", district_en="Daxing",
        seen_en="The assembly line\nA robot that plays ping-pong", about_en="It builds robots.",
        rules_en="No photographs.", address_en="1 Robot Road", latitude="39.72000", longitude="116.34000",
    )  # fmt: skip


def departure(works, starts=None, **fields):
    fields = {"title_en": "To the robots", "languages": ["zh"], "interpretation": ["en"]} | fields
    return departing(starts or on(1, "09:30"), show=works.show, enterprise=works, **fields)


def page(client, path="/en/tours/works/"):
    caches["process"].clear()
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_a_draft_is_on_no_page(client, works):
    departure(works)
    assert client.get("/en/tours/works/").status_code == 404
    assert "Robot Works" not in page(client, "/en/tours/")


def test_a_draft_beside_a_published_departure_stays_out(client, works):
    publish(works.show, departure(works))
    departure(works, on(1, "14:00"), title_en="Secret tour")
    assert "Secret tour" not in page(client)
    assert "14:00" not in page(client, "/en/tours/")


def test_a_change_is_told_when_it_is_published(client, works):
    session = departure(works)
    publish(works.show, session)
    move(session, on(1, "10:15"))
    assert "10:15" not in page(client)
    publish(works.show, session)
    assert "10:15 the bus leaves" in page(client)


def test_an_enterprise_that_there_is_not_is_not_found(client, works):
    publish(works.show, departure(works))
    assert client.get("/en/tours/elsewhere/").status_code == 404


def test_a_departure_says_when_it_leaves_is_there_and_is_back(client, works):
    publish(works.show, departure(works, travel_minutes=50))
    text = page(client)
    assert "09:30 the bus leaves 10:20 there, after 50 minutes on the way" in text
    assert "11:40 the bus leaves for the venue, after 1 hour 20 minutes there 12:30 back at the venue" in text


def test_a_way_that_takes_the_whole_time_says_nothing_of_a_stay(client, works):
    publish(works.show, departure(works, minutes=60))
    assert "09:30 the bus leaves 10:30 back at the venue" in page(client)


def test_a_departure_that_comes_back_after_midnight_says_the_day(client, works):
    publish(works.show, departure(works, on(1, "20:00"), minutes=300, outside_hours_why="by night"))
    assert "back at Friday 25 October 01:00" in page(client)


def test_the_way_there_over_a_change_of_clocks_is_as_long_as_ever(client, works):
    show = works.show
    show.time_zone, show.city_en = "Europe/Berlin", "Berlin"
    show.save()
    # On 27 October 2019 at 03:00 the clocks went back to 02:00.
    starts = on(4, "08:00").replace(hour=8) - timedelta(minutes=30)
    publish(show, departure(works, starts, outside_hours_why="by night", travel_minutes=60))
    text = page(client)
    assert "01:30 the bus leaves 02:30 there" in text
    assert "02:30 the bus leaves for the venue, after 1 hour there 03:30 back" in text
    assert "by the clock of Berlin (UTC+2)" in text


def test_what_is_seen_and_what_to_mind_is_told(client, works):
    publish(
        works.show,
        departure(works, age_from=12, bring_en="closed shoes", asks_id=True, id_why_en="The site asks for it."),
    )
    text = page(client)
    for said in (
        "Robot Works", "Daxing", "The assembly line", "A robot that plays ping-pong", "It builds robots.", "Gate 1",
        "No photographs.", "1 Robot Road", "from the age of 12", "closed shoes", "is asked for: The site asks for it.",
        "In Chinese, interpreted into English", "40 places", "28 km to the south of the venue as the crow flies",
    ):  # fmt: skip
        assert said in text


def test_what_differs_is_said_at_each_departure(client, works):
    publish(works.show, departure(works, age_from=12), departure(works, on(2, "09:30"), age_from=6))
    text = page(client)
    assert ("from the age of 12" in text, "from the age of 6" in text) == (True, True)


def test_a_reason_for_an_id_number_is_not_told_where_none_is_asked_for(client, works):
    publish(works.show, departure(works, asks_id=False, id_why_en="For no reason"))
    assert "For no reason" not in page(client)


def test_a_cancelled_departure_says_why_and_stays(client, works):
    session = departure(works)
    publish(works.show, session)
    planning.cancel(actor=SYSTEM, session=session, why_en="The line stands still.", why_zh="停产", step=None)
    publish(works.show, session)
    text = page(client)
    assert "All departures are cancelled" in text
    assert "Cancelled: The line stands still." in text
    assert "cancelled" in page(client, "/en/tours/")


def test_a_moved_departure_says_from_where(client, works):
    session = departure(works)
    publish(works.show, session)
    move(session, on(2, "11:00"))
    Session.objects.update(meeting_en="Gate 7", meeting_zh="7号门")
    publish(works.show, session)
    text = page(client)
    assert "announced for Thursday 24 October 09:30 at first; the meeting point was Gate 1 at first" in text


def test_the_next_departure_is_by_the_shows_clock(client, works):
    publish(works.show, departure(works), departure(works, on(2, "09:30")))
    clock_at(works.show, on(1, "10:00"))
    text = page(client)
    assert "The next bus Friday 25 October 09:30" in text
    assert "To the robots under way" in text


def test_after_the_last_departure_the_page_says_so(client, works):
    publish(works.show, departure(works))
    clock_at(works.show, on(1, "12:30"))
    assert "The last bus has left" in page(client)
    assert "The last bus has left" in page(client, "/en/tours/")


def test_the_series_gives_the_page_its_name(client, works):
    series = SeriesFactory(
        show=works.show, kind="tour", name_en="Witness the Development of Beijing", about_en="Eleven doors open."
    )
    publish(works.show, departure(works, series=series))
    text = page(client, "/en/tours/")
    assert ("Witness the Development of Beijing" in text, "Eleven doors open." in text) == (True, True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["09:30", "13:00", "14:00"]),
        ("?day=2019-10-25", ["13:00", "14:00"]),
        ("?language=de", ["14:00"]),
        ("?language=en", ["09:30"]),
        ("?coming=1", ["13:00", "14:00"]),
        ("?day=2019-10-25&language=zh&coming=1", ["13:00"]),
        ("?day=2019-10-24&language=de", []),
        ("?day=yesterday&language=%00&coming=%F0%9F%98%80", ["09:30", "13:00", "14:00"]),
    ],
)
def test_departures_are_chosen_by_day_language_and_clock(client, works, query, found):
    publish(
        works.show,
        departure(works),
        departure(works, on(2, "14:00"), languages=["de"], interpretation=[]),
        departure(works, on(2, "13:00"), interpretation=[]),
    )
    clock_at(works.show, on(1, "12:00"))
    response = client.get(f"/en/tours/{query}")
    assert re.findall(r'<li class="item"><time [^>]*>([\d:]+)</time>', response.content.decode()) == found


def test_districts_and_enterprises_stand_in_the_order_of_each_language(client, show):
    names = (
        ("Alpha", "中关", "Yizhuang", "亦庄"),
        ("Beta", "北方", "Yizhuang", "亦庄"),
        ("Gamma", "丙", "Changping", "昌平"),
    )
    for en, zh, district_en, district_zh in names:
        opened = EnterpriseFactory(show=show, name_en=en, name_zh=zh, district_en=district_en, district_zh=district_zh)
        publish(show, departing(on(1, "09:30"), show=show, enterprise=opened))
    found = {}
    for prefix in ("en", "zh"):
        caches["process"].clear()
        html = client.get(f"/{prefix}/tours/").content.decode()
        found[prefix] = re.findall(r"<h4><a [^>]*>([^<]*)</a>", html)
    assert found == {"en": ["Gamma", "Alpha", "Beta"], "zh": ["丙", "北方", "中关"]}


def test_a_choice_that_nothing_meets_says_what_to_do(client, works):
    publish(works.show, departure(works), departure(works, on(2, "14:00"), languages=["de"], interpretation=[]))
    assert "No departure is like that" in page(client, "/en/tours/?day=2019-10-24&language=de")


def test_a_show_without_tours_says_so(client, show):
    publish(show, placed(on(1, "10:00"), show=show))
    assert "No tours are announced yet" in page(client, "/en/tours/")


def test_another_shows_enterprises_are_not_there(client, works):
    publish(works.show, departure(works))
    ShowFactory(number=23, is_current=False)
    other = EnterpriseFactory(show=ShowFactory(number=23), slug="others", name_en="Of another show")
    departing(on(1, "09:00"), show=other.show, enterprise=other)
    assert client.get("/en/tours/others/").status_code == 404


def test_the_firms_page_is_linked_once_it_exhibits(client, works):
    member = MemberFactory()
    Enterprise.objects.update(firm=member.firm)
    publish(works.show, departure(works))
    link = f'href="/en/exhibitors/{Firm.objects.get().slug}/"'
    assert link not in client.get("/en/tours/works/").content.decode()
    accepted(member, row_of_booths(AreaFactory(hall__show=works.show), 1))
    caches["process"].clear()
    assert link in client.get("/en/tours/works/").content.decode()


def test_an_enterprise_that_nobody_has_located_has_its_address_and_no_sketch(client, works):
    Enterprise.objects.update(latitude=None, longitude=None)
    publish(works.show, departure(works))
    html = client.get("/en/tours/works/").content.decode()
    assert ("1 Robot Road" in html, 'class="sketch"' in html) == (True, False)


def test_an_enterprise_with_nothing_but_a_name_has_a_page_in_both_languages(client, show):
    bare = EnterpriseFactory(show=show, slug="works")
    publish(
        show, departing(on(1, "09:00"), show=show, enterprise=bare, languages=[], seats=0, meeting_en="", meeting_zh="")
    )
    assert [client.get(f"/{prefix}/tours/works/").status_code for prefix in ("en", "zh")] == [200, 200]


@pytest.mark.parametrize("path", ["/en/tours/", "/en/tours/works/"])
def test_names_are_never_markup(client, works, path):
    Enterprise.objects.update(name_en="<b>\u202e😀 & co", seen_en="<script>", district_en="<i>", rules_en="</dl><q>")
    publish(works.show, departure(works, meeting_en='"><img>'))
    html = client.get(path).content.decode()
    assert [tag for tag in ("<b>\u202e", "<script>", "<i>", "<q>", "<img>") if tag in html] == []


def test_pages_take_as_many_queries_for_three_departures_as_for_one(client, works, django_assert_num_queries):
    Enterprise.objects.update(
        picture=Picture.objects.create(digest="0" * 32, jpeg=b"", width=16, height=9), firm=MemberFactory().firm
    )
    for day in (1, 2, 3):
        publish(works.show, departure(works, on(day, "09:30")))
        for path in ("/en/tours/", "/en/tours/works/"):
            caches["process"].clear()
            with django_assert_num_queries(6):
                client.get(path)
        with django_assert_num_queries(0):
            client.get("/en/tours/works/")


def test_who_has_the_page_is_sent_nothing_anew(client, works):
    publish(works.show, departure(works))
    for path in ("/en/tours/", "/en/tours/works/"):
        etag = client.get(path)["ETag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_programs_read_the_departure_as_an_event(client, works):
    publish(works.show, departure(works))
    html = client.get("/en/tours/works/").content.decode()
    assert 'itemtype="https://schema.org/TouristTrip"' in html
    assert 'itemprop="startDate" datetime="2019-10-24T09:30:00+08:00"' in html
    assert f'href="/en/programme/{Session.objects.get().slug}/calendar.ics"' in html
