"""The secret link to a visit, `/visit/<key>/`.

Whoever registers gets it at once. That the e-mail is theirs, another link proves, which comes there by mail only.

Its key is worked out from the registration and the site's secret, so nothing of it rests in the database or in the
mail log: there is nothing to steal, and a mail gets its link when it is rendered. A link is replaced by counting
`link_version` up; the old one then opens nothing.
"""

from __future__ import annotations

import base64
import binascii

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac

from visitors.models import Registration

_HANDLE_BYTES = 8
_PROOF_BYTES = 16
# A multiple of three needs no padding, which some mail programs would cut off a link.
_ADDRESS_PROOF_BYTES = 18


def visit_key(registration: Registration) -> str:
    """32 characters: who (8 random bytes) and the proof (128 bits of HMAC-SHA256)."""
    return _key(registration, settings.SECRET_KEY)


def visit_url(registration: Registration, language: str) -> str:
    """The absolute address, for mails."""
    with translation.override(language):
        return settings.SITE_URL + reverse("visit", args=[visit_key(registration)])


def confirm_url(registration: Registration, language: str) -> str:
    """The absolute address at which the registration's e-mail is confirmed; it stands in mails to that alone."""
    with translation.override(language):
        return settings.SITE_URL + reverse("visit-confirm", args=[visit_key(registration), address_proof(registration)])


def address_proof(registration: Registration) -> str:
    """What shows that somebody reads the registration's mail."""
    return _address_proof(registration, settings.SECRET_KEY)


def proves_address(registration: Registration, proof: str) -> bool:
    """Whether `proof` came by mail to the address that the registration has now."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    matches = [constant_time_compare(_address_proof(registration, secret), proof) for secret in secrets]
    return any(matches)


def find(key: str) -> Registration | None:
    """The registration that the key opens, with its show, tickets and badges; None for any other text."""
    try:
        raw = base64.b64decode(key, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _HANDLE_BYTES + _PROOF_BYTES or raw[0] > 127:
        return None
    registration = (
        Registration.objects.kept()
        .select_related("show")
        .prefetch_related("tickets__ticket_type", "badges")
        .filter(handle=int.from_bytes(raw[:_HANDLE_BYTES]))
        .first()
    )
    if registration is None:
        return None
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    # All are compared, so that time says nothing of which one it was.
    matches = [constant_time_compare(_key(registration, secret), key) for secret in secrets]
    return registration if any(matches) else None


def _key(registration: Registration, secret: str) -> str:
    handle = registration.handle.to_bytes(_HANDLE_BYTES)
    proof = salted_hmac(
        "visitors.links", handle + registration.link_version.to_bytes(4), secret=secret, algorithm="sha256"
    ).digest()[:_PROOF_BYTES]
    return base64.urlsafe_b64encode(handle + proof).decode()


def _address_proof(registration: Registration, secret: str) -> str:
    """24 characters: 144 bits of HMAC-SHA256 over the registration and its address."""
    told = registration.handle.to_bytes(_HANDLE_BYTES) + registration.email.encode()
    proof = salted_hmac("visitors.links.address", told, secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(proof[:_ADDRESS_PROOF_BYTES]).decode()
