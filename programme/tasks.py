import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.queues import HOUSE_FIRST
from expo.models import Show
from programme.actions import forgetting, importing, materials

log = structlog.get_logger("chitec.forget")


@app.periodic(cron="5 4 * * *")
@app.task(name="programme.forget", queue="house", queueing_lock="forget_programme", priority=HOUSE_FIRST)
def forget(timestamp: int) -> None:
    for show in Show.objects.prefetch_related("days"):
        log.info("forgotten", room="programme", show=show.number, **forgetting.erase_overdue(show=show, at=show.now()))
    log.info("forgotten", room="programme", show=None, files=materials.sweep(at=timezone.now()))


@app.periodic(cron="17 * * * *")
@app.task(name="programme.forget_imports", queue="house", queueing_lock="forget_imports", priority=HOUSE_FIRST)
def forget_imports(timestamp: int) -> None:
    """Files that nobody applied within a day; they name speakers."""
    log.info("forgotten", room="programme", imports=importing.forget(at=timezone.now()))
