"""What staff do with sign-ups, one or several that were ticked; a page before each act says what happens."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.acting import Actor
from accounts.once import AlreadySpent
from accounts.refusals import Refusal, show_refusal
from accounts.typed import key_in
from expo import formats
from expo.capacity.rules import fitting
from programme import own_plans
from programme.actions.signing import acts, queue, staff
from programme.admin.pages import only_once, page, session_of
from programme.admin.signups.forms import (
    ConfirmForm,
    GuestForm,
    MessageForm,
    MoveForm,
    NoForm,
    OwnWhyForm,
    PlacesForm,
    WhyForm,
)
from programme.admin.signups.lists import PER_PAGE, Row, fill_or_404, in_order, line, list_url, read, show_page, when
from programme.fills import Fill
from programme.models import Message, Published, SessionPlaces, Signup
from visitors.models import Registration


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act on sign-ups: what the page before it says, and what is said when it is done."""

    title: Any
    happens: Any
    done: Any
    do: Callable[..., Any]
    form: type[forms.Form] = WhyForm
    danger: bool = False
    #: The last to come is dealt with first.
    last_first: bool = False


def move(*, actor: Actor, signup: Signup, to: SessionPlaces, why: str, at: datetime) -> Signup:
    return staff.move(actor=actor, signup=signup, to=to.pk, why=why, at=at)


def confirm(*, actor: Actor, signup: Signup, at: datetime, instead_of: Collection[Signup] = ()) -> Signup:
    return acts.accept(actor=actor, signup=signup, at=at, instead_of=[one.pk for one in instead_of])


ACTS = {
    "approve": Act(
        title=gettext_lazy("Approve"),
        happens=gettext_lazy(
            "As if they signed up now: they get their places if enough are left, else they wait in the order in which "
            "they asked. Each is told by mail. Who has another place at that time by now is asked which one to keep."
        ),
        done=gettext_lazy("approved"),
        do=staff.approve,
        form=NoForm,
    ),
    "refuse": Act(
        title=gettext_lazy("Refuse"),
        happens=gettext_lazy("Each is told by mail, with the reason. This cannot be undone; they may ask again."),
        done=gettext_lazy("refused"),
        do=staff.refuse,
        danger=True,
    ),
    "confirm": Act(
        title=gettext_lazy("Confirm for them"),
        happens=gettext_lazy("They said so, on the phone or at the counter: the places that are offered are theirs."),
        done=gettext_lazy("confirmed"),
        do=confirm,
        form=ConfirmForm,
    ),
    "move_up": Act(
        title=gettext_lazy("Move up"),
        happens=gettext_lazy(
            "They stand before all who wait, and are offered the next places that fit them. How many are overtaken "
            "stays on record with the reason, and is counted in the report."
        ),
        done=gettext_lazy("moved up"),
        do=queue.move_up,
        form=OwnWhyForm,
        last_first=True,
    ),
    "call_off": Act(
        title=gettext_lazy("Call off"),
        happens=gettext_lazy(
            "Their places go to the next in line at once. Each is told by mail, with the reason. This cannot be undone."
        ),
        done=gettext_lazy("called off"),
        do=staff.call_off,
        danger=True,
    ),
    "put_back": Act(
        title=gettext_lazy("Put back in line"),
        happens=gettext_lazy(
            "They lose their places and wait before all others: as soon as there are places for them, they are offered "
            "to them first. Each is told by mail, with the reason."
        ),
        done=gettext_lazy("put back in line"),
        do=staff.put_back,
        danger=True,
        last_first=True,
    ),
    "move": Act(
        title=gettext_lazy("Move to another session"),
        happens=gettext_lazy(
            "They get places there in the same moment as they leave this one; where not enough are left for a party, "
            "or one of it has another place at that time, it stays. Each is told by mail, with the reason."
        ),
        done=gettext_lazy("moved"),
        do=move,
        form=MoveForm,
    ),
}


def ticked(request: HttpRequest, pk: int) -> list[Signup]:
    """The sign-ups of the session that are asked for, as they stand; what is none of its keys is nothing."""
    typed = request.POST.getlist("row") if request.method == "POST" else request.GET.getlist("row")
    keys = {key_in(one) for one in typed[:PER_PAGE]}
    return list(read(in_order(Signup.objects.filter(session=pk, pk__in=keys))))


@page("GET", "HEAD", "POST", plans=True)
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """The page before an act on the ticked rows; POST does it for each, and says why not for the others."""
    fill = fill_or_404(request, pk)
    asked = request.POST if request.method == "POST" else request.GET
    name = asked.get("do", "")
    if name not in ACTS:
        raise Http404
    rows = ticked(request, pk)
    if not rows:
        messages.warning(request, _("Tick the rows that it is about first."))
        return HttpResponseRedirect(list_url(pk))
    form = form_of(request, name, fill, rows)
    refused: list[tuple[Signup, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            count, refused = do(request, name, rows, form)
            if count:
                return done(request, ACTS[name], count, refused, back_of(request, pk, rows))
            status = 409
    at = request.show.now()
    lines = [line(one, show=request.show, at=at, fill=fill) for one in ticked(request, pk)]
    context = {
        "fill": fill,
        "session": fill.session,
        "when": when(fill, request.show),
        "act": ACTS[name],
        "do": name,
        "form": form,
        "rows": lines,
        "people": sum(one.signup.party for one in lines),
        "refused": [(one, sentence) for one, sentence in refused],
        "from": asked.get("from", ""),
        "back": back_of(request, pk, rows),
    }
    return show_page(request, "act", context, title=f"{ACTS[name].title}: {fill.session.title}", status=status)


def back_of(request: HttpRequest, pk: int, rows: list[Signup]) -> str:
    """Where the act was asked for: the session's list, or the plan of one person."""
    asked = request.POST if request.method == "POST" else request.GET
    if asked.get("from") == "person" and len(rows) == 1:
        return reverse("admin:programme_signups_person", args=[rows[0].registration_id])
    return list_url(pk)


def form_of(request: HttpRequest, name: str, fill: Fill, rows: list[Signup]) -> forms.Form:
    data = request.POST if request.method == "POST" else None
    if name == "move":
        return MoveForm(data, session=fill.session, at=request.show.now())
    if name == "confirm":
        return ConfirmForm(data, clashing=clashing(request, rows))
    return ACTS[name].form(data)


def clashing(request: HttpRequest, rows: list[Signup]) -> list[tuple[int, str]]:
    """What the one that is confirmed cannot be had together with, of what the same person signed up."""
    if len(rows) != 1:
        return []
    plan = own_plans.plan_of(request.show, [rows[0].registration_id])
    own = next((one for one in plan if one.signup.pk == rows[0].pk), None)
    return [
        (other.signup.pk, f"{formats.moment_short(other.listed.starts)} {other.listed.told.title}")
        for other in (own.clashes if own else ())
        if other.listed and other.is_sure and other.is_of(rows[0].registration_id)
    ]


def do(request: HttpRequest, name: str, rows: list[Signup], form: forms.Form) -> tuple[int, list[tuple[Signup, str]]]:
    """Each in a transaction of its own; how many it was done for, and why not for the others."""
    count, refused = 0, []
    what = ACTS[name]
    for row in reversed(rows) if what.last_first else rows:
        try:
            what.do(actor=Actor.of(request.user), signup=row, at=request.show.now(), **form.cleaned_data)
        except Refusal as refusal:
            refused.append((row, refusal.sentence))
        else:
            count += 1
    return count, refused


def done(
    request: HttpRequest, what: Act, count: int, refused: list[tuple[Signup, str]], back: str
) -> HttpResponseRedirect:
    told = ngettext("%(n)d sign-up: %(done)s.", "%(n)d sign-ups: %(done)s.", count)
    messages.success(request, told % {"n": count, "done": what.done})
    for row, sentence in refused:
        messages.warning(request, f"{row.registration}: {sentence}")
    return HttpResponseRedirect(back)


# The session as a whole


@page("GET", "HEAD", "POST", plans=True)
def guest(request: HttpRequest, pk: int) -> HttpResponse:
    fill, status = fill_or_404(request, pk), 200
    data = request.POST if request.method == "POST" else None
    form = GuestForm(data, show=request.show)
    if data is not None:
        status = 422
        if form.is_valid():
            told = form.cleaned_data
            registration: Registration = told["who"]
            try:
                staff.add_guest(
                    actor=Actor.of(request.user), registration=registration, session=pk, party=told["party"],
                    why=told["why"], at=request.show.now(),
                )  # fmt: skip
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = 409
            else:
                messages.success(request, _("%(name)s has a place among the guests.") % {"name": registration})
                return HttpResponseRedirect(list_url(pk))
    left = fill.places.guests - fill.places.guests_taken
    context = {"fill": fill, "session": fill.session, "when": when(fill, request.show), "form": form, "left": left}
    return show_page(
        request, "guest", context, title=_("Add a guest: %(title)s") % {"title": fill.session.title}, status=status
    )


@page("POST", plans=True)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close signing up at once; with `open` in it, open it again."""
    fill_or_404(request, pk)
    closed = "open" not in request.POST
    try:
        staff.close(actor=Actor.of(request.user), session=pk, closed=closed, at=request.show.now())
    except Refusal as refusal:
        messages.warning(request, refusal.sentence)
    else:
        told = _("Signing up is open again.")
        if closed:
            told = _("Signing up is closed: nobody joins any more, and who waits still moves up. Open it any time.")
        messages.success(request, told)
    return HttpResponseRedirect(list_url(pk))


@page("GET", "HEAD", "POST", plans=True)
def places(request: HttpRequest, pk: int) -> HttpResponse:
    """How many seats there are, at once: first what would happen, then `apply` does it."""
    fill, status = fill_or_404(request, pk), 200
    session = session_of(request, pk)
    data = request.POST if request.method == "POST" else None
    form = PlacesForm(data, initial={"seats": session.seats, "step": session.step})
    effect = None
    if data is not None:
        status = 422
        if form.is_valid():
            told = form.cleaned_data
            status = 200
            effect = effect_of(fill, told["seats"], at=request.show.now())
            if "apply" in data:
                try:
                    staff.change_places(
                        actor=Actor.of(request.user), session=session, seats=told["seats"], step=told["step"],
                        why=told["why"], over_seats_why=told["over_seats_why"] or None, at=request.show.now(),
                    )  # fmt: skip
                except Refusal as refusal:
                    show_refusal(form, refusal)
                    status = 409
                    if refusal.code == "changed":
                        form.data = {**data.dict(), "step": session_of(request, pk).step}
                else:
                    messages.success(request, _("The number of places is changed, and the public sees it."))
                    return HttpResponseRedirect(list_url(pk) + ("?show=over" if effect and effect.over else ""))
    context = {
        "fill": fill,
        "session": session,
        "when": when(fill, request.show),
        "form": form,
        "effect": effect if status == 200 else None,
    }
    return show_page(
        request, "places", context, title=_("Number of places: %(title)s") % {"title": session.title}, status=status
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What another number of seats would bring: places that can be signed up for, people over, parties offered some."""

    places: int
    over: int
    suggested: list[Row]
    offered: int


def effect_of(fill: Fill, seats: int, *, at: datetime) -> Effect | None:
    """None of a session that is not public any more."""
    now = fill.places
    public = Published.objects.filter(pk=now.pk).first()
    if public is None:
        return None
    before = public.told
    kept = max(before.reserve_guests, now.guests_taken) + before.reserve_walk_ins
    there = max(0, seats + before.standing - kept)
    over = max(0, now.taken - there)
    show = now.session.show
    then = SessionPlaces(over=over)
    rows = list(read(Signup.objects.filter(session=now.pk, state__in=("offered", "confirmed")))) if over else []
    keys = staff.suggested(then, rows)
    chosen = [line(row, show=show, at=at, fill=None) for row in sorted(rows, key=lambda one: -one.pk) if row.pk in keys]
    waiting = Signup.objects.waiting().filter(session=now.pk).in_turn().values_list("pk", "party")
    offered = len(fitting(waiting, there - now.taken).offered) if there > now.taken else 0
    return Effect(there, over, chosen, offered)


@page("GET", "HEAD", "POST", plans=True)
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """A message to all of a session: first how it reads and to how many it goes, then `send` sends it, once."""
    fill, status = fill_or_404(request, pk), 200
    data = request.POST if request.method == "POST" else None
    form = MessageForm(data, initial={"once": uuid4(), "to": Message.To.ALL})
    number = None
    if data is not None:
        status = 422
        if form.is_valid():
            told = {name: value for name, value in form.cleaned_data.items() if name != "once"}
            try:
                staff.check_message(told)
                number = staff.recipients(pk, told["to"]).count()
                status = 200
                if "send" in data:
                    sent = only_once(
                        form.cleaned_data["once"],
                        purpose="session_message",
                        act=lambda: staff.write_to_all(
                            actor=Actor.of(request.user), session=pk, at=request.show.now(), **told
                        ),
                        outcome=lambda made: str(made.pk),
                    )
                    count = ngettext("%(n)d mail is on its way.", "%(n)d mails are on their way.", sent.mails)
                    messages.success(request, count % {"n": sent.mails})
                    return HttpResponseRedirect(list_url(pk))
            except AlreadySpent:
                messages.info(request, _("This message was sent already; it goes out once."))
                return HttpResponseRedirect(list_url(pk))
            except Refusal as refusal:
                show_refusal(form, refusal)
                status, number = 422 if refusal.field else 409, None
    context = {
        "fill": fill,
        "session": fill.session,
        "when": when(fill, request.show),
        "form": form,
        "number": number,
        "sent": [
            (one, formats.moment_short(one.at.astimezone(request.show.zone)))
            for one in Message.objects.filter(session=pk).order_by("-pk")[:10]
        ],
        "reads": reads(form) if number is not None else [],
    }
    return show_page(
        request, "message", context, title=_("Write to all: %(title)s") % {"title": fill.session.title}, status=status
    )


def reads(form: MessageForm) -> list[tuple[str, str, str, str]]:
    """The message as who reads Chinese gets it, and as who reads English does."""
    told = form.cleaned_data
    return [
        (name, told[f"subject_{one}"] or told[f"subject_{other}"], told[f"text_{one}"] or told[f"text_{other}"], lang)
        for name, one, other, lang in (("中文", "zh", "en", "zh-Hans"), ("English", "en", "zh", "en"))
    ]
