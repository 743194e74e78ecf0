"""The template and the working plan as Excel workbooks, in the language in use; what is written is read as it was."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils.translation import gettext as _
from django_countries import countries
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from expo import formats
from expo.models import Show, in_language
from programme.documents import WINDOW
from programme.importing.columns import EXPLANATION, LISTS, SESSIONS, SHEETS, SPEAKERS, Sheet
from programme.importing.names import Known, shown_of
from programme.importing.standing import Standing
from programme.importing.values import as_text
from programme.models import Access, Audience, Host, Kind, Language, Session, Speaker, Talk

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Rows of the template that are formatted and offer choices.
READY = 1000
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
_DATES, _TIMES, _MOMENTS = {"day"}, {"start", "end"}, set(WINDOW)
_NUMBERS = {
    "minutes", "seats", "standing", "reserve_guests", "reserve_walk_ins", "age_from", "travel_minutes", "order",
    "after", "party_most",
}  # fmt: skip

__all__ = ["TYPE", "plan", "template"]


def template(show: Show) -> bytes:
    """The sheets with their headings and choices, and one that explains them."""
    return workbook(Standing(show), {})


def plan(show: Show) -> tuple[bytes, int]:
    """The working plan of the show, and how many sessions it has."""
    standing = Standing(show)
    names = Called(standing)
    sessions = list(standing.sessions.values())
    rows = {
        "sessions": [session_cells(session, names) for session in sessions],
        "talks": [cells for session in sessions for cells in talk_cells(session, names)],
        "speakers": [speaker_cells(speaker) for speaker in standing.speakers.rows],
        "hosts": [host_cells(host) for host in standing.hosts.rows],
    }
    return workbook(standing, rows), len(sessions)


class Called:
    """What things are called in the cells: so that they are found again."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.zone = standing.zone

    def thing(self, known: Known[Any], pk: int | None) -> str:
        return known.name_of(known.by_pk[pk]) if pk is not None else ""

    def speakers(self, pks: Iterable[int]) -> str:
        return "; ".join(self.thing(self.standing.speakers, pk) for pk in pks)


# Rows as cells


def session_cells(session: Session, names: Called) -> dict[str, Any]:
    known = names.standing
    cells: dict[str, Any] = {
        column.name: getattr(session, column.name) for column in SESSIONS.columns if hasattr(session, column.name)
    }
    cells |= {
        "kind": Kind(session.kind).label,
        "audience": Audience(session.audience).label,
        "languages": ", ".join(str(Language(one).label) for one in session.languages),
        "interpretation": ", ".join(str(Language(one).label) for one in session.interpretation),
        "room": names.thing(known.rooms, session.room_id),
        "host": names.thing(known.hosts, session.host_id),
        "series": names.thing(known.series, session.series_id),
        "area": known.areas.by_pk[session.area_id].letter if session.area_id else "",
        "enterprise": names.thing(known.enterprises, session.enterprise_id),
        "guide": names.thing(known.guides, session.guide_id),
        "bus": names.thing(known.buses, session.bus_id),
        "access": Access(session.access).label,
        "asks_id": _("yes") if session.asks_id else "",
        **{name: in_zone(getattr(session, name), names.zone) for name in WINDOW},
        "cancelled": _("yes") if session.is_cancelled else "",
    }
    return cells | time_cells(session, names)


def in_zone(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """As the clocks of the show read it: a workbook knows no zones."""
    return at.astimezone(zone).replace(tzinfo=None) if at else None


def time_cells(session: Session, names: Called) -> dict[str, Any]:
    """An end where it is on the day of the start, else the minutes."""
    if session.starts_at is None or session.ends_at is None:
        return {"minutes": session.minutes}
    starts, ends = (at.astimezone(names.zone) for at in (session.starts_at, session.ends_at))
    cells: dict[str, Any] = {"day": starts.date(), "start": starts.time(), "minutes": session.minutes}
    if starts.date() == ends.date() and starts.utcoffset() == ends.utcoffset():
        cells |= {"end": ends.time(), "minutes": None}
    return cells


def talk_cells(session: Session, names: Called) -> Iterator[dict[str, Any]]:
    appearances = sorted(session.appearances.all(), key=lambda one: (one.position, one.pk))
    besides = [one for one in appearances if one.talk_id is None]
    if moderators := [one.speaker_id for one in besides if one.moderates]:
        yield {"code": session.code, "speakers": names.speakers(moderators), "moderates": _("yes")}
    talks = sorted(session.talks.all(), key=lambda one: (one.position, one.pk))
    for number, talk in enumerate(talks, 1):
        its_own = [one for one in appearances if one.talk_id == talk.pk]
        yield {
            "code": session.code,
            "order": number,
            "title_en": talk.title_en,
            "title_zh": talk.title_zh,
            "about_en": talk.about_en,
            "about_zh": talk.about_zh,
            "speakers": names.speakers(one.speaker_id for one in its_own),
            "moderates": names.speakers(one.speaker_id for one in its_own if one.moderates),
            **talk_times(session, talk, names),
        }
    if panel := [one.speaker_id for one in besides if not one.moderates]:
        yield {"code": session.code, "speakers": names.speakers(panel)}


def talk_times(session: Session, talk: Talk, names: Called) -> dict[str, Any]:
    if talk.after is None or talk.minutes is None:
        return {}
    if session.starts_at is None:
        return {"after": talk.after, "minutes": talk.minutes}
    starts = (session.starts_at + timedelta(minutes=talk.after)).astimezone(names.zone)
    if starts.utcoffset() != session.starts_at.astimezone(names.zone).utcoffset():
        return {"after": talk.after, "minutes": talk.minutes}
    return {"start": starts.time(), "minutes": talk.minutes}


def speaker_cells(speaker: Speaker) -> dict[str, Any]:
    cells = {column.name: getattr(speaker, column.name, "") for column in SPEAKERS.columns}
    return cells | {
        "key": speaker.slug,
        "country": str(countries.name(str(speaker.country)) or speaker.country),
        "language": mail_language(speaker.language),
    }


def host_cells(host: Host) -> dict[str, Any]:
    return {
        "name_en": host.name_en,
        "name_zh": host.name_zh,
        "kind": Host.Kind(host.kind).label,
        "contact_name": host.contact_name,
        "contact_email": host.contact_email,
        "language": mail_language(host.language),
    }


def mail_language(code: str) -> str:
    return _("Chinese") if code.startswith("zh") else _("English")


# The workbook


class Pen:
    """Writes cells in the formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        font = {"font_name": "Microsoft YaHei" if formats.in_chinese() else "Calibri", "valign": "top"}
        self.text = book.add_format(font | {"num_format": "@", "text_wrap": True})
        self.as_it_stands = book.add_format(font | {"num_format": "@", "text_wrap": True, "quote_prefix": True})
        self.date = book.add_format(font | {"num_format": "yyyy-mm-dd", "align": "left"})
        self.time = book.add_format(font | {"num_format": "hh:mm", "align": "left"})
        self.moment = book.add_format(font | {"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
        self.number = book.add_format(font | {"num_format": "0", "align": "left"})
        head = font | {"bold": True, "font_color": "#ffffff", "bg_color": "#0b2a6f", "text_wrap": True, "border": 1}
        self.head = book.add_format(head)
        self.needed = book.add_format(head | {"bg_color": "#0a56d6"})

    def of(self, name: str) -> Format:
        if name in _DATES:
            return self.date
        if name in _TIMES:
            return self.time
        if name in _MOMENTS:
            return self.moment
        return self.number if name in _NUMBERS else self.text

    def write(self, sheet: Worksheet, row: int, at: int, value: Any, form: Format) -> None:
        """What somebody typed is text, whatever it looks like."""
        if value is None or value == "":
            return
        if isinstance(value, (datetime, date, time)):
            sheet.write_datetime(row, at, value, form)
        elif isinstance(value, int) and not isinstance(value, bool):
            sheet.write_number(row, at, value, form)
        else:
            text = as_text(value)
            sheet.write_string(row, at, text, self.as_it_stands if _FORMULA.match(text) else form)


def workbook(standing: Standing, rows: dict[str, list[dict[str, Any]]]) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        with xlsxwriter.Workbook(out, options) as book:
            pen = Pen(book)
            pages = {one.name: book.add_worksheet(one.title) for one in SHEETS}
            explain(book.add_worksheet(in_language(*EXPLANATION)), pen)
            lists = choices(book, standing, pen)
            for one in SHEETS:
                fill(pages[one.name], one, rows.get(one.name, []), pen, lists)
    except XlsxWriterException as error:
        raise ValueError("The plan does not fit into a workbook.") from error
    return out.getvalue()


def fill(page: Worksheet, sheet: Sheet, rows: list[dict[str, Any]], pen: Pen, lists: dict[str, str]) -> None:
    page.freeze_panes(1, 1)
    page.set_row(0, 32)
    last = max(len(rows), READY)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width, pen.of(column.name))
        page.write_string(0, at, column.heading, pen.needed if column.needed else pen.head)
        source = lists.get(f"{sheet.name}.{column.name}") or lists.get(column.name)
        if source and (f"{sheet.name}.{column.name}" in lists or sheet is SESSIONS):
            page.data_validation(
                1, at, last, at,
                {"validate": "list", "source": source, "error_type": "warning", "ignore_blank": True,
                 "error_title": column.heading[:32], "error_message": _("This is not on the list.")},
            )  # fmt: skip
    page.autofilter(0, 0, last, len(sheet.columns) - 1)
    for number, cells in enumerate(rows, 1):
        for at, column in enumerate(sheet.columns):
            pen.write(page, number, at, cells.get(column.name), pen.of(column.name))


def explain(page: Worksheet, pen: Pen) -> None:
    """Each column in both languages."""
    heads = ("Sheet 表", "Column", "列", "What belongs into it", "填写内容", "Example 示例")
    for at, (head, width) in enumerate(zip(heads, (18, 26, 20, 60, 44, 30), strict=True)):
        page.set_column(at, at, width, pen.text)
        page.write_string(0, at, head, pen.head)
    notes = (
        ("Only the columns that you use need to be there, in any order; the blue one is needed.",
         "只需保留您使用的列，顺序不限；蓝色的列必填。"),
        ("An empty cell empties the field; a column that is not there leaves it as it is.",
         "空单元格会清空该字段；没有的列保持不变。"),
        ("Sessions that are not in the file stay as they are. One with rows among the talks has those and no others.",
         "文件中没有的场次保持不变。演讲表中有行的场次，其演讲以表为准。"),
        ("Hidden and filtered rows are read like all others.", "隐藏或筛选掉的行同样会被读取。"),
    )  # fmt: skip
    row = 1
    for en, zh in notes:
        page.write_string(row, 3, en, pen.text)
        page.write_string(row, 4, zh, pen.text)
        row += 1
    for sheet in SHEETS:
        for column in sheet.columns:
            cells = (f"{sheet.en} {sheet.zh}", column.en, column.zh, column.about_en, column.about_zh, column.example)
            for at, text in enumerate(cells):
                pen.write(page, row, at, text, pen.text)
            row += 1
    page.freeze_panes(1, 0)


def choices(book: xlsxwriter.Workbook, standing: Standing, pen: Pen) -> dict[str, str]:
    """The lists that cells offer, on a sheet of their own: ranges by the columns that offer them."""
    page = book.add_worksheet(in_language(*LISTS))
    yes_no = [_("yes"), _("no")]
    mails = [_("Chinese"), _("English")]
    offered: dict[str, list[str]] = {
        "kind": shown_of(Kind),
        "audience": shown_of(Audience),
        "access": shown_of(Access),
        "asks_id": yes_no,
        "room": names_of(standing.rooms),
        "host": names_of(standing.hosts),
        "series": names_of(standing.series),
        "area": [area.letter for area in standing.areas.rows],
        "enterprise": names_of(standing.enterprises),
        "guide": names_of(standing.guides),
        "bus": names_of(standing.buses),
        "hosts.kind": shown_of(Host.Kind),
        "hosts.language": mails,
        "speakers.language": mails,
    }
    found = {}
    for at, (name, words) in enumerate(offered.items()):
        for row, word in enumerate(words):
            pen.write(page, row, at, word, pen.text)
        if words:
            letter = xlsxwriter.utility.xl_col_to_name(at)
            found[name] = f"='{page.get_name()}'!${letter}$1:${letter}${len(words)}"
    page.hide()
    return found


def names_of(known: Known[Any]) -> list[str]:
    return sorted(filter(None, map(known.name_of, known.rows)))
