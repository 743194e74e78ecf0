"""The plan as it stands, in memory: whatever a spreadsheet may name, read at once."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from operator import attrgetter

from django.db.models import Model

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
        return self._known(Room, "name_en", "name_zh")

    @cached_property
    def halls(self) -> Known[Hall]:
        return self._known(Hall, "name_en", "name_zh", "slug")

    @cached_property
    def areas(self) -> Known[Area]:
        return self._known(Area, "name_en", "name_zh", "letter")

    @cached_property
    def hosts(self) -> Known[Host]:
        return self._known(Host, "name_en", "name_zh")

    @cached_property
    def series(self) -> Known[Series]:
        return self._known(Series, "name_en", "name_zh", "slug")

    @cached_property
    def enterprises(self) -> Known[Enterprise]:
        return self._known(Enterprise, "name_en", "name_zh", "slug")

    @cached_property
    def guides(self) -> Known[Guide]:
        return self._known(Guide, "name")

    @cached_property
    def buses(self) -> Known[Bus]:
        return self._known(Bus, "name")

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

    def _known[M: Model](self, model: type[M], *names: str) -> Known[M]:
        """The show's rows by these columns."""
        return Known(model._default_manager.filter(show=self.show), *map(attrgetter, names))

    def is_within_hours(self, starts: datetime, ends: datetime) -> bool:
        """As the database looks at it, see `programme_within_hours`."""
        return any(day.opens_at <= starts and ends <= day.closes_at for day in self.days.values())
