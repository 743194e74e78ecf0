"""Many visitors at once: the last places, one person everywhere, swaps in a ring, promotions; and no deadlock."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection

from accounts.models import Mail
from accounts.refusals import Refusal
from programme.actions.signing import queue
from programme.actions.signing.acts import accept, change_party, give_up
from programme.models import Access, Participant, SessionCode, SessionPlaces, Signup, Turn
from programme.places import Coming
from tests.factories.expo import on
from tests.factories.programme import SYSTEM, SeriesFactory, move, publish
from tests.factories.signups import EVE, party, people, places_of, published, signed_up, states
from tests.races.together import together
from visitors.actions import tickets
from visitors.models import Registration

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 32


@pytest.fixture
def crowd(db):
    """32 people with badges, in parties of ten as they were registered, each for themselves here."""
    made = []
    while len(made) < CLIENTS:
        made += party(*(f"Guest {number}" for number in range(9))).party
    Registration.objects.update(registered_by=None)
    return list(Registration.objects.filter(pk__in=[one.pk for one in made[:CLIENTS]]).order_by("pk"))


@pytest.fixture(autouse=True)
def checked(db):
    """After each race the counters are those of the rows, and nobody is in two places."""
    yield
    assert wrong_counters() == []
    assert double_bookings() == 0


def wrong_counters():
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.session_id FROM programme_sessionplaces p LEFT JOIN programme_signup s USING (session_id)
            GROUP BY p.session_id HAVING p.taken <> coalesce(sum(s.party) FILTER (
                WHERE s.state IN ('offered', 'confirmed', 'attended', 'no_show') AND s.origin = 'signed_up'), 0)
            OR p.waiting <> coalesce(sum(s.party) FILTER (WHERE s.state = 'waiting'), 0)
            OR p.taken > p.places + p.over OR p.over <> greatest(0, p.taken - p.places)
            """
        )
        return cursor.fetchall()


def double_bookings():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM programme_participant p JOIN programme_participant q"
            " ON q.registration_id = p.registration_id AND q.id > p.id AND p.holds AND q.holds"
            " AND (p.during && q.during OR (p.at_place <> q.at_place AND p.reach && q.reach))"
        )
        return cursor.fetchone()[0]


def codes(outcomes):
    """What was refused; anything else that was raised, deadlocks first of all, is a failure."""
    assert [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refusal)] == []
    return sorted(one.code for one in outcomes if isinstance(one, Refusal))


def overtaken(session):
    """Whoever waits although what is left would do."""
    places = places_of(session)
    return [one.pk for one in Signup.objects.waiting().filter(session=session) if one.party <= places.left]


def resized(session, seats):
    type(session).objects.filter(pk=session.pk).update(seats=seats)
    return publish(session.show, session, at=EVE)


def test_the_last_places_go_to_parties_of_any_size_and_never_one_too_many(crowd):
    session = published(on(1, "10:00"), seats=20)

    codes(together(lambda i: signed_up(crowd[i], session, 1 + i % 4), CLIENTS))

    assert places_of(session).taken <= 20
    assert Signup.objects.count() == CLIENTS
    assert overtaken(session) == []
    assert out_of_turn(session, 20) == []


def out_of_turn(session, places):
    """By the order of joining: who got places had joined while nobody waited for whom they would have done."""
    free, waiting, wrong = places, [], []
    for one in Signup.objects.filter(session=session).order_by("pk"):
        fits = one.party <= free and all(size > free for size in waiting)
        if (one.state == Signup.State.CONFIRMED) != fits:
            wrong.append(one)
        free, waiting = (free - one.party, waiting) if fits else (free, [*waiting, one.party])
    return wrong


def test_one_person_at_32_sessions_at_once_is_in_one(crowd):
    sessions = [published(on(1, "10:00")) for _ in range(CLIENTS)]

    assert codes(together(lambda i: signed_up(crowd[0], sessions[i]), CLIENTS)) == ["clash"] * (CLIENTS - 1)


def test_the_database_alone_lets_nobody_be_in_two_places(crowd, monkeypatch):
    monkeypatch.setattr("programme.actions.signing.acts.locked_for", tickets_not_locked)
    sessions = [published(on(1, "10:00")) for _ in range(2)]

    outcomes = together(lambda i: signed_up(crowd[0], sessions[i]), 2)

    assert len([one for one in outcomes if isinstance(one, Exception)]) == 1


def tickets_not_locked(registrations):
    from visitors.models import Ticket

    rows = Ticket.objects.select_related("registration").filter(registration__in=set(registrations))
    return {row.registration_id: row for row in rows}


def test_the_same_form_32_times_is_one_sign_up(crowd):
    session = published(on(1, "10:00"))

    assert codes(together(lambda _i: signed_up(crowd[0], session), CLIENTS)) == ["already_signed_up"] * (CLIENTS - 1)
    assert Mail.objects.filter(kind="programme.plan").count() == 1


@pytest.mark.parametrize(("seats", "swapped"), [(1, 0), (2, 3)])
def test_swaps_in_a_ring_end_without_deadlock_and_nobody_is_left_with_nothing(crowd, seats, swapped):
    sessions = [published(on(1, "10:00"), seats=seats) for _ in range(3)]
    held = [signed_up(crowd[i], sessions[i]) for i in range(3)]

    codes(together(lambda i: signed_up(crowd[i], sessions[(i + 1) % 3], instead_of=[held[i].pk]), 3))

    assert states(held).count("given_up") == swapped
    sure = Participant.objects.filter(holds=True).values_list("registration", flat=True)
    assert sorted(sure) == [one.pk for one in crowd[:3]]


def test_one_free_place_in_a_ring_lets_all_who_wait_come_in_turn(crowd):
    sessions = [published(on(1, "10:00"), seats=1 + (i == 0)) for i in range(3)]
    held = [signed_up(crowd[i], sessions[i]) for i in range(3)]

    codes(together(lambda i: signed_up(crowd[i], sessions[(i + 1) % 3], instead_of=[held[i].pk]), 3))

    for _turn in range(3):
        for one in Signup.objects.filter(state="offered").order_by("pk"):
            mine = Signup.objects.filter(registration=one.registration, state="confirmed")
            accept(actor=SYSTEM, signup=one, at=EVE, instead_of=list(mine.values_list("pk", flat=True)))
    assert states(held) == ["given_up"] * 3
    assert Signup.objects.filter(state="confirmed").count() == 3


def test_swaps_crossing_each_other_between_many_sessions_lose_nobody(crowd):
    sessions = [published(on(1, "10:00"), seats=4) for _ in range(8)]
    held = [signed_up(crowd[i], sessions[i % 8]) for i in range(CLIENTS)]

    codes(together(lambda i: signed_up(crowd[i], sessions[(i * 5 + 3) % 8], instead_of=[held[i].pk]), CLIENTS))

    for one in crowd:
        assert Signup.objects.filter(registration=one, state="confirmed").count() == 1


def test_while_some_give_up_and_others_sign_up_all_are_served_in_turn(crowd):
    session = published(on(1, "10:00"), seats=8)
    held = [signed_up(crowd[i], session) for i in range(16)]

    def act(i):
        if i < 8:
            return give_up(actor=SYSTEM, signup=held[i], at=EVE)
        return signed_up(crowd[i + 8], session)

    codes(together(act, 24))

    live = list(Signup.objects.filter(session=session).exclude(state="given_up").order_by("pk"))
    assert [one.state for one in live] == ["offered"] * 8 + ["waiting"] * (len(live) - 8)
    assert Mail.objects.filter(kind="programme.offer").count() == 8
    served = [pk for turn in Turn.objects.order_by("pk") for pk, _party in turn.offered]
    assert all(one < other for one, other in pairwise(served))


def offered_one(crowd):
    session = published(on(1, "10:00"), seats=1)
    first, second, third = (signed_up(crowd[i], session) for i in range(3))
    give_up(actor=SYSTEM, signup=first, at=EVE)
    return session, second, third


def test_an_offer_is_taken_or_lapses(crowd):
    session, second, third = offered_one(crowd)
    end = EVE + timedelta(hours=24)

    def act(i):
        if i % 2:
            return queue.lapse_overdue(session.show, at=end)
        return accept(actor=SYSTEM, signup=second, at=end - timedelta(seconds=1))

    refused = codes(together(act, 8))

    if states([second]) == ["lapsed"]:
        assert refused == ["offer_gone"] * 4
    else:
        assert (refused, states([second, third])) == (["offer_gone"] * 3, ["confirmed", "waiting"])


def test_an_offer_is_taken_or_declined(crowd):
    _session, second, third = offered_one(crowd)

    def act(i):
        return (accept if i % 2 else give_up)(actor=SYSTEM, signup=second, at=EVE)

    codes(together(act, 8))

    # Who has taken it may give it up after that.
    assert states([second]) in (["declined"], ["given_up"])
    assert states([third]) == ["offered"]


@pytest.mark.parametrize("seats", [4, 16])
def test_places_are_given_up_while_there_are_made_fewer_or_more(crowd, seats):
    session = published(on(1, "10:00"), seats=8)
    held = [signed_up(crowd[i], session) for i in range(24)]

    def act(i):
        return resized(session, seats) if i == 8 else give_up(actor=SYSTEM, signup=held[i], at=EVE)

    codes(together(act, 9))

    places = places_of(session)
    assert (places.places, places.over) == (seats, places.taken - seats)
    assert states(held[8:24]) == ["offered"] * places.taken + ["waiting"] * (16 - places.taken)


def test_a_ticket_is_given_back_while_its_holder_signs_up(crowd):
    sessions = [published(on(1, "10:00")), published(on(2, "10:00"))]

    def act(i):
        if i == 0:
            return tickets.give_back(actor=SYSTEM, registration=crowd[0], at=EVE)
        return signed_up(crowd[0], sessions[i % 2])

    assert set(codes(together(act, 7))) <= {"no_ticket", "already_signed_up"}


def test_two_sessions_of_a_series_with_a_limit_are_one_sign_up(crowd):
    series = SeriesFactory(most_each=1)
    sessions = [published(on(1 + i % 4, f"{9 + i // 4:02}:00"), series=series) for i in range(16)]

    assert codes(together(lambda i: signed_up(crowd[0], sessions[i]), 16)) == ["too_many"] * 15


def test_a_code_is_used_by_as_many_as_it_was_made_for(crowd):
    session = published(on(1, "10:00"), access=Access.INVITATION)
    SessionCode.objects.create(session=session, code="D7", for_whom="A delegation", places=5)

    refused = codes(together(lambda i: signed_up(crowd[i], session, 2, code="D7"), 16))

    assert refused == ["code_used"] * 14
    assert SessionCode.objects.get().used == 4


def test_who_is_signed_up_by_two_is_in_one_place():
    group = party("Li Na", "Wang Fang").party
    sessions = [published(on(1, "10:00")), published(on(1, "10:30"))]
    both = [Coming(registration=one.pk) for one in group]

    def act(i):
        if i % 2:
            return signed_up(group[1 + i % 4 // 2], sessions[1])
        return signed_up(group[0], sessions[0], people=both if i % 4 else both[::-1])

    refused = codes(together(act, 8))

    assert len(refused) >= 6
    assert set(refused) <= {"clash", "already_signed_up"}


def test_a_session_moves_while_those_who_are_in_it_sign_up_elsewhere(crowd):
    session, other = published(on(1, "10:00")), published(on(1, "13:00"))
    held = [signed_up(one, session) for one in crowd[:16]]

    def act(i):
        if i == 16:
            move(session, on(1, "13:30"))
            return publish(session.show, session, at=EVE)
        return signed_up(crowd[i], other)

    refused = codes(together(act, 17))

    asked = states(held).count("offered")
    assert (refused, asked + len(refused)) == (["clash"] * len(refused), 16)


def test_a_session_moves_while_offers_of_another_are_taken(crowd):
    session, other = published(on(1, "10:00")), published(on(1, "13:00"), seats=1)
    keeper = signed_up(crowd[-1], other)
    held = [signed_up(one, session) for one in crowd[:12]]
    offered = [signed_up(one, other) for one in crowd[:12]]
    resized(other, 13)

    def act(i):
        if i == 12:
            move(session, on(1, "13:30"))
            return publish(session.show, session, at=EVE)
        return accept(actor=SYSTEM, signup=offered[i], at=EVE)

    refused = codes(together(act, 13))

    assert states([keeper]) == ["confirmed"]
    assert (refused, states(held).count("offered") + len(refused)) == (["clash"] * len(refused), 12)


def test_two_sessions_change_places_while_people_come_and_go(crowd):
    sessions = [published(on(1, "10:00")), published(on(1, "13:00"))]
    held = [signed_up(crowd[i], sessions[i % 2]) for i in range(16)]

    def act(i):
        if i == 24:
            move(sessions[0], on(1, "13:00"))
            move(sessions[1], on(1, "10:00"))
            return publish(sessions[0].show, *sessions, at=EVE)
        if i < 8:
            return give_up(actor=SYSTEM, signup=held[i], at=EVE)
        return signed_up(crowd[i], sessions[(i + 1) % 2])

    assert codes(together(act, 25)) == []
    assert {one.takes_place for one in SessionPlaces.objects.all()} == {True}


def test_a_party_grows_while_its_offer_is_taken(crowd):
    group = party("Li Na").party
    session = published(on(1, "10:00"), seats=1)
    first = signed_up(crowd[0], session)
    waits = signed_up(group[0], session)
    give_up(actor=SYSTEM, signup=first, at=EVE)
    other = published(on(1, "10:30"))

    def act(i):
        if i == 0:
            return accept(actor=SYSTEM, signup=waits, at=EVE)
        if i == 1:
            return signed_up(group[1], other)
        companion = [Coming(registration=group[1].pk)]
        return change_party(actor=SYSTEM, signup=waits, people=companion, at=EVE)

    assert set(codes(together(act, 3))) <= {"changed", "clash"}


def test_parties_grow_into_the_last_place_and_it_is_given_once(crowd):
    session = published(on(1, "10:00"), seats=17)
    held = [signed_up(one, session) for one in crowd[:16]]

    def act(i):
        return change_party(actor=SYSTEM, signup=held[i], people=people(crowd[i], 2), at=EVE)

    assert codes(together(act, 16)) == ["no_room_for_more"] * 15


def test_somebody_is_moved_up_while_places_come_free(crowd):
    session = published(on(1, "10:00"), seats=4)
    held = [signed_up(crowd[i], session) for i in range(12)]

    def act(i):
        if i < 4:
            return give_up(actor=SYSTEM, signup=held[i], at=EVE)
        return queue.move_up(actor=SYSTEM, signup=held[11 - i % 2], why="Speaks there", at=EVE)

    assert set(codes(together(act, 8))) <= {"not_waiting", "first_already"}
    assert states(held).count("offered") == 4
