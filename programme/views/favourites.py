"""Keeping sessions and stands: on their pages by who is known there, and on the page of a visit."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.acting import Actor
from accounts.limits import Limit, count
from exhibitors.models import Firm
from expo.models import Area
from programme.actions import favourites
from programme.forms.interests import InterestsForm
from programme.models import Session
from programme.reading import programme
from visitors import links
from visitors.knowing import visitor_of
from visitors.models import Registration
from visitors.onward import onward
from visitors.views.opening import by_link

# Somebody who goes through the catalogue with a thumb.
KEPT = Limit("favourites", 300, timedelta(minutes=10))


@require_POST
def keep_session(request: HttpRequest, slug: str) -> HttpResponse:
    session = _session(request, slug)
    return _by_who_is_known(request, reverse("session", args=[slug]), session=session)


@require_POST
def keep_exhibitor(request: HttpRequest, slug: str) -> HttpResponse:
    firm = get_object_or_404(Firm.objects.exhibiting(request.show), slug=slug)
    return _by_who_is_known(request, reverse("exhibitor", args=[slug]), firm=firm)


@require_POST
@by_link
def keep(request: HttpRequest, registration: Registration) -> HttpResponse:
    """What is kept, or is not any more, from the page of the visit."""
    if slug := request.POST.get("session", ""):
        _keep_or_let_go(request, registration, session=_session(request, slug))
    elif slug := request.POST.get("firm", ""):
        # Also one that has given its stand up meanwhile can be removed.
        _keep_or_let_go(request, registration, firm=get_object_or_404(Firm, slug=slug[:80]))
    else:
        raise Http404
    return redirect(reverse("visit", args=[links.visit_key(registration)]) + "#kept")


@require_POST
@by_link
def choose_interests(request: HttpRequest, registration: Registration) -> HttpResponse:
    show = registration.show
    form = InterestsForm(request.POST, areas=Area.objects.filter(show=show))
    to = reverse("visit", args=[links.visit_key(registration)])
    if not form.is_valid():
        messages.error(request, _("Choose from what the list offers."))
        return redirect(to)
    count((KEPT, str(registration.pk)), at=timezone.now())
    favourites.set_interests(
        actor=Actor.visitor(registration.pk),
        registration=registration,
        areas=form.cleaned_data["areas"],
        kinds=form.cleaned_data["kinds"],
        at=show.now(),
    )
    messages.success(request, _("Your suggestions go by these from now on."))
    return redirect(f"{to}#suggestions")


def _session(request: HttpRequest, slug: str) -> Session:
    """One that the programme tells of."""
    listed = programme(request.show).by_slug.get(slug)
    if listed is None:
        raise Http404
    return get_object_or_404(Session, pk=listed.pk)


def _by_who_is_known(
    request: HttpRequest, page: str, *, session: Session | None = None, firm: Firm | None = None
) -> HttpResponse:
    registration = visitor_of(request)
    if registration is None:
        return redirect(f"{reverse('visit-code')}?{urlencode({'next': page})}")
    _keep_or_let_go(request, registration, session=session, firm=firm)
    return redirect(onward(request) or page)


def _keep_or_let_go(
    request: HttpRequest, registration: Registration, *, session: Session | None = None, firm: Firm | None = None
) -> None:
    actor, at = Actor.visitor(registration.pk), registration.show.now()
    count((KEPT, str(registration.pk)), at=timezone.now())
    if request.POST.get("kept") == "no":
        favourites.let_go(actor=actor, registration=registration, session=session, firm=firm)
        messages.success(request, _("Removed from what you keep."))
        return
    favourites.keep(actor=actor, registration=registration, session=session, firm=firm, at=at)
    messages.success(request, _("Kept. You find it on your visit's page."))
