from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts import mails
from accounts.models import Mail, Once, Tally


def send_mail(pk: int, *, at: datetime) -> None:
    """Send the mail unless it was sent; the row stays locked meanwhile, so that two workers never send it both.

    A worker that dies between the mail server's yes and COMMIT leaves the row unsent: it is sent once more,
    under the same Message-ID. An error is noted on the row, for staff to see, and raised for the queue to retry.
    """
    with transaction.atomic():
        mail = Mail.objects.select_for_update().get(pk=pk)
        if mail.state in {Mail.State.SENT, Mail.State.DROPPED}:
            return
        mail.attempts += 1
        failure = None
        try:
            with transaction.atomic():
                message = mails.build(mail)
            if message is not None:
                message.send()
        except Exception as error:  # noqa: BLE001  (whatever went wrong, staff see it on the row and the job is retried)
            failure = error
            mail.state, mail.error = Mail.State.FAILED, f"{type(error).__name__}: {error}"[:300]
        else:
            mail.state, mail.error = (Mail.State.DROPPED if message is None else Mail.State.SENT), ""
            mail.sent_at = at
        mail.save(update_fields=["state", "error", "attempts", "sent_at"])
    if failure is not None:
        raise failure


def resend_mail(pk: int) -> None:
    """Queue a mail that failed for good, or is wanted again, once more."""
    with transaction.atomic():
        Mail.objects.select_for_update().filter(pk=pk).update(state=Mail.State.QUEUED, error="")
        mails.defer([pk])


def forget(*, at: datetime) -> dict[str, int]:
    """Erase what the keeping of mails, tallies and form tokens no longer allows; the counts are logged by the caller."""
    return {
        "mails": Mail.objects.filter(queued_at__lt=at - timedelta(days=Mail.keeping.days or 0)).delete()[0],
        "tallies": Tally.objects.filter(ends_at__lt=at).delete()[0],
        "tokens": Once.objects.filter(spent_at__lt=at - timedelta(days=2)).delete()[0],
    }
