"""ID numbers on the desk: who sees them, that each look is listed, and the files for the enterprise's gate."""

import csv
import io

import pypdfium2
import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from accounts.acting import Actor
from accounts.models import Record
from programme.actions.signing import papers
from programme.models import Participant
from tests.factories.accounts import UserFactory
from tests.factories.desk import HOSTILE
from tests.factories.expo import on
from tests.factories.papers import OTHER, PASSPORT, RESIDENT, departure, gave, going, named
from tests.factories.programme import GuideFactory
from tests.factories.signups import EVE, signed_up, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _eve(set_clock):
    set_clock(EVE)


@pytest.fixture
def guide():
    return GuideFactory(name="Zhao Min")


@pytest.fixture
def tour(guide):
    return departure(guide=guide, title_en="The works", code="T7")


@pytest.fixture
def planner(client):
    user = UserFactory(roles=["programme_editor"], name="Li Editor")
    client.force_login(user)
    return user


def desk(tour, name="papers_departure"):
    return reverse(f"admin:programme_{name}", args=[tour.pk])


def exported(client, tour, form="csv", **fields):
    return client.post(desk(tour, "papers_list"), {"form": form} | fields)


def test_departures_are_listed_with_how_many_numbers_they_miss(client, tour, planner):
    gave(going(tour), RESIDENT)
    signed_up(visitor(), tour, people=named(2))
    row = client.get(reverse("admin:programme_papers")).context["rows"][0]
    assert (row["title"], row["people"], row["given"], row["missing"]) == ("The works", 3, 1, 2)


def test_a_departure_that_asks_for_none_is_not_listed(client, planner):
    other = departure(asks_id=False)
    assert client.get(reverse("admin:programme_papers")).context["rows"] == []
    assert client.get(desk(other)).status_code == 404


def test_numbers_are_shown_by_an_act_alone(client, tour, planner):
    gave(going(tour), RESIDENT)
    assert RESIDENT not in client.get(desk(tour)).text
    answer = client.post(desk(tour))
    assert (RESIDENT in answer.text, "no-store" in answer.headers["Cache-Control"]) == (True, True)


def test_one_party_is_shown_alone(client, tour, planner):
    one, _other = gave(going(tour), RESIDENT), gave(going(tour), OTHER)
    page = client.post(desk(tour), {"signup": one.pk}).text
    assert (RESIDENT in page, OTHER in page) == (True, False)


def test_who_has_looked_stands_below_with_whom_they_looked_at(client, tour, planner):
    signup = gave(going(tour), RESIDENT)
    client.post(desk(tour))
    for page in (client.get(desk(tour)), client.get(reverse("admin:programme_papers"))):
        (look,) = page.context["looks"]
        assert (look["who"], look["what"], look["rows"]) == (str(planner), "ID numbers looked at", 1)
        assert (look["whose"], look["session"]) == (signup.registration.name, "The works")
        assert RESIDENT not in page.text


def test_a_guides_look_is_listed_by_name(client, tour, planner, guide):
    gave(going(tour), RESIDENT)
    papers.look(actor=Actor.guide(guide.pk), session=tour.pk)
    assert client.get(desk(tour)).context["looks"][0]["who"] == "Zhao Min, guide"


def test_an_erasure_stands_among_the_looks(client, tour, planner):
    gave(going(tour), RESIDENT)
    papers.erase_overdue(show=tour.show, at=on(9, "10:00"))
    look = client.get(desk(tour)).context["looks"][0]
    assert (look["what"], look["rows"], look["who"]) == ("ID numbers erased", 1, "the site itself (erase_ids)")


def test_the_auditor_reads_who_has_looked_and_sees_no_number(client, tour, planner):
    gave(going(tour), RESIDENT)
    client.post(desk(tour))
    client.force_login(UserFactory(auditor=True))
    page = client.get(desk(tour))
    assert (page.status_code, len(page.context["looks"]), "Show the numbers" in page.text) == (200, 1, False)
    assert client.post(desk(tour)).status_code == 403
    assert exported(client, tour).status_code == 403
    assert Record.objects.filter(metadata__act="id_numbers_seen").count() == 1


@pytest.mark.parametrize("role", ["gate_staff", "area_manager"])
def test_other_staff_find_nothing_there(client, tour, role):
    gave(going(tour), RESIDENT)
    client.force_login(UserFactory(roles=[role]))
    asked = [client.get(desk(tour)), client.post(desk(tour)), exported(client, tour)]
    assert [answer.status_code for answer in asked] == [403, 403, 403]


@pytest.mark.parametrize("which", [*HOSTILE, "-1", "9" * 30, "²", "0"])
def test_a_party_that_is_not_there_is_not_shown(client, tour, planner, which):
    gave(going(tour), RESIDENT)
    answer = client.post(desk(tour), {"signup": which})
    assert (answer.status_code, RESIDENT in answer.text) == (404, False)


def test_a_party_of_another_departure_is_not_shown_here(client, tour, planner):
    other = gave(going(departure(on(2, "09:00"))), OTHER)
    assert client.post(desk(tour), {"signup": other.pk}).status_code == 404


# The file


def test_the_csv_has_everybody_and_the_export_is_recorded(client, tour, planner):
    signup = gave(signed_up(visitor(), tour, people=named(2)), RESIDENT, PASSPORT)
    answer = exported(client, tour)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["Party", "Name", "Document", "Number"],
        ["1", "Guest 0", "Resident identity card or residence permit (mainland China)", RESIDENT],
        ["1", "Guest 1", "Passport", PASSPORT],
    ]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="gate-list-T7-20191024.csv"'
    assert "no-store" in answer.headers["Cache-Control"]
    (row,) = Record.objects.filter(metadata__act="gate_list_exported")
    assert (row.metadata["rows"], row.metadata["form"], signup.party) == (2, "csv", 2)


def test_the_workbook_has_numbers_as_text(client, tour, planner):
    gave(going(tour), OTHER)
    book = CalamineWorkbook.from_filelike(io.BytesIO(exported(client, tour, "xlsx").content))
    rows = book.get_sheet_by_index(0).to_python()
    assert (rows[0][0], rows[2][3], rows[3][3]) == ("The works", "Number", OTHER)


def test_the_printed_list_has_names_and_numbers(client, tour, planner):
    signup = gave(going(tour), RESIDENT)
    document = pypdfium2.PdfDocument(exported(client, tour, "pdf").content)
    text = document[0].get_textpage().get_text_range()
    assert (RESIDENT in text, signup.registration.name in text, "The works" in text) == (True, True, True)


def test_numbers_that_are_missing_hold_the_list_back_until_it_is_wanted_with_gaps(client, tour, planner):
    gave(going(tour), RESIDENT)
    late = going(tour)
    answer = exported(client, tour)
    assert (answer.status_code, f"The number of 1 person is missing: {late.registration}." in answer.text) == (
        409,
        True,
    )
    assert exported(client, tour, with_gaps="on").status_code == 200


def test_nobody_on_the_list_is_said(client, tour, planner):
    answer = exported(client, tour)
    assert (answer.status_code, "Nobody has a sure place on this departure yet." in answer.text) == (409, True)


@pytest.mark.parametrize("form", ["", "exe", "csv\0", "x" * 5000])
def test_another_form_is_refused_in_words(client, tour, planner, form):
    gave(going(tour), RESIDENT)
    assert exported(client, tour, form).status_code == (200 if form == "csv\0" else 422)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_breaks_no_file_and_stays_text(client, tour, planner, hostile):
    name = hostile.replace("\0", "")[:80]
    signup = going(tour)
    Participant.objects.filter(signup=signup).update(registration=None, name=name or "x")
    gave(signup, RESIDENT)
    for form in ("xlsx", "csv", "pdf"):
        assert exported(client, tour, form).status_code == 200
    cell = list(csv.reader(io.StringIO(exported(client, tour).content.decode("utf-8-sig"))))[1][1]
    assert not cell.startswith(("=", "+", "-", "@"))
    assert "<script>alert" not in client.get(desk(tour)).text


def test_the_pages_ask_as_often_for_one_as_for_many(client, tour, planner, django_assert_num_queries):
    for text in (RESIDENT, OTHER, PASSPORT):
        gave(going(tour), text)
        client.get(desk(tour))
        with django_assert_num_queries(10):
            client.get(desk(tour))
        with django_assert_num_queries(8):
            client.get(reverse("admin:programme_papers"))
