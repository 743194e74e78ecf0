"""The API's part that everybody may read: the published programme, its speakers and its tours."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from functools import wraps
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from ninja import Query, Router, Schema
from ninja.decorators import decorate_view
from pydantic import AwareDatetime

from expo.kept import once
from expo.models import FIRST_YEAR, LAST_YEAR
from programme.models import Kind, Language, Published
from programme.outputs import records
from programme.outputs.serving import FOR_ALL_SITES, Kept, answer
from programme.outputs.shapes import SessionOut, SessionsOut, SpeakerOut, SpeakersOut, ToursOut, Trouble
from programme.plain import Teller
from programme.reading import PlacesLeft, Programme, places_left, programme

MOST, USUAL, FARTHEST = 100, 50, 10_000


class Lang(StrEnum):
    ENGLISH = "en"
    CHINESE = "zh"

    @property
    def code(self) -> str:
        return {"en": "en", "zh": "zh-hans"}[self]


JSON = "application/json; charset=utf-8"

type Made = dict[str, bytes]
type Tell = Callable[[Programme, Teller, PlacesLeft], dict[str, records.Tree]]
LangQuery = Annotated[
    Lang | None,
    Query(None, description="Language of names and texts; without it, as Accept-Language says.", examples=["zh"]),
]
LimitQuery = Annotated[int, Query(USUAL, ge=1, le=MOST, description="How many at most.")]
OffsetQuery = Annotated[int, Query(0, ge=0, le=FARTHEST, description="How many to pass over.")]
DayQuery = Annotated[
    date | None,
    Query(
        None,
        ge=date(FIRST_YEAR, 1, 1),
        le=date(LAST_YEAR, 12, 31),
        description="Those that begin on this day, by the show's clocks.",
        examples=["2019-10-24"],
    ),
]
AreaQuery = Annotated[str | None, Query(None, max_length=60, description="The slug of an area.")]
KindQuery = Annotated[Kind | None, Query(None, description="Those of one kind.", examples=["forum"])]
StateQuery = Annotated[Published.State | None, Query(None, description="Those in one state.", examples=["moved"])]
LanguageQuery = Annotated[Language | None, Query(None, description="Held in it, or interpreted into it.")]
SinceQuery = Annotated[
    AwareDatetime | None,
    Query(
        None,
        description="Those that were published or changed at this moment or later. What is not announced any more is"
        " not among them: it is told by the feed of changes.",
        examples=["2019-10-24T08:00:00+08:00"],
    ),
]

router = Router(tags=["programme"])
TROUBLES = {404: Trouble, 422: Trouble, 503: Trouble}
UNCHANGED = {304: None}


def for_all_sites(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Also what went wrong may be read by pages of other sites."""

    @wraps(view)
    def opened(request: HttpRequest, **values: Any) -> HttpResponse:
        response = view(request, **values)
        for name, value in FOR_ALL_SITES.items():
            response.headers[name] = value
        return response

    return opened


def reading(path: str, response: type[Schema], *, operation_id: str, summary: str) -> Callable[..., Any]:
    """An address that is read, by GET or by HEAD; the description names it once."""

    def registered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        opened = decorate_view(for_all_sites)(view)
        told = {200: response, **UNCHANGED, **TROUBLES}
        router.get(path, response=told, operation_id=operation_id, summary=summary, url_name=operation_id)(opened)
        router.api_operation(["HEAD"], path, response=told, include_in_schema=False, url_name=operation_id)(opened)
        return view

    return registered


@reading("/sessions", SessionsOut, operation_id="sessions", summary="List sessions")
def sessions(
    request: HttpRequest,
    lang: LangQuery,
    limit: LimitQuery,
    offset: OffsetQuery,
    day: DayQuery,
    area: AreaQuery,
    language: LanguageQuery,
    changed_since: SinceQuery,
    kind: KindQuery,
    state: StateQuery,
) -> HttpResponse:
    """The published sessions in the order of time, also those that are over or cancelled; drafts are not among them."""
    published, code = programme(request.show), code_of(lang)
    known = made(published, "sessions", code, records.sessions)
    found = [
        known[one.told.guid]
        for one in published.sessions
        # Somebody may be publishing just now.
        if one.told.guid in known
        and day in (None, one.starts.date())
        and kind in (None, one.told.kind)
        and state in (None, one.state)
        and (area is None or (one.area is not None and one.area.slug == area))
        and (language is None or one.is_in(language))
        and (changed_since is None or one.changed_at >= changed_since)
    ]
    return page(request, published, found, limit=limit, offset=offset, code=code)


@reading("/sessions/{guid}", SessionOut, operation_id="session", summary="Read a session")
def session(request: HttpRequest, guid: UUID, lang: LangQuery) -> HttpResponse:
    """A published session."""
    published, code = programme(request.show), code_of(lang)
    return single(request, made(published, "sessions", code, records.sessions).get(str(guid)), code)


@reading("/speakers", SpeakersOut, operation_id="speakers", summary="List speakers")
def speakers(request: HttpRequest, lang: LangQuery, limit: LimitQuery, offset: OffsetQuery) -> HttpResponse:
    """Who speaks at sessions that take place, in the order of the language: by name, or by pinyin."""
    published, code = programme(request.show), code_of(lang)
    found = [*made(published, "speakers", code, records.speakers).values()]
    return page(request, published, found, limit=limit, offset=offset, code=code)


@reading("/speakers/{guid}", SpeakerOut, operation_id="speaker", summary="Read a speaker")
def speaker(request: HttpRequest, guid: UUID, lang: LangQuery) -> HttpResponse:
    """Who speaks at a session that takes place."""
    published, code = programme(request.show), code_of(lang)
    return single(request, made(published, "speakers", code, records.speakers).get(str(guid)), code)


@reading("/tours", ToursOut, operation_id="tours", summary="List tours")
def tours(request: HttpRequest, lang: LangQuery, limit: LimitQuery, offset: OffsetQuery) -> HttpResponse:
    """The enterprises that open their doors, each with its published departures."""
    published, code = programme(request.show), code_of(lang)
    found = [*made(published, "tours", code, records.tours).values()]
    return page(request, published, found, limit=limit, offset=offset, code=code)


def code_of(lang: Lang | None) -> str:
    return lang.code if lang else translation.get_language() or settings.LANGUAGE_CODE


def made(published: Programme, what: str, code: str, tell: Tell) -> Made:
    """All of them as JSON, by guid: written once for each version and language, whatever is asked for.

    What tells of places is written anew as soon as a number has changed.
    """
    left = places_left(published.show)

    def write() -> tuple[Made, PlacesLeft]:
        with translation.override(code):
            told = tell(published, Teller(published.show), left)
        return {key: json.dumps(tree, ensure_ascii=False).encode() for key, tree in told.items()}, left

    key = f"output:{published.show.pk}:{published.version}:api:{what}:{code}"
    return once(key, write, is_true=lambda kept: what == "speakers" or kept[1] is left)[0]


def page(
    request: HttpRequest, published: Programme, found: Sequence[bytes], *, limit: int, offset: int, code: str
) -> HttpResponse:
    behind = offset + limit
    more = len(found) > behind <= FARTHEST
    asked = request.GET.dict() | {"offset": behind}
    head = {
        "version": published.version,
        "count": len(found),
        "next": f"{settings.SITE_URL}{request.path}?{urlencode(asked)}" if more else None,
    }
    items = b", ".join(found[offset:behind])
    content = b'%s, "items": [%s]}' % (json.dumps(head).encode()[:-1], items)
    return answer(request, Kept.of(content), content_type=JSON, language=code)


def single(request: HttpRequest, found: bytes | None, code: str) -> HttpResponse:
    if found is None:
        raise Http404
    return answer(request, Kept.of(found), content_type=JSON, language=code)
