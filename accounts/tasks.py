import structlog
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from accounts import actions
from accounts.queues import HOUSE_FIRST, PULSE

log = structlog.get_logger("chitec.forget")

# 10 + 2 ** n seconds before the nth of 16 further tries: a day and a half before a mail is left to staff.
PATIENCE = RetryStrategy(max_attempts=16, exponential_wait=2, wait=10)


@app.task(name="accounts.send_mail", queue="mail", retry=PATIENCE)
def send_mail(mail: int) -> None:
    actions.send_mail(mail, at=timezone.now())


# The sixth field is the seconds. Each of these jobs is also the worker's pulse, which /readyz feels.
@app.periodic(cron="* * * * * */20")
@app.task(name=PULSE, queue="house", queueing_lock="rescue", priority=HOUSE_FIRST, pass_context=True)
async def rescue_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a dead worker to a living one; procrastinate itself never does."""
    for job in await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
        await context.app.job_manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="accounts.forget", queue="house", queueing_lock="forget_accounts", priority=HOUSE_FIRST)
def forget(timestamp: int) -> None:
    log.info("forgotten", room="accounts", **actions.forget(at=timezone.now()))
