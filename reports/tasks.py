import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.queues import HOUSE_FIRST
from reports import invariants

log = structlog.get_logger("chitec.invariants")


@app.periodic(cron="*/5 * * * *")
@app.task(name="reports.check_invariants", queue="house", queueing_lock="check_invariants", priority=HOUSE_FIRST)
def check_invariants(timestamp: int) -> None:
    """One error in the log for each thing that is not as it has to be."""
    for sentence in invariants.broken(real=timezone.now()):
        log.error("invariant_broken", sentence=sentence)
