"""Sessions that do not take place: cancelled with a reason, restored, or deleted before anybody knew of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from accounts.acting import Actor
from accounts.refusals import Refusal, show_refusal
from expo.models import Show
from programme.actions import planning, telling
from programme.admin.forms import CancelForm, StepForm
from programme.admin.pages import home, page, session_of, show_page
from programme.admin.publishing import Letters, addresses_of
from programme.documents import Document
from programme.models import Change, Published, Session


def would_be_told(session: Session, show: Show, **differs: Any) -> Letters:
    """Whom it concerns when the session is published as it would be then; nobody if nobody knows of it."""
    public = Published.objects.filter(pk=session.pk).first()
    if public is None or session.starts_at is None:
        return Letters([])
    after = Document.of(session).to_json() | differs
    change = Change(session=session, before=public.document, after=after)
    at = show.now()
    people = telling.people(telling.concerned([change], at=at))
    return Letters(people, addresses_of(telling.signed_up([change], at=at)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the page says before the act, and afterwards; `would_be` is what the public would see then."""

    title: str
    act: str
    happens: str
    done: str
    would_be: dict[str, Any] | None = None
    danger: bool = False


def page_of(
    request: HttpRequest, pk: int, form_of: type[StepForm], says: Ending, act: Callable[..., Any]
) -> HttpResponse:
    """Ask whether it shall be; POST does it: `act(actor, session, **what was typed)`.

    What was changed meanwhile is shown as it is now, with what was typed, and can be sent again.
    """
    session, status = session_of(request, pk), 200
    form = form_of(request.POST if request.method == "POST" else None, initial={"step": session.step})
    if request.method == "POST":
        status, back, title = 422, home(request.show, session), session.title
        if form.is_valid():
            try:
                act(actor=Actor.of(request.user), session=session, **form.cleaned_data)
            except Refusal as refusal:
                session = session_of(request, pk)
                show_refusal(form, refusal)
                if refusal.code == "changed":
                    form.data, status = {**form.data.dict(), "step": session.step}, 409
            else:
                messages.success(request, says.done % {"title": title})
                return HttpResponseRedirect(back)
    letters = Letters([]) if says.would_be is None else would_be_told(session, request.show, **says.would_be)
    context = {
        "session": session,
        "form": form,
        "act": says.act,
        "happens": says.happens,
        "letters": letters,
        "danger": says.danger,
        "was_changed": status == 409,
    }
    return show_page(request, "act", context, title=says.title % {"title": session.title}, status=status)


@page("GET", "HEAD", "POST", plans=True)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    says = Ending(
        title=_("Cancel “%(title)s”"),
        act=_("Cancel the session"),
        happens=_(
            "Its room, speakers, guide and bus are free at once. The public sees it as cancelled, with your reason, as "
            "soon as it is published. One of the two languages is enough."
        ),
        done=_("“%(title)s” is cancelled. The public is told when it is published."),
        would_be={"is_cancelled": True},
        danger=True,
    )
    return page_of(request, pk, CancelForm, says, planning.cancel)


@page("GET", "HEAD", "POST", plans=True)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    says = Ending(
        title=_("Restore “%(title)s”"),
        act=_("Let it take place"),
        happens=_("It goes back to its time and room, if they are still free."),
        done=_("“%(title)s” takes place after all."),
        would_be={"is_cancelled": False},
    )
    return page_of(request, pk, StepForm, says, planning.restore)


@page("GET", "HEAD", "POST", plans=True)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    says = Ending(
        title=_("Delete “%(title)s”"),
        act=_("Delete the draft"),
        happens=_("Nobody outside knows of it, so nobody is told. Its talks are deleted with it; its speakers stay."),
        done=_("“%(title)s” is deleted."),
        danger=True,
    )

    def act(*, actor: Actor, session: Session, step: int) -> None:
        planning.delete(actor=actor, sessions=[session], show=request.show, steps={session.pk: step})

    return page_of(request, pk, StepForm, says, act)
