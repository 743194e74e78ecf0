"""Registrations with their tickets, badges and consents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from chitec.demo import data, invented
from chitec.demo.ground import DEMO, Ground
from chitec.demo.space import Case
from expo.places import MAINLAND
from visitors import rules
from visitors.badges import serials
from visitors.models import Badge, Category, Consent, DayPlaces, Invitation, Person, Registration, Ticket

#: All registrations at scale 1.0.
REGISTRATIONS = 45_000
#: Rows that are in memory at once.
BATCH = 1000
#: Delegates are so few that they are all there at every scale: 33 countries and regions need them.
ALWAYS_ALL = Category.DELEGATE
#: Days before the clock from which registration was open.
OPEN_DAYS = 52

FAMILY = data.read("signups22")
BEIJING = invented.STOCK["firms"]["provinces"][0][0]

State = Ticket.State


@dataclass(slots=True, kw_only=True)
class Visitor:
    """What one registration will be, before it has a row."""

    registration: Registration
    person: Person
    ticket: Ticket
    attends: float
    companion_of: Registration | None = None
    badges: list[Badge]
    news: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Admissible:
    """Somebody whose badge may be read at a gate: primary keys, for the entrances."""

    registration: int
    ticket: int
    category: str
    days: tuple[int, ...]
    due: bool
    attends: float
    badge: int | None
    revoked: int | None


def counts(scale: float) -> dict[str, int]:
    """How many registrations of each ticket type, by its code; at least one of each."""
    number = {
        ticket["code"]: ticket["count"] if ticket["category"] == ALWAYS_ALL else max(1, round(ticket["count"] * scale))
        for ticket in DEMO["ticket"]
        if "count" in ticket
    }
    rest = next(ticket["code"] for ticket in DEMO["ticket"] if "count" not in ticket)
    return number | {rest: max(1, round(REGISTRATIONS * scale) - sum(number.values()))}


class People:
    def __init__(self, ground: Ground, placed: list[Case], *, seed: int, scale: float) -> None:
        self.ground = ground
        self.placed = placed
        self.rng = data.source(seed, "people")
        self.seed = seed
        self.scale = scale
        self.taken: Counter[tuple[int, int]] = Counter()
        self.used: Counter[int] = Counter()
        self.delegations = self.draw_delegations()
        self.shares = {ticket["code"]: ticket for ticket in DEMO["ticket"]}
        self.days = [day.number for day in ground.show.calendar]

    def make(self) -> Iterator[list[Admissible]]:
        """Make the registrations a batch at a time, and count the places once all are there."""
        for group in batched(self.visitors(), BATCH):
            yield self.store(list(group))
        yield self.store(list(self.family()))
        self.count_places()

    def visitors(self) -> Iterator[Visitor]:
        codes = [code for code, number in counts(self.scale).items() for _one in range(number)]
        self.rng.shuffle(codes)
        opened = self.ground.at - timedelta(days=OPEN_DAYS)
        # More and more register as the show comes nearer.
        moments = sorted(opened + timedelta(days=OPEN_DAYS) * self.rng.random() ** 0.6 for _code in codes)
        lead: Visitor | None = None
        for number, (code, moment) in enumerate(zip(codes, moments, strict=True), 1):
            with_lead = lead if code == "public" and lead is not None and self.rng.random() < 0.22 else None
            visitor = self.visitor(number, code, moment, with_lead)
            if code == "public" and with_lead is None:
                lead = visitor
            yield visitor

    def family(self) -> Iterator[Visitor]:
        """Those whose visit the demo shows: somebody with badges for all days, and two who come along."""
        told, moment = FAMILY["visitor"], self.ground.at - timedelta(days=OPEN_DAYS)
        lead: Visitor | None = None
        for code, (name, latin) in zip(
            ("professional", "public", "public"), [(told["name"], told["latin"]), *told["companions"]], strict=True
        ):
            visitor = self.visitor(0, code, moment, lead)
            visitor.person.name, visitor.person.name_key = name, rules.name_key(name)
            visitor.registration.name, visitor.registration.name_latin = name, latin
            visitor.registration.email = visitor.person.email = told["email"]
            visitor.registration.language = "en"
            visitor.registration.province, visitor.registration.country = BEIJING, MAINLAND
            visitor.ticket.days, visitor.ticket.state, visitor.ticket.ended_at = self.days, State.VALID, None
            visitor.ticket.price = rules.price_of(visitor.ticket.ticket_type, self.days)
            visitor.badges, visitor.attends = [Badge(serial=self.draw_serial(), version=1, issued_at=moment)], 1.0
            lead = lead or visitor
            yield visitor

    def visitor(self, number: int, code: str, moment: datetime, lead: Visitor | None) -> Visitor:
        rng, type_ = self.rng, self.ground.ticket_types[code]
        details = self.details(number, code)
        if lead is not None:
            # A family: one address, one day, one moment.
            first = lead.registration
            details |= {"email": first.email, "firm": "", "position": "", "country": first.country,
                        "province": first.province, "language": first.language}  # fmt: skip
            moment = first.registered_at
        name = details.pop("name")
        person = Person(email=details["email"], name=name.name, name_key=rules.name_key(name.name))
        registration = Registration(
            show=self.ground.show,
            person=person,
            category=type_.category,
            name=name.name,
            name_latin=name.latin,
            channel=Registration.Channel.DEMO,
            registered_at=moment,
            handle=rng.getrandbits(63),
            **details,
        )
        days = lead.ticket.days if lead is not None else self.draw_days(code)
        ticket = Ticket(
            ticket_type=type_,
            invitation=self.invitation(code),
            days=days,
            state=self.draw_state(code),
            price=rules.price_of(type_, days),
            given_at=moment,
        )
        if ticket.state in {State.GIVEN_BACK, State.DECLINED}:
            ticket.ended_at = moment + (self.ground.at - moment) * rng.uniform(0.2, 0.95)
        if ticket.state == State.DECLINED:
            ticket.reason = "Please apply again with your press card."
        return Visitor(
            registration=registration,
            person=person,
            ticket=ticket,
            attends=self.shares[code]["attends"],
            companion_of=lead.registration if lead is not None else None,
            badges=self.draw_badges(ticket, moment),
            news=lead is None and rng.random() < 0.35,
        )

    def details(self, number: int, code: str) -> dict[str, Any]:
        rng = self.rng
        country, firm, position = MAINLAND, "", ""
        if code == "delegate":
            firm, country = self.delegations.pop()
        elif code == "exhibitor-staff":
            exhibitor = rng.choice(self.placed).firm
            firm, country = exhibitor.name_zh or exhibitor.name_en, exhibitor.country.code
        elif rng.random() < (0.25 if code in {"speaker", "merchant"} else 0.05):
            country = rng.choice(invented.COUNTRIES)
        language = "zh-hans" if country == MAINLAND else "en"
        stock = invented.STOCK["people"]
        if code in {"professional", "merchant", "speaker"}:
            firm = invented.workplace(rng, language)
            position = invented.choice(rng, stock["positions"], language)
        elif code == "press":
            position = invented.choice(rng, stock["press_positions"], language)
            firm = invented.newsroom(rng, language)
        name = invented.person(rng, country)
        return {
            "name": name,
            "email": invented.email(rng, name, number),
            "firm": firm,
            "position": position,
            "country": country,
            "province": self.draw_province() if country == MAINLAND else "",
            "language": language,
        }

    def draw_delegations(self) -> list[tuple[str, str]]:
        """Institution and country of each delegate: every country and region has one, two organisations have two."""
        orgs = invented.STOCK["orgs"]
        rows = [
            (name, country) for name, country in zip(orgs["names"], orgs["countries"], strict=True) for _one in range(2)
        ]
        rows += [(orgs["delegation"], country) for country in invented.COUNTRIES]
        number = next(ticket["count"] for ticket in DEMO["ticket"] if ticket["code"] == "delegate")
        while len(rows) < number:
            rows.append((orgs["delegation"], self.rng.choice(invented.COUNTRIES)))
        self.rng.shuffle(rows)
        return rows

    def draw_province(self) -> str:
        provinces = invented.STOCK["firms"]["provinces"]
        return provinces[0][0] if self.rng.random() < 0.7 else self.rng.choice(provinces)[0]

    def draw_days(self, code: str) -> list[int]:
        """Most of the public come once, on the weekend rather than before; who works at the show comes every day."""
        if code in {"exhibitor-staff", "organiser", "press", "delegate"}:
            return self.days
        weights = (24, 24, 32, 20) if code == "public" else (34, 28, 22, 16)
        number = self.rng.choices((1, 2, 3), (80, 17, 3) if code == "public" else (55, 30, 15))[0]
        chosen: set[int] = set()
        while len(chosen) < number:
            chosen.add(self.rng.choices(self.days, weights)[0])
        return sorted(chosen)

    def draw_state(self, code: str) -> str:
        chance = self.rng.random()
        if code == "press" and chance < 0.3:
            return State.AWAITING if chance < 0.25 else State.DECLINED
        if code in {"public", "professional"} and chance < 0.012:
            return State.GIVEN_BACK
        return State.VALID

    def draw_badges(self, ticket: Ticket, moment: datetime) -> list[Badge]:
        """Who waits for approval has none yet; a few were lost and issued anew."""
        if ticket.state in {State.AWAITING, State.DECLINED}:
            return []
        badges = [Badge(serial=self.draw_serial(), version=1, issued_at=moment)]
        if ticket.state == State.GIVEN_BACK:
            badges[0].revoked_at, badges[0].reason = ticket.ended_at, "ticket given back"
        elif self.rng.random() < 0.008:
            lost = moment + (self.ground.at - moment) * self.rng.random()
            badges[0].revoked_at, badges[0].reason = lost, "lost"
            badges.append(Badge(serial=self.draw_serial(), version=2, issued_at=lost))
        return badges

    def draw_serial(self) -> str:
        return serials.unpack(self.rng.getrandbits(40).to_bytes(5, "big"))

    def invitation(self, code: str) -> Invitation | None:
        codes = self.ground.invitations[code]
        return codes[0 if self.rng.random() < 0.85 else -1] if codes else None

    def store(self, group: list[Visitor]) -> list[Admissible]:
        Person.objects.bulk_create(visitor.person for visitor in group)
        Registration.objects.bulk_create(visitor.registration for visitor in group if visitor.companion_of is None)
        companions = [visitor.registration for visitor in group if visitor.companion_of is not None]
        for visitor in group:
            visitor.registration.registered_by = visitor.companion_of
        Registration.objects.bulk_create(companions)
        for visitor in group:
            visitor.ticket.registration = visitor.registration
            for badge in visitor.badges:
                badge.registration = visitor.registration
            self.count(visitor.ticket)
        Ticket.objects.bulk_create(visitor.ticket for visitor in group)
        Badge.objects.bulk_create(badge for visitor in group for badge in visitor.badges)
        Consent.objects.bulk_create(consent for visitor in group for consent in self.consents(visitor))
        return [admissible(visitor) for visitor in group if visitor.badges]

    def consents(self, visitor: Visitor) -> Iterator[Consent]:
        registration = visitor.registration
        for purpose in ("visit", "news") if visitor.news else ("visit",):
            yield Consent(
                registration=registration,
                wording=self.ground.wordings[purpose],
                language=registration.language,
                channel=registration.channel,
                given_at=registration.registered_at,
            )

    def count(self, ticket: Ticket) -> None:
        """A ticket that was given back keeps its places of the days that had begun by then."""
        begun = [day.number for day in self.ground.show.calendar if ticket.ended_at and ticket.ended_at >= day.opens_at]
        kept = ticket.days if ticket.is_live else [day for day in begun if ticket.state == State.GIVEN_BACK]
        days = [day for day in ticket.days if day in kept]
        for day in days:
            self.taken[ticket.ticket_type_id, day] += 1
        if days and ticket.invitation_id is not None:
            self.used[ticket.invitation_id] += 1

    def count_places(self) -> None:
        places = list(DayPlaces.objects.filter(day__show=self.ground.show).select_related("day"))
        for row in places:
            row.taken = self.taken[row.ticket_type_id, row.day.number]
        DayPlaces.objects.bulk_update(places, ["taken"])
        invitations = [row for rows in self.ground.invitations.values() for row in rows]
        for invitation in invitations:
            invitation.used = self.used[invitation.pk]
        Invitation.objects.bulk_update(invitations, ["used"])


def admissible(visitor: Visitor) -> Admissible:
    live = next((badge.pk for badge in visitor.badges if badge.revoked_at is None), None)
    return Admissible(
        registration=visitor.registration.pk,
        ticket=visitor.ticket.pk,
        category=visitor.registration.category,
        days=tuple(visitor.ticket.days),
        due=visitor.ticket.price > 0,
        attends=visitor.attends,
        badge=live,
        revoked=next((badge.pk for badge in visitor.badges if badge.revoked_at is not None), None),
    )
