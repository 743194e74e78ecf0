from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import caches

from exhibitors import plan as plans
from exhibitors import rules
from expo.models import Show
from tests.factories.exhibitors import NOW, MemberFactory, accepted, submitted


def board(hall, at=NOW):
    hall.refresh_from_db()
    return plans.board(hall, at=at)


def test_each_booth_is_a_link_that_says_what_it_is(hall, booths, member):
    accepted(member, booths[:1])
    svg = str(plans.svg(hall, board(hall)))
    drawing = ET.fromstring(svg)  # noqa: S314  (our own drawing)
    labels = [link.get("aria-label") for link in drawing.iter("a")]
    assert labels[:2] == [f"A01, 3 × 3 m, {member.firm.name_en}", "A02, 3 × 3 m, free"]
    assert "style=" not in svg


def test_who_holds_a_booth_is_not_told(client, hall, booths, member):
    submitted(member, booths[:1])
    page = client.get("/en/plan/hall-1/?booth=A01").content.decode()
    assert "Saturday 26 October 10:00" in page
    assert member.firm.name_en not in page


def test_a_hold_shows_at_once_and_free_when_it_ran_out(hall, booths, member):
    assert board(hall).spots["A01"].state == "free"
    submitted(member, booths[:1])
    assert board(hall).spots["A01"].state == "held"
    assert board(hall, at=NOW + rules.HOLD).spots["A01"].state == "free"


def test_names_on_the_drawing_are_escaped(hall, booths):
    accepted(MemberFactory(firm__name_en='<b onclick="x">', firm__name_zh=""), booths[:1])
    svg = str(plans.svg(hall, board(hall), picked=["A01"]))
    assert "<b" not in svg
    ET.fromstring(svg)  # noqa: S314  (our own drawing)


def test_the_whole_page_takes_few_queries(client, hall, booths, member, django_assert_max_num_queries):
    accepted(member, booths[:1])
    client.get("/en/plan/hall-1/")
    with django_assert_max_num_queries(1):
        client.get("/en/plan/hall-1/")
    for query in ("", "?booth=A02"):
        caches["process"].clear()
        with django_assert_max_num_queries(6):
            client.get(f"/en/plan/hall-1/{query}")


def test_what_is_kept_whole_shows_a_change_at_once_too(client, hall, booths, member):
    assert b"A01, 3 \xc3\x97 3 m, free" in client.get("/en/plan/hall-1/").content
    submitted(member, booths[:1])
    assert b"A01, 3 \xc3\x97 3 m, held" in client.get("/en/plan/hall-1/").content


def test_a_page_that_did_not_change_is_not_sent_again(client, hall, booths):
    first = client.get("/en/plan/hall-1/")
    again = client.get("/en/plan/hall-1/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_picked_booths_add_up_and_lead_on(client, hall, booths):
    page = client.get("/en/plan/hall-1/?pick=A01&pick=A02,zz").content.decode()
    assert "18.00 m²" in page or "18 m²" in page
    assert "21,600" in page
    assert "/en/exhibit/?pick=A01,A02#apply" in page


def test_a_firm_is_found_in_whichever_hall_it_stands(client, hall, booths, member):
    from tests.factories.expo import HallFactory

    accepted(member, booths[:1])
    HallFactory(show=hall.show, slug="hall-0")
    answer = client.get("/en/plan/hall-0/", {"q": member.firm.name_en})
    assert answer["Location"].startswith("/en/plan/hall-1/?booth=A01")


def test_neighbours_and_what_is_near(hall, booths):
    shown = board(hall)
    assert [spot.number for spot in shown.neighbours(shown.spots["A03"])] == ["A02", "A04"]
    assert [spot.number for spot in shown.near(["A03"])][:2] == ["A02", "A04"]


def test_a_hall_of_another_show_is_not_found(client, show):
    assert client.get("/en/plan/hall-9/").status_code == 404


def test_a_show_without_halls_says_so(client, show):
    assert b"not drawn yet" in client.get("/en/plan/").content


@pytest.mark.parametrize("state", ["free", "held", "taken"])
def test_the_list_is_filtered_by_state(client, hall, booths, member, stranger, state):
    accepted(member, booths[:1])
    submitted(stranger, booths[1:3])
    page = client.get("/en/plan/hall-1/", {"state": state}).content.decode()
    assert page.count("<tr>") - 1 == {"free": 5, "held": 2, "taken": 1}[state]


def test_the_page_is_never_older_than_its_window(client, hall, booths, member):
    submitted(member, booths[:1])
    assert b"A01, 3 \xc3\x97 3 m, held" in client.get("/en/plan/hall-1/").content
    Show.objects.update(clock_shift=Show.objects.get().clock_shift + rules.HOLD + timedelta(seconds=5))
    caches["process"].delete("show")
    assert b"A01, 3 \xc3\x97 3 m, free" in client.get("/en/plan/hall-1/").content
