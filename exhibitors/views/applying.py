from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.acting import Actor
from accounts.limits import Limit, count
from accounts.once import AlreadySpent
from accounts.refusals import Refusal, show_refusal
from exhibitors import rules
from exhibitors.actions import applying, firms, holding
from exhibitors.forms import ApplicationForm, FirmForm
from exhibitors.models import Application, Booth, Firm, SpaceRate
from exhibitors.views.catalogue import counted
from exhibitors.views.desk import count_submission, refused
from exhibitors.views.floor import numbers_in
from expo import formats
from expo.models import Area

# Nobody fills this form thirty times an hour; a program that does is told to wait.
APPLYING = Limit("exhibit", times=30, within=timedelta(hours=1))


@dataclass(slots=True)
class Picks:
    """What was picked so far, and what there is to pick from: the free booths of one area."""

    area: Area | None
    booths: list[Booth]
    free: list[Booth]
    prices: dict[tuple[int, str], Any]

    @classmethod
    def of(cls, request: HttpRequest, *, numbers: list[str], area: str, at: datetime) -> Picks:
        booths = (
            list(
                Booth.objects.filter(hall__show=request.show, number__in=numbers)
                .select_related("area", "hall")
                .order_by("number")
            )
            if numbers
            else []
        )
        shown = (
            Area.objects.filter(show=request.show, slug=area).select_related("hall").first()
            if area
            else booths[0].area
            if booths
            else None
        )
        free = (
            list(
                Booth.objects.filter(holding.free_now(at), area=shown).select_related("hall", "area").order_by("number")
            )
            if shown
            else []
        )
        areas = {booth.area_id for booth in (*booths, *free)}
        return cls(shown, booths, free, holding.rates_of(areas) if areas else {})

    @property
    def gone(self) -> list[Booth]:
        """Picked, but held or contracted by now."""
        free = {booth.pk for booth in self.free}
        return [
            booth for booth in self.booths if booth.area_id == getattr(self.area, "pk", None) and booth.pk not in free
        ]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The free booths, and whatever was picked besides, so that it can be told what became of it."""
        free = {booth.pk for booth in self.free}
        others = [booth for booth in self.booths if booth.pk not in free]
        rows = [(booth.number, self.words(booth)) for booth in self.free]
        gone = _("not free any more")
        rows += [(booth.number, f"{self.words(booth)} · {gone}") for booth in others]
        return rows

    def price(self, booth: Booth) -> Any:
        rate = self.prices.get((booth.area_id, booth.kind))
        return None if rate is None else rules.price_of(width=booth.width, depth=booth.depth, rate=rate)

    def words(self, booth: Booth) -> str:
        price = self.price(booth)
        facts = (
            booth.number,
            f"{booth.width.normalize():f} × {booth.depth.normalize():f} m",
            str(booth.get_kind_display()),
            formats.money(price) if price is not None else _("price on request"),
        )
        # A narrow page breaks the line between the facts, not between a number and its unit.
        return " · ".join(fact.replace(" ", "\N{NO-BREAK SPACE}") for fact in facts)

    @property
    def total(self) -> dict[str, Any]:
        prices = [self.price(booth) for booth in self.booths]
        return {
            "m2": sum((booth.area_m2 for booth in self.booths), Decimal(0)).normalize(),
            "price": None if None in prices else sum(prices),
        }


def open_application(request: HttpRequest, firm: Firm | None) -> Application | None:
    if firm is None:
        return None
    return (
        Application.objects.filter(show=request.show, firm=firm, state__in=Application.OPEN)
        .select_related("area")
        .prefetch_related(Prefetch("wishes", queryset=Booth.objects.order_by("number")))
        .first()
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exhibit(request: HttpRequest) -> HttpResponse:
    """What it costs and how it goes; below, for who is logged in, the application itself."""
    if request.method != "POST":
        return show_form(request)
    if not request.user.is_authenticated:
        return redirect_to_login(with_picks(request.POST.getlist("booths")))
    count((APPLYING, str(request.user.pk)), at=timezone.now())
    if request.POST.get("act") == "area":
        return show_form(request, typed=True)
    return apply(request)


def with_picks(numbers: list[str]) -> str:
    """The address of this page that keeps what was picked, through the login too."""
    kept = ",".join(numbers[: 2 * rules.BOOTHS_AT_MOST])
    return reverse("exhibit") + (f"?{urlencode({'pick': kept}, safe=',')}" if kept else "") + "#apply"


def apply(request: HttpRequest) -> HttpResponse:
    at = request.show.now()
    picks = Picks.of(request, numbers=request.POST.getlist("booths")[:50], area=request.POST.get("area", ""), at=at)
    firm = Firm.objects.first_of(request.user)
    firm_form = FirmForm(request.POST) if firm is None else None
    form = ApplicationForm(request.POST, booths=picks.choices)
    form.fields["booths"].error_messages["invalid_choice"] = _("%(value)s is not a booth of this show.")
    # Both are asked, so that all errors are told at once.
    if not all([one.is_valid() for one in (firm_form, form) if one is not None]):  # noqa: C419
        return page(request, picks=picks, firm=firm, firm_form=firm_form, form=form, status=422)
    actor = Actor.of(request.user)
    wanted = [booth for booth in picks.booths if booth.number in form.cleaned_data["booths"]]
    try:
        rules.check_booths(wanted)
        if firm is None:
            firm = firms.register_firm(actor=actor, details=firm_form.cleaned_data, at=at)
        draft = applying.save_draft(
            actor=actor,
            show=request.show,
            firm=firm,
            booths=wanted,
            exhibits=form.cleaned_data["exhibits"],
            language=get_language() or "en",
            at=at,
        )
    except Refusal as refusal:
        if refusal.code in {"has_firm", "already_applied"}:
            messages.warning(request, refusal.sentence)
            return redirect("desk")
        told = firm_form if firm_form is not None and refusal.field in firm_form.fields else form
        show_refusal(told, refusal)
        return page(request, picks=picks, firm=firm, firm_form=firm_form, form=form, status=422)
    if request.POST.get("act") == "draft":
        messages.success(request, _("Your draft is kept. Nothing is held for you until you submit it."))
        return redirect(draft)
    try:
        count_submission(firm)
        applying.submit(actor=actor, application=draft, at=at, token=form.cleaned_data["token"])
    except AlreadySpent:
        return redirect(draft)
    except Refusal as refusal:
        return refused(request, draft, refusal)
    messages.success(request, _("Your application is in. The booths are held for you for 48 hours."))
    return redirect(draft)


def show_form(request: HttpRequest, *, typed: bool = False) -> HttpResponse:
    """The empty form, the draft's, or, after another area was chosen, what was `typed` so far."""
    at = request.show.now()
    firm = Firm.objects.first_of(request.user) if request.user.is_authenticated else None
    mine = open_application(request, firm)
    if mine is not None and mine.state != Application.State.DRAFT:
        return page(request, picks=Picks.of(request, numbers=[], area="", at=at), firm=firm, mine=mine)
    numbers = request.POST.getlist("booths")[:50] if typed else numbers_in(request)
    area = (request.POST.get("to_area") if typed else request.GET.get("area")) or ""
    if not numbers and not area and mine is not None:
        numbers = [booth.number for booth in mine.wishes.all()]
    picks = Picks.of(request, numbers=numbers, area=area[:60], at=at)
    if typed and picks.area is not None:
        picks.booths = [booth for booth in picks.booths if booth.area_id == picks.area.pk]
    if not request.user.is_authenticated:
        return page(request, picks=picks)
    known = request.POST.dict() if typed else {}
    form = ApplicationForm(
        booths=picks.choices,
        initial={
            "booths": [booth.number for booth in picks.booths],
            "exhibits": known.get("exhibits", mine.exhibits if mine else ""),
            "token": uuid4(),
        },
    )
    firm_form = (
        None
        if firm is not None
        else FirmForm(initial={"contact_email": request.user.email, "contact_name": request.user.name} | known)
    )
    return page(request, picks=picks, firm=firm, firm_form=firm_form, form=form, mine=mine)


def page(request: HttpRequest, *, picks: Picks, status: int = 200, **context: Any) -> HttpResponse:
    areas = list(counted(request.show, at=request.show.now()))
    prices: dict[int, dict[str, Any]] = {}
    for rate in SpaceRate.objects.filter(area__show=request.show):
        prices.setdefault(rate.area_id, {})[rate.kind] = rate.price
    numbers = [booth.number for booth in picks.booths]
    return render(
        request,
        "exhibitors/exhibit.html",
        {
            "areas": [(area, prices.get(area.pk, {})) for area in areas],
            "picks": picks,
            "total": picks.total,
            "next": with_picks(numbers),
            "over": request.show.is_over(request.show.now()),
            "most": rules.BOOTHS_AT_MOST,
            **context,
        },
        status=status,
    )
