"""For programs that watch: does the process live, can it serve, what has it done."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from psycopg_pool import PoolTimeout

from accounts.queues import PULSE

# The worker queues a job of its own every 20 seconds; without one for so many seconds no worker is at work.
PULSE_PATIENCE = 120


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def queue_ages() -> dict[str, float]:
    """Seconds for which the oldest due job of each queue has been waiting; 0 where none is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT j.queue_name, max(extract(epoch FROM now() - coalesce(j.scheduled_at, e.at))) "
            "FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred' "
            "WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now()) GROUP BY 1"
        )
        return {"house": 0.0, "mail": 0.0} | {queue: float(age) for queue, age in cursor.fetchall()}


def worker_at_work() -> bool:
    """Whether the worker's pulse is felt. It stops as well when the house's jobs are queued but not done.

    Mails that wait say nothing about it: a mail server may be slow while every job is in good hands.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(defer_timestamp) > extract(epoch FROM now()) - %s, false) "
            "FROM procrastinate_periodic_defers WHERE task_name = %s",
            [PULSE_PATIENCE, PULSE],
        )
        return bool(cursor.fetchone()[0])


def migrated() -> bool:
    """Whether every migration is applied; a process that saw it once does not ask again."""
    if caches["process"].get("migrated"):
        return True
    executor = MigrationExecutor(connection)
    done = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    if done:
        caches["process"].set("migrated", done, timedelta(days=1).total_seconds())
    return done


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, the migrations are applied and a worker is at work; else 503 and which is not."""
    checks = {"database": False, "migrations": False, "jobs": False}
    with suppress(DatabaseError, PoolTimeout):
        checks.update(database=True, migrations=migrated(), jobs=worker_at_work())
    return JsonResponse({"ready": all(checks.values()), **checks}, status=200 if all(checks.values()) else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, read from the database, so that every process says the same."""
    registry = CollectorRegistry()
    with connection.cursor() as cursor:
        for name, words, sql in FIGURES:
            cursor.execute(sql)
            gauge = Gauge(name, words, ["kind"], registry=registry)
            for kind, value in cursor.fetchall():
                gauge.labels(kind).set(value)
    ages = Gauge("chitec_queue_age_seconds", "How long the oldest due job has waited", ["queue"], registry=registry)
    for queue, age in queue_ages().items():
        ages.labels(queue).set(age)
    Gauge("chitec_time_seconds", "When this was read", registry=registry).set(timezone.now().timestamp())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


FIGURES = (
    (
        "chitec_registrations",
        "Registrations of the current show by category",
        (
            "SELECT r.category, count(*) FROM visitors_registration r JOIN expo_show s ON s.id = r.show_id "
            "WHERE s.is_current GROUP BY 1"
        ),
    ),
    (
        "chitec_booths_allotted",
        "Booths of the current show by state of their allotment",
        (
            "SELECT a.state, count(*) FROM exhibitors_allotment a JOIN exhibitors_booth b ON b.id = a.booth_id "
            "JOIN expo_hall h ON h.id = b.hall_id JOIN expo_show s ON s.id = h.show_id WHERE s.is_current GROUP BY 1"
        ),
    ),
    (
        "chitec_scans",
        "Scans of the current show by outcome, those that refuse included",
        (
            "SELECT c.outcome, count(*) FROM onsite_scan c JOIN expo_show s ON s.id = c.show_id "
            "WHERE s.is_current GROUP BY 1"
        ),
    ),
    ("chitec_refusals", "Requests refused, by code, ever since", "SELECT code, count FROM accounts_refused"),
    ("chitec_mails", "Mails by state", "SELECT state, count(*) FROM accounts_mail GROUP BY 1"),
    ("chitec_jobs", "Jobs by state", "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1"),
)
