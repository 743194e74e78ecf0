"""Handing a place over to somebody with a badge, and leaving a party that somebody else signed up.

Nothing changes before the place is taken, and who hands it over is told nothing of what the other has at that time.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Case, DateTimeField, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from expo.models import Show
from programme import places as rules
from programme.actions.signing import acts, handovers, queue
from programme.actions.signing.handovers import close, tell
from programme.models import Access, Handover, Participant, SessionPlaces, Signup, Turn
from programme.places import Coming
from visitors.badges import serials
from visitors.models import Badge, Registration
from visitors.rules import name_key

# One sentence whatever does not fit, so that nobody finds out whose badge it is, or who has one.
NOBODY = Refusal(
    "no_such_badge",
    _("There is no badge with this number and name. Compare both with the badge, letter by letter."),
    field="serial",
)
NOT_SURE = Refusal("not_sure_yet", _("Only a place that is sure can be handed over."))
APPROVED = Refusal(
    "approved_only",
    _(
        "The organisers decide for each person who comes to this session, so its places cannot be handed over. "
        "Give yours up if you cannot come."
    ),
)
NOT_IN_PARTY = Refusal(
    "not_in_party", _("This place is not in the party any more. Look at who comes, then try again."), field="place"
)
HANDED_OVER = Refusal("handed_over", _("This place is being handed over already. Take that back first."), field="place")
ASKED = Refusal("asked_already", _("You have asked this person already. Wait for the answer, or ask somebody else."))
OWN_BADGE = Refusal("own_badge", _("This is the badge of somebody who comes along already."), field="serial")
GONE = Refusal("handover_gone", _("This place cannot be taken over any more. Look at your visit as it is now."))


def hand_over(
    *,
    actor: Actor,
    signup: Signup,
    participant: int | None,
    serial: str,
    name: str,
    at: datetime,
    by: Registration,
) -> Handover:
    """Ask the bearer of a badge to take one place of a party over: that of somebody in it (a key), or of a guest of
    whom nothing is known but the number (None).

    Raises Refusal: not_yours, not_sure_yet, cancelled, over, begun, approved_only, not_in_party, handed_over,
    no_such_badge, own_badge, asked_already.
    """
    with acting(actor, "place_handed_over"), refusing(one_handover_at_a_time=HANDED_OVER):
        places, row = locked_sure(signup, by)
        rules.check_takes_place(places, at=at)
        rules.check_not_begun(places, row, at=at)
        if places.access == Access.APPROVAL:
            raise APPROVED
        person = place_of(row, participant)
        to = bearer_of(serial, name, show=by.show)
        check_asked(row, to)
        handover = Handover.objects.create(
            signup=row,
            participant=person,
            to=to,
            offered_at=at,
            until=min(rules.deadline(places, at=at, zone=by.show.zone), places.starts_at),
        )
        tell(handover, "handover", to)
    return handover


def locked_sure(signup: Signup, by: Registration | None) -> tuple[SessionPlaces, Signup]:
    """Raises Refusal: not_yours, not_sure_yet."""
    places = queue.locked([signup.session_id])[signup.session_id]
    row = acts.again(signup, by)
    if row.state != Signup.State.CONFIRMED:
        raise NOT_SURE
    return places, row


def place_of(row: Signup, participant: int | None) -> Participant | None:
    """Whose place of the party it is, None for that of a guest without a name. Raises Refusal: not_in_party,
    handed_over.
    """
    if participant is not None:
        person = row.participants.filter(pk=participant).first()
        if person is None:
            raise NOT_IN_PARTY
        return person
    guests = unnamed(row)
    if guests < 1:
        raise NOT_IN_PARTY
    if Handover.objects.filter(signup=row, participant=None, state=Handover.State.OPEN).count() >= guests:
        raise HANDED_OVER
    return None


def unnamed(row: Signup) -> int:
    """People of the party of whom nothing is known but their number."""
    return row.party - row.participants.count()


def bearer_of(serial: str, name: str, *, show: Show) -> Registration:
    """Whose badge it is; number and name have both to fit. Raises Refusal: no_such_badge."""
    badges = Badge.objects.select_related("registration").filter(
        serial=serials.tidy(serial) or "", revoked_at=None, registration__show=show, registration__erased_at=None
    )
    badge = badges.first()
    key = name_key(name)
    if badge is None or not key:
        raise NOBODY
    to = badge.registration
    if key not in {name_key(to.name), name_key(to.name_latin)}:
        raise NOBODY
    return to


def check_asked(row: Signup, to: Registration) -> None:
    """Nobody is asked who comes along anyway, nor twice for places of one party. Raises Refusal: own_badge,
    asked_already."""
    if row.registration_id == to.pk or row.participants.filter(registration=to).exists():
        raise OWN_BADGE
    stand = (Handover.State.OPEN, Handover.State.DECLINED)
    if Handover.objects.filter(signup=row, to=to, state__in=stand).exists():
        raise ASKED


# What becomes of it


def take_over(
    *, actor: Actor, handover: Handover, at: datetime, by: Registration, instead_of: Collection[int] = ()
) -> Signup:
    """The place is the recipient's from now on, in the same moment in which the giver's party is without it: nobody
    who waits is offered it in between. `instead_of` are own sign-ups (keys) that are given up for it; a wait for
    places in this very session, alone, ends by itself.

    Raises Refusal: not_yours, handover_gone, cancelled, over, begun, ended, no_ticket, wrong_day, not_for_you,
    too_many, already_signed_up, clash.
    """
    if handover.to_id != by.pk:
        raise rules.NOT_YOURS
    show, session = by.show, handover.signup.session_id
    with acting(actor, "place_taken_over"), refusing(**rules.CONSTRAINTS):
        me = [Coming(registration=by.pk)]
        ticket = acts.locked_tickets(by, me).get(by.pk)
        others = acts.own_live(by, {*instead_of, *waits_alone(by, session)})
        all_places = queue.locked({session, *(one.session_id for one in others)})
        others = acts.still_live(others)
        places, given = all_places[session], acts.again(handover.signup, None)
        row = open_again(handover, given, at=at)
        rules.check_takes_place(places, at=at)
        rules.check_not_begun(places, given, at=at)
        on_day = show.day_at(places.starts_at)
        rules.check_ticket(places, ticket, day=on_day.number if on_day else None)
        acts.check_not_begun(all_places, others, at=at)
        acts.check_series(places, {by.pk}, leaving=[one.pk for one in others])
        for one in others:
            queue.end(one, Signup.State.GIVEN_UP, at=at)
        new = carried_over(given, by, at=at)
        close(row, Handover.State.TAKEN)
        if row.participant is not None:
            row.participant.delete()
        acts.free(show, all_places, others, at=at)
        tell(row, "handover_taken", given.registration)
        acts.tell_plan(by)
    return new


def waits_alone(by: Registration, session: int) -> list[int]:
    """The own wait for a place in the session, which comes to its end by having one."""
    waits = (Signup.State.REQUESTED, Signup.State.WAITING, Signup.State.OFFERED)
    alone = Signup.objects.filter(session=session, registration=by, party=1, state__in=waits)
    return list(alone.filter(participants__registration=by).values_list("pk", flat=True))


def open_again(handover: Handover, given: Signup, *, at: datetime) -> Handover:
    """The handover as it is now that the places are locked. Raises Refusal: handover_gone."""
    row = Handover.objects.select_for_update(of=("self",)).select_related("participant", "to").get(pk=handover.pk)
    is_there = row.participant is not None or unnamed(given) > 0
    if row.state != Handover.State.OPEN or row.until <= at or given.state != Signup.State.CONFIRMED or not is_there:
        raise GONE
    row.signup = given
    return row


def carried_over(given: Signup, to: Registration, *, at: datetime) -> Signup:
    """The recipient's own sign-up with the place, taken out of the giver's in one statement: as many places are taken
    after it as before. An ID number stays behind; a code goes along, with one of its uses.
    """
    new = Signup.objects.create(
        session_id=given.session_id,
        registration=to,
        party=1,
        state=Signup.State.WAITING,
        joined_at=at,
        origin=given.origin,
        code_id=given.code_id,
    )
    Participant.objects.create(signup=new, registration=to)
    is_given, is_last = Q(pk=given.pk), given.party == 1
    state = Signup.State.GIVEN_UP if is_last else Signup.State.CONFIRMED
    ended = {"ended_at": Case(When(is_given, then=Value(at, output_field=DateTimeField())))} if is_last else {}
    Signup.objects.filter(pk__in=[given.pk, new.pk]).update(
        state=Case(When(is_given, then=Value(state)), default=Value(Signup.State.CONFIRMED)),
        party=Case(When(is_given, then=Value(max(1, given.party - 1))), default=Value(1)),
        **ended,
    )
    new.refresh_from_db(fields=["state", "party"])
    return new


def decline(*, actor: Actor, handover: Handover, at: datetime, by: Registration) -> Handover:
    """Raises Refusal: not_yours, handover_gone."""
    if handover.to_id != by.pk:
        raise rules.NOT_YOURS
    with acting(actor, "place_not_taken_over"):
        row = answered(handover, Handover.State.DECLINED, at=at)
        tell(row, "handover_declined", row.signup.registration)
    return row


def withdraw(*, actor: Actor, handover: Handover, at: datetime, by: Registration) -> Handover:
    """The giver keeps the place after all. Raises Refusal: not_yours, handover_gone."""
    if handover.signup.registration_id != by.pk:
        raise rules.NOT_YOURS
    with acting(actor, "handing_over_withdrawn"):
        row = answered(handover, Handover.State.WITHDRAWN, at=at)
        tell(row, "handover_withdrawn", row.to)
    return row


def answered(handover: Handover, state: str, *, at: datetime) -> Handover:
    """End it without a place changing hands. Raises Refusal: handover_gone."""
    rows = Handover.objects.select_for_update(of=("self",)).select_related("to", "signup__registration")
    row = rows.get(pk=handover.pk)
    if row.state != Handover.State.OPEN or row.until <= at:
        raise GONE
    close(row, state)
    return row


def lapse_handovers(show: Show, *, at: datetime) -> int:
    """End those that nobody answered in time, and those whose place has gone meanwhile; how many."""
    with acting(Actor.system("lapse_handovers"), "handover_lapsed"):
        over = Q(until__lte=at) | ~Q(signup__state=Signup.State.CONFIRMED)
        rows = Handover.objects.filter(over, state=Handover.State.OPEN, to__show=show).order_by("pk")
        locked = rows.select_for_update(of=("self",), skip_locked=True).select_related("to", "signup__registration")
        count = 0
        for row in locked:
            is_sure = row.signup.state == Signup.State.CONFIRMED
            close(row, Handover.State.LAPSED if is_sure else Handover.State.WITHDRAWN)
            tell(row, *("handover_lapsed", row.signup.registration) if is_sure else ("handover_withdrawn", row.to))
            count += 1
    return count


def handovers_of(registration: Registration, *, at: datetime) -> QuerySet[Handover]:
    """What stands open: places that this person may take over (`to`), and places that it has handed to others."""
    concerned = Q(to=registration) | Q(signup__registration=registration)
    rows = Handover.objects.filter(
        concerned, state=Handover.State.OPEN, until__gt=at, signup__state=Signup.State.CONFIRMED
    )
    return rows.select_related("signup__registration", "participant__registration", "to").order_by("until", "pk")


# Leaving a party


def drop_out(*, actor: Actor, signup: Signup, at: datetime, by: Registration) -> Signup:
    """Somebody leaves a party that another person signed up: it is smaller by that place, which goes to the next.

    Raises Refusal: not_in_party, ended, begun.
    """
    with acting(actor, "party_left"):
        places, row = acts.locked_signup(signup, None)
        person = row.participants.filter(registration=by).first()
        if person is None or row.registration_id == by.pk:
            raise NOT_IN_PARTY
        rules.check_not_begun(places, row, at=at)
        show = row.registration.show
        handovers.withdraw(Q(participant=person))
        if row.party == 1:
            acts.let_go(show, places, row, at=at)
        else:
            person.delete()
            row.party -= 1
            row.save(update_fields=["party"])
            acts.free_code(row, 1)
            queue.promote(show, places, Turn.Cause.SMALLER, at=at)
        # In one order, whoever leaves whose party at the same moment.
        for one in sorted((row.registration, by), key=lambda one: one.pk):
            acts.tell_plan(one)
    return row
