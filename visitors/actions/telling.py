"""Queues the mails about one registration, in the transaction of what they tell."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import uuid4

from accounts import mails
from visitors import rules
from visitors.models import Registration


def tell(kind: str, registration: Registration, *, at: datetime, to: str = "") -> None:
    """Queue `visitors.<kind>` to the registration's own address or, for an address that it had before, to that."""
    mails.queue(
        f"visitors.{kind}",
        thing=f"registration:{registration.pk}",
        version=f"{at:%Y%m%dT%H%M%S%f}",
        to=to or registration.email,
        language=registration.language,
        facts={"registrations": [registration.pk]},
    )


def address_thing(email: str) -> str:
    """What a mail is about that answers whoever asked for an address, known or not."""
    return "address:" + hashlib.blake2b(rules.email_key(email).encode(), digest_size=12).hexdigest()


def send_links(*, email: str, language: str) -> None:
    """Queue the mail with the links of all who registered under an address.

    Whether there are any is looked up only when it is sent, so that asking takes the same time either way.
    """
    mails.queue(
        "visitors.links",
        thing=address_thing(email),
        version=uuid4().hex,
        to=rules.email_key(email),
        language=language,
    )
