"""Departures that ask for ID numbers, and who goes along."""

from __future__ import annotations

from datetime import datetime

from programme import ids
from programme.actions.signing import papers
from programme.ids import IdNumber
from programme.models import Session, Signup
from programme.places import Coming
from tests.factories.expo import on
from tests.factories.programme import SYSTEM, departing, publish
from tests.factories.signups import EVE, signed_up, visitor
from visitors.models import Registration

# The example of the standard, GB 11643, and one of stdnum's documentation: invented both.
RESIDENT, OTHER = "11010519491231002X", "360426199101010071"
PASSPORT = "E12345678"


def departure(starts: datetime | None = None, **fields) -> Session:
    """A published departure of three hours, of 40 seats, that asks for ID numbers."""
    told = {"asks_id": True, "id_why_en": "The site's guard checks it.", "id_why_zh": "园区门卫需核对。"}
    session = departing(starts or on(1, "09:00"), **told | fields)
    publish(session.show, session, at=EVE)
    return session


def with_check_digit(first: str) -> str:
    """The number of a resident identity card, by the weights of the standard."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


def named(size: int) -> list[Coming]:
    """A party of people without badges."""
    return [Coming(name=f"Guest {count}") for count in range(size)]


def going(session: Session, **fields) -> Signup:
    """Somebody who goes along alone."""
    return signed_up(visitor(**fields), session)


def number(text: str) -> IdNumber:
    return ids.read("passport" if text[0].isalpha() else "ric", text)


def gave(signup: Signup, *typed: str, by: Registration | None = None, at: datetime = EVE) -> Signup:
    """The party gives these numbers, in its order."""
    people = signup.participants.order_by("pk")
    papers.give(
        actor=SYSTEM,
        signup=signup,
        numbers={one.pk: number(text) for one, text in zip(people, typed, strict=True)},
        by=by or signup.registration,
        at=at,
    )
    return signup


def numbers_in(signup: Signup) -> list[str]:
    return [known.number.number if known.number else "" for known in papers.own(signup)]
