import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.queues import HOUSE_FIRST
from expo.models import Show
from visitors.actions.codes import forget_codes
from visitors.actions.privacy import erase_overdue

log = structlog.get_logger("chitec.forget")


@app.periodic(cron="41 3 * * *")
@app.task(name="visitors.forget", queue="house", queueing_lock="forget_visitors", priority=HOUSE_FIRST)
def forget(timestamp: int) -> None:
    for show in Show.objects.prefetch_related("days"):
        log.info("forgotten", room="visitors", show=show.number, **erase_overdue(show=show, at=show.now()))
    log.info("forgotten", room="visitors", codes=forget_codes(at=timezone.now()))
