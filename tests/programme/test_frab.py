"""schedule.xml and schedule.json against the facts of their schemas, and what they say."""

import json
import re
from datetime import datetime
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest
import xmlschema
from django.core.cache import caches

from expo.models import Show, ShowDay
from programme import reading
from programme.actions import planning
from programme.models import Material
from programme.outputs import frab
from tests.factories.expo import AreaFactory, HallFactory, RoomFactory, on
from tests.factories.programme import (
    SYSTEM,
    BusFactory,
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

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
OF_XML = xmlschema.XMLSchema(str(HERE / "frab.xsd"))
OF_JSON = jsonschema_rs.validator_for(json.loads((HERE / "frab.schema.json").read_text()), validate_formats=True)


def as_xml(show, language: str = "en") -> ET.Element:
    """What is written is valid, in every test here."""
    written = frab.xml(reading.read(show), language)
    OF_XML.validate(written.decode())
    return ET.fromstring(written)  # noqa: S314  (written by us)


def as_json(show, language: str = "en") -> dict:
    said = json.loads(frab.json(reading.read(show), language))
    OF_JSON.validate(said)
    return said["schedule"]


def events(show) -> list[ET.Element]:
    return as_xml(show).findall("day/room/event")


def events_of_json(show) -> list[dict]:
    days = as_json(show)["conference"]["days"]
    return [event for day in days for room in day["rooms"].values() for event in room]


@pytest.fixture
def full(show):
    """A forum with all there is to a session, and a tour."""
    hall = HallFactory()
    forum = placed(
        on(1, "09:30"), slug="robots", title_en="Robots", title_zh="机器人", about_en="About robots.\nIn two lines.",
        area=AreaFactory(hall=hall, name_en="AI", slug="ai"),
        room=RoomFactory(name_en="Room 301", hall=hall, seats=200),
        series=SeriesFactory(name_en="AI Forum"), host=HostFactory(name_en="Host & Co"), minutes=95,
        languages=["zh", "en"], interpretation=["fr"],
    )  # fmt: skip
    talk(forum, SpeakerFactory(name_en="Li Ming", about_en="A professor."), title_en="Hands", after=0, minutes=30)
    speaking(forum, SpeakerFactory(name_en="Wang Fang"), moderates=True)
    Material.objects.create(session=forum, title_en="Slides", file="materials/a.pdf")
    Material.objects.create(session=forum, kind="recording", title_en="Film", url="https://video.example/1")
    departing(on(2, "13:00"), slug="works", meeting_en="Gate 5")
    publish(show)
    return show


def test_a_full_programme_is_valid_in_both_languages(full):
    for language in ("en", "zh-hans"):
        assert len(as_xml(full, language).findall("day")) == len(as_json(full, language)["conference"]["days"]) == 4


def test_a_show_without_a_programme_is_valid(show):
    assert [day.get("date") for day in as_xml(show)] == [None, None, None] + [
        f"2019-10-{day}" for day in (24, 25, 26, 27)
    ]
    assert as_json(show)["version"] == "0"


def test_the_schemas_are_strict(full):
    written = frab.xml(reading.read(full), "en").decode()
    for wrong in (
        written.replace('id="', 'number="'),
        written.replace("+08:00</date>", "</date>"),
        written.replace("<duration>01:35<", "<duration>95<"),
        written.replace("<abstract>", "<cancelled/><abstract>"),
        re.sub("<slug>.*?</slug>", "<slug>robots</slug>", written),
        written.replace("<day ", "<event/><day "),
    ):
        assert not OF_XML.is_valid(wrong)


def test_a_session_says_what_it_is(full):
    event = events(full)[0]
    pk = reading.read(full).by_slug["robots"].pk
    said = {one.tag: one.text for one in event if one.tag not in {"description", "persons", "links", "attachments"}}
    assert said == {
        "date": "2019-10-24T09:30:00+08:00",
        "start": "09:30",
        "duration": "01:35",
        "room": "Room 301",
        "slug": f"chitec22-{pk}-robots",
        "url": "http://testserver/en/programme/robots/",
        "title": "Robots",
        "subtitle": "AI Forum",
        "track": "AI",
        "type": "forum",
        "language": "zh",
        "abstract": "About robots.\nIn two lines.",
    }
    assert event.get("id") == str(pk)


def test_the_description_tells_the_talks_and_for_whom_it_is(full):
    assert events(full)[0].findtext("description") == (
        "09:30 Hands: Li Ming\nModerated by Wang Fang\n\nHost: Host & Co\nLanguage: Chinese, English\n"
        "Interpreted into: French\nAudience: open to every visitor"
    )


def test_materials_have_addresses_that_open(full):
    event, slides = events(full)[0], Material.objects.get(kind="slides")
    assert [(one.text, one.get("href")) for one in event.find("links")] == [("Film", "https://video.example/1")]
    assert [(one.text, one.get("href")) for one in event.find("attachments")] == [
        ("Slides", f"http://testserver/en/programme/robots/materials/{slides.pk}/")
    ]


def test_both_forms_say_the_same(full):
    for event, said in zip(events(full), events_of_json(full), strict=True):
        assert (event.get("id"), event.get("guid")) == (str(said["id"]), said["guid"])
        for name in ("date", "start", "duration", "room", "slug", "url", "title", "track", "abstract", "description"):
            assert (event.findtext(name) or "") == said[name]
        assert [one.get("guid") for one in event.find("persons")] == [one["guid"] for one in said["persons"]]


def test_guids_stay_whatever_is_renamed(full):
    before = {one.get("guid") for one in as_xml(full).iter() if one.get("guid")}
    one = reading.read(full).by_slug["robots"]
    for row in (one.room, *one.speakers):
        row.name_en = f"New {row.name_en}"
        row.save()
    after = {one.get("guid") for one in as_xml(full).iter() if one.get("guid")}
    assert before == after
    assert str(UUID(one.told.guid)) in before


def test_the_version_counts_the_releases(full):
    assert as_xml(full).findtext("version") == "1"
    move(reading.read(full).sessions[0].room.sessions.get(), on(1, "11:00"))
    publish(full)
    assert (as_xml(full).findtext("version"), as_json(full)["version"]) == ("2", "2")


def test_the_conference_says_what_kind_of_show_it_is(full):
    said = as_json(full)["conference"]
    assert (said["acronym"], said["time_zone_name"], said["daysCount"]) == ("chitec22", "Asia/Shanghai", 4)
    assert (said["start"], said["end"], said["timeslot_duration"]) == ("2019-10-24", "2019-10-27", "00:05")
    assert [(room["name"], room["capacity"]) for room in said["rooms"]] == [("Room 301", 200), ("Gate 5", None)]
    assert said["tracks"] == [{"name": "AI", "color": "#0a56d6"}]


@pytest.mark.parametrize(("short", "acronym"), [("科博会", "show22"), ("A", "show22"), ("Show <22>", "show22")])
def test_any_show_has_an_acronym(show, short, acronym):
    assert frab.acronym(Show(short=short, number=22)) == acronym


def test_what_is_cancelled_is_left_out(show):
    gone, stays = placed(on(1, "10:00")), placed(on(1, "12:00"), title_en="Stays")
    publish(show)
    planning.cancel(actor=SYSTEM, session=gone, why_en="Ill", why_zh="", step=None)
    publish(show)
    assert [event.findtext("title") for event in events(show)] == [stays.title_en]


def test_drafts_appear_nowhere(show):
    public = placed(on(1, "10:00"), title_en="Public")
    publish(show)
    SessionFactory(title_en="Draft")
    placed(on(1, "12:00"), title_en="Draft")
    public.title_en = "Draft of a title"
    public.save()
    for written in (frab.xml(reading.read(show), "en"), frab.json(reading.read(show), "en")):
        assert b"Public" in written
        assert b"Draft" not in written


def test_nothing_is_told_that_is_not_public(show):
    host = HostFactory(contact_name="Secret", contact_email="secret@example.com")
    speaker = SpeakerFactory(email="secret@example.net", phone="+8613800000000")
    speaking(placed(on(1, "10:00"), host=host, reserve_guests=77), speaker)
    departing(on(1, "12:00"), guide=GuideFactory(name="Secret"), bus=BusFactory(name="Secret"))
    publish(show)
    for written in (frab.xml(reading.read(show), "en"), frab.json(reading.read(show), "en")):
        assert re.search(rb"[Ss]ecret|13800|>77<| 77[,}]", written) is None


def test_a_session_over_midnight_belongs_to_the_day_on_which_it_begins(show):
    placed(on(1, "23:30"), minutes=90, outside_hours_why="Fireworks")
    publish(show)
    day = as_xml(show).find("day[@index='1']")
    assert (day.get("start"), day.get("end")) == ("2019-10-24T00:00:00+08:00", "2019-10-25T00:00:00+08:00")
    assert day.findtext("room/event/duration") == "01:30"


def test_a_session_outside_the_days_of_the_show_has_its_day(show):
    placed(on(0, "18:00"), outside_hours_why="Reception")
    publish(show)
    days = [(day.get("index"), day.get("date"), len(day)) for day in as_xml(show).findall("day")]
    assert days[:2] == [("1", "2019-10-23", 1), ("2", "2019-10-24", 0)]
    assert as_json(show)["conference"]["start"] == "2019-10-23"


def test_the_day_on_which_summer_time_begins_has_23_hours(berlin):
    starts = datetime(2026, 3, 29, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    placed(starts, show=berlin, room=RoomFactory(show=berlin))
    publish(berlin)
    day = as_xml(berlin).find("day[@index='2']")
    assert (day.get("start"), day.get("end")) == ("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
    assert day.findtext("room/event/date") == "2026-03-29T10:00:00+02:00"


def test_rooms_of_one_name_are_told_apart(show):
    for name, clock in (("B", "10:00"), ("A", "12:00")):
        placed(on(1, clock), room=RoomFactory(name_en=name, name_zh="会议室"))
    publish(show)
    rooms = as_json(show, "zh-hans")["conference"]["days"][0]["rooms"]
    assert [(name, held[0]["start"]) for name, held in rooms.items()] == [("会议室", "12:00"), ("会议室 (2)", "10:00")]


@pytest.mark.parametrize(
    "title",
    [
        "]]> &amp; <script>",
        "a \"quoted\" 'one'",
        "🤖 机器人",
        "\u202eevil",
        "a\r\nATTENDEE:b",
        "\x01\x1f\ufffe\uffff!",
        "a\u2028b",
    ],
    ids=["xml", "quotes", "emoji", "direction", "lines", "control", "separator"],
)
def test_whatever_stands_in_a_title_the_file_is_whole(show, title):
    room = RoomFactory(name_en=f"Room {title}")
    session = placed(on(1, "10:00"), title_en=f"A{title}", about_en=title, room=room)
    talk(session, SpeakerFactory(name_en=f"B{title}"), title_en=f"C{title}")
    publish(show)
    kept = re.sub("[\x01\x1f\ufffe\uffff]", "", title).replace("\r\n", " ").replace("\u2028", " ")
    assert events(show)[0].findtext("title") == f"A{kept}"
    assert [event["title"] for event in events_of_json(show)] == [f"A{kept}"]


# The addresses


def test_the_address_says_what_it_is(client, full):
    answers = [client.get(path) for path in ("/schedule.xml", "/schedule.json")]
    assert [answer.headers["Content-Type"] for answer in answers] == [
        "application/xml; charset=utf-8",
        "application/json",
    ]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cache-Control"] == "public, max-age=5"


def test_other_answers_stay_closed_to_other_sites(client, full):
    for path in ("/en/", "/robots.txt", "/api/v1/gate/today"):
        headers = client.get(path).headers
        assert "Access-Control-Allow-Origin" not in headers
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_language_is_the_one_asked_for_and_else_english(client, full):
    for query, language, title in (
        ("", "en", "Robots"),
        ("?lang=en", "en", "Robots"),
        ("?lang=zh", "zh-hans", "机器人"),
    ):
        answer = client.get(f"/schedule.xml{query}", headers={"Accept-Language": "zh-CN"})
        assert answer.headers["Content-Language"] == language
        assert f"<title>{title}</title>" in answer.content.decode()


def test_a_language_that_there_is_not(client, full):
    answer = client.get("/schedule.json?lang=fr", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.content) == (400, b"lang has to be one of: en, zh.\n")


def test_who_has_it_already_gets_nothing_again(client, full):
    first = client.get("/schedule.xml")
    again = client.get("/schedule.xml", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.head("/schedule.xml").status_code == 200


def test_a_new_version_is_another_file_at_once(client, full):
    first = client.get("/schedule.xml")
    placed(on(3, "10:00"))
    publish(full)
    caches["process"].delete(f"programme:{full.pk}")
    assert client.get("/schedule.xml")["ETag"] != first["ETag"]


def test_it_is_made_once_and_then_kept(client, full, django_assert_num_queries):
    client.get("/schedule.xml")
    with django_assert_num_queries(0):
        client.get("/schedule.xml")


def test_a_show_without_days_has_none(client, show):
    ShowDay.objects.all().delete()
    caches["process"].clear()
    assert [client.get(path).status_code for path in ("/schedule.xml", "/schedule.json")] == [404, 404]
    assert client.get("/programme.ics").status_code == 200
