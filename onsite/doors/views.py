"""The doors of sessions on a gate's phone: which are open, and one of them with its scanner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_safe

from accounts.refusals import Refusal
from onsite.devices import device_of
from onsite.doors import acts
from onsite.doors.answers import LOOKS, TITLES, DoorAnswer
from onsite.doors.forms import PartyForm, WalkInForm
from onsite.forms import TypedForm
from onsite.models import Device, Scan
from onsite.views import RECENT, SCANNER_CSP
from programme import doors
from programme.doors import Counts
from programme.models import SessionPlaces
from programme.reading import Listed, programme
from programme.shown import Shown


@dataclass(frozen=True, slots=True)
class Door:
    """A session at its door: as it is told, with its places, and what is counted there."""

    listed: Listed
    shown: Shown
    places: SessionPlaces
    counts: Counts
    is_open: bool


def of_device(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a device that is signed in; everybody else is shown the way there."""

    @wraps(view)
    def asked(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        device = device_of(request, at=timezone.now())
        return redirect("gate") if device is None else view(request, device, **kwargs)

    return asked


@require_safe
@never_cache
@of_device
def doors_today(request: HttpRequest, device: Device) -> HttpResponse:
    """The sessions of today that are not over: those whose doors are open first."""
    at = request.show.now()
    found = today(request, at)
    context = {
        "device": device,
        "open": [one for one in found if one.is_open],
        "later": [one for one in found if not one.is_open],
    }
    return render(request, "onsite/doors.html", context)


def today(request: HttpRequest, at: datetime) -> list[Door]:
    told = programme(request.show)
    days = {at.astimezone(request.show.zone).date(), *(one.starts.date() for one in told.now(at))}
    listed = [one for day in sorted(days) for one in told.by_day.get(day, []) if not one.is_over(at)]
    places = SessionPlaces.objects.in_bulk([one.pk for one in listed if not one.is_cancelled])
    counts = doors.count(list(places.values()), at=at)
    return [
        Door(
            one,
            Shown(one, at, beside=at.astimezone(request.show.zone).date()),
            place,
            counts[one.pk],
            is_open(place, at),
        )
        for one in listed
        if (place := places.get(one.pk)) is not None
    ]


def is_open(places: SessionPlaces, at: datetime) -> bool:
    return doors.check_door(places, at=at) is None


@require_safe
@never_cache
@csp_override(SCANNER_CSP)
@of_device
def door(request: HttpRequest, device: Device, slug: str) -> HttpResponse:
    return scanner(request, device, slug)


def scanner(
    request: HttpRequest,
    device: Device,
    slug: str,
    *,
    form: TypedForm | None = None,
    answer: DoorAnswer | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    at = request.show.now()
    listed = listed_or_404(request, slug)
    places = SessionPlaces.objects.filter(pk=listed.pk).first()
    if places is None:
        raise Http404
    context = {
        "device": device,
        "door": Door(listed, Shown(listed, at), places, doors.count([places], at=at)[places.pk], is_open(places, at)),
        "said": state_of(places, request, at),
        "missing": doors.missing(listed.pk),
        "form": form or TypedForm(initial={"uid": uuid4()}),
        "answer": answer,
        "trouble": trouble,
        "recent": recent(device, listed),
    }
    return render(request, "onsite/door.html", context, status=status)


def listed_or_404(request: HttpRequest, slug: str) -> Listed:
    listed = programme(request.show).by_slug.get(slug)
    if listed is None:
        raise Http404
    return listed


def state_of(places: SessionPlaces, request: HttpRequest, at: datetime) -> str:
    """Why nobody is let in at that moment, for above the scanner."""
    zone = request.show.zone
    match doors.check_door(places, at=at):
        case doors.AtDoor.CANCELLED:
            return _("Cancelled. Badges are read and turned away.")
        case doors.AtDoor.OVER:
            return _("This session is over. Badges are read and turned away.")
        case doors.AtDoor.TOO_EARLY:
            return _("The doors open at %(time)s.") % {"time": f"{doors.doors_open(places).astimezone(zone):%H:%M}"}
    return ""


def recent(device: Device, listed: Listed) -> list[dict[str, Any]]:
    rows = acts.recent(device, listed, most=RECENT)
    return [row | {"look": LOOKS.get(row["said"], "no"), "said": TITLES[row["said"]]} for row in rows]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csp_override(SCANNER_CSP)
@of_device
def scan(request: HttpRequest, device: Device, slug: str) -> HttpResponse:
    """A serial was typed and sent as an ordinary form. Opened by itself the address leads back to the door."""
    if request.method != "POST":
        return redirect("gate-door", slug=slug)
    listed = listed_or_404(request, slug)
    form = TypedForm(request.POST)
    if not form.is_valid():
        if "uid" in form.errors:
            form.data = form.data.copy()
            form.data["uid"] = str(uuid4())
        return scanner(request, device, slug, form=form, status=422)
    return answered(
        request,
        device,
        slug,
        lambda: acts.scan(
            device=device,
            show=request.show,
            listed=listed,
            uid=form.cleaned_data["uid"],
            text=form.cleaned_data["serial"],
            means=Scan.Means.TYPED,
            read_at=None,
            at=request.show.now(),
        ),
    )


def answered(request: HttpRequest, device: Device, slug: str, act: Callable[[], DoorAnswer]) -> HttpResponse:
    try:
        answer = act()
    except Refusal as refusal:
        return scanner(request, device, slug, trouble=refusal.sentence, status=409)
    return scanner(request, device, slug, answer=answer)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csp_override(SCANNER_CSP)
@of_device
def walk_in(request: HttpRequest, device: Device, slug: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("gate-door", slug=slug)
    listed = listed_or_404(request, slug)
    form = WalkInForm(request.POST)
    if not form.is_valid():
        return scanner(request, device, slug, trouble=_("Scan the badge again."), status=422)
    return answered(
        request,
        device,
        slug,
        lambda: acts.walk_in(
            device=device, show=request.show, listed=listed, at=request.show.now(), **form.cleaned_data
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csp_override(SCANNER_CSP)
@of_device
def party(request: HttpRequest, device: Device, slug: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("gate-door", slug=slug)
    listed = listed_or_404(request, slug)
    form = PartyForm(request.POST)
    if not form.is_valid():
        return scanner(request, device, slug, trouble=form.trouble, status=422)
    return answered(
        request,
        device,
        slug,
        lambda: acts.set_party(
            device=device,
            show=request.show,
            listed=listed,
            uid=form.cleaned_data["uid"],
            at=request.show.now(),
            **form.people(),
        ),
    )
