"""The screens at the doors."""

import pytest
from django.core.cache import caches

from programme import walls
from programme.actions import planning
from programme.reading import read
from tests.factories.expo import HallFactory, RoomFactory, ShowFactory, on
from tests.factories.programme import SYSTEM, SpeakerFactory, move, placed, publish, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(show):
    return RoomFactory(show=show, name_en="Room 2A", name_zh="2A会议室", hall=HallFactory(show=show, slug="hall-2"))


@pytest.fixture(autouse=True)
def at(set_clock):
    return set_clock


def wall(client, place):
    caches["process"].clear()
    answer = client.get(f"/en/programme/wall/{place}/")
    assert answer.status_code == 200
    return answer.content.decode()


def door(show, room, at):
    found = walls.door(room, read(show), at=at)
    return {
        "now": found.now and found.now.title,
        "next": found.next and found.next.title,
        "later": [one.title for one in found.later],
        "changed": [one.title for one in found.changed],
    }


def test_it_says_what_is_on_what_is_next_and_what_comes_later(show, room):
    for hour in ("09:30", "11:00", "12:00"):
        placed(on(1, hour), title_en=hour, room=room)
    placed(on(2, "11:00"), title_en="Tomorrow", room=room)
    placed(on(1, "09:30"), title_en="Elsewhere")
    publish(show)

    assert door(show, room, on(1, "10:00")) == {"now": "09:30", "next": "11:00", "later": ["12:00"], "changed": []}
    assert door(show, room, on(1, "10:30")) == {"now": None, "next": "11:00", "later": ["12:00"], "changed": []}
    assert door(show, room, on(1, "13:00")) == {"now": None, "next": None, "later": [], "changed": []}


def test_it_says_what_is_cancelled_and_what_has_gone_to_another_door_or_day(show, room):
    gone, moved, later = (placed(on(1, hour), title_en=hour, room=room) for hour in ("10:00", "12:00", "14:00"))
    publish(show)
    planning.cancel(actor=SYSTEM, session=gone, why_en="Ill", why_zh="", step=None)
    other = RoomFactory(show=show)
    move(moved, on(1, "12:30"), room=other)
    move(later, on(2, "14:00"), room=room)
    publish(show)

    assert door(show, room, on(1, "10:00")) == {
        "now": None, "next": None, "later": [], "changed": ["10:00", "12:00", "14:00"],
    }  # fmt: skip
    assert door(show, other, on(1, "10:00"))["next"] == "12:00"
    assert door(show, room, on(1, "13:30"))["changed"] == ["14:00"]


def test_the_screen_names_the_talk_and_its_speaker_in_both_languages(client, show, room):
    session = placed(on(1, "09:30"), title_en="Robots", title_zh="机器人", room=room)
    talk(session, SpeakerFactory(name_en="Ada Stone"), title_en="Arms", after=0, minutes=20)
    talk(session, SpeakerFactory(name_en="Bo Reed"), title_en="Legs", after=20, minutes=30)
    publish(show)

    html = wall(client, walls.slug_of(room))

    for words in ("Room 2A", "2A会议室", "Robots", "机器人", "Legs — Bo Reed", ">10:00</time></p>"):
        assert words in html
    assert "Arms" not in html


def test_the_screen_brings_itself_up_to_date_without_scripts(client, room):
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in wall(client, walls.slug_of(room))


def test_a_hall_shows_each_of_its_rooms(client, show, room):
    placed(on(1, "09:30"), title_en="Robots", room=room)
    placed(on(1, "11:00"), title_en="Lasers", room=RoomFactory(show=show, hall=room.hall, name_en="Room 2B"))
    placed(on(1, "11:00"), title_en="Elsewhere")
    publish(show)

    html = wall(client, "hall-2")

    assert [word in html for word in ("Room 2A", "Robots", "Room 2B", "Lasers", "Elsewhere")] == [True] * 4 + [False]


def test_a_room_without_anything_and_an_empty_hall_say_so(client, room):
    assert "Nothing more is planned here today." in wall(client, walls.slug_of(room))
    assert "Nothing is planned in this hall." in wall(client, "hall-2")


def test_a_screen_goes_on_when_its_room_gets_another_name(client, room):
    before = walls.address(room)
    assert before == f"/en/programme/wall/r{room.pk}-room-2a/"
    room.name_en = "Jade Room"
    room.save()
    page = client.get(before, follow=True)
    assert page.redirect_chain == [(walls.address(room), 302)]
    assert "Jade Room" in page.content.decode()


@pytest.mark.parametrize("place", ["r999999999", "r0", "r9999999999", "hall-9", "r", "rooms", "x"])
def test_there_is_a_screen_for_rooms_and_halls_of_the_show_only(client, room, place):
    assert client.get(f"/en/programme/wall/{place}/").status_code == 404


def test_rooms_of_another_show_have_no_screen(client, room):
    other = RoomFactory(show=ShowFactory(number=21, is_current=False))
    assert client.get(f"/en/programme/wall/r{other.pk}/").status_code == 404


def test_all_screens_are_listed(client, room):
    html = client.get("/en/programme/wall/").content.decode()
    assert f'href="/en/programme/wall/r{room.pk}-room-2a/"' in html
    assert 'href="/en/programme/wall/hall-2/"' in html
