"""What programs that watch are told."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts import mails
from accounts.queues import PULSE

pytestmark = pytest.mark.django_db


def felt(seconds_ago):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp) VALUES (%s, '', %s)",
            [PULSE, int(time.time()) - seconds_ago],
        )


def an_hour_passes_for_the_jobs():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '1 hour'")


def test_ready_while_a_worker_is_at_work(client):
    felt(20)
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"ready": True, "database": True, "migrations": True, "jobs": True},
    )


@pytest.mark.parametrize("pulse", [None, 121])
def test_not_ready_without_a_worker(client, pulse):
    if pulse:
        felt(pulse)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["jobs"]) == (503, False)


def test_not_ready_before_the_last_migration(client):
    felt(20)
    MigrationRecorder.Migration.objects.filter(app="visitors").latest("pk").delete()
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        503,
        {"ready": False, "database": True, "migrations": False, "jobs": True},
    )


def test_mails_that_wait_are_told_by_the_metrics_and_leave_the_site_ready(client):
    felt(20)
    mails.queue("x", thing="y", to="a@example.org", language="en")
    an_hour_passes_for_the_jobs()
    assert client.get("/readyz").status_code == 200
    ages = [line for line in client.get("/metrics").content.decode().splitlines() if "queue_age_seconds{" in line]
    assert ages[0] == 'chitec_queue_age_seconds{queue="house"} 0.0'
    assert 3600 <= float(ages[1].removeprefix('chitec_queue_age_seconds{queue="mail"} ')) < 3700
