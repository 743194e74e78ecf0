"""Back to the own visit: by its link once more, by a code, or since this browser knows whose it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.limits import Limit, TooOften, count, network, retry_after
from accounts.refusals import Refusal, show_refusal
from visitors import codes, knowing, links, rules
from visitors.actions import codes as code_actions
from visitors.actions.telling import send_links
from visitors.forms import CodeForm, FindForm
from visitors.models import Registration, VisitCode
from visitors.onward import onward
from visitors.views.opening import by_link, visit_of

FIND_PER_NETWORK = Limit("find_visit", 60, timedelta(minutes=10))
FIND_PER_EMAIL = Limit("find_visit_email", 3, timedelta(hours=1))
# As with registering: many phones are one network, and by network first what goes to one address.
CODE_PER_NETWORK = Limit("visit_code", 300, timedelta(minutes=10))
CODE_PER_EMAIL = Limit("visit_code_email", 5, timedelta(hours=1))
CODE_PER_EMAIL_ANYWHERE = Limit("visit_code_email_anywhere", 20, timedelta(days=1))
# Each code has its own few tries; this bounds whoever asks for many addresses' to guess one of them.
WRONG_CODES = Limit("visit_code_wrong", 60, timedelta(minutes=10))


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
