"""What the holder of a visit's link may do with the registration: confirm, correct, give back, erase."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.acting import Actor
from accounts.limits import Limit, TooOften, count, retry_after
from accounts.refusals import Refusal, show_refusal
from visitors import links, rules
from visitors.actions import confirming, privacy, tickets
from visitors.actions import details as detail_actions
from visitors.forms import DetailsForm
from visitors.models import ConsentWording, Registration
from visitors.offer import offer_of
from visitors.views.opening import by_link, visit_of

CHANGED = Limit("visit_changed", 30, timedelta(minutes=10))
# Each new address of a visit is written to: so often by one visit, and so often whoever's visits they are.
NEW_EMAIL = Limit("visit_email", 5, timedelta(days=1))
NEW_EMAIL_TO = Limit("visit_email_to", 10, timedelta(days=1))


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def confirm(request: HttpRequest, registration: Registration, proof: str) -> HttpResponse:
    """The link in mails by which the e-mail is confirmed. Mail scanners open links, so a button does it."""
    if not links.proves_address(registration, proof):
        raise Http404
    if request.method != "POST":
        return render(request, "visitors/confirm.html", {"registration": registration})
    confirmed = confirming.confirm_address(
        actor=_changes(request, registration), registration=registration, at=registration.show.now()
    )
    messages.success(request, _("Thank you. %(email)s is confirmed.") % {"email": registration.email})
    if confirmed.back:
        names = rules.listed(row.name for row in confirmed.back)
        messages.success(request, _("Places again, on all days that are not full: %(names)s.") % {"names": names})
    if confirmed.gone:
        names = rules.listed(row.name for row in confirmed.gone)
        messages.warning(request, _("There are no places left on the days of: %(names)s.") % {"names": names})
    return visit_of(registration)


def _changes(request: HttpRequest, registration: Registration) -> Actor:
    count((CHANGED, str(registration.pk)), at=timezone.now())
    return Actor.visitor(registration.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def correct_details(request: HttpRequest, registration: Registration) -> HttpResponse:
    fields = [*DetailsForm.base_fields]
    now = {field: getattr(registration, field) for field in fields} | {"country": registration.country.code}
    form = DetailsForm(request.POST if request.method == "POST" else None, initial=now)
    context = {"form": form, "registration": registration, "key": links.visit_key(registration)}
    if request.method != "POST":
        return render(request, "visitors/details.html", context)
    if not form.is_valid():
        return render(request, "visitors/details.html", context, status=422)
    email = rules.email_key(form.cleaned_data["email"])
    try:
        actor = _changes(request, registration)
        if email != registration.email:
            count((NEW_EMAIL, str(registration.pk)), (NEW_EMAIL_TO, email), at=timezone.now())
        row = detail_actions.correct_details(
            actor=actor, registration=registration, details=form.details(), at=registration.show.now()
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return render(request, "visitors/details.html", context, status=409)
    except TooOften as error:
        show_refusal(form, error.refusal)
        return retry_after(render(request, "visitors/details.html", context, status=429), error)
    told = _("Your details are changed, on this page and on the badge. Save the badge again if you print it.")
    if row.email != registration.email:
        told += " " + _("Mails go to %(email)s from now on, and this page has a new link.") % {"email": row.email}
    messages.success(request, told)
    return visit_of(row)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def give_back(request: HttpRequest, registration: Registration) -> HttpResponse:
    context = {"registration": registration, "ticket": registration.ticket, "key": links.visit_key(registration)}
    if request.method != "POST":
        return render(request, "visitors/give_back.html", context)
    actor = _changes(request, registration)
    try:
        tickets.give_back(actor=actor, registration=registration, at=registration.show.now())
    except Refusal as refusal:
        return render(request, "visitors/give_back.html", context | {"refusal": refusal}, status=409)
    messages.success(request, _("Your ticket is given back and your places are free for others. Your badge has ended."))
    return visit_of(registration)


@require_POST
@by_link
def news(request: HttpRequest, registration: Registration) -> HttpResponse:
    actor, at = _changes(request, registration), registration.show.now()
    wording = offer_of(registration.show).wording(ConsentWording.Purpose.NEWS, at)
    if wording is None:
        raise Http404
    wanted = request.POST.get("wanted") == "yes"
    detail_actions.set_news(
        actor=actor,
        registration=registration,
        wording=wording,
        wanted=wanted,
        language=request.LANGUAGE_CODE,
        at=at,
    )
    told = _("We write to you when the next show opens.") if wanted else _("We write you no news any more.")
    messages.success(request, told)
    return visit_of(registration)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def erase(request: HttpRequest, registration: Registration) -> HttpResponse:
    context = {"registration": registration, "key": links.visit_key(registration), "missing": False}
    if request.method != "POST":
        return render(request, "visitors/erase.html", context)
    if request.POST.get("sure") != "yes":
        return render(request, "visitors/erase.html", context | {"missing": True}, status=422)
    privacy.erase(actor=_changes(request, registration), registration=registration, at=registration.show.now())
    return redirect("erased")


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "visitors/erased.html")
