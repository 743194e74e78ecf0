"""What the pages of the programme have in common: they are everybody's, and at most five seconds old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from expo import kept
from expo.showing import FRESH
from programme.reading import places_left, programme

type Draw = Callable[..., HttpResponse]

# The queries that pages themselves lead everybody to; other ones are as many as readers.
KEPT = {"", "view=list", "view=grid"}


def window(at: datetime) -> int:
    """What is drawn by the clock is drawn anew when this has changed."""
    return int(at.timestamp()) // FRESH


def public(draw: Draw) -> Callable[..., HttpResponse]:
    """A page drawn by `draw(request, programme, at, ...)`, which is kept whole for all who ask for it as such.

    With a query of the reader's own, or for somebody who may be greeted on it, it is drawn for that reader.
    """
    return _shared(draw, kept.is_personal)


def telling_visitors(draw: Draw) -> Callable[..., HttpResponse]:
    """As `public`, of a page that tells somebody whose visit is known here what they keep."""
    return _shared(draw, lambda request: settings.VISIT_COOKIE_NAME in request.COOKIES or kept.is_personal(request))


def _shared(draw: Draw, is_personal: Callable[[HttpRequest], bool]) -> Callable[..., HttpResponse]:
    @require_safe
    @cache_control(private=True, no_cache=True)
    @conditional_page
    @wraps(draw)
    def view(request: HttpRequest, **found: Any) -> HttpResponse:
        at, shown = request.show.now(), programme(request.show)
        query = request.META.get("QUERY_STRING", "")
        if query not in KEPT or is_personal(request):
            return draw(request, shown, at, **found)
        left = places_left(shown.show)
        return kept.page(
            f"page:{shown.show.pk}:{get_language()}:{request.path_info}?{query}:{window(at)}",
            lambda: (draw(request, shown, at, **found), (shown, left)),
            is_true=lambda of: of[0] is shown and of[1] is left,
        )

    return view
