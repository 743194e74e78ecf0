"""Pages that are the same for everybody, kept whole by the process as they are sent."""

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

# One thread draws what has run out; the others, who would draw the same, wait for it, but not while a database hangs.
drawing = threading.Lock()
PATIENCE = 2.0


class Kept(NamedTuple):
    """A whole page as it is sent, with its ETag, and what it was drawn from."""

    content: bytes
    etag: str
    of: Any


def is_personal(request: HttpRequest) -> bool:
    """Whether the page may greet somebody, or tell what somebody has just done."""
    return not request.COOKIES.keys().isdisjoint({settings.SESSION_COOKIE_NAME, settings.MESSAGES_COOKIE_NAME})


def page(
    key: str, draw: Callable[[], tuple[HttpResponse, Any]], *, is_true: Callable[[Any], bool] = lambda _of: True
) -> HttpResponse:
    """The page under this key, drawn at most once in `FRESH` seconds.

    `draw` gives it and what it was drawn from; `is_true` is asked of that for each reader, and a no draws it anew.
    """
    kept = known(key, is_true)
    if kept is None:
        alone = drawing.acquire(timeout=PATIENCE)
        try:
            kept = known(key, is_true)
            if kept is None:
                response, of = draw()
                etag = quote_etag(hashlib.blake2b(response.content, digest_size=16).hexdigest())
                kept = Kept(response.content, etag, of)
                caches["process"].set(key, kept, FRESH)
        finally:
            if alone:
                drawing.release()
    return HttpResponse(kept.content, headers={"ETag": kept.etag})


def known(key: str, is_true: Callable[[Any], bool]) -> Kept | None:
    kept: Kept | None = caches["process"].get(key)
    return kept if kept is not None and is_true(kept.of) else None
