from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from chitec import front
from expo import signs as area_signs


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page; its parts are kept for 5 s a language, so the figures are read when they have run out only."""
    try:
        show = request.show
        at = show.now()
    except Http404:
        return render(request, "no_show.html")
    return render(
        request,
        "home.html",
        {"at": at, "over": show.is_over(at), "front": SimpleLazyObject(lambda: front.read(show, at=at))},
    )


@require_safe
def my_visit(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "visit.html")


@require_safe
def signs(request: HttpRequest, version: str) -> HttpResponse:
    """The areas' colours. Kept for ever under their own version; a page that is about to change asks for another."""
    current = area_signs.signs()
    if current.version != version:
        current = area_signs.signs(fresh=True)
    response = HttpResponse(current.css, content_type="text/css; charset=utf-8")
    if current.version == version:
        patch_cache_control(response, public=True, max_age=365 * 24 * 3600, immutable=True)
    else:
        patch_cache_control(response, no_store=True)
    return response
