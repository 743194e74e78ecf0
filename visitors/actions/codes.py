from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts import mails
from visitors import codes, rules
from visitors.actions.telling import address_thing
from visitors.models import VisitCode


def ask_for_code(*, email: str, language: str, replaces: UUID | None, at: datetime) -> VisitCode:
    """Mail a new code to an address; the one that the browser held before, `replaces`, is good for nothing any more.

    Whether anybody is registered there is looked up only when the mail is rendered, so that asking takes the same
    time either way. `at` is the real time, also for a demo show.
    """
    email = rules.email_key(email)
    with transaction.atomic():
        if replaces is not None:
            VisitCode.objects.filter(pk=replaces).delete()
        code = VisitCode.objects.create(email=email, asked_at=at)
        mails.queue(
            "visitors.code",
            thing=address_thing(email),
            version=code.pk.hex,
            to=email,
            language=language,
            facts={"code": code.pk.hex},
        )
    return code


def enter_code(*, code: VisitCode, typed: str, at: datetime) -> VisitCode:
    """Spend the code by its digits; a wrong try counts, and the last one ends it.

    Raises Refusal: code_over, wrong_code.
    """
    with transaction.atomic():
        row = VisitCode.objects.select_for_update().filter(pk=code.pk).first()
        if row is None:
            raise rules.code_over()
        rules.check_code(row, at)
        row.tries += 1
        if codes.fits(row, typed):
            row.entered_at = at
        row.save(update_fields=["tries", "entered_at"])
    # Said after the try is counted for good.
    if row.entered_at is None:
        raise rules.wrong_code(row)
    return row


def forget_codes(*, at: datetime) -> int:
    """Forget the codes that the keeping no longer allows; returns how many. `at` is the real time."""
    return VisitCode.objects.filter(asked_at__lte=at - timedelta(days=VisitCode.keeping.days or 0)).delete()[0]
