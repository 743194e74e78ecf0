from __future__ import annotations

from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.acting import Actor, acting
from accounts.models import Mail, Once, Role, Tally, User
from accounts.refusals import Refusal


def open_account(*, actor: Actor, user: User, at: datetime) -> User:
    """Make an account for somebody and mail the link by which the password is set: nobody types another's password."""
    with acting(actor, "account_opened"):
        user.set_unusable_password()
        user.save()
        _settle_address(user)
        mail_password_link(actor=actor, user=user, at=at)
    return user


def correct_account(*, actor: Actor, user: User) -> User:
    """Save a changed account. Raises Refusal: no_organiser_left."""
    with acting(actor, "account_changed"):
        # The accounts of organisers are one queue: two of them cannot take the role from each other at once.
        organisers = User.objects.select_for_update().filter(roles__contains=[Role.ORGANISER], is_active=True)
        others = [one.pk for one in organisers.order_by("pk") if one.pk != user.pk]
        if not others and not (user.is_active and user.has_role(Role.ORGANISER)):
            raise Refusal("no_organiser_left", _("Somebody has to stay organiser: name another one first."))
        # The password and the last login are the user's own, and may be newer than what was read for the form.
        user.save(update_fields=["email", "name", "language", "roles", "is_active"])
        _settle_address(user)
    return user


def _settle_address(user: User) -> None:
    """Keep the login's own record of the e-mail in step: staff vouch for it, and a link by mail proves it again."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def mail_password_link(*, actor: Actor, user: User, at: datetime) -> None:
    """Mail the link by which the user sets a password; it lives for a day."""
    with acting(actor, "password_link_mailed"):
        mails.queue(
            "accounts.set_password",
            thing=f"user:{user.pk}",
            version=at.isoformat(),
            to=user.email,
            language=user.language,
        )


def remove_second_factor(*, actor: Actor, user: User, at: datetime) -> None:
    """For somebody who has lost phone and recovery codes. The user is told by mail, and whose doing it was.

    Raises Refusal: no_second_factor, own_second_factor.
    """
    if actor == Actor.of(user):
        raise Refusal("own_second_factor", _("Another organiser has to do that for you."))
    with acting(actor, "second_factor_removed"):
        removed, _rows = Authenticator.objects.filter(user=user).delete()
        if not removed:
            raise Refusal("no_second_factor", _("There is no second factor to remove."))
        mails.queue(
            "accounts.second_factor_removed",
            thing=f"user:{user.pk}",
            version=at.isoformat(),
            to=user.email,
            language=user.language,
            facts={"organiser": str(actor.user or actor)},
        )


def correct_own_account(*, user: User, name: str, language: str) -> None:
    """Change what users may change about themselves on their own page."""
    with acting(Actor.of(user), "own_account_changed"):
        user.name, user.language = name, language
        user.save(update_fields=["name", "language"])


def send_mail(pk: int, *, at: datetime) -> None:
    """Send the mail unless it was sent; the row stays locked meanwhile, so that two workers never send it both.

    PostgreSQL ends sessions that idle in a transaction for less time than a slow mail server can take, which would
    leave the row unaware of a mail that was sent: here it waits for longer. A worker that dies between the mail
    server's yes and COMMIT leaves the row unsent: it is sent once more, under the same Message-ID. An error is noted
    on the row, for staff to see, and raised for the queue to retry.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10min'")
        mail = Mail.objects.select_for_update().filter(pk=pk).first()
        # No row: whom it was for has been erased meanwhile.
        if mail is None or mail.state in {Mail.State.SENT, Mail.State.DROPPED}:
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
            if "sealed" in mail.facts:
                mail.facts = {}
        mail.save(update_fields=["state", "error", "attempts", "sent_at", "facts"])
    if failure is not None:
        raise failure


def resend_mail(pk: int) -> None:
    """Queue a mail that failed for good, or is wanted again, once more. What no longer applies is dropped then."""
    with transaction.atomic():
        Mail.objects.select_for_update().filter(pk=pk).update(state=Mail.State.QUEUED, error="")
        mails.defer([pk])


def forget(*, at: datetime) -> dict[str, int]:
    """Erase what the keeping of mails, tallies and form tokens no longer allows, and sessions that have ended."""
    return {
        "mails": Mail.objects.filter(queued_at__lt=at - timedelta(days=Mail.keeping.days or 0)).delete()[0],
        "tallies": Tally.objects.filter(ends_at__lt=at).delete()[0],
        "sessions": Session.objects.filter(expire_date__lt=at).delete()[0],
        "tokens": Once.objects.filter(spent_at__lt=at - timedelta(days=2)).delete()[0],
    }
