"""What the site says when it cannot do what was asked. Every page here renders without the database."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from psycopg_pool import PoolTimeout

from accounts.limits import TooOften, retry_after
from accounts.refusals import Refusal
from expo.showing import NoShow

RETRY_AFTER = 5


def answer(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    return render(request, f"errors/{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Plain text: what came could not even be decoded, so nothing of it is touched again."""
    return HttpResponse("400: This request could not be read.\n", status=400, content_type="text/plain; charset=utf-8")


def denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 403)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: most often one that was open overnight."""
    return answer(request, 403, stale=True)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, 404, no_show=isinstance(exception, NoShow))


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """A form's address that was read, or a page that something was sent to."""
    response = answer(request, 405)
    response.headers["Allow"] = allowed
    return response


def conflict(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return answer(request, 409, refusal=refusal)


def too_often(request: HttpRequest, error: TooOften) -> HttpResponse:
    minutes = -(-error.retry_after // 60)
    return retry_after(answer(request, 429, retry_after=error.retry_after, minutes=minutes), error)


def too_often_at_the_login(request: HttpRequest) -> HttpResponse:
    """The login's own limits, which do not say when they end; most are by the minute."""
    return too_often(request, TooOften(60))


def is_database_away(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
            return True
        error = error.__cause__
    return False


def database_away(request: HttpRequest) -> HttpResponse:
    response = answer(request, 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 when it is the database that is away."""
    return database_away(request) if is_database_away(sys.exc_info()[1]) else answer(request, 500)
