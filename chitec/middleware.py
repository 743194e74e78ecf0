from __future__ import annotations

import re
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.signals import got_request_exception
from django.db import Error as DatabaseFault
from django.db import connection
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict, UnreadablePostError
from django.utils import timezone
from django.utils.cache import patch_cache_control
from psycopg_pool import PoolTimeout

from accounts.limits import TooOften
from accounts.refusals import Refusal, telling
from accounts.refusals import count as count_refused
from chitec import answers
from chitec.languages import language_in_path
from expo.showing import NoShow

type Next = Callable[[HttpRequest], HttpResponse]

log = structlog.get_logger("chitec.requests")

# Control characters but tab and line ends, what Unicode calls noncharacters, lone surrogates, and the marks that turn
# the direction of foreign text around. One of them can break an export, a badge or a line of a list.
UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)


def without_unwanted(text: str) -> str:
    return UNWANTED.sub("", text)


# What became of a request that no refusal explains; the words are the API's.
OUTCOMES = {
    400: "unreadable",
    401: "signed_out",
    403: "denied",
    404: "not_found",
    405: "wrong_method",
    409: "refused",
    422: "invalid",
    429: "too_often",
    503: "away",
}
# Anybody can have these without end. They stand in the log and cost no write.
NOT_COUNTED = {403, 404, 415}


class RequestLogMiddleware:
    """One line a request: its id, route, status, milliseconds and outcome. No address, name, token or query is written.

    The outcome is the code of the refusal that was told. Those are counted in the database, for `/metrics`.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        request.id = uuid.uuid4().hex
        with telling() as codes:
            response = self.get_response(request)
        if response.status_code == 429 and not codes:
            codes.append(OUTCOMES[429])
        status, match = response.status_code, request.resolver_match
        log.info(
            "request",
            id=request.id,
            method=request.method if request.method in {"GET", "HEAD", "POST", "OPTIONS"} else "other",
            route=match.route if match else None,
            status=status,
            ms=round((time.perf_counter() - began) * 1000, 1),
            outcome=" ".join(codes) or OUTCOMES.get(status, "ok" if status < 400 else "failed"),
        )
        if codes and status not in NOT_COUNTED:
            with suppress(DatabaseFault, PoolTimeout):
                count_refused(codes)
        response.headers["X-Request-ID"] = request.id
        return response


class ForwardedMiddleware:
    """Believes X-Forwarded-Proto of a trusted proxy alone: anybody else could have http taken for https."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("REMOTE_ADDR") not in settings.TRUSTED_PROXIES:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


class HeadersMiddleware:
    """What Django has no setting for: who may embed and keep our answers, and what the browser need not offer us."""

    HEADERS = {
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    }

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.HEADERS.items():
            response.headers.setdefault(name, value)
        if response.get("Content-Type", "").startswith("text/html") and not response.has_header("Cache-Control"):
            # Any page may greet who is logged in, or say what just happened; an account's own may show a secret.
            if "/accounts/" in request.path:
                patch_cache_control(response, private=True, no_store=True)
            else:
                patch_cache_control(response, private=True, no_cache=True)
        return response


@receiver(got_request_exception)
def note_that_the_database_is_away(request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None and answers.is_database_away(sys.exc_info()[1]):
        request.database_is_away = True


class DatabaseAwayMiddleware:
    """Answers 503 when the database is away, whoever met it: a view, or a middleware that looks up the session.

    Django turns an error into an answer of 500 right where it comes up, and with DEBUG into its page for developers.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        return answers.database_away(request) if getattr(request, "database_is_away", False) else response


class DeskPlansMiddleware:
    """Has the database plan each statement of the desk anew, by the values that were asked for.

    Elsewhere statements are prepared and planned once for all values. A search by part of a name that is planned so
    does not use its index: 15 ms instead of 1 with 50,000 registrations.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/admin/"):
            return self.get_response(request)
        connection.ensure_connection()
        session = connection.connection
        threshold, session.prepare_threshold = session.prepare_threshold, None
        try:
            return self.get_response(request)
        finally:
            session.prepare_threshold = threshold


class DeskClockMiddleware:
    """Shows and reads the times of the desk by the clocks of the current show, wherever the site's own zone is."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/admin/"):
            return self.get_response(request)
        try:
            zone = request.show.zone
        except NoShow:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


class MethodsMiddleware:
    """Answers 405 to methods that no page knows; Django's own views, the desk's among them, would take them for GET."""

    KNOWN = ("GET", "HEAD", "POST", "OPTIONS")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        # The API says itself which methods each of its addresses has.
        if request.method in self.KNOWN or "api" in request.resolver_match.namespaces:
            return None
        return HttpResponseNotAllowed(self.KNOWN)


class CleanInputMiddleware:
    """Strips unwanted characters from everything typed, for every form at once."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("QUERY_STRING"):
            request.GET = self.clean(request.GET)  # type: ignore[assignment]
        if request.method == "POST":
            try:
                request.POST  # noqa: B018  (parsed here; a body that cannot be is answered with 400)
            except UnreadablePostError as error:
                raise BadRequest("The body could not be read.") from error
            except BadRequest as error:
                # With DEBUG Django's page for developers would parse the body once more, and fail at it for good.
                return answers.bad_request(request, error)
            request._post = self.clean(request._post)  # noqa: SLF001  (POST itself cannot be set)
        return self.get_response(request)

    @staticmethod
    def clean(values: QueryDict) -> QueryDict:
        if not any(UNWANTED.search(value) for _, row in values.lists() for value in row):
            return values
        cleaned = values.copy()
        for key, row in values.lists():
            cleaned.setlist(key, [without_unwanted(value) for value in row])
        return cleaned


class AnswersMiddleware:
    """Answers what views leave to the house: too often (429), a refusal that no page explains itself (409), and, with a
    page instead of nothing, a method that an address of the site does not take (405)."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # People read what has a language in its address; the rest is asked for by programs.
        if language_in_path(request.path_info) is None:
            return response
        if isinstance(response, HttpResponseNotAllowed):
            return answers.not_allowed(request, response.headers["Allow"])
        # With DEBUG Django lists all addresses instead, also to whoever only tries the site out.
        if settings.DEBUG and response.status_code == 404 and request.resolver_match is None:
            return answers.not_found(request)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooOften):
            return answers.too_often(request, exception)
        if isinstance(exception, Refusal):
            return answers.conflict(request, exception)
        # Said here, so that with DEBUG too a link that has ended leads to our page.
        if isinstance(exception, Http404) and language_in_path(request.path_info) is not None:
            return answers.not_found(request, exception)
        return None
