"""What is the same for everybody, kept by the process for a few seconds: pages whole as they are sent, and outputs."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.http import quote_etag

from expo.showing import FRESH

# One thread makes what has run out; the others, who would make the same, wait for it, but not while a database hangs.
making = threading.RLock()
PATIENCE = 2.0


class Page(NamedTuple):
    """A whole page as it is sent, with its ETag, and what it was drawn from."""

    content: bytes
    etag: str
    of: Any


def etag(content: bytes) -> str:
    return quote_etag(hashlib.blake2b(content, digest_size=16).hexdigest())


def is_personal(request: HttpRequest) -> bool:
    """Whether the page may greet somebody, or tell what somebody has just done."""
    return not request.COOKIES.keys().isdisjoint({settings.SESSION_COOKIE_NAME, settings.MESSAGES_COOKIE_NAME})


def once[T](key: str, make: Callable[[], T], *, is_true: Callable[[T], bool] = lambda _kept: True) -> T:
    """What is kept under this key, made at most once in `FRESH` seconds.

    `is_true` is asked of it for each reader, and a no makes it anew.
    """
    kept = known(key, is_true)
    if kept is None:
        alone = making.acquire(timeout=PATIENCE)
        try:
            kept = known(key, is_true)
            if kept is None:
                kept = make()
                caches["process"].set(key, kept, FRESH)
        finally:
            if alone:
                making.release()
    return kept


def known[T](key: str, is_true: Callable[[T], bool]) -> T | None:
    kept: T | None = caches["process"].get(key)
    return kept if kept is not None and is_true(kept) else None


def page(
    key: str, draw: Callable[[], tuple[HttpResponse, Any]], *, is_true: Callable[[Any], bool] = lambda _of: True
) -> HttpResponse:
    """The page under this key; `draw` gives it and what it was drawn from, of which `is_true` is asked."""

    def drawn() -> Page:
        response, of = draw()
        return Page(response.content, etag(response.content), of)

    kept = once(key, drawn, is_true=lambda kept: is_true(kept.of))
    return HttpResponse(kept.content, headers={"ETag": kept.etag})
