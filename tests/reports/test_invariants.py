"""The check of what must always be true finds what is made false past the site."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import mails
from accounts.models import Mail
from expo.models import Show
from reports import invariants
from reports.tasks import check_invariants
from tests.factories.expo import ShowFactory
from tests.factories.visitors import open_show, registered, ticket_type
from visitors.models import Badge, DayPlaces, Registration

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_jobs_of_others(db):
    """What tests that commit have queued is no model's of ours, and stays when their rows go."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture
def registration():
    return registered(ticket_type(open_show())).lead


def broken():
    return list(invariants.broken(real=timezone.now()))


def test_all_is_well_after_a_registration(registration, capsys):
    call_command("check_invariants")
    assert capsys.readouterr().out == "All invariants hold.\n"


def test_before_there_is_a_show_all_is_well():
    assert broken() == []


def test_a_counter_that_lies_is_found(registration):
    DayPlaces.objects.filter(day__number=1).update(taken=7)
    with pytest.raises(CommandError, match="visitors: 1 days count other places"):
        call_command("check_invariants")


def test_a_badge_without_a_ticket_is_found(registration):
    registration.tickets.update(state="given_back", ended_at=timezone.now())
    assert Badge.objects.live().exists()
    assert any("live badges have no valid ticket" in sentence for sentence in broken())


def test_a_mail_that_lost_its_job_is_found(registration):
    assert Mail.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert broken() == ["accounts: 1 mails are neither sent nor have a job that would send them."]


def test_a_mail_that_was_given_up_is_the_staffs_and_breaks_nothing():
    mail = mails.queue("x", thing="y", to="a@example.org", language="en")
    Mail.objects.filter(pk=mail.pk).update(state=Mail.State.FAILED)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    assert broken() == []


def test_each_show_is_judged_by_its_own_clock(registration):
    """A demo of long ago that is current does not make the registrations of the next show ones of a time to come."""
    Show.objects.update(is_current=False)
    ShowFactory(number=23, is_current=True, is_demo=True, clock_shift=timedelta(days=-3000))
    assert broken() == []
    Registration.objects.update(registered_at=timezone.now() + timedelta(days=10_000))
    assert broken() == ["visitors: 1 registrations are of a time to come. (CHITEC 22)"]


def test_mails_and_jobs_that_wait_too_long_are_found():
    # Django's flush after a test that commits leaves the jobs: their tables are not Django's.
    connection.cursor().execute("DELETE FROM procrastinate_jobs")
    mails.queue("x", thing="y", to="a@example.org", language="en")
    assert broken() == []
    later = list(invariants.broken(real=timezone.now() + timedelta(minutes=6)))
    assert later == [
        "accounts: 1 mails wait since long ago, though nothing has gone wrong with them.",
        "accounts: 1 jobs are due since long ago: no worker is at work.",
    ]


def test_the_job_logs_an_error_for_each(registration, caplog):
    DayPlaces.objects.update(taken=7)
    check_invariants(timestamp=0)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
