"""The show itself: days, halls, gates, areas, booths, tickets and wordings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from chitec.demo import cast, data, plan
from exhibitors.models import Booth, BoothKind, SpaceRate
from expo.models import Area, Gate, Hall, Show, ShowDay
from visitors.models import ConsentWording, DayPlaces, Invitation, TicketType

REPORT = data.read("chitec22")
DEMO = data.read("demo22")
PLAN = data.read("plan22")
#: By slug, with what the demo adds to the report's words, in the report's order.
AREAS = {
    area["slug"]: area | next(more for more in DEMO["area"] if more["slug"] == area["slug"]) for area in REPORT["area"]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the other parts stand on. `at` is the moment on the show's clock at which the demo begins."""

    show: Show
    at: datetime
    users: dict[str, User]
    areas: dict[str, Area]
    gates: list[Gate]
    booths: list[Booth]
    rates: dict[tuple[int, str], Decimal]
    ticket_types: dict[str, TicketType]
    invitations: dict[str, list[Invitation]]
    wordings: dict[str, ConsentWording]


def letters() -> list[str]:
    return [area["letter"] for area in AREAS.values()]


def make(*, now: datetime, password: str, clock: datetime | None = None) -> Ground:
    """`now` is the real time at which the show's clock is to read `clock` (in its zone), or what the data file says."""
    clock = clock or DEMO["show"]["clock"]
    show = make_show(now=now, clock=clock)
    users = cast.make(letters(), at=now, password=password)
    halls, gates = make_halls(show)
    areas = make_areas(show, halls, users)
    rates = make_rates(areas)
    ticket_types, invitations = make_tickets(show)
    return Ground(
        show=show,
        at=clock.replace(tzinfo=show.zone),
        users=users,
        areas=areas,
        gates=gates,
        booths=make_booths(halls, areas),
        rates=rates,
        ticket_types=ticket_types,
        invitations=invitations,
        wordings=make_wordings(show),
    )


def make_show(*, now: datetime, clock: datetime) -> Show:
    real, demo = REPORT["show"], DEMO["show"]
    show = Show(
        number=real["number"],
        name_en=real["name_en"],
        name_zh=real["name_zh"],
        short=real["short"],
        theme_en=real["theme_en"],
        theme_zh=demo["theme_zh"],
        city_en=real["city"],
        city_zh=demo["city_zh"],
        latitude=Decimal(str(demo["latitude"])),
        longitude=Decimal(str(demo["longitude"])),
        time_zone=real["time_zone"],
        contact=demo["contact"],
        is_current=True,
        is_demo=True,
    )
    show.clock_shift = clock.replace(tzinfo=show.zone) - now
    show.save()
    length = (real["ends"] - real["starts"]).days + 1
    ShowDay.objects.bulk_create(
        ShowDay(
            show=show,
            number=number,
            date=real["starts"] + timedelta(days=number - 1),
            opens=demo["opens"],
            closes=demo["last_day_closes"] if number == length else demo["closes"],
            last_entry=demo["last_day_last_entry"] if number == length else demo["last_entry"],
        )
        for number in range(1, length + 1)
    )
    return show


def make_halls(show: Show) -> tuple[dict[str, Hall], list[Gate]]:
    halls = {
        hall.slug: hall
        for hall in Hall.objects.bulk_create(
            Hall(
                show=show,
                slug=hall["slug"],
                name_en=hall["name_en"],
                name_zh=hall["name_zh"],
                width=hall["width"],
                depth=hall["depth"],
            )
            for hall in PLAN["hall"]
        )
    }
    gates = Gate.objects.bulk_create(
        Gate(hall=halls[hall["slug"]], name_en=gate["name_en"], name_zh=gate["name_zh"], x=gate["x"], y=gate["y"])
        for hall in PLAN["hall"]
        for gate in hall["gates"]
    )
    return halls, gates


def make_areas(show: Show, halls: dict[str, Hall], users: dict[str, User]) -> dict[str, Area]:
    """The areas by letter."""
    hall_of = {area["letter"]: halls[hall["slug"]] for hall in PLAN["hall"] for area in hall["area"]}
    rows = Area.objects.bulk_create(
        Area(
            show=show,
            hall=hall_of[area["letter"]],
            letter=area["letter"],
            slug=slug,
            colour=area["colour"],
            name_en=area["name_en"],
            name_zh=area["name_zh"],
            shows_en=area["shows"][:1].upper() + area["shows"][1:],
            shows_zh=area["shows_zh"],
            manager=users[cast.manager_of(area["letter"])],
        )
        for slug, area in AREAS.items()
    )
    return {row.letter: row for row in rows}


def make_rates(areas: dict[str, Area]) -> dict[tuple[int, str], Decimal]:
    """Yuan a m² by area and kind."""
    rows = SpaceRate.objects.bulk_create(
        SpaceRate(area=areas[area["letter"]], kind=kind, price=Decimal(area["rates"][kind.value]))
        for area in AREAS.values()
        for kind in BoothKind
    )
    return {(row.area_id, row.kind): row.price for row in rows}


def make_booths(halls: dict[str, Hall], areas: dict[str, Area]) -> list[Booth]:
    return Booth.objects.bulk_create(
        Booth(
            hall=halls[place.hall],
            area=areas[place.letter],
            number=place.number,
            x=Decimal(place.x),
            y=Decimal(place.y),
            width=Decimal(place.width),
            depth=Decimal(place.depth),
            kind=BoothKind.RAW if place.is_raw else BoothKind.SHELL,
            open_sides=place.open_sides,
        )
        for place in plan.places(PLAN)
    )


def make_tickets(show: Show) -> tuple[dict[str, TicketType], dict[str, list[Invitation]]]:
    """Ticket types and their invitation codes, both by the type's code."""
    types = {
        row.code: row
        for row in TicketType.objects.bulk_create(
            TicketType(
                show=show,
                code=ticket["code"],
                category=ticket["category"],
                access=ticket["access"],
                name_en=ticket["name_en"],
                name_zh=ticket["name_zh"],
                note_en=ticket["note_en"],
                note_zh=ticket["note_zh"],
                price=Decimal(ticket["price"]),
                position=position,
            )
            for position, ticket in enumerate(DEMO["ticket"])
        )
    }
    DayPlaces.objects.bulk_create(
        DayPlaces(ticket_type=types[ticket["code"]], day=day, places=ticket["places"])
        for ticket in DEMO["ticket"]
        for day in show.calendar
    )
    invitations: dict[str, list[Invitation]] = {code: [] for code in types}
    for row in Invitation.objects.bulk_create(
        Invitation(
            ticket_type=types[ticket["code"]],
            code=invitation["code"],
            for_whom=invitation["for_whom"],
            places=invitation["places"],
        )
        for ticket in DEMO["ticket"]
        for invitation in ticket.get("invitations", [])
    ):
        invitations[row.ticket_type.code].append(row)
    return types, invitations


def make_wordings(show: Show) -> dict[str, ConsentWording]:
    """The first version of each wording, by purpose."""
    rows = ConsentWording.objects.bulk_create(
        ConsentWording(
            show=show,
            purpose=wording["purpose"],
            version=1,
            text_en=wording["text_en"],
            text_zh=wording["text_zh"],
            since=show.opens_at - timedelta(days=120),
        )
        for wording in DEMO["wording"]
    )
    return {row.purpose: row for row in rows}
