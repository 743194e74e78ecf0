"""Sessions of staff, with and without a second factor."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from accounts.models import User


def logged_in(user: User | None, *, second_factor: bool = True) -> Client:
    """A client with a session of the user, in which a second factor was shown unless it says otherwise."""
    client = Client()
    if user is None:
        return client
    client.force_login(user)
    if second_factor:
        factor = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "at": 0, "type": "totp", "id": factor.pk}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client
