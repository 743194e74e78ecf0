"""How outputs are answered: kept for a few seconds, with an ETag, and open to the pages of other sites."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import NamedTuple

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from expo.showing import FRESH

# Everybody's, and nothing in them is anybody's own: pages and apps of others may read them in the browser.
FOR_ALL_SITES = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOR_ALL_CACHES = {"Cache-Control": f"public, max-age={FRESH}"}

# One thread makes what has run out; the others, who would make the same, wait for it, but not while a database hangs.
making = threading.Lock()
PATIENCE = 2.0


class Kept(NamedTuple):
    content: bytes
    etag: str

    @classmethod
    def of(cls, content: bytes) -> Kept:
        return cls(content, quote_etag(hashlib.blake2b(content, digest_size=16).hexdigest()))


def kept[T](key: str, make: Callable[[], T]) -> T:
    """What is kept under the key, else made now. Keys name the version, the language and what is of few values."""
    known: T | None = caches["process"].get(key)
    if known is not None:
        return known
    alone = making.acquire(timeout=PATIENCE)
    try:
        known = caches["process"].get(key)
        if known is None:
            known = make()
            caches["process"].set(key, known, FRESH)
        return known
    finally:
        if alone:
            making.release()


def answer(request: HttpRequest, made: Kept, *, content_type: str, language: str, **headers: str) -> HttpResponse:
    """The output, or 304 for who has it already."""
    response = get_conditional_response(request, etag=made.etag)
    if response is None:
        response = HttpResponse(made.content, content_type=content_type, headers=headers)
    for name, value in (FOR_ALL_SITES | FOR_ALL_CACHES | {"ETag": made.etag, "Content-Language": language}).items():
        response.headers[name] = value
    return response
