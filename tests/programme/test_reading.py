"""The published programme in memory: read anew when something in it changed, and only then."""

import pytest
from django.core.cache import caches

from exhibitors.models import Allotment
from programme import reading
from programme.actions import forgetting
from programme.models import Material
from tests.factories.exhibitors import MemberFactory, accepted, row_of_booths
from tests.factories.expo import AreaFactory, HallFactory, RoomFactory, on
from tests.factories.programme import (
    SYSTEM,
    EnterpriseFactory,
    HostFactory,
    SeriesFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(show):
    """One of everything that the programme tells of, published, by name."""
    hall = HallFactory(show=show)
    area = AreaFactory(hall=hall)
    member = MemberFactory()
    host = HostFactory(firm=member.firm)
    session = placed(
        on(1, "10:00"),
        room=RoomFactory(hall=hall),
        area=area,
        host=host,
        series=SeriesFactory(),
    )
    speaker = SpeakerFactory()
    speaking(session, speaker)
    enterprise = EnterpriseFactory()
    departing(on(1, "10:00"), enterprise=enterprise)
    publish(show)
    return {
        "hall": hall,
        "area": area,
        "room": session.room,
        "firm": member.firm,
        "host": host,
        "series": session.series,
        "speaker": speaker,
        "enterprise": enterprise,
    }


def later() -> None:
    """Five seconds have passed."""
    store = caches["process"].store
    for key in [key for key in store if "programme:asked" in key]:
        del store[key]


def test_for_five_seconds_nobody_asks_the_database(show, told, django_assert_num_queries):
    known = reading.programme(show)

    with django_assert_num_queries(0):
        assert reading.programme(show) is known


def test_then_one_query_tells_that_nothing_changed(show, told, django_assert_num_queries):
    known = reading.programme(show)
    later()

    with django_assert_num_queries(1):
        assert reading.programme(show) is known


@pytest.mark.parametrize("what", ["hall", "area", "room", "host", "series", "speaker", "enterprise"])
def test_another_name_is_read(show, told, what):
    reading.programme(show)
    told[what].name_en = "Another name"
    told[what].save()
    later()

    assert "Another name" in names(reading.programme(show))


def names(programme: reading.Programme) -> set[str]:
    rows = {
        thing
        for one in programme.sessions
        for thing in (one.room, one.area, one.host, one.series, one.enterprise, *one.speakers)
        if thing is not None
    }
    rows |= {one.room.hall for one in programme.sessions if one.room}
    return {row.name_en for row in rows}


def test_what_is_published_is_read(show, told):
    session = reading.programme(show).sessions[0]
    move(placed(on(2, "10:00")), on(2, "11:00"))
    publish(show)
    later()

    assert len(reading.programme(show).sessions) == 3
    assert reading.programme(show).sessions[0].told == session.told


def test_slides_are_read(show, told):
    session = reading.programme(show).sessions[0]
    Material.objects.create(session_id=session.pk, url="https://example.org/slides")
    later()

    assert [one.url for one in reading.programme(show).sessions[0].materials] == ["https://example.org/slides"]


def test_a_host_that_exhibits_from_now_on_leads_to_the_catalogue(show, told):
    hosted = next(one for one in reading.programme(show).sessions if one.host)
    assert hosted.host_stand == ""
    accepted(MemberFactory(firm=told["firm"]), row_of_booths(told["area"], 1))
    assert Allotment.objects.contracted(show).exists()
    later()

    hosted = next(one for one in reading.programme(show).sessions if one.host)
    assert hosted.host_stand == told["firm"].slug


def test_another_zone_is_read(show, told):
    reading.programme(show)
    show.time_zone = "Asia/Tokyo"
    show.save()
    later()

    assert {one.starts.hour for one in reading.programme(show).sessions} == {11}


def test_who_was_erased_is_not_told_of_though_as_much_was_changed_since(show):
    speaker = SpeakerFactory(name_en="Ada Wong")
    speaking(placed(on(1, "10:00")), speaker)
    publish(show)
    assert {one.name_en for one in reading.programme(show).everybody.values()} == {"Ada Wong"}
    forgetting.erase(actor=SYSTEM, speaker=speaker, at=on(4, "17:00"))
    SpeakerFactory()
    later()

    assert {one.name_en for one in reading.programme(show).everybody.values()} == {"N. N."}


def test_what_is_drawn_by_the_clock_is_let_go_of_with_its_window(show, told):
    programme = reading.programme(show)
    drawn = [programme.once("day", lambda number=number: [number], window=number // 2) for number in range(6)]
    programme.once("index", lambda: "kept")

    assert drawn == [[0], [0], [2], [2], [4], [4]]
    assert programme._made == {2: {"day": [4]}, None: {"index": "kept"}}


def test_of_all_choices_only_so_many_are_kept_drawn(show, told):
    programme = reading.programme(show)
    for number in range(reading.MADE_AT_MOST + 1):
        programme.once(number, lambda: "drawn", window=1)

    assert len(programme._made[1]) == 1
