"""The API's public part."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.cache import caches
from django.test import Client

from programme import reading
from programme.actions import planning
from programme.models import Access, Material, Picture, Session, SessionPlaces
from programme.outputs.frab import guid
from programme.outputs.shapes import SessionsOut, SpeakersOut, ToursOut
from tests.factories.expo import AreaFactory, HallFactory, RoomFactory, on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    BusFactory,
    EnterpriseFactory,
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

SESSIONS = "/api/v1/sessions"


@pytest.fixture
def full(show):
    """A forum with all there is to one, a tour with two departures, a cancelled session and a draft."""
    hall = HallFactory(name_en="Hall 8")
    picture = Picture.objects.create(digest="a" * 32, jpeg=b"jpeg", width=1, height=1)
    forum = placed(
        on(1, "09:30"), code="AI-1", slug="robots", title_en="Robots", title_zh="机器人", about_en="About robots.",
        area=AreaFactory(hall=hall, name_en="AI", slug="ai", letter="C"), minutes=90, seats=120, standing=10,
        room=RoomFactory(name_en="Room 301", hall=hall, seats=200), reserve_guests=17, age_from=16,
        series=SeriesFactory(name_en="AI Forum", slug="ai-forum"), bring_en="A pen",
        host=HostFactory(name_en="Park", kind="park", contact_name="Secret", contact_email="secret@example.com"),
        languages=["zh", "en"], interpretation=["fr"], asks_id=True, id_why_en="The site is guarded",
    )  # fmt: skip
    speaker = SpeakerFactory(
        name_en="Li Ming", name_zh="李明", slug="li-ming", position_en="Professor", firm_en="Works", about_en="Builds.",
        email="secret@example.net", phone="+8613800000000", country="FR", portrait=picture,
    )  # fmt: skip
    talk(forum, speaker, title_en="Hands", about_en="On hands.", after=15, minutes=30)
    speaking(forum, SpeakerFactory(name_en="Wang Fang", slug="wang-fang"), moderates=True)
    Material.objects.create(session=forum, title_en="Slides", file="materials/a.pdf")
    works = EnterpriseFactory(
        name_en="Works", slug="works", latitude="39.90000", longitude="116.40000", picture=picture
    )
    for clock in ("10:00", "14:00"):
        departing(
            on(2, clock), enterprise=works, title_en="To the works", travel_minutes=40,
            guide=GuideFactory(name=f"Secret {clock}"), bus=BusFactory(name=f"Secret {clock}"),
        )  # fmt: skip
    EnterpriseFactory(name_en="Draft works")
    gone = placed(on(3, "10:00"), title_en="Gone")
    speaking(gone, SpeakerFactory(name_en="Nobody"))
    publish(show)
    planning.cancel(actor=SYSTEM, session=gone, why_en="Ill", why_zh="", step=None)
    publish(show, at=NOW + timedelta(hours=1))
    placed(on(1, "12:00"), title_en="Draft")
    SessionFactory(title_en="Draft")
    return show


@pytest.fixture
def client():
    return Client(headers={"Accept-Language": "en"})


def titles(client, query: str = "") -> list[str]:
    return [one["title"] for one in client.get(f"{SESSIONS}{query}").json()["items"]]


def robots(client, query: str = "") -> dict:
    return next(one for one in client.get(f"{SESSIONS}{query}").json()["items"] if one["code"] == "AI-1")


def test_a_session_says_all_that_is_public_of_it(client, full):
    forum = reading.read(full).by_slug["robots"]
    li = {"guid": guid("speakers", forum.speakers[1].pk), "slug": "li-ming", "name": "Li Ming"}
    wang = {"guid": guid("speakers", forum.speakers[0].pk), "slug": "wang-fang", "name": "Wang Fang"}
    slides = Material.objects.get()
    assert robots(client) == {
        "guid": forum.told.guid,
        "code": "AI-1",
        "slug": "robots",
        "kind": "forum",
        "kind_name": "Forum",
        "state": "published",
        "sequence": 0,
        "title": "Robots",
        "about": "About robots.",
        "starts_at": "2019-10-24T09:30:00+08:00",
        "ends_at": "2019-10-24T11:00:00+08:00",
        "minutes": 90,
        "time_zone": "Asia/Shanghai",
        "room": {"guid": guid("rooms", forum.room.pk), "name": "Room 301", "hall": "Hall 8", "seats": 200},
        "meeting_point": "",
        "area": {"slug": "ai", "letter": "C", "name": "AI"},
        "host": {"kind": "park", "name": "Park"},
        "series": {"slug": "ai-forum", "name": "AI Forum"},
        "tour": None,
        "travel_minutes": None,
        "languages": ["zh", "en"],
        "interpretation": ["fr"],
        "audience": "open",
        "audience_name": "open to every visitor",
        "seats": 120,
        "places": {"left": 113, "waiting": 0},
        "standing": 10,
        "age_from": 16,
        "bring": "A pen",
        "asks_id": True,
        "id_why": "The site is guarded",
        "talks": [
            {
                "title": "Hands",
                "about": "On hands.",
                "starts_at": "2019-10-24T09:45:00+08:00",
                "ends_at": "2019-10-24T10:15:00+08:00",
                "speakers": [li],
            }
        ],
        "moderators": [wang],
        "panel": [],
        "cancelled_why": "",
        "moved_from": None,
        "materials": [
            {
                "kind": "slides",
                "title": "Slides",
                "url": f"http://testserver/en/programme/robots/materials/{slides.pk}/",
            }
        ],
        "first_published_at": "2019-10-24T08:00:00+08:00",
        "changed_at": "2019-10-24T08:00:00+08:00",
        "url": "http://testserver/en/programme/robots/",
        "calendar_url": "http://testserver/en/programme/robots/calendar.ics",
    }


def test_one_session_is_the_same_as_in_the_list(client, full):
    one = robots(client)
    assert client.get(f"{SESSIONS}/{one['guid']}").json() == one


def test_a_speaker_says_all_that_is_public(client, full):
    forum = reading.read(full).by_slug["robots"]
    li = client.get("/api/v1/speakers").json()["items"][0]
    assert li == {
        "guid": guid("speakers", forum.speakers[1].pk),
        "slug": "li-ming",
        "name": "Li Ming",
        "position": "Professor",
        "firm": "Works",
        "country": "FR",
        "country_name": "France",
        "about": "Builds.",
        "portrait_url": f"http://testserver/pictures/{'a' * 32}.jpg",
        "sessions": [forum.told.guid],
        "url": "http://testserver/en/speakers/li-ming/",
    }
    assert client.get(f"/api/v1/speakers/{li['guid']}").json() == li


def test_who_speaks_only_where_nothing_takes_place_is_not_listed(client, full):
    assert [one["name"] for one in client.get("/api/v1/speakers").json()["items"]] == ["Li Ming", "Wang Fang"]


def test_a_tour_has_its_departures(client, full):
    (tour,) = client.get("/api/v1/tours").json()["items"]
    assert (tour["name"], tour["latitude"], tour["travel_minutes"]) == ("Works", 39.9, 40)
    assert tour["picture_url"] == f"http://testserver/pictures/{'a' * 32}.jpg"
    assert [(one["starts_at"], one["meeting_point"], one["state"]) for one in tour["departures"]] == [
        ("2019-10-25T10:00:00+08:00", "Gate 1", "published"),
        ("2019-10-25T14:00:00+08:00", "Gate 1", "published"),
    ]


def test_answers_are_what_the_description_says(client, full):
    for path, shape in (("sessions", SessionsOut), ("speakers", SpeakersOut), ("tours", ToursOut)):
        said = client.get(f"/api/v1/{path}").json()
        assert json.loads(shape.model_validate(said).model_dump_json()).keys() == said.keys()
        assert set(said["items"][0]) == set(shape.model_fields["items"].annotation.__args__[0].model_fields)


def test_nothing_is_told_that_is_not_public(client, full):
    for path in (SESSIONS, "/api/v1/speakers", "/api/v1/tours"):
        said = client.get(path).content.decode()
        for secret in ("ecret", "138000", "reserve", "raft", "email", "phone", ": 17,"):
            assert secret not in said, (path, secret)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Robots", "To the works", "To the works", "Gone"]),
        ("?day=2019-10-24", ["Robots"]),
        ("?day=2019-10-27", []),
        ("?kind=tour", ["To the works", "To the works"]),
        ("?area=ai", ["Robots"]),
        ("?area=nothing", []),
        ("?language=fr", ["Robots"]),
        ("?language=en&kind=tour", []),
        ("?state=cancelled", ["Gone"]),
        ("?changed_since=2019-10-24T09:00:00%2B08:00", ["Gone"]),
        ("?changed_since=2019-10-24T01:00:01Z", []),
        ("?limit=1&offset=1", ["To the works"]),
        ("?offset=10000", []),
    ],
)
def test_sessions_are_found_by_what_is_asked(client, full, query, found):
    assert titles(client, query) == found


def test_a_list_leads_on_to_its_next_part(client, full):
    seen, path = [], f"{SESSIONS}?limit=3&lang=en"
    while path:
        said = client.get(path).json()
        assert (said["count"], said["version"]) == (4, 2)
        seen += [one["title"] for one in said["items"]]
        path = said["next"] and said["next"].removeprefix("http://testserver")
    assert seen == ["Robots", "To the works", "To the works", "Gone"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=x", "offset=-1", "offset=10001", "limit=" + "9" * 400, "day=tomorrow",
        "day=0001-01-01", "day=9999-12-31", "kind=party", "state=draft", "language=xx", "lang=fr", "area=" + "x" * 61,
        "changed_since=2019-10-24", "changed_since=2019-10-24T09:00:00", "changed_since=" + "9" * 40,
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(client, full, query):
    answer = client.get(f"{SESSIONS}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["sentence"].endswith(f": {query.split('=')[0]}.")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_the_calendar_break_nothing(client, full, at):
    assert client.get(f"{SESSIONS}?changed_since={quote(at)}").status_code == 200


def test_what_is_not_published_is_not_found(client, full):
    draft = SessionFactory._meta.model.objects.filter(title_en="Draft").first()
    nobody = SpeakerFactory()
    for path in (f"sessions/{draft.guid}", f"speakers/{guid('speakers', nobody.pk)}"):
        answer = client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_language_is_the_one_asked_for(full):
    client = Client(headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert (robots(client)["title"], robots(client, "?lang=en")["title"]) == ("机器人", "Robots")
    answer = client.get(SESSIONS)
    assert answer.headers["Content-Language"] == "zh-hans"
    assert "Accept-Language" in answer.headers["Vary"]


def test_speakers_come_in_the_order_of_the_language(full):
    speaking(reading.read(full).sessions[0].room.sessions.get(), SpeakerFactory(name_en="Zoe", name_zh="阿一"))
    publish(full)
    client = Client()
    orders = [
        [one["name"] for one in client.get(f"/api/v1/speakers?lang={lang}").json()["items"]] for lang in ("en", "zh")
    ]
    assert (orders[0][-1], orders[1][0]) == ("Zoe", "阿一")


def test_a_session_that_moved_says_where_it_was(client, full):
    forum = reading.read(full).by_slug["robots"].room.sessions.get()
    move(forum, on(1, "12:30"), room=RoomFactory(name_en="Room 302"))
    publish(full, at=NOW + timedelta(hours=2))
    caches["process"].clear()
    said = robots(client)
    assert (said["state"], said["sequence"], said["room"]["name"]) == ("moved", 1, "Room 302")
    assert said["moved_from"] == {
        "starts_at": "2019-10-24T09:30:00+08:00", "minutes": 90, "room": "Room 301", "meeting_point": ""
    }  # fmt: skip


def test_who_has_it_already_gets_nothing_again(client, full):
    for path in (SESSIONS, f"{SESSIONS}/{robots(client)['guid']}", "/api/v1/speakers", "/api/v1/tours?limit=1"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
        assert again.headers["Cache-Control"] == "public, max-age=5"


def test_it_can_be_asked_for_its_head(client, full):
    head = client.head(SESSIONS)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", client.get(SESSIONS)["ETag"])


def test_nothing_can_be_written(client, full):
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)(SESSIONS)
        assert (answer.status_code, set(answer["Allow"].split(", "))) == (405, {"GET", "HEAD"})


def test_it_is_written_once_and_then_kept(client, full, django_assert_num_queries):
    client.get(SESSIONS)
    with django_assert_num_queries(0):
        assert titles(client, "?kind=forum&limit=1") == ["Robots"]


def test_a_session_that_came_meanwhile_breaks_nothing(client, full):
    """The programme may be read anew between two releases that what is kept does not know of yet."""
    client.get(SESSIONS)
    known = reading.programme(full)
    late = placed(on(4, "10:00"), title_en="Late")
    publish(full, late)
    torn = reading.Programme(full, known.version, known.published_at, reading.read(full).sessions)
    caches["process"].set(f"programme:{full.pk}", (reading.stamp(full), torn))
    assert "Late" not in titles(client)


def test_places_are_numbers_and_at_most_five_seconds_old(client, full):
    """And nobody's: who has one is told to nobody."""
    client.get(SESSIONS)
    session = Session.objects.get(title_en="Robots")
    SessionPlaces.objects.filter(pk=session.pk).update(places=3, taken=1, waiting=2)
    caches["process"].delete(f"programme:asked:{full.pk}")
    told = client.get(f"{SESSIONS}/{session.guid}").json()["places"]
    assert told == {"left": 2, "waiting": 2}


def test_where_nobody_has_to_sign_up_there_are_no_places_to_tell_of(client, full):
    welcome = placed(on(4, "10:00"), title_en="Welcome", access=Access.NONE)
    publish(full, welcome)
    caches["process"].clear()
    assert client.get(f"{SESSIONS}/{welcome.guid}").json()["places"] is None
