from procrastinate.contrib.django import app

from accounts.queues import HOUSE_FIRST
from exhibitors.actions import holding
from expo.models import Show


@app.periodic(cron="* * * * *")
@app.task(name="exhibitors.release_overdue", queue="house", queueing_lock="release_overdue", priority=HOUSE_FIRST)
def release_overdue(timestamp: int) -> None:
    """Free what was held too long, each show by its own clock."""
    for show in Show.objects.filter(applications__state__in=("submitted", "offered")).distinct():
        holding.release_overdue(show=show.pk, at=show.now())
