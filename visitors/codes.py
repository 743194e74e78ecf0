"""The six digits by which somebody shows to read the mail of an address.

They are worked out anew each time from the row's random key, the address and the site's secret (as the keys of links
are), so that they rest nowhere: a mail gets its digits when it is rendered, and the same ones when it is tried again.

The browser that asked holds the row's key in a signed cookie. So a code is good in that browser alone: whoever asks or
guesses for the same address elsewhere has another code, and uses up nobody's tries.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from visitors import rules
from visitors.models import VisitCode

_WHAT = "visitors.codes"
DIGITS = 6


def digits_of(code: VisitCode) -> str:
    return _digits(code, settings.SECRET_KEY)


def fits(code: VisitCode, typed: str) -> bool:
    """Whether these are the code's digits, by the site's secret or one that it had before."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    # All are compared, so that time says nothing of which one it was.
    matches = [constant_time_compare(_digits(code, secret), typed) for secret in secrets]
    return any(matches)


def held_by(request: HttpRequest) -> UUID | None:
    """The key of the code that this browser asked for last."""
    key = request.get_signed_cookie(settings.VISIT_CODE_COOKIE_NAME, default=None, salt=_WHAT, max_age=rules.CODE_LASTS)
    return UUID(key) if key else None


def hand(response: HttpResponse, code: VisitCode) -> None:
    response.set_signed_cookie(
        settings.VISIT_CODE_COOKIE_NAME,
        str(code.pk),
        salt=_WHAT,
        max_age=rules.CODE_LASTS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def take_back(response: HttpResponse) -> None:
    response.delete_cookie(settings.VISIT_CODE_COOKIE_NAME, samesite="Lax")


def _digits(code: VisitCode, secret: str) -> str:
    told = code.pk.bytes + code.email.encode()
    drawn = salted_hmac(_WHAT, told, secret=secret, algorithm="sha256").digest()
    return f"{int.from_bytes(drawn) % 10**DIGITS:0{DIGITS}}"
