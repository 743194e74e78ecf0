import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.queues import HOUSE_FIRST
from accounts.sweeps import each
from expo.models import Show
from programme.actions import forgetting, importing, materials
from programme.actions.signing import door, handing, papers, queue

log = structlog.get_logger("chitec.forget")
lapses = structlog.get_logger("chitec.lapse")

OVERDUE = {
    "offers": queue.lapse_overdue,
    "handovers": handing.lapse_handovers,
    "no_shows": door.note_no_shows,
}


# The sixth field is the seconds.
@app.periodic(cron="* * * * * */20")
@app.task(name="programme.lapse_offers", queue="house", queueing_lock="lapse_offers", priority=HOUSE_FIRST)
def lapse_offers(timestamp: int) -> None:
    """End what was offered too long, and note who did not come, each show by its own clock.

    What a dead worker left lying is found here.
    """
    each(Show.objects.prefetch_related("days"), end_overdue)


def end_overdue(show: Show) -> int:
    at = show.now()
    done = {}

    def end(name: str) -> int:
        done[name] = OVERDUE[name](show, at=at)
        return done[name]

    try:
        return each(OVERDUE, end)
    finally:
        if any(done.values()):
            lapses.info("lapsed", show=show.number, **done)


@app.periodic(cron="5 4 * * *")
@app.task(name="programme.forget", queue="house", queueing_lock="forget_programme", priority=HOUSE_FIRST)
def forget(timestamp: int) -> None:
    for show in Show.objects.prefetch_related("days"):
        log.info("forgotten", room="programme", show=show.number, **forgetting.erase_overdue(show=show, at=show.now()))
    log.info("forgotten", room="programme", show=None, files=materials.sweep(at=timezone.now()))


@app.periodic(cron="35 3 * * *")
@app.task(name="programme.erase_ids", queue="house", queueing_lock="erase_ids", priority=HOUSE_FIRST)
def erase_ids(timestamp: int) -> None:
    """The ID numbers of tours that were back a week ago."""
    for show in Show.objects.prefetch_related("days"):
        log.info("forgotten", room="programme", show=show.number, ids=papers.erase_overdue(show=show, at=show.now()))


@app.periodic(cron="17 * * * *")
@app.task(name="programme.forget_imports", queue="house", queueing_lock="forget_imports", priority=HOUSE_FIRST)
def forget_imports(timestamp: int) -> None:
    """Files that nobody applied within a day; they name speakers."""
    log.info("forgotten", room="programme", imports=importing.forget(at=timezone.now()))
