"""A guide's own pages: the departures, and the boarding list of each while it is needed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.acting import Actor
from accounts.limits import Limit, count
from accounts.refusals import Refusal
from accounts.typed import key_in
from programme import boarding, doors, links
from programme import places as rules
from programme.actions.signing import door, papers
from programme.boarding import Answer
from programme.models import Guide, Signup
from programme.reading import Listed, programme

# A bus of fifty is ticked off twice in a few minutes; whoever guesses serials gets nowhere.
TICKED = Limit("boarding", 400, timedelta(minutes=10))
# The reader that stands in where a browser has no BarcodeDetector is compiled to WebAssembly.
SCANNER_CSP = deepcopy(settings.SECURE_CSP)
SCANNER_CSP["script-src"] = [*SCANNER_CSP["script-src"], CSP.WASM_UNSAFE_EVAL]
LONGEST = 200

CLOSED = Refusal("list_closed", _("The list of this departure is not open now."))
GOES = {"yes": {doors.AtDoor.CONFIRMED, doors.AtDoor.WALKED_IN, doors.AtDoor.FREE}, "wait": {doors.AtDoor.ALREADY_IN}}

type View = Callable[..., HttpResponse]


def by_guide(view: View) -> View:
    """Hand the view the guide whom the key in the address belongs to; any other key is answered with 404.

    What comes back is for the link's holder alone: kept nowhere, in no index, its address told to no other site.
    """

    @wraps(view)
    def inner(request: HttpRequest, key: str, **kwargs: Any) -> HttpResponse:
        guide = links.find_guide(key)
        if guide is None:
            raise Http404
        with suppress(Http404):  # the site shows no show now, the page is still the guide's
            if guide.show_id == request.show.pk:
                guide.show = request.show
        response = view(request, guide, key, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return inner


@require_safe
@by_guide
def departures(request: HttpRequest, guide: Guide, key: str) -> HttpResponse:
    at = guide.show.now()
    rows = [
        {
            "listed": one,
            "is_open": boarding.is_open(one, at),
            "is_over": at >= boarding.closes_at(one),
            "opens": boarding.opens_at(one),
        }
        for one in boarding.departures_of(guide)
    ]
    return render(request, "programme/boarding.html", {"guide": guide, "key": key, "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@csp_override(SCANNER_CSP)
@by_guide
def departure(request: HttpRequest, guide: Guide, key: str, slug: str) -> HttpResponse:
    """The boarding list; POST ticks somebody off, reads a badge, lets somebody in or shows ID numbers."""
    listed = next((one for one in boarding.departures_of(guide) if one.told.slug == slug), None)
    if listed is None:
        raise Http404
    if request.method != "POST":
        return page(request, guide, key, listed)
    at = guide.show.now()
    if not boarding.is_open(listed, at):
        return page(request, guide, key, listed, refusal=CLOSED, status=409)
    count((TICKED, str(guide.pk)), at=timezone.now())
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        return page(request, guide, key, listed, status=422)
    try:
        return act(request, guide, key, listed)
    except Refusal as refusal:
        return page(request, guide, key, listed, refusal=refusal, status=409)


def page(
    request: HttpRequest,
    guide: Guide,
    key: str,
    listed: Listed,
    *,
    refusal: Refusal | None = None,
    answer: Answer | None = None,
    numbers: list[papers.Known] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = guide.show.now()
    is_open = boarding.is_open(listed, at)
    context: dict[str, Any] = {
        "guide": guide,
        "key": key,
        "listed": listed,
        "is_open": is_open,
        "is_over": at >= boarding.closes_at(listed),
        "opens": boarding.opens_at(listed),
        "boards": boarding.closes_at(listed),
        "refusal": refusal,
        "answer": answer,
        "numbers": numbers,
    }
    if is_open:
        now = boarding.aboard(listed.pk, at=at)
        boards = doors.doors_open(now.places).astimezone(guide.show.zone)
        context |= {"now": now, "boards": boards, "may_tick": at >= boards}
    return render(request, "programme/boarding_list.html", context, status=status)


# What the guide does


def number_in(request: HttpRequest, name: str) -> int:
    """A key that a form sent; 0, which no row has, for anything else."""
    return key_in(request.POST.get(name, ""))


def tick(request: HttpRequest, guide: Guide, key: str, listed: Listed) -> HttpResponse:
    """Somebody of a party comes aboard, or was ticked off by mistake; without a name, one more or one less.

    Raises Refusal: what `door.set_party` raises.
    """
    row = (
        Signup.objects.filter(pk=number_in(request, "signup"), session=listed.pk)
        .prefetch_related("participants__registration")
        .first()
    )
    if row is None:
        raise doors.NOBODY
    party, who, is_back = boarding.party_of(row), number_in(request, "person"), request.POST.get("act") == "back"
    here = {one.key for one in party.people if one.is_aboard}
    guests = party.guests_aboard
    if request.POST.get("whole") == "yes":
        here, guests = (set(), 0) if is_back else ({one.key for one in party.people}, party.guests)
    elif who:
        here = here - {who} if is_back else here | {who}
    else:
        guests += -1 if is_back else 1
    door.set_party(
        actor=Actor.guide(guide.pk),
        session=listed.pk,
        registration=row.registration_id,
        signup=row.pk,
        here=here,
        guests=guests,
        at=guide.show.now(),
    )
    return redirect(f"{reverse('boarding-departure', args=[key, listed.told.slug])}#party-{row.pk}")


def scan(request: HttpRequest, guide: Guide, key: str, listed: Listed) -> HttpResponse:
    text = request.POST.get("code", "")[:LONGEST]
    if not text.strip():
        raise Refusal("nothing_scanned", _("Scan a badge, or type the nine characters below its code."))
    return page(request, guide, key, listed, answer=read(guide, listed, text))


def read(guide: Guide, listed: Listed, text: str) -> Answer:
    """The badge is read: who has a place comes aboard."""
    at = guide.show.now()
    badge = boarding.badge_in(text, show=guide.show_id, number=guide.show.number)
    if badge is None or badge.revoked_at is not None:
        said = doors.AtDoor.NOT_OURS if badge is None else doors.AtDoor.REVOKED
        return answer(guide, listed, said)
    found = door.attend(actor=Actor.guide(guide.pk), session=listed.pk, registration=badge.registration_id, at=at)
    found_answer = answer(guide, listed, found.said, found=found, name=str(badge.registration))
    if found_answer.look != "no" or found.said in {doors.AtDoor.REQUESTED, doors.AtDoor.FULL}:
        return found_answer
    party = found.row.party if found.said == doors.AtDoor.WAITING else 1
    on_day = guide.show.day_at(found.places.starts_at)
    try:
        rules.check_badge(badge.registration.ticket, day=on_day.number if on_day else None)
    except Refusal as refusal:
        said = doors.AtDoor.WRONG_DAY if refusal.code == "wrong_day" else doors.AtDoor.NO_TICKET
        return answer(guide, listed, said, name=str(badge.registration))
    left, more, number = doors.door_counts(listed.pk, at=at).walk_ins_left, "", 0
    try:
        number = doors.who_may_walk_in(found.places, party, left, category=badge.registration.category, at=at)
    except Refusal as refusal:
        more = refusal.sentence
    may = number > 0 and found.said in {doors.AtDoor.WAITING, doors.AtDoor.NOT_SIGNED_UP, doors.AtDoor.ELSEWHERE}
    told = answer(guide, listed, found.said, found=found, name=str(badge.registration), more=more)
    leaving = found.said == doors.AtDoor.ELSEWHERE
    return replace(told, serial=badge.serial, alone=number < party, leaving=leaving) if may else told


def answer(
    guide: Guide,
    listed: Listed,
    said: doors.AtDoor,
    *,
    found: door.Found | None = None,
    name: str = "",
    more: str = "",
) -> Answer:
    signup = found.signup if found else None
    elsewhere = programme(guide.show).by_pk.get(found.elsewhere or 0) if found else None
    where = elsewhere.told.title if elsewhere else ""
    opens = (doors.doors_open(found.places) if found else listed.starts).astimezone(guide.show.zone)
    title, sentence = boarding.answer_of(
        said,
        people=signup.came if signup else 0,
        party=signup.party if signup else 1,
        line=found.line if found else None,
        where=where,
        opens=opens,
    )
    look = next((name for name, of in GOES.items() if said in of), "no")
    return Answer(look=look, title=title, name=name, sentence=" ".join(filter(None, (sentence, more))))


def let_in(request: HttpRequest, guide: Guide, key: str, listed: Listed) -> HttpResponse:
    """Somebody without a place comes along, by the rule of walk-ins. Raises Refusal: what `door.walk_in` raises."""
    text = request.POST.get("serial", "")[:LONGEST]
    badge = boarding.badge_in(text, show=guide.show_id, number=guide.show.number)
    if badge is None or badge.revoked_at is not None:
        raise Refusal("not_our_badge", _("This badge opens nothing. Scan it once more."))
    found = door.walk_in(
        actor=Actor.guide(guide.pk),
        session=listed.pk,
        registration=badge.registration,
        at=guide.show.now(),
        whole_party=request.POST.get("alone") != "yes",
        leaving=request.POST.get("leaving") == "yes",
    )
    return page(
        request, guide, key, listed, answer=answer(guide, listed, found.said, found=found, name=str(badge.registration))
    )


@sensitive_variables()
def show_numbers(request: HttpRequest, guide: Guide, key: str, listed: Listed) -> HttpResponse:
    """A look at the ID numbers, which is recorded. Raises Refusal: not_yours, no_id_asked."""
    if not listed.told.asks_id:
        raise papers.NOT_ASKED
    return page(request, guide, key, listed, numbers=papers.look(actor=Actor.guide(guide.pk), session=listed.pk))


ACTS: dict[str, View] = {
    "aboard": tick,
    "back": tick,
    "scan": scan,
    "let_in": let_in,
    "numbers": show_numbers,
}
