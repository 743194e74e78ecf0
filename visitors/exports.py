"""Registrations as CSV, a chunk at a time: a whole show goes through without being held in memory."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import FilteredRelation, Q, QuerySet
from django.utils.translation import gettext_lazy
from django_countries import countries

from accounts import history
from accounts.acting import Actor
from expo.models import Show
from expo.places import Province
from visitors.badges import serials
from visitors.models import Category, Registration, Ticket

CHUNK = 500
# What a spreadsheet would read as a formula, behind blanks and in full width too.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")


def as_cell(value: Any) -> str:
    """Text that stays text in a spreadsheet."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


#: What stands above each column, and where it comes from; `_row` writes them in this order.
COLUMNS = (
    (gettext_lazy("Registered at"), "registered_at"),
    (gettext_lazy("Category"), "category"),
    (gettext_lazy("Name"), "name"),
    (gettext_lazy("Name in Latin letters"), "name_latin"),
    (gettext_lazy("Firm or institution"), "firm"),
    (gettext_lazy("Position"), "position"),
    (gettext_lazy("E-mail"), "email"),
    (gettext_lazy("Phone"), "phone"),
    (gettext_lazy("Country or region"), "country"),
    (gettext_lazy("Province"), "province"),
    (gettext_lazy("Language"), "language"),
    (gettext_lazy("Ticket"), "held__ticket_type__code"),
    (gettext_lazy("Days"), "held__days"),
    (gettext_lazy("State"), "held__state"),
    (gettext_lazy("Price"), "held__price"),
    (gettext_lazy("Paid at"), "held__paid_at"),
    (gettext_lazy("Badge no."), "worn__serial"),
)


def registrations_csv(rows: QuerySet[Registration]) -> Iterator[str]:
    """The registrations with their live ticket and badge; begins with a mark so that it is read as UTF-8.

    Times are those of the registration's show.
    """
    # Names and zones are looked up once: 50,000 rows have no time to ask for each.
    named = {value: str(label) for value, label in (*Category.choices, *Ticket.State.choices, *countries)}
    # Letters of their own, which among countries would be Sudan's or Tajikistan's.
    provinces = {value: str(label) for value, label in Province.choices}
    zones = {show.pk: show.zone for show in Show.objects.all()}
    found = (
        rows.order_by()
        .annotate(
            held=FilteredRelation("tickets", condition=Q(tickets__state__in=Ticket.LIVE)),
            worn=FilteredRelation("badges", condition=Q(badges__revoked_at=None)),
        )
        .order_by("pk")
        .values_list("show", *(source for _title, source in COLUMNS))
    )
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([title for title, _source in COLUMNS])
    for chunk in batched(found.iterator(chunk_size=CHUNK), CHUNK):
        writer.writerows(_row(*values, named=named, provinces=provinces, zone=zones[show]) for show, *values in chunk)
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""


def _row(
    at: datetime, category: str, *texts: Any, named: dict[str, str], provinces: dict[str, str], zone: ZoneInfo
) -> tuple[Any, ...]:
    """The cells of one registration; what people typed stays text in a spreadsheet."""
    *typed, country, province, language, code, days, state, price, paid, serial = texts
    return (
        _moment(at, zone),
        named.get(category, category),
        *map(as_cell, typed),
        *(named.get(country, country), provinces.get(province, province), language, code),
        " ".join(map(str, days or ())),
        named.get(state, ""),
        *(price, _moment(paid, zone), serials.shown(serial) if serial else ""),
    )


def record_export(actor: Actor, *, rows: int) -> None:
    """Leave in the history who took how many people's data out."""
    history.record(actor, "registrations_exported", rows=rows)
