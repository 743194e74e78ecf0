"""What the planner's pages have in common: who may come in, what they are about, and how they look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import once
from accounts.refusals import Refusal
from expo.models import FIRST_YEAR, LAST_YEAR, Show
from programme.admin.seeing import may_plan
from programme.models import Release, Session
from programme.models.people import PLANNING, READING

type View = Callable[..., HttpResponse]


def page(*methods: str, plans: bool = False) -> Callable[[View], View]:
    """A page of the planner: those who read the plan look, and only those who plan change (`plans`: or even ask)."""

    def wrap(view: View) -> View:
        @wraps(view)
        @require_http_methods(methods)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            needed = PLANNING if plans or request.method == "POST" else READING
            if not request.user.is_active or not request.user.has_role(*needed):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return answer

    return wrap


def session_of(request: HttpRequest, pk: int) -> Session:
    rows = Session.objects.visible_to(request.user).filter(show=request.show)
    return get_object_or_404(rows.select_related("show", "room", "enterprise"), pk=pk)


def day_named(text: str) -> date:
    """The day in an address, as 2019-10-24."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR or day.isoformat() != text:
        raise Http404
    return day


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def refused(refusal: Refusal, **more: Any) -> JsonResponse:
    """For the planner's script: what the forms say in words."""
    status = 409 if refusal.code == "changed" else 422
    told = {"code": refusal.code, "sentence": refusal.sentence, "field": refusal.field}
    return JsonResponse({**told, **more}, status=status)


def show_page(
    request: HttpRequest, name: str, context: Mapping[str, Any], *, title: Any, status: int = 200
) -> HttpResponse:
    """A page of the desk from templates/admin/programme/planner/; its place in the plan is `context["day"]`."""
    around = {
        **admin.site.each_context(request),
        "opts": Release._meta,
        "title": title,
        "may_plan": may_plan(request),
        **context,
    }
    return render(request, f"admin/programme/planner/{name}.html", around, status=status)


def home(show: Show, session: Session | None = None) -> str:
    """The planner at the day of the session, or at its first."""
    if session is None or session.starts_at is None:
        return reverse("admin:programme_planner")
    day = session.starts_at.astimezone(show.zone).date()
    return reverse("admin:programme_planner_day", args=[day.isoformat()])


def only_once[T](token: UUID, *, purpose: str, act: Callable[[], T], outcome: Callable[[T], str]) -> T:
    """Carry out what a form asks for, if it was not sent before. Refusals leave the form good.

    Raises AlreadySpent with the outcome of the first.
    """
    with transaction.atomic():
        spent = once.spend(token, purpose=purpose)
        done = act()
        once.settle(spent, outcome(done))
        return done
