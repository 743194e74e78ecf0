"""Whose visit it is: the cookie that says so, who may set it, and where it leads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from expo.models import Show
from expo.showing import ShowMiddleware
from tests.factories import visitors as make
from tests.factories.desk import HOSTILE
from tests.factories.expo import on
from visitors import knowing
from visitors.actions import privacy
from visitors.actions.badges import replace_link
from visitors.links import visit_key
from visitors.models import Registration

pytestmark = pytest.mark.django_db
COOKIE = settings.VISIT_COOKIE_NAME


@pytest.fixture
def row(public):
    return make.registered(public).lead


def asking(cookie=None):
    request = RequestFactory().get("/en/programme/")
    if cookie is not None:
        request.COOKIES[COOKIE] = cookie
    ShowMiddleware(lambda _request: None)(request)
    return request


def here(row):
    return f"/en/visit/{visit_key(row)}/here/"


# Who is known


def test_the_cookie_says_whose_visit_it_is(row, django_assert_num_queries):
    request, serial = asking(visit_key(row)), row.badge.serial
    request.show.pk  # noqa: B018  (read for every page)
    with django_assert_num_queries(3):
        visitor = knowing.visitor_of(request)
        assert visitor == row
        assert visitor.show is request.show
        assert (visitor.ticket.days, visitor.badge.serial) == ([1, 2], serial)
        assert knowing.visitor_of(request) is visitor


@pytest.mark.parametrize("cookie", [None, *HOSTILE, "A" * 31, "A" * 33, "/" * 32, "王" * 32])
def test_what_is_no_key_is_nobody_and_asks_the_database_nothing(row, cookie, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert knowing.visitor_of(asking(cookie)) is None


def test_a_forged_key_is_nobody_however_often_it_is_asked_for(row, django_assert_num_queries):
    request = asking(visit_key(row)[:-1] + ("A" if visit_key(row)[-1] != "A" else "B"))
    with django_assert_num_queries(3):
        assert (knowing.visitor_of(request), knowing.visitor_of(request)) == (None, None)


def test_a_replaced_link_is_nobody_s_cookie(row):
    request = asking(visit_key(row))
    replace_link(actor=make.VISITOR, registration=row, at=make.EVE)
    assert knowing.visitor_of(request) is None


def test_who_was_erased_is_nobody(row, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    request = asking(visit_key(row))
    privacy.erase(actor=make.VISITOR, registration=row, at=make.EVE)
    assert knowing.visitor_of(request) is None


def test_a_visit_to_another_show_is_none_to_this_one(row):
    request = asking(visit_key(row))
    Show.objects.update(is_current=False)
    make.open_show(number=row.show.number + 1, is_current=True)
    assert knowing.visitor_of(request) is None


def test_a_site_without_a_show_knows_nobody_who_brings_no_cookie(db):
    assert knowing.visitor_of(asking()) is None


# Who sets it


def test_who_registers_is_known(client, public):
    answer = client.post("/en/register/", make.form_data(public, **{"companion-1-name": "李雷"}))
    lead = Registration.objects.get(name="王小明")
    cookie = answer.cookies[COOKIE]
    assert cookie.value == visit_key(lead)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
    assert cookie["max-age"] == timedelta(days=30).total_seconds()


def test_whose_first_answer_was_lost_is_known_by_the_second(client, public):
    data = make.form_data(public)
    client.post("/en/register/", data)
    assert Client().post("/en/register/", data).cookies[COOKIE].value == visit_key(Registration.objects.get())


def test_who_was_registered_before_is_not_known_by_a_form_alone(client, row, public):
    assert COOKIE not in client.post("/en/register/", make.form_data(public)).cookies


@pytest.mark.parametrize("below", ["", "details/", "give-back/", "badge.svg", "calendar.ics"])
def test_opening_the_link_makes_nobody_known(client, row, below):
    assert COOKIE not in client.get(f"/en/visit/{visit_key(row)}/{below}").cookies
    assert client.get(here(row)).status_code == 405


def test_the_button_of_the_visit_makes_known_and_leads_to_the_programme(client, row):
    assert f'action="{here(row)}"' in client.get(f"/en/visit/{visit_key(row)}/").text
    answer = client.post(here(row))
    assert (answer.status_code, answer["Location"]) == (302, reverse("programme"))
    assert answer.cookies[COOKIE].value == visit_key(row)


def test_the_button_needs_a_form_of_ours(row):
    assert Client(enforce_csrf_checks=True).post(here(row)).status_code == 403


def test_a_stranger_s_key_makes_nobody_known(client, row):
    answer = client.post(f"/en/visit/{'A' * 32}/here/")
    assert (answer.status_code, COOKIE in answer.cookies) == (404, False)


def test_a_visit_of_another_show_is_not_planned_with(client, row):
    Show.objects.update(is_current=False)
    make.open_show(number=row.show.number + 1, is_current=True)
    assert client.post(here(row)).status_code == 404


def test_after_the_show_there_is_nothing_to_choose(client, row):
    Show.objects.update(clock_shift=on(5, "10:00") - timezone.now())
    caches["process"].clear()
    assert here(row) not in client.get(f"/en/visit/{visit_key(row)}/").text


# Where it leads


@pytest.mark.parametrize("path", ["/en/programme/", "/zh/my-visit/sent/", "/en/programme/opening/?day=2#seats", "/en/"])
def test_a_page_of_ours_is_gone_on_to(client, row, path):
    assert client.post(here(row), {"next": path})["Location"] == path
    assert client.post(f"{here(row)}?next={path.partition('?')[0]}")["Location"] == path.partition("?")[0]


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/en/", "//evil.example/en/", "/\\evil.example/en/", "\\\\evil.example", "/api/v1/", "//[",
        "javascript:alert(1)", "/admin/", "/en/../admin/", "/en/%2e%2e/admin/", "/en//evil.example", "/en/nowhere/",
        "en/programme/", "https:///en/programme/", "/en/visit/../details/", "/en/visit/%2e%2E/", "/en/visit/%5c..%5c/",
        "/en/programme/\nSet-Cookie: a=b", "/en/" + "x" * 500, *HOSTILE,
    ],
)  # fmt: skip
def test_no_other_address_is_gone_on_to(client, row, path):
    answer = client.post(here(row), {"next": path})
    assert (answer.status_code, answer["Location"]) == (302, reverse("programme"))


# My visit


def test_my_visit_leads_who_is_known_to_it(client, row):
    client.post(here(row))
    assert client.get("/en/my-visit/")["Location"] == f"/en/visit/{visit_key(row)}/"
    assert "Find my visit" in client.get("/en/my-visit/?ask").text


def test_who_waits_for_the_mail_can_ask_for_it_though_known(client, row):
    client.post(here(row))
    assert 'href="/en/my-visit/?ask"' in client.get(f"/en/visit/{visit_key(row)}/").text


def test_my_visit_asks_who_is_not_known_any_more(client, row):
    client.post(here(row))
    replace_link(actor=make.VISITOR, registration=row, at=make.EVE)
    assert client.get("/en/my-visit/").status_code == 200


def test_a_device_is_left_by_who_is_known_on_it(client, row):
    visit = f"/en/visit/{visit_key(row)}/"
    assert reverse("visit-leave") not in client.get(visit).text
    client.post(here(row))
    assert reverse("visit-leave") in client.get(visit).text
    assert client.post("/en/my-visit/leave/").status_code == 302
    assert client.get("/en/my-visit/").status_code == 200
    assert client.get(visit).status_code == 200


def test_what_everybody_shares_is_shared_with_who_is_known(client, row):
    known, stranger = Client(), Client()
    known.post(here(row), {"next": "/en/programme/"})
    known.get("/en/")  # what was said of it has been read
    assert known.get("/en/areas/").content == stranger.get("/en/areas/").content
