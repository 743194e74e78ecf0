"""Keys of the secret links by which somebody without an account reaches the own page.

A key is worked out from a row's random handle, the number of times that its link was replaced, and the site's secret:
nothing of it rests in the database or in the mail log, so there is nothing to steal. Counting the version up replaces
the link; the old one then opens nothing.
"""

from __future__ import annotations

import base64
import binascii

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

_HANDLE_BYTES = 8
_PROOF_BYTES = 16


def key_of(what: str, *, handle: int, version: int) -> str:
    """32 characters: who (8 random bytes) and the proof (128 bits of HMAC-SHA256).

    `what` keeps kinds of links apart.
    """
    return _key(what, handle, version, settings.SECRET_KEY)


def handle_in(key: str) -> int | None:
    """The handle that the key says it is for; None for any other text."""
    try:
        raw = base64.b64decode(key, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _HANDLE_BYTES + _PROOF_BYTES or raw[0] > 127:
        return None
    return int.from_bytes(raw[:_HANDLE_BYTES])


def opens(key: str, what: str, *, handle: int, version: int) -> bool:
    """Whether the key is the row's, by the site's secret or one that it had before."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    # All are compared, so that time says nothing of which one it was.
    matches = [constant_time_compare(_key(what, handle, version, secret), key) for secret in secrets]
    return any(matches)


def _key(what: str, handle: int, version: int, secret: str) -> str:
    told = handle.to_bytes(_HANDLE_BYTES)
    proof = salted_hmac(what, told + version.to_bytes(4), secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(told + proof[:_PROOF_BYTES]).decode()
