"""What somebody is told of the own sign-up for a session: how it stands, why, and what there is to do about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, ngettext

from accounts.refusals import Refusal
from expo import formats
from programme import own_plans, times
from programme import places as rules
from programme.models import MoveUp, SessionPlaces, Signup, Turn
from programme.own_plans import Held, Moved
from programme.reading import Left, Listed
from visitors.models import FIRST_LINK, Registration, Ticket

_CAUSES = {
    Turn.Cause.GIVEN_UP: lambda: gettext("somebody gave places up"),
    Turn.Cause.DECLINED: lambda: gettext("an offer was declined"),
    Turn.Cause.LAPSED: lambda: gettext("an offer lapsed"),
    Turn.Cause.SMALLER: lambda: gettext("a party became smaller"),
    Turn.Cause.MORE: lambda: gettext("there are more places"),
    Turn.Cause.CALLED_OFF: lambda: gettext("the organisers took places back"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence about something that happened, with its moment in words."""

    moment: str
    words: str


@dataclass(frozen=True, slots=True)
class Own:
    """How a session stands for somebody: `held` is the last sign-up with that person in it, `left` as of this moment.

    `barred` says why this badge does not open the session. Of `clashes` this person has sure places.
    """

    registration: Registration
    listed: Listed
    held: Held | None
    left: Left | None
    clashes: list[Held]
    barred: Refusal | None

    @property
    def signup(self) -> Signup | None:
        return self.held.signup if self.held else None

    @property
    def live(self) -> Held | None:
        """What may yet come to something, or has."""
        return self.held if self.held and self.held.signup.is_live else None

    @property
    def is_mine(self) -> bool:
        """Whether it is for this person to change it; else somebody else signed this person up."""
        return self.held is not None and self.held.is_of(self.registration.pk)

    @property
    def can_swap(self) -> bool:
        """Whether all that it clashes with is for this person to give up."""
        return bool(self.clashes) and all(one.is_of(self.registration.pk) for one in self.clashes)

    @property
    def people(self) -> str:
        """Who comes, by name where one is known."""
        return party_in_words(self.held) if self.held else ""

    @property
    def until(self) -> str:
        """10:00 on Thursday 24 October, by the show's clock."""
        return times.deadline(self.signup.offered_until if self.signup else None, self.registration.show.zone)

    @property
    def waited(self) -> str:
        """How long half of the others had waited when they were offered places; empty where nobody was."""
        seconds = self.held.waited if self.held else None
        return "" if seconds is None else lasting(seconds)

    @property
    def history(self) -> list[Told]:
        """Why the place in line has changed, newest first."""
        return history_of(self.held, self.listed) if self.held else []


def own_of(registration: Registration, listed: Listed) -> Own:
    """How the session stands for this person, from the database."""
    show = registration.show
    plan = own_plans.plan_of(show, [registration.pk], ended=True)
    ours = [one for one in plan if one.signup.session_id == listed.pk]
    row = SessionPlaces.objects.filter(pk=listed.pk).first()
    return Own(
        registration=registration,
        listed=listed,
        held=max(ours, key=lambda one: (one.signup.is_live, one.signup.pk), default=None),
        left=Left(row.places, row.taken, row.waiting, row.is_closed) if row else None,
        clashes=clashing(plan, listed, {registration.pk}),
        barred=barred(registration, row) if row else None,
    )


def barred(registration: Registration, places: SessionPlaces) -> Refusal | None:
    """Why this badge does not open the session, if it does not."""
    day = registration.show.day_at(places.starts_at)
    try:
        rules.check_ticket(places, registration.ticket, day=day.number if day else None)
    except Refusal as refusal:
        return refusal
    return None


def clashing(plan: Collection[Held], listed: Listed, people: Collection[int]) -> list[Held]:
    """The sure places of these people that cannot be had together with one in this session."""
    return [
        one
        for one in plan
        if one.is_sure
        and one.signup.session_id != listed.pk
        and one.listed is not None
        and not one.listed.is_cancelled
        and own_plans.overlaps(one.listed, listed)
        and any(person.registration_id in people for person in one.people)
    ]


def companions_of(registration: Registration) -> list[tuple[int, str]]:
    """Those who were registered along and have a badge: key and name. Who has an own link by now plans alone."""
    return list(
        Ticket.objects.filter(
            state=Ticket.State.VALID,
            registration__registered_by=registration,
            registration__link_version=FIRST_LINK,
            registration__erased_at=None,
            registration__badges__revoked_at=None,
            registration__badges__isnull=False,
        )
        .order_by("registration")
        .values_list("registration", "registration__name")
        .distinct()
    )


def party_in_words(held: Held) -> str:
    """Wang Xiaoming, Li Na and 2 guests; of a party without names how many there are."""
    names = [person.called for person in held.people]
    if not names:
        return people(held.signup.party)
    if held.guests:
        names.append(ngettext("%(n)s guest", "%(n)s guests", held.guests) % {"n": held.guests})
    if len(names) == 1:
        return names[0]
    return gettext("%(names)s and %(last)s") % {"names": formats.listed(names[:-1]), "last": names[-1]}


def people(number: int) -> str:
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": formats.number(number)}


def places(number: int) -> str:
    return ngettext("%(n)s place", "%(n)s places", number) % {"n": formats.number(number)}


def lasting(seconds: float) -> str:
    """3 days, 5 hours, 20 minutes; no finer than anybody plans by."""
    minutes = max(1, round(seconds / 60))
    if minutes >= 48 * 60:
        days = round(minutes / 60 / 24)
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    return times.lasting(minutes if minutes < 90 else round(minutes / 60) * 60)


# Why a place in line moved


def history_of(held: Held, listed: Listed) -> list[Told]:
    """Turns of the list and moves by staff since this party joined; newest first, and nobody is named."""
    zone, signup = listed.starts.tzinfo, held.signup
    moved = [(one.at, turn_in_words(one, signup.party)) for one in held.moves]
    rows = MoveUp.objects.filter(session=signup.session_id, at__gte=signup.joined_at).order_by("-pk")
    for row in rows[: own_plans.TOLD_AT_MOST]:
        if row.signup_id == signup.pk:
            moved.append((row.at, gettext("The organisers moved your party to the front.")))
        elif row.signup_id > signup.pk:
            moved.append((row.at, gettext("The organisers moved a party up, past yours.")))
    moved.sort(key=lambda one: one[0], reverse=True)
    return [Told(moment_of(at.astimezone(zone)), words) for at, words in moved[: own_plans.TOLD_AT_MOST]]


def moment_of(at: datetime) -> str:
    return formats.moment_short(at)


def turn_in_words(turn: Moved, own: int) -> str:
    """2 places came free: somebody gave places up. Offered to a party of 2. A party of 4 was passed over."""
    free = ngettext("%(n)s place came free: %(why)s.", "%(n)s places came free: %(why)s.", turn.free)
    told = [free % {"n": formats.number(turn.free), "why": _CAUSES[Turn.Cause(turn.cause)]()}]
    told.append(offered_in_words(turn.offered))
    if turn.was_passed:
        passed = gettext("Your party of %(own)s was passed over: it is larger than what was free.")
        told.append(passed % {"own": own})
    for one in turn.passed:
        passed = ngettext(
            "A party of %(party)s was passed over: %(free)s place came free.",
            "A party of %(party)s was passed over: %(free)s places came free.",
            one.free,
        )
        told.append(passed % {"party": one.party, "free": formats.number(one.free)})
    return ("" if formats.in_chinese() else " ").join(told)


def offered_in_words(sizes: Collection[int]) -> str:
    if len(sizes) == 1:
        return gettext("Offered to a party of %(size)s.") % {"size": next(iter(sizes))}
    told = ngettext("Offered to %(n)s party.", "Offered to %(n)s parties.", len(sizes))
    return told % {"n": formats.number(len(sizes))}
