"""Visitors with badges and the sessions that they sign up for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from accounts.acting import Actor
from programme.actions.signing.acts import sign_up
from programme.models import Session, SessionPlaces, Signup
from programme.places import Coming
from tests.factories.expo import on
from tests.factories.programme import placed, publish
from tests.factories.visitors import open_show, registered, ticket_type
from visitors.actions.registering import Registered
from visitors.models import Registration, TicketType

#: Two days before the first session of the tests.
EVE = on(-1, "10:00")
_numbers = count(1)


def kind_of_ticket(category: str = "professional") -> TicketType:
    """The test show's ticket for professionals, or another category; with places for all."""
    show = open_show(at=EVE)
    known = TicketType.objects.filter(show=show, code=category).first()
    return known or ticket_type(show, code=category, category=category, places=10_000)


def party(*companions: str, category: str = "professional", days: tuple[int, ...] = (1, 2, 3, 4)) -> Registered:
    """Somebody with a badge, and companions with badges of their own."""
    number = next(_numbers)
    return registered(
        kind_of_ticket(category), *companions, name=f"Visitor {number}", email=f"visitor{number}@example.org",
        days=days, at=EVE,
    )  # fmt: skip


def visitor(**fields) -> Registration:
    lead = party(**fields).lead
    assert lead is not None
    return lead


def published(starts: datetime, **fields) -> Session:
    """A session that the public knows, by default a forum of 100 seats."""
    session = placed(starts, **fields)
    publish(session.show, session, at=EVE)
    return session


def people(registration: Registration, size: int = 1) -> list[Coming]:
    """The own person and guests who are a number only."""
    return [Coming(registration=registration.pk), *(Coming() for _ in range(size - 1))]


def signed_up(registration: Registration, session: Session, size: int = 1, *, at: datetime = EVE, **options) -> Signup:
    options.setdefault("people", people(registration, size))
    return sign_up(
        actor=Actor.visitor(registration.pk), registration=registration, session=session.pk, at=at, **options
    )


def places_of(session: Session) -> SessionPlaces:
    return SessionPlaces.objects.get(pk=session.pk)


def states(signups: Iterable[Signup]) -> list[str]:
    """As they are by now."""
    return [Signup.objects.get(pk=one.pk).state for one in signups]
