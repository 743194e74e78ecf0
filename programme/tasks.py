import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.queues import HOUSE_FIRST
from programme.actions import importing

log = structlog.get_logger("chitec.forget")


@app.periodic(cron="17 * * * *")
@app.task(name="programme.forget_imports", queue="house", queueing_lock="forget_imports", priority=HOUSE_FIRST)
def forget_imports(timestamp: int) -> None:
    """Files that nobody applied within a day; they name speakers."""
    log.info("forgotten", room="programme", imports=importing.forget(at=timezone.now()))
