"""The own plan as a calendar, read by two programs that did not write it, and on paper."""

import re

import ics
import pypdfium2
import pytest
import vobject
import zxingcpp
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.acting import Actor
from programme.actions import planning
from programme.actions.signing.acts import change_party, give_up
from programme.places import Coming
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import SYSTEM, departing, move, publish
from tests.factories.signups import EVE, party, published, signed_up, visitor
from visitors.actions import tickets
from visitors.links import visit_key

# One of the parsers has its own ways with newer Pythons.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:'maxsplit' is passed:DeprecationWarning")]


@pytest.fixture
def wang():
    return visitor(days=(1, 2))


def address(registration, language: str = "en") -> str:
    return f"/{language}/visit/{visit_key(registration)}/calendar.ics"


def fetched(client, registration, language: str = "en") -> str:
    caches["process"].clear()
    answer = client.get(address(registration, language))
    assert answer.status_code == 200
    return answer.content.decode()


def session_of(text: str):
    """The one entry that is no day of the ticket."""
    days = {row.uid.value for row in vobject.readOne(text).vevent_list if row.dtstart.value.hour == 9}
    return next(row for row in vobject.readOne(text).vevent_list if row.uid.value not in days)


def status(text: str) -> tuple[str, str]:
    """As each of the two programs reads it."""
    one = session_of(text)
    other = next(row for row in ics.Calendar(text).events if row.uid == one.uid.value)
    return one.status.value, other.status


def test_a_confirmed_place_is_there_beside_the_ticket_s_days(client, wang):
    room = RoomFactory(name_en="Room 301", hall=HallFactory(name_en="Hall 8"))
    signup = signed_up(wang, published(on(1, "10:00"), title_en="Robots", minutes=90, room=room))
    text = fetched(client, wang)
    one = session_of(text)
    assert (one.summary.value, one.uid.value) == ("Robots", f"{signup.guid}@testserver")
    assert (one.dtstart.value, one.dtend.value) == (on(1, "10:00"), on(1, "11:30"))
    assert one.location.value == "Room 301, Hall 8"
    assert status(text) == ("CONFIRMED", "CONFIRMED")
    assert len(vobject.readOne(text).vevent_list) == 3


def test_what_may_come_is_tentative_and_says_so(client, wang):
    session = published(on(1, "10:00"), title_en="Robots", seats=1)
    first = signed_up(visitor(), session)
    signed_up(wang, session)
    waiting = fetched(client, wang)
    give_up(actor=SYSTEM, signup=first, at=EVE)
    offered = fetched(client, wang)
    assert (status(waiting), session_of(waiting).summary.value) == (("TENTATIVE",) * 2, "Waiting list: Robots")
    assert (status(offered), session_of(offered).summary.value) == (("TENTATIVE",) * 2, "Offered: Robots")
    assert "You are number 1 in line." in session_of(waiting).description.value
    assert "Take it on your visit's page by 23 October 2019, 10:00" in session_of(offered).description.value


def test_what_was_given_up_or_cancelled_stays_as_cancelled(client, wang):
    session = published(on(1, "10:00"), title_en="Robots")
    signup = signed_up(wang, session)
    planning.cancel(actor=SYSTEM, session=session, why_en="Ill.", why_zh="", step=None)
    publish(session.show, at=EVE)
    cancelled = fetched(client, wang)
    give_up(actor=SYSTEM, signup=signup, at=EVE)
    assert (status(cancelled), status(fetched(client, wang))) == (("CANCELLED",) * 2, ("CANCELLED",) * 2)


def test_every_change_counts_up_under_the_same_name(client, wang):
    session = published(on(1, "10:00"), party_most=4)
    signup = signed_up(wang, session)
    seen = [session_of(fetched(client, wang))]
    change_party(actor=SYSTEM, signup=signup, people=[Coming(registration=wang.pk), Coming()], at=EVE)
    seen.append(session_of(fetched(client, wang)))
    move(session, on(1, "11:00"))
    publish(session.show, at=EVE)
    seen.append(session_of(fetched(client, wang)))
    numbers = [int(one.sequence.value) for one in seen]
    assert numbers == sorted(set(numbers))
    assert len({one.uid.value for one in seen}) == 1
    assert seen[-1].dtstart.value == on(1, "11:00")


def test_a_tour_is_where_its_bus_is_met(client, wang):
    session = departing(on(1, "13:30"), meeting_en="Gate 3", bring_en="sturdy shoes")
    publish(session.show, session, at=EVE)
    signed_up(wang, session, people=[Coming(registration=wang.pk, name="Wang")])
    one = session_of(fetched(client, wang))
    assert one.location.value.startswith("Gate 3")
    assert "Please bring: sturdy shoes" in one.description.value


def test_a_companion_has_what_somebody_else_signed_up(client):
    lead, na = party("Li Na").party
    signed_up(lead, published(on(1, "10:00"), title_en="Robots"), people=[Coming(registration=na.pk)])
    assert session_of(fetched(client, na)).summary.value == "Robots"


def test_it_leads_to_the_session_and_never_to_the_visit(client, wang):
    signed_up(wang, published(on(1, "10:00"), slug="robots"))
    text = fetched(client, wang)
    assert session_of(text).url.value == "http://testserver/en/programme/robots/"
    assert visit_key(wang) not in text.replace("\r\n ", "")


def test_it_has_its_zone_and_says_when_to_look_again(client, wang):
    text = fetched(client, wang)
    assert "TZID:Asia/Shanghai" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in text


def test_who_has_it_already_is_told_so(client, wang):
    session = published(on(1, "10:00"))
    etag = client.get(address(wang)).headers["ETag"]
    same = client.get(address(wang), headers={"If-None-Match": etag})
    signed_up(wang, session)
    other = client.get(address(wang), headers={"If-None-Match": etag})
    assert (same.status_code, other.status_code) == (304, 200)
    assert client.get(address(wang, "zh")).headers["ETag"] != other.headers["ETag"]


def test_a_session_that_moves_or_a_room_that_is_renamed_is_news(client, wang):
    room = RoomFactory(name_en="Room 1")
    session = published(on(1, "10:00"), room=room)
    signed_up(wang, session)
    etags = [client.get(address(wang)).headers["ETag"]]
    room.name_en = "Room 2"
    room.save()
    caches["process"].clear()
    etags.append(client.get(address(wang)).headers["ETag"])
    move(session, on(1, "12:00"))
    publish(session.show, at=EVE)
    caches["process"].clear()
    etags.append(client.get(address(wang)).headers["ETag"])
    assert len(set(etags)) == 3


def test_to_say_that_nothing_is_new_takes_four_queries(client, wang):
    signed_up(wang, published(on(1, "10:00")))
    etag = client.get(address(wang)).headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        client.get(address(wang), headers={"If-None-Match": etag})
    assert len(queries) == 4


def test_a_ticket_that_was_given_back_takes_its_days_off_the_calendar(client, wang):
    tickets.give_back(actor=Actor.visitor(wang.pk), registration=wang, at=EVE)
    days = vobject.readOne(fetched(client, wang)).vevent_list
    assert [(row.status.value, row.sequence.value) for row in days] == [("CANCELLED", "1")] * 2


def test_an_erased_visit_has_no_calendar(client, wang):
    key = address(wang)
    type(wang).objects.filter(pk=wang.pk).update(erased_at=EVE)
    assert client.get(key).status_code == 404


@pytest.mark.parametrize(
    "title", ["a,b;c\\d:e", "]]> & <!-- -->", "机器人" * 50, "Robots\r\nATTENDEE:mailto:eve@example.com"]
)
def test_a_title_breaks_no_line(client, wang, title):
    signed_up(wang, published(on(1, "10:00"), title_en=title))
    text = fetched(client, wang)
    assert session_of(text).summary.value == re.sub(r"\s+", " ", title)
    assert max(len(row.encode()) for row in text.split("\r\n")) <= 75


# On paper


def read(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = (document[n].get_textpage().get_text_range() for n in range(len(document)))
        return " ".join(" ".join(pages).split())
    finally:
        document.close()


def paper(client, registration, language: str = "en") -> bytes:
    caches["process"].clear()
    answer = client.get(f"/{language}/visit/{visit_key(registration)}/plan.pdf")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    return answer.content


def test_the_plan_on_paper_has_the_days_and_what_is_planned(client, wang):
    signed_up(wang, published(on(1, "10:00"), title_en="Robots", room=RoomFactory(name_en="Room 301")))
    text = read(paper(client, wang))
    for part in ("My plan", wang.name, "Thursday 24 October", "10:00", "Robots", "Room 301", "place confirmed"):
        assert part in text


def test_it_is_set_in_chinese(client, wang):
    signed_up(wang, published(on(1, "10:00"), title_zh="机器人论坛"))
    text = read(paper(client, wang, "zh"))
    assert "机器人论坛" in text
    assert "10月24日星期四" in text.replace(" ", "")


def test_the_badge_s_code_is_on_it_and_opens_the_gate(client, wang):
    document = pypdfium2.PdfDocument(paper(client, wang))
    picture = document[0].render(scale=4).to_pil()
    document.close()
    assert len(zxingcpp.read_barcodes(picture)) == 1


def test_without_a_badge_there_is_a_plan_without_a_code(client, wang):
    tickets.give_back(actor=Actor.visitor(wang.pk), registration=wang, at=EVE)
    document = pypdfium2.PdfDocument(paper(client, wang))
    picture = document[0].render(scale=4).to_pil()
    document.close()
    assert zxingcpp.read_barcodes(picture) == []


@pytest.mark.parametrize("title", ["#eval(1) $x$", "🤖 ł ş", "\u202eevil\u202c", "x" * 160, "#0b2a6f"])
def test_whatever_a_title_is_the_plan_is_set(client, wang, title):
    signed_up(wang, published(on(1, "10:00"), title_en=title))
    assert paper(client, wang).startswith(b"%PDF")


def test_a_plan_of_many_sessions_goes_over_pages(client):
    wang = visitor()
    for day in (1, 2, 3, 4):
        for hour in range(9, 17):
            signed_up(wang, published(on(day, f"{hour:02d}:00"), minutes=40, title_en=f"Robots {day} {hour}"))
    text = read(paper(client, wang))
    assert "Robots 1 9" in text
    assert "Robots 4 16" in text
