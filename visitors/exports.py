"""Registrations as CSV, a chunk at a time: a whole show goes through without being held in memory."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import batched
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _

from accounts import history
from accounts.acting import Actor
from visitors.models import Category, Registration, Ticket

CHUNK = 2000
# What a spreadsheet would read as a formula, behind blanks and in full width too.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")


def as_cell(value: Any) -> str:
    """Text that stays text in a spreadsheet."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def registrations_csv(rows: QuerySet[Registration]) -> Iterator[str]:
    """The registrations with their live ticket and badge; begins with a mark so that it is read as UTF-8."""
    titles = (
        _("Registered at"),
        _("Category"),
        _("Name"),
        _("Name in Latin letters"),
        _("Firm or institution"),
        _("Position"),
        _("E-mail"),
        _("Phone"),
        _("Country or region"),
        _("Province"),
        _("Language"),
        _("Ticket"),
        _("Days"),
        _("State"),
        _("Price"),
        _("Paid at"),
        _("Badge no."),
    )
    categories, states = dict(Category.choices), dict(Ticket.State.choices)
    names = {value: str(label) for value, label in (*categories.items(), *states.items())}
    found = (
        rows.order_by()
        .annotate(
            held=FilteredRelation("tickets", condition=Q(tickets__state__in=Ticket.LIVE)),
            worn=FilteredRelation("badges", condition=Q(badges__revoked_at=None)),
        )
        .order_by("pk")
        .values_list(
            "registered_at",
            "category",
            "name",
            "name_latin",
            "firm",
            "position",
            "email",
            "phone",
            "country",
            "province",
            "language",
            "held__ticket_type__code",
            "held__days",
            "held__state",
            "held__price",
            "held__paid_at",
            "worn__serial",
        )
    )
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(titles)
    for chunk in batched(found.iterator(chunk_size=CHUNK), CHUNK):
        writer.writerows(
            (
                at.isoformat(timespec="seconds"), names.get(category, category), as_cell(name), as_cell(latin),
                as_cell(firm), as_cell(position), as_cell(email), as_cell(phone), country, province, language, code,
                " ".join(map(str, days or ())), names.get(state, ""), price, paid, serial,
            )
            for at, category, name, latin, firm, position, email, phone, country, province, language, code, days, state,
            price, paid, serial in chunk
        )  # fmt: skip
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def record_export(actor: Actor, *, rows: int) -> None:
    """Leave in the history who took how many people's data out."""
    history.record(actor, "registrations_exported", rows=rows)
