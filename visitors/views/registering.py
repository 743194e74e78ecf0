"""Registering, alone or with companions."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.acting import Actor
from accounts.limits import Limit, TooOften, count, network, retry_after
from accounts.once import AlreadySpent
from accounts.refusals import Refusal, show_refusal
from visitors import knowing, rules
from visitors.actions.bounding import check_address
from visitors.actions.registering import SENT, Registered, register
from visitors.forms import RegisterForm
from visitors.models import FIRST_LINK, Registration
from visitors.offer import offer_of
from visitors.views.opening import visit_of

# People, not forms. A hall's wireless network, or a congress hotel, is one address with thousands of phones behind it.
PER_NETWORK = Limit("register", 3000, timedelta(minutes=10))
# What comes faster than a person types has a smaller share of it.
FAST_PER_NETWORK = Limit("register_fast", 600, timedelta(minutes=10))
# Each form causes a mail to the address. By network first, so that no stranger on another one keeps its owner from
# registering; whoever has many networks can write to nobody for ever.
PER_EMAIL = Limit("register_email", 20, timedelta(days=1))
PER_EMAIL_ANYWHERE = Limit("register_email_anywhere", 60, timedelta(days=1))


@require_http_methods(["GET", "HEAD", "POST"])
def register_page(request: HttpRequest) -> HttpResponse:
    show, at = request.show, request.show.now()
    form = RegisterForm(request.POST if request.method == "POST" else None, show=show, offer=offer_of(show), at=at)
    closed = _closed(form)
    if closed or request.method != "POST":
        return _register_form(request, form, closed=closed, status=409 if closed and request.method == "POST" else 200)
    if not form.is_valid():
        return _register_form(request, form, status=422)
    address, email, size = network(request), rules.email_key(form.cleaned_data["email"]), 1 + len(form.party())
    uses = [(PER_NETWORK, address, size), (PER_EMAIL, f"{email} {address}"), (PER_EMAIL_ANYWHERE, email)]
    if form.looks_automatic:
        uses.append((FAST_PER_NETWORK, address, size))
    try:
        count(*uses, at=timezone.now())
        check_address(show=show, email=email, size=size, token=form.cleaned_data["once"])
        registered = register(
            actor=Actor.visitor(None),
            show=show,
            ticket_type=form.offer.ticket_type(form.cleaned_data["ticket_type"]),
            days=form.cleaned_data["days"],
            details=form.details(),
            companions=form.party(),
            invitation_code=form.cleaned_data["invitation_code"],
            wordings=form.wordings(),
            language=request.LANGUAGE_CODE,
            at=at,
            token=form.cleaned_data["once"],
        )
    except AlreadySpent as spent:
        return _spent(spent.outcome)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return _register_form(request, form, status=409)
    except TooOften as error:
        show_refusal(form, error.refusal)
        return retry_after(_register_form(request, form, status=429), error)
    if registered.lead is None:
        return redirect("registered-by-mail")
    messages.success(request, _what_happened(registered))
    return _visit_known_here(registered.lead)


def _visit_known_here(registration: Registration) -> HttpResponse:
    response = visit_of(registration)
    knowing.remember(response, registration)
    return response


def _closed(form: RegisterForm) -> str:
    """Why nobody can register now, if so: over, not_open."""
    if not rules.bookable_days(form.show.calendar, form.at):
        return "over" if form.show.calendar else "not_open"
    return "" if form.offer.ticket_types and form.visit_wording else "not_open"


def _register_form(request: HttpRequest, form: RegisterForm, *, closed: str = "", status: int = 200) -> HttpResponse:
    response = render(request, "visitors/register.html", {"form": form, "closed": closed}, status=status)
    patch_cache_control(response, private=True, no_store=True)
    return response


def _spent(outcome: str) -> HttpResponse:
    """The answer that the first use of the form got."""
    if outcome == SENT:
        return redirect("registered-by-mail")
    registration = Registration.objects.kept().filter(handle=int(outcome)).first() if outcome.isdecimal() else None
    if registration is None:
        return redirect("register")
    # The link that the first use got was replaced since: what it was replaced by is not for whoever has the old form.
    return _visit_known_here(registration) if registration.link_version == FIRST_LINK else redirect("find-visit")


def _what_happened(registered: Registered) -> str:
    if registered.lead and registered.lead.category and len(registered.party) == 1:
        told = _("You are registered. We have sent this page's link to %(email)s as well.")
    else:
        told = ngettext(
            "%(number)s person is registered. We have sent all links to %(email)s as well.",
            "%(number)s people are registered. We have sent all links to %(email)s as well.",
            len(registered.party),
        )
    told %= {"number": len(registered.party), "email": registered.lead.email if registered.lead else ""}
    if registered.known:
        told += " " + _("Whoever was registered before gets the badge by e-mail.")
    return told


@require_safe
def registered_by_mail(request: HttpRequest) -> HttpResponse:
    return render(request, "visitors/by_mail.html")
