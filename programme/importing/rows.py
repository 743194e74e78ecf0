"""A row of a sheet as what it means: days and times, numbers, words of choices, things and people by their names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, validate_email
from django.db import models
from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from expo import local_time
from programme import rules
from programme.documents import WINDOW
from programme.importing import values
from programme.importing.names import Known, country_codes, mail_languages, shown_of, words_of
from programme.importing.opening import Book, Line, Page, Problem
from programme.importing.standing import Standing
from programme.importing.values import DAY_MINUTES, Clock, as_line, as_text, quoted
from programme.models import Access, Audience, Host, Kind, Language, Session, Speaker, Talk

#: Of a number of minutes that is no likely one the rules say what is.
MOST_MINUTES = 99_999


class Row:
    """A row that is being read: what it gives by field, and whether anything in it is wrong."""

    def __init__(self, page: Page, line: Line, problems: list[Problem]) -> None:
        self.page, self.line, self._problems = page, line, problems
        self.given: dict[str, Any] = {}
        self.is_wrong = False

    def has(self, *names: str) -> bool:
        return any(name in self.page.columns for name in names)

    def cell(self, name: str) -> Any:
        return self.line.cells.get(name)

    def refuse(self, refusal: Refusal, column: str = "") -> None:
        self._problems.append(self.page.problem(refusal, self.line, column))
        self.is_wrong = True

    def value[T](self, name: str, read: Callable[[Any], T]) -> T | None:
        """What the cell says by this way of reading; None too where it is wrong, which is told."""
        try:
            return read(self.cell(name))
        except Refusal as refusal:
            self.refuse(refusal, name)
            return None

    def take(self, name: str, read: Callable[[Any], Any]) -> None:
        if self.has(name):
            self.given[name] = self.value(name, read)

    def take_texts(self, model: type[models.Model], *names: str) -> None:
        for name in names:
            kept = model._meta.get_field(name)
            lines = isinstance(kept, models.TextField)
            most = kept.max_length or 0

            def read(cell: Any, most: int = most, lines: bool = lines) -> str:
                return values.text(cell, most=most, lines=lines)

            self.take(name, read)

    def take_numbers(self, model: type[models.Model], *names: str) -> None:
        for name in names:
            kept = model._meta.get_field(name)
            low, high = limits(kept)
            empty = None if kept.null else kept.get_default()

            def read(cell: Any, low: int = low, high: int = high, empty: Any = empty) -> int | None:
                found = values.whole(cell, low=low, high=high)
                return empty if found is None else found

            self.take(name, read)

    def take_email(self, name: str) -> None:
        def read(cell: Any) -> str:
            said = values.text(cell, most=254)
            if said:
                try:
                    validate_email(said)
                except ValidationError as error:
                    raise Refusal("no_email", _("“%(said)s” is no e-mail address.") % {"said": quoted(said)}) from error
            return said

        self.take(name, read)

    def take_mail_language(self) -> None:
        shown = [_("Chinese"), _("English")]
        self.take("language", lambda cell: values.one_of(cell, mail_languages(), shown) or "zh-hans")


def limits(kept: Any) -> tuple[int, int]:
    lows = [one.limit_value for one in kept.validators if isinstance(one, MinValueValidator)]
    highs = [one.limit_value for one in kept.validators if isinstance(one, MaxValueValidator)]
    return max(lows, default=0), min(highs, default=32_767)


def host_row(row: Row) -> None:
    row.take_texts(Host, "name_en", "name_zh", "contact_name")
    row.take("kind", lambda cell: values.one_of(cell, words_of(Host.Kind), shown_of(Host.Kind)) or Host.Kind.ORGANISER)
    row.take_email("contact_email")
    row.take_mail_language()
    if not row.is_wrong and not (row.given.get("name_en") or row.given.get("name_zh")):
        row.refuse(Refusal("no_name", _("Give the host's name in Chinese, in English or in both.")))


def speaker_row(row: Row) -> None:
    row.take_texts(Speaker, "name_en", "name_zh", "position_en", "position_zh", "firm_en", "firm_zh")
    row.take("country", country)
    row.take_email("email")
    row.take_mail_language()
    if row.is_wrong or row.line.said("key"):
        return
    if not (row.given.get("name_en") or row.given.get("name_zh")):
        row.refuse(Refusal("no_name", _("Give the speaker's name in Chinese, in English or in both.")))


def country(cell: Any) -> str:
    """Raises Refusal: no_country."""
    said = as_line(cell)
    code = country_codes().get(values.plain(said)) if said else "CN"
    if code is None:
        raise Refusal("no_country", _("“%(said)s” is no country or region that is known.") % {"said": quoted(said)})
    return code


# Sessions

TEXTS = (
    "title_en", "title_zh", "about_en", "about_zh", "meeting_en", "meeting_zh", "bring_en", "bring_zh", "id_why_en",
    "id_why_zh", "outside_hours_why", "over_seats_why",
)  # fmt: skip
NUMBERS = ("seats", "standing", "reserve_guests", "reserve_walk_ins", "age_from", "travel_minutes", "party_most")


def session_row(row: Row, book: Book, standing: Standing, hosts: Known[Host], known: Session | None) -> None:
    """Read all that the row gives of the session, which is `known` where the plan has it."""
    row.take_texts(Session, *TEXTS)
    row.take_numbers(Session, *NUMBERS)
    row.take("kind", lambda cell: values.one_of(cell, words_of(Kind), shown_of(Kind)))
    row.take("audience", lambda cell: values.one_of(cell, words_of(Audience), shown_of(Audience)) or Audience.OPEN)
    for name in ("languages", "interpretation"):
        row.take(name, lambda cell: values.several_of(cell, words_of(Language), shown_of(Language)))
    row.take("access", lambda cell: values.one_of(cell, words_of(Access), shown_of(Access)) or Access.OPEN)
    row.take("asks_id", values.yes_or_no)
    for name in WINDOW:
        row.take(name, lambda cell: moment_in(cell, book, standing))
    hall = row.value(
        "hall", lambda cell: standing.halls.find(cell, code="no_hall", unknown=_("There is no hall “%(said)s”."))
    )
    for name, among, unknown in (
        ("host", hosts, _("There is no host “%(said)s”. A new one goes on the sheet of the hosts.")),
        ("series", standing.series, _("There is no series “%(said)s”. Add it on the desk first.")),
        ("area", standing.areas, _("There is no area “%(said)s”.")),
        ("enterprise", standing.enterprises, _("There is no open enterprise “%(said)s”. Add it on the desk first.")),
        ("guide", standing.guides, _("There is no guide “%(said)s”. Add the guide on the desk first.")),
        ("bus", standing.buses, _("There is no bus “%(said)s”. Add it on the desk first.")),
    ):

        def read(cell: Any, known: Known[Any] = among, code: str = f"no_{name}", unknown: str = unknown) -> Any:
            return known.find(cell, code=code, unknown=unknown)

        row.take(name, read)
    row.take(
        "room",
        lambda cell: standing.rooms.find(
            cell,
            code="no_room",
            unknown=_("There is no room “%(said)s”."),
            among=None if hall is None else lambda room: room.hall_id == hall.pk,
        ),
    )
    try:
        row.given |= when(row, book, standing, known)
    except Misplaced as misplaced:
        row.refuse(misplaced.refusal, misplaced.column)


class Misplaced(Exception):
    """The times of a row do not fit together; `column` is where that shows."""

    def __init__(self, column: str, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.column, self.refusal = column, refusal


def at_column[T](column: str, do: Callable[[], T]) -> T:
    """Raises Misplaced."""
    try:
        return do()
    except Refusal as refusal:
        raise Misplaced(column, refusal) from refusal


def when(row: Row, book: Book, standing: Standing, known: Session | None) -> dict[str, Any]:
    """The fields `starts_at` and `minutes`, those of the two that the row gives. Raises Misplaced."""
    if not row.has("day", "start", "end", "minutes"):
        return {}
    day, start, end, minutes = times(row, book, standing)
    given: dict[str, Any] = {} if minutes is None else {"minutes": minutes}
    if not row.has("day", "start"):
        if end is not None:
            raise Misplaced("end", Refusal("no_start", _("An end needs a day and a start.")))
        return given
    if start is None:
        if day is None and end is None:
            return given | {"starts_at": None}
        told = _("The start is missing. Leave the day empty too if it is not placed yet.")
        raise Misplaced("start" if row.has("start") else "day", Refusal("no_start", told))
    if day is None and not row.has("day") and known is not None and known.starts_at is not None:
        day = known.starts_at.astimezone(standing.zone).date()
    if day is None:
        raise Misplaced("day", Refusal("no_day", _("The day is missing.")))
    starts = at_column("start", lambda: moment(day, start, standing))
    if end is None:
        return given | {"starts_at": starts}
    column = "end" if row.line.said("end") else "start"
    length = at_column(column, lambda: length_of(starts, moment(end.day or day, end, standing)))
    check_lengths(length, minutes)
    return {"starts_at": starts, "minutes": length}


def length_of(starts: datetime, ends: datetime) -> int:
    """Raises Refusal: ends_before_it_starts, too_short, too_long."""
    if ends < starts:
        told = _("It would end before it starts. A session past midnight has its minutes instead of an end.")
        raise Refusal("ends_before_it_starts", told)
    return rules.minutes_of(starts, ends)


def check_lengths(length: int, minutes: int | None) -> None:
    """Raises Misplaced."""
    if minutes is not None and minutes != length:
        told = _("From start to end it is %(length)s minutes, and not %(minutes)s.")
        raise Misplaced("minutes", Refusal("two_lengths", told % {"length": length, "minutes": minutes}))


def times(row: Row, book: Book, standing: Standing) -> tuple[date | None, Clock | None, Clock | None, int | None]:
    """The day, the start, the end and the minutes that the cells say. Raises Misplaced."""
    days = list(standing.days)
    day = at_column("day", lambda: values.day(row.cell("day"), epoch=book.epoch, days=days))
    start, until = at_column("start", lambda: values.clocks(row.cell("start"), epoch=book.epoch, days=days))
    end, behind = at_column("end", lambda: values.clocks(row.cell("end"), epoch=book.epoch, days=days))
    if behind is not None:
        raise Misplaced("end", values.no_clock(row.cell("end")))
    if end is not None and until is not None and end.minutes != until.minutes:
        raise Misplaced("end", Refusal("two_ends", _("The start says another end than this.")))
    end = end or until
    if start is not None and start.minutes == DAY_MINUTES:
        raise Misplaced("start", Refusal("no_time", _("A day begins at 0:00; 24:00 is its end.")))
    if start is not None and start.day is not None:
        if day is not None and day != start.day:
            raise Misplaced("start", Refusal("two_days", _("The start is on another day than the one beside it.")))
        day = start.day
    minutes = at_column("minutes", lambda: values.whole(row.cell("minutes"), low=0, high=MOST_MINUTES))
    if minutes is not None:
        at_column("minutes", lambda: rules.check_length(minutes))
    return day, start, end, minutes


def moment(day: date, clock: Clock, standing: Standing) -> datetime:
    """Raises Refusal: no_such_time, time_comes_twice."""
    wall = datetime.combine(day, time()) + timedelta(minutes=clock.minutes)
    # In the zone itself lengths would be told by the hands of a clock that is put forward and back.
    return local_time.moment(wall, standing.zone).astimezone(UTC)


def moment_in(cell: Any, book: Book, standing: Standing) -> datetime | None:
    """A day with a time. Raises Refusal: no_moment, year, no_such_time, time_comes_twice and what a day or time is."""
    if cell is None or as_line(cell) == "":
        return None
    days = list(standing.days)
    if not isinstance(cell, str):
        day, clock = values.day(cell, epoch=book.epoch, days=days), midnight_or(cell, book, days)
    else:
        said, _blank, behind = values.width_of_one(cell).replace("T", " ").rpartition(" ")
        if not said:
            raise no_moment(cell)
        day = values.day(said, epoch=book.epoch, days=days)
        clock, until = values.clocks(behind, epoch=book.epoch, days=days)
        if until is not None:
            raise no_moment(cell)
    if day is None or clock is None:
        raise no_moment(cell)
    return moment(day, clock, standing)


def midnight_or(cell: Any, book: Book, days: list[date]) -> Clock | None:
    """The time of a cell that has both; a day alone begins at midnight."""
    if isinstance(cell, (int, float)) and cell == int(cell):
        return Clock(0)
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return Clock(0)
    return values.clocks(cell, epoch=book.epoch, days=days)[0]


def no_moment(cell: Any) -> Refusal:
    told = _("“%(cell)s” is not a day with a time. Write it as 2019-10-24 10:00.")
    return Refusal("no_moment", told % {"cell": quoted(cell)})


# Talks


def talk_row(row: Row) -> None:
    row.take_texts(Talk, "title_en", "title_zh", "about_en", "about_zh")
    row.take("order", lambda cell: values.whole(cell, low=0, high=9999))


def talk_times(row: Row, book: Book, standing: Standing, session: Session) -> tuple[int | None, int | None]:
    """From how many minutes after the session's start, for how many minutes. Raises Misplaced."""
    days = list(standing.days)
    start, until = at_column("start", lambda: values.clocks(row.cell("start"), epoch=book.epoch, days=days))
    end, _behind = at_column("end", lambda: values.clocks(row.cell("end"), epoch=book.epoch, days=days))
    end = end or until
    after = at_column("after", lambda: values.whole(row.cell("after"), low=0, high=rules.LONGEST))
    minutes = at_column("minutes", lambda: values.whole(row.cell("minutes"), low=1, high=rules.LONGEST))
    if start is not None:
        after = at_column("start", lambda: minutes_into(session, start, standing))
    if end is not None:
        if after is None:
            raise Misplaced("end", Refusal("no_start", _("An end needs a start.")))
        length = at_column("end", lambda: minutes_into(session, end, standing)) - after
        if length <= 0:
            raise Misplaced("end", rules.ENDS_BEFORE)
        check_lengths(length, minutes)
        minutes = length
    if (after is None) != (minutes is None):
        column = "minutes" if minutes is None else "start"
        raise Misplaced(
            column, Refusal("half_a_time", _("Say when the talk begins and how long it lasts, or neither."))
        )
    if after is not None and after >= session.minutes:
        column = "start" if start is not None else "after"
        raise Misplaced(column, Refusal("after_its_session", _("The talk would begin when its session is over.")))
    return after, minutes


def minutes_into(session: Session, clock: Clock, standing: Standing) -> int:
    """How long after the session's start it is that time. Raises Refusal: no_start, no_such_time, time_comes_twice."""
    if session.starts_at is None:
        told = _("The session has no time yet. Give the minutes after its start instead.")
        raise Refusal("no_start", told)
    first = session.starts_at.astimezone(standing.zone).date()
    at = moment(clock.day or first, clock, standing)
    if at < session.starts_at and clock.day is None:
        at = moment(first + timedelta(days=1), clock, standing)
    into = round((at - session.starts_at).total_seconds() / 60)
    if not 0 <= into <= rules.LONGEST:
        raise Refusal(
            "outside_its_session",
            _("That is outside of its session. Where a session moves, change the times of its talks as well."),
        )
    return into


def named(cell: Any) -> list[str]:
    """The names in a cell."""
    return [name for name in (part.strip() for part in values.SEVERAL.split(as_text(cell))) if name]
