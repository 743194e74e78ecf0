"""The API at /api/v1/: one place that puts the rooms' routers together and says errors the same way everywhere."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from psycopg_pool import PoolTimeout

from accounts.limits import TooOften, retry_after
from accounts.refusals import Refusal
from chitec.answers import RETRY_AFTER
from onsite.api import router as gate
from onsite.doors.api import router as doors
from programme.api import router as programme

# What is decorated is the description of the API, which else would answer whatever method comes.
api = NinjaAPI(title="CHITEC", version="1.0.0", urls_namespace="api", docs_url=None, docs_decorator=require_safe)
api.add_router("/gate", gate)
api.add_router("/doors", doors)
api.add_router("", programme)

# Refusals that say less than "no, for things have moved on": what was sent is wrong, or is not for the sender.
STATUS = {
    "cross_origin": 403,
    "no_scan": 404,
    "no_session": 404,
    "not_json": 415,
    "uid_reused": 422,
    "idempotency_key": 422,
}


def trouble(request: HttpRequest, status: int, code: str, sentence: str) -> HttpResponse:
    return api.create_response(request, {"code": code, "sentence": sentence}, status=status)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return trouble(request, STATUS.get(refusal.code, 409), refusal.code, refusal.sentence)


def field_of(place: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A body has a name of its own before its fields' names; addresses have not."""
    return place[1:2] if place[:1] in {("query",), ("path",)} else place[2:3]


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Says which fields are wrong and never repeats what came in them."""
    places = {str(part) for row in error.errors for part in field_of(row.get("loc", ()))}
    sentence = _("Some of what was sent is missing or has the wrong form: %(fields)s.") % {
        "fields": ", ".join(sorted(places)) or _("the whole of it")
    }
    return trouble(request, 422, "invalid", sentence)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    match error.status_code:
        case 401:
            return trouble(request, 401, "signed_out", _("Sign this device in first."))
        case 400:
            return trouble(request, 400, "unreadable", _("The request could not be read."))
        case status:
            return trouble(request, status, "refused", _("This was refused."))


@api.exception_handler(UnreadablePostError)
def unreadable(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return trouble(request, 400, "unreadable", _("The request could not be read."))


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return trouble(request, 404, "not_found", _("There is nothing at this address."))


@api.exception_handler(TooOften)
def too_often(request: HttpRequest, error: TooOften) -> HttpResponse:
    response = trouble(request, 429, "too_often", _("That was too often. Wait a little and try again."))
    return retry_after(response, error)


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
@api.exception_handler(PoolTimeout)
def away(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database is away for a moment; whoever sends the same again loses nothing."""
    response = trouble(request, 503, "away", _("Not available for a moment. Send it again."))
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
