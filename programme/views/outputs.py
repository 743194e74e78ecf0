"""The programme for programs that are not ours."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from expo.kept import once
from expo.models import Area, Show
from programme import calendars
from programme.models import Kind
from programme.outputs import changes, frab
from programme.outputs.serving import FOR_ALL_SITES, Kept, answer
from programme.reading import Listed, Programme, programme

# As they stand in addresses. Programs that ask for none get English, whatever language they claim to speak: what is
# read at an address has to be the same wherever it is read.
LANGUAGES = {"en": "en", "zh": "zh-hans"}
DEFAULT = "en"
CALENDAR = "text/calendar; charset=utf-8"

type View = Callable[..., HttpResponse]
type Make = Callable[[Programme, str], bytes]


class Unknown(Exception):
    """A parameter has a value that there is not; `known` are those that there are."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(name)
        self.sentence = _("%(name)s has to be one of: %(known)s.") % {"name": name, "known": ", ".join(known)}


def chosen(request: HttpRequest, name: str, known: Collection[str]) -> str:
    """Raises Unknown."""
    value = request.GET.get(name, "")
    if value and value not in known:
        raise Unknown(name, known)
    return value


def language_of(request: HttpRequest) -> str:
    """Raises Unknown."""
    return LANGUAGES[chosen(request, "lang", LANGUAGES) or DEFAULT]


def says_what_is_unknown(view: View) -> View:
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Unknown as error:
            return HttpResponse(
                f"{error.sentence}\n", status=400, content_type="text/plain; charset=utf-8", headers=FOR_ALL_SITES
            )

    return checked


def whole(request: HttpRequest, name: str, make: Make, content_type: str) -> HttpResponse:
    """An output of all that is published."""
    language, published = language_of(request), programme(request.show)
    made = once(key(published, name, language), lambda: Kept.of(make(published, language)))
    return answer(request, made, content_type=content_type, language=language)


def key(published: Programme, *parts: str) -> str:
    return ":".join(("output", str(published.show.pk), str(published.version), *parts))


@require_safe
@says_what_is_unknown
def schedule_xml(request: HttpRequest) -> HttpResponse:
    check_days(request)
    return whole(request, "schedule.xml", frab.xml, "application/xml; charset=utf-8")


@require_safe
@says_what_is_unknown
def schedule_json(request: HttpRequest) -> HttpResponse:
    check_days(request)
    return whole(request, "schedule.json", frab.json, "application/json")


def check_days(request: HttpRequest) -> None:
    """A schedule has a day at least; of a show whose days are not set yet there is none."""
    if not request.show.calendar and not programme(request.show).by_day:
        raise Http404


@require_safe
@says_what_is_unknown
def rss(request: HttpRequest) -> HttpResponse:
    return whole(request, "rss", changes.rss, "application/rss+xml; charset=utf-8")


@require_safe
@says_what_is_unknown
def ics(request: HttpRequest) -> HttpResponse:
    """The sessions of one kind, of one area, or all of them, to follow."""
    language, published = language_of(request), programme(request.show)
    kind, area = chosen(request, "kind", Kind.values), chosen(request, "area", areas_of(request.show))
    made = once(
        key(published, "ics", language, kind, area),
        lambda: Kept.of(calendars.calendar(published.show, matching(published, kind, area), language)),
    )
    return calendar_file(request, made, language, "inline", "programme.ics")


def areas_of(show: Show) -> frozenset[str]:
    return once(
        f"output:{show.pk}:areas", lambda: frozenset(Area.objects.filter(show=show).values_list("slug", flat=True))
    )


def matching(published: Programme, kind: str, area: str) -> list[Listed]:
    return [
        one
        for one in published.sessions
        if kind in ("", one.told.kind) and (not area or (one.area is not None and one.area.slug == area))
    ]


@require_safe
def session_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """One session, to keep; in the language of the address."""
    published, language = programme(request.show), get_language() or DEFAULT
    one = published.by_slug.get(slug)
    if one is None:
        raise Http404
    made = Kept.of(calendars.calendar(published.show, [one], language))
    return calendar_file(request, made, language, "attachment", f"{slug}.ics")


def calendar_file(request: HttpRequest, made: Kept, language: str, how: str, name: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'{how}; filename="{name}"'}
    return answer(request, made, content_type=CALENDAR, language=language, **disposition)
