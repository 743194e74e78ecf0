"""Many sessions moved at once: asked for, previewed, and applied as it was previewed."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.acting import Actor
from accounts.once import AlreadySpent
from accounts.refusals import Refusal
from expo.models import Room, Show
from programme import board as boards
from programme import times
from programme.actions import planning
from programme.admin.forms import ApplyShiftForm, ShiftForm
from programme.admin.pages import only_once, page, show_page
from programme.admin.planner import WEIGHTS, stands
from programme.clashes import Clash, Weight
from programme.models import Session

#: So many are moved at once: what one page can show and one form can carry.
MOST = 400
LARGEST_KEY = 19


@dataclass(frozen=True, slots=True)
class Move:
    """A session with where it is and where it would be, in words."""

    session: Session
    before: str
    after: str
    clashes: list[tuple[Clash, str]]


def keys(texts: Collection[str]) -> list[int]:
    return [int(one) for one in texts if one.isascii() and one.isdecimal() and len(one) < LARGEST_KEY][: MOST + 1]


def chosen(told: dict[str, Any], show: Show, ticked: list[int]) -> list[Session]:
    """What takes place then and there, or of it the ticked ones, in the order of time."""
    begins, ends = (times.begin(show, day) for day in (told["day"], told["day"] + timedelta(days=1)))
    if told["since"]:
        begins = datetime.combine(told["day"], told["since"], tzinfo=show.zone)
    if told["before"]:
        ends = datetime.combine(told["day"], told["before"], tzinfo=show.zone)
    rows = Session.objects.filter(show=show, starts_at__gte=begins, starts_at__lt=ends, is_cancelled=False)
    if told["room"] is not None:
        rows = rows.filter(room=told["room"])
    if not told["tours"]:
        rows = rows.filter(enterprise=None)
    if ticked:
        rows = rows.filter(pk__in=ticked)
    return list(rows.select_related("room").order_by("starts_at", "code")[: MOST + 1])


def moves(sessions: list[Session], show: Show, *, by: int, to: Room | None) -> list[Move]:
    """What would be where, and what clashes then."""
    moved = []
    for session in sessions:
        there = copy.copy(session)
        if there.starts_at is not None:
            there.starts_at += timedelta(minutes=by)
        if to is not None:
            there.room = to
        moved.append(there)
    found = boards.found(show, moved)
    return [
        Move(
            here,
            stands(here, show),
            stands(there, show),
            [(one, WEIGHTS[one.weight]) for one in found if here.pk in {one.session, one.other}],
        )
        for here, there in zip(sessions, moved, strict=True)
    ]


def codes(made: list[Move], weight: Weight) -> set[str]:
    return {clash.code for move in made for clash, _state in move.clashes if clash.weight is weight}


def needing(made: list[Move], code: str) -> list[int]:
    """The sessions that need a reason for this."""
    return [
        move.session.pk
        for move in made
        if any(clash.code == code and clash.weight is Weight.REASON and clash.session == move.session.pk
               for clash, _state in move.clashes)
    ]  # fmt: skip


def preview(
    request: HttpRequest,
    form: ShiftForm,
    made: list[Move],
    apply: ApplyShiftForm,
    *,
    status: int = 200,
    refusal: str = "",
    back: str = "",
) -> HttpResponse:
    context = {
        "form": form,
        "moves": made,
        "apply": apply,
        "needs_hours": bool(needing(made, "outside_hours")),
        "needs_seats": bool(needing(made, "over_seats")),
        "is_hard": bool(codes(made, Weight.HARD)),
        "refusal": refusal,
        "back": back,
        "too_many": MOST if len(made) > MOST else 0,
        "asked": form.is_bound and not form.errors,
    }
    return show_page(request, "shift", context, title=_("Move several sessions"), status=status)


@page("GET", "HEAD", "POST", plans=True)
def shift(request: HttpRequest) -> HttpResponse:
    """The form and, once it is filled in, the preview (both by GET, so that it can be shared); POST applies it."""
    if request.method == "POST":
        return apply_shift(request)
    query = request.GET
    asked = "by" in query
    form = ShiftForm(query if asked else None, show=request.show, initial=query.dict() | {"by": 30})
    made: list[Move] = []
    apply = ApplyShiftForm(None, show=request.show, initial={"once": uuid4()})
    if asked and form.is_valid():
        told = form.cleaned_data
        sessions = chosen(told, request.show, keys(query.getlist("session")))
        made = moves(sessions, request.show, by=told["by"], to=told["to"])
        apply = ApplyShiftForm(None, show=request.show, initial={"by": told["by"], "room": told["to"], "once": uuid4()})
    status = 422 if asked and form.errors else 200
    return preview(request, form, made, apply, status=status, back=back_to(query))


def back_to(query: QueryDict) -> str:
    """The day that it is about, where the address names one."""
    day = query.get("day", "")[:10]
    known = day if len(day) == 10 and day.replace("-", "").isdecimal() and day.isascii() else ""
    return reverse("admin:programme_planner_day", args=[known]) if known else reverse("admin:programme_planner")


def seen(request: HttpRequest) -> dict[int, int]:
    """The steps that the preview showed, by session: each as `key:step`."""
    pairs = [one.partition(":") for one in request.POST.get("steps", "").split(",")[: MOST + 1]]
    return {
        int(pk): int(step)
        for pk, _colon, step in pairs
        if (pk + step).isascii() and pk.isdecimal() and step.isdecimal() and len(pk) < LARGEST_KEY and len(step) < 10
    }


def apply_shift(request: HttpRequest) -> HttpResponse:
    form = ApplyShiftForm(request.POST, show=request.show)
    steps = seen(request)
    query = QueryDict(request.POST.get("query", "")[:1000])
    asked = ShiftForm(query, show=request.show)
    if not form.is_valid():
        return preview(
            request, asked, [], form, status=422, refusal=_("This form was not complete."), back=back_to(query)
        )
    told = form.cleaned_data
    sessions = list(
        Session.objects.filter(show=request.show, pk__in=steps, starts_at__isnull=False)
        .select_related("room")
        .order_by("starts_at", "code")
    )
    made = moves(sessions, request.show, by=told["by"], to=told["room"])

    def act() -> list[Session]:
        return planning.shift(
            actor=Actor.of(request.user),
            show=request.show,
            steps=steps,
            by=timedelta(minutes=told["by"]),
            room=told["room"],
            outside_hours_why=dict.fromkeys(needing(made, "outside_hours"), told["outside_hours_why"]),
            over_seats_why=dict.fromkeys(needing(made, "over_seats"), told["over_seats_why"]),
        )

    try:
        count = len(only_once(told["once"], purpose="shift", act=act, outcome=lambda rows: str(len(rows))))
    except AlreadySpent as before:
        count = int(before.outcome or 0)
    except Refusal as refusal:
        refuse_shift(form, refusal)
        stale = refusal.code == "changed"
        return preview(
            request, asked, made, form, status=409 if stale else 422, refusal=refusal.sentence, back=back_to(query)
        )
    words = ngettext(
        "%(n)d session moved. The public sees it when it is published.",
        "%(n)d sessions moved. The public sees it when it is published.",
        count,
    )
    messages.success(request, words % {"n": count})
    return HttpResponseRedirect(back_to(query))


def refuse_shift(form: ApplyShiftForm, refusal: Refusal) -> None:
    """A missing reason stands beside its field; all else above the preview."""
    if refusal.field in form.fields:
        form.add_error(refusal.field, refusal.sentence)
