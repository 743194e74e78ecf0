"""A show that visitors can register for, and what they fill in."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core import signing
from django.core.cache import caches
from django.utils import timezone

from accounts.acting import Actor
from accounts.limits import Limit
from expo.models import Show
from tests.factories.expo import ShowFactory, on
from visitors.actions.registering import Companion, Details, Registered, register
from visitors.models import ConsentWording, DayPlaces, Invitation, TicketType
from visitors.offer import offer_of

EVE = on(0, "10:00")
VISITOR = Actor.visitor(None)


def open_show(*, at: datetime = EVE, **fields: Any) -> Show:
    """The test show with its clock at `at`, and the words that visitors agree to."""
    show = ShowFactory(is_demo=True, clock_shift=at - timezone.now(), **fields)
    for purpose, text in (("visit", "I agree to be registered."), ("news", "Write to me about the next show.")):
        ConsentWording.objects.get_or_create(
            show=show,
            purpose=purpose,
            version=1,
            defaults={"text_en": text, "text_zh": "我同意。", "since": on(-30, "00:00")},
        )
    caches["process"].clear()
    return show


def ticket_type(show: Show, *, places: int = 100, price: int = 0, **fields: Any) -> TicketType:
    """A ticket type with `places` on every day of the show."""
    code = fields.pop("code", "public")
    fields = {"category": "public", "name_en": f"Ticket {code}", "name_zh": f"门票 {code}"} | fields
    made = TicketType.objects.create(show=show, code=code, price=Decimal(price), **fields)
    DayPlaces.objects.bulk_create(DayPlaces(ticket_type=made, day=day, places=places) for day in show.days.all())
    caches["process"].clear()
    return made


def invitation(kind: TicketType, *, code: str = "TSINGHUA-7", places: int = 5, **fields: Any) -> Invitation:
    return Invitation.objects.create(ticket_type=kind, code=code, places=places, for_whom="A delegation", **fields)


def details(**fields: Any) -> Details:
    return Details(**({"name": "王小明", "email": "wang@example.org", "firm": "Example University"} | fields))


def registered(
    kind: TicketType, *names: str, at: datetime = EVE, days: tuple[int, ...] = (1, 2), **fields: Any
) -> Registered:
    """Register `details` (fields of it may be given) with companions of these names."""
    own = {key: fields.pop(key) for key in list(fields) if key in Details.__dataclass_fields__}
    show = kind.show
    wordings = [offer_of(show).wording(purpose, at) for purpose in ("visit", "news")]
    return register(
        actor=VISITOR,
        show=show,
        ticket_type=offer_of(show).ticket_type(kind.pk) or kind,
        days=list(days),
        details=details(**own),
        companions=[Companion(name=name) for name in names],
        wordings=wordings,
        language=fields.pop("language", "en"),
        at=at,
        **fields,
    )


def form_data(kind: TicketType, **fields: Any) -> dict[str, Any]:
    """What a browser posts to register; the moment that it began is long enough ago."""
    wording = ConsentWording.objects.get(show=kind.show, purpose="visit")
    began = signing.TimestampSigner(salt="visitors.register").sign("form")
    return {
        "once": str(uuid4()),
        "began": began,
        "wording": wording.pk,
        "ticket_type": kind.pk,
        "days": [1, 2],
        "name": "王小明",
        "email": "wang@example.org",
        "country": "CN",
        "consent": "on",
    } | fields


def limit(what: str, times: int) -> Limit:
    return Limit(what, times, timedelta(hours=1))
