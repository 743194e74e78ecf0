"""What must be true of mails and jobs at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection

# A job due for longer than this means that no worker is at work; the worker looks every few seconds.
PATIENCE = timedelta(minutes=5)

QUESTIONS = (
    (
        # One whose job has given up is the staff's: the desk shows it.
        "{} mails are neither sent nor have a job that would send them.",
        """
        SELECT count(*) FROM accounts_mail m
        WHERE m.state IN ('queued', 'failed') AND NOT EXISTS (
            SELECT FROM procrastinate_jobs j
            WHERE j.task_name = 'accounts.send_mail' AND (m.state = 'failed' OR j.status IN ('todo', 'doing'))
            AND (j.args->>'mail')::bigint = m.id
        )
        """,
    ),
    (
        "{} mails wait since long ago, though nothing has gone wrong with them.",
        "SELECT count(*) FROM accounts_mail WHERE state = 'queued' AND queued_at < %(long_ago)s",
    ),
    (
        "{} jobs are due since long ago: no worker is at work.",
        """
        SELECT count(*) FROM procrastinate_jobs j
        WHERE j.status = 'todo' AND coalesce(
            j.scheduled_at,
            (SELECT max(e.at) FROM procrastinate_events e
             WHERE e.job_id = j.id AND e.type IN ('deferred', 'deferred_for_retry'))
        ) < %(long_ago)s
        """,
    ),
    (
        "{} jobs are in the hands of a worker that is dead, and nobody has taken them up again.",
        """
        SELECT count(*) FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
        WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < %(long_ago)s)
        """,
    ),
    (
        "{} accounts have an e-mail that the login does not know as theirs.",
        """
        SELECT count(*) FROM accounts_user u
        WHERE EXISTS (SELECT FROM account_emailaddress a WHERE a.user_id = u.id) AND NOT EXISTS (
            SELECT FROM account_emailaddress a WHERE a.user_id = u.id AND a.email = u.email
        )
        """,
    ),
)


def broken(at: datetime) -> Iterator[str]:
    """A sentence for each thing that is not as it has to be, `at` by the real clock."""
    with connection.cursor() as cursor:
        for sentence, sql in QUESTIONS:
            cursor.execute(sql, {"long_ago": at - PATIENCE})
            (count,) = cursor.fetchone()
            yield from said(sentence, count)


def said(sentence: str, count: int) -> Iterator[str]:
    if count:
        yield sentence.format(count)
