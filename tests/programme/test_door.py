"""At the door of a session or a bus: who comes in, who walks in, who did not come."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from programme import doors, invariants
from programme.actions import planning
from programme.actions.signing import door
from programme.actions.signing.acts import give_up
from programme.doors import AtDoor
from programme.models import Access, Audience, Participant, Session, SessionCode, Signup
from programme.places import Coming
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import SYSTEM, departing, publish
from tests.factories.refusals import code_of
from tests.factories.signups import EVE, party, places_of, published, signed_up, states, visitor

pytestmark = pytest.mark.django_db
TEN = on(1, "10:00")


@pytest.fixture
def forum():
    """Ten places, of which one is for guests and two are for who walks in."""
    return published(TEN, seats=10, reserve_guests=1, reserve_walk_ins=2)


def at(clock):
    return on(1, clock)


def comes(registration, session, clock="09:45"):
    return door.attend(actor=SYSTEM, session=session.pk, registration=registration.pk, at=at(clock))


def walks_in(registration, session, clock="09:45", **options):
    return door.walk_in(actor=SYSTEM, session=session.pk, registration=registration, at=at(clock), **options)


def badges(*registrations):
    return [Coming(registration=one.pk) for one in registrations]


def said(registration, session, clock="09:45"):
    return comes(registration, session, clock).said


def came(session):
    """People in by the counter, and by the rows."""
    rows = Participant.objects.filter(session=session, attended_at__isnull=False)
    return places_of(session).present, rows.count()


# Who has a place


def test_who_has_a_place_comes_in_and_is_counted_once(forum):
    alice = visitor()
    signup = signed_up(alice, forum)

    assert [said(alice, forum), said(alice, forum)] == [AtDoor.CONFIRMED, AtDoor.ALREADY_IN]
    assert (states([signup]), came(forum)) == (["attended"], (1, 1))


def test_each_badge_of_a_party_brings_its_bearer_and_the_bookers_the_guests_too(forum):
    lead, companion = party("Bo").party
    signup = signed_up(lead, forum, people=[*badges(lead, companion), Coming()])

    first = comes(companion, forum)
    assert (first.signup.came, first.guests_here) == (1, 0)
    second = comes(lead, forum)
    assert (second.signup.came, second.guests, second.guests_here) == (3, 1, 1)
    assert (states([signup]), places_of(forum).present) == (["attended"], 3)


def test_who_signed_others_up_brings_them_without_coming_along(forum):
    lead, companion = party("Bo").party
    signed_up(lead, forum, people=[*badges(companion), Coming()])

    comes(companion, forum)
    assert [said(lead, forum), said(lead, forum)] == [AtDoor.CONFIRMED, AtDoor.ALREADY_IN]
    assert places_of(forum).present == 2


def test_a_badge_whose_bearer_only_signed_others_up_brings_nobody(forum):
    lead, companion = party("Bo").party
    signed_up(lead, forum, people=badges(companion))
    assert (said(lead, forum), places_of(forum).present) == (AtDoor.NOT_SIGNED_UP, 0)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("09:29", AtDoor.TOO_EARLY), ("09:30", AtDoor.CONFIRMED), ("10:59", AtDoor.CONFIRMED), ("11:00", AtDoor.OVER)],
)
def test_the_door_is_open_from_half_an_hour_before_until_the_end(forum, clock, expected):
    alice = visitor()
    signed_up(alice, forum)
    assert said(alice, forum, clock) == expected


def test_a_cancelled_session_lets_nobody_in(forum):
    alice = visitor()
    signed_up(alice, forum)
    planning.cancel(actor=SYSTEM, session=Session.objects.get(pk=forum.pk), why_en="Ill", why_zh="", step=None)
    publish(forum.show)
    assert (said(alice, forum), came(forum)) == (AtDoor.CANCELLED, (0, 0))


def test_a_stranger_is_not_signed_up_and_leaves_no_row(forum):
    assert said(visitor(), forum) == AtDoor.NOT_SIGNED_UP
    assert Signup.objects.count() == 0


def test_who_gave_up_is_not_signed_up_any_more(forum):
    alice = visitor()
    give_up(actor=SYSTEM, signup=signed_up(alice, forum), at=EVE)
    found = comes(alice, forum)
    assert (found.said, found.signup.state) == (AtDoor.NOT_SIGNED_UP, "given_up")


def test_who_waits_is_told_the_place_in_line(forum):
    waiting = [visitor() for _ in range(9)]
    for one in waiting:
        signed_up(one, forum)
    found = comes(waiting[-1], forum)
    assert (found.said, found.line) == (AtDoor.WAITING, 2)


def test_who_has_a_place_elsewhere_now_is_sent_there(forum):
    other = published(TEN, room=RoomFactory(hall=forum.room.hall))
    alice = visitor()
    signed_up(alice, other)
    found = comes(alice, forum)
    assert (found.said, found.elsewhere) == (AtDoor.ELSEWHERE, other.pk)


def test_a_place_later_that_day_sends_nobody_away(forum):
    alice = visitor()
    signed_up(alice, published(on(1, "15:00")))
    assert said(alice, forum) == AtDoor.NOT_SIGNED_UP


def offered(session):
    """Somebody who is offered a place since shortly before the doors open."""
    full = [signed_up(visitor(), session) for _ in range(places_of(session).places)]
    alice = visitor()
    signup = signed_up(alice, session)
    give_up(actor=SYSTEM, signup=full[0], at=at("09:40"))
    return alice, signup


def test_an_offer_is_taken_by_coming(forum):
    alice, signup = offered(forum)
    assert (said(alice, forum, "09:49"), states([signup])) == (AtDoor.CONFIRMED, ["attended"])
    assert places_of(forum).taken == 7


def test_an_offer_beyond_its_time_is_no_place_and_its_bearer_may_walk_in(forum):
    alice, signup = offered(forum)
    assert said(alice, forum, "09:50") == AtDoor.WAITING
    assert walks_in(alice, forum, "09:50").said == AtDoor.WALKED_IN
    assert (states([signup]), places_of(forum).taken, places_of(forum).present) == (["attended"], 6, 1)


def test_who_comes_when_others_have_the_places_finds_it_full(forum):
    late = visitor()
    signup = signed_up(late, forum)
    for _ in range(10):
        walks_in(visitor(), forum, "10:00")
    assert (said(late, forum, "10:01"), states([signup]), came(forum)) == (AtDoor.FULL, ["confirmed"], (10, 10))


def test_nobody_has_to_sign_up_and_is_counted_by_coming():
    session = published(TEN, seats=2, access=Access.NONE)
    found = [said(visitor(), session, "09:31") for _ in range(3)]
    assert (found, came(session)) == ([AtDoor.WALKED_IN, AtDoor.WALKED_IN, AtDoor.FULL], (2, 2))


def test_where_no_places_are_counted_whoever_comes_is_welcome():
    session = published(TEN, seats=0, access=Access.NONE)
    assert (said(visitor(), session), Signup.objects.count()) == (AtDoor.FREE, 0)


# The party


def set_party(registration, session, clock="09:50", **options):
    return door.set_party(actor=SYSTEM, session=session.pk, registration=registration.pk, at=at(clock), **options)


def test_all_of_the_party_are_here_at_one_word(forum):
    lead, companion, third = party("Bo", "Cy").party
    signed_up(lead, forum, people=[*badges(lead, companion, third), Coming()])
    comes(companion, forum)

    found = set_party(companion, forum)
    assert (found.signup.came, found.guests_here, came(forum)) == (4, 1, (4, 3))


def test_a_mistaken_scan_is_taken_back_and_the_place_stays(forum):
    alice = visitor()
    signup = signed_up(alice, forum, 3)
    comes(alice, forum)

    set_party(alice, forum, here=[], guests=0)
    assert (states([signup]), came(forum), places_of(forum).taken) == (["confirmed"], (0, 0), 3)
    assert said(alice, forum) == AtDoor.CONFIRMED


def test_fewer_guests_came_than_were_signed_up(forum):
    alice = visitor()
    signed_up(alice, forum, 3)
    bearer = comes(alice, forum).bearer
    assert set_party(alice, forum, here=[bearer], guests=1).signup.came == 2
    assert places_of(forum).present == 2


@pytest.mark.parametrize(("here", "guests"), [([0], 0), ([], -1), ([], 3), ([10**15], 0)])
def test_nobody_is_in_who_is_not_in_the_party(forum, here, guests):
    alice = visitor()
    signed_up(alice, forum, 3)
    options = {"actor": SYSTEM, "session": forum.pk, "registration": alice.pk, "at": at("09:50")}
    assert code_of(door.set_party, **options, here=here, guests=guests) == "not_in_party"
    assert came(forum) == (0, 0)


def test_a_party_without_a_place_is_not_let_in_so(forum):
    alice = visitor()
    options = {"actor": SYSTEM, "session": forum.pk, "registration": alice.pk, "at": at("09:50")}
    assert code_of(door.set_party, **options) == "ended"
    for _ in range(8):
        signed_up(alice := visitor(), forum)
    assert code_of(door.set_party, **options | {"registration": alice.pk}) == "ended"


def test_who_walked_in_by_mistake_is_out_again_and_who_waited_waits_again(forum):
    for _ in range(7):
        signed_up(visitor(), forum)
    new, waits = visitor(), visitor()
    signup = signed_up(waits, forum)
    walks_in(new, forum)
    walks_in(waits, forum)

    set_party(new, forum, here=[], guests=0)
    set_party(waits, forum, here=[], guests=0)
    assert (states([signup]), came(forum), places_of(forum).waiting) == (["waiting"], (0, 0), 1)
    assert Signup.objects.get(registration=new).state == "given_up"
    assert walks_in(new, forum).said == AtDoor.WALKED_IN


# Walking in


def room(session, clock):
    return doors.room(places_of(session), door.walked_in(session.pk), at=at(clock))


@pytest.mark.parametrize(
    ("clock", "left"),
    [("09:29", 0), ("09:30", 2), ("09:49", 2), ("09:50", 6), ("09:59", 6), ("10:00", 9), ("10:59", 9), ("11:00", 0)],
)
def test_the_rule_of_walk_ins_by_the_clock(forum, clock, left):
    # Of seven places that can be signed up for three are taken, and one of those three people is in.
    alice = visitor()
    signed_up(alice, forum, 2)
    signed_up(visitor(), forum)
    comes(alice, forum)
    set_party(alice, forum, here=[comes(alice, forum).bearer], guests=0)
    assert room(forum, clock) == left


def test_where_more_is_taken_than_there_is_nobody_walks_in_before_the_start(forum):
    for _ in range(7):
        signed_up(visitor(), forum)
    forum.seats = 8
    forum.save()
    publish(forum.show, forum, at=EVE)
    assert (places_of(forum).over, [room(forum, clock) for clock in ("09:30", "09:55", "10:00")]) == (2, [0, 0, 8])


def test_who_walks_in_is_in_and_takes_no_place_that_can_be_signed_up_for(forum):
    found = walks_in(visitor(), forum)
    assert (found.said, found.signup.origin, found.signup.state) == (AtDoor.WALKED_IN, "walk_in", "attended")
    assert (came(forum), places_of(forum).taken, room(forum, "09:45")) == ((1, 1), 0, 1)


def test_walking_in_twice_is_once(forum):
    alice = visitor()
    assert [walks_in(alice, forum).said for _ in range(2)] == [AtDoor.WALKED_IN] * 2
    assert came(forum) == (1, 1)


@pytest.mark.parametrize(
    ("clock", "code"), [("09:29", "too_early"), ("09:49", "full"), ("09:50", None), ("11:00", "over")]
)
def test_walking_in_beyond_what_the_rule_gives_is_refused(forum, clock, code):
    walks_in(visitor(), forum)
    walks_in(visitor(), forum)
    options = {"actor": SYSTEM, "session": forum.pk, "registration": visitor(), "at": at(clock)}
    if code is None:
        assert door.walk_in(**options).said == AtDoor.WALKED_IN
    else:
        assert code_of(door.walk_in, **options) == code


@pytest.mark.parametrize(
    ("fields", "who", "code"),
    [
        ({"access": Access.INVITATION}, {}, "no_walk_ins"),
        ({"access": Access.APPROVAL}, {}, "no_walk_ins"),
        ({"audience": Audience.PROFESSIONALS}, {"category": "public"}, "not_for_you"),
        ({}, {"days": (2, 3)}, "wrong_day"),
    ],
)
def test_who_may_not_walk_in(fields, who, code):
    session = published(TEN, reserve_walk_ins=5, **fields)
    options = {"actor": SYSTEM, "session": session.pk, "registration": visitor(**who), "at": at("09:45")}
    assert (code_of(door.walk_in, **options), came(session)) == (code, (0, 0))


def test_who_waits_comes_in_with_the_whole_party_if_there_is_room(forum):
    alice, bob = visitor(), visitor()
    for size in (2, 4):
        signed_up(visitor(), forum, size)
    signup = signed_up(alice, forum, 2)
    signed_up(bob, forum, 3)

    assert walks_in(alice, forum).signup.came == 2
    assert (states([signup]), places_of(forum).waiting, places_of(forum).taken) == (["attended"], 3, 6)
    options = {"actor": SYSTEM, "session": forum.pk, "registration": bob, "at": at("09:45")}
    assert code_of(door.walk_in, **options) == "full"


def test_of_a_party_that_waits_who_stands_there_comes_in_alone(forum):
    lead, companion = party("Bo").party
    for size in (3, 4):
        signed_up(visitor(), forum, size)
    signup = signed_up(lead, forum, people=badges(lead, companion))

    assert walks_in(companion, forum, whole_party=False).signup.pk != signup.pk
    assert (states([signup]), Signup.objects.get(pk=signup.pk).party) == (["waiting"], 1)
    assert walks_in(lead, forum, whole_party=False).signup.pk == signup.pk
    assert (came(forum), places_of(forum).waiting) == ((2, 2), 0)


def test_a_sure_place_elsewhere_is_kept_unless_it_is_given_up_for_this(forum):
    other, alice = published(TEN, seats=1), visitor()
    held, waits = signed_up(alice, other), signed_up(visitor(), other)
    options = {"actor": SYSTEM, "session": forum.pk, "registration": alice, "at": at("09:45")}

    assert (code_of(door.walk_in, **options), states([held, waits])) == ("clash", ["confirmed", "waiting"])
    assert door.walk_in(**options, leaving=True).said == AtDoor.WALKED_IN
    assert states([held, waits]) == ["given_up", "offered"]


def test_one_of_a_party_walks_in_elsewhere_and_the_others_keep_their_places(forum):
    other, (lead, companion) = published(TEN), party("Bo").party
    held = signed_up(lead, other, people=badges(lead, companion))
    walks_in(companion, forum, leaving=True)
    assert (states([held]), Signup.objects.get(pk=held.pk).party, came(forum)) == (["confirmed"], 1, (1, 1))


def test_who_leaves_a_session_early_walks_into_another_and_has_come_to_both(forum):
    early, alice = published(on(1, "09:00"), minutes=120), visitor()
    held = signed_up(alice, early)
    door.attend(actor=SYSTEM, session=early.pk, registration=alice.pk, at=at("09:00"))
    assert walks_in(alice, forum, "09:55", leaving=True).said == AtDoor.WALKED_IN
    assert (states([held]), places_of(early).present, places_of(forum).present) == (["attended"], 1, 1)


def test_who_missed_the_start_elsewhere_and_walks_in_here_did_not_come_there(forum):
    missed, alice = published(on(1, "09:00"), minutes=120), visitor()
    held = signed_up(alice, missed)
    walks_in(alice, forum, "09:55", leaving=True)
    assert (states([held]), came(forum)) == (["no_show"], (1, 1))


def test_who_comes_late_is_let_in_though_somebody_of_the_party_has_gone_elsewhere(forum):
    early, (lead, companion) = published(on(1, "09:00"), minutes=120), party("Bo").party
    signed_up(lead, early, people=badges(lead, companion))
    assert said(lead, early, "09:00") == AtDoor.CONFIRMED
    walks_in(lead, forum, "09:55", leaving=True)

    assert (said(companion, early, "09:56"), came(early), came(forum)) == (AtDoor.CONFIRMED, (2, 2), (1, 1))
    assert list(invariants.broken(at("09:57"))) == []


def test_who_walks_in_without_the_party_gives_their_uses_of_the_code_back(forum):
    by_code, (lead, companion, third) = (
        published(on(1, "10:30"), access=Access.INVITATION, seats=3),
        party("Bo", "Cy").party,
    )
    code = SessionCode.objects.create(session=by_code, code="SPRING", for_whom="Delegation", places=9)
    signed_up(lead, by_code, people=badges(lead, companion, third), code="SPRING")

    walks_in(companion, forum, leaving=True)
    assert SessionCode.objects.get(pk=code.pk).used == 2


def test_the_party_that_is_meant_is_let_in_where_who_made_it_comes_along_with_another(forum):
    by, (lead, companion) = visitor(), party("Bo").party
    own = signed_up(lead, forum, people=badges(companion))
    Participant.objects.create(signup=signed_up(by, forum, 2), registration=lead)

    door.set_party(actor=SYSTEM, session=forum.pk, registration=lead.pk, signup=own.pk, at=at("09:45"))
    assert (Signup.objects.get(pk=own.pk).came, places_of(forum).present) == (1, 1)


def test_a_bus_that_is_full_says_so_and_keeps_its_guests_seats_until_it_leaves():
    bus = departing(TEN, seats=3, reserve_guests=1)
    publish(bus.show, bus, at=EVE)
    assert [walks_in(visitor(), bus, "09:55").said for _ in range(2)] == [AtDoor.WALKED_IN] * 2
    options = {"actor": SYSTEM, "session": bus.pk, "registration": visitor()}
    assert code_of(door.walk_in, **options, at=at("09:59")) == "full"
    assert door.walk_in(**options, at=TEN).said == AtDoor.WALKED_IN
    assert (comes(visitor(), bus, "10:01").said, came(bus)) == (AtDoor.FULL, (3, 3))


def test_what_the_door_lets_in_the_database_counts_too(forum):
    with pytest.raises(IntegrityError, match="people_not_exceeded"):
        Signup.objects.filter(pk=signed_up(visitor(), forum).pk).update(party=11, came=11)


# Counting, and who did not come


def test_the_counts_at_the_door(forum):
    group = visitor()
    signed_up(group, forum, 3)
    for _ in range(5):
        signed_up(visitor(), forum)
    comes(group, forum)
    walks_in(visitor(), forum)
    counts = doors.door_counts(forum.pk, at=at("09:45"))
    assert (counts.inside, counts.expected, counts.waiting, counts.walked_in) == (4, 4, 1, 1)
    assert (counts.walk_ins_left, counts.whole) == (1, 10)


def test_who_is_missing_is_told_by_name_and_number(forum, django_assert_num_queries):
    alice, (lead, companion, third) = visitor(), party("Bo", "Cy").party
    signed_up(alice, forum, 2)
    signed_up(lead, forum, people=badges(lead, companion, third))
    comes(companion, forum)
    with django_assert_num_queries(3):
        found = doors.missing(forum.pk)
    assert [(one.names, one.guests) for one in found] == [((alice.name,), 1), ((lead.name, "Cy"), 0)]


def test_who_had_a_place_and_did_not_come_is_noted_once_it_is_over(forum):
    alice, late = visitor(), visitor()
    signups = [signed_up(one, forum) for one in (alice, late)]
    comes(alice, forum)
    ends = places_of(forum).ends_at

    assert door.note_no_shows(forum.show, at=ends - timedelta(seconds=1)) == 0
    assert [door.note_no_shows(forum.show, at=ends) for _ in range(2)] == [1, 0]
    assert states(signups) == ["attended", "no_show"]


def test_where_no_door_was_kept_nobody_is_said_to_have_stayed_away(forum):
    signup = signed_up(visitor(), forum)
    assert (door.note_no_shows(forum.show, at=on(2, "10:00")), states([signup])) == (0, ["confirmed"])


def test_who_was_noted_and_comes_all_the_same_is_in(forum):
    alice = visitor()
    signup = signed_up(alice, forum)
    Signup.objects.filter(pk=signup.pk).update(state="no_show")
    assert (said(alice, forum, "10:30"), states([signup]), came(forum)) == (AtDoor.CONFIRMED, ["attended"], (1, 1))


@pytest.mark.parametrize("times", [2, 3])
def test_who_stays_away_repeatedly_is_named(times):
    alice, bob = visitor(), visitor()
    for hour in range(times):
        session = published(on(1, f"{10 + 2 * hour}:00"))
        signed_up(alice, session)
        signed_up(bob, session)
        door.attend(actor=SYSTEM, session=session.pk, registration=bob.pk, at=session.starts_at)
    door.note_no_shows(alice.show, at=on(2, "10:00"))
    assert doors.repeated_no_shows(alice.show) == ([(alice, 3)] if times == 3 else [])
    assert doors.no_shows([alice.pk, bob.pk]) == {alice.pk: times}
