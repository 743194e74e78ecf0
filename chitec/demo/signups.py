"""Who signed up for what: places, waiting lists with their turns, offers, who came and who did not."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from stdnum.cn import ric

from accounts.acting import Actor, acting
from chitec.demo import cast, data, invented
from chitec.demo.ground import Ground
from chitec.demo.signing import DATA
from expo.capacity import rules as capacity
from expo.capacity.rules import fitting
from programme import ids
from programme import places as rules
from programme.actions import publishing
from programme.actions.signing import papers
from programme.models import (
    Access,
    Handover,
    Kind,
    MoveUp,
    Participant,
    Session,
    SessionCode,
    SessionPlaces,
    Signup,
    Turn,
)
from visitors.models import Category, Registration, Ticket

#: All sign-ups at scale 1.0, those that ended included; smaller shows have what their people make.
SIGNUPS = 30_000
BATCH = 1000
#: Whose work is elsewhere.
_BUSY = frozenset({Category.EXHIBITOR_STAFF, Category.ORGANISER, Category.PRESS})
#: Whom staff add.
_GUESTS = frozenset({Category.DELEGATE, Category.MERCHANT, Category.SPEAKER, Category.PROFESSIONAL})
MOST_GUESTS = 25
SIZES = (1, 2, 3, 4, 5, 8)
#: Sessions that share their public at any time.
AT_A_TIME = 6
#: Some are wanted more than others.
POPULAR = (0.6, 0.9, 1.6, 2.6)
#: By the show's clocks: when the programme was published.
OPENED: datetime = data.read("programme22")["release"][0]["at"]
#: What the family of the demo has, by the session's code.
PLANNED: dict[str, dict[str, Any]] = {told["code"]: told for told in DATA["visitor"]["plan"]}
State, Origin = Signup.State, Signup.Origin
SURE = (State.CONFIRMED, State.ATTENDED)

#: When places come free, a number that tells two of one moment apart, why, and how many.
type Event = tuple[datetime, int, str, int]


@dataclass(slots=True)
class Somebody:
    """With a valid ticket. `busy` are the sure places: start, end, when elsewhere can be reached, and where."""

    pk: int
    category: str
    days: tuple[int, ...]
    since: datetime
    is_companion: bool
    companions: list[Somebody] = field(default_factory=list)
    busy: list[tuple[datetime, datetime, datetime, int]] = field(default_factory=list)
    tours: int = 0
    lists: int = 0

    def is_free(self, door: Door) -> bool:
        begins, over, elsewhere, there = door.time
        return not any(
            (starts < over and begins < ends) or (place != there and starts < elsewhere and begins < reached)
            for starts, ends, reached, place in self.busy
        )


@dataclass(slots=True, kw_only=True)
class Party:
    """Who signed up, with whom; `guests` are names, empty where none is asked for. `came` says who came, and when."""

    lead: Somebody
    people: list[Somebody]
    guests: list[str]
    joined: datetime
    row: Signup | None = None
    known: list[Participant] = field(default_factory=list)
    came: dict[int, datetime] = field(default_factory=dict)
    guests_came: int = 0

    @property
    def size(self) -> int:
        return len(self.people) + len(self.guests)

    @property
    def told(self) -> Signup:
        """Its row, which it has as soon as it is put down."""
        if self.row is None:
            raise LookupError("nothing was put down for this party")
        return self.row


@dataclass(slots=True, kw_only=True)
class Door:
    """A session with what was signed up for it, and what happened to its waiting list.

    `window` is when that was, since `full_since` somebody waits, `used` are people who have signed up by then.
    `special` is what the family of the demo waits for here, `family` its party, and `giver` who gives places up for it.
    """

    row: SessionPlaces
    session: Session
    day: int
    special: dict[str, Any]
    window: tuple[datetime, datetime]
    parties: list[Party] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    turns: list[tuple[Turn, list[Party], list[Party]]] = field(default_factory=list)
    left: int = 0
    full_since: datetime | None = None
    demand: float = 0.0
    family: Party | None = None
    giver: Party | None = None

    @property
    def is_tour(self) -> bool:
        return self.session.kind == Kind.TOUR

    @property
    def time(self) -> tuple[datetime, datetime, datetime, int]:
        return self.row.starts_at, self.row.ends_at, self.row.reached_by, self.row.at_place

    def of(self, *states: str) -> list[Party]:
        return [one for one in self.parties if one.told.state in states]


class Signups:
    """`entered` says when each person (a key) came in, by the day's number."""

    def __init__(self, ground: Ground, entered: dict[int, dict[int, datetime]], *, seed: int, scale: float) -> None:
        self.ground, self.show, self.at = ground, ground.show, ground.at
        self.entered, self.scale = entered, scale
        self.rng = data.source(seed, "signups")
        self.people = self.read_people()
        self.doors = self.read_doors()
        self.pools: dict[tuple[int, str], deque[Somebody]] = {}
        self.codes = self.make_codes()
        self.family = self.read_family()
        # Fewer people fill the same rooms, so more of them bring others.
        self.sizes = (66, 22, 7, 3, 1, 1) if scale >= 0.2 else (22, 24, 18, 14, 12, 10)

    def make(self) -> None:
        for door in self.in_turn():
            self.fill(door)
        self.top_up()
        self.store()
        self.move_up()
        self.give_numbers()
        self.hand_over()
        self.break_down()

    # What there is

    def read_people(self) -> dict[int, Somebody]:
        rows = Ticket.objects.filter(registration__show=self.show, state=Ticket.State.VALID).order_by("registration")
        told = ("registration", "registration__category", "days", "registration__registered_at")
        people, leads = {}, {}
        for pk, category, days, since, lead in rows.values_list(*told, "registration__registered_by"):
            people[pk] = Somebody(pk, category, tuple(days), since, is_companion=lead is not None)
            leads[pk] = lead
        for pk, lead in leads.items():
            if lead in people:
                people[lead].companions.append(people[pk])
        return people

    def read_doors(self) -> list[Door]:
        sessions = Session.objects.filter(show=self.show).in_bulk()
        doors = []
        for row in SessionPlaces.objects.filter(session__show=self.show).order_by("starts_at", "pk"):
            day = self.show.day_at(row.starts_at)
            if row.takes_place and day is not None and row.places and row.access != Access.NONE:
                told = PLANNED.get(sessions[row.pk].code, {})
                special = told if told.get("is") in {"waiting", "offered", "passed", "lapsed"} else {}
                window = self.window(row)
                doors.append(Door(row=row, session=sessions[row.pk], day=day.number, special=special, window=window))
        return doors

    def window(self, row: SessionPlaces) -> tuple[datetime, datetime]:
        opened = OPENED.replace(tzinfo=self.show.zone)
        return max(row.opens_at or opened, opened), min(rules.closes_at(row), self.at - timedelta(minutes=10))

    def read_family(self) -> dict[str, Somebody]:
        rows = Registration.objects.filter(show=self.show, email=DATA["visitor"]["email"]).order_by("pk")
        people = sorted((self.people[row.pk] for row in rows), key=lambda one: one.is_companion)
        return dict(zip(("lead", "first", "second"), people, strict=True))

    def make_codes(self) -> dict[int, list[SessionCode]]:
        sessions = {door.session.code: door.session for door in self.doors}
        codes = defaultdict(list)
        for told in DATA["code"]:
            session = sessions.get(told["session"])
            if session is not None:
                code = {name: told[name] for name in ("code", "for_whom", "places")}
                codes[session.pk].append(SessionCode(session=session, **code))
        SessionCode.objects.bulk_create(code for rows in codes.values() for code in rows)
        return codes

    def pool(self, door: Door) -> deque[Somebody]:
        """Whose badge opens the session, in an order of chance; who was asked last comes last."""
        key = (door.day, door.row.audience)
        if key not in self.pools:
            family = list(self.family.values())
            found = [
                one
                for rank, one in enumerate(self.people.values())
                if door.day in one.days and one.category in rules.ADMITTED[door.row.audience] and one not in family
                and (one.category not in _BUSY or rank % 20 == 0) and (not one.is_companion or rank % 3 == 0)
            ]  # fmt: skip
            self.rng.shuffle(found)
            self.pools[key] = deque(found)
        return self.pools[key]

    # Filling one after the other

    def in_turn(self) -> list[Door]:
        """Those first that are to be full, the small ones before the large, as long as there are people."""
        rng = self.rng
        for door in self.doors:
            chance, fair = rng.random(), self.fair_share(door)
            if door.special or door.session.code == DATA["breakdown"]["code"]:
                door.demand = 1.5
            elif chance < (0.5 if door.is_tour else 0.25) and door.row.places < 2 * fair:
                door.demand = rng.uniform(1.15, 1.8)
            else:
                # Some of them think better of it, and some have another place by then.
                wanted = rng.uniform(0.5, 1.15) if chance < 0.9 else rng.uniform(0.1, 0.5)
                door.demand = min(wanted, fair * rng.choice(POPULAR) / door.row.places)
        return sorted(self.doors, key=lambda door: (door.demand < 1, door.row.places, door.row.pk))

    def fair_share(self, door: Door) -> float:
        """People that one of several sessions at a time can count on, of all for whom it is."""
        a_party = sum(size * weight for size, weight in zip(SIZES, self.sizes, strict=True)) / sum(self.sizes)
        return len(self.pool(door)) * a_party / AT_A_TIME

    def fill(self, door: Door) -> None:
        row = door.row
        opens, closes = door.window
        if opens >= closes:
            return
        door.left = row.places
        self.sit_family(door)
        waiting: list[Party] = []
        for party in sorted(self.parties(door), key=lambda one: (one.joined, one.lead.pk)):
            self.join(door, party, waiting)
        if row.starts_at > self.at + timedelta(hours=1):
            self.live(door, waiting)
        self.add_guests(door)
        if row.starts_at <= self.at + capacity.DOOR_OPENS:
            self.let_in(door)

    def parties(self, door: Door) -> Iterator[Party]:
        """As many as would fill the part of the places that is asked for, or as there are people."""
        wanted = round(door.row.places * door.demand)
        for one in self.ask(door):
            if wanted <= 0:
                return
            party = self.party(door, one)
            if party is not None:
                wanted -= party.size
                yield party

    def ask(self, door: Door) -> Iterator[Somebody]:
        """Each of whom the session is for, once, and who has not signed up for it by then."""
        pool = self.pool(door)
        for _one in range(len(pool)):
            one = pool[0]
            pool.rotate(-1)
            # Who has come to the show is more likely to be there.
            is_here = door.row.starts_at > self.at or self.came_in(one, door) is not None
            if one.pk not in door.used and (is_here or self.rng.random() < 0.15):
                yield one

    def party(self, door: Door, one: Somebody, size: int = 0) -> Party | None:
        rng, (opens, closes) = self.rng, door.window
        since = max(opens, one.since)
        if since >= closes:
            return None
        most = min(door.row.party_most, door.row.places)
        size = size or min(rng.choices(SIZES, self.sizes)[0], most)
        people = [one]
        if size > 1 and one.companions:
            people += [other for other in one.companions if self.suits(door, other)][: size - 1]
        named = door.row.needs_names
        guests = [invented.chinese(rng).name if named else "" for _guest in range(size - len(people))]
        return Party(lead=one, people=people, guests=guests, joined=since + (closes - since) * rng.random() ** 1.4)

    def suits(self, door: Door, one: Somebody) -> bool:
        opens = door.day in one.days and one.category in rules.ADMITTED[door.row.audience]
        return opens and one.pk not in door.used

    def join(self, door: Door, party: Party, waiting: list[Party]) -> None:
        """What comes of a party at the moment at which it joins, and whether it thinks better of it later."""
        rng = self.rng
        if any(one.pk in door.used for one in party.people):
            return
        if door.is_tour and any(one.tours >= DATA["tours"]["most_each"] for one in party.people):
            return
        if door.row.access == Access.APPROVAL:
            self.decide(door, party)
        elif rng.random() < 0.12:
            self.sign(door, party, State.GIVEN_UP, ended_at=party.joined + (self.at - party.joined) * rng.random())
        elif party.size <= door.left and all(other.size > door.left for other in waiting):
            if all(one.is_free(door) for one in party.people):
                self.sign(door, party, State.CONFIRMED)
        elif all(one.lists < rules.MOST_WAITING for one in party.people):
            self.sign(door, party, State.WAITING)
            waiting.append(party)
            door.full_since = door.full_since or party.joined

    def decide(self, door: Door, party: Party) -> None:
        """Staff look at each request."""
        chance, is_free = self.rng.random(), all(one.is_free(door) for one in party.people)
        if chance < 0.35:
            self.sign(door, party, State.REQUESTED)
        elif chance < 0.45:
            why = self.rng.choice(DATA["staff"]["refused"])
            self.sign(door, party, State.CALLED_OFF, ended_at=party.joined + (self.at - party.joined) / 2, why=why)
        elif is_free and party.size <= door.left:
            self.sign(door, party, State.CONFIRMED)

    def sign(self, door: Door, party: Party, state: str, **fields: Any) -> Party | None:
        """Put it down; None where an invitation has no use left."""
        is_own = fields.get("origin", Origin.SIGNED_UP) == Origin.SIGNED_UP
        code = self.code(door, party.size) if is_own else None
        if door.row.access == Access.INVITATION and is_own and code is None:
            return None
        party.row = Signup(
            session_id=door.row.pk,
            registration_id=party.lead.pk,
            guid=UUID(int=self.rng.getrandbits(128), version=4),
            party=party.size,
            joined_at=party.joined,
            code=code,
            **({"state": state} | fields),
        )
        door.parties.append(party)
        door.used.update(one.pk for one in party.people)
        if party.row.is_live and code is not None:
            code.used += party.size
        for one in party.people:
            one.tours += door.is_tour and party.row.is_live
            one.lists += state == State.WAITING
        if state in SURE:
            self.be_sure(door, party)
        return party

    def be_sure(self, door: Door, party: Party) -> None:
        door.left -= party.size if party.told.origin == Origin.SIGNED_UP else 0
        for one in party.people:
            one.busy.append(door.time)

    def code(self, door: Door, size: int) -> SessionCode | None:
        rows = self.codes.get(door.row.pk, ())
        return next((code for code in rows if code.used + size <= code.places), None)

    # What becomes of a waiting list

    def live(self, door: Door, waiting: list[Party]) -> None:
        """Places are given up now and then, and each time the first that fits is asked."""
        rng = self.rng
        events: list[Event] = []
        if door.special:
            self.stage(door, waiting, events)
        elif waiting:
            sure = door.of(State.CONFIRMED)
            for number, one in enumerate(rng.sample(sure, min(rng.randint(0, 4), len(sure)))):
                since = max(one.joined, waiting[0].joined)
                self.give_up(door, one, since + (self.at - timedelta(minutes=5) - since) * rng.random(), events, number)
        heapq.heapify(events)
        while events:
            at, number, cause, free = heapq.heappop(events)
            door.left += free
            self.turn(door, waiting, events, at, cause, number)
            if not events and any(one.size <= door.left for one in waiting):
                events.append((self.at - timedelta(minutes=4), 99, Turn.Cause.GIVEN_UP, 0))

    def give_up(self, door: Door, party: Party, at: datetime, events: list[Event], number: int) -> None:
        self.finish(door, party, State.GIVEN_UP, at)
        events.append((at, number, Turn.Cause.GIVEN_UP, party.size))

    def finish(self, door: Door, party: Party, state: str, at: datetime) -> None:
        """It holds nothing any more."""
        row = party.told
        row.state, row.ended_at, row.offered_until = state, at, None
        if row.code is not None:
            row.code.used -= party.size
        for one in party.people:
            one.tours -= door.is_tour

    def turn(
        self, door: Door, waiting: list[Party], events: list[Event], at: datetime, cause: str, number: int
    ) -> None:
        found = fitting([(key, one.size) for key, one in enumerate(waiting) if one.joined < at], door.left)
        if not found.offered:
            return
        offered, passed = ([waiting[key] for key, _size in rows] for rows in (found.offered, found.passed))
        turn = Turn(session_id=door.row.pk, at=at, cause=cause, free=door.left)
        door.turns.append((turn, offered, passed))
        for party in offered:
            waiting.remove(party)
            door.left -= party.size
            if (event := self.answer(door, party, at, number)) is not None:
                heapq.heappush(events, event)

    def answer(self, door: Door, party: Party, at: datetime, number: int) -> Event | None:
        """Whether an offer is taken, declined, left to lapse, or still stands; what is free again, and when."""
        rng, row = self.rng, party.told
        until = rules.deadline(door.row, at=at, zone=self.show.zone)
        answered, chance = at + (until - at) * rng.random(), rng.random()
        row.offers, row.offered_at = 1, at
        told = door.special.get("is") if party is door.family else ""
        if until > self.at and told != "lapsed" and (answered >= self.at or chance < 0.35 or told == "offered"):
            row.state, row.offered_until = State.OFFERED, until
            return None
        if chance < 0.75 and told != "lapsed" and all(one.is_free(door) for one in party.people):
            row.state = State.CONFIRMED
            for one in party.people:
                one.busy.append(door.time)
            return None
        if until > self.at or (chance < 0.9 and told != "lapsed"):
            self.finish(door, party, State.DECLINED, answered)
            return answered, number, Turn.Cause.DECLINED, party.size
        self.finish(door, party, State.LAPSED, until)
        return until, number, Turn.Cause.LAPSED, party.size

    # The family that the demo shows

    def sit_family(self, door: Door) -> None:
        """What is sure for it comes first; for what it waits for, somebody is there who will give places up."""
        told = PLANNED.get(door.session.code)
        if told is None:
            return
        people = [self.family[name] for name in told["party"] if name in self.family]
        guests = [self.name() for name in told["party"] if name not in self.family]
        since = max(door.window[0], *(one.since for one in people))
        party = Party(lead=self.family["lead"], people=people, guests=guests, joined=since + timedelta(minutes=20))
        if told["is"] in {"confirmed", "requested"}:
            self.sign(door, party, State.CONFIRMED if told["is"] == "confirmed" else State.REQUESTED)
            return
        door.family = party
        if told["is"] != "waiting":
            door.giver = self.filler(door, 1 if told["is"] == "passed" else party.size, State.CONFIRMED)

    def name(self) -> str:
        return invented.chinese(self.rng).name

    def filler(self, door: Door, size: int, state: str, *, before: datetime | None = None) -> Party | None:
        for one in self.ask(door):
            party = self.party(door, one, size)
            if party is None or not all(self.may_tour(door, other) and other.is_free(door) for other in party.people):
                continue
            if before is not None:
                party.joined = min(party.joined, before - timedelta(minutes=7))
                if party.joined < one.since:
                    continue
            return self.sign(door, party, state)
        return None

    def may_tour(self, door: Door, one: Somebody) -> bool:
        return not door.is_tour or one.tours < DATA["tours"]["most_each"]

    def stage(self, door: Door, waiting: list[Party], events: list[Event]) -> None:
        """The session is full, the family waits, and places come free for it, or one too few."""
        family, told = door.family, door.special["is"]
        if family is None:
            return
        while door.left > 0 and self.filler(door, min(door.left, door.row.party_most), State.CONFIRMED):
            pass
        if family.size <= door.left:
            # Of so small a demo nobody else is left who would fill it, so nobody waits.
            return
        ago = {"offered": timedelta(minutes=40), "passed": timedelta(minutes=50), "lapsed": timedelta(hours=26)}
        if told == "waiting":
            family.joined = self.at - timedelta(minutes=35)
            waiting.append(family)
        else:
            at = self.at - ago[told]
            family.joined = min([one.joined for one in waiting] + [at]) - timedelta(minutes=2)
            if told == "passed":
                if not any(one.size == 1 and one.joined < at for one in waiting):
                    single = self.filler(door, 1, State.WAITING, before=at)
                    waiting += [single] if single else []
                waiting.sort(key=lambda one: one.joined)
            waiting.insert(0, family)
            if door.giver is not None:
                door.giver.joined = door.giver.told.joined_at = min(door.giver.joined, at - timedelta(hours=1))
                self.give_up(door, door.giver, at, events, 0)
        self.sign(door, family, State.WAITING)

    # At the door

    def came_in(self, one: Somebody, door: Door) -> datetime | None:
        """When somebody entered the show on the session's day, if that was in time for it."""
        entered = self.entered.get(one.pk, {}).get(door.day)
        return entered if entered is not None and entered < min(door.row.ends_at, self.at) else None

    def let_in(self, door: Door) -> None:
        """Nobody is in a session who was not at the show on that day."""
        row, rng = door.row, self.rng
        ends, is_over = min(row.ends_at, self.at), row.ends_at <= self.at
        for party in door.of(State.CONFIRMED):
            comes = 0.94 if row.starts_at <= self.at else 0.4
            for one in party.people:
                entered = self.came_in(one, door)
                if entered is not None and rng.random() < comes:
                    at = max(entered + timedelta(minutes=2), row.starts_at - timedelta(minutes=rng.uniform(1, 25)))
                    party.came[one.pk] = min(at, ends)
            party.guests_came = len(party.guests) if party.lead.pk in party.came else 0
            party.told.came = len(party.came) + party.guests_came
            if party.told.came:
                party.told.state = State.ATTENDED
            elif is_over:
                party.told.state, party.told.ended_at = State.NO_SHOW, row.ends_at
        if row.access == Access.OPEN and row.starts_at <= self.at:
            self.walk_in(door)

    def walk_in(self, door: Door) -> None:
        row = door.row
        left = round((row.whole - row.places - row.guests) * self.rng.uniform(0.2, 0.8))
        for one in self.ask(door):
            entered = self.came_in(one, door)
            if left <= 0:
                return
            if entered is None or not one.is_free(door) or not self.may_tour(door, one):
                continue
            at = max(entered + timedelta(minutes=2), row.starts_at - timedelta(minutes=self.rng.uniform(0, 9)))
            at = min(at, row.ends_at, self.at)
            party = Party(lead=one, people=[one], guests=[], joined=at)
            if self.sign(door, party, State.ATTENDED, origin=Origin.WALK_IN, came=1) is not None:
                party.came[one.pk] = at
                left -= 1

    def add_guests(self, door: Door) -> None:
        """Staff add people for whom places are kept."""
        left = min(round(door.row.guests * self.rng.uniform(0, 0.4)), MOST_GUESTS)
        for one in self.ask(door):
            if left <= 0:
                return
            if one.category in _GUESTS and one.is_free(door) and self.may_tour(door, one):
                party = self.party(door, one, 1)
                if party is not None and self.sign(door, party, State.CONFIRMED, origin=Origin.GUEST) is not None:
                    left -= 1

    # In all

    def top_up(self) -> None:
        """What is full is what everybody wants: of the rest of the sign-ups half waits there, half thought better of
        it, anywhere.
        """
        to_come = [door for door in self.doors if door.row.starts_at > self.at and door.row.access == Access.OPEN]
        to_come = [door for door in to_come if not door.special and door.window[0] < door.window[1]]
        full = [door for door in to_come if door.of(State.WAITING)]
        missing = max(0, round(SIGNUPS * self.scale) - sum(len(door.parties) for door in self.doors))
        for doors, share, act in (
            (to_come, missing // 2, self.think_better),
            (full, missing - missing // 2, self.wait),
        ):
            left = share
            for number, door in enumerate(doors):
                quota = left // (len(doors) - number)
                for one in self.ask(door):
                    if quota <= 0:
                        break
                    party = self.party(door, one)
                    if party is not None and act(door, party):
                        quota, left = quota - 1, left - 1

    def think_better(self, door: Door, party: Party) -> bool:
        ended = party.joined + (self.at - party.joined) * self.rng.random()
        return self.sign(door, party, State.GIVEN_UP, ended_at=ended) is not None

    def wait(self, door: Door, party: Party) -> bool:
        """At the end of a line that is there."""
        if party.size <= door.left or not all(self.may_tour(door, one) for one in party.people):
            return False
        if party.lead.lists >= rules.MOST_WAITING:
            return False
        party.joined = max(party.joined, door.full_since or party.joined)
        return self.sign(door, party, State.WAITING) is not None

    def store(self) -> None:
        """In the order of joining, which is that of the keys."""
        parties = sorted(
            ((door, party) for door in self.doors for party in door.parties),
            key=lambda one: (one[1].joined, one[1].lead.pk, one[0].row.pk),
        )
        for _door, party in parties:
            party.told.joined_at = party.joined
        Signup.objects.bulk_create((party.told for _door, party in parties), batch_size=BATCH)
        for _door, party in parties:
            party.known = [
                Participant(signup=party.told, registration_id=one.pk, attended_at=party.came.get(one.pk))
                for one in party.people
            ]
            came = party.told.joined_at if not party.came else max(party.came.values())
            party.known += [
                Participant(signup=party.told, name=name, attended_at=came if party.guests_came else None)
                for name in party.guests
                if name
            ]
        Participant.objects.bulk_create((one for _door, party in parties for one in party.known), batch_size=BATCH)
        for door in self.doors:
            for turn, offered, passed in door.turns:
                turn.offered = [[one.told.pk, one.size] for one in offered]
                turn.passed = [[one.told.pk, one.size] for one in passed]
        turns = [turn for door in self.doors for turn, _offered, _passed in door.turns]
        Turn.objects.bulk_create(sorted(turns, key=lambda turn: (turn.at, turn.session_id)), batch_size=BATCH)
        SessionCode.objects.bulk_update([code for rows in self.codes.values() for code in rows], ["used"])

    # What is there once

    def move_up(self) -> None:
        """Staff put the last of a line in front of the others."""
        lines = [(door, door.of(State.WAITING)) for door in self.doors if door.is_tour and not door.special]
        door, line = max(lines, key=lambda one: (len(one[1]), one[0].row.pk))
        if len(line) > 1:
            row = max((one.told for one in line), key=lambda row: row.pk)
            row.ahead = 1
            row.save(update_fields=["ahead"])
            MoveUp.objects.create(
                signup=row,
                session_id=door.row.pk,
                at=self.at - timedelta(minutes=55),
                by=str(Actor.system("demo")),
                why=DATA["staff"]["move_up"],
                overtaken=len(line) - 1,
            )

    def give_numbers(self) -> None:
        """Most who have a sure place on a tour that asks for ID numbers have given theirs, the family has not."""
        rng, family = self.rng, {one.pk for one in self.family.values()}
        rows = []
        for door in self.doors:
            for party in door.of(*SURE) if door.row.asks_id else ():
                if party.lead.pk in family or rng.random() < 0.2:
                    continue
                for one in party.known:
                    number = ids.IdNumber(ids.Kind.RIC, id_number(rng))
                    one.id_kind, one.id_print = number.kind, ids.fingerprint(number, departure=door.row.pk)
                    one.id_sealed = ids.seal(number, bound_to=papers.bound_to(party.told, one))
                    rows.append(one)
        Participant.objects.bulk_update(rows, ["id_kind", "id_print", "id_sealed"], batch_size=BATCH)

    def hand_over(self) -> None:
        """Somebody who cannot come hands the family's lead a place."""
        door = next(door for door in self.doors if door.session.code == DATA["visitor"]["handed"]["code"])
        given = [one for one in door.of(State.CONFIRMED) if one.told.origin == Origin.SIGNED_UP]
        if given:
            at = self.at - timedelta(hours=2)
            Handover.objects.create(
                signup=given[0].told,
                participant=given[0].known[0],
                to_id=self.family["lead"].pk,
                offered_at=at,
                until=rules.deadline(door.row, at=at, zone=self.show.zone),
            )

    def break_down(self) -> None:
        """Fewer places are left on a departure than are taken; staff have not decided yet who goes."""
        told = DATA["breakdown"]
        door = next(door for door in self.doors if door.session.code == told["code"])
        if door.row.starts_at <= self.at:
            return
        Session.objects.filter(pk=door.session.pk).update(seats=told["seats"])
        editor = Actor.of(self.ground.users[cast.EDITOR.email])
        with acting(editor, "programme_published", why=told["note"]):
            changes = [
                (one.session, one.before, one.after)
                for one in publishing.pending(self.show)
                if one.session.pk == door.session.pk
            ]
            at = self.at - timedelta(minutes=told["minutes_before"])
            publishing.write(editor, self.show, changes, at=at, note=told["note"])


def id_number(rng: Random) -> str:
    """Of nobody: the region 110000 is a whole city, in which no number is given; the last character is right."""
    born = date(1955, 1, 1) + timedelta(days=rng.randrange(16_000))
    number = f"110000{born:%Y%m%d}{rng.randrange(1, 1000):03}"
    return number + ric.calc_check_digit(f"{number}0")
