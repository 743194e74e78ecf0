"""Sessions that do not take place: cancelled with a reason, restored, or deleted before anybody knew of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from accounts.acting import Actor
from accounts.refusals import Refusal, show_refusal
from expo.models import Show
from programme.actions import planning, telling
from programme.actions.telling import Person
from programme.admin.forms import CancelForm, StepForm
from programme.admin.pages import home, page, session_of, show_page
from programme.documents import Document
from programme.models import Change, Published, Session


def would_be_told(session: Session, show: Show, **differs: Any) -> list[Person]:
    """Whom it concerns when the session is published as it would be then; nobody if nobody knows of it."""
    public = Published.objects.filter(pk=session.pk).first()
    if public is None or session.starts_at is None:
        return []
    after = Document.of(session).to_json() | differs
    change = Change(session=session, before=public.document, after=after)
    return telling.people(telling.concerned([change], at=show.now()))


def ask(
    request: HttpRequest,
    session: Session,
    form: forms.Form,
    *,
    title: Any,
    act: Any,
    happens: Any,
    status: int,
    told: list[Person] | None = None,
    danger: bool = False,
) -> HttpResponse:
    context = {
        "session": session,
        "form": form,
        "act": act,
        "happens": happens,
        "told": told,
        "danger": danger,
        "was_changed": status == 409,
    }
    return show_page(request, "act", context, title=title, status=status)


def refuse(form: forms.Form, refusal: Refusal, session: Session) -> int:
    """Say the refusal on the form; returns the status. What was changed meanwhile can be sent again as it is now."""
    show_refusal(form, refusal)
    if refusal.code == "changed":
        form.data = {**form.data.dict(), "step": session.step}
        return 409
    return 422


@page("GET", "HEAD", "POST", plans=True)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    session = session_of(request, pk)
    form = CancelForm(request.POST if request.method == "POST" else None, initial={"step": session.step})
    status = 200 if request.method != "POST" else 422
    if status == 422 and form.is_valid():
        try:
            planning.cancel(actor=Actor.of(request.user), session=session, **form.cleaned_data)
        except Refusal as refusal:
            session = session_of(request, pk)
            status = refuse(form, refusal, session)
        else:
            messages.success(
                request,
                _("“%(title)s” is cancelled. The public is told when it is published.") % {"title": session.title},
            )
            return HttpResponseRedirect(home(request.show, session))
    return ask(
        request,
        session,
        form,
        title=_("Cancel “%(title)s”") % {"title": session.title},
        act=_("Cancel the session"),
        happens=_(
            "Its room, speakers, guide and bus are free at once. The public sees it as cancelled, with your reason, as "
            "soon as it is published. One of the two languages is enough."
        ),
        told=would_be_told(session, request.show, is_cancelled=True),
        danger=True,
        status=status,
    )


@page("GET", "HEAD", "POST", plans=True)
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    session = session_of(request, pk)
    form = StepForm(request.POST if request.method == "POST" else None, initial={"step": session.step})
    status = 200 if request.method != "POST" else 422
    if status == 422 and form.is_valid():
        try:
            planning.restore(actor=Actor.of(request.user), session=session, step=form.cleaned_data["step"])
        except Refusal as refusal:
            session = session_of(request, pk)
            status = refuse(form, refusal, session)
        else:
            messages.success(request, _("“%(title)s” takes place after all.") % {"title": session.title})
            return HttpResponseRedirect(home(request.show, session))
    return ask(
        request,
        session,
        form,
        title=_("Restore “%(title)s”") % {"title": session.title},
        act=_("Let it take place"),
        happens=_("It goes back to its time and room, if they are still free."),
        told=would_be_told(session, request.show, is_cancelled=False),
        status=status,
    )


@page("GET", "HEAD", "POST", plans=True)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    session = session_of(request, pk)
    form = StepForm(request.POST if request.method == "POST" else None, initial={"step": session.step})
    status = 200 if request.method != "POST" else 422
    if status == 422 and form.is_valid():
        back = home(request.show, session)
        try:
            planning.delete(
                actor=Actor.of(request.user),
                sessions=[session],
                show=request.show,
                steps={session.pk: form.cleaned_data["step"]},
            )
        except Refusal as refusal:
            session = session_of(request, pk)
            status = refuse(form, refusal, session)
        else:
            messages.success(request, _("“%(title)s” is deleted.") % {"title": session.title})
            return HttpResponseRedirect(back)
    return ask(
        request,
        session,
        form,
        title=_("Delete “%(title)s”") % {"title": session.title},
        act=_("Delete the draft"),
        happens=_("Nobody outside knows of it, so nobody is told. Its talks are deleted with it; its speakers stay."),
        danger=True,
        status=status,
    )
