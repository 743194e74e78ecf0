"""Sending a mail, with mail servers as they are."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from accounts import actions, mails, smtp
from accounts.models import Mail, User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tarpit(settings):
    """A mail server that greets and then sends a letter now and then, never a line."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        line, _address = listening.accept()
        with line, suppress(OSError):
            line.sendall(b"220-")
            while True:
                line.sendall(b"x")
                time.sleep(0.05)

    server = Thread(target=serve, daemon=True)
    server.start()
    options = {"host": "127.0.0.1", "port": listening.getsockname()[1], "timeout": 5}
    settings.MAILERS = {"default": {"BACKEND": "accounts.smtp.EmailBackend", "OPTIONS": options}}
    yield
    listening.close()
    server.join(timeout=5)


def queued() -> Mail:
    user: User = UserFactory()
    return mails.queue("accounts.set_password", thing=f"user:{user.pk}", to=user.email, language="en")


@pytest.mark.parametrize("over_tls", [False, True])
def test_a_mail_server_that_never_ends_is_hung_up_on(tarpit, settings, monkeypatch, over_tls):
    monkeypatch.setattr(smtp, "DEADLINE", 0.5)
    settings.MAILERS["default"]["OPTIONS"]["use_ssl"] = over_tls
    mail = queued()
    began = time.monotonic()
    with pytest.raises(OSError):  # noqa: PT011  (whatever breaks first)
        actions.send_mail(mail.pk, at=timezone.now())
    assert time.monotonic() - began < 4
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (Mail.State.FAILED, 1)


def test_the_row_is_kept_for_longer_than_a_mail_server_may_take(monkeypatch):
    kept_for = []

    def send(message):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM current_setting('idle_in_transaction_session_timeout')::interval)"
            )
            kept_for.append(float(cursor.fetchone()[0]))

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    actions.send_mail(queued().pk, at=timezone.now())
    assert kept_for[0] > 2 * smtp.DEADLINE


@pytest.mark.parametrize(
    ("states", "held"),
    [
        ([("sent", 40)], False),
        ([("queued", 5)], False),
        ([("queued", 15)], True),
        ([("failed", 15)], True),
        ([("sent", 40), ("failed", 30), ("failed", 15)], True),
        ([("failed", 40), ("sent", 30)], False),
        ([("queued", 40), ("sent", 30), ("queued", 5)], False),
    ],
)
def test_mails_are_held_up_when_none_goes_out_any_more(states, held):
    """States of mails, and the minutes since each was queued."""
    now = timezone.now()
    for number, (state, minutes) in enumerate(states):
        made = Mail.objects.create(kind="x", thing=str(number), to="a@example.org", language="en", state=state)
        Mail.objects.filter(pk=made.pk).update(queued_at=now - timedelta(minutes=minutes))
    assert mails.held_up(now) == held
