"""The button by which somebody keeps a session or a stand, on whatever page it is told of."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse

from exhibitors.models import Firm
from programme.models import Favourite
from programme.reading import Listed
from visitors.knowing import visitor_of

register = template.Library()


def kept_by(request: HttpRequest) -> set[tuple[int | None, int | None]] | None:
    """What the visitor keeps who is known here, as (session, firm); None for everybody else. Read once a request."""
    registration = visitor_of(request)
    if registration is None:
        return None
    if not hasattr(request, "kept_by_visitor"):
        things = Favourite.objects.things().filter(registration=registration)
        request.kept_by_visitor = set(things.values_list("session", "firm"))
    return request.kept_by_visitor


def button(context: Context, thing: tuple[int | None, int | None], href: str, name: str) -> dict[str, Any]:
    request = context["request"]
    kept = kept_by(request)
    back = request.get_full_path()
    return {
        "is_known": kept is not None,
        "is_kept": kept is not None and thing in kept,
        "href": href,
        "name": name,
        "back": back,
        "code_href": f"{reverse('visit-code')}?{urlencode({'next': back})}",
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("programme/keep.html", takes_context=True)
def keep_session(context: Context, listed: Listed) -> dict[str, Any]:
    return button(context, (listed.pk, None), reverse("session-keep", args=[listed.told.slug]), listed.told.title)


@register.inclusion_tag("programme/keep.html", takes_context=True)
def keep_firm(context: Context, firm: Firm) -> dict[str, Any]:
    return button(context, (None, firm.pk), reverse("exhibitor-keep", args=[firm.slug]), firm.name)


@register.inclusion_tag("programme/keep_small.html", takes_context=True)
def keep_firm_in_list(context: Context, firm: Firm) -> dict[str, Any]:
    return button(context, (None, firm.pk), reverse("exhibitor-keep", args=[firm.slug]), firm.name)
