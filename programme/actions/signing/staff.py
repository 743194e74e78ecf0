"""What staff do with sign-ups: decide on requests, call off, put back, move, add guests, close, write to all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import history, mails
from accounts.acting import Actor, acting
from accounts.models import Mail
from accounts.refusals import Refusal, constraint_of, refusing
from expo.models import Show
from programme import doors
from programme import places as rules
from programme.actions import publishing
from programme.actions.planning import TAKEN, locked, planning, step_on
from programme.actions.signing import acts, queue
from programme.models import (
    Message,
    MoveUp,
    Participant,
    Published,
    Session,
    SessionPlaces,
    Signup,
    Turn,
)
from programme.models.sessions import LARGEST_PARTY
from programme.places import Coming
from visitors.models import Registration, Ticket

#: Mails to all of a session that go out within a day; who gets them reads them the less, the more there are.
MOST_MESSAGES, IN = 6, timedelta(days=1)

NO_REASON = Refusal("no_reason", _("Give the reason. Who is concerned reads it."), field="why")
NOT_REQUESTED = Refusal("not_requested", _("This sign-up does not wait for approval any more."))
NOT_HELD = Refusal("not_held", _("This party has no places here, so there is nothing to put back."))
NOT_OVER = Refusal(
    "not_over",
    _("There are places for all who have one, so nobody has to go back in line. Lower the number of places first."),
)
A_GUEST = Refusal("a_guest", _("Guests and who walked in have places of their own and do not wait in line."))
SAME_SESSION = Refusal("same_session", _("This is the session that they are in. Choose another one."), field="to")
CLASH = Refusal(
    "clash",
    _("Somebody of the party has another place at that time, or could not be there in time."),
)
ALREADY = Refusal("already_signed_up", _("Somebody of the party is signed up for this session already."))
FULL_THERE = Refusal("full", _("There are not enough places left in that session for the whole party."), field="to")
WALKED_IN_THERE = Refusal(
    "full", _("The session begins soon, and who walked in has the places that were left."), field="to"
)
NO_GUEST_PLACES = Refusal(
    "no_guest_places",
    _("The places kept for guests are not enough. Keep more of them for guests in the plan, and publish it."),
)
STAFFS = {
    **rules.CONSTRAINTS,
    "one_place_at_a_time": CLASH,
    "time_to_get_there": CLASH,
    "one_signup_each": ALREADY,
    "one_place_each": ALREADY,
}


def approve(*, actor: Actor, signup: Signup, at: datetime) -> Signup:
    """Grant what was asked for, as if they signed up now: places if they are left and nobody who waits would fit.

    Else the party waits, in the order of its asking. Who has another place at that time by now is offered the places,
    and chooses. Raises Refusal: not_requested, cancelled, over, no_ticket, wrong_day.
    """
    with acting(actor, "signup_approved"), refusing(**STAFFS):
        tickets = acts.locked_for({signup.registration_id, *acts.known_badges(signup)})
        places = queue.locked([signup.session_id])[signup.session_id]
        row = acts.again(signup, None)
        if row.state != Signup.State.REQUESTED:
            raise NOT_REQUESTED
        show = row.registration.show
        rules.check_takes_place(places, at=at)
        check_badges(show, places, people_of(row), tickets)
        smallest = queue.smallest_waiting(places)
        if not (rules.gets_places(places, row.party, smallest_waiting=smallest) and is_room(places, row.party, at=at)):
            to_state(row, Signup.State.WAITING)
        elif not confirm_unless_it_clashes(row):
            queue.offer(show, places, [row.pk], at=at)
            row.refresh_from_db()
            return row
        queue.tell([row.pk], "approved")
    return row


def to_state(row: Signup, state: str) -> None:
    row.state = state
    row.save(update_fields=["state"])


def confirm_unless_it_clashes(row: Signup) -> bool:
    try:
        with transaction.atomic():
            to_state(row, Signup.State.CONFIRMED)
    except IntegrityError as error:
        if constraint_of(error) not in {"one_place_at_a_time", "time_to_get_there"}:
            raise
        return False
    return True


def refuse(*, actor: Actor, signup: Signup, why: str, at: datetime) -> Signup:
    """Refuse what was asked for; they are told the reason. Raises Refusal: no_reason, not_requested."""
    why = a_reason(why)
    with acting(actor, "signup_refused", why=why):
        queue.locked([signup.session_id])
        row = acts.again(signup, None)
        if row.state != Signup.State.REQUESTED:
            raise NOT_REQUESTED
        queue.end(row, Signup.State.CALLED_OFF, at=at, why=why)
        acts.free_code(row, row.party)
        queue.tell([row.pk], "refused")
    return row


def call_off(*, actor: Actor, signup: Signup, why: str, at: datetime) -> Signup:
    """End a sign-up; its places go to the next, and they are told the reason.

    Raises Refusal: no_reason, ended, begun.
    """
    why = a_reason(why)
    with acting(actor, "signup_called_off", why=why):
        places, row = acts.locked_signup(signup, None)
        rules.check_not_begun(places, row, at=at)
        queue.end(row, Signup.State.CALLED_OFF, at=at, why=why)
        acts.free_code(row, row.party)
        queue.promote(row.registration.show, places, Turn.Cause.CALLED_OFF, at=at)
        queue.tell([row.pk], "called_off")
    return row


def put_back(*, actor: Actor, signup: Signup, why: str, at: datetime) -> Signup:
    """Take a party's places back and let it wait before all others: there are fewer places than were given.

    That it stands before the others is recorded as a move up, where there are others.
    Raises Refusal: no_reason, ended, begun, not_held, a_guest, not_over.
    """
    why = a_reason(why)
    with acting(actor, "signup_put_back", why=why):
        places, row = acts.locked_signup(signup, None)
        rules.check_not_begun(places, row, at=at)
        if row.state not in {Signup.State.CONFIRMED, Signup.State.OFFERED}:
            raise NOT_HELD
        if row.origin != Signup.Origin.SIGNED_UP:
            raise A_GUEST
        if not places.over:
            raise NOT_OVER
        waiting = Signup.objects.waiting().filter(session=row.session_id)
        overtaken = waiting.count()
        most = waiting.aggregate(most=Max("ahead"))["most"] or 0
        row.state, row.ahead, row.offered_until, row.why = Signup.State.WAITING, most + 1, None, why
        row.save(update_fields=["state", "ahead", "offered_until", "why"])
        if overtaken:
            MoveUp.objects.create(
                signup=row, session_id=row.session_id, at=at, by=str(actor), why=why, overtaken=overtaken
            )
        queue.tell([row.pk], "put_back")
        queue.promote(row.registration.show, places, Turn.Cause.CALLED_OFF, at=at)
    return row


def move(*, actor: Actor, signup: Signup, to: int, why: str, at: datetime) -> Signup:
    """Give a party places in another session (a key) for those that it has, or waits for, in the same moment.

    A guest goes to the places that are kept for guests there. Raises Refusal: no_reason, same_session, no_session,
    ended, begun, cancelled, over, full, no_guest_places, name_needed, no_ticket, wrong_day, clash, already_signed_up.
    """
    why = a_reason(why)
    if to == signup.session_id:
        raise SAME_SESSION
    with acting(actor, "signup_moved", why=why), refusing(**STAFFS, guests_not_exceeded=NO_GUEST_PLACES):
        tickets = acts.locked_for({signup.registration_id, *acts.known_badges(signup)})
        all_places = queue.locked({signup.session_id, to})
        row = acts.again(signup, None)
        if not row.is_live:
            raise rules.ENDED
        here, there = all_places[row.session_id], all_places[to]
        show = row.registration.show
        rules.check_not_begun(here, row, at=at)
        check_coming(there, at=at)
        people = people_of(row)
        check_names(there, people)
        check_badges(show, there, people, tickets)
        is_guest = row.origin == Signup.Origin.GUEST
        smallest = queue.smallest_waiting(there)
        if not is_guest and not rules.gets_places(there, row.party, smallest_waiting=smallest):
            raise FULL_THERE
        if not is_guest and not is_room(there, row.party, at=at):
            raise WALKED_IN_THERE
        queue.end(row, Signup.State.CALLED_OFF, at=at, why=why)
        acts.free_code(row, row.party)
        new = Signup.objects.create(
            session_id=to,
            registration=row.registration,
            party=row.party,
            state=Signup.State.CONFIRMED,
            origin=Signup.Origin.GUEST if is_guest else Signup.Origin.SIGNED_UP,
            joined_at=at,
            why=why,
        )
        acts.write(new, people)
        queue.promote(show, here, Turn.Cause.CALLED_OFF, at=at)
        tell_moved(new, before=row.session_id)
    return new


def tell_moved(signup: Signup, *, before: int) -> None:
    registration = signup.registration
    if registration.email:
        mails.queue(
            "programme.moved_over",
            thing=f"signup:{signup.pk}",
            version=str(signup.offers),
            to=registration.email,
            language=registration.language,
            facts={"signup": signup.pk, "from": before},
        )


def add_guest(
    *, actor: Actor, registration: Registration, session: int, party: int, at: datetime, why: str = ""
) -> Signup:
    """Give a guest with a badge, and who comes along, places of those that are kept for guests.

    Whom the session is for, and how many sign up at once, does not matter. Raises Refusal: no_session, cancelled,
    over, party, name_needed, no_ticket, wrong_day, full_house, no_guest_places, already_signed_up, clash.
    """
    if not 1 <= party <= LARGEST_PARTY:
        raise Refusal("party", _("A party is of 1 to 20 people."), field="party")
    people = [Coming(registration=registration.pk), *(Coming() for _number in range(party - 1))]
    with (
        acting(actor, "guest_added", why=why.strip()),
        refusing(**STAFFS, guests_not_exceeded=NO_GUEST_PLACES),
    ):
        tickets = acts.locked_tickets(registration, people)
        places = queue.locked([session])[session]
        rules.check_takes_place(places, at=at)
        check_names(places, people)
        check_badges(registration.show, places, people, tickets)
        if at >= places.starts_at and not is_room(places, party, at=at):
            raise doors.HOUSE_FULL
        signup = Signup.objects.create(
            session_id=session,
            registration=registration,
            party=party,
            state=Signup.State.CONFIRMED,
            origin=Signup.Origin.GUEST,
            joined_at=at,
            why=why.strip()[:300],
        )
        acts.write(signup, people)
        acts.tell_plan(registration)
    return signup


def close(*, actor: Actor, session: int, closed: bool, at: datetime) -> SessionPlaces:
    """Close signing up at once, or open it again; it stays so through all that is published.

    Raises Refusal: no_session, over, closed_already, open_already.
    """
    act = "signing_up_closed" if closed else "signing_up_opened"
    with acting(actor, act):
        places = queue.locked([session])[session]
        if at >= places.ends_at:
            raise Refusal("over", _("This session is over."))
        if places.is_closed == closed:
            if closed:
                raise Refusal("closed_already", _("Signing up is closed already."))
            raise Refusal("open_already", _("Signing up is open already."))
        places.is_closed = closed
        places.save(update_fields=["is_closed"])
        history.record(actor, act, session=session)
    return places


def change_places(
    *,
    actor: Actor,
    session: Session,
    seats: int,
    step: int | None,
    at: datetime,
    why: str = "",
    over_seats_why: str | None = None,
) -> SessionPlaces:
    """The session has so many seats at once, in the plan and in public; nothing else that is planned goes out with it.

    Who waits moves up where there are more; nobody loses a place where there are fewer, see `SessionPlaces.over`.
    `step` is the one that was seen. Raises Refusal: changed, cancelled, not_public, same_number, reserve, over_seats,
    room_taken, speaker_taken, guide_taken, bus_taken.
    """
    with acting(actor, "places_changed", why=why.strip()), refusing(**TAKEN):
        with planning(actor, "places_changed", session.show):
            public = Published.objects.filter(pk=session.pk).first()
            if public is None:
                raise Refusal("not_public", _("The public does not know this session: change its seats in the plan."))
            # Before the session itself: who signs up has the places first, and refers to the session then.
            queue.locked([session.pk])
            row = locked(session, step=step)
            before = public.told
            if row.is_cancelled or before.is_cancelled:
                raise Refusal("cancelled", _("The session is cancelled. Restore it first."))
            if row.seats == seats == before.seats:
                raise Refusal("same_number", _("It has so many seats already."), field="seats")
            after = replace(before, seats=seats)
            kept = max(one.reserve_guests + one.reserve_walk_ins - one.standing for one in (row, before))
            if seats < kept:
                raise Refusal("reserve", _("More places are kept back than there would be."), field="seats")
            row.seats = seats
            if over_seats_why is not None:
                row.over_seats_why = over_seats_why
            step_on(row, "seats", "over_seats_why")
        if after != before:
            publishing.release(actor, row.show, [(row, before, after)], at=at, note=why.strip())
    return SessionPlaces.objects.get(pk=session.pk)


def write_to_all(
    *,
    actor: Actor,
    session: int,
    to: str,
    subject_en: str,
    subject_zh: str,
    text_en: str,
    text_zh: str,
    at: datetime,
) -> Message:
    """Write to all of a session that are meant by `to` (`Message.To`), one mail each, in the language of each.

    Raises Refusal: no_text, no_subject, nobody_to_write_to, too_many_messages.
    """
    texts = {"subject_en": subject_en, "subject_zh": subject_zh, "text_en": text_en, "text_zh": text_zh}
    texts = {name: text.strip() for name, text in texts.items()}
    check_message(texts)
    with acting(actor, "session_written_to"):
        queue.locked([session])
        if Message.objects.filter(session=session, at__gt=at - IN).count() >= MOST_MESSAGES:
            raise Refusal(
                "too_many_messages",
                _("%(number)d messages were sent to this session within a day. Write again tomorrow.")
                % {"number": MOST_MESSAGES},
            )
        told = list(recipients(session, to).values_list("pk", "registration__email", "registration__language"))
        if not told:
            raise Refusal("nobody_to_write_to", _("There is nobody to write to."), field="to")
        message = Message.objects.create(session_id=session, at=at, by=str(actor), to=to, mails=len(told), **texts)
        mails.queue_many(
            Mail(
                kind="programme.message",
                thing=f"signup:{pk}",
                version=str(message.pk),
                to=email,
                language=language,
                facts={"signup": pk, "message": message.pk, **texts},
            )
            for pk, email, language in told
        )
    return message


def check_message(texts: Mapping[str, str]) -> None:
    """Raises Refusal: no_text, no_subject."""
    if not (texts["text_en"].strip() or texts["text_zh"].strip()):
        raise Refusal("no_text", _("Write in one language at least."), field="text_zh")
    if not (texts["subject_en"].strip() or texts["subject_zh"].strip()):
        raise Refusal("no_subject", _("Say in a few words what it is about."), field="subject_zh")


def recipients(session: int, to: str) -> QuerySet[Signup]:
    """The sign-ups of a session that are meant, of those who can be written to."""
    rows = Signup.objects.filter(session=session, state__in=Message.STATES[to])
    return rows.exclude(registration__email="").order_by("pk")


# Who is over


def suggested(places: SessionPlaces, rows: Collection[Signup]) -> set[int]:
    """The keys of those of a session's sign-ups who are over, last come first: offers before places that are sure."""
    found: set[int] = set()
    people = 0
    holding = [
        row
        for row in rows
        if row.origin == Signup.Origin.SIGNED_UP and row.state in {Signup.State.OFFERED, Signup.State.CONFIRMED}
    ]
    for row in sorted(holding, key=lambda one: (one.state != Signup.State.OFFERED, -one.pk)):
        if people >= places.over:
            break
        found.add(row.pk)
        people += row.party
    return found


# What is looked at before


def a_reason(why: str) -> str:
    """Raises Refusal: no_reason."""
    if not why.strip():
        raise NO_REASON
    return why.strip()[:300]


def people_of(signup: Signup) -> list[Coming]:
    """All of the party, those of whom nothing is known but their number included."""
    known = [
        Coming(registration=registration, name=name)
        for registration, name in Participant.objects.filter(signup=signup.pk).values_list("registration", "name")
    ]
    return [*known, *(Coming() for _number in range(signup.party - len(known)))]


def check_coming(places: SessionPlaces, *, at: datetime) -> None:
    """Raises Refusal: cancelled, over, begun."""
    rules.check_takes_place(places, at=at)
    if at >= places.starts_at:
        raise Refusal("begun", _("The session has begun, so nothing can be changed any more."))


def is_room(places: SessionPlaces, party: int, *, at: datetime) -> bool:
    """Whether walk-ins have left so many places: from ten minutes before the start they get what nobody has."""
    if at < doors.left_from(places):
        return True
    return party <= doors.count([places], at=at)[places.pk].walk_ins_left


def check_names(places: SessionPlaces, people: Iterable[Coming]) -> None:
    """Raises Refusal: name_needed."""
    if places.needs_names and any(one.registration is None and not one.name.strip() for one in people):
        raise Refusal("name_needed", _("That session needs the name of everybody who comes; this party gave none."))


def check_badges(show: Show, places: SessionPlaces, people: Iterable[Coming], tickets: dict[int, Ticket]) -> None:
    """Whether the badges of all of these people open the day of it. Raises Refusal: no_ticket, wrong_day."""
    on_day = show.day_at(places.starts_at)
    day = on_day.number if on_day else None
    for one in people:
        if one.registration is not None:
            rules.check_badge(tickets.get(one.registration), day=day)
