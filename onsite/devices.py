"""Which device asks: a gate's phone proves itself by a secret cookie, on pages and in the API alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

from expo.showing import FRESH
from onsite.actions import DEVICE_DAYS, mark_seen, token_hash
from onsite.models import Device

# A token is 43 characters; whatever is much longer is none and is not worth hashing.
LONGEST = 64
SEEN_EVERY = timedelta(minutes=1)


def device_of(request: HttpRequest, *, at: datetime) -> Device | None:
    """The device that is signed in to the current show, as of at most `FRESH` seconds ago.

    `at` is the real time, also for a demo show: how long a secret is good for is no part of the play.
    """
    token = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    if not token or len(token) > LONGEST:
        return None
    key = f"device:{token_hash(token)}"
    device = caches["process"].get(key)
    if device is None:
        device = (
            Device.objects.select_related("gate")
            .filter(
                token_hash=key.removeprefix("device:"),
                show=request.show.pk,
                signed_out_at=None,
                signed_in_at__gt=at - timedelta(days=DEVICE_DAYS),
            )
            .first()
        )
        if device is None:
            return None
        if device.last_seen_at is None or at - device.last_seen_at >= SEEN_EVERY:
            mark_seen(device=device, at=at)
        caches["process"].set(key, device, FRESH)
    return device


def remember(response: HttpResponse, token: str) -> None:
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        token,
        max_age=timedelta(days=DEVICE_DAYS),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(settings.DEVICE_COOKIE_NAME, samesite="Strict")
