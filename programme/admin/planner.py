"""The planner: a day of the working plan as a grid, and the form by which each session is placed without it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.acting import Actor
from accounts.refusals import Refusal, show_refusal
from expo import formats
from expo.models import Show
from programme import board as boards
from programme import times
from programme.actions import planning
from programme.admin.forms import PlaceForm, StepForm
from programme.admin.pages import day_named, home, page, refused, session_of, show_page, wants_json
from programme.clashes import Weight
from programme.models import Session

WEIGHTS = {Weight.HARD: "bad", Weight.REASON: "waits", Weight.SOFT: ""}


@page("GET", "HEAD")
def planner(request: HttpRequest) -> HttpResponse:
    """Leads to the day of the show that it is, or to the first."""
    days = [day.date for day in request.show.calendar]
    today = request.show.now().date()
    days = days or [one.date for one in boards.days_of(request.show)] or [today]
    return redirect("admin:programme_planner_day", (today if today in days else days[0]).isoformat())


@page("GET", "HEAD")
def planner_day(request: HttpRequest, day: str) -> HttpResponse:
    board = boards.board(request.show, day_named(day))
    context = {
        "board": board,
        "hours": [hour % 24 for hour in range(board.first, board.first + board.hours)],
        "clashes": [(clash, board.sessions[clash.session]) for clash in board.clashes],
    }
    return show_page(request, "day", context, title=formats.day_named(board.day))


def stands(session: Session, show: Show) -> str:
    """Where it stands in the plan, in words."""
    if session.starts_at is None or session.ends_at is None:
        return _("It has no time yet.")
    starts, ends = session.starts_at.astimezone(show.zone), session.ends_at.astimezone(show.zone)
    where = session.room or session.meeting or _("no room")
    return _("%(when)s, %(where)s") % {"when": times.span_short(starts, ends), "where": where}


def facts(session: Session, show: Show) -> dict[str, Any]:
    """What the planner's script knows of a block."""
    starts = session.starts_at.astimezone(show.zone) if session.starts_at else None
    return {
        "session": session.pk,
        "step": session.step,
        "day": starts.date().isoformat() if starts else None,
        "starts": formats.clock(starts) if starts else None,
        "minutes": session.minutes,
        "room": session.room_id,
        "stands": stands(session, show),
    }


@page("GET", "HEAD", "POST")
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """The form by which a session is placed; also where the grid saves what was dropped."""
    session = session_of(request, pk)
    form = PlaceForm(request.POST if request.method == "POST" else None, session=session, show=request.show)
    if request.method != "POST":
        return place_page(request, session, form)
    if not form.is_valid():
        return invalid(form) if wants_json(request) else place_page(request, session, form, status=422)
    told = form.cleaned_data
    try:
        session = planning.place(
            actor=Actor.of(request.user),
            session=session,
            starts_at=told["starts_at"],
            minutes=told["minutes"],
            room=told.get("room"),
            step=told["step"],
            outside_hours_why=form.reason("outside_hours_why"),
            over_seats_why=form.reason("over_seats_why"),
        )
    except Refusal as refusal:
        return not_placed(request, session, form, refusal)
    if wants_json(request):
        return JsonResponse(facts(session, request.show))
    messages.success(
        request,
        _("“%(title)s” is placed: %(stands)s. The public sees it when it is published.")
        % {"title": session.title, "stands": stands(session, request.show)},
    )
    return HttpResponseRedirect(home(request.show, session))


def not_placed(request: HttpRequest, session: Session, form: PlaceForm, refusal: Refusal) -> HttpResponse:
    """The form with what was typed and why it was refused; if somebody was faster, with where it stands now."""
    now = session_of(request, session.pk)
    if wants_json(request):
        return refused(refusal, now=facts(now, request.show))
    show_refusal(form, refusal)
    if refusal.code != "changed":
        return place_page(request, session, form, status=422)
    form.data = {**form.data.dict(), "step": now.step}
    return place_page(request, now, form, status=409)


def invalid(form: PlaceForm) -> JsonResponse:
    """The first thing that is wrong, for the script."""
    field, errors = next(iter(form.errors.as_data().items()))
    return JsonResponse({"code": errors[0].code, "sentence": errors[0].messages[0], "field": field}, status=422)


def place_page(request: HttpRequest, session: Session, form: PlaceForm, *, status: int = 200) -> HttpResponse:
    context = {
        "session": session,
        "form": form,
        "stands": stands(session, request.show),
        "was_changed": status == 409,
        "clashes": [(clash, WEIGHTS[clash.weight]) for clash in boards.found(request.show, [session])],
        "back": home(request.show, session),
        "address": reverse("admin:programme_session_change", args=[session.pk]),
        "is_public": session.changes.exists(),
    }
    return show_page(request, "place", context, title=str(session), status=status)


@page("GET", plans=True)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """What would clash if the session were there, for the script: asked while a block is moved. Changes nothing."""
    session = session_of(request, pk)
    form = PlaceForm({"step": session.step, **request.GET.dict()}, session=session, show=request.show)
    if not form.is_valid():
        return invalid(form)
    session.starts_at, session.minutes = form.cleaned_data["starts_at"], form.cleaned_data["minutes"]
    session.room = form.cleaned_data.get("room")
    found = boards.found(request.show, [session])
    return JsonResponse(
        {
            "stands": stands(session, request.show),
            "clashes": [
                {
                    "code": clash.code,
                    "weight": clash.weight,
                    "sentence": clash.sentence,
                    "with": clash.other if clash.session == session.pk else clash.session,
                }
                for clash in found
            ],
        }
    )


@page("POST")
def unplace(request: HttpRequest, pk: int) -> HttpResponse:
    session = session_of(request, pk)
    form = StepForm(request.POST)
    step = form.cleaned_data["step"] if form.is_valid() else -1
    back = home(request.show, session)
    try:
        session = planning.unplace(actor=Actor.of(request.user), session=session, step=step)
    except Refusal as refusal:
        now = session_of(request, pk)
        if wants_json(request):
            return refused(refusal, now=facts(now, request.show))
        shown = PlaceForm(None, session=now, show=request.show)
        messages.error(request, refusal.sentence)
        return place_page(request, now, shown, status=409)
    if wants_json(request):
        return JsonResponse(facts(session, request.show))
    messages.success(
        request, _("“%(title)s” has no time any more and waits beside the grid.") % {"title": session.title}
    )
    return HttpResponseRedirect(back)
