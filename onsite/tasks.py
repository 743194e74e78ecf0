import structlog
from procrastinate.contrib.django import app

from accounts.queues import HOUSE_FIRST
from expo.models import Show
from onsite import actions

log = structlog.get_logger("chitec.forget")


@app.periodic(cron="53 3 * * *")
@app.task(name="onsite.forget", queue="house", queueing_lock="forget_onsite", priority=HOUSE_FIRST)
def forget(timestamp: int) -> None:
    """Carry out the keeping of scans, each show by its own clock."""
    for show in Show.objects.prefetch_related("days"):
        log.info("forgotten", room="onsite", show=show.number, **actions.erase_overdue(show=show, at=show.now()))
