"""How the login behaves here: allauth with the house's mails, limits and roles."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from accounts import mails
from accounts.acting import Actor, acting
from accounts.limits import Limit, count, network
from accounts.models import Role, User
from accounts.sealing import seal

# The first for whoever has many networks, the second so that a stranger cannot keep the owner from a letter.
LETTERS_TO = Limit("letters-to", 30, timedelta(days=1))
LETTERS_FROM = Limit("letters-from", 10, timedelta(days=1))


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail, like every other: no request waits for a mail server, so none tells by its time who exists.

        It carries a code or a link that logs in, hence it rests sealed, and not at all once it is sent.
        Raises TooOften: whoever may type an address here, may not fill somebody's mailbox.
        """
        context = {
            "password_reset_url": settings.SITE_URL + reverse("account_reset_password"),
            **context,
            "signup_url": settings.SITE_URL + reverse("account_signup"),
            "request": self.request,
            "email": email,
            "site_url": settings.SITE_URL,
        }
        to = email.lower()
        count((LETTERS_TO, to), (LETTERS_FROM, f"{to} {network(self.request)}"), at=timezone.now())
        message = self.render_mail(template_prefix, email, context)
        letter = {"subject": message.subject, "body": message.body}
        with transaction.atomic():
            mails.queue(
                "accounts.letter",
                thing=template_prefix.rpartition("/")[2],
                version=uuid4().hex,
                to=email,
                language=get_language() or settings.LANGUAGE_CODE,
                facts={"sealed": seal(letter)},
            )

    def send_account_already_exists_mail(self, email: str) -> None:
        # The password of a new account would be hashed, and take its time.
        make_password(token_urlsafe())
        self.send_mail("account/email/account_already_exists", email, {})

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", key)

    def clean_email(self, email: str) -> str:
        return super().clean_email(email).lower()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Whoever signs up here wants to exhibit; staff get their roles on the desk."""
        user.roles = [Role.EXHIBITOR]
        user.language = get_language() or settings.LANGUAGE_CODE
        with acting(Actor.system("sign-up"), "signed_up"):
            return super().save_user(request, user, form, commit)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        with acting(Actor.of(email_address.user), "own_email_changed"):
            return super().confirm_email(request, email_address)

    def is_safe_url(self, url: str | None) -> bool:
        """Only pages of this very host: its neighbours in ALLOWED_HOSTS are no place to be sent to after a login."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        return network(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failed logins by account and network together: by account alone, anybody could lock out anybody."""
        return f"{network(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"
