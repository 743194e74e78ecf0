from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts import actions
from accounts.forms import OwnAccountForm
from accounts.models import STAFF_ROLES, Role


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
