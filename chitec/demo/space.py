"""Firms, their applications and the booths that came of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from chitec.demo import cast, data, invented
from chitec.demo.ground import AREAS, Ground
from exhibitors import rules
from exhibitors.models import Allotment, Application, Booth, Firm, Member
from expo.models import Area
from expo.places import MAINLAND

#: Booths that nobody holds, and booths held for the days around the clock; all others are contracted.
FREE, HELD = 41, 17
#: Firms with two booths side by side.
DOUBLE = 36
#: All firms at scale 1.0; those that are not placed were turned down, withdrew, came too late or did not finish.
FIRMS = 1200
LEAST_UNPLACED = 12
ZONE = "zhongguancun-demonstration-zone"
#: The area of the demo exhibitor with an offer; its firm comes first among those that hold.
OFFERED_IN = "G"
_STEPS = {
    Application.State.DRAFT: 0,
    Application.State.SUBMITTED: 1,
    Application.State.OFFERED: 2,
    Application.State.ACCEPTED: 3,
    Application.State.REJECTED: 2,
    Application.State.WITHDRAWN: 2,
    Application.State.EXPIRED: 2,
}
State = Application.State


@dataclass(slots=True, kw_only=True)
class Case:
    """A firm's application for booths in an area, and how it stands."""

    firm: Firm
    area: Area
    booths: list[Booth]
    state: str
    created_at: datetime
    submitted_at: datetime | None = None
    decided_at: datetime | None = None
    held_until: datetime | None = None
    answer: str = ""
    language: str = "zh-hans"


class Space:
    def __init__(self, ground: Ground, *, seed: int, scale: float) -> None:
        self.ground = ground
        self.scale = scale
        self.rng = data.source(seed, "space")
        self.firms = Firms(data.source(seed, "firms"), at=ground.at)
        self.by_letter: defaultdict[str, list[Booth]] = defaultdict(list)
        for booth in ground.booths:
            self.by_letter[booth.area.letter].append(booth)
        self.slug = {area["letter"]: slug for slug, area in AREAS.items()}

    def make(self) -> list[Case]:
        """The cases with contracted booths, in the order of the plan."""
        free, held = self.pick_free_and_held()
        placed = list(self.placed(free | held))
        cases = [*placed, *self.holding(held), *self.unplaced()]
        self.store(cases)
        return placed

    def pick_free_and_held(self) -> tuple[set[str], set[str]]:
        """Numbers of booths. The Demonstration Zone is full: each of its booths is one of the report's enterprises.

        Booths of all areas alike, the small ones rather than the large.
        """
        letters = [letter for letter in self.by_letter if self.slug[letter] != ZONE]
        queues = {}
        for letter in letters:
            # The first booth of A and two largest of each area are the demo exhibitor's and the banks'.
            small = sorted(self.by_letter[letter][1:], key=lambda booth: (booth.area_m2 > 54, self.rng.random()))
            queues[letter] = iter(small)
        order = sorted(letters, key=lambda letter: (letter != OFFERED_IN, letter))
        numbers = [next(queues[letter]).number for _turn in range((FREE + HELD) // len(order) + 1) for letter in order]
        return set(numbers[HELD : HELD + FREE]), set(numbers[:HELD])

    def placed(self, kept: set[str]) -> Iterator[Case]:
        pairs = self.pairs(kept)
        second = {two.number for two in pairs.values()}
        largest_of_finance = self.largest("I", kept | second)
        for letter, booths in self.by_letter.items():
            own = [booth for booth in booths if booth.number not in kept and booth.number not in second]
            for number, booth in enumerate(own):
                if booth in largest_of_finance:
                    firm = self.firms.real(largest_of_finance.index(booth))
                else:
                    firm = self.firms.draw(self.slug[letter], number)
                group = [booth, pairs[booth.number]] if booth.number in pairs else [booth]
                submitted = self.moment(days_before=(30, 150))
                decided = submitted + timedelta(hours=self.rng.uniform(5, 100))
                yield Case(
                    firm=firm,
                    area=booth.area,
                    booths=group,
                    state=State.ACCEPTED,
                    created_at=submitted - timedelta(hours=self.rng.uniform(0.2, 30)),
                    submitted_at=submitted,
                    decided_at=decided,
                    language=language_of(firm),
                )

    def pairs(self, kept: set[str]) -> dict[str, Booth]:
        """The second booth of those firms that have two, by the number of the first: the neighbour behind or beside."""
        found: dict[str, Booth] = {}
        used: set[str] = set()
        candidates = [
            (one, two)
            for letter, booths in self.by_letter.items()
            if self.slug[letter] != ZONE
            for one, two in pairwise(booths)
            if one.area_m2 <= 36 and two.area_m2 <= 36 and rectangle(one).touches(rectangle(two))
        ]
        self.rng.shuffle(candidates)
        for one, two in candidates:
            if len(found) == DOUBLE:
                break
            if not {one.number, two.number} & (kept | used):
                found[one.number] = two
                used |= {one.number, two.number}
        return found

    def largest(self, letter: str, taken: set[str]) -> list[Booth]:
        booths = [booth for booth in self.by_letter[letter] if booth.number not in taken]
        return sorted(booths, key=lambda booth: -booth.area_m2)[:2]

    def holding(self, held: set[str]) -> Iterator[Case]:
        """Holds of all ages, from one that ends within the hour to one of ten minutes ago; some with an offer."""
        booths = [booth for booth in self.ground.booths if booth.number in held]
        booths.sort(key=lambda booth: (booth.area.letter != OFFERED_IN, booth.number))
        hold_hours = rules.HOLD.total_seconds() / 3600
        for number, booth in enumerate(booths):
            firm = self.firms.draw(self.slug[booth.area.letter], number)
            offered = number % 3 == 0
            age = timedelta(hours=0.2 + (hold_hours - 1.2) * number / (len(booths) - 1))
            submitted = self.ground.at - age
            decided = submitted + age / 2 if offered else None
            yield Case(
                firm=firm,
                area=booth.area,
                booths=[booth],
                state=State.OFFERED if offered else State.SUBMITTED,
                created_at=submitted - timedelta(minutes=self.rng.uniform(8, 90)),
                submitted_at=submitted,
                decided_at=decided,
                held_until=decided + rules.OFFER if decided else submitted + rules.HOLD,
                language=language_of(firm),
            )

    def unplaced(self) -> Iterator[Case]:
        number = max(LEAST_UNPLACED, round((FIRMS - self.firms.count) * self.scale))
        states = [State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.DRAFT]
        for turn in range(number):
            state = states[turn] if turn < len(states) else self.rng.choices(states, (40, 22, 26, 12))[0]
            letter = self.rng.choice(sorted(self.by_letter))
            firm = self.firms.draw(self.slug[letter], turn)
            wish = self.rng.choice(self.by_letter[letter])
            submitted = self.moment(days_before=(4, 160))
            waited = {
                State.EXPIRED: rules.HOLD + timedelta(minutes=1),
                State.DRAFT: timedelta(0),
            }.get(state, timedelta(hours=self.rng.uniform(1, 47)))
            language = language_of(firm)
            yield Case(
                firm=firm,
                area=wish.area,
                booths=[wish],
                state=state,
                created_at=submitted - timedelta(minutes=self.rng.uniform(8, 900)),
                submitted_at=None if state == State.DRAFT else submitted,
                decided_at=None if state == State.DRAFT else submitted + waited,
                answer=(
                    invented.choice(self.rng, invented.STOCK["firms"]["answers"], language)
                    if state == State.REJECTED
                    else ""
                ),
                language=language,
            )

    def store(self, cases: list[Case]) -> None:
        Firm.objects.bulk_create((case.firm for case in cases), batch_size=500)
        applications = Application.objects.bulk_create(
            (
                Application(
                    show=self.ground.show,
                    firm=case.firm,
                    area=case.area,
                    state=case.state,
                    exhibits=self.firms.exhibits[case.firm.slug],
                    answer=case.answer,
                    language=case.language,
                    created_at=case.created_at,
                    submitted_at=case.submitted_at,
                    decided_at=case.decided_at,
                    step=_STEPS[State(case.state)],
                )
                for case in cases
            ),
            batch_size=500,
        )
        wishes = Application.wishes.through
        wishes.objects.bulk_create(
            (
                wishes(application=application, booth=booth)
                for case, application in zip(cases, applications, strict=True)
                for booth in case.booths
            ),
            batch_size=1000,
        )
        Allotment.objects.bulk_create(
            (
                self.allotment(case, application, booth)
                for case, application in zip(cases, applications, strict=True)
                if case.submitted_at is not None
                for booth in case.booths
            ),
            batch_size=500,
        )
        self.give_logins(cases)

    def allotment(self, case: Case, application: Application, booth: Booth) -> Allotment:
        state = {
            State.ACCEPTED: Allotment.State.CONTRACTED,
            State.SUBMITTED: Allotment.State.HELD,
            State.OFFERED: Allotment.State.HELD,
        }.get(State(case.state), Allotment.State.RELEASED)
        released = state == Allotment.State.RELEASED
        return Allotment(
            booth=booth,
            firm=case.firm,
            application=application,
            state=state,
            price=rules.price_at(booth, self.ground.rates),
            since=case.submitted_at,
            held_until=case.submitted_at + rules.HOLD if released and case.submitted_at else case.held_until,
            released_at=case.decided_at if released else None,
        )

    def give_logins(self, cases: list[Case]) -> None:
        stand = next(case for case in cases if case.state == State.ACCEPTED and case.area.letter == "A")
        offer = next(case for case in cases if case.state == State.OFFERED and case.area.letter == OFFERED_IN)
        Member.objects.bulk_create(
            Member(firm=case.firm, user=self.ground.users[login.email], since=case.created_at)
            for case, login in ((stand, cast.EXHIBITOR), (offer, cast.EXHIBITOR_OFFERED))
        )

    def moment(self, *, days_before: tuple[int, int]) -> datetime:
        """In working hours, so many days before the clock."""
        day = self.ground.at - timedelta(days=self.rng.randint(*days_before))
        return day.replace(hour=self.rng.randint(8, 17), minute=self.rng.randint(0, 59), second=self.rng.randint(0, 59))


class Firms:
    """Draws firms, each once."""

    def __init__(self, rng: Random, *, at: datetime) -> None:
        self.rng = rng
        self.at = at
        self.count = 0
        self.brands = invented.brands(rng)
        #: What each firm shows, in its own language, by its slug.
        self.exhibits: dict[str, str] = {}
        stock = invented.STOCK["firms"]
        self.stock: dict[str, Any] = stock
        # Each of the zone's parks has its share, and each delegation is there whatever is drawn afterwards.
        self.delegations = iter(stock["provinces"][1:])
        self.abroad = [code for code in invented.COUNTRIES if code not in {"BY", "PK"}]

    def draw(self, area: str, number: int) -> Firm:
        """A firm for `area`, its `number`th."""
        self.count += 1
        brand_zh, brand_en = next(self.brands)
        words = AREAS[area]["businesses"]
        business = invented.STOCK["business"][words[number % len(words)]]
        in_zone = area == ZONE
        country, (province, place) = MAINLAND, self.stock["provinces"][0]
        if not in_zone:
            chance = self.rng.random()
            if chance < self.stock["foreign_share"]:
                country, province, place = self.rng.choice(self.abroad), "", ""
            elif chance > self.stock["foreign_share"] + self.stock["beijing_share"]:
                province, place = next(self.delegations, None) or self.rng.choice(self.stock["provinces"])
        name_zh = f"{place}{brand_zh}{business['zh']}有限公司" if place else ""
        name_en = f"{brand_en} {business['en']}"
        return self.firm(
            name_zh=name_zh,
            name_en=name_en,
            exhibits=business["shows_zh" if place else "shows_en"],
            country=country,
            province=province,
            uscc=invented.credit_code(self.count) if place else "",
            industry=business["industry"],
            park=self.park(number) if in_zone else "",
            website=f"https://www.example.com/{rules.slug_of(name_en=name_en, name_zh=name_zh)}/",
            about_zh=self.stock["about_zh"].format(shows=business["shows_zh"]) if place else "",
            about_en=self.stock["about_en"].format(shows=business["shows_en"]),
        )

    def real(self, number: int) -> Firm:
        """One of the firms that the report names."""
        self.count += 1
        real = invented.STOCK["real"]
        bank = real["firms"][number]
        return self.firm(
            name_zh=bank["name_zh"],
            name_en=bank["name_en"],
            exhibits="",
            country=MAINLAND,
            province="BJ",
            industry=bank["industry"],
            about_zh=real["about_zh"],
            about_en=real["about_en"],
        )

    def firm(self, *, name_zh: str, name_en: str, exhibits: str, country: str, **details: str) -> Firm:
        keys = rules.derived(name_en=name_en, name_zh=name_zh)
        if keys["slug"] in self.exhibits:
            keys["slug"] = f"{keys['slug']}-{self.count}"
        self.exhibits[keys["slug"]] = exhibits
        contact = invented.person(self.rng, country)
        return Firm(
            name_zh=name_zh,
            name_en=name_en,
            country=country,
            contact_name=contact.name,
            contact_email=f"{keys['slug'][:60]}@example.com",
            created_at=self.at - timedelta(days=self.rng.uniform(170, 400)),
            **keys,
            **details,
        )

    def park(self, number: int) -> str:
        parks = self.stock["parks"]
        park = parks[number % len(parks)]
        return f"{park['zh']} {park['en']}"


def language_of(firm: Firm) -> str:
    return "zh-hans" if firm.country == MAINLAND else "en"


def rectangle(booth: Booth) -> rules.Rectangle:
    return rules.Rectangle(float(booth.x), float(booth.y), float(booth.width), float(booth.depth))
