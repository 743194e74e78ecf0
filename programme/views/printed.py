from __future__ import annotations

from datetime import date
from typing import Any

from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from expo.showing import FRESH
from programme.booklet import contents, shelf
from programme.reading import Programme, programme


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def booklet(request: HttpRequest) -> HttpResponse:
    """The programme as a PDF, or with `?day=` a day of it. Before anything is published it says so."""
    published = programme(request.show)
    asked = request.GET.get("day", "")
    day = next((one for one in published.by_day if one.isoformat() == asked), None)
    if asked and day is None:
        raise Http404
    told, mark = known(published, day)
    etag = quote_etag(mark)
    headers = {"ETag": etag, "Content-Disposition": f'inline; filename="{file_name(published, day)}"'}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(headers=headers, status=304)
    at = published.published_at or published.show.now()
    return HttpResponse(shelf.booklet(told, mark, at=at), content_type="application/pdf", headers=headers)


def known(published: Programme, day: date | None) -> tuple[dict[str, Any], str]:
    """What the booklet says, and its mark; worked out once for as long as the programme itself is known."""
    key = f"booklet:{published.show.pk}:{get_language()}:{day or ''}"
    found: tuple[Programme, dict[str, Any], str] | None = caches["process"].get(key)
    if found is None or found[0] is not published:
        told = contents.contents(published, day=day)
        found = (published, told, shelf.mark(told))
        caches["process"].set(key, found, FRESH)
    return found[1], found[2]


def file_name(published: Programme, day: date | None) -> str:
    """show22-programme-v3-en.pdf, show22-programme-2019-10-24-v3-zh.pdf."""
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    of_day = f"{day.isoformat()}-" if day else ""
    return f"show{published.show.number}-programme-{of_day}v{published.version}-{language}.pdf"
