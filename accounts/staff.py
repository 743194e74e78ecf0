"""Who may work behind the counter: staff of a role, who have shown a second factor in this session."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import STAFF_ROLES, Role

type View = Callable[..., HttpResponse]


def has_second_factor(request: HttpRequest) -> bool:
    """Whether a code, a passkey or a recovery code was shown since this session logged in, and still counts.

    What has been removed since (the phone was lost, the key sold) opens nothing any more.
    """
    if not settings.STAFF_SECOND_FACTOR:
        return True
    shown = [
        record.get("id")
        for record in get_authentication_records(request, request.user)
        if record.get("method") == "mfa"
    ]
    return bool(shown) and Authenticator.objects.filter(user=request.user, pk__in=shown).exists()


def ask_for_second_factor(request: HttpRequest, wanted: str) -> HttpResponse:
    """To the page where the second factor is shown, or set up by somebody who has none; then on to `wanted`."""
    page = "mfa_reauthenticate" if is_mfa_enabled(request.user) else "mfa_index"
    return HttpResponseRedirect(f"{reverse(page)}?{urlencode({'next': wanted})}")


def staff_required(*roles: Role) -> Callable[[View], View]:
    """Admit staff of these roles, of any staff role where none is named: others get 403, strangers the login.

    A session without a second factor is sent to show one.
    """
    admitted = frozenset(roles) or STAFF_ROLES

    def decorator(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), reverse("account_login"))
            if not request.user.has_role(*admitted):
                raise PermissionDenied
            if not has_second_factor(request):
                return ask_for_second_factor(request, request.get_full_path())
            return view(request, *args, **kwargs)

        return guarded

    return decorator


@receiver(authenticator_added)
def count_what_was_just_set_up(request: HttpRequest, user: Any, authenticator: Authenticator, **_: Any) -> None:
    """Setting up the first second factor shows it: nobody has to wait for the next code to go on.

    A further one is no proof: it may be added by somebody who has found an old session open.
    """
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return
    others = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    if not others.exclude(pk=authenticator.pk).exists():
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
