"""A departure's people for the enterprise's gate, as the files that its guard works with."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import typst
import xlsxwriter
from django.utils.translation import gettext as _

from programme.actions.signing.papers import Line
from visitors.badges import font
from visitors.exports import as_cell

#: By the form that is asked for: what the browser is told that it is.
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}
# Control characters and what XML has no place for: one of them, and a spreadsheet does not open.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_HERE = Path(__file__).parent / "gate_list.typ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The list with what stands above it: the enterprise, when and for whom."""

    title: str
    when: str
    show: str
    lines: Sequence[Line] = field(repr=False)
    at: datetime

    def heads(self) -> tuple[str, ...]:
        return (_("Party"), _("Name"), _("Document"), _("Number"))

    def rows(self) -> list[tuple[int, str, str, str]]:
        return [(one.party, _UNFIT.sub("", one.name), one.kind, one.number) for one in self.lines]


def written(sheet: Sheet, form: str) -> bytes:
    """The file in one of the forms of `TYPES`."""
    return {"xlsx": as_workbook, "csv": as_csv, "pdf": as_pdf}[form](sheet)


def as_csv(sheet: Sheet) -> bytes:
    """For programs; begins with a mark so that it is read as UTF-8."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(sheet.heads())
    writer.writerows((party, *map(as_cell, texts)) for party, *texts in sheet.rows())
    return out.getvalue().encode()


def as_workbook(sheet: Sheet) -> bytes:
    """Every number is text: as a figure, a spreadsheet would round its last digits off."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        text = book.add_format({"num_format": "@", "valign": "top"})
        head = book.add_format({"bold": True, "font_color": "#ffffff", "bg_color": "#0b2a6f"})
        page = book.add_worksheet()
        for at, (name, width) in enumerate(zip(sheet.heads(), (7, 28, 34, 26), strict=True)):
            page.set_column(at, at, width, text)
            page.write_string(2, at, name, head)
        page.write_string(0, 0, sheet.title, book.add_format({"bold": True, "font_size": 14}))
        page.write_string(1, 0, f"{sheet.when} · {sheet.show}")
        for row, (party, *texts) in enumerate(sheet.rows(), 3):
            page.write_number(row, 0, party)
            for at, told in enumerate(texts, 1):
                page.write_string(row, at, told, text)
        page.freeze_panes(3, 0)
        page.repeat_rows(2)
        page.fit_to_pages(1, 0)
    return out.getvalue()


def as_pdf(sheet: Sheet) -> bytes:
    """To print. Raises RuntimeError for anything that typst warns of."""
    told = {
        "title": font.printable(sheet.title, most=200),
        "under": font.printable(f"{sheet.when} · {sheet.show}", most=200),
        "heads": sheet.heads(),
        "rows": [
            [str(party), font.printable(name, most=120), font.printable(kind, most=80), number]
            for party, name, kind, number in sheet.rows()
        ],
    }
    inputs = {"sheet": json.dumps(told, ensure_ascii=False), "fonts": json.dumps(font.families())}
    # A compiler of its own: one that is kept would keep what it was given last.
    compiler = typst.Compiler(input=_HERE, root=_HERE.parent, font_paths=font.fonts(), ignore_system_fonts=True)
    result, warnings = compiler.compile_with_warnings(
        format="pdf", timestamp=sheet.at.astimezone(UTC).replace(microsecond=0), sys_inputs=inputs
    )
    if warnings:
        raise RuntimeError(f"typst: {warnings[0].message}")
    return cast("bytes", result)
