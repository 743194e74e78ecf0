"""A departure to an open enterprise as the pages and the printed programme tell it, by the show's clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, ngettext, pgettext

from expo import formats
from programme import moved, times, tongues
from programme.booking import Booking
from programme.models import Audience, Enterprise
from programme.reading import Listed, PlacesLeft

CANCELLED, OVER, ON, NEXT, COMING = "cancelled", "over", "on", "next", "coming"


@dataclass(frozen=True, slots=True)
class Departure:
    """One of a tour's departures, with its `state` by the clock. Moments are in the show's zone."""

    listed: Listed
    enterprise: Enterprise
    state: str
    booking: Booking | None = None

    @property
    def leaves(self) -> datetime:
        return self.listed.starts

    @property
    def back(self) -> datetime:
        return self.listed.ends

    @property
    def travel(self) -> int:
        """Minutes one way."""
        own = self.listed.told.travel_minutes
        return self.enterprise.travel_minutes if own is None else own

    @property
    def stay(self) -> int:
        """Minutes there; 0 where the way takes it all, which says nothing."""
        return max(0, self.listed.told.minutes - 2 * self.travel)

    @property
    def arrives(self) -> datetime:
        return self.listed.after(self.travel)

    @property
    def leaves_there(self) -> datetime:
        return self.listed.after(self.travel + self.stay)

    @property
    def is_coming(self) -> bool:
        return self.state in {NEXT, COMING}

    @property
    def travel_in_words(self) -> str:
        return times.lasting(self.travel)

    @property
    def stay_in_words(self) -> str:
        return times.lasting(self.stay)

    @property
    def back_in_words(self) -> str:
        """12:30, or with its day if it is another one."""
        if self.back.date() == self.leaves.date():
            return formats.clock(self.back)
        return f"{formats.day_named(self.back)} {formats.clock(self.back)}"

    @property
    def languages(self) -> str:
        """In Chinese; interpreted into English."""
        return tongues.spoken(self.listed.told.languages, self.listed.told.interpretation)

    @property
    def audience(self) -> str:
        return str(dict(Audience.choices).get(self.listed.told.audience, ""))

    @property
    def places(self) -> str:
        """40 places, 4 of them kept for who comes without signing up."""
        told = self.listed.told
        if not told.places:
            return ""
        words = ngettext("%(places)s place", "%(places)s places", told.places) % {"places": formats.number(told.places)}
        if told.reserve_walk_ins:
            kept = gettext("%(kept)s of them for who comes without having signed up")
            words = pgettext("list", "%(one)s, %(other)s") % {
                "one": words,
                "other": kept % {"kept": formats.number(told.reserve_walk_ins)},
            }
        return words

    @property
    def was(self) -> list[str]:
        """What it was announced as before, in words."""
        return moved.parts(self.listed)


def departures(listed: Iterable[Listed], *, at: datetime, left: PlacesLeft | None = None) -> list[Departure]:
    """In the order of time; of those that are still to come and take place, the first is the next.

    Without `left` nothing is told of their places.
    """
    found = []
    is_next = True
    for one in listed:
        if one.enterprise is None:
            continue
        state = COMING
        if one.is_cancelled:
            state = CANCELLED
        elif one.is_over(at):
            state = OVER
        elif one.starts <= at:
            state = ON
        elif is_next:
            state, is_next = NEXT, False
        booking = Booking(one, left.get(one.pk), at) if left else None
        found.append(Departure(one, one.enterprise, state, booking))
    return found
