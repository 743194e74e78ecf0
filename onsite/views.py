from __future__ import annotations

from copy import deepcopy
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.acting import Actor
from accounts.models import Role
from accounts.refusals import Refusal
from accounts.staff import ask_for_second_factor, has_second_factor, staff_required
from expo.models import Show
from onsite import actions
from onsite.answers import LOOKS, TITLES, Answer
from onsite.counting import today
from onsite.devices import device_of, forget, remember
from onsite.forms import DeviceForm, TypedForm
from onsite.models import Device, Outcome, Scan
from visitors.models import Ticket

# The reader that stands in where a browser has no BarcodeDetector is compiled to WebAssembly.
SCANNER_CSP = deepcopy(settings.SECURE_CSP)
SCANNER_CSP["script-src"] = [*SCANNER_CSP["script-src"], CSP.WASM_UNSAFE_EVAL]

MAY_SIGN_IN = (Role.GATE_STAFF, Role.ORGANISER)
RECENT = 10


@require_safe
@never_cache
@csp_override(SCANNER_CSP)
def gate(request: HttpRequest) -> HttpResponse:
    """The scanner; on a phone that is not signed in yet, the way to get there."""
    device = device_of(request, at=timezone.now())
    if device is not None:
        return scanner(request, device)
    if not request.user.is_authenticated:
        return render(request, "onsite/signed_out.html", {"may": True})
    if not request.user.has_role(*MAY_SIGN_IN):
        return render(request, "onsite/signed_out.html", {"may": False}, status=403)
    if not has_second_factor(request):
        return ask_for_second_factor(request, request.get_full_path())
    return render(request, "onsite/sign_in.html", {"form": DeviceForm(show=request.show)})


def scanner(
    request: HttpRequest,
    device: Device,
    *,
    form: TypedForm | None = None,
    answer: Answer | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    show = request.show
    day = show.day_at(show.now())
    context = {
        "device": device,
        "day": day,
        "counts": today(gate_id=device.gate_id, day=day),
        "form": form or TypedForm(initial={"uid": uuid4()}),
        "answer": answer,
        "trouble": trouble,
        "payments": Ticket.Payment.choices,
        "recent": recent(device, show),
    }
    return render(request, "onsite/gate.html", context, status=status)


def recent(device: Device, show: Show) -> list[dict[str, object]]:
    rows = (
        Scan.objects.filter(show=show.pk, device=device)
        .select_related("badge__registration", "visit")
        .order_by("-at")[:RECENT]
    )
    return [
        {
            "at": row.at.astimezone(show.zone),
            "look": LOOKS.get(row.outcome, "no"),
            "said": TITLES[Outcome(row.outcome)],
            "paid": row.outcome == Outcome.PAYMENT_DUE and hasattr(row, "visit"),
            "name": str(row.badge.registration) if row.badge is not None else "",
        }
        for row in rows
    ]


@staff_required(*MAY_SIGN_IN)
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    form = DeviceForm(request.POST, show=request.show)
    if not form.is_valid():
        return render(request, "onsite/sign_in.html", {"form": form}, status=422)
    _device, token = actions.sign_in_device(
        actor=Actor.of(request.user),
        show=request.show,
        gate=form.cleaned_data["gate"],
        name=form.cleaned_data["name"],
        at=timezone.now(),
    )
    response = redirect("gate")
    remember(response, token)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """The device is signed out: it reads no badge any more."""
    at = timezone.now()
    device = device_of(request, at=at)
    if device is not None:
        actor = Actor.of(request.user) if request.user.is_authenticated else Actor.device(device.pk)
        actions.sign_out_device(actor=actor, device=device, at=at)
    response = redirect("gate")
    forget(response)
    return response


@require_POST
def leave_account(request: HttpRequest) -> HttpResponse:
    """The person logs out and the device stays, so that an organiser can prepare phones and hand them out."""
    logout(request)
    return redirect("gate")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csp_override(SCANNER_CSP)
def scan(request: HttpRequest) -> HttpResponse:
    """A serial was typed and sent as an ordinary form. Opened by itself the address leads back to the gate."""
    at = request.show.now()
    device = device_of(request, at=timezone.now())
    if device is None or request.method != "POST":
        return redirect("gate")
    form = TypedForm(request.POST)
    if not form.is_valid():
        if "uid" in form.errors:
            form.data = form.data.copy()
            form.data["uid"] = str(uuid4())
        return scanner(request, device, form=form, status=422)
    uid: UUID = form.cleaned_data["uid"]
    text = form.cleaned_data["serial"]
    try:
        # Without a clock of the device's own, the uid alone tells whether the form comes again.
        answer = actions.scan(
            device=device,
            show=request.show,
            uid=uid,
            text=text,
            means=Scan.Means.TYPED,
            read_at=None,
            at=at,
        )
    except Refusal as refusal:
        return scanner(request, device, trouble=refusal.sentence, status=409)
    return scanner(request, device, answer=answer)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csp_override(SCANNER_CSP)
def pay(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Money was taken, said by an ordinary form."""
    at = request.show.now()
    device = device_of(request, at=timezone.now())
    if device is None or request.method != "POST":
        return redirect("gate")
    how = request.POST.get("how", "")
    if how not in Ticket.Payment.values:
        return scanner(request, device, trouble=_("Say how it was paid."), status=422)
    try:
        answer = actions.pay(device=device, show=request.show, uid=uid, how=how, at=at)
    except Refusal as refusal:
        return scanner(request, device, trouble=refusal.sentence, status=409)
    return scanner(request, device, answer=answer)


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What makes the gate page an app on a phone's home screen."""
    address = reverse("gate")
    icons = [
        {"src": static(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"}
        for size in (192, 512)
    ]
    return JsonResponse(
        {
            "id": address,
            "name": _("%(show)s gate") % {"show": request.show.short},
            "short_name": _("Gate"),
            "lang": request.LANGUAGE_CODE,
            "start_url": address,
            "scope": address,
            "display": "standalone",
            "orientation": "portrait",
            "background_color": "#0c1424",
            "theme_color": "#0c1424",
            "icons": icons,
        },
        content_type="application/manifest+json",
    )
