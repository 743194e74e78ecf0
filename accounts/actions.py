from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import erasures, history, mails, own_data
from accounts.acting import Actor, acting
from accounts.models import ERASED, Mail, Once, Role, Tally, User
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
        if not (user.is_active and user.has_role(Role.ORGANISER)):
            _check_another_organises(user)
        # The password and the last login are the user's own, and may be newer than what was read for the form.
        user.save(update_fields=["email", "name", "language", "roles", "is_active"])
        _settle_address(user)
    return user


def _check_another_organises(user: User) -> None:
    """Raises Refusal: no_organiser_left, where the user is the last one."""
    # The accounts of organisers are one queue: two of them cannot take the role from each other at once.
    organisers = User.objects.select_for_update().filter(roles__contains=[Role.ORGANISER], is_active=True)
    if not [one for one in organisers.order_by("pk") if one.pk != user.pk]:
        raise Refusal("no_organiser_left", _("Somebody has to stay organiser: name another one first."))


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
    """For somebody who has lost phone and recovery codes, and perhaps a session with them: all are ended.

    The user is told by mail, and whose doing it was.

    Raises Refusal: no_second_factor, own_second_factor.
    """
    if actor == Actor.of(user):
        raise Refusal("own_second_factor", _("Another organiser has to do that for you."))
    with acting(actor, "second_factor_removed"):
        removed, _rows = Authenticator.objects.filter(user=user).delete()
        if not removed:
            raise Refusal("no_second_factor", _("There is no second factor to remove."))
        _end_sessions(user, at=at)
        mails.queue(
            "accounts.second_factor_removed",
            thing=f"user:{user.pk}",
            version=at.isoformat(),
            to=user.email,
            language=user.language,
            facts={"organiser": str(actor.user or actor)},
        )


def _end_sessions(user: User, *, at: datetime) -> None:
    """Log the user out everywhere. Whose a session is stands inside it, so all that are open are looked through."""
    mine = [
        session.pk
        for session in Session.objects.filter(expire_date__gte=at).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=mine).delete()


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


def resend_mail(pk: int, *, actor: Actor, at: datetime) -> None:
    """Queue a mail that failed for good, or is wanted again, once more. What no longer applies is dropped then."""
    with transaction.atomic():
        mail = Mail.objects.select_for_update().get(pk=pk)
        mail.state, mail.error, mail.queued_at = Mail.State.QUEUED, "", at
        mail.save(update_fields=["state", "error", "queued_at"])
        mails.defer([pk])
        history.record(actor, "mail_resent", mail=pk)


def everything_held(user: User) -> dict[str, Any]:
    """Everything that is held about the holder of an account, as plain values for JSON."""
    return {
        "account": {
            "email": user.email,
            "name": user.name,
            "roles": user.roles,
            "language": user.language,
            "since": user.date_joined,
            "last_login": user.last_login,
        },
        "addresses": list(EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")),
        "second_factors": list(
            Authenticator.objects.filter(user=user).order_by("pk").values("type", "created_at", "last_used_at")
        ),
        "mails": list(
            _mails_of(user).order_by("pk").values("kind", "thing", "to", "language", "state", "queued_at", "sent_at")
        ),
        "history": [
            {"when": event.pgh_created_at, "what": event.pgh_context.metadata.get("act", "")}
            | {"email": event.email, "name": event.name, "roles": event.roles, "language": event.language}
            for event in User.pgh_event_model.objects.filter(pgh_obj_id=user.pk, pgh_context__isnull=False)  # type: ignore[attr-defined]
            .select_related("pgh_context")
            .order_by("pgh_id")
        ],
        **own_data.held(user),
    }


def _mails_of(user: User) -> QuerySet[Mail]:
    """Mails about the account; those about a firm or a visit are the firm's and the visit's."""
    return Mail.objects.filter(Q(thing=f"user:{user.pk}") | Q(kind="accounts.letter", to=user.email))


def erase_account(*, actor: Actor, user: User, at: datetime) -> None:
    """Erase who somebody was and end the account; that it was, and what it did, stays on record without a name.

    Raises Refusal: erased, no_organiser_left.
    """
    with acting(actor, "account_erased"):
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if row.is_erased:
            raise Refusal("erased", _("This account was erased already."))
        if row.is_active and row.has_role(Role.ORGANISER):
            _check_another_organises(row)
        own_data.let_go(row)
        _mails_of(row).delete()
        _end_sessions(row, at=at)
        EmailAddress.objects.filter(user=row).delete()
        Authenticator.objects.filter(user=row).delete()
        history.forget(User, [row.pk])
        row.email, row.name, row.roles, row.is_active = f"{row.pk}@{ERASED}", "", [], False
        row.last_login = None
        row.set_unusable_password()
        row.save(update_fields=["email", "name", "roles", "is_active", "last_login", "password"])


def erase_own_account(*, user: User, at: datetime) -> None:
    """As `erase_account`, wished for by the user: a backup that is restored forgets it again."""
    with transaction.atomic():
        erase_account(actor=Actor.of(user), user=user, at=at)
        erasures.note("user", user.pk, at=at)


@erasures.replays("user")
def erase_account_again(handle: str, at: datetime) -> bool:
    user = User.objects.filter(pk=handle).first()
    if user is None or user.is_erased:
        return False
    erase_account(actor=Actor.system("replay_erasures"), user=user, at=at)
    return True


def forget(*, at: datetime) -> dict[str, int]:
    """Erase what the keeping of accounts, mails and tallies no longer allows, spent tokens, and sessions that ended."""
    with connection.cursor() as cursor:
        # The table of the cache that all processes share, which itself looks for such rows only when it is full.
        cursor.execute("DELETE FROM accounts_cache WHERE expires < %s", [at])
    return {
        "accounts": _forget_accounts(at=at),
        "mails": Mail.objects.filter(queued_at__lt=at - timedelta(days=Mail.keeping.days or 0)).delete()[0],
        "tallies": Tally.objects.filter(ends_at__lt=at).delete()[0],
        "sessions": Session.objects.filter(expire_date__lt=at).delete()[0],
        "tokens": Once.objects.filter(spent_at__lt=at - timedelta(days=2)).delete()[0],
    }


def _forget_accounts(*, at: datetime) -> int:
    """Erase the accounts that nobody has used for as long as they are kept; the last organiser's stays."""
    unused = User.objects.kept().filter(date_joined__lt=(since := at - timedelta(days=User.keeping.days or 0)))
    erased = 0
    for user in unused.filter(Q(last_login=None) | Q(last_login__lt=since)).order_by("pk"):
        with suppress(Refusal):
            erase_account(actor=Actor.system("forget_accounts"), user=user, at=at)
            erased += 1
    return erased
