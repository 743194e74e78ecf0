"""A departure's boarding list as its guide reads it on a phone: who comes along, who is missing, who is aboard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from expo import formats
from programme import doors
from programme.models import Guide, SessionPlaces, Signup
from programme.reading import Listed, programme
from visitors.badges import code, serials
from visitors.models import Badge

#: On the evening before, by the show's clock, so that a guide can prepare.
OPENS = time(18)
#: After the departure should be back: buses are late.
CLOSES = timedelta(hours=1)
#: A party is a line or more; a bus has some twenty.
MOST = 500


def opens_at(listed: Listed) -> datetime:
    """From then on the list has names and phones."""
    return datetime.combine(listed.starts.date() - timedelta(days=1), OPENS, tzinfo=listed.starts.tzinfo)


def closes_at(listed: Listed) -> datetime:
    """From then on it is gone."""
    return listed.told.ends_at + CLOSES


def is_open(listed: Listed, at: datetime) -> bool:
    return not listed.is_cancelled and opens_at(listed) <= at < closes_at(listed)


def departures_of(guide: Guide) -> list[Listed]:
    """What is published as this guide's, in the order of time."""
    return [one for one in programme(guide.show).sessions if one.told.guide == guide.pk]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a party by name; `key` is the participant's."""

    key: int
    name: str
    is_aboard: bool


@dataclass(frozen=True, slots=True)
class Party:
    """Who signed up together, and how to call who did it.

    `guests` are people of whom nothing but their number is known, `guests_aboard` those of them who are aboard.
    """

    signup: Signup
    people: tuple[Person, ...]
    guests: int
    guests_aboard: int

    @property
    def name(self) -> str:
        return str(self.signup.registration)

    @property
    def phone(self) -> str:
        return str(self.signup.registration.phone or "")

    @property
    def missing(self) -> int:
        return self.signup.party - self.signup.came

    @property
    def is_walk_in(self) -> bool:
        return self.signup.origin == Signup.Origin.WALK_IN

    @property
    def is_alone(self) -> bool:
        """Whether the party is one person, whose name says it all."""
        return self.signup.party == 1 and [one.name for one in self.people] in ([], [self.name])


@dataclass(frozen=True, slots=True)
class Aboard:
    """The list as it is now: who is missing, who is aboard with the whole party, and the figures."""

    places: SessionPlaces
    counts: doors.Counts
    missing: list[Party]
    aboard: list[Party]

    @property
    def expected(self) -> int:
        """People who come along: aboard or still expected."""
        return self.counts.inside + self.counts.expected

    @property
    def is_full(self) -> bool:
        return self.counts.inside >= self.counts.whole


def aboard(session: int, *, at: datetime) -> Aboard:
    """Five queries, however many people."""
    places = SessionPlaces.objects.get(pk=session)
    rows = (
        Signup.objects.filter(session=session, state__in=(Signup.State.CONFIRMED, Signup.State.ATTENDED))
        .select_related("registration")
        .prefetch_related("participants__registration")
        .order_by("registration__name", "pk")[:MOST]
    )
    parties = [party_of(row) for row in rows]
    return Aboard(
        places,
        doors.count([places], at=at)[session],
        [one for one in parties if one.missing],
        [one for one in parties if not one.missing],
    )


def party_of(row: Signup) -> Party:
    known = list(row.participants.all())
    people = tuple(Person(one.pk, one.called, one.attended_at is not None) for one in known)
    return Party(row, people, row.party - len(known), row.came - sum(one.is_aboard for one in people))


# What the scanner says


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said of a badge that was read: `look` is yes, wait or no.

    `serial` can be let in as a walk-in: `alone` where there is no room for the whole party, `leaving` where they have a
    place in another session.
    """

    look: str
    title: str
    name: str = ""
    sentence: str = ""
    serial: str = ""
    alone: bool = False
    leaving: bool = False


def badge_in(text: str, *, show: int, number: int) -> Badge | None:
    """The badge that was scanned, or whose serial was typed; None for what is no badge of this show (a key)."""
    if len(text.strip()) == code.LENGTH:
        try:
            credential = code.read(text, code.verifying_keys())
        except code.BadCode:
            return None
        serial = credential.serial if credential.show == number else None
    else:
        serial = serials.tidy(text)
    if serial is None:
        return None
    found: Badge | None = (
        Badge.objects.select_related("registration__show").filter(serial=serial, registration__show=show).first()
    )
    return found


def answer_of(
    found: doors.AtDoor, *, people: int, party: int, line: int | None, where: str, opens: datetime
) -> tuple[str, str]:
    """The title and the sentence."""
    told = {
        doors.AtDoor.CONFIRMED: (_("Aboard"), came(people, party)),
        doors.AtDoor.WALKED_IN: (_("Aboard"), came(people, party)),
        doors.AtDoor.FREE: (_("Aboard"), ""),
        doors.AtDoor.ALREADY_IN: (_("Aboard already"), came(people, party)),
        doors.AtDoor.WAITING: (
            _("Waits for a place"),
            _("Number %(n)s in line.") % {"n": formats.number(line)} if line else "",
        ),
        doors.AtDoor.REQUESTED: (_("Not approved"), _("Staff have not said yes to this sign-up.")),
        doors.AtDoor.NOT_SIGNED_UP: (_("Not signed up"), _("This badge has no place on this tour.")),
        doors.AtDoor.ELSEWHERE: (
            _("Has a place elsewhere"),
            _("At this time: %(title)s.") % {"title": where} if where else "",
        ),
        doors.AtDoor.TOO_EARLY: (
            _("Too early"),
            _("Boarding begins at %(time)s.") % {"time": formats.clock(opens)},
        ),
        doors.AtDoor.OVER: (_("Over"), _("This tour is over.")),
        doors.AtDoor.CANCELLED: (_("Cancelled"), _("This tour does not take place.")),
        doors.AtDoor.FULL: (_("The bus is full"), _("Everybody who fits in is aboard.")),
        doors.AtDoor.WRONG_DAY: (_("Wrong day"), _("The ticket is not for the day of this tour.")),
        doors.AtDoor.NO_TICKET: (_("No valid ticket"), _("Send them to the counter.")),
        doors.AtDoor.REVOKED: (_("Badge revoked"), _("There is a newer badge, or the ticket has ended.")),
        doors.AtDoor.NOT_OURS: (
            _("Not our badge"),
            _("Scan it once more, or type the nine characters below the code."),
        ),
    }
    return told[found]


def came(people: int, party: int) -> str:
    if party == 1:
        return ""
    return _("%(n)s of a party of %(party)s are aboard.") % {
        "n": formats.number(people),
        "party": formats.number(party),
    }
