from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from accounts.acting import Actor, acting
from accounts.refusals import Refusal
from chitec.demo import data, ground
from chitec.demo.entrances import Entrances
from chitec.demo.people import People
from chitec.demo.programme import Programme
from chitec.demo.signups import Signups
from chitec.demo.space import Space
from exhibitors.models import Allotment, Booth, Firm
from expo.models import Area, Hall, Show
from onsite.models import Scan, Visit
from programme.models import Session, Signup, Speaker
from visitors.models import Registration

ACTOR = Actor.system("demo")


@dataclass(frozen=True, slots=True)
class Made:
    """The show that was made, and how many of each thing, in words."""

    show: Show
    numbers: dict[str, int]


def make(*, number: int, scale: float, seed: int, now: datetime, password: str, clock: datetime | None = None) -> Made:
    """Make the demo show `number`, all of it or nothing; `now` is the real time, which its clock is set against.

    `scale` is the part of 45,000 registrations and of the firms without a stand; the stands are always all there.
    `password` opens all its logins. `clock` is what the show's clock is to read, in its zone.
    Raises Refusal: bad_clock, no_data, show_exists, real_show (whoever has the demo's password would see its people).
    """
    check(number)
    check_clock(clock)
    with transaction.atomic():
        with in_bulk(), acting(ACTOR, "demo_made"):
            laid = ground.make(now=now, password=password, clock=clock)
            placed = Space(laid, seed=seed, scale=scale).make()
            Programme(laid, placed, seed=seed).make()
            entrances = Entrances(laid, seed=seed)
            for people in People(laid, placed, seed=seed, scale=scale).make():
                entrances.expect(people)
            entrances.make()
            Signups(laid, entrances.entered, seed=seed, scale=scale).make()
        numbers = count()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Made(laid.show, numbers)


def check(number: int) -> None:
    if number not in data.SHOWS:
        raise Refusal("no_data", f"There is demo data for show {data.SHOWS[0]} only.")
    if Show.objects.filter(number=number).exists():
        raise Refusal("show_exists", f"This database holds show {number} already; nothing was changed.")
    if Show.objects.filter(is_demo=False).exists():
        raise Refusal(
            "real_show",
            "This database holds a real show. The demo's logins would open it to more people, so it is not made here.",
        )


def check_clock(clock: datetime | None) -> None:
    """Raises Refusal: bad_clock."""
    if clock is None:
        return
    real, demo = ground.REPORT["show"], ground.DEMO["show"]
    first = datetime.combine(real["starts"], demo["opens"])
    if not first < clock < datetime.combine(real["ends"], demo["last_day_closes"]):
        told = f"The clock has to be within the show: after {first:%Y-%m-%dT%H:%M}, and before its last hour is over."
        raise Refusal("bad_clock", told)


@contextmanager
def in_bulk() -> Iterator[None]:
    """Let the transaction take its time, and check foreign keys as the rows come.

    Left to the end, the checks that wait are gone through again at each row's record of history: PostgreSQL spent
    0.5 s on the first thousand registrations and 2.2 s on the thirteenth, against 0.3 s on each in this way.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10min'")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    yield


def count() -> dict[str, int]:
    return {
        "halls": Hall.objects.count(),
        "areas": Area.objects.count(),
        "booths": Booth.objects.count(),
        "free booths": Booth.objects.free().count(),
        "held booths": Allotment.objects.filter(state=Allotment.State.HELD).count(),
        "firms": Firm.objects.count(),
        "sessions": Session.objects.count(),
        "speakers": Speaker.objects.count(),
        "registrations": Registration.objects.count(),
        "sign-ups": Signup.objects.count(),
        "visits": Visit.objects.count(),
        "scans": Scan.objects.count(),
    }
