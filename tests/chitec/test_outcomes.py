"""What is told of each request to those who watch: one line in the log, and how many were refused and why."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest
from django.test import Client

from accounts import refusals
from accounts.models import Refused
from chitec import views
from tests.factories import visitors as make
from tests.factories.onsite import TOKEN, DeviceFactory, badge_for, body, code_of
from visitors.links import visit_key
from visitors.models import DayPlaces, TicketType

pytestmark = pytest.mark.django_db

ADDRESS = "leaked@example.org"


@pytest.fixture
def lines():
    """The lines of the requests, as the site's own handler writes them."""
    (handler,) = [one for one in logging.getLogger().handlers if one.get_name() == "lines"]
    text = io.StringIO()
    before = handler.setStream(text)
    yield lambda: [line for line in map(json.loads, text.getvalue().splitlines()) if line["event"] == "request"]
    handler.setStream(before)


@pytest.fixture
def public():
    return make.ticket_type(make.open_show())


def sold_out(client, public):
    DayPlaces.objects.update(places=0)
    return client.post("/en/register/", make.form_data(public, email=ADDRESS))


def figures(client):
    page = client.get("/metrics").content.decode()
    return dict(re.findall(r'^chitec_refusals\{kind="(\w+)"\} ([\d.]+)$', page, re.MULTILINE))


def test_a_line_has_the_route_and_how_it_went_and_nothing_of_anybody(client, lines, public):
    client.post(f"/en/register/?q={ADDRESS}", make.form_data(public, email=ADDRESS))
    (line,) = lines()
    assert re.fullmatch("[0-9a-f]{32}", line.pop("id"))
    assert 0 < line.pop("ms") < 10_000
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "chitec.requests",
        "method": "POST",
        "route": "en/register/",
        "status": 302,
        "outcome": "ok",
    }


@pytest.mark.parametrize(
    ("path", "status", "outcome"),
    [(f"/en/visit/{ADDRESS}/", 404, "not_found"), ("/en/nowhere/", 404, "not_found"), ("/en/", 200, "ok")],
)
def test_what_became_of_what_was_not_refused(client, lines, public, path, status, outcome):
    client.get(path)
    (line,) = lines()
    assert (line["status"], line["outcome"], ADDRESS in json.dumps(line)) == (status, outcome, False)


def test_a_page_that_breaks_has_failed(lines, public, monkeypatch):
    def breaks(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(views.front, "read", breaks)
    Client(raise_request_exception=False).get("/en/")
    assert [(line["status"], line["outcome"]) for line in lines()] == [(500, "failed")]


def test_a_form_that_is_refused_says_why_once(client, lines, public):
    assert sold_out(client, public).status_code == 409
    assert [(line["route"], line["outcome"]) for line in lines()] == [("en/register/", "sold_out")]
    assert figures(client) == {"sold_out": "1.0"}


def test_a_form_that_comes_after_the_close_is_refused_and_nothing_has_failed(client, lines, public):
    TicketType.objects.update(on_sale=False)
    assert client.post("/en/register/", make.form_data(public)).status_code == 409
    assert ([line["outcome"] for line in lines()], figures(client)) == (["refused"], {})


def test_a_refusal_that_no_view_explains_says_why(client, lines, public, monkeypatch):
    def refuses(*args, **kwargs):
        raise refusals.Refusal("clash", "No.")

    monkeypatch.setattr(views.front, "read", refuses)
    assert client.get("/en/").status_code == 409
    assert ([line["outcome"] for line in lines()], figures(client)) == (["clash"], {"clash": "1.0"})


def test_a_page_of_a_visit_says_why(client, lines, public):
    path = f"/en/visit/{visit_key(make.registered(public).lead)}/give-back/"
    answers = [client.post(path).status_code for _ in range(2)]
    assert (answers, [line["outcome"] for line in lines()]) == ([302, 409], ["ok", "no_ticket"])


def test_the_api_says_why(client, lines):
    show = DeviceFactory().show
    client.cookies["device"] = TOKEN
    sent = body(code_of(badge_for(show)))
    for path, data in (("", sent), (f"/{sent['uid']}/payment", {"how": "cash"})):
        client.post(f"/api/v1/gate/scans{path}", data, content_type="application/json")
    assert [(line["status"], line["outcome"]) for line in lines()][1:] == [(409, "nothing_due")]
    assert figures(client) == {"nothing_due": "1.0"}


def test_each_refusal_is_counted_whichever_process_it_was(client, public):
    refusals.count(["sold_out", "clash"])
    sold_out(client, public)
    assert figures(client) == {"clash": "1.0", "sold_out": "2.0"}


def test_too_often_is_counted_too(client, lines, public, monkeypatch):
    monkeypatch.setattr("visitors.views.registering.PER_NETWORK", make.limit("register", 0))
    assert client.post("/en/register/", make.form_data(public)).status_code == 429
    assert ([line["outcome"] for line in lines()], figures(client)) == (["too_often"], {"too_often": "1.0"})


def test_what_a_stranger_may_send_without_end_costs_no_write(client, lines, public):
    assert client.post("/api/v1/gate/scans", "x", content_type="text/plain").status_code == 415
    assert (lines()[0]["outcome"], Refused.objects.count()) == ("not_json", 0)


def test_a_request_that_is_done_leaves_no_refusal_to_the_next(client, lines, public):
    sold_out(client, public)
    client.get("/healthz")
    assert [line["outcome"] for line in lines()] == ["sold_out", "ok"]
