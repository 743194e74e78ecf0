"""What staff do with sign-ups, what each is told of it, and what is refused."""

from datetime import timedelta

import pytest
from pghistory.models import Context

from accounts.models import Mail
from programme.actions.signing import acts, door, staff
from programme.models import Message, MoveUp, Published, Release, Session, Signup, Turn
from programme.places import Coming
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import SYSTEM, departing, publish
from tests.factories.refusals import code_of
from tests.factories.signups import EVE, places_of, published, signed_up, states, visitor
from visitors.models import Ticket

pytestmark = pytest.mark.django_db


def by_staff(act, signup, **told):
    return act(actor=SYSTEM, signup=signup, at=told.pop("at", EVE), **told)


def mails(kind):
    return sorted(Mail.objects.filter(kind=f"programme.{kind}").values_list("to", flat=True))


def of(*signups):
    return sorted(one.registration.email for one in signups)


def seats(session, number, **told):
    session = Session.objects.get(pk=session.pk)
    return staff.change_places(actor=SYSTEM, session=session, seats=number, step=session.step, at=EVE, **told)


@pytest.fixture
def asked():
    """A session of two places in which each sign-up is approved."""
    return published(on(1, "10:00"), seats=2, access="approval")


# Requests


def test_what_is_approved_gets_its_places(asked):
    own = signed_up(visitor(), asked, 2)
    assert own.state == "requested"

    by_staff(staff.approve, own)

    assert (states([own]), places_of(asked).taken, mails("approved")) == (["confirmed"], 2, of(own))


def test_what_is_approved_without_places_waits_in_the_order_of_its_asking(asked):
    first, second, third = signed_up(visitor(), asked, 2), signed_up(visitor(), asked), signed_up(visitor(), asked)
    for one in (first, third, second):
        by_staff(staff.approve, one)
    assert states([first, second, third]) == ["confirmed", "waiting", "waiting"]

    acts.change_party(actor=SYSTEM, signup=first, people=staff.people_of(first)[:1], at=EVE)

    assert states([first, second, third]) == ["confirmed", "offered", "waiting"]


def test_who_has_another_place_by_now_is_offered_the_places_and_chooses(asked):
    own = signed_up(visitor(), asked)
    signed_up(own.registration, published(on(1, "10:30")))

    by_staff(staff.approve, own)

    assert (states([own]), mails("offer")) == (["offered"], of(own))


def test_what_is_refused_ends_with_the_reason(asked):
    own = signed_up(visitor(), asked)
    by_staff(staff.refuse, own, why="For members only")

    own.refresh_from_db()
    assert (own.state, own.why, mails("refused")) == ("called_off", "For members only", of(own))
    assert code_of(by_staff, staff.approve, own) == "not_requested"
    assert code_of(by_staff, staff.refuse, own, why="Again") == "not_requested"


def test_a_request_of_somebody_whose_badge_is_gone_is_not_approved(asked):
    own = signed_up(visitor(), asked)
    Ticket.objects.filter(registration=own.registration).update(state="given_back")
    assert code_of(by_staff, staff.approve, own) == "no_ticket"


# Called off


def test_what_is_called_off_goes_to_the_next_and_is_told_with_the_reason():
    session = published(on(1, "10:00"), seats=1)
    first, second = signed_up(visitor(), session), signed_up(visitor(), session)

    by_staff(staff.call_off, first, why="Booked twice by the office")

    first.refresh_from_db()
    assert (first.why, states([first, second])) == ("Booked twice by the office", ["called_off", "offered"])
    assert (mails("called_off"), Turn.objects.get().cause) == (of(first), "called_off")


@pytest.mark.parametrize("act", [staff.call_off, staff.refuse, staff.put_back])
def test_staff_give_a_reason(act):
    own = signed_up(visitor(), published(on(1, "10:00")))
    assert code_of(by_staff, act, own, why=" ") == "no_reason"


def test_nothing_is_called_off_twice_or_after_it_began():
    session = published(on(1, "10:00"))
    first, second = signed_up(visitor(), session), signed_up(visitor(), session)
    by_staff(staff.call_off, first, why="Twice")

    assert code_of(by_staff, staff.call_off, first, why="Twice") == "ended"
    assert code_of(by_staff, staff.call_off, second, why="Late", at=on(1, "10:00")) == "begun"


# Fewer places


def named(registration, size=1):
    return [Coming(registration=registration.pk), *(Coming(name=f"Guest {n}") for n in range(size - 1))]


def on_tour(session, size=1):
    own = visitor()
    return signed_up(own, session, people=named(own, size))


@pytest.fixture
def tour():
    session = departing(on(1, "14:00"), seats=6)
    publish(session.show, session, at=EVE)
    return session


def test_fewer_places_at_once_put_nobody_out_and_name_who_came_last(tour):
    rows = [on_tour(tour, 2) for _ in range(3)]

    places = seats(tour, 3, why="The bus broke down")

    assert (places.places, places.taken, places.over, states(rows)) == (3, 6, 3, ["confirmed"] * 3)
    assert staff.suggested(places, list(Signup.objects.all())) == {rows[1].pk, rows[2].pk}
    assert (Session.objects.get().seats, Published.objects.get().told.seats) == (3, 3)
    assert (Release.objects.first().note, Release.objects.first().changes.get().what) == (
        "The bus broke down",
        ["places"],
    )


def test_more_places_at_once_go_to_who_waits_and_nothing_else_of_the_plan_goes_out(tour):
    on_tour(tour, 3), on_tour(tour, 3)
    waiting = on_tour(tour)
    Session.objects.update(title_en="Not public yet")

    seats(tour, 7)

    told = Published.objects.get().told
    assert (states([waiting]), told.seats, told.title_en) == (["offered"], 7, tour.title_en)
    assert Session.objects.get().title_en == "Not public yet"


def test_a_number_of_places_that_cannot_be_changes_nothing():
    session = published(on(1, "10:00"), seats=10, reserve_guests=4, room=RoomFactory(seats=10))

    assert code_of(seats, session, 3) == "reserve"
    assert code_of(seats, session, 10) == "same_number"
    assert code_of(seats, session, 11) == "over_seats"
    assert code_of(staff.change_places, actor=SYSTEM, session=session, seats=5, step=99, at=EVE) == "changed"
    assert (Session.objects.get().seats, Release.objects.count()) == (10, 1)
    assert seats(session, 11, over_seats_why="Chairs from next door").places == 7


def test_who_is_put_back_waits_before_all_others_and_is_served_first(tour):
    first, second = on_tour(tour, 3), on_tour(tour, 3)
    waiting = on_tour(tour)
    seats(tour, 3)

    by_staff(staff.put_back, second, why="The bus broke down")

    assert states([first, second, waiting]) == ["confirmed", "waiting", "waiting"]
    assert MoveUp.objects.values_list("signup", "overtaken", "why").get() == (second.pk, 1, "The bus broke down")
    assert mails("put_back") == of(second)
    seats(tour, 6)
    assert states([second, waiting]) == ["offered", "waiting"]


def test_nobody_is_put_back_where_there_are_places_for_all(tour):
    own = on_tour(tour)
    assert code_of(by_staff, staff.put_back, own, why="No") == "not_over"
    assert code_of(by_staff, staff.put_back, signed_up(visitor(), published(on(2, "10:00"), access="approval")),
                   why="No") == "not_held"  # fmt: skip


def test_who_is_moved_has_places_there_and_none_here_any_more(tour):
    other = departing(on(2, "14:00"), seats=2)
    publish(other.show, other, at=EVE)
    own, waiting = on_tour(tour, 2), None
    on_tour(tour, 4)
    waiting = on_tour(tour, 2)

    new = by_staff(staff.move, own, to=other.pk, why="The bus broke down")

    assert (states([own, new, waiting]), new.party) == (["called_off", "confirmed", "offered"], 2)
    assert [person.name for person in new.participants.all()] == ["", "Guest 0"]
    assert (mails("moved_over"), mails("called_off")) == (of(own), [])
    assert code_of(by_staff, staff.move, waiting, to=other.pk, why="Full") == "full"
    assert states([waiting]) == ["offered"]


def test_nobody_is_moved_to_where_they_cannot_be(tour):
    own = on_tour(tour)
    signed_up(own.registration, published(on(2, "13:00")))
    other = departing(on(2, "13:30"))
    publish(other.show, other, at=EVE)

    assert code_of(by_staff, staff.move, own, to=other.pk, why="Bus") == "clash"
    assert code_of(by_staff, staff.move, own, to=tour.pk, why="Bus") == "same_session"
    assert code_of(by_staff, staff.move, own, to=10**9, why="Bus") == "no_session"
    assert states([own]) == ["confirmed"]


# Guests


def guest(session, registration=None, party=1, at=EVE):
    return staff.add_guest(actor=SYSTEM, registration=registration or visitor(), session=session.pk, party=party, at=at)


def test_a_guest_has_one_of_the_places_that_are_kept_for_guests():
    session = published(on(1, "10:00"), seats=4, reserve_guests=3, access="invitation", audience="guests")

    own = guest(session, party=3)

    assert (own.origin, own.state, places_of(session).guests_taken, places_of(session).taken) == (
        "guest",
        "confirmed",
        3,
        0,
    )
    assert code_of(guest, session) == "no_guest_places"
    assert (Signup.objects.count(), mails("plan")) == (1, [own.registration.email])


def test_a_guest_is_in_one_place_at_a_time_too():
    session = published(on(1, "10:00"), reserve_guests=5)
    own = visitor()
    signed_up(own, published(on(1, "10:30")))

    assert code_of(guest, session, own) == "clash"
    guest(session, other := visitor())
    assert code_of(guest, session, other) == "already_signed_up"
    assert code_of(guest, session, visitor(days=(2,))) == "wrong_day"
    assert code_of(guest, session, at=on(1, "11:00")) == "over"


# Closing


def test_signing_up_is_closed_at_once_and_opened_again():
    session = published(on(1, "10:00"))
    shut = {"actor": SYSTEM, "session": session.pk, "at": EVE}
    staff.close(**shut, closed=True)

    assert code_of(signed_up, visitor(), session) == "closed"
    assert code_of(staff.close, **shut, closed=True) == "closed_already"
    publish_again(session)
    assert code_of(signed_up, visitor(), session) == "closed"

    staff.close(**shut, closed=False)
    assert signed_up(visitor(), session).state == "confirmed"
    assert Context.objects.filter(metadata__act="signing_up_closed", metadata__recorded=True).count() == 1


def publish_again(session):
    Session.objects.update(about_en="More")
    publish(session.show, session, at=EVE)


# Messages


def message(session, to="all", **told):
    texts = {"subject_en": "Bring a pen", "subject_zh": "", "text_en": "Hello", "text_zh": "您好"} | told
    at = texts.pop("at", EVE)
    return staff.write_to_all(actor=SYSTEM, session=session.pk, to=to, at=at, **texts)


def test_a_message_goes_to_each_that_is_meant_once():
    session = published(on(1, "10:00"), seats=1)
    first, second, gone = (signed_up(visitor(), session) for _ in range(3))
    acts.give_up(actor=SYSTEM, signup=gone, at=EVE)

    assert message(session).mails == 2
    assert mails("message") == of(first, second)
    assert [message(session, to).mails for to in ("confirmed", "waiting")] == [1, 1]
    assert code_of(message, session, "came") == "nobody_to_write_to"
    mail = Mail.objects.filter(kind="programme.message").order_by("pk").first()
    assert (mail.thing, mail.version, mail.facts["text_zh"]) == (
        f"signup:{first.pk}",
        str(Message.objects.last().pk),
        "您好",
    )


def test_a_message_says_something_and_there_are_not_too_many():
    session = published(on(1, "10:00"))
    signed_up(visitor(), session)
    assert code_of(message, session, text_en=" ", text_zh="") == "no_text"
    assert code_of(message, session, subject_en="") == "no_subject"

    for _ in range(staff.MOST_MESSAGES):
        message(session)
    assert code_of(message, session) == "too_many_messages"
    assert message(session, at=EVE + timedelta(days=1)).mails == 1


# Shortly before the start, when walk-ins are let in


def nearly_full(hour="10:00", **kept):
    """A session of four places, of which two are free until somebody walks in."""
    session = published(on(1, hour), seats=4, **kept)
    signed_up(visitor(), session, 2)
    return session


def walks_in(session, at):
    door.walk_in(actor=SYSTEM, session=session.pk, registration=visitor(), at=at)


def test_who_walked_in_keeps_the_place_from_those_whom_staff_move():
    there, five_to = nearly_full(), on(1, "09:55")
    for _ in range(2):
        walks_in(there, five_to)
    own = signed_up(visitor(), published(on(1, "12:00")))

    assert places_of(there).left == 2
    assert code_of(by_staff, staff.move, own, to=there.pk, why="Full", at=five_to) == "full"
    assert states([own]) == ["confirmed"]


def test_what_walk_ins_have_left_is_still_given_by_staff():
    there, five_to = nearly_full(), on(1, "09:55")
    walks_in(there, five_to)
    pair, alone = (signed_up(visitor(), published(on(1, clock)), n) for clock, n in (("12:00", 2), ("14:00", 1)))

    assert code_of(by_staff, staff.move, pair, to=there.pk, why="Full", at=five_to) == "full"
    assert by_staff(staff.move, alone, to=there.pk, why="Full", at=five_to).state == "confirmed"


def test_a_guest_who_comes_when_all_seats_are_taken_has_none():
    session = nearly_full(reserve_guests=2)
    for minutes in (1, 2, 3, 4):
        walks_in(session, on(1, "10:00") + timedelta(minutes=minutes))
    told = {"actor": SYSTEM, "registration": visitor(), "session": session.pk, "party": 1}

    assert code_of(staff.add_guest, **told, at=on(1, "10:05")) == "full_house"
