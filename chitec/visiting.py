"""What a visitor sees and is told of the own visit, from the rooms that know of it."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from chitec.own_days import Entry, Plan
from chitec.suggesting import Interests, suggestions
from exhibitors.models import Allotment, Firm
from expo.models import Area, Show, in_language
from onsite.models import Scan, Visit
from programme.doors import REPEATED
from programme.models import Kind, Signup
from programme.own_plans import Held, overlaps, plan_of
from programme.reading import Listed, programme
from programme.shown import Shown
from programme.views import handing
from visitors import links, rules
from visitors.actions.privacy import everything_held
from visitors.exports import as_cell
from visitors.models import FIRST_LINK, ConsentWording, Registration, Ticket
from visitors.offer import offer_of

#: Sign-ups that ended and are still told of.
ENDED_TOLD = 5


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a party; `entered` are the days on which they came in, and `kept` is what they keep. `days` are those
    (numbers) that a valid ticket is for.
    """

    pk: int
    name: str
    key: str
    entered: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    wants_news: bool
    days: tuple[int, ...]


@dataclass(slots=True)
class Party:
    """Who comes together, as one of them sees it: `own`, whom that person registered, and by whom it was (a name).

    `hands_over` says that a place is being handed over, by that person or to them.
    """

    own: Member
    companions: list[Member]
    lead: str
    hands_over: bool

    @property
    def names(self) -> dict[int, str]:
        return {one.pk: one.name for one in (self.own, *self.companions)}

    @property
    def days(self) -> dict[int, tuple[int, ...]]:
        return {one.pk: one.days for one in (self.own, *self.companions)}


PARTY = """
SELECT r.id, r.name, r.handle, r.link_version, r.registered_by_id,
    (SELECT jsonb_agg(jsonb_build_object(
            'day', v.day_id, 'at', v.entered_at, 'gate_en', g.name_en, 'gate_zh', g.name_zh))
        FROM onsite_visit v JOIN expo_gate g ON g.id = v.gate_id WHERE v.registration_id = r.id),
    (SELECT jsonb_agg(jsonb_build_object('session', f.session_id, 'firm', f.firm_id, 'area', f.area_id, 'kind', f.kind)
            ORDER BY f.id) FROM programme_favourite f WHERE f.registration_id = r.id),
    EXISTS (SELECT 1 FROM visitors_consent c JOIN visitors_consentwording w ON w.id = c.wording_id
        WHERE c.registration_id = r.id AND c.withdrawn_at IS NULL AND w.purpose = %(news)s),
    (SELECT t.days FROM visitors_ticket t WHERE t.registration_id = r.id AND t.state = %(valid)s LIMIT 1),
    r.id = %(own)s AND (
        EXISTS (SELECT 1 FROM programme_handover h WHERE h.state = 'open' AND h.to_id = r.id)
        OR EXISTS (SELECT 1 FROM programme_handover h JOIN programme_signup s ON s.id = h.signup_id
            WHERE h.state = 'open' AND s.registration_id = r.id))
FROM visitors_registration r
WHERE r.erased_at IS NULL AND (r.id = %(own)s OR r.registered_by_id = %(own)s OR r.id = %(lead)s)
ORDER BY r.id
"""


def party_of(registration: Registration) -> Party:
    """One query, put together by hand: to have it written anew each time would take longer than to answer it."""
    own, companions, lead, hands_over = None, [], "", False
    asked = {
        "own": registration.pk,
        "lead": registration.registered_by_id,
        "news": ConsentWording.Purpose.NEWS,
        "valid": Ticket.State.VALID,
    }
    with connection.cursor() as cursor:
        cursor.execute(PARTY, asked)
        for pk, name, handle, version, registered_by, entered, kept, wants_news, days, handing in cursor.fetchall():
            key = links.visit_key(Registration(pk=pk, handle=handle, link_version=version))
            one = Member(
                pk, name, key, json.loads(entered or "[]"), json.loads(kept or "[]"), wants_news, tuple(days or ())
            )
            if pk == registration.pk:
                own, hands_over = one, handing
            elif pk == registration.registered_by_id:
                lead = name
            # A link that was replaced, by a new e-mail or by staff, is for its own holder alone.
            elif registered_by == registration.pk and version == FIRST_LINK:
                companions.append(one)
    if own is None:
        raise Http404  # erased a moment ago
    return Party(own, companions, lead, hands_over)


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
        "wants_news": party.own.wants_news,
        "over": show.is_over(at),
        "people": switcher(people, chosen) if party.companions else [],
        "companions": party.companions,
        "lead": party.lead,
        "feed": feed_address(registration),
        "handovers": handing.standing(registration) if party.hands_over else [],
        "missed": missed(registration, held),
    } | plan_page(registration, party, held, chosen=chosen.pk if chosen else None, at=at)


def plan_page(
    registration: Registration, party: Party, held: list[Held], *, chosen: int | None, at: datetime
) -> dict[str, Any]:
    """The plan's part of the page: days, what is next, what is kept, what has ended, suggestions."""
    show, ticket = registration.show, registration.ticket
    plan = Plan(show, registration.pk, party.names, at=at, days=party.days)
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
        "offers": [entry for entry in entries if entry.is_open_offer],
        "planned": bool(live),
        "kept_stands": kept.stands,
        "ended_ones": ended_ones(shown, at=at),
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


def missed(registration: Registration, held: list[Held]) -> int:
    """In how many sessions somebody had a place and did not come, from so many on that it is worth a word; else 0."""
    sessions = {
        one.signup.session_id
        for one in held
        if one.signup.state == Signup.State.NO_SHOW
        and any(person.registration_id == registration.pk for person in one.people)
    }
    return len(sessions) if len(sessions) >= REPEATED else 0


def switcher(people: list[Member], chosen: Member | None) -> list[dict[str, Any]]:
    """Everybody, then each: whose plan is shown, by a number that says nothing outside of the page."""
    ways = [{"name": _("Everybody"), "query": "", "is_on": chosen is None}]
    return ways + [
        {"name": one.name, "query": f"?of={number}", "is_on": one is chosen} for number, one in enumerate(people, 1)
    ]


def ended_ones(held: list[Held], *, at: datetime) -> list[dict[str, Any]]:
    """The newest sign-ups that came to nothing without their people's doing, unless there was another one since."""
    live = {one.signup.session_id for one in held if one.signup.is_live}
    told = (Signup.State.LAPSED, Signup.State.CALLED_OFF)
    rows = [
        one for one in held if one.signup.state in told and one.signup.session_id not in live and one.signup.ended_at
    ]
    rows.sort(key=lambda one: one.signup.ended_at, reverse=True)
    return [
        {
            "title": one.listed.told.title,
            "slug": one.listed.told.slug,
            "state": one.signup.state,
            "why": one.signup.why,
            "is_coming": one.listed.is_coming(at),
        }
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


def kept_by(own: Member, show: Show, *, at: datetime) -> Kept:
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
