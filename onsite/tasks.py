import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts import mails
from accounts.queues import HOUSE_FIRST
from expo.models import Show
from onsite import actions
from onsite.models import Visit
from visitors.actions.confirming import lapse_overdue

log = structlog.get_logger("chitec.forget")
lapses = structlog.get_logger("chitec.lapse")


@app.periodic(cron="53 3 * * *")
@app.task(name="onsite.forget", queue="house", queueing_lock="forget_onsite", priority=HOUSE_FIRST)
def forget(timestamp: int) -> None:
    """Carry out the keeping of scans, each show by its own clock."""
    for show in Show.objects.prefetch_related("days"):
        log.info("forgotten", room="onsite", show=show.number, **actions.erase_overdue(show=show, at=show.now()))


@app.periodic(cron="*/5 * * * *")
@app.task(name="onsite.lapse", queue="house", queueing_lock="lapse_unconfirmed", priority=HOUSE_FIRST)
def lapse(timestamp: int) -> None:
    """Free places whose e-mail nobody has confirmed in time, by each show's own clock; whoever came in keeps theirs.

    While mails do not go out nobody is to blame for what they did not confirm.
    """
    if mails.held_up(timezone.now()):
        return
    for show in Show.objects.prefetch_related("days"):
        came = Visit.objects.filter(registration__show=show)
        if lapsed := lapse_overdue(show=show, came=came, at=show.now()):
            lapses.info("lapsed", show=show.number, tickets=lapsed)
