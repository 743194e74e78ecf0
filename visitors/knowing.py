"""Whose visit it is: a cookie carries the key of the visit's link, so that public pages know who comes back.

It opens what the link opens, and nothing more; a link that was replaced opens nothing here either. Only a form sets
it: what merely opens a link, a mail scanner or somebody to whom it was passed on, takes nobody's visit over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from visitors import links
from visitors.models import Registration

#: From the day before to the week after the show for most; who registers earlier is asked once more.
LASTS = timedelta(days=30)


def visitor_of(request: HttpRequest) -> Registration | None:
    """The registration that the browser's cookie opens, of the current show; with show, tickets and badges.

    Looked up once a request, and never for a cookie that is no key at all.
    """
    if not hasattr(request, "known_visitor"):
        request.known_visitor = _look_up(request)
    return request.known_visitor


def holder_of(request: HttpRequest) -> Registration | None:
    """The same registration with its show alone, in one query, for acts that lock its ticket anyhow."""
    return _of_this_show(request, links.find_alone)


def _look_up(request: HttpRequest) -> Registration | None:
    return _of_this_show(request, links.find)


def _of_this_show(request: HttpRequest, find: Callable[[str], Registration | None]) -> Registration | None:
    registration = find(request.COOKIES.get(settings.VISIT_COOKIE_NAME, ""))
    if registration is None or registration.show_id != request.show.pk:
        return None
    registration.show = request.show
    return registration


def is_known_here(request: HttpRequest, registration: Registration) -> bool:
    """Whether the browser's cookie is this visit's, asked without the database."""
    return request.COOKIES.get(settings.VISIT_COOKIE_NAME) == links.visit_key(registration)


def remember(response: HttpResponse, registration: Registration) -> None:
    response.set_cookie(
        settings.VISIT_COOKIE_NAME,
        links.visit_key(registration),
        max_age=LASTS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(settings.VISIT_COOKIE_NAME, samesite="Lax")
