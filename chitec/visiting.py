"""What a visitor sees and is told of the own visit, from the rooms that know of it."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

from onsite.models import Scan, Visit
from visitors import links, rules
from visitors.actions.privacy import everything_held
from visitors.exports import as_cell
from visitors.models import FIRST_LINK, ConsentWording, Registration, Ticket
from visitors.offer import offer_of


def visit_page(registration: Registration, *, at: datetime) -> dict[str, Any]:
    """Everything that the page of a visit shows."""
    show, ticket, badge = registration.show, registration.ticket, registration.badge
    ended = None if ticket else max(registration.tickets.all(), key=lambda row: row.pk, default=None)
    revoked = None if badge else max(registration.badges.all(), key=lambda row: row.version, default=None)
    entries = {visit.day_id: visit for visit in registration.visits.select_related("gate")}
    told = ticket or ended
    return {
        "registration": registration,
        "key": links.visit_key(registration),
        "ticket": ticket,
        "ended": ended,
        "confirm_by": registration.confirm_by.astimezone(show.zone)
        if registration.confirm_by and ticket and rules.may_lapse(ticket) and not entries
        else None,
        "badge": badge if ticket and ticket.state == Ticket.State.VALID else None,
        "revoked": revoked if ticket and ticket.state == Ticket.State.VALID else None,
        "days": [
            {
                "day": day,
                "visit": entries.get(day.pk),
                "entered_at": entries[day.pk].entered_at.astimezone(show.zone) if day.pk in entries else None,
                "is_past": day.is_past(at),
                "is_today": show.day_at(at) == day,
            }
            for day in show.calendar
            if (told and day.number in told.days) or day.pk in entries
        ],
        # A link that was replaced, by a new e-mail or by staff, is for its own holder alone.
        "companions": [
            {"name": row.name, "key": links.visit_key(row)}
            for row in registration.companions.kept().filter(link_version=FIRST_LINK).order_by("pk")
        ],
        "news_wording": offer_of(show).wording(ConsentWording.Purpose.NEWS, at),
        "wants_news": registration.wants_news(),
        "over": show.is_over(at),
    }


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
