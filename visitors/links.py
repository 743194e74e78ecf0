"""The secret link to a visit, `/visit/<key>/`.

Whoever registers gets it at once. That the e-mail is theirs, another link proves, which comes there by mail only.

Its key is worked out anew each time (`accounts.own_links`), so a mail gets its link when it is rendered. A link is
replaced by counting `link_version` up.
"""

from __future__ import annotations

import base64

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import own_links
from visitors.models import Registration, Ticket

_WHAT = "visitors.links"
# A multiple of three needs no padding, which some mail programs would cut off a link.
_ADDRESS_PROOF_BYTES = 18


def visit_key(registration: Registration) -> str:
    return own_links.key_of(_WHAT, handle=registration.handle, version=registration.link_version)


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
    tickets = Prefetch("tickets", Ticket.objects.select_related("ticket_type"))
    return _find(key, Registration.objects.select_related("show").prefetch_related(tickets, "badges"))


def find_alone(key: str) -> Registration | None:
    """As `find`, without anything beside the registration, for acts that lock what else they need."""
    return _find(key, Registration.objects.all())


def _find(key: str, rows: QuerySet[Registration]) -> Registration | None:
    handle = own_links.handle_in(key)
    if handle is None:
        return None
    registration = rows.filter(handle=handle, erased_at=None).first()
    if registration is None:
        return None
    fits = own_links.opens(key, _WHAT, handle=handle, version=registration.link_version)
    return registration if fits else None


def _address_proof(registration: Registration, secret: str) -> str:
    """24 characters: 144 bits of HMAC-SHA256 over the registration and its address."""
    told = registration.handle.to_bytes(8) + registration.email.encode()
    proof = salted_hmac("visitors.links.address", told, secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(proof[:_ADDRESS_PROOF_BYTES]).decode()
