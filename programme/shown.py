"""A published session as pages tell it: in the language in use, by the show's clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from expo import formats
from expo.models import Area
from programme import drawn, moved, times, tongues
from programme.booking import Booking
from programme.documents import TalkTold
from programme.models import Audience, Kind, Speaker
from programme.reading import Listed, PlacesLeft


class Shown:
    """`listed` at the moment `at`. `beside`: the day that stands above it on the page, which it need not repeat.

    Without `left` nothing is told of its places.
    """

    def __init__(
        self, listed: Listed, at: datetime, *, beside: date | None = None, left: PlacesLeft | None = None
    ) -> None:
        self.listed, self.told, self.at, self.beside = listed, listed.told, at, beside
        self.booking = Booking(listed, left.get(listed.pk), at) if left else None

    @property
    def href(self) -> str:
        return reverse("session", args=[self.told.slug])

    @property
    def row(self) -> SafeString:
        return drawn.row(self)

    @property
    def title(self) -> str:
        return self.told.title

    @property
    def kind(self) -> str:
        return str(Kind(self.told.kind).label)

    @property
    def area(self) -> Area | None:
        return self.listed.area

    @cached_property
    def span(self) -> SafeString:
        return times.span(self.listed.starts, self.listed.ends)

    @property
    def day(self) -> str:
        """The day it starts on, where the page does not say so already."""
        return "" if self.listed.starts.date() == self.beside else formats.day_named(self.listed.starts)

    @property
    def goes_on(self) -> bool:
        """Whether it began before the day that it stands under."""
        return self.beside is not None and self.listed.starts.date() < self.beside

    @cached_property
    def where(self) -> str:
        room = self.listed.room
        if room is None:
            return self.told.meeting
        # A room whose name says its hall already needs no hall beside it.
        if room.hall is None or room.hall.name in room.name:
            return room.name
        return gettext("%(room)s, %(hall)s") % {"room": room.name, "hall": room.hall.name}

    @property
    def speech(self) -> str:
        """Chinese, interpreted into English."""
        return tongues.briefly(self.told.languages, self.told.interpretation)

    @property
    def audience(self) -> str:
        return str(Audience(self.told.audience).label)

    @property
    def is_open(self) -> bool:
        return self.told.audience == Audience.OPEN

    @property
    def seats(self) -> str:
        """300 seats and 50 standing places."""
        parts = []
        if self.told.seats:
            parts.append(ngettext("%(n)s seat", "%(n)s seats", self.told.seats) % {"n": f"{self.told.seats:,}"})
        if self.told.standing:
            standing = ngettext("%(n)s standing place", "%(n)s standing places", self.told.standing)
            parts.append(standing % {"n": f"{self.told.standing:,}"})
        return gettext(" and ").join(parts)

    @property
    def is_cancelled(self) -> bool:
        return self.listed.is_cancelled

    @cached_property
    def is_on(self) -> bool:
        return self.listed.is_on(self.at)

    @cached_property
    def is_over(self) -> bool:
        return self.listed.is_over(self.at)

    @property
    def is_moved(self) -> bool:
        return self.listed.state == "moved" and self.listed.announced is not None

    @cached_property
    def states(self) -> list[tuple[str, str]]:
        """What there is to say of it, each with its kind of chip."""
        if self.is_cancelled:
            return [(gettext("cancelled"), "gone")]
        told = [(gettext("on now"), "now")] if self.is_on else []
        if self.is_moved:
            told.append((gettext("moved"), "wait"))
        if self.is_over:
            told.append((gettext("over"), "off"))
        return told

    @property
    def classes(self) -> str:
        states = {"is-cancelled": self.is_cancelled, "is-on": self.is_on, "is-over": self.is_over}
        area = self.area
        return " ".join(
            [f"area-{area.letter.lower()}" if area else "", *(name for name, is_so in states.items() if is_so)]
        )

    @property
    def moved_words(self) -> str:
        return moved.sentence(self.listed)

    @property
    def cancelled_words(self) -> str:
        return capfirst(self.told.cancelled_why)

    @property
    def words(self) -> str:
        """What a change needs said beside its chip."""
        if self.is_cancelled:
            return self.cancelled_words
        return self.moved_words if self.is_moved else ""

    @property
    def series_href(self) -> str:
        return self.listed.series.get_absolute_url() if self.listed.series else ""

    @property
    def host_href(self) -> str:
        """The host's page in the catalogue, if it exhibits."""
        return reverse("exhibitor", args=[self.listed.host_stand]) if self.listed.host_stand else ""

    @cached_property
    def by_key(self) -> dict[int, Speaker]:
        return {one.pk: one for one in self.listed.speakers}

    def people(self, keys: Iterable[int]) -> list[Speaker]:
        return [self.by_key[pk] for pk in keys if pk in self.by_key]

    @property
    def moderators(self) -> list[Speaker]:
        return self.people(self.told.moderators)

    @property
    def panel(self) -> list[Speaker]:
        return self.people(self.told.panel)

    @property
    def talks(self) -> list[ShownTalk]:
        return [ShownTalk(talk, self) for talk in self.told.talks]

    @property
    def talk_now(self) -> ShownTalk | None:
        """The talk that is given at the moment, where talks have their times."""
        return next((talk for talk in self.talks if self.is_on and talk.is_on), None)


class ShownTalk:
    """A part of a session, with its time and who gives it."""

    def __init__(self, told: TalkTold, of: Shown) -> None:
        self.told, self.of = told, of
        self.title, self.about = told.title, told.about
        self.speakers = of.people(told.speakers)

    @property
    def starts(self) -> datetime | None:
        after = self.told.after
        return None if after is None else self.of.listed.after(after)

    @property
    def ends(self) -> datetime | None:
        after, minutes = self.told.after, self.told.minutes
        return None if after is None or minutes is None else self.of.listed.after(after + minutes)

    @property
    def span(self) -> SafeString | str:
        return times.span(self.starts, self.ends) if self.starts and self.ends else ""

    @property
    def is_on(self) -> bool:
        return bool(
            self.starts and self.ends and self.starts.timestamp() <= self.of.at.timestamp() < self.ends.timestamp()
        )
