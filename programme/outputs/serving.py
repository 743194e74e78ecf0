"""How outputs are answered: kept for a few seconds, with an ETag, and open to the pages of other sites."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from expo import kept
from expo.showing import FRESH

# Everybody's, and nothing in them is anybody's own: pages and apps of others may read them in the browser.
FOR_ALL_SITES = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOR_ALL_CACHES = {"Cache-Control": f"public, max-age={FRESH}"}


class Kept(NamedTuple):
    """An output as it is sent. Where it is kept, the key names the version, the language and what is of few values."""

    content: bytes
    etag: str

    @classmethod
    def of(cls, content: bytes) -> Kept:
        return cls(content, kept.etag(content))


def answer(request: HttpRequest, made: Kept, *, content_type: str, language: str, **headers: str) -> HttpResponse:
    """The output, or 304 for who has it already."""
    response = get_conditional_response(request, etag=made.etag)
    if response is None:
        response = HttpResponse(made.content, content_type=content_type, headers=headers)
    for name, value in (FOR_ALL_SITES | FOR_ALL_CACHES | {"ETag": made.etag, "Content-Language": language}).items():
        response.headers[name] = value
    return response
