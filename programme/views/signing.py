"""Signing up for sessions: from a session's page, and what the holder of a visit's link does with own sign-ups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import partial, wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.acting import Actor
from accounts.limits import Limit, TooOften, count, network, retry_after
from accounts.refusals import Refusal, show_refusal
from expo import formats
from programme import own_booking, own_plans, reading
from programme import places as rules
from programme.actions.signing import acts
from programme.booking import Booking, Standing
from programme.forms.signing import PartyForm
from programme.models import Signup
from programme.own_booking import clashing, companions_of
from programme.own_plans import Held
from programme.places import Coming
from programme.reading import Listed, places_left, programme
from programme.shown import Shown
from visitors import links
from visitors.knowing import holder_of, visitor_of
from visitors.models import Registration
from visitors.onward import onward
from visitors.views.opening import by_link

# A hall's wireless network is one address with thousands of phones behind it, and at ten all of them press the button.
PER_NETWORK = Limit("signing", 9000, timedelta(minutes=10))
# A family that plans four days in one evening stays below it.
PER_BADGE = Limit("signing_badge", 60, timedelta(minutes=10))

#: Sign-ups that one act may give up for another.
SWAPPED_AT_MOST = 20

# After these nothing is left that the form could do.
_FINAL = {
    "no_session", "cancelled", "over", "no_signing_up", "closed", "not_open_yet", "no_ticket", "wrong_day",
    "not_for_you", "begun", "ended", "offer_gone",
}  # fmt: skip


def kept_nowhere(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    return response


def personal(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What comes back is for one person alone."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return kept_nowhere(view(request, *args, **kwargs))

    return inner


def allow(request: HttpRequest, registration: Registration) -> Actor:
    """Who acts, once the act is counted against the badge and the network; raises TooOften."""
    count((PER_NETWORK, network(request)), (PER_BADGE, str(registration.pk)), at=timezone.now())
    return Actor.visitor(registration.pk)


def listed_or_404(request: HttpRequest, slug: str) -> Listed:
    listed = programme(request.show).by_slug.get(slug)
    if listed is None:
        raise Http404
    return listed


def who_are_you(path: str) -> HttpResponse:
    """Leads through the e-mail and its code, or the badge's link, and back to `path`."""
    return redirect(reverse("visit-code") + "?" + urlencode({"next": path}))


# Signing up


@require_http_methods(["GET", "HEAD", "POST"])
@personal
def sign_up(request: HttpRequest, slug: str) -> HttpResponse:
    listed = listed_or_404(request, slug)
    is_read = request.method != "POST"
    visitor = visitor_of(request) if is_read else holder_of(request)
    if visitor is None:
        return who_are_you(request.path)
    form = party_form(request.POST if not is_read else None, visitor, listed, initial={"seen": listed.sequence})
    if is_read:
        return form_page(request, visitor, listed, form) if may_try(visitor, listed, request) else redirect_to(listed)
    if not form.is_valid():
        return form_page(request, visitor, listed, form, status=422)
    people: list[Coming] = form.cleaned_data["people"]
    try:
        actor = allow(request, visitor)
        given_up = own_keys(visitor, request.POST.getlist("instead_of"))
        signup = acts.sign_up(
            actor=actor,
            registration=visitor,
            session=listed.pk,
            people=people,
            at=request.show.now(),
            seen=form.cleaned_data["seen"],
            code=form.cleaned_data.get("code", ""),
            instead_of=given_up,
        )
    except TooOften as error:
        show_refusal(form, error.refusal)
        return retry_after(form_page(request, visitor, listed, form, status=429), error)
    except Refusal as refusal:
        before = the_same(visitor, listed, people)
        if before is None:
            return refused(request, visitor, listed, form, people, refusal)
        signup, given_up = before, []
    tell(request, signup, listed, swapped=bool(given_up))
    return redirect_to(listed)


def redirect_to(listed: Listed) -> HttpResponse:
    return redirect("session", slug=listed.told.slug)


def party_form(data: Any, registration: Registration, listed: Listed, **options: Any) -> PartyForm:
    """The form of who comes; at first the own person alone."""
    own = registration.pk, registration.name
    options.setdefault("companions", partial(companions_of, registration))
    options["initial"] = {"who": [str(registration.pk)]} | options.get("initial", {})
    return PartyForm(data, told=listed.told, own=own, **options)


def may_try(registration: Registration, listed: Listed, request: HttpRequest) -> bool:
    """Whether the form is of any use; if not, the session's page says why."""
    own, at = own_booking.own_of(registration, listed), request.show.now()
    standing = Booking(listed, own.left, at).standing
    return own.live is None and own.barred is None and standing in {Standing.OPEN, Standing.FULL}


def own_keys(registration: Registration, guids: Sequence[str]) -> list[int]:
    """The keys of own sign-ups by what a form calls them. Raises Refusal: not_yours."""
    if not guids:
        return []
    try:
        wanted = {UUID(guid) for guid in guids[: SWAPPED_AT_MOST + 1]}
    except ValueError:
        raise rules.NOT_YOURS from None
    pks = list(Signup.objects.filter(registration=registration, guid__in=wanted).values_list("pk", flat=True))
    if len(pks) != len(wanted) or len(wanted) > SWAPPED_AT_MOST:
        raise rules.NOT_YOURS
    return pks


def the_same(registration: Registration, listed: Listed, people: Sequence[Coming]) -> Signup | None:
    """The sign-up of just these people, where the form came twice."""
    signup = Signup.objects.live().filter(session=listed.pk, registration=registration, party=len(people)).first()
    if signup is None:
        return None
    known = set(signup.participants.exclude(registration=None).values_list("registration", flat=True))
    return signup if known == {one.registration for one in people if one.registration is not None} else None


def form_page(
    request: HttpRequest, registration: Registration, listed: Listed, form: PartyForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    at = request.show.now()
    one = Shown(listed, at, left=places_left(request.show))
    context = {"one": one, "told": listed.told, "registration": registration, "form": form, "booking": one.booking}
    return render(request, "programme/sign_up.html", context | more, status=status)


def refused(
    request: HttpRequest,
    registration: Registration,
    listed: Listed,
    form: PartyForm,
    people: Sequence[Coming],
    refusal: Refusal,
) -> HttpResponse:
    """The page that says why not, and what to do next; what was typed is kept."""
    if refusal.code == "clash":
        return clash_page(request, registration, listed, form, people, refusal)
    if refusal.code in {"moved", "cancelled", "no_session"}:
        reading.look_again(request.show)
        listed = programme(request.show).by_slug.get(listed.told.slug, listed)
        # The next try is about what this page shows.
        form.data = form.data.copy()
        form.data["seen"] = str(listed.sequence)
    field = refusal.field in form.fields
    if field:
        show_refusal(form, refusal)
    return form_page(
        request,
        registration,
        listed,
        form,
        status=409,
        refusal=None if field else refusal,
        is_final=refusal.code in _FINAL,
        is_moved=refusal.code == "moved",
    )


def clash_page(
    request: HttpRequest,
    registration: Registration,
    listed: Listed,
    form: PartyForm,
    people: Collection[Coming],
    refusal: Refusal,
) -> HttpResponse:
    """What it clashes with, and the swap: one act that gives the others up only if the new place is sure."""
    badges = {one.registration for one in people if one.registration is not None}
    found = clashing(own_plans.plan_of(request.show, badges), listed, badges)
    sent = [
        (name, value)
        for name in ("who", "guests", "names", "code", "seen")
        if name in form.fields
        for value in request.POST.getlist(name)
    ]
    return form_page(
        request,
        registration,
        listed,
        form,
        status=409,
        refusal=refusal,
        clashes=[held_in_words(one, request) for one in found],
        sent=sent,
        can_swap=bool(found) and all(one.is_of(registration.pk) for one in found),
    )


def held_in_words(held: Held, request: HttpRequest) -> dict[str, Any]:
    """A sure place as the pages name it: what, when, where, who comes."""
    return {
        "guid": held.signup.guid,
        "one": Shown(held.listed, request.show.now()) if held.listed else None,
        "people": own_booking.party_in_words(held),
        "size": held.signup.party,
        "by": held.signup.registration.name,
    }


def tell(request: HttpRequest, signup: Signup, listed: Listed, *, swapped: bool = False) -> None:
    """What has come of the form, what it means, and what comes next."""
    title = {"title": listed.told.title, "n": signup.party}
    if signup.state in {Signup.State.CONFIRMED, Signup.State.ATTENDED}:
        told = ngettext(
            "You have a place in “%(title)s”. It stands in “My visit”.",
            "You have %(n)s places in “%(title)s”. They stand in “My visit”.",
            signup.party,
        )
        if swapped:
            told += " " + _("What it clashed with is given up.")
        messages.success(request, told % title)
    elif signup.state == Signup.State.REQUESTED:
        told = _("You have asked for a place in “%(title)s”. Each sign-up is looked at, and we write to you.")
        messages.success(request, told % title)
    elif signup.state == Signup.State.OFFERED:
        messages.warning(request, _("You are offered a place in “%(title)s”: take it before it lapses.") % title)
    else:
        told = _("“%(title)s” is full, so you are on its waiting list. We write to you when it is your turn.")
        if swapped:
            told += " " + _("Nothing was given up for it: you keep what you have.")
        messages.warning(request, told % title)


# Giving up


@require_POST
@personal
def give_up(request: HttpRequest, slug: str) -> HttpResponse:
    """From the session's page: places, the turn in the list, or the request, whichever it is by now."""
    listed = listed_or_404(request, slug)
    visitor = holder_of(request)
    if visitor is None:
        return who_are_you(reverse("session", args=[slug]))
    rows = Signup.objects.filter(session=listed.pk, registration=visitor)
    signup = rows.live().first() or rows.order_by("-pk").first()
    if signup is None:
        return answer(request, visitor, rules.ENDED, listed)
    return let_go(request, visitor, signup, then=redirect_to(listed))


def let_go(
    request: HttpRequest, registration: Registration, signup: Signup, *, then: HttpResponse, declines: bool = False
) -> HttpResponse:
    listed = programme(request.show).by_pk.get(signup.session_id)
    was = signup.state
    try:
        act = acts.decline if declines else acts.give_up
        act(actor=allow(request, registration), signup=signup, by=registration, at=request.show.now())
    except Refusal as refusal:
        # Once more the same: the first answer was lost, or the button pressed twice.
        if refusal.code != "ended" or was not in {Signup.State.GIVEN_UP, Signup.State.DECLINED}:
            return answer(request, registration, refusal, listed)
    title = {"title": listed.told.title if listed else ""}
    match was:
        case Signup.State.WAITING:
            told = _("You are off the waiting list of “%(title)s”.")
        case Signup.State.OFFERED | Signup.State.DECLINED:
            told = _("You have declined the offer for “%(title)s”. It goes to the next in the list.")
        case Signup.State.REQUESTED:
            told = _("You have taken your request for “%(title)s” back.")
        case _:
            told = _("Your places in “%(title)s” are given up, and others can have them.")
    messages.success(request, told % title)
    return then


def answer(
    request: HttpRequest, registration: Registration, refusal: Refusal, listed: Listed | None, **more: Any
) -> HttpResponse:
    """A refusal of an act that has no form of its own."""
    one = Shown(listed, request.show.now(), left=places_left(request.show)) if listed else None
    context = {"refusal": refusal, "one": one, "key": links.visit_key(registration)}
    return render(request, "programme/signing_answer.html", context | more, status=409)


# By the link of the visit


def of_visit(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the view an own sign-up of the visit; somebody else's is as if there were none."""

    @by_link
    @wraps(view)
    def inner(request: HttpRequest, registration: Registration, guid: UUID) -> HttpResponse:
        if registration.show_id != request.show.pk:
            raise Http404
        signup = Signup.objects.filter(registration=registration, guid=guid).first()
        if signup is None:
            raise Http404
        signup.registration = registration
        return view(request, registration, signup)

    return inner


def back(request: HttpRequest, registration: Registration) -> HttpResponse:
    """To the page of ours that the form was on."""
    return redirect(onward(request) or reverse("visit", args=[links.visit_key(registration)]))


@require_POST
@of_visit
def visit_give_up(request: HttpRequest, registration: Registration, signup: Signup) -> HttpResponse:
    return let_go(request, registration, signup, then=back(request, registration))


@require_POST
@of_visit
def visit_decline(request: HttpRequest, registration: Registration, signup: Signup) -> HttpResponse:
    return let_go(request, registration, signup, then=back(request, registration), declines=True)


@require_POST
@of_visit
def visit_accept(request: HttpRequest, registration: Registration, signup: Signup) -> HttpResponse:
    listed = programme(request.show).by_pk.get(signup.session_id)
    given_up: list[int] = []
    try:
        actor = allow(request, registration)
        given_up = own_keys(registration, request.POST.getlist("instead_of"))
        signup = acts.accept(actor=actor, signup=signup, by=registration, at=request.show.now(), instead_of=given_up)
    except Refusal as refusal:
        signup.refresh_from_db(fields=["state"])
        if signup.state != Signup.State.CONFIRMED:
            return accept_refused(request, registration, signup, listed, refusal)
        given_up = []
    if listed:
        tell(request, signup, listed, swapped=bool(given_up))
    return back(request, registration)


def accept_refused(
    request: HttpRequest, registration: Registration, signup: Signup, listed: Listed | None, refusal: Refusal
) -> HttpResponse:
    if refusal.code != "clash" or listed is None:
        return answer(request, registration, refusal, listed)
    badges = set(signup.participants.exclude(registration=None).values_list("registration", flat=True))
    found = clashing(own_plans.plan_of(request.show, badges), listed, badges)
    return answer(
        request,
        registration,
        refusal,
        listed,
        swap_href=reverse("visit-signup-accept", args=[links.visit_key(registration), signup.guid]),
        next=onward(request),
        clashes=[held_in_words(one, request) for one in found],
        can_swap=bool(found) and all(one.is_of(registration.pk) for one in found),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@of_visit
def visit_party(request: HttpRequest, registration: Registration, signup: Signup) -> HttpResponse:
    """Who comes, changed: companions and guests more or fewer."""
    listed = programme(request.show).by_pk.get(signup.session_id)
    if listed is None or not signup.is_live:
        return answer(request, registration, rules.NOT_THERE if listed is None else rules.ENDED, listed)
    form = changed_form(request, registration, signup, listed)
    if request.method != "POST":
        return party_page(request, registration, signup, listed, form)
    if not form.is_valid():
        return party_page(request, registration, signup, listed, form, status=422)
    try:
        row = acts.change_party(
            actor=allow(request, registration),
            signup=signup,
            people=form.cleaned_data["people"],
            by=registration,
            at=request.show.now(),
        )
    except TooOften as error:
        show_refusal(form, error.refusal)
        return retry_after(party_page(request, registration, signup, listed, form, status=429), error)
    except Refusal as refusal:
        if refusal.field in form.fields:
            show_refusal(form, refusal)
            return party_page(request, registration, signup, listed, form, status=409)
        final = refusal.code in _FINAL
        return party_page(request, registration, signup, listed, form, status=409, refusal=refusal, is_final=final)
    told = ngettext("“%(title)s”: %(n)s person comes now.", "“%(title)s”: %(n)s people come now.", row.party)
    messages.success(request, told % {"title": listed.told.title, "n": formats.number(row.party)})
    return back(request, registration)


def changed_form(request: HttpRequest, registration: Registration, signup: Signup, listed: Listed) -> PartyForm:
    """The form as the party is now. Who is in it by badge can stay, whoever they plan with since."""
    people = list(signup.participants.select_related("registration"))
    badges = {one.registration.pk: one.registration.name for one in people if one.registration is not None}
    names = [one.name for one in people if one.registration is None]

    def companions() -> list[tuple[int, str]]:
        known = dict(companions_of(registration)) | badges
        known.pop(registration.pk, None)
        return list(known.items())

    return party_form(
        request.POST if request.method == "POST" else None,
        registration,
        listed,
        companions=companions,
        is_new=False,
        initial={
            "who": [str(pk) for pk in badges],
            "guests": signup.party - len(people) or None,
            "names": "\n".join(names),
        },
    )


def party_page(
    request: HttpRequest,
    registration: Registration,
    signup: Signup,
    listed: Listed,
    form: PartyForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    one = Shown(listed, request.show.now(), left=places_left(request.show))
    context = {
        "one": one,
        "signup": signup,
        "form": form,
        "booking": one.booking,
        "key": links.visit_key(registration),
        "next": onward(request),
    }
    return render(request, "programme/party.html", context | more, status=status)
