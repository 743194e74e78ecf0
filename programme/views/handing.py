"""By the link of a visit: hand a place over, take one over or not, leave a party."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acting import Actor
from accounts.limits import Limit, TooOften, count, retry_after
from accounts.refusals import Refusal, show_refusal
from expo import formats
from expo.models import Show
from programme import own_plans, times
from programme.actions.signing import handing
from programme.forms.handing import HandOverForm
from programme.models import Handover, Signup
from programme.own_booking import clashing
from programme.reading import Listed, programme
from programme.shown import Shown
from programme.views.signing import answer as refused
from programme.views.signing import held_in_words, of_visit, own_keys
from visitors import links
from visitors.models import Registration
from visitors.views.opening import by_link, visit_of

# Whoever types a number and a name: so often by one badge, which is no way to try them out.
ASKS = Limit("hand_over", 10, timedelta(hours=1))
ANSWERS = Limit("handover", 60, timedelta(minutes=10))

# After these nothing is left that the form could do.
_FINAL = {"not_sure_yet", "cancelled", "over", "begun", "approved_only", "no_session", "not_yours"}


def of_show(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """By the link of a visit to the current show."""

    @by_link
    @wraps(view)
    def inner(request: HttpRequest, registration: Registration, **which: Any) -> HttpResponse:
        if registration.show_id != request.show.pk:
            raise Http404
        return view(request, registration, **which)

    return inner


def title_of(registration: Registration, signup: Signup) -> dict[str, str]:
    listed = programme(registration.show).by_pk.get(signup.session_id)
    return {"title": listed.told.title if listed else signup.session.title}


def too_often(request: HttpRequest, registration: Registration, listed: Listed | None, error: TooOften) -> HttpResponse:
    response = refused(request, registration, error.refusal, listed)
    response.status_code = 429
    return retry_after(response, error)


# Handing over


@require_http_methods(["GET", "HEAD", "POST"])
@of_visit
def hand_over(request: HttpRequest, registration: Registration, signup: Signup) -> HttpResponse:
    choices = places_of(signup, registration)
    form = HandOverForm(request.POST if request.method == "POST" else None, places=choices)
    if request.method != "POST":
        return form_page(request, registration, signup, form)
    if not form.is_valid():
        return form_page(request, registration, signup, form, status=422)
    try:
        count((ASKS, str(registration.pk)), at=timezone.now())
        handover = handing.hand_over(
            actor=Actor.visitor(registration.pk),
            signup=signup,
            participant=form.cleaned_data["place"],
            serial=form.cleaned_data["serial"],
            name=form.cleaned_data["name"],
            at=registration.show.now(),
            by=registration,
        )
    except TooOften as error:
        show_refusal(form, error.refusal)
        return retry_after(form_page(request, registration, signup, form, status=429), error)
    except Refusal as refusal:
        if refusal.code in _FINAL:
            return form_page(request, registration, signup, form, status=409, refusal=refusal)
        show_refusal(form, refusal)
        return form_page(request, registration, signup, form, status=409)
    told = _("We have asked %(name)s by e-mail, who can take the place until %(until)s. Until then it is yours.")
    messages.success(request, told % {"name": form.cleaned_data["name"], "until": moment(handover, registration.show)})
    return redirect("visit-signup-hand-over", key=links.visit_key(registration), guid=signup.guid)


def moment(handover: Handover, show: Show) -> str:
    return times.deadline(handover.until, show.zone)


def places_of(signup: Signup, registration: Registration) -> list[tuple[str, str]]:
    """The places of the party by what the form calls them, and in words."""
    people = list(signup.participants.select_related("registration").order_by("pk"))
    choices = []
    for one in people:
        is_own = one.registration_id == registration.pk
        choices.append((str(one.pk), _("your own place") if is_own else one.called))
    guests = signup.party - len(people)
    if guests > 0:
        told = ngettext("the place of your guest", "the place of one of your %(number)s guests", guests)
        choices.append((HandOverForm.GUEST, told % {"number": formats.number(guests)}))
    return choices


def form_page(
    request: HttpRequest,
    registration: Registration,
    signup: Signup,
    form: HandOverForm,
    *,
    status: int = 200,
    refusal: Refusal | None = None,
) -> HttpResponse:
    listed, at = programme(registration.show).by_pk.get(signup.session_id), registration.show.now()
    if refusal is None and signup.state != Signup.State.CONFIRMED:
        refusal, status = handing.NOT_SURE, 409
    stand = handing.handovers_of(registration, at=at).filter(signup=signup)
    context = {
        "one": Shown(listed, at) if listed else None,
        "title": title_of(registration, signup)["title"],
        "asks_id": listed is not None and listed.told.asks_id,
        "signup": signup,
        "key": links.visit_key(registration),
        "form": form,
        "refusal": refusal,
        "open": [Standing.of(one, registration) for one in stand],
    }
    return render(request, "programme/hand_over.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Standing:
    """A handover that is not answered yet, in words, for one of the two whom it concerns."""

    pk: int
    other: str
    whose: str
    until: str
    is_mine: bool
    one: Shown | None
    title: str

    @classmethod
    def of(cls, row: Handover, registration: Registration) -> Standing:
        """`is_mine` says that `registration` hands it over; else it may take the place."""
        is_mine = row.signup.registration_id == registration.pk
        other = row.to if is_mine else row.signup.registration
        listed = programme(registration.show).by_pk.get(row.signup.session_id)
        return cls(
            pk=row.pk,
            other=other.name,
            whose=whose(row, registration) if is_mine else "",
            until=moment(row, registration.show),
            is_mine=is_mine,
            one=Shown(listed, registration.show.now()) if listed else None,
            title=title_of(registration, row.signup)["title"],
        )


def whose(row: Handover, registration: Registration) -> str:
    person = row.participant
    if person is None:
        return _("a guest")
    if person.registration_id == registration.pk:
        return _("yourself")
    return person.called


def standing(registration: Registration) -> list[Standing]:
    """For pages of the visit: what stands open, to be taken over and handed over, the first to lapse first."""
    return [Standing.of(one, registration) for one in handing.handovers_of(registration, at=registration.show.now())]


# Answers


@require_POST
@of_show
def take(request: HttpRequest, registration: Registration, pk: int) -> HttpResponse:
    handover = mine_or_404(pk, to=registration)
    listed = programme(registration.show).by_pk.get(handover.signup.session_id)
    try:
        count((ANSWERS, str(registration.pk)), at=timezone.now())
        handing.take_over(
            actor=Actor.visitor(registration.pk),
            handover=handover,
            at=registration.show.now(),
            by=registration,
            instead_of=own_keys(registration, request.POST.getlist("instead_of")),
        )
    except TooOften as error:
        return too_often(request, registration, listed, error)
    except Refusal as refusal:
        if not is_now(handover, Handover.State.TAKEN):
            clashes = clashes_of(request, refusal, registration, handover, listed)
            return refused(request, registration, refusal, listed, **clashes)
    told = _("The place in “%(title)s” is yours now. It stands in “My visit”.")
    if listed and listed.told.asks_id:
        told += " " + _("Please give your ID number: it is asked for there.")
    messages.success(request, told % title_of(registration, handover.signup))
    return visit_of(registration)


def clashes_of(
    request: HttpRequest, refusal: Refusal, registration: Registration, handover: Handover, listed: Listed | None
) -> dict[str, object]:
    """What it clashes with, and whether one act can give that up for it."""
    if refusal.code != "clash" or listed is None:
        return {}
    found = clashing(own_plans.plan_of(registration.show, [registration.pk]), listed, {registration.pk})
    return {
        "swap_href": reverse("visit-handover-take", args=[links.visit_key(registration), handover.pk]),
        "clashes": [held_in_words(one, request) for one in found],
        "can_swap": bool(found) and all(one.is_of(registration.pk) for one in found),
    }


@require_POST
@of_show
def decline(request: HttpRequest, registration: Registration, pk: int) -> HttpResponse:
    handover = mine_or_404(pk, to=registration)
    told = _("You do not take the place in “%(title)s”. It stays where it is.")
    return answer(request, registration, handover, handing.decline, Handover.State.DECLINED, told)


@require_POST
@of_show
def withdraw(request: HttpRequest, registration: Registration, pk: int) -> HttpResponse:
    handover = mine_or_404(pk, signup__registration=registration)
    told = _("You keep the place in “%(title)s”.")
    return answer(request, registration, handover, handing.withdraw, Handover.State.WITHDRAWN, told)


def answer(
    request: HttpRequest,
    registration: Registration,
    handover: Handover,
    act: Callable[..., Handover],
    state: str,
    told: str,
) -> HttpResponse:
    listed = programme(registration.show).by_pk.get(handover.signup.session_id)
    try:
        count((ANSWERS, str(registration.pk)), at=timezone.now())
        act(actor=Actor.visitor(registration.pk), handover=handover, at=registration.show.now(), by=registration)
    except TooOften as error:
        return too_often(request, registration, listed, error)
    except Refusal as refusal:
        if not is_now(handover, state):
            return refused(request, registration, refusal, listed)
    messages.success(request, told % title_of(registration, handover.signup))
    return visit_of(registration)


def mine_or_404(pk: int, **whose: Any) -> Handover:
    row = Handover.objects.filter(pk=pk, **whose).select_related("signup__session", "to").first()
    if row is None:
        raise Http404
    return row


def is_now(handover: Handover, state: str) -> bool:
    """Whether it has come to that by now: the same form, sent twice, gets the same answer."""
    return Handover.objects.filter(pk=handover.pk, state=state).exists()


# Leaving


@require_POST
@of_show
def drop_out(request: HttpRequest, registration: Registration, guid: UUID) -> HttpResponse:
    """Somebody leaves a party that another person signed up."""
    rows = Signup.objects.filter(guid=guid, participants__registration=registration).exclude(registration=registration)
    signup = rows.select_related("session").first()
    if signup is None:
        raise Http404
    listed = programme(registration.show).by_pk.get(signup.session_id)
    try:
        count((ANSWERS, str(registration.pk)), at=timezone.now())
        handing.drop_out(
            actor=Actor.visitor(registration.pk), signup=signup, at=registration.show.now(), by=registration
        )
    except TooOften as error:
        return too_often(request, registration, listed, error)
    except Refusal as refusal:
        return refused(request, registration, refusal, listed)
    messages.success(request, _("You do not come to “%(title)s” any more.") % title_of(registration, signup))
    return visit_of(registration)
