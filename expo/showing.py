"""The show that the site shows now."""

from django.core.cache import caches
from django.http import Http404, HttpRequest
from django.utils.functional import SimpleLazyObject

from expo.models import Show

# A page may be this old, in seconds, before it must show what changed.
FRESH = 5


class NoShow(Http404):
    """The page is about a show, and the site has none yet."""


def current_show() -> Show:
    """The current show with its days, at most `FRESH` seconds old. Raises NoShow where there is none yet."""
    show = caches["process"].get("show")
    if show is None:
        show = Show.objects.current()
        if show is None:
            raise NoShow
        show.calendar  # noqa: B018  (read now, so that it is cached with the show)
        caches["process"].set("show", show, FRESH)
    return show


class ShowMiddleware:
    """Gives each request `request.show`, read when it is first asked for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        request.show = SimpleLazyObject(current_show)
        return self.get_response(request)
