"""From the plan to the public: the summary of what changed, who is told, and taking the last version back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.acting import Actor
from accounts.once import AlreadySpent
from accounts.refusals import Refusal
from accounts.typed import key_in
from expo.models import Show
from programme.actions import publishing, telling
from programme.actions.telling import Person
from programme.admin.forms import PublishForm, UndoForm
from programme.admin.pages import may_plan, only_once, page, show_page
from programme.comparing import Names, Said, compared
from programme.documents import Document
from programme.models import Change, Release, Session

#: So many sessions are on one summary, by the order of time: what one form can carry.
MOST = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A session of a summary: what changes of it in words, and whom that concerns."""

    session: Session
    said: list[Said]
    people: list[Person]
    is_lost: bool = False
    goes_out: bool = True


@dataclass(frozen=True, slots=True)
class Letters:
    """Whom a version concerns: those who get a mail, one an address, and those of whom no address is known.

    `booked` are the addresses of who is signed up for something that changes: they are a number here.
    """

    people: list[Person]
    booked: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        return len(self.booked | {one.email.lower() for one in self.people if one.email})

    @property
    def told(self) -> list[Person]:
        return sorted((one for one in self.people if one.email), key=lambda one: (one.who, one.name))

    @property
    def untold(self) -> list[Person]:
        return sorted((one for one in self.people if not one.email), key=lambda one: (one.who, one.name))


type Side = Document | None


def lines(
    changes: Iterable[tuple[Session, Side, Side]], show: Show, *, left_out: Collection[int] = (), mails: bool = True
) -> tuple[list[Line], Letters]:
    """Each change in words with whom it concerns, and all whom they concern together."""
    changes = list(changes)
    names = Names(side for _session, *sides in changes for side in sides)
    at = show.now()
    rows = [
        Change(session=session, before=before and before.to_json(), after=after and after.to_json())
        for session, before, after in changes
        if mails and (before or after)
    ]
    concerned = {row.session_id: telling.concerned([row], at=at) for row in rows}
    everybody: dict[str, set[int]] = {"speaker": set(), "host": set(), "guide": set()}
    for found in concerned.values():
        for who, pks in found.items():
            everybody[who] |= pks
    people = {(one.who, one.pk): one for one in telling.people(everybody)} if mails else {}
    made = [
        Line(
            session,
            compared(before, after, names, show.zone),
            [
                people[who, pk]
                for who, pks in concerned.get(session.pk, {}).items()
                for pk in pks
                if (who, pk) in people
            ],
            is_lost=after is None,
            goes_out=session.pk not in left_out,
        )
        for session, before, after in changes
    ]
    return made, Letters(list(people.values()), addresses_of(telling.signed_up(rows, at=at)))


def addresses_of(booked: Iterable[telling.Booked]) -> frozenset[str]:
    return frozenset(one.email.lower() for one in booked)


def keys(text: str) -> set[int]:
    return {key_in(one) for one in text.split(",")} - {0}


@page("GET", "HEAD", "POST")
def publish(request: HttpRequest) -> HttpResponse:
    """The summary of what changed, with what goes out ticked; POST publishes it."""
    form = PublishForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return summary(request, form)
    ticked = set(keys(",".join(request.POST.getlist("session"))))
    left_out = keys(request.POST.get("shown", "")) - ticked
    if not form.is_valid():
        return summary(request, form, left_out=left_out, status=422)
    told = form.cleaned_data

    def act() -> Release:
        return publishing.publish(
            actor=Actor.of(request.user),
            show=request.show,
            sessions=ticked,
            seen=told["seen"],
            at=request.show.now(),
            note=told["note"],
        )

    try:
        number = only_once(told["once"], purpose="publish", act=act, outcome=lambda made: str(made.number)).number
    except AlreadySpent as before:
        return to_release(request, before.outcome)
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
        status = 409 if refusal.code == "changed" else 422
        return summary(request, form, left_out=left_out, status=status)
    messages.success(request, _("Version %(n)s is public. Whom it concerns gets a mail.") % {"n": number})
    return to_release(request, str(number))


def to_release(request: HttpRequest, number: str) -> HttpResponse:
    release = Release.objects.filter(show=request.show, number=number or 0).first()
    if release is None:
        return HttpResponseRedirect(reverse("admin:programme_release_changelist"))
    return HttpResponseRedirect(reverse("admin:programme_release_change", args=[release.pk]))


def summary(
    request: HttpRequest, form: PublishForm, *, left_out: Collection[int] = (), status: int = 200
) -> HttpResponse:
    pending = publishing.pending(request.show)
    shown = pending[:MOST]
    made, letters = lines(((one.session, one.before, one.after) for one in shown), request.show, left_out=left_out)
    context: dict[str, Any] = {
        "form": form,
        "lines": made,
        "letters": letters,
        "seen": publishing.seal(pending),
        "shown": ",".join(str(one.session.pk) for one in shown),
        # Sent again as it is now, it is a form of its own.
        "once": uuid4() if status in {200, 409} else form["once"].value() or uuid4(),
        "beyond": len(pending) - len(shown),
        "last": Release.objects.filter(show=request.show).order_by("-number").first(),
    }
    title = _("Publish what changed") if may_plan(request) else _("What is not public yet")
    return show_page(request, "publish", context, title=title, status=status)


@page("GET", "HEAD", "POST", plans=True)
def undo(request: HttpRequest, number: int) -> HttpResponse:
    """What taking the last version back would change for the public, and who would be told; POST does it."""
    release = get_object_or_404(Release.objects.visible_to(request.user).filter(show=request.show), number=number)
    form = UndoForm(request.POST if request.method == "POST" else None, initial={"once": uuid4()})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                made = only_once(
                    form.cleaned_data["once"],
                    purpose="undo",
                    act=lambda: publishing.undo(
                        actor=Actor.of(request.user), show=request.show, number=number, at=request.show.now()
                    ),
                    outcome=lambda done: str(done.number),
                )
            except AlreadySpent as before:
                return to_release(request, before.outcome)
            except Refusal as refusal:
                form.add_error(None, refusal.sentence)
                status = 409 if refusal.code in {"changed", "nothing_to_undo"} else 422
            else:
                messages.success(
                    request,
                    _("Version %(old)s is taken back: the public sees again what it saw before. The plan stays.")
                    % {"old": number},
                )
                return to_release(request, str(made.number))
        else:
            status = 422
    back = [(change.session, *reversed(change.sides)) for change in release.changes.select_related("session")]
    shown, letters = lines(back, request.show)
    context = {"form": form, "release": release, "lines": shown, "letters": letters, "may_undo": is_last(release)}
    return show_page(
        request, "undo", context, title=_("Take version %(n)s back") % {"n": release.number}, status=status
    )


def is_last(release: Release) -> bool:
    """Whether there is nothing newer, and it takes nothing back itself."""
    newer = Release.objects.filter(show=release.show_id, number__gt=release.number)
    return release.undoes_id is None and not newer.exists()
