from __future__ import annotations

from allauth.account import views as login_views
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import actions
from accounts.acting import Actor, acting
from accounts.forms import OwnAccountForm
from accounts.models import STAFF_ROLES, Role
from accounts.refusals import Refusal


@require_GET
@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """After the login: everybody to where their work is."""
    if request.user.has_role(*(STAFF_ROLES - {Role.GATE_STAFF})):
        return redirect("admin:index")
    if request.user.has_role(Role.GATE_STAFF):
        return redirect("gate")
    return redirect("desk" if request.user.has_role(Role.EXHIBITOR) else "account-me")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """The user's own page. After a change of language it comes back in the new one."""
    form = OwnAccountForm(request.POST or None, instance=request.user)
    if request.method == "POST":
        if form.is_valid():
            actions.correct_own_account(
                user=request.user, name=form.cleaned_data["name"], language=form.cleaned_data["language"]
            )
            with translation.override(request.user.language):
                messages.success(request, _("Your details are saved."))
                return HttpResponseRedirect(reverse("account-me"))
        request.user.refresh_from_db()
    return render(request, "accounts/me.html", {"form": form}, status=422 if request.method == "POST" else 200)


@never_cache
@login_required
def email(request: HttpRequest) -> HttpResponse:
    """The login's own page of addresses, its changes recorded as the user's."""
    if request.method != "POST":
        return login_views.email(request)
    with acting(Actor.of(request.user), "own_email_changed"):
        return login_views.email(request)


@require_safe
@never_cache
@login_required
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything that is held about the holder of the account, as JSON."""
    held = actions.everything_held(request.user)
    response = JsonResponse(held, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response.headers["Content-Disposition"] = 'attachment; filename="my-account.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@reauthentication_required
def erase(request: HttpRequest) -> HttpResponse:
    """The end of the account, for whoever has just shown to be its holder and says to be sure."""
    if request.method != "POST":
        return render(request, "accounts/erase.html")
    if request.POST.get("sure") != "yes":
        return render(request, "accounts/erase.html", {"missing": True}, status=422)
    try:
        actions.erase_own_account(user=request.user, at=timezone.now())
    except Refusal as refusal:
        return render(request, "accounts/erase.html", {"refusal": refusal}, status=409)
    logout(request)
    messages.success(request, _("Your account is erased."))
    return redirect("home")
