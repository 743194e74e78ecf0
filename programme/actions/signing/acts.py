"""Signing up, giving up, swapping, another party, taking what is offered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import floor

from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from accounts.acting import Actor, acting
from accounts.refusals import refusing
from expo.models import Show
from programme import places as rules
from programme.actions.signing import handovers, queue
from programme.models import Access, Participant, SessionCode, SessionPlaces, Signup, Turn
from programme.places import Coming
from visitors.models import Registration, Ticket

#: What one plans in such a time is told in one mail.
TOLD_TOGETHER = timedelta(minutes=2)
#: Longer than any act may take, so that all of it is committed before it is told.
SETTLED = timedelta(seconds=20)


def sign_up(
    *,
    actor: Actor,
    registration: Registration,
    session: int,
    people: Sequence[Coming],
    at: datetime,
    seen: int | None = None,
    code: str = "",
    instead_of: Collection[int] = (),
) -> Signup:
    """Give a party its places in the session (a key), or let it join the waiting list where they are not left.

    `seen` is the `sequence` that the page showed. `instead_of` are sign-ups (keys) that are given up for this one, in
    the same moment and only if its places are sure. A place that waits may clash with others, one that is sure not.

    Raises Refusal: no_session, cancelled, over, moved, no_signing_up, closed, not_open_yet, party_too_small,
    party_too_large, twice_in_party, name_needed, not_your_group, no_ticket, wrong_day, not_for_you, code_needed,
    wrong_code, code_expired, code_used, too_many, too_many_lists, already_signed_up, clash, not_yours, ended, begun.
    """
    show = registration.show
    with acting(actor, "places_signed_up"), refusing(**rules.CONSTRAINTS, session_code_not_exceeded=rules.CODE_USED):
        others = own_live(registration, instead_of)
        tickets = locked_tickets(registration, people)
        all_places = queue.locked({session, *(one.session_id for one in others)})
        others = still_live(others)
        check_not_begun(all_places, others, at=at)
        places = all_places[session]
        rules.check_open(places, seen=seen, at=at)
        rules.check_party(places, people)
        check_people(registration, people, tickets, places)
        invitation = find_code(places, code.strip(), at=at)
        check_series(places, badges_of(registration, people), leaving=[one.pk for one in others])
        party = len(people)
        state = Signup.State.REQUESTED
        if places.access != Access.APPROVAL:
            is_given = rules.gets_places(places, party, smallest_waiting=queue.smallest_waiting(places))
            state = Signup.State.CONFIRMED if is_given else Signup.State.WAITING
        if state == Signup.State.CONFIRMED:
            for one in others:
                queue.end(one, Signup.State.GIVEN_UP, at=at)
        else:
            check_lists(badges_of(registration, people))
        signup = Signup.objects.create(
            session_id=session, registration=registration, party=party, state=state, joined_at=at, code=invitation
        )
        write(signup, people)
        if invitation is not None:
            SessionCode.objects.filter(pk=invitation.pk).update(used=F("used") + party)
        if state == Signup.State.CONFIRMED:
            free(show, all_places, others, at=at)
        tell_plan(registration)
    return signup


def give_up(*, actor: Actor, signup: Signup, at: datetime, by: Registration | None = None) -> Signup:
    """End a sign-up, whatever came of it so far: its places go to the next. `by` is who asks, None where staff do.

    Raises Refusal: not_yours, ended, begun.
    """
    with acting(actor, "places_given_up"):
        places, row = locked_signup(signup, by)
        rules.check_not_begun(places, row, at=at)
        let_go(row.registration.show, places, row, at=at)
        tell_plan(row.registration)
    return row


def decline(*, actor: Actor, signup: Signup, at: datetime, by: Registration | None = None) -> Signup:
    """Leave what is offered to the next. A place that was taken meanwhile is not given up by it.

    Raises Refusal: not_yours, ended, offer_gone, begun.
    """
    with acting(actor, "places_given_up"):
        places, row = locked_signup(signup, by)
        if row.state != Signup.State.OFFERED:
            raise rules.OFFER_GONE
        rules.check_not_begun(places, row, at=at)
        let_go(row.registration.show, places, row, at=at)
        tell_plan(row.registration)
    return row


def let_go(show: Show, places: SessionPlaces, row: Signup, *, at: datetime) -> None:
    """End a sign-up whose places are locked, and offer them to the next."""
    declined = row.state == Signup.State.OFFERED
    queue.end(row, Signup.State.DECLINED if declined else Signup.State.GIVEN_UP, at=at)
    free_code(row, row.party)
    queue.promote(show, places, Turn.Cause.DECLINED if declined else Turn.Cause.GIVEN_UP, at=at)


def accept(
    *,
    actor: Actor,
    signup: Signup,
    at: datetime,
    by: Registration | None = None,
    instead_of: Collection[int] = (),
) -> Signup:
    """Take the places that are offered, giving up others (keys) in the same moment where the two clash.

    Raises Refusal: not_yours, offer_gone (declined, lapsed or taken already), cancelled, over, too_many, clash, ended,
    begun, changed (somebody joined the party at this very moment).
    """
    with acting(actor, "offer_accepted"), refusing(**rules.CONSTRAINTS):
        others = own_live(by or signup.registration, instead_of, but=signup.pk)
        known = known_badges(signup)
        locked_for({signup.registration_id, *known})
        all_places = queue.locked({signup.session_id, *(one.session_id for one in others)})
        others = still_live(others)
        row = again(signup, by)
        if row.state != Signup.State.OFFERED or row.offered_until is None or row.offered_until <= at:
            raise rules.OFFER_GONE
        places = all_places[row.session_id]
        rules.check_takes_place(places, at=at)
        check_not_begun(all_places, others, at=at)
        if not known_badges(row) <= known:
            raise rules.CHANGED
        check_series(places, known or {row.registration_id}, leaving=[row.pk, *(one.pk for one in others)])
        for one in others:
            queue.end(one, Signup.State.GIVEN_UP, at=at)
        row.state, row.offered_until = Signup.State.CONFIRMED, None
        row.save(update_fields=["state", "offered_until"])
        free(row.registration.show, all_places, others, at=at)
        tell_plan(row.registration)
    return row


def change_party(
    *, actor: Actor, signup: Signup, people: Sequence[Coming], at: datetime, by: Registration | None = None
) -> Signup:
    """The party is these people from now on. A smaller one frees places for the next; who waits keeps the turn.

    An offer can be taken by fewer, never by more. Raises Refusal: not_yours, ended, begun, cancelled, over, closed,
    party_too_small, party_too_large, twice_in_party, name_needed, not_your_group, no_ticket, wrong_day, not_for_you,
    too_many, code_used, no_room_for_more, already_signed_up, clash.
    """
    with acting(actor, "party_changed"), refusing(**rules.CONSTRAINTS, session_code_not_exceeded=rules.CODE_USED):
        tickets = locked_tickets(signup.registration, people)
        places, row = locked_signup(signup, by)
        rules.check_takes_place(places, at=at)
        rules.check_not_begun(places, row, at=at)
        rules.check_party(places, people)
        check_people(row.registration, people, tickets, places)
        check_series(places, badges_of(row.registration, people), leaving=[row.pk])
        more = len(people) - row.party
        if more > 0:
            rules.check_not_closed(places, at=at)
        if more > 0 and row.holds:
            waits = row.state == Signup.State.OFFERED
            if waits or not rules.gets_places(places, more, smallest_waiting=queue.smallest_waiting(places)):
                raise rules.no_more_left(0 if waits else places.left)
        if more and row.code_id:
            SessionCode.objects.filter(pk=row.code_id).update(used=F("used") + more)
        row.party = len(people)
        row.save(update_fields=["party"])
        rewrite(row, people)
        if more < 0:
            queue.promote(row.registration.show, places, Turn.Cause.SMALLER, at=at)
        tell_plan(row.registration)
    return row


# Whose it is


def own_live(by: Registration, pks: Collection[int], *, but: int | None = None) -> list[Signup]:
    """The sign-ups that are to be given up for another one, as they are before anything is locked.

    Raises Refusal: not_yours.
    """
    wanted = set(pks) - {but}
    if not wanted:
        return []
    rows = list(Signup.objects.filter(pk__in=wanted).order_by("pk"))
    if len(rows) != len(wanted) or any(row.registration_id != by.pk for row in rows):
        raise rules.NOT_YOURS
    return rows


def still_live(rows: Collection[Signup]) -> list[Signup]:
    """The same rows as they are now that their sessions' places are locked. Raises Refusal: ended."""
    if not rows:
        return []
    now = list(
        Signup.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=[row.pk for row in rows])
        .order_by("pk")
    )
    if not all(row.is_live for row in now):
        raise rules.ENDED
    return now


def again(signup: Signup, by: Registration | None) -> Signup:
    """The sign-up as it is now that its places are locked. Raises Refusal: not_yours."""
    row = (
        Signup.objects.select_for_update(of=("self",), no_key=True)
        .select_related("registration__show")
        .get(pk=signup.pk)
    )
    if by is not None and row.registration_id != by.pk:
        raise rules.NOT_YOURS
    return row


def locked_signup(signup: Signup, by: Registration | None) -> tuple[SessionPlaces, Signup]:
    """Raises Refusal: not_yours, ended."""
    places = queue.locked([signup.session_id])[signup.session_id]
    row = again(signup, by)
    if not row.is_live:
        raise rules.ENDED
    return places, row


# Who comes


def locked_tickets(registration: Registration, people: Iterable[Coming]) -> dict[int, Ticket]:
    """The live tickets of who signs up and of all with a badge, by registration: none of them ends, and none of these
    people signs up elsewhere, while this act lasts."""
    return locked_for({registration.pk, *(one.registration for one in people if one.registration is not None)})


def known_badges(signup: Signup) -> set[int]:
    return set(signup.participants.exclude(registration=None).values_list("registration", flat=True))


def locked_for(registrations: Iterable[int]) -> dict[int, Ticket]:
    rows = (
        Ticket.objects.select_for_update(of=("self",), no_key=True)
        .select_related("registration")
        .only("state", "days", "registration__category", "registration__registered_by")
        .filter(registration__in=set(registrations), state__in=Ticket.LIVE)
        .order_by("pk")
    )
    return {row.registration_id: row for row in rows}


def check_people(
    registration: Registration, people: Sequence[Coming], tickets: dict[int, Ticket], places: SessionPlaces
) -> None:
    """Whether these people may come, and whether it is for `registration` to sign them up.

    Raises Refusal: not_your_group, no_ticket, wrong_day, not_for_you.
    """
    show = registration.show
    on_day = show.day_at(places.starts_at)
    day = on_day.number if on_day else None
    for one in people:
        if one.registration is None:
            continue
        ticket = tickets.get(one.registration)
        rules.check_ticket(places, ticket, day=day)
        if ticket is None or not is_of_group(registration, ticket.registration):
            raise rules.NOT_YOUR_GROUP
    if all(one.registration is None for one in people):
        rules.check_ticket(places, tickets.get(registration.pk), day=day)


def badges_of(registration: Registration, people: Iterable[Coming]) -> set[int]:
    """Those to whom limits for each person apply: all with a badge, or whoever signs up a party without any."""
    return {one.registration for one in people if one.registration is not None} or {registration.pk}


def check_not_begun(places: dict[int, SessionPlaces], signups: Iterable[Signup], *, at: datetime) -> None:
    """Raises Refusal: begun."""
    for one in signups:
        rules.check_not_begun(places[one.session_id], one, at=at)


def is_of_group(registration: Registration, other: Registration) -> bool:
    """Whoever registered a party signs it up: the own person, and those who were registered along."""
    return registration.pk in {other.pk, other.registered_by_id}


def write(signup: Signup, people: Iterable[Coming]) -> None:
    """Those of the party who are known by badge or name; the others are a number only."""
    Participant.objects.bulk_create(
        Participant(signup=signup, registration_id=one.registration, name=one.name.strip())
        for one in people
        if one.registration is not None or one.name.strip()
    )


def rewrite(signup: Signup, people: Sequence[Coming]) -> None:
    """Whoever stays keeps the own row, with what was given for it."""
    rows = list(signup.participants.all())
    wanted = [one for one in people if one.registration is not None or one.name.strip()]
    stay: set[int] = set()
    new = []
    for one in wanted:
        name = one.name.strip()
        kept = next(
            (
                row
                for row in rows
                if row.pk not in stay
                and row.registration_id == one.registration
                and (one.registration is not None or row.name == name)
            ),
            None,
        )
        if kept is not None:
            stay.add(kept.pk)
        else:
            new.append(one)
    gone = [row.pk for row in rows if row.pk not in stay]
    # Else it would be the place of another of the party that is taken over.
    handovers.withdraw(Q(participant__in=gone))
    Participant.objects.filter(pk__in=gone).delete()
    write(signup, new)


# Limits and codes


#: What these people (`badges`) have or wait for; a party without any badge counts for who signed it up.
THEIRS = """
    WITH theirs AS (
        SELECT p.registration_id AS who, p.signup_id, p.session_id
        FROM programme_participant p WHERE p.registration_id = ANY(%(badges)s) AND p.is_live
        UNION ALL
        SELECT g.registration_id, g.id, g.session_id FROM programme_signup g
        WHERE g.registration_id = ANY(%(badges)s)
            AND g.state IN ('requested', 'waiting', 'offered', 'confirmed', 'attended')
            AND NOT EXISTS (
                SELECT FROM programme_participant p WHERE p.signup_id = g.id AND p.registration_id IS NOT NULL
            )
    )
"""
IN_SERIES = """
    SELECT count(*) AS n FROM theirs JOIN programme_session o ON o.id = theirs.session_id
    WHERE o.series_id = (SELECT series_id FROM programme_session WHERE id = %(session)s) AND o.id <> %(session)s
        AND theirs.signup_id <> ALL(%(leaving)s)
    GROUP BY who ORDER BY n DESC LIMIT 1
"""
LISTS = """
    SELECT count(*) AS n FROM theirs JOIN programme_signup g ON g.id = theirs.signup_id AND g.state = 'waiting'
    GROUP BY who ORDER BY n DESC LIMIT 1
"""


def check_series(places: SessionPlaces, badges: Collection[int], *, leaving: Collection[int]) -> None:
    """Raises Refusal: too_many, where somebody has places in, or waits for, as many sessions of its series as one may.

    What is given up in the same act (`leaving`) does not count. The tickets of these people are locked.
    """
    most: int | None = places.most_each
    if most is None:
        return
    with connection.cursor() as cursor:
        asked = {"badges": list(badges), "leaving": list(leaving), "session": places.pk}
        cursor.execute(THEIRS + IN_SERIES, asked)
        row = cursor.fetchone()
    rules.check_series(row[0] if row else 0, most)


def check_lists(badges: Collection[int]) -> None:
    """Raises Refusal: too_many_lists, where one of these people waits in as many as one may."""
    with connection.cursor() as cursor:
        cursor.execute(THEIRS + LISTS, {"badges": list(badges)})
        row = cursor.fetchone()
    rules.check_waiting(row[0] if row else 0)


def find_code(places: SessionPlaces, typed: str, *, at: datetime) -> SessionCode | None:
    """Raises Refusal: code_needed, wrong_code, code_expired."""
    if places.access != Access.INVITATION:
        return None
    found = SessionCode.objects.filter(session=places.pk, code__iexact=typed).first() if typed else None
    rules.check_code(places, typed, found, at=at)
    return found


def free_code(signup: Signup, people: int) -> None:
    """Give uses of an invitation code back."""
    if signup.code_id:
        SessionCode.objects.filter(pk=signup.code_id).update(used=F("used") - people)


def free(show: Show, all_places: dict[int, SessionPlaces], given_up: Iterable[Signup], *, at: datetime) -> None:
    """What was given up for something else goes to who waits for it."""
    given_up = list(given_up)
    for one in given_up:
        free_code(one, one.party)
    for pk in sorted({one.session_id for one in given_up}):
        queue.promote(show, all_places[pk], Turn.Cause.GIVEN_UP, at=at)


# What is told

# The mail and its job in one statement, where the ways of both would take two and twice as long; each sign-up does it.
TOLD = """
    WITH mail AS (
        INSERT INTO accounts_mail (kind, thing, version, "to", language, facts, state, attempts, error)
        VALUES ('programme.plan', %s, %s, %s, %s, '{}', 'queued', 0, '') ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
        'mail', 'accounts.send_mail', 0, NULL, NULL, jsonb_build_object('mail', id), %s
    )::procrastinate_job_to_defer_v1]) FROM mail
"""


def tell_plan(registration: Registration) -> None:
    """One mail with the whole plan for all that is done within two minutes; it is written when it is sent.

    Its job waits until those are over, and until what was under way by then is committed.
    """
    if not registration.email:
        return
    window = floor(timezone.now().timestamp() / TOLD_TOGETHER.total_seconds())
    ends = datetime.fromtimestamp((window + 1) * TOLD_TOGETHER.total_seconds(), tz=UTC)
    about = [f"registration:{registration.pk}", str(window), registration.email, registration.language]
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [*about, ends + SETTLED])
