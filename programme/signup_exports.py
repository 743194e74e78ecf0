"""Who signed up, as CSV and as an Excel workbook: of one session, or of a whole show. Never an ID number."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import batched
from typing import Any

import xlsxwriter
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import history
from accounts.acting import Actor
from expo.models import Show
from programme.importing.writing import TYPE
from programme.models import Participant, Signup
from visitors.badges import serials
from visitors.exports import as_cell
from visitors.models import Badge, Category

CHUNK = 500
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
__all__ = ["HEADS", "TYPE", "cells", "record", "signups_csv", "signups_xlsx"]

#: What stands above each column, and how wide it is.
HEADS = (
    (_("Code"), 10),
    (_("Session"), 36),
    (_("Starts"), 16),
    (_("State"), 16),
    (_("How"), 14),
    (_("Party"), 7),
    (_("Came"), 7),
    (_("Name"), 22),
    (_("Who comes"), 36),
    (_("Category"), 16),
    (_("Firm or institution"), 28),
    (_("E-mail"), 28),
    (_("Phone"), 18),
    (_("Badge no."), 14),
    (_("Signed up at"), 16),
    (_("Offered until"), 16),
    (_("Moved up"), 9),
    (_("Reason"), 30),
)


def cells(rows: QuerySet[Signup], show: Show) -> Iterator[list[Any]]:
    """A line a sign-up, in the order of the sessions and in that of asking; times are those of the show."""
    states, origins, categories = (dict(one) for one in (Signup.State.choices, Signup.Origin.choices, Category.choices))
    worn = Badge.objects.live().only("registration", "serial")
    people = Participant.objects.select_related("registration").only(
        "signup", "name", "registration__name", "registration__erased_at"
    )
    found = (
        rows.select_related("session", "registration")
        .prefetch_related(Prefetch("participants", people), Prefetch("registration__badges", worn, to_attr="worn"))
        .order_by("session__starts_at", "session__code", "-ahead", "pk")
    )

    def moment(at: Any) -> str:
        return f"{at.astimezone(show.zone):%Y-%m-%d %H:%M}" if at else ""

    for row in found.iterator(chunk_size=CHUNK):
        own, session = row.registration, row.session
        coming = [str(one.registration) if one.registration else one.name for one in row.participants.all()]
        yield [
            session.code,
            session.title,
            moment(session.starts_at),
            str(states[row.state]),
            str(origins[row.origin]),
            row.party,
            row.came,
            str(own),
            "; ".join(coming),
            str(categories.get(own.category, own.category)),
            own.firm,
            own.email,
            str(own.phone or ""),
            serials.shown(own.worn[0].serial) if own.worn else "",
            moment(row.joined_at),
            moment(row.offered_until),
            row.ahead,
            row.why,
        ]


def signups_csv(rows: QuerySet[Signup], show: Show) -> Iterator[str]:
    """Begins with a mark so that it is read as UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([str(title) for title, _width in HEADS])
    for chunk in batched(cells(rows, show), CHUNK):
        writer.writerows([value if isinstance(value, int) else as_cell(value) for value in line] for line in chunk)
        yield out.getvalue()
        out.seek(0)
        out.truncate()
    yield out.getvalue()


def signups_xlsx(rows: QuerySet[Signup], show: Show) -> bytes:
    """What somebody typed is text, whatever it looks like."""
    out = io.BytesIO()
    options = {"constant_memory": True, "in_memory": False, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(str(_("Sign-ups")))
        head = book.add_format({"bold": True, "font_color": "#ffffff", "bg_color": "#0b2a6f", "text_wrap": True})
        text = book.add_format({"num_format": "@", "valign": "top"})
        quoted = book.add_format({"num_format": "@", "valign": "top", "quote_prefix": True})
        for at, (title, width) in enumerate(HEADS):
            page.set_column(at, at, width)
            page.write_string(0, at, str(title), head)
        page.freeze_panes(1, 2)
        for number, line in enumerate(cells(rows, show), 1):
            for at, value in enumerate(line):
                if isinstance(value, int):
                    page.write_number(number, at, value)
                elif value:
                    page.write_string(number, at, value, quoted if _FORMULA.match(value) else text)
    return out.getvalue()


def record(actor: Actor, *, rows: int, session: int | None) -> None:
    """Leave in the history who took how many people's data out."""
    history.record(actor, "signups_exported", rows=rows, **({"session": session} if session else {}))
