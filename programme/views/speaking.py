"""A speaker's own page, by the link that came with the invitation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import shown
from accounts.acting import Actor
from accounts.limits import Limit, TooOften, count, retry_after
from accounts.refusals import Refusal, show_refusal
from expo import formats
from programme import links, reading
from programme.actions import speaking, telling
from programme.forms.speakers import OwnPageForm
from programme.models import Speaker

CHANGED = Limit("speaker_changed", 60, timedelta(minutes=10))
# A picture costs up to a second of processor time.
DRAWN = Limit("speaker_portrait", 10, timedelta(minutes=10))


@require_http_methods(["GET", "HEAD", "POST"])
def own_page(request: HttpRequest, key: str) -> HttpResponse:
    """What the programme says of the speaker: to correct and to confirm. Any other key is answered with 404.

    It is for the link's holder alone: kept nowhere, in no index, its address told to no other site.
    """
    speaker = links.find_speaker(key)
    if speaker is None:
        raise Http404
    with suppress(Http404):  # the site shows no show now, the page is still the speaker's
        if speaker.show_id == request.show.pk:
            speaker.show = request.show
    response = corrected(request, speaker, key) if request.method == "POST" else page(request, speaker, key)
    patch_cache_control(response, private=True, no_store=True)
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def page(
    request: HttpRequest, speaker: Speaker, key: str, form: OwnPageForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The page as it stands, or with the form that came back."""
    if form is None:
        form = OwnPageForm(instance=speaker)
    now = Speaker.objects.select_related("portrait").defer("portrait__jpeg").get(pk=speaker.pk)
    now.show = speaker.show
    context: dict[str, Any] = {
        "speaker": now,
        "form": form,
        "key": key,
        # A form that comes back says what it showed when it was opened, unless what stands there now was just told.
        "shown": request.POST.get("shown", "") if status == 422 else shown.stamp(OwnPageForm(instance=now), []),
        "sessions": list(own_sessions(now)),
        "confirmed": formats.moment_long(now.confirmed_at.astimezone(now.show.zone)) if now.confirmed_at else "",
        "is_public": now.slug in reading.programme(now.show).speakers and now.show.is_current,
    }
    return render(request, "programme/speaker_own.html", context, status=status)


def own_sessions(speaker: Speaker) -> Iterator[tuple[reading.Listed, telling.Part]]:
    """What is published of the speaker's sessions, each with the speaker's own part of it, its time in the show's zone.

    What is only planned is nobody's business yet, and may change again.
    """
    zone = speaker.show.zone
    for one in reading.programme(speaker.show).of_speaker(speaker):
        part = telling.part_of(one.told, speaker=speaker.pk)
        if part is not None:
            yield one, part._replace(starts=part.starts.astimezone(zone), ends=part.ends.astimezone(zone))


def corrected(request: HttpRequest, speaker: Speaker, key: str) -> HttpResponse:
    try:
        count((CHANGED, str(speaker.pk)), at=timezone.now())
        if request.FILES:
            count((DRAWN, str(speaker.pk)), at=timezone.now())
    except TooOften as error:
        form = OwnPageForm(request.POST, instance=speaker)
        form.full_clean()
        show_refusal(form, error.refusal)
        return retry_after(page(request, speaker, key, form, status=429), error)
    actor, at = Actor.speaker(speaker.pk), speaker.show.now()
    form = OwnPageForm(request.POST, request.FILES, instance=speaker)
    lost = shown.overwritten(request.POST.get("shown", ""), form, [])
    # Put into words now: checking the form fills the speaker with what was typed.
    stale = shown.Stale(lost) if lost else None
    if not form.is_valid():
        # A file cannot stand in a form that comes back: a good picture is kept now, so that nothing is lost.
        if form.sent_portrait is not None:
            speaking.correct(actor=actor, speaker=speaker, details={}, portrait=form.sent_portrait, at=at)
            messages.success(request, _("Your portrait is saved. The rest is not yet: see below."))
        return page(request, speaker, key, form, status=422)
    if stale is not None:
        show_refusal(form, stale)
        return page(request, speaker, key, form, status=409)
    confirms = request.POST.get("act") == "confirm"
    try:
        speaking.correct(
            actor=actor,
            speaker=speaker,
            details={name: form.cleaned_data[name] for name in speaking.DETAILS},
            portrait=form.sent_portrait,
            drops_portrait=form.cleaned_data.get("drops_portrait", False),
            confirms=confirms,
            at=at,
        )
    except Refusal as refusal:
        show_refusal(form, refusal)
        return page(request, speaker, key, form, status=409)
    told = _("Thank you: you have confirmed what we say of you. We write to you when something changes for you.")
    if not confirms:
        told = _("Saved. If all of it is right now, press Save and confirm.")
    messages.success(request, told)
    return redirect("speaker-own", key=key)
