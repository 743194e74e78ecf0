"""When the worker does what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from croniter import croniter
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from accounts.queues import HOUSE_FIRST
from accounts.tasks import PATIENCE

MIDNIGHT = datetime(2027, 3, 1, tzinfo=UTC)


def next_three(task):
    (cron,) = {one.cron for (name, _), one in app.periodic_registry.periodic_tasks.items() if name == task}
    ticks = croniter(cron, MIDNIGHT)
    return [(ticks.get_next(datetime) - MIDNIGHT).total_seconds() for _ in range(3)]


@pytest.mark.parametrize(
    ("task", "seconds"),
    [
        ("accounts.rescue_stalled_jobs", [20, 40, 60]),
        ("exhibitors.release_overdue", [60, 120, 180]),
        ("reports.check_invariants", [300, 600, 900]),
        ("accounts.forget", [3 * 3600 + 17 * 60 + day * 86400 for day in range(3)]),
        ("visitors.forget", [3 * 3600 + 41 * 60 + day * 86400 for day in range(3)]),
        ("onsite.forget", [3 * 3600 + 53 * 60 + day * 86400 for day in range(3)]),
    ],
)
def test_the_next_three_times_of_each_of_the_houses_jobs(task, seconds):
    assert next_three(task) == seconds


def test_the_houses_jobs_go_before_mails():
    periodic = {one.task for one in app.periodic_registry.periodic_tasks.values()}
    assert {task.priority for task in periodic} == {HOUSE_FIRST}
    assert app.tasks["accounts.send_mail"].priority < HOUSE_FIRST


def test_a_mail_is_tried_for_over_a_day():
    waits = []
    job = Job(id=1, queue="mail", lock=None, queueing_lock=None, task_name="accounts.send_mail", attempts=0)
    while decision := PATIENCE.get_retry_decision(exception=OSError(), job=job):
        waits.append((decision.retry_at - datetime.now(tz=UTC)).total_seconds())
        job = job.evolve(attempts=job.attempts + 1)
    assert 36 * 3600 < sum(waits) < 37 * 3600
