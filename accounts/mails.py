"""Mail that is told once: queued in the transaction of the fact, rendered and sent by a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.account import app_settings as login
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from accounts.models import Mail, User
from accounts.sealing import unseal

#: A mail that is not sent after this long did not go out at once, as mails do.
LATE = timedelta(minutes=10)

type Builder = Callable[[Mail], EmailMultiAlternatives | None]

_builders: dict[str, Builder] = {}
_names: dict[str, Any] = {}


def builds(kind: str) -> Callable[[Builder], Builder]:
    """Register the function that renders mails of `kind`; None from it means that the mail no longer applies."""

    def register(builder: Builder) -> Builder:
        _builders[kind] = builder
        return builder

    return register


def name_kinds(names: dict[str, Any]) -> None:
    """Give the mails of a room the words by which the desk lists them: `name_kinds({"visitors.links": _("Links")})`."""
    _names.update(names)


def kind_in_words(kind: str) -> str:
    return str(_names.get(kind, kind))


name_kinds(
    {
        "accounts.letter": gettext_lazy("Mail of the login"),
        "accounts.set_password": gettext_lazy("Link to set the password"),
        "accounts.second_factor_removed": gettext_lazy("Second factor removed"),
    }
)


def queue(
    kind: str,
    *,
    thing: str,
    to: str,
    language: str,
    version: str = "",
    facts: dict[str, Any] | None = None,
) -> Mail:
    """Queue a mail in the running transaction: it exists if, and only if, what it tells is committed.

    Raises IntegrityError (one_mail_each) when the same thing was told before under the same version.
    """
    return queue_many([Mail(kind=kind, thing=thing, version=version, to=to, language=language, facts=facts or {})])[0]


def queue_many(mails: Iterable[Mail]) -> list[Mail]:
    """Queue several mails with one job each; see `queue`."""
    rows = Mail.objects.bulk_create(mails)
    defer([row.pk for row in rows])
    return rows


def defer(pks: list[int]) -> None:
    """Queue the job that sends each of these mails, in the running transaction."""
    if pks:
        app.configure_task("accounts.send_mail", queue="mail").batch_defer(*({"mail": pk} for pk in pks))


def held_up(at: datetime) -> bool:
    """Whether mails do not go out for now: one has waited or failed for ten minutes, and none queued after it was sent.

    One address that takes no mail, or one mail whose job was lost, holds nothing up. `at` is the real time.
    """
    newest = Mail.objects.filter(state=Mail.State.SENT).aggregate(newest=Max("queued_at"))["newest"]
    waiting = Mail.objects.unsent().filter(queued_at__lt=at - LATE)
    return (waiting.filter(queued_at__gt=newest) if newest else waiting).exists()


def build(mail: Mail) -> EmailMultiAlternatives | None:
    with translation.override(mail.language):
        return _builders[mail.kind](mail)


def stable_headers(mail: Mail) -> dict[str, str]:
    """The same Message-ID on every attempt, so that a mail that was sent twice can be known as one."""
    return {"Message-ID": f"<{mail.kind}.{mail.pk}@{settings.SITE_HOST}>", "Auto-Submitted": "auto-generated"}


def compose(mail: Mail, *, template: str, subject: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """Render `emails/<template>.txt` and `.html` into a message whose Message-ID stays the same on every attempt."""
    context = {**context, "site_url": settings.SITE_URL}
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string(f"emails/{template}.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        headers=stable_headers(mail),
    )
    message.attach_alternative(render_to_string(f"emails/{template}.html", context), "text/html")
    return message


@builds("accounts.letter")
def letter(mail: Mail) -> EmailMultiAlternatives | None:
    """A mail of the login, rendered when it was asked for and sealed since.

    One that lay longer than the longest-lived link in such mails is of no use any more and is not sent.
    """
    sealed = unseal(mail.facts.get("sealed", ""), within=settings.PASSWORD_RESET_TIMEOUT)
    if sealed is None:
        return None
    return EmailMultiAlternatives(
        subject=sealed["subject"],
        body=sealed["body"],
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        headers=stable_headers(mail),
    )


@builds("accounts.set_password")
def set_password(mail: Mail) -> EmailMultiAlternatives | None:
    """The link by which somebody with a new account sets the password; drawn now, so that it rests nowhere."""
    user = User.objects.filter(pk=mail.thing.removeprefix("user:"), is_active=True).first()
    if user is None or user.email != mail.to:
        return None
    key = f"{user_pk_to_url_str(user)}-{login.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return compose(
        mail,
        template="accounts/set_password",
        subject=_("Your account"),
        context={"user": user, "link": settings.SITE_URL + path.replace("UID-KEY", key)},
    )


@builds("accounts.second_factor_removed")
def second_factor_removed(mail: Mail) -> EmailMultiAlternatives:
    return compose(
        mail,
        template="accounts/second_factor_removed",
        subject=_("Your second factor was removed"),
        context={"organiser": mail.facts.get("organiser", "")},
    )
