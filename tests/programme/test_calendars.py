"""The calendar files, read by two programs that did not write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ics
import pytest
import vobject
from django.core.cache import caches

from programme import calendars, reading
from programme.actions import planning
from programme.models import Session
from tests.factories.expo import AreaFactory, HallFactory, RoomFactory, ShowFactory, on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    BusFactory,
    DepartureFactory,
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

# One of the parsers has its own ways with newer Pythons.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:'maxsplit' is passed:DeprecationWarning")]

HOSTILE = "Robots, “AI”; & <b>you</b> 🤖 \u202eevil\u202c"


def written(show, language: str = "en") -> str:
    return calendars.calendar(show, reading.read(show).sessions, language).decode()


def vobjects(text: str) -> list:
    return list(vobject.readOne(text).vevent_list)


def one_of_vobject(text: str):
    return vobjects(text)[0]


def one_of_ics(text: str) -> ics.Event:
    return next(iter(ics.Calendar(text).events))


def test_both_parsers_read_what_it_is_and_when(show):
    session = placed(on(1, "10:00"), title_en="Robots", minutes=90)
    publish(show)
    text = written(show)

    first, second = one_of_vobject(text), one_of_ics(text)

    assert (first.summary.value, second.name) == ("Robots", "Robots")
    assert (first.uid.value, second.uid) == (f"{session.guid}@testserver",) * 2
    assert (first.dtstart.value, second.begin.datetime) == (on(1, "10:00"),) * 2
    assert (first.dtend.value, second.end.datetime) == (on(1, "11:30"),) * 2
    assert "DTSTART;TZID=Asia/Shanghai:20191024T100000\r\n" in text


def test_a_session_that_moved_counts_its_changes_under_the_same_name(show):
    session = placed(on(1, "10:00"))
    publish(show)
    before = one_of_vobject(written(show))
    move(session, on(1, "11:00"))
    publish(show, at=NOW + timedelta(hours=1))
    text = written(show)

    after = one_of_vobject(text)

    assert (before.uid.value, before.sequence.value) == (after.uid.value, "0")
    assert (after.sequence.value, after.dtstart.value) == ("1", on(1, "11:00"))
    assert after.last_modified.value == NOW + timedelta(hours=1)
    assert one_of_ics(text).last_modified.datetime == NOW + timedelta(hours=1)


def test_a_cancelled_session_stays_and_says_so(show):
    session = placed(on(1, "10:00"), title_en="Robots")
    publish(show)
    planning.cancel(actor=SYSTEM, session=session, why_en="The speaker is ill.", why_zh="", step=None)
    publish(show)
    text = written(show)

    first, second = one_of_vobject(text), one_of_ics(text)

    assert (first.status.value, second.status) == ("CANCELLED", "CANCELLED")
    assert (first.summary.value, first.sequence.value) == ("Cancelled: Robots", "1")
    assert first.description.value.startswith("The speaker is ill.")


def test_a_session_in_the_night_of_summer_time(berlin):
    """From 23:30 in winter to 4:00 in summer are three and a half hours."""
    starts = datetime(2026, 3, 28, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    placed(starts, show=berlin, room=RoomFactory(show=berlin), minutes=210, outside_hours_why="Night of science")
    publish(berlin)
    text = written(berlin)

    first, second = one_of_vobject(text), one_of_ics(text)

    assert first.dtstart.value.astimezone(UTC) == datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    assert first.dtend.value.astimezone(UTC) == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    assert second.begin.datetime.astimezone(UTC) == datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    assert second.end.datetime.astimezone(UTC) == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    assert "DTEND;TZID=Europe/Berlin:20260329T040000" in text


def test_a_talk_in_that_night_begins_by_the_clock_of_the_moment(berlin):
    starts = datetime(2026, 3, 28, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    night = placed(
        starts, show=berlin, room=RoomFactory(show=berlin), minutes=300, outside_hours_why="Night of science"
    )
    talk(night, after=180, minutes=30, title_en="Stars")
    publish(berlin)
    assert one_of_vobject(written(berlin)).description.value.startswith("03:30 Stars\n")


def test_before_and_after_the_change_the_clock_says_the_same(berlin):
    for day in (28, 30):
        starts = datetime(2026, 3, day, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
        placed(starts, show=berlin, room=RoomFactory(show=berlin))
    publish(berlin)

    starts = [one.dtstart.value for one in vobjects(written(berlin))]

    assert [f"{moment:%H:%M}" for moment in starts] == ["10:00", "10:00"]
    assert [moment.astimezone(UTC).hour for moment in starts] == [9, 8]


def test_a_session_over_midnight(show):
    placed(on(1, "23:30"), minutes=60, outside_hours_why="Fireworks")
    publish(show)
    text = written(show)
    assert (one_of_vobject(text).dtend.value, one_of_ics(text).end.datetime) == (on(2, "00:30"), on(2, "00:30"))


@pytest.mark.parametrize(
    "title",
    [HOSTILE, "a,b;c\\d:e", "]]> & <!-- -->", "x" * 160, "机器人" * 50, "🤖" * 60, "\u200fمرحبا\u200f", 'say "yes"'],
    ids=["hostile", "signs", "xml", "long", "chinese", "emoji", "arabic", "quotes"],
)
def test_a_title_comes_back_as_it_was(show, title):
    placed(on(1, "10:00"), title_en=title, about_en=f"{title}\nand on")
    publish(show)
    text = written(show)
    first, second = one_of_vobject(text), one_of_ics(text)
    assert (first.summary.value, second.name) == (title, title)
    assert first.description.value.startswith(f"{title}\nand on\n")
    assert max(len(row.encode()) for row in text.split("\r\n")) <= 75


def test_a_backslash_before_an_n_is_no_end_of_a_line(show):
    """One of the parsers takes it for one."""
    placed(on(1, "10:00"), title_en="C:\\new")
    publish(show)
    assert one_of_vobject(written(show)).summary.value == "C:\\new"


@pytest.mark.parametrize(
    "end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"], ids=ascii
)
def test_no_text_becomes_a_line_of_its_own(show, end):
    """Whatever an import, or somebody at the database, let in."""
    session = placed(
        on(1, "10:00"), title_en=f"Robots{end}ATTENDEE:mailto:eve@example.com", about_en=f"a{end}BEGIN:VALARM"
    )
    publish(show)
    text = written(show)
    assert (one_of_vobject(text).summary.value, one_of_ics(text).name) == (
        "Robots ATTENDEE:mailto:eve@example.com",
        "Robots ATTENDEE:mailto:eve@example.com",
    )
    assert [row for row in text.splitlines() if row.startswith(("ATTENDEE", "BEGIN:VALARM"))] == []
    assert session.title_en in Session.objects.get().title_en


def test_what_no_calendar_can_hold_is_left_out(show):
    placed(on(1, "10:00"), title_en="Ro\x01bots\ufffe")
    publish(show)
    assert one_of_vobject(written(show)).summary.value == "Robots"


def test_it_says_where_to_be(show):
    ShowFactory._meta.model.objects.update(venue_en="Exhibition Center", latitude="39.92300", longitude="116.44300")
    show.refresh_from_db()
    hall = HallFactory(name_en="Hall 8")
    placed(on(1, "10:00"), room=RoomFactory(name_en="Room 301", hall=hall))
    departing(on(1, "12:00"), meeting_en="Gate 5, at the flag")
    publish(show)

    room, bus = vobjects(written(show))

    assert (room.location.value, bus.location.value) == (
        "Room 301, Hall 8, Exhibition Center",
        "Gate 5, at the flag, Exhibition Center",
    )
    assert room.geo.value == "39.923;116.443"


def test_it_tells_who_speaks_and_nothing_that_is_not_public(show):
    speaker = SpeakerFactory(name_en="Li Ming", firm_en="Works", email="li@secret.example", phone="+8613800000000")
    session = placed(on(1, "10:00"), about_en="About robots.", reserve_guests=13, seats=50)
    talk(session, speaker, title_en="Hands", after=15, minutes=30)
    speaking(session, SpeakerFactory(name_en="Wang Fang"), moderates=True)
    departing(on(1, "12:00"), guide=GuideFactory(name="Secret Guide"), bus=BusFactory(name="SECRET-1"))
    publish(show)
    text = written(show)

    assert vobjects(text)[0].description.value.startswith(
        "About robots.\n\n10:15 Hands: Li Ming (Works)\nModerated by Wang Fang\n\nLanguage: Chinese\n"
    )
    for secret in ("secret", "SECRET", "Secret", "13800", "reserve"):
        assert secret not in text


def test_it_speaks_the_language_that_is_asked_for(show):
    placed(on(1, "10:00"), title_en="Robots", title_zh="机器人")
    publish(show)
    chinese = vobject.readOne(written(show, "zh-hans"))
    assert chinese.vevent.summary.value == "机器人"
    assert chinese.contents["x-wr-calname"][0].value == show.name_zh
    assert chinese.vevent.url.value.startswith("http://testserver/zh/programme/")


def test_the_same_programme_is_the_same_file(show):
    placed(on(1, "10:00"))
    publish(show)
    assert written(show) == written(show)


def test_it_says_when_to_look_again(show):
    text = written(show)
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in text
    assert "X-PUBLISHED-TTL:PT15M\r\n" in text


# The addresses


@pytest.fixture
def two(show):
    """A forum in area A and a tour; a draft beside them."""
    area = AreaFactory(slug="ai")
    placed(on(1, "10:00"), title_en="Robots", slug="robots", area=area)
    departing(on(1, "12:00"), title_en="To the works")
    SessionFactory(title_en="Draft")
    publish(show)
    placed(on(2, "10:00"), title_en="Draft with a time")
    return show


def titles(client, query: str = "") -> list[str]:
    answer = client.get(f"/programme.ics{query}")
    return sorted(one.summary.value for one in vobject.readOne(answer.content.decode()).contents.get("vevent", []))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Robots", "To the works"]),
        ("?kind=tour", ["To the works"]),
        ("?area=ai", ["Robots"]),
        ("?kind=tour&area=ai", []),
        ("?lang=en&kind=&area=", ["Robots", "To the works"]),
    ],
)
def test_a_part_of_the_programme_can_be_followed(client, two, query, found):
    assert titles(client, query) == found


@pytest.mark.parametrize("query", ["lang=fr", "kind=party", "area=none", "lang=%00", "kind=" + "x" * 5000])
def test_what_there_is_not_is_said_in_words(client, two, query):
    answer = client.get(f"/programme.ics?{query}")
    assert answer.status_code == (200 if query == "lang=%00" else 400)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_who_has_it_already_gets_nothing_again(client, two):
    first = client.get("/programme.ics")
    again = client.get("/programme.ics", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    publish(two)
    caches["process"].clear()
    assert client.get("/programme.ics", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_one_session_is_kept_in_the_language_of_the_page(client, two):
    answer = client.get("/zh/programme/robots/calendar.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="robots.ics"'
    assert vobject.readOne(answer.content.decode()).vevent.url.value == "http://testserver/zh/programme/robots/"


@pytest.mark.parametrize("of", ["draft", "nothing"])
def test_there_is_none_of_what_is_not_published(client, two, of):
    slug = Session.objects.get(title_en="Draft with a time").slug if of == "draft" else "nothing"
    assert client.get(f"/en/programme/{slug}/calendar.ics").status_code == 404


def test_apps_of_others_may_read_it(client, two):
    answer = client.get("/programme.ics")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert not answer.cookies


def test_a_departure_without_a_place_has_no_location(show):
    DepartureFactory(starts_at=on(1, "12:00"), meeting_en="", meeting_zh="")
    publish(show)
    assert "location" not in one_of_vobject(written(show)).contents
