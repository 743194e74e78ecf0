from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.acting import Actor
from accounts.limits import Limit, TooOften, count, network
from accounts.once import AlreadySpent
from accounts.refusals import Refusal, show_refusal
from visitors import codes, knowing, links, printing, rules
from visitors.actions import codes as code_actions
from visitors.actions import confirming, privacy, tickets
from visitors.actions import details as detail_actions
from visitors.actions.bounding import check_address
from visitors.actions.registering import SENT, Registered, register
from visitors.actions.telling import send_links
from visitors.badges import image, pdf, qr, serials
from visitors.forms import CodeForm, DetailsForm, FindForm, RegisterForm
from visitors.models import FIRST_LINK, Badge, ConsentWording, Registration, Ticket, VisitCode
from visitors.offer import offer_of
from visitors.onward import onward

# People, not forms. A hall's wireless network, or a congress hotel, is one address with thousands of phones behind it.
PER_NETWORK = Limit("register", 3000, timedelta(minutes=10))
# What comes faster than a person types has a smaller share of it.
FAST_PER_NETWORK = Limit("register_fast", 600, timedelta(minutes=10))
# Each form causes a mail to the address. By network first, so that no stranger on another one keeps its owner from
# registering; whoever has many networks can write to nobody for ever.
PER_EMAIL = Limit("register_email", 20, timedelta(days=1))
PER_EMAIL_ANYWHERE = Limit("register_email_anywhere", 60, timedelta(days=1))
FIND_PER_NETWORK = Limit("find_visit", 60, timedelta(minutes=10))
FIND_PER_EMAIL = Limit("find_visit_email", 3, timedelta(hours=1))
# As with registering: many phones are one network, and by network first what goes to one address.
CODE_PER_NETWORK = Limit("visit_code", 300, timedelta(minutes=10))
CODE_PER_EMAIL = Limit("visit_code_email", 5, timedelta(hours=1))
CODE_PER_EMAIL_ANYWHERE = Limit("visit_code_email_anywhere", 20, timedelta(days=1))
# Each code has its own few tries; this bounds whoever asks for many addresses' to guess one of them.
WRONG_CODES = Limit("visit_code_wrong", 60, timedelta(minutes=10))
# A PDF or picture costs 30 to 60 ms of processor time.
DRAWN = Limit("badge_drawn", 120, timedelta(minutes=10))
CHANGED = Limit("visit_changed", 30, timedelta(minutes=10))
# Each new address of a visit is written to: so often by one visit, and so often whoever's visits they are.
NEW_EMAIL = Limit("visit_email", 5, timedelta(days=1))
NEW_EMAIL_TO = Limit("visit_email_to", 10, timedelta(days=1))


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view the registration that the key in the address opens; any other key is answered with 404.

    What comes back is for the link's holder alone: kept nowhere, and in no index. The address goes to no other site;
    it may go to our own, since a browser that names no referrer sends no origin with forms either.
    """

    @wraps(view)
    def inner(request: HttpRequest, key: str, *args: Any, **kwargs: Any) -> HttpResponse:
        registration = links.find(key)
        if registration is None:
            raise Http404
        try:
            if registration.show_id == request.show.pk:
                registration.show = request.show
        except Http404:
            pass  # the site shows no show now, the visit is still readable
        response = view(request, registration, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        is_page = response.get("Content-Type", "").startswith("text/html")
        response.headers["Referrer-Policy"] = "same-origin" if is_page else "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return inner


def visit_of(registration: Registration) -> HttpResponse:
    return redirect("visit", key=links.visit_key(registration))


def retry_after(response: HttpResponse, error: TooOften) -> HttpResponse:
    response.headers["Retry-After"] = str(error.retry_after)
    return response


# Registering


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


# The link, once more


@require_http_methods(["GET", "HEAD", "POST"])
def find_visit(request: HttpRequest) -> HttpResponse:
    form = FindForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        # Who is known has the visit at once, unless it is the mail that is wanted.
        visitor = None if "ask" in request.GET else knowing.visitor_of(request)
        return visit_of(visitor) if visitor else render(request, "visitors/find.html", {"form": form})
    if not form.is_valid():
        return render(request, "visitors/find.html", {"form": form}, status=422)
    email = rules.email_key(form.cleaned_data["email"])
    try:
        count((FIND_PER_NETWORK, network(request)), at=timezone.now())
    except TooOften as error:
        show_refusal(form, error.refusal)
        return retry_after(render(request, "visitors/find.html", {"form": form}, status=429), error)
    try:
        count((FIND_PER_EMAIL, email), at=timezone.now())
        send_links(email=email, language=request.LANGUAGE_CODE)
    except TooOften:
        pass  # three mails are on their way; the answer is the same, so that it says nothing about the address
    return redirect("find-visit-sent")


@require_safe
def find_visit_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "visitors/find_sent.html")


# Who is known in this browser


@require_POST
@by_link
def here(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The holder of the link plans with it in this browser from now on."""
    if registration.show_id != request.show.pk:
        raise Http404
    return _known_from_now_on(request, registration)


def _known_from_now_on(request: HttpRequest, registration: Registration) -> HttpResponse:
    response = redirect(onward(request) or "programme")
    knowing.remember(response, registration)
    codes.take_back(response)
    told = _("You are planning for %(name)s now. What you choose stands in “My visit”.")
    messages.success(request, told % {"name": registration.name})
    return response


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """This browser knows of no visit any more; the link opens it as before."""
    response = redirect("home")
    knowing.forget(response)
    codes.take_back(response)
    messages.success(request, _("This device does not know your visit any more. Your link opens it as before."))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_code(request: HttpRequest) -> HttpResponse:
    form = FindForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _ask_form(request, form)
    if not form.is_valid():
        return _ask_form(request, form, status=422)
    email, address, at = rules.email_key(form.cleaned_data["email"]), network(request), timezone.now()
    try:
        count((CODE_PER_NETWORK, address), (CODE_PER_EMAIL, f"{email} {address}"), at=at)
        # Apart, so that what one network was refused does not count against the address everywhere.
        count((CODE_PER_EMAIL_ANYWHERE, email), at=at)
    except TooOften as error:
        show_refusal(form, error.refusal)
        return retry_after(_ask_form(request, form, status=429), error)
    code = code_actions.ask_for_code(
        email=email, language=request.LANGUAGE_CODE, replaces=codes.held_by(request), at=at
    )
    response = _to("visit-code-enter", request)
    codes.hand(response, code)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """The digits, and where several people are registered under the address, who of them it is."""
    code = VisitCode.objects.filter(pk=codes.held_by(request)).first()
    is_read = request.method != "POST"
    if code is not None and code.entered_at is not None:
        return _who_is_it(request, code) if is_read else _to("visit-code-enter", request)
    if code is None or not rules.is_open(code, timezone.now()):
        return _to("visit-code", request) if is_read else _ask_again(request, code)
    return _code_form(request, CodeForm(), code) if is_read else _try_code(request, code)


def _try_code(request: HttpRequest, code: VisitCode) -> HttpResponse:
    form, address, at = CodeForm(request.POST), network(request), timezone.now()
    if not form.is_valid():
        return _code_form(request, form, code, status=422)
    try:
        count((WRONG_CODES, address, 0), at=at)
        code_actions.enter_code(code=code, typed=form.cleaned_data["code"], at=at)
    except TooOften as error:
        show_refusal(form, error.refusal)
        return retry_after(_code_form(request, form, code, status=429), error)
    except Refusal as refusal:
        with suppress(TooOften):  # said at the next try
            count((WRONG_CODES, address), at=at)
        if refusal.code == "code_over":
            return _ask_again(request, code)
        show_refusal(form, refusal)
        return _code_form(request, form, code, status=409)
    people = Registration.objects.under(code.email, show=request.show.pk)[:2]
    return _known_from_now_on(request, people[0]) if len(people) == 1 else _to("visit-code-enter", request)


def _who_is_it(request: HttpRequest, code: VisitCode) -> HttpResponse:
    people = [
        {"name": row.name, "name_latin": row.name_latin, "key": links.visit_key(row)}
        for row in Registration.objects.under(code.email, show=request.show.pk)
    ]
    if not people:
        return _to("visit-code", request)
    return _kept_nowhere(request, "visitors/code_who.html", {"people": people, "email": code.email})


def _ask_form(request: HttpRequest, form: FindForm, *, status: int = 200) -> HttpResponse:
    return _kept_nowhere(request, "visitors/code_ask.html", {"form": form}, status=status)


def _ask_again(request: HttpRequest, code: VisitCode | None) -> HttpResponse:
    """The code has ended: its page cannot help any more, the one before it can."""
    form = FindForm(initial={"email": code.email if code else ""})
    context = {"form": form, "refusal": rules.code_over()}
    return _kept_nowhere(request, "visitors/code_ask.html", context, status=409)


def _code_form(request: HttpRequest, form: CodeForm, code: VisitCode, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "email": code.email, "minutes": rules.CODE_LASTS // timedelta(minutes=1)}
    return _kept_nowhere(request, "visitors/code_enter.html", context, status=status)


def _kept_nowhere(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    context |= {"onward": onward(request), "query": _query(request)}
    response = render(request, template, context, status=status)
    patch_cache_control(response, private=True, no_store=True)
    return response


def _to(name: str, request: HttpRequest) -> HttpResponse:
    return redirect(reverse(name) + _query(request))


def _query(request: HttpRequest) -> str:
    wanted = onward(request)
    return f"?{urlencode({'next': wanted})}" if wanted else ""


# The badge


def held(registration: Registration) -> tuple[Ticket, Badge]:
    """The valid ticket and live badge, or 404."""
    ticket, badge = registration.ticket, registration.badge
    if ticket is None or badge is None or ticket.state != Ticket.State.VALID:
        raise Http404
    return ticket, badge


def file_answer(content: bytes | str, kind: str, name: str, *, save: bool = True) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f'{"attachment" if save else "inline"}; filename="{name}"'
    return response


@require_safe
@by_link
def badge_pdf(request: HttpRequest, registration: Registration) -> HttpResponse:
    ticket, badge = held(registration)
    count((DRAWN, str(registration.pk)), at=timezone.now())
    content = pdf.render([printing.sheet_of(registration, ticket, badge)], at=badge.issued_at)
    return file_answer(content, "application/pdf", f"badge-{serials.shown(badge.serial)}.pdf", save=False)


@require_safe
@by_link
def badge_png(request: HttpRequest, registration: Registration) -> HttpResponse:
    ticket, badge = held(registration)
    count((DRAWN, str(registration.pk)), at=timezone.now())
    content = image.png(printing.sheet_of(registration, ticket, badge), at=badge.issued_at)
    return file_answer(content, "image/png", f"badge-{serials.shown(badge.serial)}.png", save=False)


@require_safe
@by_link
def badge_svg(request: HttpRequest, registration: Registration) -> HttpResponse:
    """The QR symbol alone."""
    ticket, badge = held(registration)
    content = qr.svg(printing.code_of(registration, ticket, badge), title=serials.shown(badge.serial))
    return file_answer(content, "image/svg+xml", f"badge-{serials.shown(badge.serial)}.svg", save=False)


# The e-mail


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


# What the holder of the link may change


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
