from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from exhibitors.actions import holding
from exhibitors.forms import CatalogueForm
from exhibitors.models import Allotment, Booth, Firm, SpaceRate
from expo import formats
from expo.models import Area, Show

PAGE = 50

CONTRACTED = Allotment.State.CONTRACTED


def with_stands(firms: QuerySet[Firm], show: Show) -> QuerySet[Firm]:
    """With `stands`: the firm's contracted booths at the show, each with booth, hall and area."""
    stands = (
        Allotment.objects.filter(state=CONTRACTED, booth__hall__show=show)
        .select_related("booth__hall", "booth__area")
        .order_by("booth__hall__slug", "booth__number")
    )
    return firms.prefetch_related(Prefetch("allotments", queryset=stands, to_attr="stands"))


def in_order(firms: QuerySet[Firm]) -> QuerySet[Firm]:
    return firms.order_by("sort_zh" if formats.in_chinese() else "sort_en", "pk")


@require_safe
def exhibitors(request: HttpRequest) -> HttpResponse:
    show = request.show
    areas = list(Area.objects.filter(show=show).order_by("letter"))
    form = CatalogueForm(request.GET, areas=areas)
    form.is_valid()
    wanted = {name: form.cleaned_data.get(name, "") for name in ("q", "area", "industry")}
    firms = Firm.objects.exhibiting(show)
    stands = Allotment.objects.filter(state=CONTRACTED, booth__hall__show=show)
    if query := wanted["q"]:
        numbered = stands.filter(booth__number__iexact=query).values("firm")
        firms = firms.filter(Q(name_zh__icontains=query) | Q(name_en__icontains=query) | Q(pk__in=numbered))
    if wanted["area"]:
        firms = firms.filter(pk__in=stands.filter(booth__area__slug=wanted["area"]).values("firm"))
    if wanted["industry"]:
        firms = firms.filter(industry=wanted["industry"])
    page = Paginator(with_stands(in_order(firms), show), PAGE).get_page(request.GET.get("page"))
    rest = request.GET.copy()
    rest.pop("page", None)
    return render(
        request,
        "exhibitors/exhibitors.html",
        {"form": form, "page": page, "rest": rest.urlencode(), "narrowed": any(wanted.values())},
    )


@require_safe
def exhibitor(request: HttpRequest, slug: str) -> HttpResponse:
    """Only who has contracted space is public."""
    firm = get_object_or_404(with_stands(Firm.objects.exhibiting(request.show), request.show), slug=slug)
    return render(
        request,
        "exhibitors/exhibitor.html",
        {"firm": firm, "m2": sum(stand.booth.area_m2 for stand in firm.stands).normalize()},
    )


def counted(show: Show, *, at: object) -> QuerySet[Area]:
    """The show's areas with `booth_count`, `free_count` and `firm_count`."""

    def of_area(rows: QuerySet, count: Count) -> Coalesce:
        return Coalesce(Subquery(rows.order_by().values("area").annotate(n=count).values("n")), 0)

    booths = Booth.objects.filter(area=OuterRef("pk"))
    contracted = Q(allotments__state=CONTRACTED)
    return (
        Area.objects.filter(show=show)
        .select_related("hall")
        .annotate(
            booth_count=of_area(booths, Count("pk")),
            free_count=of_area(booths.filter(holding.free_now(at)), Count("pk")),
            firm_count=of_area(booths.filter(contracted), Count("allotments__firm", distinct=True)),
        )
        .order_by("letter")
    )


@require_safe
def areas(request: HttpRequest) -> HttpResponse:
    return render(request, "exhibitors/areas.html", {"areas": counted(request.show, at=request.show.now())})


@require_safe
def area(request: HttpRequest, slug: str) -> HttpResponse:
    at = request.show.now()
    found = get_object_or_404(counted(request.show, at=at), slug=slug)
    inside = Allotment.objects.filter(state=CONTRACTED, booth__area=found).values("firm")
    page = Paginator(with_stands(in_order(Firm.objects.filter(pk__in=inside)), request.show), PAGE)
    free = Booth.objects.filter(holding.free_now(at), area=found).select_related("hall").order_by("number")
    return render(
        request,
        "exhibitors/area.html",
        {
            "area": found,
            "page": page.get_page(request.GET.get("page")),
            "free": free,
            "rates": SpaceRate.objects.filter(area=found).order_by("price"),
        },
    )
