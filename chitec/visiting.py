"""What a visitor sees and is told of the own visit, from the rooms that know of it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import JSONObject
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from chitec.own_days import Entry, Plan
from chitec.suggesting import Interests, suggestions
from exhibitors.models import Allotment, Firm
from expo.models import Area, Show, in_language
from onsite.models import Scan, Visit
from programme.models import Favourite, Kind, Signup
from programme.own_plans import Held, overlaps, plan_of
from programme.reading import Listed, programme
from programme.shown import Shown
from visitors import links, rules
from visitors.actions.privacy import everything_held
from visitors.exports import as_cell
from visitors.models import FIRST_LINK, Consent, ConsentWording, Registration, Ticket
from visitors.offer import offer_of

#: Sign-ups that ended and are still told of.
ENDED_TOLD = 5


@dataclass(slots=True)
class Party:
    """Who comes together, as one of them sees it: `own`, whom that person registered, and by whom it was registered."""

    own: Any
    companions: list[Any]
    lead: Any | None

    @property
    def names(self) -> dict[int, str]:
        return {one.pk: one.name for one in (self.own, *self.companions)}


def party_of(registration: Registration) -> Party:
    """One query: these people with `entered` (days on which they came in), `kept` and `has_news`."""
    known = Q(pk=registration.pk) | Q(registered_by=registration)
    if registration.registered_by_id:
        known |= Q(pk=registration.registered_by_id)
    entered = Visit.objects.filter(registration=OuterRef("pk")).order_by("day__date")
    kept = Favourite.objects.filter(registration=OuterRef("pk")).order_by("pk")
    news = Consent.objects.filter(
        registration=OuterRef("pk"), wording__purpose=ConsentWording.Purpose.NEWS, withdrawn_at=None
    )
    rows = (
        Registration.objects.kept()
        .filter(known)
        .only("pk", "name", "handle", "link_version", "registered_by")
        .annotate(
            entered=ArraySubquery(
                entered.values(
                    told=JSONObject(day="day_id", at="entered_at", gate_en="gate__name_en", gate_zh="gate__name_zh")
                )
            ),
            kept=ArraySubquery(
                kept.values(told=JSONObject(session="session_id", firm="firm_id", area="area_id", kind="kind"))
            ),
            has_news=Exists(news),
        )
        .order_by("pk")
    )
    people = {row.pk: row for row in rows}
    # A link that was replaced, by a new e-mail or by staff, is for its own holder alone.
    companions = [
        row
        for row in people.values()
        if row.registered_by_id == registration.pk and row.link_version == FIRST_LINK and row.pk != registration.pk
    ]
    if registration.pk not in people:
        raise Http404  # erased a moment ago
    return Party(people[registration.pk], companions, people.get(registration.registered_by_id or 0))


def visit_page(registration: Registration, *, at: datetime, of: str = "") -> dict[str, Any]:
    """Everything that the page of a visit shows; `of` is the person of the party whose plan it is, empty for all."""
    show, ticket, badge = registration.show, registration.ticket, registration.badge
    ended = None if ticket else max(registration.tickets.all(), key=lambda row: row.pk, default=None)
    revoked = None if badge else max(registration.badges.all(), key=lambda row: row.version, default=None)
    party = party_of(registration)
    people = [party.own, *party.companions]
    chosen = people[int(of) - 1] if of.isdecimal() and len(of) < 4 and 0 < int(of) <= len(people) else None
    held = plan_of(show, [one.pk for one in people], ended=True)
    return {
        "registration": registration,
        "key": links.visit_key(registration),
        "ticket": ticket,
        "ended": ended,
        "confirm_by": registration.confirm_by.astimezone(show.zone)
        if registration.confirm_by and ticket and rules.may_lapse(ticket) and not party.own.entered
        else None,
        "badge": badge if ticket and ticket.state == Ticket.State.VALID else None,
        "revoked": revoked if ticket and ticket.state == Ticket.State.VALID else None,
        "news_wording": offer_of(show).wording(ConsentWording.Purpose.NEWS, at),
        "wants_news": party.own.has_news,
        "over": show.is_over(at),
        "people": switcher(people, chosen) if party.companions else [],
        "companions": [{"name": row.name, "key": links.visit_key(row)} for row in party.companions],
        "lead": party.lead.name if party.lead else "",
        "feed": feed_address(registration),
    } | plan_page(registration, party, held, chosen=chosen.pk if chosen else None, at=at)


def plan_page(
    registration: Registration, party: Party, held: list[Held], *, chosen: int | None, at: datetime
) -> dict[str, Any]:
    """The plan's part of the page: days, what is next, what is kept, what has ended, suggestions."""
    show, ticket = registration.show, registration.ticket
    plan = Plan(show, registration.pk, party.names, at=at)
    shown = [one for one in held if chosen is None or chosen in people_in(one)]
    live = [one for one in shown if one.signup.is_live or one.signup.state == Signup.State.NO_SHOW]
    entries = [plan.entry(one) for one in live]
    own_live = [one for one in held if one.signup.is_live and registration.pk in people_in(one)]
    kept = kept_by(party.own, show, at=at)
    planned = {one.signup.session_id for one in live}
    entries += [kept_entry(plan, one, own_live) for one in kept.sessions if one.pk not in planned]
    entered = {row["day"]: row for row in party.own.entered}
    told = ticket or max(registration.tickets.all(), key=lambda row: row.pk, default=None)
    own_days = [day for day in show.calendar if (told and day.number in told.days) or day.pk in entered]
    days = plan.days(entries, shown_days=own_days)
    for day in days:
        day.has_ticket = bool(ticket and day.day and day.day.number in ticket.days)
        if day.day and (visit := entered.get(day.day.pk)):
            when = datetime.fromisoformat(visit["at"]).astimezone(show.zone)
            gate = in_language(visit["gate_en"], visit["gate_zh"])
            day.came = _("came in %(clock)s at %(gate)s") % {"clock": f"{when:%H:%M}", "gate": gate}
    can_book = ticket is not None and ticket.state == Ticket.State.VALID and not show.is_over(at)
    return {
        "days": days,
        "told": told,
        "gone": [plan.entry(one) for one in live if one.listed is None],
        "next": plan.next_of(entry for entry in entries if entry.held and registration.pk in people_in(entry.held))
        or plan.next_of(entries),
        "offers": [entry for entry in entries if entry.is_offered and not entry.is_off],
        "planned": bool(live),
        "kept_stands": kept.stands,
        "ended_ones": ended_ones(shown),
        "suggested": suggestions(
            show,
            category=registration.category,
            days=ticket.days if ticket else (),
            held=[one.listed for one in own_live if one.listed and not one.listed.is_cancelled],
            kept=[one.pk for one in kept.sessions],
            interests=interests_of(party, held, kept),
            at=at,
        )
        if can_book
        else [],
        "can_book": can_book,
        "areas": areas_of(show),
        "kinds": Kind.choices,
        "chosen_areas": kept.areas,
        "chosen_kinds": kept.kinds,
    }


def people_in(one: Held) -> set[int]:
    """The keys of those in the party who have badges; who signed up a party of names alone is meant by it."""
    return {person.registration_id for person in one.people if person.registration_id} or {one.signup.registration_id}


def switcher(people: list[Any], chosen: Any | None) -> list[dict[str, Any]]:
    """Everybody, then each: whose plan is shown, by a number that says nothing outside of the page."""
    ways = [{"name": _("Everybody"), "query": "", "is_on": chosen is None}]
    return ways + [
        {"name": one.name, "query": f"?of={number}", "is_on": one is chosen} for number, one in enumerate(people, 1)
    ]


def ended_ones(held: list[Held]) -> list[dict[str, Any]]:
    """The newest sign-ups that came to nothing without their people's doing, unless there was another one since."""
    live = {one.signup.session_id for one in held if one.signup.is_live}
    told = (Signup.State.LAPSED, Signup.State.CALLED_OFF)
    rows = [
        one for one in held if one.signup.state in told and one.signup.session_id not in live and one.signup.ended_at
    ]
    rows.sort(key=lambda one: one.signup.ended_at, reverse=True)
    return [
        {"title": one.listed.told.title, "slug": one.listed.told.slug, "state": one.signup.state, "why": one.signup.why}
        for one in rows[:ENDED_TOLD]
        if one.listed
    ]


# What is kept


@dataclass(slots=True)
class Kept:
    sessions: list[Listed]
    stands: list[Firm]
    areas: set[int]
    kinds: set[str]


def kept_by(own: Any, show: Show, *, at: datetime) -> Kept:
    """What the visitor keeps; a query only where stands are among it."""
    known = programme(show).once("by_key", lambda: {one.pk: one for one in programme(show).sessions})
    sessions = [known[row["session"]] for row in own.kept if row["session"] in known]
    firms = [row["firm"] for row in own.kept if row["firm"]]
    return Kept(
        sessions=[one for one in sessions if not one.is_over(at)],
        stands=stands_of(show, firms) if firms else [],
        areas={row["area"] for row in own.kept if row["area"]},
        kinds={row["kind"] for row in own.kept if row["kind"]},
    )


def stands_of(show: Show, firms: list[int]) -> list[Firm]:
    """Firms in the order of their stands, each with `stands`; one that has none any more says so."""
    contracted = (
        Allotment.objects.contracted(show)
        .filter(firm__in=firms)
        .select_related("firm", "booth__hall", "booth__area")
        .order_by("booth__hall__slug", "booth__number")
    )
    found: dict[int, Firm] = {}
    for row in contracted:
        firm = found.setdefault(row.firm_id, row.firm)
        firm.stands = [*getattr(firm, "stands", []), row.booth]
    return list(found.values())


def kept_entry(plan: Plan, one: Listed, held: list[Held]) -> Entry:
    """A session that is kept only, as a line of its day."""
    shown = Shown(one, plan.at)
    entry = Entry(shown, None, is_off=shown.is_cancelled)
    entry.chip, entry.chip_kind = plan.state(entry)
    if not shown.is_cancelled and (clash := clash_with(one, held)):
        entry.notes.append(_("You have “%(title)s” at that time.") % {"title": clash})
    return entry


def clash_with(one: Listed, held: list[Held]) -> str:
    sure = (other.listed for other in held if other.is_sure and other.listed)
    return next((other.told.title for other in sure if overlaps(one, other)), "")


def interests_of(party: Party, held: list[Held], kept: Kept) -> Interests:
    own, companions = party.own.pk, {one.pk: one.name for one in party.companions}
    live = [one for one in held if one.signup.is_live and one.listed]
    mine = [one.listed for one in live if own in people_in(one) and one.listed]
    areas = [one.told.area for one in (*mine, *kept.sessions)]
    areas += [stand.area_id for firm in kept.stands for stand in firm.stands]
    goes: dict[int, str] = {}
    for one in live:
        for pk in people_in(one) & companions.keys():
            goes.setdefault(one.signup.session_id, companions[pk])
    return Interests(
        areas=kept.areas,
        kinds=kept.kinds,
        areas_kept=Counter(area for area in areas if area),
        series=Counter(one.told.series for one in mine if one.told.series),
        companions=goes,
    )


def areas_of(show: Show) -> list[Area]:
    """The exhibition areas, as long as the programme is known."""
    published = programme(show)
    return published.once("areas", lambda: list(Area.objects.filter(show=show).order_by("letter")))


def feed_address(registration: Registration) -> str:
    """The calendar's address as calendar programs subscribe to it."""
    path = reverse("visit-calendar", args=[links.visit_key(registration)])
    return f"webcal://{settings.SITE_URL.partition('://')[2]}{path}"


def everything(registration: Registration) -> dict[str, Any]:
    """All that is held about a registration, in all rooms, as plain values."""
    visits = Visit.objects.filter(registration=registration).select_related("day", "gate").order_by("pk")
    scans = Scan.objects.filter(badge__registration=registration).select_related("gate").order_by("pk")
    return everything_held(registration) | {
        "visits": [
            {"day": visit.day.date, "entered_at": visit.entered_at, "gate": visit.gate.name_en} for visit in visits
        ],
        "scans": [
            {"at": scan.at, "gate": scan.gate.name_en, "read_by": scan.means, "outcome": scan.outcome} for scan in scans
        ],
    }


def as_rows(held: dict[str, Any]) -> str:
    """The same as CSV for a spreadsheet: part, number, what, value; with a mark so that it is read as UTF-8."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(["part", "number", "what", "value"])
    for part, rows in held.items():
        for number, row in enumerate(rows if isinstance(rows, list) else [rows] if rows else [], start=1):
            writer.writerows([part, number, what, as_cell(value)] for what, value in row.items())
    return out.getvalue()
