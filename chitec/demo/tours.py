"""Open enterprises, and the departures that lead there."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chitec.demo import data, invented, signing
from chitec.demo.ground import REPORT
from programme import naming
from programme.models import Bus, Enterprise, Guide, Host, Kind, Series

if TYPE_CHECKING:
    from chitec.demo.programme import Programme

DATA = data.read("programme22")
#: Passengers of a bus, and of them those kept for guests and for who walks up.
SEATS, GUESTS, WALK_INS = 42, 4, 6
#: Between two departures of one bus: time to turn round, and for a departure to be moved.
TURN = timedelta(minutes=30)


class Tours:
    """Gives each departure the first bus and guide that are free, as many as are needed of each."""

    def __init__(self, programme: Programme, *, seed: int) -> None:
        self.programme = programme
        self.show = programme.show
        self.rng = data.source(seed, "tours")
        self.told = {told["code"]: told for told in DATA["enterprise"]}
        self.gates = {gate.name_en: gate for gate in programme.ground.gates}
        self.enterprises = {code: self.make_enterprise(told) for code, told in self.told.items()}
        self.hosts = {
            code: programme.make_host(Host.Kind.ENTERPRISE, name_en=told["name_en"], name_zh=told["name_zh"])
            for code, told in self.told.items()
        }
        self.series = self.make_series(programme.host(Host.Kind.ORGANISER))
        self.buses: list[Bus] = []
        self.guides: list[Guide] = []
        self.free_from: list[datetime] = []

    def make_enterprise(self, told: dict[str, Any]) -> Enterprise:
        note = DATA["note"]["enterprise"]
        return Enterprise(
            show=self.show,
            about_en=note["en"].format(about=told["about_en"]),
            about_zh=note["zh"].format(about=told["about_zh"]),
            seen_en="\n".join(told["seen_en"]),
            seen_zh="\n".join(told["seen_zh"]),
            latitude=Decimal(str(told["latitude"])),
            longitude=Decimal(str(told["longitude"])),
            travel_minutes=told["travel"],
            **{
                name: told[name]
                for name in (
                    "slug", "name_en", "name_zh", "rules_en", "rules_zh", "address_en", "address_zh", "district_en",
                    "district_zh",
                )
            },
        )  # fmt: skip

    def make_series(self, host: Host) -> Series:
        name_en, name_zh = REPORT["tours"]["series_en"], DATA["tours"]["series_zh"]
        return Series(
            show=self.show,
            kind=Kind.TOUR,
            slug=naming.slug_of(name_en=name_en, name_zh=name_zh),
            name_en=name_en,
            name_zh=name_zh,
            about_en=DATA["tours"]["about_en"],
            about_zh=DATA["tours"]["about_zh"],
            host=host,
            most_each=signing.DATA["tours"]["most_each"],
        )

    def plan(self) -> None:
        departures = [
            (self.programme.moment(" ".join(departure.split()[:2])), code, number, departure)
            for code, told in self.told.items()
            for number, departure in enumerate(told["departures"], 1)
        ]
        for _starts, code, number, departure in sorted(departures):
            self.depart(code, f"{code}-{number}", departure)

    def depart(self, enterprise: str, code: str, departure: str) -> None:
        """A session of its own; `departure` is day, clock and languages."""
        told, (day, clock, *languages) = self.told[enterprise], departure.split()
        starts = self.programme.moment(f"{day} {clock}")
        minutes = 2 * told["travel"] + told["inside"]
        bus, guide = self.free(starts, starts + timedelta(minutes=minutes))
        seats = told.get("places", SEATS)
        self.programme.session(
            told,
            Kind.TOUR,
            code=code,
            slug=f"{told['slug']}-{code.rpartition('-')[2]}",
            series=self.series,
            enterprise=self.enterprises[enterprise],
            host=self.hosts[enterprise],
            starts_at=starts,
            minutes=minutes,
            languages=languages,
            bus=bus,
            guide=guide,
            travel_minutes=told["travel"],
            seats=seats,
            reserve_guests=GUESTS,
            reserve_walk_ins=WALK_INS,
            age_from=told.get("age_from"),
            asks_id="id_why_en" in told,
            id_why_en=told.get("id_why_en", ""),
            id_why_zh=told.get("id_why_zh", ""),
            **self.texts(told),
        )

    def texts(self, told: dict[str, Any]) -> dict[str, str]:
        gate = self.gates[told["gate"]]
        texts = {}
        for language in ("en", "zh"):
            name = f"name_{language}"
            visit = DATA["tours"][f"visit_{language}"].format(there=told["travel"], inside=told["inside"])
            texts[f"about_{language}"] = told[f"about_{language}"] + (" " if language == "en" else "") + visit
            texts[f"meeting_{language}"] = DATA["tours"][f"meeting_{language}"].format(
                hall=getattr(gate.hall, name), gate=getattr(gate, name)
            )
        return texts

    def free(self, starts: datetime, ends: datetime) -> tuple[Bus, Guide]:
        """A bus and its guide that are back by then, or new ones."""
        number = next((number for number, free in enumerate(self.free_from) if free <= starts), len(self.free_from))
        if number == len(self.free_from):
            self.free_from.append(starts)
            self.buses.append(Bus(show=self.show, name=f"{number + 1}号车 Bus {number + 1}", seats=SEATS + 3))
            self.guides.append(
                Guide(
                    show=self.show,
                    name=self.name(),
                    email=f"guide{number + 1}@example.org",
                    handle=self.rng.getrandbits(63),
                    language="zh-hans",
                )
            )
        self.free_from[number] = ends + TURN
        return self.buses[number], self.guides[number]

    def name(self) -> str:
        """A name that no other guide has, as it is written and as it is said."""
        taken = {guide.name for guide in self.guides}
        while True:
            name = invented.chinese(self.rng)
            if (said := f"{name.name} {name.latin}") not in taken:
                return said

    def store(self) -> None:
        Enterprise.objects.bulk_create(self.enterprises.values())
        self.store_crew()

    def store_crew(self) -> None:
        Bus.objects.bulk_create(bus for bus in self.buses if bus.pk is None)
        Guide.objects.bulk_create(guide for guide in self.guides if guide.pk is None)
