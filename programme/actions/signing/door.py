"""What changes at the door of a session or a bus: who has a place comes in, what is left goes to who stands there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from accounts.sweeps import each
from expo.models import Show
from programme import doors
from programme import places as rules
from programme.actions.signing import acts, queue
from programme.doors import AtDoor
from programme.models import Access, Participant, SessionPlaces, Signup, Turn
from visitors.models import Registration

#: With places that are sure, or may be taken at the door.
COMES = (Signup.State.CONFIRMED, Signup.State.ATTENDED, Signup.State.OFFERED, Signup.State.NO_SHOW)
#: May walk in with what they have.
WAITS = (Signup.State.WAITING, Signup.State.REQUESTED, Signup.State.OFFERED)

CONSTRAINTS = {**rules.CONSTRAINTS, "people_not_exceeded": doors.HOUSE_FULL}

# The sign-up that brings the bearer of a badge to a session: one that lives before one that has ended, and one that
# the bearer is named in before one that the bearer made for others.
OWN = """
SELECT s.id, s.state, s.offered_until FROM programme_signup s
LEFT JOIN programme_participant p ON p.signup_id = s.id AND p.registration_id = %(registration)s
WHERE s.session_id = %(session)s AND s.id IN (
    SELECT id FROM programme_signup WHERE registration_id = %(registration)s
    UNION SELECT signup_id FROM programme_participant WHERE registration_id = %(registration)s
)
ORDER BY s.state IN ('requested', 'waiting', 'offered', 'confirmed', 'attended') DESC, s.state = 'no_show' DESC,
    p.id IS NOT NULL DESC, s.id DESC
LIMIT 1
"""

# The sure places of these people that they could not have together with one in this session.
CLASHING = """
SELECT p.signup_id, p.session_id FROM programme_sessionplaces s
JOIN programme_participant p ON p.holds AND p.session_id <> s.session_id
    AND (p.during && tstzrange(s.starts_at, s.ends_at)
        OR (p.at_place <> s.at_place AND p.reach && tstzrange(s.starts_at, s.reached_by)))
WHERE s.session_id = %s AND p.registration_id = ANY(%s)
ORDER BY lower(p.during), p.signup_id
"""

# Where the doors are open for somebody with a sure place, or the session is on.
NOW_ELSEWHERE = """
SELECT session_id FROM programme_participant
WHERE registration_id = %s AND holds AND session_id <> %s AND attended_at IS NULL
    AND tstzrange(lower(during) - make_interval(secs => %s), upper(during)) @> %s
ORDER BY lower(during) DESC LIMIT 1
"""


# Of a party, and of a registration the name alone: a door has little time.
PEOPLE = """
SELECT p.id, p.registration_id, coalesce(r.name, p.name), p.attended_at
FROM programme_participant p LEFT JOIN visitors_registration r ON r.id = p.registration_id
WHERE p.signup_id = %s ORDER BY p.id
"""

ENTER = """
WITH entered AS (UPDATE programme_participant SET attended_at = %(at)s WHERE id = ANY(%(people)s))
UPDATE programme_signup SET came = %(came)s, state = 'attended', offered_until = NULL, ended_at = NULL
WHERE id = %(signup)s
"""


@dataclass(slots=True)
class Person:
    """One of a party, by the own badge (the key of the registration) or by name alone."""

    pk: int
    registration_id: int | None
    name: str
    attended_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Found:
    """What the door says of somebody. `people` are those of the party who are known, the others are a number.

    `bearer` is the person whose badge it is, among `people` (a key). `elsewhere` is the session (a key) where the
    person has a place, `line` how many parties there are up to the own one that waits.
    """

    said: AtDoor
    places: SessionPlaces
    signup: Signup | None = None
    people: list[Person] = field(default_factory=list)
    bearer: int | None = None
    elsewhere: int | None = None
    line: int | None = None

    @property
    def row(self) -> Signup:
        """The sign-up, where there has to be one. Raises Refusal: ended."""
        if self.signup is None:
            raise rules.ENDED
        return self.signup

    @property
    def guests(self) -> int:
        """People of the party of whom nothing is known but their number."""
        return self.signup.party - len(self.people) if self.signup else 0

    @property
    def guests_here(self) -> int:
        return self.signup.came - sum(one.attended_at is not None for one in self.people) if self.signup else 0


def attend(*, actor: Actor, session: int, registration: int, at: datetime) -> Found:
    """The badge of a registration (a key) is read at the door of a session (a key): who has a place comes in.

    A badge brings its bearer, and that of whoever signed the party up also those of whom nothing but the number is
    known. An offer that stands is taken by coming. Where nobody has to sign up, coming is all it takes.
    """
    pk, state, until = own(session, registration)
    if not comes(state, until, at=at):
        return without_place(places_of(session), pk, state, registration, actor=actor, at=at)
    try:
        with acting(actor, "came_to_session"), refusing(**CONSTRAINTS):
            if state in {Signup.State.OFFERED, Signup.State.NO_SHOW}:
                acts.locked_for(acts.known_badges(Signup(pk=pk)))
            places = queue.locked([session])[session]
            closed = doors.check_door(places, at=at)
            found = look(closed or AtDoor.CONFIRMED, places, pk, registration)
            return found if closed is not None else come(found, registration, at=at)
    except Refusal as refusal:
        said = AtDoor.FULL if refusal.code == doors.HOUSE_FULL.code else AtDoor.ELSEWHERE
        found = look(said, places_of(session), pk, registration)
        found.elsewhere = elsewhere(places, registration)
        return found


def comes(state: str, until: datetime | None, *, at: datetime) -> bool:
    """Whether somebody has places here, or an offer of some that stands."""
    return state in COMES and (until is None or until > at)


def come(found: Found, registration: int, *, at: datetime) -> Found:
    """The bearer comes in, with whom that badge brings; the session's places are locked. Raises Refusal: full_house."""
    row = found.row
    here = [one for one in found.people if one.pk == found.bearer]
    brings = found.guests if row.registration_id == registration else 0
    if not comes(row.state, row.offered_until, at=at) or not (here or brings):
        found.said = AtDoor.NOT_SIGNED_UP
    elif all(one.attended_at is not None for one in here) and (here or found.guests_here):
        found.said = AtDoor.ALREADY_IN
    else:
        enter(found, here, brings - found.guests_here if brings else 0, at=at)
    return found


def enter(found: Found, people: Iterable[Person], guests: int, *, at: datetime) -> None:
    """These of the party come in, and so many guests more. Raises Refusal: full_house."""
    row = found.row
    new = [one for one in people if one.attended_at is None]
    more = len(new) + guests
    if found.places.present + more > found.places.whole:
        raise doors.HOUSE_FULL
    row.came, row.state, row.offered_until = row.came + more, Signup.State.ATTENDED, None
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"at": at, "people": [one.pk for one in new], "came": row.came, "signup": row.pk}
        cursor.execute(ENTER, values)
    for one in new:
        one.attended_at = at
    found.places.present += more


def write(row: Signup, came: int, state: str, *, ended_at: datetime | None = None) -> None:
    row.came, row.state, row.offered_until, row.ended_at = came, state, None, ended_at
    row.save(update_fields=["came", "origin", "state", "offered_until", "ended_at"])


def set_party(
    *,
    actor: Actor,
    session: int,
    registration: int,
    at: datetime,
    signup: int | None = None,
    here: Collection[int] | None = None,
    guests: int | None = None,
) -> Found:
    """Who of a party is in: these people (keys) and so many guests, or all of them where nothing is said.

    The party is that of a `signup` (a key), or else the one that the registration's badge belongs to. It mends a
    mistaken scan, too: of nobody who is in the place stays with who signed up, and who walked in has none.
    Raises Refusal: ended (they have no place), not_in_party, full_house, clash, cancelled, too_early.
    """
    with acting(actor, "party_at_door"), refusing(**CONSTRAINTS):
        pk = signup if signup is not None else own(session, registration)[0]
        if pk is None:
            raise rules.ENDED
        acts.locked_for(acts.known_badges(Signup(pk=pk)))
        places = queue.locked([session])[session]
        closed = doors.check_door(places, at=at)
        if closed is not None and closed != AtDoor.OVER:
            raise doors.CLOSED[closed]
        found = look(AtDoor.CONFIRMED, places, pk, registration)
        row = found.row
        if row.state not in {Signup.State.CONFIRMED, Signup.State.ATTENDED, Signup.State.NO_SHOW}:
            raise rules.ENDED
        wanted = {one.pk for one in found.people} if here is None else set(here)
        number = found.guests if guests is None else guests
        if wanted - {one.pk for one in found.people} or not 0 <= number <= found.guests:
            raise doors.NOBODY
        people_in(found, wanted, number, at=at)
    return found


def people_in(found: Found, wanted: set[int], guests: int, *, at: datetime) -> None:
    """Exactly these are in. Raises Refusal: full_house."""
    row, places = found.row, found.places
    came = len(wanted) + guests
    if came == row.came == 0:
        return
    if came > row.came and places.present + came - row.came > places.whole:
        raise doors.HOUSE_FULL
    since = min((one.attended_at for one in found.people if one.attended_at), default=at)
    left = [one for one in found.people if one.attended_at is not None and one.pk not in wanted]
    new = [one for one in found.people if one.attended_at is None and one.pk in wanted]
    Participant.objects.filter(pk__in=[one.pk for one in left]).update(attended_at=None)
    Participant.objects.filter(pk__in=[one.pk for one in new]).update(attended_at=at)
    for people, moment in ((left, None), (new, at)):
        for one in people:
            one.attended_at = moment
    places.present += came - row.came
    if came:
        write(row, came, Signup.State.ATTENDED)
    elif row.origin != Signup.Origin.WALK_IN:
        write(row, 0, Signup.State.CONFIRMED)
    elif row.joined_at < since:
        row.origin = Signup.Origin.SIGNED_UP
        write(row, 0, Signup.State.WAITING)
    else:
        write(row, 0, Signup.State.GIVEN_UP, ended_at=at)


# Walking in


def walk_in(
    *,
    actor: Actor,
    session: int,
    registration: Registration,
    at: datetime,
    whole_party: bool = True,
    leaving: bool = False,
) -> Found:
    """Let somebody in who has no sure place here, by the rule of walk-ins (`doors.room`).

    Who waits comes with the party, or, if not the `whole_party` is there, alone. `leaving` gives up what they have
    elsewhere at that time. Raises Refusal: no_session, cancelled, over, too_early, no_walk_ins, full, full_house,
    no_ticket, wrong_day, not_for_you, clash, already_signed_up.
    """
    show = registration.show
    with acting(actor, "walked_in"), refusing(**CONSTRAINTS):
        pk, state, until = own(session, registration.pk)
        if comes(state, until, at=at):
            return in_again(attend(actor=actor, session=session, registration=registration.pk, at=at))
        pk = pk if state in WAITS else None
        badges = {registration.pk, *badges_of(pk if whole_party else None)}
        tickets = acts.locked_for(badges)
        clashes = clashing(session, badges)
        if clashes and not leaving:
            raise rules.CLASH
        all_places = queue.locked({session, *(other for _signup, other in clashes)})
        # Once more, now that nobody else changes it: what was given up meanwhile is not given up again.
        clashes = [one for one in clashing(session, badges) if one[1] in all_places]
        places = all_places[session]
        found = look(AtDoor.WALKED_IN, places, pk, registration.pk)
        lapsed = lapse(found, at=at)
        party = found.signup.party if found.signup is not None and whole_party else 1
        doors.check_walk_in(places, party, doors.room(places, walked_in(session), at=at), at=at)
        on_day = show.day_at(places.starts_at)
        for badge in sorted(badges):
            rules.check_ticket(places, tickets.get(badge), day=on_day.number if on_day else None)
        for signup, other in clashes:
            leave(show, all_places[other], signup, badges, at=at)
        row = taken_along(found, registration, whole_party=whole_party, at=at)
        found = look(AtDoor.WALKED_IN, places, row.pk, registration.pk)
        enter(found, found.people, found.guests, at=at)
        if lapsed:
            queue.promote(show, places, Turn.Cause.LAPSED, at=at)
        if clashes:
            acts.tell_plan(registration)
    return found


def in_again(found: Found) -> Found:
    """Said twice, it is one walking in."""
    if found.said == AtDoor.ALREADY_IN and found.row.origin == Signup.Origin.WALK_IN:
        found.said = AtDoor.WALKED_IN
    return found


def lapse(found: Found, *, at: datetime) -> bool:
    """Whether an offer was kept here beyond its time: its places are nobody's from now on. The places are locked."""
    row = found.signup
    if row is None or row.state not in WAITS:
        found.signup, found.people = None, []
        return False
    if row.state != Signup.State.OFFERED:
        return False
    row.state, row.offered_until = Signup.State.WAITING, None
    row.save(update_fields=["state", "offered_until"])
    queue.recount(found.places)
    return True


def taken_along(found: Found, registration: Registration, *, whole_party: bool, at: datetime) -> Signup:
    """The sign-up that is let in: the one that waits as it is or for the bearer alone, or a new one."""
    row = found.signup
    if row is not None and not whole_party:
        row = alone(found, registration)
    if row is None:
        row = Signup.objects.create(
            session_id=found.places.pk,
            registration=registration,
            origin=Signup.Origin.WALK_IN,
            state=Signup.State.ATTENDED,
            joined_at=at,
        )
        Participant.objects.create(signup=row, registration=registration)
        return row
    row.origin, row.state, row.offered_until = Signup.Origin.WALK_IN, Signup.State.ATTENDED, None
    row.save(update_fields=["origin", "state", "offered_until", "party"])
    return row


def alone(found: Found, registration: Registration) -> Signup | None:
    """The waiting sign-up for who made it alone; whom somebody else signed up leaves that party and has none."""
    row = found.row
    others = [one.pk for one in found.people if one.pk != found.bearer]
    if row.registration_id == registration.pk:
        Participant.objects.filter(pk__in=others).delete()
        if found.bearer is None:
            Participant.objects.create(signup=row, registration=registration)
        acts.free_code(row, row.party - 1)
        row.party = 1
        return row
    Participant.objects.filter(signup=row, registration=registration).delete()
    row.party -= 1
    row.save(update_fields=["party"])
    acts.free_code(row, 1)
    return None


def leave(show: Show, places: SessionPlaces, signup: int, badges: Collection[int], *, at: datetime) -> None:
    """These people give up what they have in another session, whose places are locked.

    What has begun stays as it was: who had come had, and who had not did not; the person is only no longer there.
    """
    row = Signup.objects.select_for_update(of=("self",)).get(pk=signup)
    people = list(row.participants.all())
    going = [one for one in people if one.registration_id in badges]
    stay = [one for one in people if one.registration_id is not None and one not in going]
    ends = row.party == len(going) or (not stay and row.registration_id in badges)
    if row.state == Signup.State.ATTENDED or (at >= places.starts_at and not ends):
        Participant.objects.filter(pk__in=[one.pk for one in going]).update(holds=False)
    elif at >= places.starts_at:
        queue.end(row, Signup.State.NO_SHOW, at=at)
    elif ends:
        acts.let_go(show, places, row, at=at)
    else:
        Participant.objects.filter(pk__in=[one.pk for one in going]).delete()
        row.party -= len(going)
        row.save(update_fields=["party"])
        acts.free_code(row, len(going))
        queue.promote(show, places, Turn.Cause.SMALLER, at=at)


# Who did not come


def note_no_shows(show: Show, *, at: datetime) -> int:
    """Note of the sessions that are over who had a place and did not come; of how many sign-ups that was so.

    Not before the end: until then who is late comes in while there is room, and nobody should read of having stayed
    away from what they sit in. Where nobody was let in no door was kept, so nothing is known of anybody.
    Raises ExceptionGroup, see `each`.
    """
    over = SessionPlaces.objects.filter(
        session__show=show, takes_place=True, ends_at__lte=at, present__gt=0, session__signups__state="confirmed"
    )
    sessions = list(over.order_by("pk").values_list("pk", flat=True).distinct())
    return each(sessions, lambda pk: _note_no_shows(pk, at=at))


def _note_no_shows(session: int, *, at: datetime) -> int:
    with acting(Actor.system("note_no_shows"), "no_show_noted"):
        places = queue.locked([session])[session]
        if not places.takes_place or places.ends_at > at:
            return 0
        rows = Signup.objects.filter(session=session, state=Signup.State.CONFIRMED)
        return rows.update(state=Signup.State.NO_SHOW, ended_at=at)


# Looking


def own(session: int, registration: int) -> tuple[int | None, str, datetime | None]:
    """The sign-up that brings the bearer of a badge to the session, its state, and until when it is offered places."""
    with connection.cursor() as cursor:
        cursor.execute(OWN, {"session": session, "registration": registration})
        return cursor.fetchone() or (None, "", None)


def places_of(session: int) -> SessionPlaces:
    """Raises Refusal: no_session."""
    places = SessionPlaces.objects.filter(pk=session).first()
    if places is None:
        raise rules.NOT_THERE
    return places


def said_before(said: AtDoor, *, session: int, registration: int, at: datetime) -> Found:
    """What the door said once, with the sign-up as it is now; who walked in thereupon has."""
    places = places_of(session)
    pk, state, _until = own(session, registration)
    found = look(said, places, pk, registration)
    has_come = state == Signup.State.ATTENDED and found.row.origin == Signup.Origin.WALK_IN
    if has_come and said in {AtDoor.NOT_SIGNED_UP, AtDoor.WAITING, AtDoor.REQUESTED, AtDoor.ELSEWHERE, AtDoor.FULL}:
        found.said = AtDoor.WALKED_IN
    if found.said == AtDoor.ELSEWHERE:
        found.elsewhere = elsewhere_now(places, registration, at=at) or elsewhere(places, registration)
    if found.said == AtDoor.WAITING and state == Signup.State.WAITING:
        found.line = queue.before(found.row) + 1
    return found


def look(said: AtDoor, places: SessionPlaces, signup: int | None, registration: int) -> Found:
    """The sign-up as it is now, with who is in the party."""
    found = Found(said=said, places=places)
    if signup is None:
        return found
    found.signup = Signup.objects.get(pk=signup)
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [signup])
        found.people = [Person(*row) for row in cursor.fetchall()]
    found.bearer = next((one.pk for one in found.people if one.registration_id == registration), None)
    return found


def without_place(
    places: SessionPlaces,
    signup: int | None,
    state: str,
    registration: int,
    *,
    actor: Actor,
    at: datetime,
) -> Found:
    """Who has no place here: where else they have one, whether they wait, or whether none is needed."""
    closed = doors.check_door(places, at=at)
    found = look(closed or AtDoor.NOT_SIGNED_UP, places, signup, registration)
    if closed == AtDoor.CANCELLED:
        return found
    found.elsewhere = elsewhere_now(places, registration, at=at)
    if found.elsewhere is not None and state not in WAITS:
        found.said = AtDoor.ELSEWHERE
    elif closed is None and state in WAITS:
        found.said = AtDoor.REQUESTED if state == Signup.State.REQUESTED else AtDoor.WAITING
    elif closed is None and places.access == Access.NONE:
        return freely(found, registration, actor=actor, at=at)
    if found.said == AtDoor.WAITING and state == Signup.State.WAITING:
        found.line = queue.before(found.row) + 1
    if found.said in {AtDoor.NOT_SIGNED_UP, AtDoor.WAITING} and places.present >= places.whole:
        found.said = AtDoor.FULL
    return found


def freely(found: Found, registration: int, *, actor: Actor, at: datetime) -> Found:
    """Nobody has to sign up: who comes is counted where places are."""
    if not found.places.whole:
        found.said = AtDoor.FREE
        return found
    row = Registration.objects.select_related("show").get(pk=registration)
    try:
        return walk_in(actor=actor, session=found.places.pk, registration=row, at=at)
    except Refusal as refusal:
        if refusal.code == rules.CLASH.code:
            found.said, found.elsewhere = AtDoor.ELSEWHERE, elsewhere(found.places, registration)
        elif refusal.code in {"full", "full_house"}:
            found.said = AtDoor.FULL
        return found


def elsewhere_now(places: SessionPlaces, registration: int, *, at: datetime) -> int | None:
    """The other session whose door is open for somebody with a sure place, or that is on."""
    with connection.cursor() as cursor:
        cursor.execute(NOW_ELSEWHERE, [registration, places.pk, doors.DOOR_OPENS.total_seconds(), at])
        row = cursor.fetchone()
    return row[0] if row else None


def elsewhere(places: SessionPlaces, registration: int) -> int | None:
    """The session whose place keeps the person from one in this."""
    found = clashing(places.pk, [registration])
    return found[0][1] if found else None


def clashing(session: int, registrations: Iterable[int]) -> list[tuple[int, int]]:
    """The sure places (sign-up, session) of these people that exclude one in this session."""
    with connection.cursor() as cursor:
        cursor.execute(CLASHING, [session, list(registrations)])
        return list(dict.fromkeys(cursor.fetchall()))


def badges_of(signup: int | None) -> list[int]:
    if signup is None:
        return []
    known = Participant.objects.filter(signup=signup).exclude(registration=None)
    return list(known.values_list("registration", flat=True))


def walked_in(session: int) -> int:
    """How many people have walked in, and are in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(came), 0) FROM programme_signup"
            " WHERE session_id = %s AND state = 'attended' AND origin = 'walk_in'",
            [session],
        )
        return int(cursor.fetchone()[0])
