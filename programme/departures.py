"""A departure to an open enterprise as the pages and the printed programme tell it, by the show's clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.utils.translation import gettext, ngettext, pgettext

from expo import formats
from expo.models import Show, in_language
from programme import sketch
from programme.models import Audience, Enterprise, Language
from programme.reading import Listed

TONGUES = dict(Language.choices)
CANCELLED, OVER, ON, NEXT, COMING = "cancelled", "over", "on", "next", "coming"


@dataclass(frozen=True, slots=True)
class Departure:
    """One of a tour's departures, with its `state` by the clock. Moments are in the show's zone."""

    listed: Listed
    enterprise: Enterprise
    state: str

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
        return self._after(self.travel)

    @property
    def leaves_there(self) -> datetime:
        return self._after(self.travel + self.stay)

    def _after(self, minutes: int) -> datetime:
        # In UTC: the clocks may change on the way.
        return (self.listed.told.starts_at + timedelta(minutes=minutes)).astimezone(self.leaves.tzinfo)

    @property
    def is_coming(self) -> bool:
        return self.state in {NEXT, COMING}

    @property
    def travel_in_words(self) -> str:
        return lasting(self.travel)

    @property
    def stay_in_words(self) -> str:
        return lasting(self.stay)

    @property
    def back_in_words(self) -> str:
        """12:30, or with its day if it is another one."""
        if self.back.date() == self.leaves.date():
            return formats.clock(self.back)
        return f"{formats.day_named(self.back)} {formats.clock(self.back)}"

    @property
    def languages(self) -> str:
        """In Chinese; interpreted into English."""
        return languages_in_words(self.listed)

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
        return moved_in_words(self.listed)

    def speaks(self, language: str) -> bool:
        told = self.listed.told
        return language in told.languages or language in told.interpretation


def departures(listed: Iterable[Listed], *, at: datetime) -> list[Departure]:
    """In the order of time; of those that are still to come and take place, the first is the next."""
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
        found.append(Departure(one, one.enterprise, state))
    return found


def lasting(minutes: int) -> str:
    """45 minutes, 2 hours, 1 hour 30 minutes."""
    hours, rest = divmod(minutes, 60)
    words = []
    if hours:
        words.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if rest or not hours:
        words.append(ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": rest})
    return ("" if formats.in_chinese() else " ").join(words)


def languages_in_words(listed: Listed) -> str:
    """In Chinese; interpreted into English and French. Nothing where nothing is said."""
    spoken = _named(listed.told.languages)
    heard = _named(tuple(code for code in listed.told.interpretation if code not in listed.told.languages))
    if spoken and heard:
        return gettext("In %(spoken)s, interpreted into %(heard)s") % {"spoken": spoken, "heard": heard}
    if heard:
        return gettext("Interpreted into %(heard)s") % {"heard": heard}
    return gettext("In %(spoken)s") % {"spoken": spoken} if spoken else ""


def _named(codes: Iterable[str]) -> str:
    return pgettext("between languages", ", ").join(str(TONGUES.get(code, code)) for code in codes)


def moved_in_words(listed: Listed, rooms: Mapping[int, str] = MappingProxyType({})) -> list[str]:
    """Each thing that was announced otherwise at first: time, meeting point, room; `rooms` are names by key."""
    first, told = listed.moved_from, listed.told
    if not first:
        return []
    words = []
    starts = datetime.fromisoformat(str(first["starts_at"])).astimezone(listed.starts.tzinfo)
    if starts != listed.starts:
        when = formats.clock(starts)
        if starts.date() != listed.starts.date():
            when = f"{formats.day_named(starts)} {when}"
        words.append(gettext("announced for %(when)s at first") % {"when": when})
    elif first["minutes"] != told.minutes:
        words.append(gettext("announced to last %(time)s at first") % {"time": lasting(int(str(first["minutes"])))})
    place = in_language(str(first["meeting_en"]), str(first["meeting_zh"]))
    if place and place != told.meeting:
        words.append(gettext("the meeting point was %(place)s at first") % {"place": place})
    if first["room"] is not None and first["room"] != told.room:
        name = rooms.get(int(str(first["room"])))
        words.append(gettext("%(room)s at first") % {"room": name} if name else gettext("in another room at first"))
    return words


def zone_in_words(show: Show, at: datetime) -> str:
    """Beijing (UTC+8): whose clock the times are by; `at` because of summer time."""
    return gettext("%(city)s (%(offset)s)") % {"city": show.city, "offset": offset(at.astimezone(show.zone))}


def offset(at: datetime) -> str:
    """UTC+8, UTC+5:30."""
    minutes = round((at.utcoffset() or timedelta(0)).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def spot(enterprise: Enterprise) -> sketch.Spot | None:
    if enterprise.latitude is None or enterprise.longitude is None:
        return None
    return sketch.Spot(enterprise.name, float(enterprise.latitude), float(enterprise.longitude))


def venue(show: Show) -> sketch.Spot | None:
    if show.latitude is None or show.longitude is None:
        return None
    # Its whole name stands below every page, and would not fit.
    return sketch.Spot(gettext("Venue"), float(show.latitude), float(show.longitude))
