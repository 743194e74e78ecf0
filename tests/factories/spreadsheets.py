"""Spreadsheets as people make them, in memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from accounts.models import User
from expo.models import Show
from programme.actions import importing
from programme.importing.fates import Outcome
from programme.models import Import
from tests.factories.accounts import UserFactory
from tests.factories.programme import NOW, SYSTEM

HEADS = ("Code", "Kind", "Title in English", "Day", "Start", "End", "Room")


def workbook(
    *, mac: bool = False, touch: Callable[[Any], None] | None = None, **sheets: Sequence[Sequence[Any]]
) -> bytes:
    """An Excel workbook with these sheets, row by row; `touch` does more to it before it is saved."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    if mac:
        book.epoch = CALENDAR_MAC_1904
    for name, rows in sheets.items():
        page: Worksheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            page.append(list(row))
    if touch:
        touch(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sessions(*rows: Sequence[Any], heads: Sequence[str] = HEADS, **more: Any) -> bytes:
    return workbook(Sessions=[heads, *rows], **more)


def uploaded(show: Show, data: bytes, *, user: User | None = None, name: str = "plan.xlsx") -> Import:
    user = user or UserFactory(roles=["programme_editor"])
    return importing.keep(user=user, show=show, name=name, data=data, at=NOW)


def looked_at(show: Show, data: bytes) -> Outcome:
    return importing.preview(actor=SYSTEM, upload=uploaded(show, data))


def applied(show: Show, data: bytes) -> Outcome:
    upload = uploaded(show, data)
    seen = importing.preview(actor=SYSTEM, upload=upload).seal
    return importing.apply(actor=SYSTEM, upload=upload, seen=seen, at=NOW)
