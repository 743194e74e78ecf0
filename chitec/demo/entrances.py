"""The gates until the demo's moment, which is on the first morning: devices, scans, payments, visits."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from uuid import UUID

from chitec.demo import cast, data
from chitec.demo.ground import Ground
from chitec.demo.people import BATCH, Admissible
from expo.models import ShowDay
from onsite import rules
from onsite.models import Device, Outcome, Scan, Visit
from visitors.models import Ticket

#: Of a hundred who bring a ticket for another day, so many try the first one.
WRONG_DAY = 0.004
#: By how much of the morning is still to come: of whom 0.45 have come by then, 0.78 do in the whole day.
LATER = 2.5
#: Whoever comes without fail comes early.
SURELY = 1.0
BACK_AGAIN = 0.03
NOT_OURS = 0.004
_PAYMENTS = (Ticket.Payment.WECHAT, Ticket.Payment.ALIPAY, Ticket.Payment.CASH, Ticket.Payment.CARD)


@dataclass(slots=True, kw_only=True)
class Reading:
    """A badge read at a device, what the gate said, and whose visit began with it."""

    at: datetime
    device: Device
    badge: int | None
    outcome: str
    day: ShowDay
    enters: Admissible | None = None


class Entrances:
    def __init__(self, ground: Ground, *, seed: int) -> None:
        self.ground = ground
        self.rng = data.source(seed, "entrances")
        self.days = [day for day in ground.show.calendar if day.opens_at < ground.at]
        #: When each person (a key) came in, by the day's number.
        self.entered: defaultdict[int, dict[int, datetime]] = defaultdict(dict)
        self.readings: list[Reading] = []
        self.devices = self.make_devices()

    def make_devices(self) -> list[Device]:
        """One or two phones a gate. Nobody holds their secrets, so nobody can read badges as one of them."""
        return Device.objects.bulk_create(
            Device(
                show=self.ground.show,
                gate=gate,
                name=f"{gate.name_en} {letter}",
                token_hash=hashlib.sha256(self.rng.randbytes(32)).hexdigest(),
                signed_in_by=self.ground.users[cast.GATE.email],
                signed_in_at=self.days[-1].opens_at - timedelta(minutes=self.rng.randint(30, 55)),
                last_seen_at=self.ground.at,
            )
            for number, gate in enumerate(self.ground.gates)
            for letter in ("A", "B")[: 1 + (number % 2)]
        )

    def expect(self, people: Iterable[Admissible]) -> None:
        """Decide who of them comes on which day, and what happens at the gate."""
        for one in people:
            for day in self.days:
                self.readings.extend(self.arrivals(one, day))

    def arrivals(self, one: Admissible, day: ShowDay) -> Iterator[Reading]:
        rng, today = self.rng, day.number in one.days
        # Of whom not so many have come by the middle of a morning, more come in the course of the day.
        attends = one.attends if day == self.days[-1] else 1 - (1 - one.attends) ** LATER
        if one.badge is None or (not today and rng.random() > WRONG_DAY) or (today and rng.random() > attends):
            return
        device, at = rng.choice(self.devices), self.arrival(one, day)
        told = {"day": day, "device": device}
        if one.revoked is not None and one.registration not in self.entered:
            yield Reading(at=at - timedelta(seconds=50), badge=one.revoked, outcome=Outcome.REVOKED, **told)
        if rng.random() < NOT_OURS:
            yield Reading(at=at - timedelta(seconds=20), badge=None, outcome=Outcome.NOT_OURS, **told)
        if not today:
            yield Reading(at=at, badge=one.badge, outcome=Outcome.WRONG_DAY, **told)
            return
        due = one.due and one.registration not in self.entered
        outcome = Outcome.PAYMENT_DUE if due else Outcome.ADMITTED
        reading = Reading(at=at, badge=one.badge, outcome=outcome, enters=one, **told)
        self.entered[one.registration][day.number] = entered(reading)
        yield reading
        later = at + timedelta(minutes=rng.uniform(3, 40))
        if rng.random() < BACK_AGAIN and later < self.until(day):
            device = rng.choice(self.devices)
            yield Reading(at=later, day=day, device=device, badge=one.badge, outcome=Outcome.ALREADY_IN)

    def until(self, day: ShowDay) -> datetime:
        return min(self.ground.at, day.last_entry_at)

    def arrival(self, one: Admissible, day: ShowDay) -> datetime:
        """Exhibitors and organisers come before the doors open; then the queue, then a steady stream."""
        opens, now = day.opens_at, self.until(day)
        if one.attends == SURELY:
            return opens + timedelta(minutes=4)
        if one.category in rules.WORKING:
            return opens - timedelta(minutes=self.rng.uniform(2, 28))
        return opens + timedelta(minutes=1) + (now - opens - timedelta(minutes=2)) * self.rng.betavariate(1.2, 2.0)

    def make(self) -> None:
        self.readings.sort(key=lambda reading: reading.at)
        for group in batched(self.readings, BATCH):
            self.store(list(group))

    def store(self, group: list[Reading]) -> None:
        rng = self.rng
        scans = Scan.objects.bulk_create(
            Scan(
                uid=UUID(int=rng.getrandbits(128), version=4),
                body_hash=rng.randbytes(16).hex(),
                show=self.ground.show,
                device=reading.device,
                gate_id=reading.device.gate_id,
                badge_id=reading.badge,
                means=rng.choices(list(Scan.Means), (80, 15, 5))[0],
                outcome=reading.outcome,
                read_at=reading.at,
                at=reading.at,
            )
            for reading in group
        )
        self.pay([reading for reading in group if reading.outcome == Outcome.PAYMENT_DUE])
        Visit.objects.bulk_create(
            Visit(
                registration_id=reading.enters.registration,
                day=reading.day,
                gate_id=reading.device.gate_id,
                scan=scan,
                entered_at=entered(reading),
            )
            for reading, scan in zip(group, scans, strict=True)
            if reading.enters is not None
        )

    def pay(self, readings: list[Reading]) -> None:
        """Whoever has a ticket that is due pays upon its reading."""
        tickets = Ticket.objects.in_bulk([reading.enters.ticket for reading in readings if reading.enters])
        for reading in readings:
            if reading.enters is not None:
                ticket = tickets[reading.enters.ticket]
                ticket.paid_at = entered(reading)
                ticket.paid_by = self.rng.choices(_PAYMENTS, (52, 30, 12, 6))[0]
        Ticket.objects.bulk_update(tickets.values(), ["paid_at", "paid_by"])


def entered(reading: Reading) -> datetime:
    """Paying takes a moment."""
    return reading.at + (timedelta(seconds=25) if reading.outcome == Outcome.PAYMENT_DUE else timedelta(0))
