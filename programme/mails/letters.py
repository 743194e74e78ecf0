"""The one form of a mail about one sign-up: what happened, the card of it, and the way to the own visit."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from accounts.mails import compose
from accounts.models import Mail
from programme.mails.cards import Card
from visitors.links import visit_url
from visitors.models import Registration


def letter(
    mail: Mail,
    registration: Registration,
    card: Card,
    *,
    subject: str,
    paragraphs: Sequence[str],
    after: Sequence[str] = (),
    act: str = "",
) -> EmailMultiAlternatives:
    """`registration` is whose visit the button leads to; `act` is what it says."""
    show = registration.show
    return compose(
        mail,
        template="programme/signup",
        subject=f"{subject} · {show.short}",
        context={
            "show": show,
            "subject": subject,
            "paragraphs": paragraphs,
            "card": card,
            "after": after,
            "act": act or _("Open your visit"),
            "link": visit_url(registration, mail.language),
        },
    )
