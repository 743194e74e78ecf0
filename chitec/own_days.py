"""The days of a show as the one plan of somebody, or of a family: what is when, how sure, and how to get there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from expo import formats
from expo.models import Hall, Show, ShowDay
from programme import times
from programme.models import Signup, Turn
from programme.own_plans import Held, Moved, shares_people
from programme.reading import Listed
from programme.rules import minutes_between
from programme.shown import Shown

State = Signup.State
#: The states of a sign-up in a word, and the kind of their chip.
CHIPS = {
    State.REQUESTED: (gettext_lazy("awaiting approval"), "wait"),
    State.OFFERED: (gettext_lazy("offered to you"), "now"),
    State.CONFIRMED: (gettext_lazy("place confirmed"), "ok"),
    State.ATTENDED: (gettext_lazy("you were there"), "ok"),
    State.NO_SHOW: (gettext_lazy("not there"), "off"),
}
#: What one could do something else in, in minutes.
WORTH_SAYING = 30
#: Minutes to the end of an offer from which on they are counted.
SOON = 120
#: Turns of a waiting list that the page tells of; the calendar and the plan on paper tell of none.
TURNS_TOLD = 3


@dataclass(slots=True)
class Entry:
    """A line of a day: a sign-up (`held`), or a session that is kept only. `chip` is its state in a word, and its kind.

    `asks` are sentences that somebody had better act on, `notes` those that are good to know. `way` says how to come
    here from what is before it, and `free` that there is time in between. `instead_of` are own places that an open
    offer would be taken for. `is_mine` says that who reads this signed it up, `is_in` that they come along.
    """

    shown: Shown | None
    held: Held | None
    chip: str = ""
    chip_kind: str = ""
    who: str = ""
    asks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    way: str = ""
    free: str = ""
    is_mine: bool = False
    is_in: bool = False
    is_off: bool = False
    begun: bool = False
    is_open_offer: bool = False
    can_take: bool = False
    instead_of: list[Held] = field(default_factory=list)

    @property
    def listed(self) -> Listed | None:
        return self.shown.listed if self.shown else None

    @property
    def hall(self) -> Hall | None:
        return self.shown.listed.room.hall if self.shown and self.shown.listed.room else None

    @property
    def is_offered(self) -> bool:
        return self.held is not None and self.held.signup.state == State.OFFERED

    @property
    def is_waiting(self) -> bool:
        return self.held is not None and self.held.signup.state in {State.WAITING, State.REQUESTED}

    @property
    def is_requested(self) -> bool:
        return self.held is not None and self.held.signup.state == State.REQUESTED

    @property
    def is_sure(self) -> bool:
        return self.held is not None and self.held.is_sure and not self.is_off

    @property
    def can_change(self) -> bool:
        """Whether who reads this may give it up or change the party."""
        return self.is_mine and self.held is not None and self.held.signup.is_live and not self.begun

    @property
    def can_leave(self) -> bool:
        """Whether who reads this is in a party that somebody else signed up, and may still drop out of it."""
        return self.is_in and not self.is_mine and self.held is not None and self.held.signup.is_live and not self.begun

    @property
    def ids_missing(self) -> int:
        """How many ID numbers the party has still to give."""
        return 0 if self.held is None or self.is_off or self.begun else self.held.ids_missing


@dataclass(slots=True)
class Day:
    """A day of the show, or another one on which something is planned (`day` is None then); `lines` are its entries as
    the page draws them."""

    date: date
    day: ShowDay | None
    entries: list[Entry] = field(default_factory=list)
    lines: list[SafeString] = field(default_factory=list)
    came: str = ""
    is_past: bool = False
    is_today: bool = False
    has_ticket: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """Where to go next: what, in how many minutes or until when it goes on, and the way."""

    entry: Entry
    when: str
    way: str
    is_on: bool
    plan_href: str


class Plan:
    """Tells what `registration` and those whom it registered hold; `names` by the keys of their registrations, and the
    `days` (numbers) that their tickets are for."""

    def __init__(
        self,
        show: Show,
        registration: int,
        names: dict[int, str],
        *,
        at: datetime,
        days: Mapping[int, Collection[int]] | None = None,
    ) -> None:
        self.show, self.registration, self.names, self.at = show, registration, names, at
        self.tickets = days or {}

    def entry(self, held: Held) -> Entry:
        """A sign-up as a line, before it has its place among the others."""
        shown = Shown(held.listed, self.at) if held.listed else None
        entry = Entry(shown, held, is_mine=held.is_of(self.registration))
        entry.is_off = shown is None or shown.is_cancelled
        is_over = shown is not None and shown.is_over
        entry.begun = is_over or (shown is not None and held.signup.holds and not shown.listed.is_coming(self.at))
        entry.chip, entry.chip_kind = self.state(entry)
        entry.is_in = any(person.registration_id == self.registration for person in held.people)
        entry.who = self.who(held)
        if not entry.is_mine:
            by = self.names.get(held.signup.registration_id) or held.signup.registration.name
            if by:
                entry.notes.append(_("Signed up by %(name)s, who can change it.") % {"name": by})
        if entry.is_off:
            entry.notes += [shown.cancelled_words] if shown and shown.cancelled_words else []
            return entry
        if shown and shown.is_moved and shown.moved_words:
            entry.notes.append(_("Moved: %(how)s") % {"how": shown.moved_words})
            if held.signup.is_live and not entry.begun:
                entry.asks += self.other_day(held)
        self.tell_standing(entry, held)
        self.tell_ids(entry)
        return entry

    def tell_standing(self, entry: Entry, held: Held) -> None:
        """What there is to know of a place that is not sure."""
        state = held.signup.state
        if entry.shown and entry.shown.is_over:
            entry.notes += [_("No places came free for you.")] if state == State.WAITING else []
        elif state == State.WAITING:
            self.tell_line(entry, held)
        elif state == State.OFFERED:
            self.tell_offer(entry, held)
        elif state == State.REQUESTED:
            entry.notes.append(_("Staff look at each request, and we write to you."))

    def tell_ids(self, entry: Entry) -> None:
        """Who signed the party up can give them; the others read that they are asked for."""
        if entry.ids_missing and entry.is_mine:
            told = ngettext(
                "The enterprise's gate asks for ID numbers. %(number)d is still missing.",
                "The enterprise's gate asks for ID numbers. %(number)d are still missing.",
                entry.ids_missing,
            )
            entry.asks.append(told % {"number": entry.ids_missing})
        elif entry.ids_missing:
            entry.notes.append(_("The enterprise's gate asks for ID numbers: give yours to who signed you up."))

    def other_day(self, held: Held) -> Iterator[str]:
        """Whose tickets are not for the day to which it has moved."""
        badges = {pk for pk in held.badges if pk in self.tickets}
        without = held.not_admitted({pk: self.tickets[pk] for pk in badges}, self.show) & badges
        if self.registration in without:
            yield _("Your ticket is not for this day. Write to us for one that is, or give the place to others.")
        if others := [self.names[pk] for pk in sorted(without - {self.registration})]:
            told = _("The ticket of %(names)s is not for this day. Write to us for one that is.")
            yield told % {"names": formats.listed(others)}

    def state(self, entry: Entry) -> tuple[str, str]:
        if entry.shown is None:
            return _("not in the programme any more"), "gone"
        if entry.shown.is_cancelled:
            return _("cancelled"), "gone"
        if entry.held is None:
            return _("kept"), ""
        state, place = entry.held.signup.state, entry.held.place
        if entry.shown.is_over and state not in {State.ATTENDED, State.NO_SHOW}:
            return _("over"), "off"
        if state == State.WAITING and place:
            return _("waiting, number %(place)d in line") % {"place": place}, "wait"
        if entry.shown.is_on and state in {State.CONFIRMED, State.ATTENDED}:
            return (_("on now"), "now") if state == State.CONFIRMED else (_("you are in"), "ok")
        if (known := State(state)) in CHIPS:
            word, kind = CHIPS[known]
            return str(word), kind
        return entry.held.signup.get_state_display(), "off"

    def who(self, held: Held) -> str:
        """You, Li Na and 2 guests; nothing where it is the reader alone and there is nobody else to tell apart."""
        own = [person for person in held.people if person.registration_id == self.registration]
        others = [self.name_of(person) for person in held.people if person.registration_id != self.registration]
        if own and not others and not held.guests and len(self.names) < 2:
            return ""
        parts = ([pgettext("who comes", "you")] if own else []) + [name for name in others if name]
        if held.guests > 0:
            guests = ngettext("%(number)d guest", "%(number)d guests", held.guests)
            parts.append(guests % {"number": held.guests})
        return formats.listed(parts)

    def name_of(self, person: object) -> str:
        known = self.names.get(getattr(person, "registration_id", None) or 0)
        registration = getattr(person, "registration", None)
        return known or (registration.name if registration else "") or getattr(person, "name", "")

    def tell_line(self, entry: Entry, held: Held) -> None:
        """How others fared, why the place in line is what it is, and what comes of a clash."""
        if held.waited is not None:
            entry.notes.append(
                _("Half of those who were offered places here had waited %(time)s or less.")
                % {"time": waited(held.waited)}
            )
        if held.overtaken:
            told = ngettext(
                "Staff moved %(number)d party up before you, for a reason that stays on record.",
                "Staff moved %(number)d parties up before you, for reasons that stay on record.",
                held.overtaken,
            )
            entry.notes.append(told % {"number": held.overtaken})
        entry.moves = [self.moved(move, held) for move in held.moves[:TURNS_TOLD]]
        if sure := [other for other in held.clashes if other.is_sure]:
            told = _("If places come up they clash with %(titles)s, so we ask you first.")
            entry.notes.append(told % {"titles": titles(sure)})

    def moved(self, move: Moved, held: Held) -> str:
        """Thursday 24 October 10:05: 2 places came free because somebody gave places up. ..."""
        free = ngettext("%(number)d place came free", "%(number)d places came free", move.free) % {"number": move.free}
        told = [
            _("%(when)s: %(free)s (%(cause)s).")
            % {
                "when": formats.moment_short(move.at.astimezone(self.show.zone)),
                "free": free,
                "cause": str(Turn.Cause(move.cause).label),
            }
        ]
        if move.was_passed:
            told.append(
                ngettext(
                    "That was too few for your party of %(party)d, so the next that fits was asked.",
                    "That was too few for your party of %(party)d, so the next that fits was asked.",
                    held.signup.party,
                )
                % {"party": held.signup.party}
            )
        told += [
            ngettext(
                "A party of %(party)d was passed over: it is larger than that.",
                "A party of %(party)d was passed over: it is larger than that.",
                passed.party,
            )
            % {"party": passed.party}
            for passed in move.passed
        ]
        asked = ngettext("%(number)d party was asked.", "%(number)d parties were asked.", len(move.offered))
        return " ".join([*told, asked % {"number": len(move.offered)}])

    def tell_offer(self, entry: Entry, held: Held) -> None:
        """Until when it stands, and what it cannot be had together with."""
        until = held.signup.offered_until
        if until is None or until <= self.at:
            entry.asks.append(_("The time to take it has run out, so the next in line is asked."))
            return
        own = until.astimezone(self.show.zone)
        told = _("Take it by %(clock)s on %(day)s; after that the next in line is asked.") % {
            "clock": formats.clock(own),
            "day": formats.day_named(own),
        }
        left = -(-int((until - self.at).total_seconds()) // 60)
        if left < SOON:
            told += " " + _("That is %(time)s from now.") % {"time": times.lasting(left)}
        entry.asks.append(told)
        entry.is_open_offer = True
        sure = [other for other in held.clashes if other.is_sure]
        entry.instead_of = [other for other in sure if other.is_of(self.registration)]
        if entry.instead_of:
            clash = _("You cannot have it together with %(titles)s: taking it gives that up in the same moment.")
            entry.asks.append(clash % {"titles": titles(entry.instead_of)})
        others = [other for other in sure if not other.is_of(self.registration)]
        entry.can_take = not others
        if others:
            clash = _("Somebody of you has %(titles)s at that time, which only they can give up.")
            entry.asks.append(clash % {"titles": titles(others)})

    # Days

    def days(self, entries: Iterable[Entry], *, shown_days: Collection[ShowDay], with_ways: bool = True) -> list[Day]:
        """Those days of the show, and any other on which something is planned, each with its lines in order."""
        days = {day.date: Day(day.date, day) for day in shown_days}
        for entry in entries:
            if entry.shown is None:
                continue
            on = entry.shown.listed.starts.date()
            known = next((day for day in self.show.calendar if day.date == on), None)
            days.setdefault(on, Day(on, known)).entries.append(entry)
        today = self.at.astimezone(self.show.zone).date()
        for day in days.values():
            day.is_today = day.date == today
            day.is_past = day.day.is_past(self.at) if day.day else day.date < today
            day.entries.sort(key=lambda entry: (entry.shown.listed.told.starts_at, entry.held is None))
            if with_ways:
                self.join(day.entries)
        return sorted(days.values(), key=lambda day: day.date)

    def join(self, entries: Iterable[Entry]) -> None:
        """Tell the way from each sure place to the next of the same people, and the time between."""
        before: Entry | None = None
        for entry in entries:
            if not (entry.is_sure or entry.is_offered) or entry.listed is None:
                continue
            if before is not None and before.listed and is_for_both(before.held, entry.held):
                way = minutes_to(before.listed, entry.listed)
                entry.way = way_in_words(way, entry)
                gap = int((entry.listed.told.starts_at - before.listed.told.ends_at).total_seconds()) // 60
                # What is at the same time is said to clash: there is no way from the one to the other.
                if gap < 0:
                    entry.way = ""
                if gap - way >= WORTH_SAYING and entry.listed.is_coming(self.at):
                    entry.free = _("%(time)s free until then") % {"time": times.lasting(gap)}
            before = entry

    def next_of(self, entries: Iterable[Entry]) -> Next | None:
        """What is on, or comes next on this day, among the places that are sure."""
        today = self.at.astimezone(self.show.zone).date()
        coming = [
            entry
            for entry in entries
            if entry.is_sure and entry.listed and not entry.listed.is_over(self.at)
            and entry.listed.starts.date() == today
        ]  # fmt: skip
        if not coming:
            return None
        coming.sort(key=lambda entry: entry.listed.told.starts_at)
        first = coming[0]
        # Who is in something that soon ends asks where to go then.
        if (
            first.listed.is_on(self.at)
            and len(coming) > 1
            and first.listed.told.ends_at - self.at <= timedelta(minutes=15)
        ):
            first = coming[1]
        is_on = first.listed.is_on(self.at)
        if is_on:
            when = _("on now, until %(clock)s") % {"clock": times.clock(first.listed.ends)}
        else:
            left = -(-int((first.listed.told.starts_at - self.at).total_seconds()) // 60)
            when = _("at %(clock)s, in %(time)s") % {
                "clock": times.clock(first.listed.starts),
                "time": times.lasting(left),
            }
        hall = first.hall
        return Next(first, when, first.way, is_on, reverse("plan", args=[hall.slug]) if hall else "")

    def free_times(self, day: ShowDay, taken: Iterable[Listed]) -> Iterator[tuple[datetime, datetime]]:
        """The parts of a day's opening hours, from now on, in which nothing of these is."""
        starts = max(day.opens_at, self.at)
        for one in sorted(taken, key=lambda one: one.told.starts_at):
            if one.told.ends_at <= starts or one.told.starts_at >= day.closes_at:
                continue
            if one.told.starts_at > starts:
                yield starts, one.starts
            starts = max(starts, one.ends)
        if starts < day.closes_at:
            yield starts, day.closes_at


def titles(held: Iterable[Held]) -> str:
    return formats.listed(_("“%(title)s”") % {"title": one.listed.told.title} for one in held if one.listed)


def waited(seconds: float) -> str:
    """12 minutes, 5 hours, 3 days: as fine as anybody wants to know it."""
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return times.lasting(minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return times.lasting(hours * 60)
    days = round(hours / 24)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def is_for_both(one: Held | None, other: Held | None) -> bool:
    """Whether somebody is in both parties."""
    return one is not None and other is not None and shares_people(one, other)


def minutes_to(one: Listed, other: Listed) -> int:
    """Minutes on the way from one to the other."""
    if one.room is not None and other.room is not None and one.room.pk == other.room.pk:
        return 0
    return minutes_between(*(listed.room.hall_id if listed.room else None for listed in (one, other)))


def way_in_words(minutes: int, entry: Entry) -> str:
    """10 minutes to Hall 3; nothing where there is no way to go."""
    if not minutes or entry.shown is None:
        return ""
    to = entry.hall.name if entry.hall else entry.shown.where
    if not to:
        return _("%(time)s on the way") % {"time": times.lasting(minutes)}
    return _("%(time)s to %(place)s") % {"time": times.lasting(minutes), "place": to}
