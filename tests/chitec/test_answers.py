from unittest.mock import Mock

import pytest
from django.core.cache import caches
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from psycopg_pool import PoolTimeout

from accounts.limits import TooOften
from accounts.refusals import Refusal
from chitec import views
from chitec.middleware import ForwardedMiddleware
from chitec.templatetags.house import way_back
from tests.factories.accounts import UserFactory
from tests.factories.expo import ShowFactory
from tests.factories.staff import logged_in

NOTHING_INLINE = ("style=", "onclick", "<script", "<style")


@pytest.fixture(autouse=True)
def nothing_remembered():
    caches["process"].clear()


@pytest.fixture
def reader():
    """One that is answered also when the view breaks, as a real one is."""
    return Client(raise_request_exception=False)


@pytest.fixture
def front_raises(monkeypatch):
    """Let the front page raise the error instead."""

    def instead(error):
        def read(*args, **kwargs):
            raise error

        monkeypatch.setattr(views.front, "read", read)

    return instead


@pytest.mark.parametrize("path", ["/en/nowhere/", "/zh/nowhere/", "/nowhere"])
def test_a_page_that_is_not_there_says_what_to_do_without_a_query(reader, path, django_assert_num_queries):
    response = reader.get(path)
    assert response.status_code == 404
    page = response.content.decode()
    assert page.count("<h1>") == 1
    assert 'class="btn"' in page
    assert not [word for word in NOTHING_INLINE if word in page]


@pytest.mark.django_db
def test_a_broken_view_is_500_with_the_number_of_the_request(reader, front_raises):
    ShowFactory()
    front_raises(ZeroDivisionError())
    response = reader.get("/en/")
    assert response.status_code == 500
    assert response.headers["X-Request-ID"] in response.content.decode()
    assert "Traceback" not in response.content.decode()


@pytest.fixture(params=[False, True], ids=["in service", "while developing"])
def debug(request, settings):
    settings.DEBUG = request.param


@pytest.mark.django_db
@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("error", [OperationalError("the connection is lost"), PoolTimeout("no connection in 5 s")])
def test_a_view_that_loses_the_database_is_503(reader, front_raises, error):
    ShowFactory()
    front_raises(error)
    response = reader.get("/en/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "Back in a moment" in response.content.decode()


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("path", ["/en/", "/zh/", "/en/accounts/login/"])
def test_without_a_database_every_page_is_503(reader, path, monkeypatch):
    """No access to it is allowed in this test, so whatever is asked of it fails as if it were away."""

    def away(*args, **kwargs):
        raise OperationalError("the connection is refused")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.ensure_connection", away)
    response = reader.get(path)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"


@pytest.mark.usefixtures("debug")
@pytest.mark.parametrize("step", ["load", "save"])
def test_a_session_that_cannot_be_read_or_written_is_503(reader, monkeypatch, settings, step):
    def away(*args, **kwargs):
        raise OperationalError("the connection is refused")

    def remember(*args, **kwargs):
        return {"before": True}

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", remember)
    monkeypatch.setattr(f"django.contrib.sessions.backends.db.SessionStore.{step}", away)
    settings.SESSION_SAVE_EVERY_REQUEST = True
    reader.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    response = reader.get("/zh/nowhere/")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.headers["Content-Language"] == "zh-hans"
    assert "Content-Security-Policy" in response.headers


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/en/", "/en/desk/", "/en/gate/", "/admin/"])
def test_a_session_that_cannot_be_ours_is_none(reader, settings, path):
    ShowFactory()
    name = settings.SESSION_COOKIE_NAME
    as_nobody = reader.get(path).status_code
    for key in (r'"0123456789abcdef\000123456789abcde"', "é" * 32, "x" * 5000):
        assert reader.get(path, headers={"cookie": f"{name}={key}"}).status_code == as_nobody


@pytest.mark.django_db
def test_a_refusal_that_no_page_explains_is_409_with_its_sentence(reader, front_raises):
    ShowFactory()
    front_raises(Refusal("taken", "The booth <A01> was taken a moment ago."))
    response = reader.get("/en/")
    assert response.status_code == 409
    assert "The booth &lt;A01&gt; was taken a moment ago." in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "words"), [(40, "in 40 seconds"), (60, "in 60 seconds"), (130, "in 3 minutes")])
def test_too_often_says_when_to_try_again(reader, front_raises, seconds, words):
    ShowFactory()
    front_raises(TooOften(seconds))
    response = reader.get("/en/")
    assert (response.status_code, response.headers["Retry-After"]) == (429, str(seconds))
    assert words in response.content.decode()


def test_a_form_without_a_token_is_403_and_leads_back_to_the_page_it_came_from():
    reader = Client(enforce_csrf_checks=True)
    sent = {"headers": {"referer": "http://testserver/en/register/?group=4"}}
    response = reader.post("/en/accounts/login/", {"login": "a@example.org"}, **sent)
    assert response.status_code == 403
    page = response.content.decode()
    assert "The form was open for too long" in page
    assert 'href="/en/register/?group=4"' in page


@pytest.mark.parametrize("referer", ["https://elsewhere.example/en/register/", "http://testserver//elsewhere.example/"])
def test_the_way_back_never_leads_elsewhere(referer):
    response = Client(enforce_csrf_checks=True).post("/en/accounts/login/", headers={"referer": referer})
    assert 'href="//' not in response.content.decode()
    assert "https://elsewhere.example" not in response.content.decode()


def test_the_way_back_from_two_slashes_stays_on_the_site():
    request = RequestFactory().get("/", PATH_INFO="//elsewhere.example/")
    assert way_back({"request": request}) == "/elsewhere.example/"


def test_a_body_that_cannot_be_decoded_is_400(reader):
    kind = "application/x-www-form-urlencoded; charset=utf-7"
    response = reader.generic("POST", "/en/accounts/login/", b"login=a", content_type=kind)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_body_that_cannot_be_decoded_is_400_with_debug_too(reader, settings):
    settings.DEBUG = True
    kind = "application/x-www-form-urlencoded; charset=utf-7"
    response = reader.generic("POST", "/en/accounts/login/", b"login=a", content_type=kind)
    assert (response.status_code, response.text) == (400, "400: This request could not be read.\n")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/en/visit/ended/", "/en/nowhere/"])
def test_what_there_is_not_is_said_by_our_own_page_with_debug_too(reader, settings, path):
    settings.DEBUG = True
    response = reader.get(path)
    assert (response.status_code, "There is no such page" in response.text) == (404, True)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize("path", ["/en/", "/en/privacy/", "/signs/0.css", "/robots.txt", "/healthz"])
def test_methods_that_a_page_does_not_know_are_refused(reader, method, path):
    assert reader.generic(method, path).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "BREW"])
@pytest.mark.parametrize("path", ["/admin/", "/admin/language/", "/admin/expo/show/", "/admin/accounts/user/add/"])
def test_methods_that_the_desk_does_not_know_are_refused(method, path):
    desk = logged_in(UserFactory(organiser=True))
    response = desk.generic(method, path)
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


@pytest.mark.parametrize(("method", "path"), [("GET", "/en/gate/sign-out/"), ("PUT", "/en/privacy/")])
def test_a_method_that_a_page_does_not_take_is_answered_by_a_page(reader, method, path):
    response = reader.generic(method, path)
    page = response.content.decode()
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]
    assert "This address is not opened this way" in page
    assert 'href="/en/"' in page
    assert not [word for word in NOTHING_INLINE if word in page]


def test_a_program_is_told_no_page_of_the_methods_there_are(reader):
    response = reader.generic("PUT", "/healthz")
    assert (response.status_code, response.content) == (405, b"")


@pytest.mark.django_db
def test_the_api_says_itself_which_methods_there_are(reader):
    response = reader.generic("PUT", "/api/v1/gate/today")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize("method", ["TRACE", "POST", "PUT", "BREW"])
def test_the_description_of_the_api_is_only_read(reader, method):
    assert reader.generic(method, "/api/v1/openapi.json").status_code == 405


@pytest.mark.parametrize(("peer", "secure"), [("10.0.0.1", True), ("192.0.2.1", False)])
def test_only_a_trusted_proxy_says_that_it_was_https(rf, settings, peer, secure):
    settings.TRUSTED_PROXIES = frozenset({"10.0.0.1"})
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = rf.get("/", headers={"x-forwarded-proto": "https"}, REMOTE_ADDR=peer)
    ForwardedMiddleware(Mock())(request)
    assert request.is_secure() is secure


@pytest.mark.django_db
def test_every_answer_carries_the_policies(reader):
    ShowFactory()
    for path in ("/en/", "/en/nowhere/", "/signs/0.css"):
        policy = reader.get(path).headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy


def test_a_foreign_host_is_400(reader):
    response: HttpResponse = reader.get("/en/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
