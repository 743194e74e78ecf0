"""The page on which whoever signed a party up for a tour gives its ID numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.acting import Actor
from accounts.limits import Limit, TooOften, count, retry_after
from accounts.refusals import Refusal
from accounts.typed import key_in
from expo import formats
from programme import reading
from programme.actions.signing import papers
from programme.forms.papers import PaperForm, on_form_of
from programme.ids import IdNumber
from programme.models import SessionPlaces, Signup
from visitors import links
from visitors.models import Registration
from visitors.views.opening import by_link

# Whoever tries numbers out learns of each whether it is on the departure; so few that it leads nowhere.
TRIED = Limit("id_numbers", 30, timedelta(minutes=30))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def id_numbers(request: HttpRequest, registration: Registration, guid: UUID) -> HttpResponse:
    rows = Signup.objects.filter(guid=guid, registration=registration, session__show=registration.show)
    signup = rows.first()
    if signup is None:
        raise Http404
    signup.registration = registration
    if request.method != "POST":
        return page(request, signup)
    try:
        count((TRIED, str(signup.pk)), at=timezone.now())
    except TooOften as error:
        answer = page(request, signup, typed=True, problem=error.refusal, status=429)
        return retry_after(answer, error)
    removed = request.POST.get("remove", "")
    return take_out(request, signup, removed) if removed else take(request, signup)


@sensitive_variables()
def take(request: HttpRequest, signup: Signup) -> HttpResponse:
    forms = forms_of(request, signup, typed=True)
    numbers: dict[int, IdNumber] = {}
    for form in forms:
        if form.is_valid() and (number := form.cleaned_data.get("read")):
            numbers[form.known.participant.pk] = number
    if any(form.errors for form in forms):
        return page(request, signup, forms=forms, status=422)
    if forms and not numbers:
        forms[0].ask_for_one()
        return page(request, signup, forms=forms, status=422)
    registration = signup.registration
    try:
        papers.give(
            actor=Actor.visitor(registration.pk),
            signup=signup,
            numbers=numbers,
            by=registration,
            at=registration.show.now(),
        )
    except Refusal as refusal:
        if on_form_of(forms, refusal):
            return page(request, signup, forms=forms, status=409)
        return page(request, signup, forms=forms, problem=refusal, status=409)
    messages.success(request, told_of(signup))
    return redirect(request.path)


def take_out(request: HttpRequest, signup: Signup, which: str) -> HttpResponse:
    registration = signup.registration
    try:
        papers.remove(
            actor=Actor.visitor(registration.pk),
            signup=signup,
            participant=key_in(which),
            by=registration,
            at=registration.show.now(),
        )
    except Refusal as refusal:
        return page(request, signup, problem=refusal, status=409)
    messages.success(request, _("The number is erased. The tour needs one from everybody: give it before it leaves."))
    return redirect(request.path)


def told_of(signup: Signup) -> str:
    people = papers.own(signup)
    missing = signup.party - sum(one.is_given for one in people)
    if not missing:
        return _("Thank you: the numbers of all of your party are there.")
    told = ngettext(
        "Kept. The number of %(n)s person is still missing.",
        "Kept. The numbers of %(n)s people are still missing.",
        missing,
    )
    return told % {"n": formats.number(missing)}


def forms_of(request: HttpRequest, signup: Signup, *, typed: bool) -> list[PaperForm]:
    places = SessionPlaces.objects.get(pk=signup.session_id)
    day = places.starts_at.astimezone(signup.registration.show.zone).date()
    return [
        PaperForm(request.POST if typed else None, known=known, day=day, is_listed=places.listed_at is not None)
        for known in papers.own(signup)
    ]


@sensitive_variables()
def page(
    request: HttpRequest,
    signup: Signup,
    *,
    forms: list[PaperForm] | None = None,
    typed: bool = False,
    problem: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    """The party, each with the number that was given, masked, or with the fields for one."""
    show = signup.registration.show
    places = SessionPlaces.objects.get(pk=signup.session_id)
    listed = reading.programme(show).by_pk.get(signup.session_id)
    if forms is None:
        forms = forms_of(request, signup, typed=typed)
    closed: Refusal | None = None
    try:
        papers.check_asked(places, signup, at=show.now())
    except Refusal as refusal:
        closed = refusal
    context: dict[str, Any] = {
        "key": links.visit_key(signup.registration),
        "show": show,
        "listed": listed,
        "starts": places.starts_at.astimezone(show.zone),
        "erased_on": (places.ends_at + papers.KEPT).astimezone(show.zone).date(),
        "forms": forms,
        "errors": [(field, error) for form in forms for field in form for error in field.errors],
        "unnamed": signup.party - len(forms),
        "problem": problem if problem is not None and problem is not closed else None,
        "closed": closed,
        "is_listed": places.listed_at is not None,
        "missing": signup.party - sum(form.known.is_given for form in forms),
    }
    return render(request, "programme/papers.html", context, status=status)
