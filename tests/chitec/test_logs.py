"""No secret and nobody's data reach the log."""

from __future__ import annotations

import io
import json
import logging
import smtplib

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection
from django.test import Client

from accounts.models import User
from chitec import views
from chitec.logs import discreet_traceback
from tests.factories.accounts import UserFactory
from tests.factories.expo import ShowFactory

pytestmark = pytest.mark.django_db

SECRET = "Zx9secretkey"
ADDRESS = "leaked@example.org"


@pytest.fixture
def written():
    """What the site's own handler writes, as it is configured."""
    (handler,) = [one for one in logging.getLogger().handlers if one.get_name() == "lines"]
    text = io.StringIO()
    before = handler.setStream(text)
    yield text.getvalue
    handler.setStream(before)


@pytest.fixture
def reader():
    ShowFactory()
    return Client(raise_request_exception=False)


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_form_without_a_token_does_not_write_the_link_of_the_visit(written):
    Client(enforce_csrf_checks=True).post(f"/en/visit/{SECRET}/give-back/")
    assert '"event": "request"' in written()
    assert SECRET not in written()


def test_a_page_that_breaks_writes_its_route_and_not_its_address(written, reader, monkeypatch):
    def breaks(*args):
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr("visitors.links.find", breaks)
    assert reader.get(f"/en/visit/{SECRET}/?q={SECRET}").status_code == 500
    error = next(line for line in lines(written()) if line["logger"] == "django.request")
    assert error["event"].startswith("Internal Server Error: en/visit/<str:key>/")
    assert error["exception"].endswith("\nZeroDivisionError")
    assert SECRET not in written()


def test_a_row_that_the_database_refuses_is_not_written(written, reader, monkeypatch):
    UserFactory(email=ADDRESS)

    def breaks(*args, **kwargs):
        User.objects.create_user(ADDRESS)

    monkeypatch.setattr(views.front, "read", breaks)
    assert reader.get("/en/").status_code == 500
    (error,) = [line for line in lines(written()) if line["level"] == "error"]
    assert "psycopg.errors.UniqueViolation: 23505 accounts_user_email_key accounts_user" in error["exception"]
    assert "in breaks" in error["exception"]
    assert ADDRESS not in written()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPRecipientsRefused({ADDRESS: (550, ADDRESS.encode())}), "smtplib.SMTPRecipientsRefused: 550"),
        (smtplib.SMTPDataError(554, ADDRESS.encode()), "smtplib.SMTPDataError: 554"),
        (ValidationError(ADDRESS), "django.core.exceptions.ValidationError"),
        (KeyError(ADDRESS), "KeyError"),
        (FileNotFoundError(2, "No such file", ADDRESS), "FileNotFoundError: [Errno 2] No such file"),
        (AttributeError("no attribute 'x'"), "AttributeError: no attribute 'x'"),
        (IntegrityError(ADDRESS), "django.db.utils.IntegrityError"),
    ],
)
def test_errors_are_written_without_what_they_quote(written, error, words):
    logging.getLogger("procrastinate.worker").error("Job accounts.send_mail[1](mail=1) failed", exc_info=error)
    (line,) = lines(written())
    assert line["exception"].splitlines()[-1] == words
    assert ADDRESS not in written()


def test_why_the_database_cannot_be_reached_is_written():
    try:
        connection.Database.connect("host=127.0.0.1 port=1 connect_timeout=1")
    except connection.Database.OperationalError as error:
        text = discreet_traceback((type(error), error, error.__traceback__))
    assert "127.0.0.1" in text


def test_what_led_to_an_error_is_written_in_order(written):
    error = OperationalError(SECRET)
    error.__cause__ = KeyError(SECRET)
    logging.getLogger("chitec").error("broken", exc_info=error)
    (line,) = lines(written())
    assert line["exception"].index("KeyError") < line["exception"].index("OperationalError")
    assert SECRET not in written()
