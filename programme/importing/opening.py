"""A file that somebody uploaded, as sheets with rows: by its content, and within bounds before it is taken apart."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import python_calamine
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.refusals import Refusal
from programme.importing.columns import OWN, SHEETS, Column, Sheet
from programme.importing.values import as_line, as_text, plain, quoted

MOST_BYTES = 10 * 1024 * 1024
# What a file of that size may grow to when it is unzipped, and of how many parts it may be made.
MOST_UNZIPPED, MOST_PARTS, MOST_SHEETS = 64 * 1024 * 1024, 500, 30
MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 50_000, 300, 4_000_000
#: The headings stand in one of the first rows that say anything.
HEADING_WITHIN = 10
EPOCH, MAC_EPOCH = date(1899, 12, 30), date(1904, 1, 1)

WRONG_TYPE = Refusal(
    "wrong_type",
    gettext_lazy(
        "This is neither an Excel workbook (.xlsx) nor a text file with columns (.csv). Save it as one of the two."
    ),
)
BROKEN = Refusal(
    "broken",
    gettext_lazy("The file is damaged and cannot be read. Open it in your program, save it anew and upload that."),
)
PASSWORD = Refusal(
    "password", gettext_lazy("The file is protected by a password. Save it without one and upload that.")
)
TOO_LARGE = Refusal(
    "too_large", gettext_lazy("The file is larger than a programme ever is: 10 MB at most, 64 MB when it is unpacked.")
)
TOO_FAR = Refusal(
    "too_many_rows",
    gettext_lazy("A sheet has at most 50,000 rows and 300 columns. Delete what stands far below or to the right."),
)
# A file of a few kilobytes unpacks to one of 64 MB that is made to be looked through again and again: a tag ends at the
# next one at the latest, and what was passed over once is not tried anew.
_R = re.compile(rb"""(?<![\w:])r\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""")
_PLACE = re.compile(rb"""["']([A-Za-z]{0,3})([1-9][0-9]{0,6})["']""")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_NO_PLACE = rb"(?=[\s/>])(?![^<>]*(?<![\w:])r\s*=)"
_ROW_WITHOUT_PLACE = re.compile(rb"<(?:\w+:)?row" + _NO_PLACE)
_CELL_WITHOUT_PLACE = re.compile(rb"<(?:\w+:)?c" + _NO_PLACE)
_CELL_OF_ERROR = re.compile(rb"""<(?:\w+:)?c\b(?>([^<>]*?)(?<![\w:])t\s*=\s*["']e["'])([^<>]*+)>""")
_CELL_WITHOUT_VALUE = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*+)>\s*+<(?:\w+:)?f\b[^<>]*?(?:/>|>[^<]*+</(?:\w+:)?f>)"
    rb"\s*+(?:<(?:\w+:)?v\s*+/>|<(?:\w+:)?v>\s*+</(?:\w+:)?v>)?\s*+</(?:\w+:)?c>"
)
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\b(?=[^<>]*?\bhidden\s*=\s*["'](?:1|true)["'])([^<>]*+)>""")
_ATTRIBUTE = re.compile(r"""(?<![\w:])([\w:]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")


class Problem(NamedTuple):
    """Something that keeps the file from being applied. `row` as the spreadsheet counts, `column` its heading."""

    code: str
    sentence: str
    sheet: str = ""
    row: int | None = None
    column: str = ""

    @property
    def where(self) -> str:
        """Sessions, row 14, column End."""
        parts = [self.sheet] if self.sheet else []
        if self.row is not None:
            parts.append(_("row %(row)s") % {"row": self.row})
        if self.column:
            parts.append(_("column “%(column)s”") % {"column": self.column})
        return _(", ").join(parts)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet, its cells by the names of their columns; `number` as the spreadsheet counts."""

    number: int
    cells: dict[str, Any]

    def said(self, name: str) -> bool:
        return as_line(self.cells.get(name)) != ""


@dataclass(slots=True)
class Page:
    """A sheet that is known, its columns in the file's order, its rows that say something."""

    sheet: Sheet
    title: str
    columns: dict[str, str]
    lines: list[Line]

    def problem(self, refusal: Refusal, line: Line | int | None = None, column: str = "") -> Problem:
        row = line.number if isinstance(line, Line) else line
        heading = self.columns.get(column) or (self.sheet.by_name[column].heading if column else "")
        return Problem(refusal.code, refusal.sentence, self.title, row, heading)


@dataclass(slots=True)
class Book:
    """The sheets that are known by their names, what was left out of the file (`notes`), and what is wrong with it."""

    pages: dict[str, Page] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    epoch: date = EPOCH


@dataclass(slots=True)
class Grid:
    """A sheet as it lies in the file. What is wrong with cells stands by (row, column), from 0."""

    title: str
    rows: Sequence[Sequence[Any]]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    bad: Mapping[tuple[int, int], Refusal] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    is_hidden: bool = False


def open_file(data: bytes) -> Book:
    """Raises Refusal: empty_file, too_large, wrong_type, password, broken, too_many_rows, no_sheet."""
    if not data.strip():
        raise Refusal("empty_file", _("The file is empty."))
    if len(data) > MOST_BYTES:
        raise TOO_LARGE
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise of_old_excel(data)
    if data.startswith(b"PK"):
        grids, epoch = workbook(data)
    else:
        grids, epoch = [Grid("", table(decoded(data)))], EPOCH
    book = Book(epoch=epoch)
    for grid in grids:
        take(book, grid, alone=len([one for one in grids if not one.is_hidden]) == 1)
    if not book.pages and not book.problems:
        raise Refusal(
            "no_sheet",
            _("No sheet of the file has the headings of one of these: %(sheets)s. Begin with our template.")
            % {"sheets": ", ".join(sheet.title for sheet in SHEETS)},
        )
    return book


def of_old_excel(data: bytes) -> Refusal:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return PASSWORD
    return Refusal("wrong_type", _("This is a file of an older Excel. Save it as an Excel workbook (.xlsx) first."))


# Excel workbooks


def workbook(data: bytes) -> tuple[list[Grid], date]:
    parts = unzipped(data)
    if "xl/workbook.xml" not in parts:
        raise WRONG_TYPE
    top = parts["xl/workbook.xml"]
    epoch = MAC_EPOCH if re.search(rb"""date1904\s*=\s*["'](?:1|true)["']""", top) else EPOCH
    of_titles = parts_of_sheets(top, parts.get("xl/_rels/workbook.xml.rels", b""), parts)
    try:
        book = python_calamine.load_workbook(io.BytesIO(data))
        kept = [one for one in book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
        grids = [
            grid_of(book, meta, of_titles.get(meta.name, b""))
            for meta in kept[:MOST_SHEETS]
            if plain(meta.name) not in OWN
        ]
    except python_calamine.PasswordError as error:
        raise PASSWORD from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise BROKEN from error
    return grids, epoch


def unzipped(data: bytes) -> dict[str, bytes]:
    """The parts that say where sheets are and what is in them; all of it is read once, so that what it claims of its
    size is true. Raises Refusal: broken, too_large, too_many_rows."""
    kept, whole = {}, 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            if len(members) > MOST_PARTS or sum(one.file_size for one in members) > MOST_UNZIPPED:
                raise TOO_LARGE
            for member in members:
                if member.flag_bits & 1:
                    raise PASSWORD
                with packed.open(member) as part:
                    content = part.read(MOST_UNZIPPED + 1)
                whole += len(content)
                if whole > MOST_UNZIPPED:
                    raise TOO_LARGE
                if b"sheetData" in content:
                    check_reach(content)
                kept[member.filename] = content
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise BROKEN from error
    return kept


def check_reach(content: bytes) -> None:
    """A cell far away would make a table of all that lies before it. Raises Refusal: broken, too_many_rows."""
    last_row = last_column = 0
    for told in set(_R.findall(content)):
        place = _PLACE.fullmatch(told)
        if place is None:
            raise BROKEN
        last_row = max(last_row, int(place[2]))
        last_column = max(last_column, of_letters(place[1]) + 1)
    # What says no place of its own stands behind what came before it.
    last_row += len(_ROW_WITHOUT_PLACE.findall(content))
    last_column += max(len(_CELL_WITHOUT_PLACE.findall(row)) for row in _ROW.split(content))
    if last_row > MOST_ROWS or last_column > MOST_COLUMNS or last_row * last_column > MOST_CELLS:
        raise TOO_FAR


def of_letters(letters: bytes) -> int:
    """A is 0, Z is 25, AA is 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + letter - 64
    return index - 1


def attributes(tag: bytes) -> dict[str, str]:
    return {
        name: html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(tag.decode("utf-8", "replace"))
    }


def parts_of_sheets(top: bytes, relations: bytes, parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """What the file says of each sheet, by the sheet's name."""
    targets = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^<>]*+>", relations):
        told = attributes(tag)
        targets[told.get("Id", "")] = told.get("Target", "").lstrip("/")
    found = {}
    for tag in re.findall(rb"<(?:\w+:)?sheet\b[^<>]*+>", top):
        told = attributes(tag)
        target = targets.get(next((value for name, value in told.items() if name.endswith(":id")), ""), "")
        found[told.get("name", "")] = parts.get(f"xl/{target}", parts.get(target, b""))
    return found


def grid_of(book: Any, meta: Any, content: bytes) -> Grid:
    sheet = book.get_sheet_by_name(meta.name)
    hidden = {
        int(told["r"]) - 1
        for told in (attributes(tag) for tag in _HIDDEN_ROW.findall(content))
        if told.get("r", "").isdecimal()
    }
    return Grid(
        title=as_line(meta.name),
        rows=sheet.to_python(skip_empty_area=False),
        merged=sheet.merged_cell_ranges or (),
        bad=bad_cells(content),
        hidden_rows=frozenset(hidden),
        is_hidden=meta.visible != python_calamine.SheetVisibleEnum.Visible,
    )


def bad_cells(content: bytes) -> dict[tuple[int, int], Refusal]:
    """The cells whose formula came out as an error, or has not been worked out."""
    error = Refusal("cell_error", _("The formula gives an error. Put it right, or write the value itself."))
    empty = Refusal("no_value", _("The formula was never worked out. Open the file, save it, and upload that."))
    found = {}
    for tags, refusal in (
        ([b" ".join(pair) for pair in _CELL_OF_ERROR.findall(content)], error),
        (_CELL_WITHOUT_VALUE.findall(content), empty),
    ):
        for tag in tags:
            if match := re.fullmatch(r"([A-Z]{1,3})(\d{1,7})", attributes(tag).get("r", "")):
                found[int(match[2]) - 1, of_letters(match[1].encode())] = refusal
    return found


# Text files


def decoded(data: bytes) -> str:
    """Raises Refusal: wrong_type."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[:200:2].count(0) > 10:
        encodings = ["utf-16-be"]
    elif data[1:200:2].count(0) > 10:
        encodings = ["utf-16-le"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise WRONG_TYPE


def table(text: str) -> list[list[str | None]]:
    """Raises Refusal: broken, too_many_rows."""
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows: list[list[str | None]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(rows) >= MOST_ROWS or len(row) > MOST_COLUMNS:
                raise TOO_FAR
            rows.append([unescaped(cell) for cell in row])
    except csv.Error as error:
        raise BROKEN from error
    return rows


def unescaped(cell: str) -> str:
    """Without the mark by which our files say that something is text and no formula."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@＝＋－＠\t\r " else cell


# Sheets, known by their names and headings


def take(book: Book, grid: Grid, *, alone: bool) -> None:
    """Add the sheet to the book, or say that it is left out."""
    heading, sheet = headings_of(grid, alone=alone)
    if sheet is None:
        if any(as_line(cell) for row in grid.rows for cell in row):
            book.notes.append(_("The sheet “%(sheet)s” is not known, and left out.") % {"sheet": grid.title})
        return
    title = grid.title or sheet.title
    if sheet.name in book.pages:
        sentence = _("There are two sheets of this kind: “%(one)s” and “%(other)s”.")
        sentence %= {"one": book.pages[sheet.name].title, "other": title}
        book.problems.append(Problem("two_sheets", sentence, title))
        return
    if heading is None:
        sentence = _("No row has headings that are known. Begin with our template.")
        book.problems.append(Problem("no_headings", sentence, title))
        return
    columns, unknown = columns_of(book, grid, heading, sheet, title)
    missing = [one.heading for one in sheet.columns if one.needed and one.name not in columns.values()]
    if missing:
        sentence = _("The column “%(column)s” is missing.") % {"column": missing[0]}
        book.problems.append(Problem("no_column", sentence, title))
        return
    if unknown:
        book.notes.append(
            _("%(sheet)s: these columns are not known, and left out: %(columns)s.")
            % {"sheet": title, "columns": ", ".join(f"“{one}”" for one in unknown)}
        )
    names = {name: as_line(grid.rows[heading][index]) for index, name in columns.items()}
    page = Page(sheet, title, names, [])
    page.lines = list(lines_of(book, page, grid, heading, columns))
    if len(page.lines) > sheet.most:
        sentence = _("There are %(count)s rows; at most %(most)s are read at once.")
        book.problems.append(Problem("too_many_rows", sentence % {"count": len(page.lines), "most": sheet.most}, title))
        page.lines = []
    book.pages[sheet.name] = page


def headings_of(grid: Grid, *, alone: bool) -> tuple[int | None, Sheet | None]:
    """The row of the headings, from 0, and the sheet that it is; one that is alone may have any name."""
    named = next((sheet for sheet in SHEETS if plain(grid.title) in sheet.titles), None)
    best: tuple[int, int | None, Sheet | None] = (0, None, named)
    seen = 0
    for index, row in enumerate(grid.rows):
        words = {plain(as_line(cell)) for cell in row} - {""}
        if not words:
            continue
        for sheet in [named] if named else SHEETS if alone else ():
            known = len(words & sheet.by_heading.keys())
            if known > best[0] and (known > 1 or named):
                best = (known, index, sheet)
        seen += 1
        if seen == HEADING_WITHIN:
            break
    return best[1], best[2]


def columns_of(book: Book, grid: Grid, heading: int, sheet: Sheet, title: str) -> tuple[dict[int, str], list[str]]:
    """The known columns by where they stand, and the headings of the others."""
    found: dict[int, str] = {}
    unknown: list[str] = []
    for index, cell in enumerate(grid.rows[heading]):
        said = as_line(cell)
        known: Column | None = sheet.by_heading.get(plain(said)) if plain(said) else None
        if known is None:
            if said:
                unknown.append(quoted(said))
        elif known.name in found.values():
            sentence = _("Two columns are the same: “%(one)s” and “%(other)s”.")
            first = next(at for at, name in found.items() if name == known.name)
            sentence %= {"one": as_line(grid.rows[heading][first]), "other": said}
            book.problems.append(Problem("two_columns", sentence, title, heading + 1, said))
        else:
            found[index] = known.name
    return found, unknown


def lines_of(book: Book, page: Page, grid: Grid, heading: int, columns: dict[int, str]) -> Iterator[Line]:
    """The rows below the headings that say something, with merged cells filled in."""
    filled = merged_cells(book, page, grid, heading, columns)
    hidden = []
    for index in range(heading + 1, len(grid.rows)):
        row = grid.rows[index]
        cells, says = {}, False
        for at, name in columns.items():
            value = row[at] if at < len(row) else None
            # A merged cell alone makes no row of an empty one.
            says = says or as_line(value) != ""
            cells[name] = filled.get((index, at), value)
            if (refusal := grid.bad.get((index, at))) is not None:
                book.problems.append(page.problem(refusal, index + 1, name))
        line = Line(index + 1, {name: None if value == "" else value for name, value in cells.items()})
        if says:
            yield line
            if index in grid.hidden_rows:
                hidden.append(str(index + 1))
    if hidden:
        book.notes.append(
            _("%(sheet)s: hidden rows are read like all others: %(rows)s.") % {"sheet": page.title, "rows": few(hidden)}
        )


def merged_cells(
    book: Book, page: Page, grid: Grid, heading: int, columns: dict[int, str]
) -> dict[tuple[int, int], Any]:
    """The value of each merged cell for all rows that it goes over; those that go over columns are refused."""
    filled: dict[tuple[int, int], Any] = {}
    told = []
    for (top, left), (bottom, right) in grid.merged:
        names = [columns[at] for at in range(left, min(right, MOST_COLUMNS) + 1) if at in columns]
        bottom = min(bottom, len(grid.rows) - 1)  # noqa: PLW2901
        if not names or bottom <= heading or top > bottom:
            continue
        if top <= heading or right > left or (page.sheet.name != "talks" and page.sheet.by_name[names[0]].needed):
            sentence = _("Cells are merged across columns or rows that each need their own value. Unmerge them.")
            refusal = Refusal("merged", sentence)
            book.problems.append(page.problem(refusal, max(top, heading + 1) + 1, names[0]))
            continue
        value = grid.rows[top][left] if left < len(grid.rows[top]) else None
        if len(filled) + bottom - top > MOST_ROWS * 4:
            raise TOO_FAR
        filled |= {(row, left): value for row in range(top, bottom + 1)}
        if bottom > top and as_text(value):
            told.append(f"{page.columns[names[0]]} {top + 1}–{bottom + 1}")
    if told:
        book.notes.append(
            _("%(sheet)s: a merged cell counts for each row that it goes over: %(cells)s.")
            % {"sheet": page.title, "cells": few(told)}
        )
    return filled


def few(names: Sequence[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")
