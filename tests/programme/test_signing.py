"""Signing up, giving up, swapping, other parties, and what the rules say no to."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Mail
from programme.actions.signing import queue
from programme.actions.signing.acts import SETTLED, TOLD_TOGETHER, accept, change_party, give_up
from programme.models import Access, Session, SessionCode, Signup, Turn
from programme.places import Coming
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import SYSTEM, SeriesFactory, departing, move, publish
from tests.factories.refusals import code_of
from tests.factories.signups import EVE, party, people, places_of, published, signed_up, states, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def forum():
    return published(on(1, "10:00"), seats=1)


def test_the_last_place_goes_to_the_first_and_the_next_waits(forum):
    assert [signed_up(visitor(), forum).state, signed_up(visitor(), forum).state] == ["confirmed", "waiting"]


def test_who_gives_up_lets_the_next_be_offered_the_place_and_write_to_them(forum):
    first, second = signed_up(visitor(), forum), signed_up(visitor(), forum)

    give_up(actor=SYSTEM, signup=first, at=EVE)

    assert states([first, second]) == ["given_up", "offered"]
    assert Mail.objects.get(kind="programme.offer").to == second.registration.email
    assert places_of(forum).taken == 1


def test_an_offer_that_is_accepted_is_a_place_and_one_that_is_declined_goes_on(forum):
    first, second, third = (signed_up(visitor(), forum) for _ in range(3))
    give_up(actor=SYSTEM, signup=first, at=EVE)
    give_up(actor=SYSTEM, signup=second, at=EVE)
    accept(actor=SYSTEM, signup=third, at=EVE)

    assert states([first, second, third]) == ["given_up", "declined", "confirmed"]


def test_an_offer_lapses_at_its_deadline_and_the_next_is_offered_the_place(forum):
    first, second, third = (signed_up(visitor(), forum) for _ in range(3))
    give_up(actor=SYSTEM, signup=first, at=EVE)

    assert queue.lapse_overdue(forum.show, at=EVE + timedelta(hours=24) - timedelta(seconds=1)) == 0
    assert queue.lapse_overdue(forum.show, at=EVE + timedelta(hours=24)) == 1
    assert states([second, third]) == ["lapsed", "offered"]
    assert code_of(accept, actor=SYSTEM, signup=second, at=EVE) == "offer_gone"


def test_the_first_party_that_fits_is_offered_and_the_passed_over_are_recorded():
    session = published(on(1, "10:00"), seats=4)
    four = signed_up(visitor(), session, 4)
    three, two, one = (signed_up(visitor(), session, size) for size in (3, 2, 1))

    change_party(actor=SYSTEM, signup=four, people=people(four.registration, 2), at=EVE)

    assert states([four, three, two, one]) == ["confirmed", "waiting", "offered", "waiting"]
    turn = Turn.objects.get()
    assert (turn.cause, turn.free, turn.offered, turn.passed) == ("smaller", 2, [[two.pk, 2]], [[three.pk, 3]])


def test_a_new_party_does_not_overtake_one_that_waits_and_would_fit():
    session = published(on(1, "10:00"), seats=2)
    signed_up(visitor(), session, 2)
    waiting = signed_up(visitor(), session)
    Signup.objects.filter(pk=waiting.pk).update(state="waiting")

    session.seats = 3
    session.save()
    publish(session.show, session, at=EVE)

    assert states([waiting]) == ["offered"]
    assert signed_up(visitor(), session).state == "waiting"


def test_one_person_is_in_one_place_at_a_time(forum):
    own = visitor()
    signed_up(own, forum)
    other = published(on(1, "10:30"))

    assert code_of(signed_up, own, other) == "clash"


def test_the_way_from_one_hall_to_another_takes_its_time():
    own = visitor()
    rooms = [RoomFactory(hall=HallFactory()) for _ in range(2)]
    signed_up(own, published(on(1, "10:00"), room=rooms[0]))

    assert code_of(signed_up, own, published(on(1, "11:05"), room=rooms[1])) == "clash"
    assert signed_up(own, published(on(1, "11:05"), room=rooms[0])).state == "confirmed"


def test_a_companion_cannot_be_in_two_places_either(forum):
    group = party("Li Na")
    lead, companion = group.party
    signed_up(companion, forum)
    other = published(on(1, "10:30"))

    both = [Coming(registration=lead.pk), Coming(registration=companion.pk)]
    assert code_of(signed_up, lead, other, people=both) == "clash"


def test_a_place_that_waits_may_clash(forum):
    own = visitor()
    signed_up(visitor(), forum)
    signed_up(own, published(on(1, "10:00")))

    assert signed_up(own, forum).state == "waiting"


def test_a_swap_gives_up_the_one_for_the_other_in_one_act(forum):
    own, other = visitor(), published(on(1, "10:30"))
    held = signed_up(own, forum)
    waits = signed_up(visitor(), forum)

    new = signed_up(own, other, instead_of=[held.pk])

    assert (new.state, *states([held, waits])) == ("confirmed", "given_up", "offered")


def test_a_swap_to_where_nothing_is_left_waits_and_keeps_the_old_place(forum):
    own, other = visitor(), published(on(1, "10:30"))
    signed_up(visitor(), forum)
    held = signed_up(own, other)

    assert signed_up(own, forum, instead_of=[held.pk]).state == "waiting"
    assert states([held]) == ["confirmed"]


def test_an_offer_that_clashes_is_taken_by_giving_the_other_place_up(forum):
    own = visitor()
    first = signed_up(visitor(), forum)
    held, offered = signed_up(own, published(on(1, "10:00"))), signed_up(own, forum)
    give_up(actor=SYSTEM, signup=first, at=EVE)

    assert code_of(accept, actor=SYSTEM, signup=offered, at=EVE) == "clash"
    accept(actor=SYSTEM, signup=offered, at=EVE, instead_of=[held.pk])
    assert states([held, offered]) == ["given_up", "confirmed"]


def test_somebody_elses_sign_up_is_not_ones_own(forum):
    held, stranger = signed_up(visitor(), forum), visitor()

    assert code_of(give_up, actor=SYSTEM, signup=held, at=EVE, by=stranger) == "not_yours"
    assert code_of(accept, actor=SYSTEM, signup=held, at=EVE, by=stranger) == "not_yours"
    assert code_of(signed_up, stranger, published(on(2, "10:00")), instead_of=[held.pk]) == "not_yours"
    assert code_of(change_party, actor=SYSTEM, signup=held, people=[Coming()], at=EVE, by=stranger) == "not_yours"


def test_nobody_signs_up_a_stranger(forum):
    assert code_of(signed_up, visitor(), forum, people=people(visitor())) == "not_your_group"


@pytest.mark.parametrize(
    ("size", "code"), [(0, "party_too_small"), (6, "party_too_large"), (10_000, "party_too_large")]
)
def test_parties_have_a_size(size, code):
    own, session = visitor(), published(on(1, "10:00"))
    assert code_of(signed_up, own, session, people=people(own, size)[:size]) == code


def test_no_party_waits_that_could_never_fit(forum):
    assert code_of(signed_up, visitor(), forum, 2) == "party_too_large"


def test_each_person_waits_in_so_many_lists(monkeypatch):
    monkeypatch.setattr("programme.places.MOST_WAITING", 1)
    full = [published(on(day, "10:00"), seats=2) for day in (1, 2)]
    for session in full:
        signed_up(visitor(), session, 2)
    group = party("Li Na")
    lead, companion = group.party
    both = [Coming(registration=lead.pk), Coming(registration=companion.pk)]
    signed_up(lead, full[0], people=both)

    assert code_of(signed_up, lead, full[1]) == "too_many_lists"


def test_signing_up_twice_is_refused(forum):
    own = visitor()
    signed_up(own, forum)

    assert code_of(signed_up, own, forum) == "already_signed_up"


@pytest.mark.parametrize(
    ("fields", "at", "code"),
    [
        ({"access": Access.NONE}, EVE, "no_signing_up"),
        ({"signup_opens_at": on(0, "10:00")}, EVE, "not_open_yet"),
        ({"signup_closes_at": on(-2, "10:00")}, EVE, "closed"),
        ({}, on(1, "09:50"), "closed"),
        ({}, on(1, "11:00"), "over"),
        ({"access": Access.INVITATION}, EVE, "code_needed"),
        ({"audience": "merchants"}, EVE, "not_for_you"),
    ],
)
def test_it_is_open_to_whom_and_when_it_says(fields, at, code):
    session = published(on(1, "10:00"), **fields)

    assert code_of(signed_up, visitor(), session, at=at) == code


def test_no_more_join_a_party_once_signing_up_is_closed():
    session = published(on(1, "10:00"))
    row = signed_up(visitor(), session)
    more = {"actor": SYSTEM, "signup": row, "people": people(row.registration, 2)}

    assert code_of(change_party, **more, at=on(1, "09:50")) == "closed"
    assert change_party(**more, at=on(1, "09:49")).party == 2


def test_the_ticket_has_to_be_for_the_day():
    assert code_of(signed_up, visitor(days=(2,)), published(on(1, "10:00"))) == "wrong_day"


def test_what_was_published_anew_meanwhile_is_looked_at_again(forum):
    seen = places_of(forum).sequence
    move(forum, on(1, "12:00"))
    publish(forum.show, forum, at=EVE)

    assert code_of(signed_up, visitor(), forum, seen=seen) == "moved"


def test_a_cancelled_session_takes_nobody(forum):
    forum.is_cancelled, forum.cancelled_why_en = True, "Flooded"
    forum.save()
    publish(forum.show, forum, at=EVE)

    assert code_of(signed_up, visitor(), forum) == "cancelled"


def test_approval_comes_before_a_place():
    session = published(on(1, "10:00"), access=Access.APPROVAL)

    assert signed_up(visitor(), session).state == "requested"
    assert places_of(session).taken == 0


def test_a_code_opens_a_session_for_as_many_as_it_was_made_for():
    session = published(on(1, "10:00"), access=Access.INVITATION)
    SessionCode.objects.create(session=session, code="Delegation-7", for_whom="A delegation", places=1)

    assert code_of(signed_up, visitor(), session, code="delegation-8") == "wrong_code"
    assert signed_up(visitor(), session, code=" delegation-7 ").state == "confirmed"
    assert code_of(signed_up, visitor(), session, code="delegation-7") == "code_used"


def test_few_people_do_not_take_all_of_a_series():
    series = SeriesFactory(most_each=1)
    one, two = (published(on(day, "10:00"), series=series) for day in (1, 2))
    own = visitor()
    held = signed_up(own, one)

    assert code_of(signed_up, own, two) == "too_many"
    assert signed_up(own, two, instead_of=[held.pk]).state == "confirmed"


def test_fewer_places_throw_nobody_out_and_nobody_comes_in_until_there_are_enough(forum):
    session = published(on(2, "10:00"), seats=3)
    held = [signed_up(visitor(), session) for _ in range(3)]
    waits = signed_up(visitor(), session)
    session.seats = 1
    session.save()
    publish(session.show, session, at=EVE)

    places = places_of(session)
    assert (places.places, places.taken, places.over) == (1, 3, 2)
    for signup in held[:2]:
        give_up(actor=SYSTEM, signup=signup, at=EVE)
    assert (places_of(session).taken, places_of(session).over, *states([waits])) == (1, 0, "waiting")
    give_up(actor=SYSTEM, signup=held[2], at=EVE)
    assert states([waits]) == ["offered"]


def test_who_cannot_be_at_both_after_a_session_has_moved_is_asked(forum):
    own = visitor()
    held, other = signed_up(own, forum), published(on(1, "13:00"))
    second = signed_up(own, other)
    move(other, on(1, "10:30"))
    publish(other.show, other, at=EVE)

    assert states([held, second]) == ["confirmed", "offered"]
    assert Mail.objects.filter(kind="programme.still_coming", to=own.email).count() == 1


def test_two_sessions_may_change_places_without_a_clash():
    own = visitor()
    one, two = published(on(1, "10:00")), published(on(1, "13:00"))
    held = [signed_up(own, one), signed_up(own, two)]
    move(one, on(1, "13:00"))
    move(two, on(1, "10:00"))
    publish(one.show, one, two, at=EVE)

    assert states(held) == ["confirmed", "confirmed"]


def test_a_cancelled_session_leaves_the_time_free(forum):
    own = visitor()
    held = signed_up(own, forum)
    forum.is_cancelled, forum.cancelled_why_en = True, "Flooded"
    forum.save()
    publish(forum.show, forum, at=EVE)

    assert signed_up(own, published(on(1, "10:00"))).state == "confirmed"
    assert states([held]) == ["confirmed"]


def test_staff_move_a_party_up_for_a_reason_that_stays(forum):
    signed_up(visitor(), forum)
    first, second = signed_up(visitor(), forum), signed_up(visitor(), forum)

    assert code_of(queue.move_up, actor=SYSTEM, signup=second, why=" ", at=EVE) == "no_reason"
    moved = queue.move_up(actor=SYSTEM, signup=second, why="Speaks there", at=EVE)

    assert (moved.why, moved.overtaken) == ("Speaks there", 1)
    assert list(Signup.objects.waiting().in_turn()) == [second, first]


def test_a_tour_needs_names():
    tour = departing(on(1, "13:00"))
    publish(tour.show, tour, at=EVE)
    own = visitor()

    assert code_of(signed_up, own, tour, people=people(own, 2)) == "name_needed"
    named = [Coming(registration=own.pk), Coming(name="Grandmother")]
    assert [one.name for one in signed_up(own, tour, people=named).participants.all()] == ["", "Grandmother"]


def test_what_is_done_within_two_minutes_is_told_in_one_mail(forum, monkeypatch):
    own = visitor()
    monkeypatch.setattr("programme.actions.signing.acts.timezone.now", lambda: EVE)
    signed_up(own, forum)
    signed_up(own, published(on(2, "10:00")))

    mail = Mail.objects.get(kind="programme.plan")
    job = ProcrastinateJob.objects.get(args={"mail": mail.pk})
    assert (job.task_name, job.queue_name, job.status) == ("accounts.send_mail", "mail", "todo")
    assert job.scheduled_at == EVE + TOLD_TOGETHER + SETTLED


def test_an_offer_of_a_series_is_not_taken_beyond_its_limit():
    series = SeriesFactory(most_each=1)
    one, two = (published(on(day, "10:00"), series=series, seats=1) for day in (1, 2))
    own, first = visitor(), signed_up(visitor(), two)
    held = signed_up(own, one)
    waits = signed_up(own, two, instead_of=[held.pk])
    give_up(actor=SYSTEM, signup=first, at=EVE)

    assert code_of(accept, actor=SYSTEM, signup=waits, at=EVE) == "too_many"
    assert accept(actor=SYSTEM, signup=waits, at=EVE, instead_of=[held.pk]).state == "confirmed"


def test_guests_without_a_badge_count_for_who_signed_them_up():
    series = SeriesFactory(most_each=1)
    one, two = (published(on(day, "10:00"), series=series) for day in (1, 2))
    own = visitor()
    signed_up(own, one, people=[Coming()])

    assert code_of(signed_up, own, two, people=[Coming()]) == "too_many"
    assert code_of(signed_up, own, two) == "too_many"


def test_where_somebody_has_been_is_not_given_up_for_something_else(forum):
    own = visitor()
    held = signed_up(own, forum)
    Signup.objects.filter(pk=held.pk).update(state="attended", came=1)

    assert code_of(signed_up, own, published(on(1, "10:30")), instead_of=[held.pk]) == "begun"
    assert code_of(give_up, actor=SYSTEM, signup=held, at=EVE) == "begun"


def test_twenty_lists_are_counted_for_each_person_and_not_for_all_of_a_party(monkeypatch):
    monkeypatch.setattr("programme.places.MOST_WAITING", 2)
    full = [published(on(day, "10:00"), seats=2) for day in (1, 2, 3)]
    for session in full:
        signed_up(visitor(), session, 2)
    lead, companion = party("Li Na").party
    both = [Coming(registration=lead.pk), Coming(registration=companion.pk)]

    assert [signed_up(lead, session, people=both).state for session in full[:2]] == ["waiting", "waiting"]
    assert code_of(signed_up, lead, full[2]) == "too_many_lists"


def test_an_offer_does_not_stand_longer_than_the_session_that_was_moved_allows(forum):
    other = published(on(3, "10:00"), seats=1)
    first, second = signed_up(visitor(), other), signed_up(visitor(), other)
    give_up(actor=SYSTEM, signup=first, at=EVE)
    move(other, on(1, "08:00"), outside_hours_why="Early")
    publish(other.show, other, at=on(1, "07:00"))

    assert Signup.objects.get(pk=second.pk).offered_until == on(0, "10:00") - timedelta(days=1) + timedelta(hours=24)


def test_a_session_that_somebody_has_come_to_does_not_move_to_where_they_cannot_be(forum):
    own = visitor()
    held = signed_up(own, forum)
    signed_up(own, published(on(1, "13:00")))
    Signup.objects.filter(pk=held.pk).update(state="attended", came=1)
    move(forum, on(1, "13:00"))

    assert code_of(publish, forum.show, forum, at=EVE) == "people_in"


def asked_which_of_two(forum):
    """Somebody with a sure place whose other session has moved to that time."""
    own, other = visitor(), published(on(1, "13:00"), seats=2)
    signed_up(own, forum)
    asked = signed_up(own, other)
    move(other, on(1, "10:30"))
    publish(other.show, other, at=EVE)
    return other, asked


def cancel(session, *, is_cancelled=True):
    row = Session.objects.get(pk=session.pk)
    row.is_cancelled, row.cancelled_why_en = is_cancelled, "Flooded" if is_cancelled else ""
    row.save()
    publish(row.show, row, at=EVE)


def test_who_was_asked_which_of_two_to_keep_loses_neither_to_one_that_is_cancelled_and_comes_back(forum):
    other, asked = asked_which_of_two(forum)
    first, second, third = signed_up(visitor(), other), signed_up(visitor(), other), signed_up(visitor(), other)
    give_up(actor=SYSTEM, signup=first, at=EVE)
    assert states([asked, second, third]) == ["offered", "offered", "waiting"]

    cancel(other)
    assert states([asked, second, third]) == ["confirmed", "waiting", "waiting"]
    cancel(other, is_cancelled=False)
    assert states([asked, second, third]) == ["offered", "offered", "waiting"]
    assert Mail.objects.filter(kind="programme.still_coming", thing=f"signup:{asked.pk}").count() == 2


def test_a_session_that_fails_keeps_no_other_offer_from_its_end(forum, monkeypatch):
    sessions = [forum, published(on(2, "10:00"), seats=1)]
    offered = []
    for session in sessions:
        first, second = signed_up(visitor(), session), signed_up(visitor(), session)
        give_up(actor=SYSTEM, signup=first, at=EVE)
        offered.append(second)
    lapse = queue._lapse

    def fail_once(show, pk, *, at):
        if pk == forum.pk:
            raise RuntimeError("broken")
        return lapse(show, pk, at=at)

    monkeypatch.setattr(queue, "_lapse", fail_once)
    with pytest.raises(ExceptionGroup):
        queue.lapse_overdue(forum.show, at=EVE + timedelta(hours=24))
    assert states(offered) == ["offered", "lapsed"]
