import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.queues import HOUSE_FIRST
from exhibitors.actions import forgetting, holding
from expo.models import Show

log = structlog.get_logger("chitec.forget")


@app.periodic(cron="* * * * *")
@app.task(name="exhibitors.release_overdue", queue="house", queueing_lock="release_overdue", priority=HOUSE_FIRST)
def release_overdue(timestamp: int) -> None:
    """Free what was held too long, each show by its own clock."""
    for show in Show.objects.filter(applications__state__in=("submitted", "offered")).distinct():
        holding.release_overdue(show=show.pk, at=show.now())


@app.periodic(cron="53 3 * * *")
@app.task(name="exhibitors.forget", queue="house", queueing_lock="forget_exhibitors", priority=HOUSE_FIRST)
def forget(timestamp: int) -> None:
    for show in Show.objects.prefetch_related("days"):
        log.info("forgotten", room="exhibitors", show=show.number, **forgetting.erase_overdue(show=show, at=show.now()))
    log.info("forgotten", room="exhibitors", show=None, **forgetting.erase_idle(at=timezone.now()))
