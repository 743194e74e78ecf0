"""The link that opens a visit: what it hands to a view, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control

from visitors import links
from visitors.models import Registration


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view the registration that the key in the address opens; any other key is answered with 404.

    What comes back is for the link's holder alone: kept nowhere, and in no index. The address goes to no other site;
    it may go to our own, since a browser that names no referrer sends no origin with forms either.
    """

    @wraps(view)
    def inner(request: HttpRequest, key: str, *args: Any, **kwargs: Any) -> HttpResponse:
        registration = links.find(key)
        if registration is None:
            raise Http404
        try:
            if registration.show_id == request.show.pk:
                registration.show = request.show
        except Http404:
            pass  # the site shows no show now, the visit is still readable
        response = view(request, registration, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        is_page = response.get("Content-Type", "").startswith("text/html")
        response.headers["Referrer-Policy"] = "same-origin" if is_page else "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return inner


def visit_of(registration: Registration) -> HttpResponse:
    return redirect("visit", key=links.visit_key(registration))
