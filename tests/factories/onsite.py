"""A gate with its device, and people with badges who come to it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import factory
from django.utils import timezone

from expo.models import Show
from onsite.models import Device
from tests.factories.accounts import UserFactory
from tests.factories.expo import GateFactory, on
from visitors.badges import code, serials
from visitors.models import Badge, Person, Registration, Ticket, TicketType

TOKEN = "a" * 43
_numbers = count(1)


class DeviceFactory(factory.django.DjangoModelFactory):
    """A device whose secret is `token`; it stands at a gate of the test show."""

    class Meta:
        model = Device

    class Params:
        token = TOKEN

    gate = factory.SubFactory(GateFactory, name_en="Gate 1", name_zh="1号门")
    show = factory.SelfAttribute("gate.hall.show")
    name = "Phone 3"
    token_hash = factory.LazyAttribute(lambda device: hashlib.sha256(device.token.encode()).hexdigest())
    signed_in_by = factory.SubFactory(UserFactory, gate_staff=True, password=None)
    # By the real clock, whatever the show's says.
    signed_in_at = factory.LazyFunction(timezone.now)
    last_seen_at = factory.LazyFunction(timezone.now)


def badge_for(
    show: Show,
    *,
    name: str = "Zhang Wei",
    category: str = "professional",
    days: tuple[int, ...] = (1, 2, 3, 4),
    price: int = 0,
    state: str = "valid",
    **fields: Any,
) -> Badge:
    """A live badge of a new registration with a ticket for `days`; `price` in yuan is due until it is paid."""
    number = f"{next(_numbers)}-{serials.draw()[:4].lower()}"
    kind, _ = TicketType.objects.get_or_create(
        show=show, code=category, defaults={"category": category, "name_en": category, "name_zh": category}
    )
    person = Person.objects.create(email=f"visitor{number}@example.org", name=name, name_key=f"{name}{number}".lower())
    registration = Registration.objects.create(
        show=show,
        person=person,
        category=category,
        name=name,
        email=person.email,
        registered_at=on(1, "07:00"),
        **{"firm": "Institute of Example Studies", **fields},
    )
    if state != "none":
        ended = on(1, "07:30") if state in {"declined", "given_back", "lapsed"} else None
        Ticket.objects.create(
            registration=registration,
            ticket_type=kind,
            days=list(days),
            price=Decimal(price),
            state=state,
            given_at=on(1, "07:00"),
            ended_at=ended,
        )
    return Badge.objects.create(registration=registration, serial=serials.draw(), issued_at=on(1, "07:00"))


def code_of(badge: Badge, **claims: Any) -> str:
    """What the badge's QR code says; `claims` make it say something else."""
    registration = badge.registration
    says = {
        "show": registration.show.number,
        "serial": badge.serial,
        "category": registration.category,
        "days": frozenset({1, 2, 3, 4}),
        "version": badge.version,
    }
    return code.sign(code.Credential(**says | claims), code.signing_key())


def body(text: str, *, at: datetime | None = None, **fields: Any) -> dict[str, Any]:
    """What a device sends for one reading."""
    read_at = (at or on(1, "10:00")).isoformat()
    return {"uid": str(uuid4()), "text": text, "means": "camera", "read_at": read_at} | fields
