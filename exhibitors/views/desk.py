from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.acting import Actor
from accounts.limits import Limit, TooOften, count
from accounts.once import AlreadySpent
from accounts.refusals import Refusal, show_refusal
from exhibitors import plan as plans
from exhibitors import rules
from exhibitors.actions import applying, firms, holding
from exhibitors.forms import AcceptForm, FirmForm, OnceForm
from exhibitors.models import Allotment, Application, Booth, Firm

State = Application.State

# The way of an application that goes well; what else may come of it replaces the last step.
WAY = (
    (State.DRAFT, gettext_lazy("Booths picked")),
    (State.SUBMITTED, gettext_lazy("Submitted")),
    (State.OFFERED, gettext_lazy("Offer made")),
    (State.ACCEPTED, gettext_lazy("Contracted")),
)
ENDS = {
    State.REJECTED: gettext_lazy("Declined"),
    State.WITHDRAWN: gettext_lazy("Withdrawn"),
    State.EXPIRED: gettext_lazy("Time ran out"),
}


def mine(request: HttpRequest) -> Any:
    """The applications of the user's firms, with their booths."""
    booths = Booth.objects.select_related("hall", "area").order_by("number")
    allotments = Allotment.objects.select_related("booth__hall", "booth__area").order_by("booth__number")
    return (
        Application.objects.of_member(request.user)
        .select_related("firm", "area__hall", "area__manager", "show")
        .prefetch_related(Prefetch("wishes", queryset=booths), Prefetch("allotments", queryset=allotments))
        .order_by("-created_at")
    )


def steps_of(application: Application) -> list[tuple[str, str, bool]]:
    """Each step in words, its class, and whether it is the one that stands."""
    state = State(application.state)
    if state in ENDS:
        reached = 1 if application.submitted_at else 0
        rows = [(str(words), "done", False) for _state, words in WAY[: reached + 1]]
        return [*rows, (str(ENDS[state]), "", True)]
    at = [one for one, _words in WAY].index(state)
    last = len(WAY) - 1
    return [
        (str(words), "done" if number < at or state == State.ACCEPTED else "", number == at and number != last)
        for number, (_state, words) in enumerate(WAY)
    ]


def told(request: HttpRequest, application: Application) -> dict[str, Any]:
    """What a page says of one application."""
    at = request.show.now()
    live = [row for row in application.allotments.all() if row.state in Allotment.LIVE]
    ends = min((row.held_until for row in live if row.held_until), default=None)
    if application.state == State.DRAFT:
        rates = holding.rates_of([application.area_id])
        rows = [
            (
                booth,
                rules.price_of(width=booth.width, depth=booth.depth, rate=rate)
                if (rate := rates.get((booth.area_id, booth.kind))) is not None
                else None,
            )
            for booth in application.wishes.all()
        ]
    else:
        rows = [(row.booth, row.price) for row in live]
    left = ends - at if ends else None
    return {
        "application": application,
        "state": application.state,
        "steps": steps_of(application),
        "rows": rows,
        "m2": sum((booth.area_m2 for booth, _price in rows), Decimal(0)),
        "price": sum(price for _booth, price in rows) if all(p is not None for _b, p in rows) else None,
        "until": plans.until_in_words(ends, application.show.zone) if ends else "",
        "left": left,
        "hours_left": max(0, int(left.total_seconds() // 3600)) if left else 0,
        "ran_out": ends is not None and ends <= at,
        "once": AcceptForm(initial={"token": uuid4(), "step": application.step}),
        "may_withdraw": rules.allowed("withdraw", application.state),
    }


@never_cache
@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    firm = Firm.objects.first_of(request.user)
    applications = list(mine(request)) if firm else []
    return render(
        request,
        "exhibitors/desk.html",
        {
            "firm": firm,
            "told": [told(request, one) for one in applications],
            "may_apply": not any(one.is_open for one in applications),
        },
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def firm(request: HttpRequest) -> HttpResponse:
    kept = Firm.objects.first_of(request.user)
    if kept is None:
        return redirect("exhibit")
    form = FirmForm(request.POST if request.method == "POST" else None, instance=kept)
    if request.method == "POST" and form.is_valid():
        try:
            firms.correct_firm(
                actor=Actor.of(request.user), firm=kept, details=form.cleaned_data, at=request.show.now()
            )
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Your firm's details are corrected, in the catalogue too."))
            return redirect("desk")
    return render(request, "exhibitors/firm.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_required
@require_safe
def application(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(mine(request), pk=pk)
    return render(request, "exhibitors/application.html", told(request, found))


def refused(request: HttpRequest, found: Application, refusal: Refusal) -> HttpResponse:
    """The application as it is now, why the act was refused, and which booths near by are free: 409."""
    found = get_object_or_404(mine(request), pk=found.pk)
    context = told(request, found) | {"refusal": refusal}
    if found.state == State.DRAFT:
        hall = found.area.hall
        board = plans.board(hall, at=request.show.now())
        wished = [booth.number for booth in found.wishes.all()]
        spots = [board.spots[number] for number in wished if number in board.spots]
        free = [spot.number for spot in spots if spot.is_free and spot.area == found.area.letter]
        context |= {
            "gone": len(free) < len(wished),
            "near": [
                (spot, ",".join([*free, spot.number])) for spot in board.near(wished) if spot.area == found.area.letter
            ],
            "still_free": ",".join(free),
        }
    return render(request, "exhibitors/application.html", context, status=409)


# Whoever submits causes letters to an address that the firm typed. Nobody applies this often in a day; an address that
# is none of the firm's own accounts may be a stranger's and gets fewer, whoever names it.
SUBMITTED_BY_A_FIRM = Limit("application.submit", times=20, within=timedelta(days=1))
LETTERS_TO_AN_ADDRESS = Limit("application.submit.to", times=8, within=timedelta(days=1))


def count_submission(firm: Firm) -> None:
    """Raises TooOften for the firm; for its contact Refusal: too_many_letters, which says the way on: nobody shuts a
    firm out by naming its contact."""
    count((SUBMITTED_BY_A_FIRM, str(firm.pk)), at=timezone.now())
    if firm.members.filter(user__email__iexact=firm.contact_email).exists():
        return
    try:
        count((LETTERS_TO_AN_ADDRESS, firm.contact_email.lower()), at=timezone.now())
    except TooOften:
        raise Refusal(
            "too_many_letters",
            _("Too many letters went to %(address)s today. Correct your firm's contact to the e-mail of your account.")
            % {"address": firm.contact_email},
        ) from None


def by_button(act: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An act is posted. Whoever reads its address is shown the application: a login that ended in between leads there,
    and so does the other language of the page that told why not."""

    @wraps(act)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        if request.method == "POST":
            return act(request, pk)
        return redirect(get_object_or_404(Application.objects.of_member(request.user), pk=pk))

    return login_required(require_http_methods(["GET", "HEAD", "POST"])(view))


def _act(request: HttpRequest, pk: int, act: Callable[..., Application], done: str, **more: Any) -> HttpResponse:
    found = get_object_or_404(mine(request), pk=pk)
    try:
        act(actor=Actor.of(request.user), application=found, at=request.show.now(), **more)
    except AlreadySpent:
        return redirect(found)
    except Refusal as refusal:
        return refused(request, found, refusal)
    messages.success(request, done)
    return redirect(found)


def _token(request: HttpRequest) -> dict[str, Any]:
    """The form's token; without one the act is judged by the application's state alone."""
    form = OnceForm(request.POST)
    return {"token": form.cleaned_data["token"]} if form.is_valid() else {}


@by_button
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    done = _("Your application is in. The booths are held for you for 48 hours.")
    found = get_object_or_404(mine(request), pk=pk)
    try:
        count_submission(found.firm)
    except Refusal as refusal:
        return refused(request, found, refusal)
    return _act(request, pk, applying.submit, done, **_token(request))


@by_button
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    done = _("The booths are yours. Your firm now stands in the catalogue and on the floor plan.")
    form = AcceptForm(request.POST)
    # Without its step the form was none of ours: no offer has a step below zero.
    step = form.cleaned_data["step"] if form.is_valid() else -1
    return _act(request, pk, applying.accept, done, step=step, **_token(request))


@by_button
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, applying.withdraw, _("Your application is withdrawn; its booths are free again."))
