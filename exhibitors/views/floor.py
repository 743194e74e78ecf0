from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.cache import caches
from django.db import connection
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from exhibitors import plan as plans
from exhibitors import rules
from exhibitors.models import Allotment, Booth, Firm
from expo import kept
from expo.models import Hall, Show
from expo.showing import FRESH

FOUND_AT_MOST = 20


# How a hall's plan stands, asked for each reader: by hand, because the ORM takes as long to write the statement as all
# the rest of the answer does.
VERSION = "SELECT plan_version FROM expo_hall WHERE id = %s"


def halls_of(show: Show) -> list[Hall]:
    return list(Hall.objects.filter(show=show).order_by("slug"))


def numbers_in(request: HttpRequest) -> list[str]:
    """The booths in `?pick=A01,A02`, also as `?pick=A01&pick=A02`; in order, each once."""
    typed = ",".join(request.GET.getlist("pick")).upper().split(",")
    return list(dict.fromkeys(number.strip() for number in typed if number.strip()))[: 2 * rules.BOOTHS_AT_MOST]


def query_of(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:80]


@require_safe
def plan_index(request: HttpRequest) -> HttpResponse:
    halls = halls_of(request.show)
    if not halls:
        return render(request, "exhibitors/no_plan.html")
    query = request.GET.urlencode()
    return redirect(halls[0].get_absolute_url() + (f"?{query}" if query else ""))


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def plan(request: HttpRequest, hall: str) -> HttpResponse:
    # The page that nearly everybody asks for is kept whole: no choice made, nothing of a person on it.
    if request.GET or kept.is_personal(request):
        return drawn(request, *find(request.show, hall))

    def draw() -> tuple[HttpResponse, tuple[int, int]]:
        shown, halls = find(request.show, hall)
        return drawn(request, shown, halls), (shown.pk, shown.plan_version)

    window = int(request.show.now().timestamp()) // FRESH
    return kept.page(f"plan:{request.show.pk}:{hall}:{get_language()}:{window}", draw, is_true=is_unchanged)


def is_unchanged(of: tuple[int, int]) -> bool:
    """Whether the hall of this key is still at this version."""
    hall, version = of
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [hall])
        return cursor.fetchone() == (version,)


def find(show: Show, slug: str) -> tuple[Hall, list[Hall]]:
    """The hall, and all halls of the show."""
    halls = halls_of(show)
    for hall in halls:
        if hall.slug == slug:
            return hall, halls
    raise Http404


def drawn(request: HttpRequest, shown: Hall, halls: list[Hall]) -> HttpResponse:
    at = request.show.now()
    query = query_of(request)
    found = search(request.show, query) if query else []
    if len(found) == 1 and found[0].hall_id != shown.pk and "booth" not in request.GET:
        return redirect(found[0].hall.get_absolute_url() + "?" + urlencode({"booth": found[0].number, "q": query}))
    return render(request, "exhibitors/plan.html", told(request, shown, halls, found, at=at))


def told(request: HttpRequest, shown: Hall, halls: list[Hall], found: list[Booth], *, at: datetime) -> dict[str, Any]:
    """What the page says: the drawing, what is picked, found or open beside it, and the list."""
    board = plans.board(shown, at=at)
    picked = [number for number in numbers_in(request) if number in board.spots]
    spot = board.spots.get(request.GET.get("booth", "").strip().upper())
    here = {booth.number for booth in found if booth.hall_id == shown.pk}
    if spot is None and len(here) == 1 and not picked:
        spot = board.spots[next(iter(here))]
    chosen = [board.spots[number] for number in picked]
    state = request.GET.get("state", "") if request.GET.get("state") in {plans.FREE, plans.HELD, plans.TAKEN} else ""
    area = request.GET.get("area", "") if request.GET.get("area") in board.areas else ""
    return {
        "halls": halls,
        "hall": shown,
        "svg": plans.svg(shown, board, picked=picked, sheet=spot.number if spot else "", found=here),
        "board": board,
        "spot": spot,
        "spot_area": board.areas.get(spot.area) if spot else None,
        "until": plans.until_in_words(spot.held_until, request.show.zone) if spot and spot.held_until else "",
        "neighbours": board.neighbours(spot) if spot else [],
        "picked": chosen,
        "picked_query": ",".join(picked),
        "pick_and_this": ",".join(dict.fromkeys([*picked, spot.number])) if spot else "",
        "pick_without_this": ",".join(number for number in picked if spot and number != spot.number),
        "picked_m2": sum((one.m2 for one in chosen), Decimal(0)).normalize(),
        "picked_price": sum((one.price or Decimal(0) for one in chosen), Decimal(0)),
        "picked_is_whole": all(one.is_free for one in chosen) and len({one.area for one in chosen}) <= 1,
        "picked_areas": len({one.area for one in chosen}),
        "most": rules.BOOTHS_AT_MOST,
        "query": query_of(request),
        "found": found,
        "state": state,
        "area": area,
        "table": table(shown, board, state=state, area=area, picked=picked, at=at),
        "free_count": len(board.free()),
    }


def table(hall: Hall, board: plans.Board, *, state: str, area: str, picked: list[str], at: datetime) -> SafeString:
    """The booths as a list; rendered at most once in five seconds for each choice, then only ticked."""
    window = int(at.timestamp()) // FRESH
    key = f"booths:{hall.pk}:{hall.plan_version}:{get_language()}:{window}:{state}:{area}"
    html = caches["process"].get(key)
    if html is None:
        spots = [spot for spot in board.spots.values() if state in ("", spot.state) and area in ("", spot.area)]
        html = str(render_to_string("exhibitors/booths.html", {"spots": spots, "areas": board.areas, "hall": hall}))
        caches["process"].set(key, html, FRESH)
    for number in picked:
        html = html.replace(f'value="{escape(number)}"', f'value="{escape(number)}" checked')
    return mark_safe(html)  # noqa: S308  (a template's own output)


def search(show: Show, query: str) -> list[Booth]:
    """Booths of that number, and the stands of firms whose name has the query in it."""
    firms = Firm.objects.exhibiting(show).filter(Q(name_zh__icontains=query) | Q(name_en__icontains=query))
    stands = Allotment.objects.filter(state=Allotment.State.CONTRACTED).select_related("firm")
    return list(
        Booth.objects.filter(hall__show=show)
        .filter(Q(number__iexact=query) | Q(allotments__firm__in=firms, allotments__state=Allotment.State.CONTRACTED))
        .select_related("hall", "area")
        .prefetch_related(Prefetch("allotments", queryset=stands, to_attr="stands"))
        .distinct()
        .order_by("hall__slug", "number")[:FOUND_AT_MOST]
    )
