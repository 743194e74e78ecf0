"""Mail that is told once: queued in the transaction of the fact, rendered and sent by a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from procrastinate.contrib.django import app

from accounts.models import Mail

type Builder = Callable[[Mail], EmailMultiAlternatives | None]

_builders: dict[str, Builder] = {}


def builds(kind: str) -> Callable[[Builder], Builder]:
    """Register the function that renders mails of `kind`; None from it means that the mail no longer applies."""

    def register(builder: Builder) -> Builder:
        _builders[kind] = builder
        return builder

    return register


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


def build(mail: Mail) -> EmailMultiAlternatives | None:
    with translation.override(mail.language):
        return _builders[mail.kind](mail)


def compose(mail: Mail, *, template: str, subject: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """Render `emails/<template>.txt` and `.html` into a message whose Message-ID stays the same on every attempt."""
    context = {**context, "site_url": settings.SITE_URL}
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string(f"emails/{template}.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        headers={"Message-ID": f"<{mail.kind}.{mail.pk}@{settings.SITE_HOST}>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"emails/{template}.html", context), "text/html")
    return message
