"""The plan as it stands, in memory: whatever a spreadsheet may name, read at once."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from expo.models import Area, Hall, Room, Show
from programme.importing.names import Known
from programme.models import Bus, Enterprise, Guide, Host, Series, Session, Speaker


class Standing:
    """Sessions with their talks, and all that they refer to, of one show."""

    def __init__(self, show: Show) -> None:
        self.show = show
        self.zone = show.zone
        self.days = {day.date: day for day in show.calendar}

    @cached_property
    def sessions(self) -> dict[str, Session]:
        """By their codes."""
        rows = Session.objects.filter(show=self.show).order_by("starts_at", "code")
        rows = rows.prefetch_related("talks", "appearances")
        found = {}
        for session in rows:
            session.show = self.show
            # What they refer to is here already.
            for name, known in (
                ("room", self.rooms), ("host", self.hosts), ("series", self.series), ("area", self.areas),
                ("enterprise", self.enterprises), ("guide", self.guides), ("bus", self.buses),
            ):  # fmt: skip
                row = known.by_pk.get(getattr(session, f"{name}_id"))
                if row is not None:
                    setattr(session, name, row)
            found[session.code] = session
        return found

    @cached_property
    def rooms(self) -> Known[Room]:
        return Known(Room.objects.filter(show=self.show), lambda row: row.name_en, lambda row: row.name_zh)

    @cached_property
    def halls(self) -> Known[Hall]:
        return Known(
            Hall.objects.filter(show=self.show), lambda row: row.name_en, lambda row: row.name_zh, lambda row: row.slug
        )

    @cached_property
    def areas(self) -> Known[Area]:
        return Known(
            Area.objects.filter(show=self.show),
            lambda row: row.name_en,
            lambda row: row.name_zh,
            lambda row: row.letter,
        )

    @cached_property
    def hosts(self) -> Known[Host]:
        return Known(Host.objects.filter(show=self.show), lambda row: row.name_en, lambda row: row.name_zh)

    @cached_property
    def series(self) -> Known[Series]:
        return Known(
            Series.objects.filter(show=self.show),
            lambda row: row.name_en,
            lambda row: row.name_zh,
            lambda row: row.slug,
        )

    @cached_property
    def enterprises(self) -> Known[Enterprise]:
        return Known(
            Enterprise.objects.filter(show=self.show),
            lambda row: row.name_en,
            lambda row: row.name_zh,
            lambda row: row.slug,
        )

    @cached_property
    def guides(self) -> Known[Guide]:
        return Known(Guide.objects.filter(show=self.show), lambda row: row.name)

    @cached_property
    def buses(self) -> Known[Bus]:
        return Known(Bus.objects.filter(show=self.show), lambda row: row.name)

    @cached_property
    def speakers(self) -> Known[Speaker]:
        return Known(
            Speaker.objects.filter(show=self.show),
            lambda row: row.name_en,
            lambda row: row.name_zh,
            lambda row: row.email and f"{row.name_en or row.name_zh} <{row.email}>",
            lambda row: f"{row.name_en or row.name_zh} [{row.slug}]",
            lambda row: row.email and f"{row.name_zh} <{row.email}>",
        )

    def is_within_hours(self, starts: datetime, ends: datetime) -> bool:
        """As the database looks at it, see `programme_within_hours`."""
        return any(day.opens_at <= starts and ends <= day.closes_at for day in self.days.values())
