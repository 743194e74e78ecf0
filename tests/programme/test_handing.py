"""Handing a place over to somebody with a badge, taking it or not, and leaving a party."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Mail
from accounts.refusals import Refusal
from programme.actions.signing import handing
from programme.actions.signing.acts import change_party, give_up
from programme.models import Access, Audience, Handover, Participant, SessionCode, Signup
from programme.places import Coming
from tests.factories.expo import on
from tests.factories.programme import SYSTEM, SeriesFactory, departing, publish
from tests.factories.refusals import code_of
from tests.factories.signups import EVE, party, people, places_of, published, signed_up, states, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture
def forum():
    return published(on(1, "10:00"), seats=2)


@pytest.fixture
def giver():
    return visitor()


@pytest.fixture
def friend():
    return visitor()


def hand(signup, to, *, at=EVE, **fields):
    options = {
        "participant": signup.participants.values_list("pk", flat=True).first(),
        "serial": to.badges.get().serial,
        "name": to.name,
        "by": signup.registration,
    } | fields
    return handing.hand_over(actor=SYSTEM, signup=signup, at=at, **options)


def take(handover, *, at=EVE, **fields):
    return handing.take_over(actor=SYSTEM, handover=handover, at=at, **({"by": handover.to} | fields))


def told(kind):
    return list(Mail.objects.filter(kind=f"programme.{kind}").values_list("to", flat=True))


def state_of(handover):
    return Handover.objects.get(pk=handover.pk).state


def test_who_is_handed_a_place_is_asked_and_nothing_changes_until_then(forum, giver, friend):
    held = signed_up(giver, forum)
    handover = hand(held, friend)

    assert (handover.state, handover.until) == ("open", EVE + timedelta(hours=24))
    assert (told("handover"), states([held]), places_of(forum).taken) == ([friend.email], ["confirmed"], 1)


def test_a_place_that_is_taken_over_is_the_others_and_no_longer_ones_own(forum, giver, friend):
    held = signed_up(giver, forum)
    handover = hand(held, friend)
    new = take(handover)

    assert (states([held, new]), new.registration, new.party) == (["given_up", "confirmed"], friend, 1)
    assert list(Participant.objects.values_list("registration", "holds")) == [(friend.pk, True)]
    assert (state_of(handover), told("handover_taken"), places_of(forum).taken) == ("taken", [giver.email], 1)


def test_nobody_who_waits_is_offered_the_place_in_between(forum, giver, friend):
    held = signed_up(giver, forum, 2)
    waits = signed_up(visitor(), forum)
    new = take(hand(held, friend))

    held.refresh_from_db()
    assert (held.party, states([held, new, waits])) == (1, ["confirmed", "confirmed", "waiting"])
    assert (places_of(forum).taken, told("offer")) == (2, [])


def test_a_guest_of_the_party_without_a_name_can_be_somebody_with_a_badge(forum, giver, friend):
    held = signed_up(giver, forum, 2)
    take(hand(held, friend, participant=None))

    assert list(held.participants.values_list("registration", flat=True)) == [giver.pk]
    assert code_of(hand, held, visitor(), participant=None) == "not_in_party"


def test_the_number_of_the_badge_and_the_name_have_both_to_fit(forum, giver, friend):
    held, other = signed_up(giver, forum), visitor()
    wrong = [
        {"name": other.name},
        {"serial": other.badge.serial},
        {"serial": "000000000"},
        {"name": ""},
        {"serial": "\x00'; --"},
    ]

    refusals = []
    for fields in wrong:
        with pytest.raises(Refusal) as refused:
            hand(held, friend, **fields)
        refusals.append((refused.value.code, refused.value.sentence, refused.value.field))
    assert set(refusals) == {(handing.NOBODY.code, handing.NOBODY.sentence, "serial")}


def test_number_and_name_may_be_written_in_other_ways(forum, giver, friend):
    typed = friend.badge.serial_in_groups.lower().replace("-", " ")
    assert hand(signed_up(giver, forum), friend, serial=typed, name=f"  {friend.name.upper()} ").to == friend


def test_a_revoked_badge_is_nobodys(forum, giver, friend):
    friend.badges.update(revoked_at=EVE, reason="lost")
    assert code_of(hand, signed_up(giver, forum), friend) == "no_such_badge"


def test_nobody_hears_at_once_what_the_other_has(forum, giver, friend):
    """What stands against it is said to who takes the place, and to nobody else."""
    held = signed_up(giver, forum)
    signed_up(friend, published(on(1, "10:30")))

    handover = hand(held, friend)
    assert code_of(take, handover) == "clash"
    assert (state_of(handover), states([held])) == ("open", ["confirmed"])


def test_what_clashes_is_given_up_for_it_in_the_same_act(forum, giver, friend):
    held = signed_up(giver, forum)
    other = published(on(1, "10:30"), seats=1)
    own = signed_up(friend, other)
    waits = signed_up(visitor(), other)

    new = take(hand(held, friend), instead_of=[own.pk])
    assert states([held, own, new, waits]) == ["given_up", "given_up", "confirmed", "offered"]


def test_nobody_gives_up_what_is_anothers_for_it(forum, giver, friend):
    held = signed_up(giver, forum)
    strangers = signed_up(visitor(), published(on(2, "10:00")))
    assert code_of(take, hand(held, friend), instead_of=[strangers.pk]) == "not_yours"


def test_who_waits_alone_for_the_session_has_the_place_instead(forum, giver, friend):
    held = signed_up(giver, forum, 2)
    waits = signed_up(friend, forum)

    new = take(hand(held, friend))
    assert (states([waits, new]), places_of(forum).waiting) == (["given_up", "confirmed"], 0)


def test_who_is_in_another_party_of_the_session_takes_no_second_place(forum, giver):
    group = party("Li Na")
    lead, companion = group.party
    signed_up(lead, forum, people=[Coming(registration=companion.pk)])
    handover = hand(signed_up(giver, forum), companion)

    assert code_of(take, handover) == "already_signed_up"


@pytest.mark.parametrize(
    ("fields", "visitor_fields", "code"),
    [
        ({"audience": Audience.PROFESSIONALS}, {"category": "public"}, "not_for_you"),
        ({}, {"days": (2,)}, "wrong_day"),
    ],
)
def test_the_ticket_of_who_takes_it_has_to_open_the_session(giver, fields, visitor_fields, code):
    held = signed_up(giver, published(on(1, "10:00"), **fields))
    assert code_of(take, hand(held, visitor(**visitor_fields))) == code


def test_a_limit_on_tours_counts_for_who_takes_one_over(giver, friend):
    series = SeriesFactory(kind="tour", most_each=1)
    tours = [departing(on(day, "10:00"), series=series, seats=5) for day in (1, 2)]
    publish(series.show, *tours, at=EVE)
    signed_up(friend, tours[0])

    assert code_of(take, hand(signed_up(giver, tours[1]), friend)) == "too_many"


def test_a_code_goes_along_with_one_of_its_uses(giver, friend):
    session = published(on(1, "10:00"), access=Access.INVITATION)
    code = SessionCode.objects.create(session=session, code="GUESTS", for_whom="Guests", places=2)
    held = signed_up(giver, session, 2, code="guests")

    new = take(hand(held, friend))
    code.refresh_from_db()
    assert (new.code, code.used) == (code, 2)


def test_where_staff_decide_on_each_person_nothing_is_handed_over(giver, friend):
    session = published(on(1, "10:00"), access=Access.APPROVAL)
    held = signed_up(giver, session)
    Signup.objects.filter(pk=held.pk).update(state="confirmed")

    assert code_of(hand, held, friend) == "approved_only"


def test_a_place_changes_hands_also_where_more_are_taken_than_there_are(forum, giver, friend):
    held = signed_up(giver, forum, 2)
    forum.seats = 1
    forum.save()
    publish(forum.show, forum, at=EVE)

    take(hand(held, friend))
    assert (places_of(forum).taken, places_of(forum).over) == (2, 1)


def test_only_a_place_that_is_sure_and_ones_own_is_handed_over(forum, giver, friend):
    held, waits = signed_up(visitor(), forum, 2), signed_up(giver, forum)

    assert code_of(hand, waits, friend) == "not_sure_yet"
    assert code_of(hand, held, friend, by=giver) == "not_yours"
    assert code_of(hand, held, friend, participant=waits.participants.get().pk) == "not_in_party"
    assert code_of(hand, held, friend, at=on(1, "10:00")) == "begun"


def test_a_place_is_handed_to_one_at_a_time_and_nobody_is_asked_twice(forum, giver, friend):
    held = signed_up(giver, forum, 2)
    handover = hand(held, friend)

    assert code_of(hand, held, visitor()) == "handed_over"
    assert code_of(hand, held, friend, participant=None) == "asked_already"
    handing.decline(actor=SYSTEM, handover=handover, at=EVE, by=friend)
    assert code_of(hand, held, friend) == "asked_already"


def test_no_guest_is_handed_over_twice(forum, giver, friend):
    held = signed_up(giver, forum, 2)
    hand(held, friend, participant=None)
    assert code_of(hand, held, visitor(), participant=None) == "handed_over"


def test_who_comes_along_is_handed_nothing(forum, giver):
    assert code_of(hand, signed_up(giver, forum, 2), giver, participant=None) == "own_badge"


def test_who_declines_leaves_everything_as_it_was(forum, giver, friend):
    held = signed_up(giver, forum)
    handover = hand(held, friend)
    handing.decline(actor=SYSTEM, handover=handover, at=EVE, by=friend)

    assert (state_of(handover), states([held]), told("handover_declined")) == ("declined", ["confirmed"], [giver.email])
    assert code_of(take, handover) == "handover_gone"


def test_who_hands_a_place_over_can_keep_it_after_all(forum, giver, friend):
    handover = hand(signed_up(giver, forum), friend)
    handing.withdraw(actor=SYSTEM, handover=handover, at=EVE, by=giver)

    assert (state_of(handover), told("handover_withdrawn")) == ("withdrawn", [friend.email])
    assert code_of(take, handover) == "handover_gone"


def test_a_stranger_answers_for_nobody(forum, giver, friend):
    handover, stranger = hand(signed_up(giver, forum), friend), visitor()

    assert code_of(take, handover, by=stranger) == "not_yours"
    assert code_of(take, handover, by=giver) == "not_yours"
    assert code_of(handing.decline, actor=SYSTEM, handover=handover, at=EVE, by=giver) == "not_yours"
    assert code_of(handing.withdraw, actor=SYSTEM, handover=handover, at=EVE, by=friend) == "not_yours"


def test_after_the_deadline_nothing_is_taken_and_the_giver_is_told(forum, giver, friend):
    held = signed_up(giver, forum)
    handover = hand(held, friend)
    late = handover.until

    assert code_of(take, handover, at=late) == "handover_gone"
    assert handing.lapse_handovers(forum.show, at=late - timedelta(seconds=1)) == 0
    assert handing.lapse_handovers(forum.show, at=late) == 1
    assert (state_of(handover), states([held]), told("handover_lapsed")) == ("lapsed", ["confirmed"], [giver.email])


def test_what_was_given_up_meanwhile_is_not_taken_over_and_who_was_asked_is_told(forum, giver, friend):
    held = signed_up(giver, forum)
    handover = hand(held, friend)
    give_up(actor=SYSTEM, signup=held, at=EVE)

    assert code_of(take, handover) == "handover_gone"
    assert not handing.handovers_of(friend, at=EVE).exists()
    handing.lapse_handovers(forum.show, at=EVE)
    assert (state_of(handover), told("handover_withdrawn")) == ("withdrawn", [friend.email])


def test_a_guest_who_is_not_in_the_party_any_more_is_not_taken_over(forum, giver, friend):
    held = signed_up(giver, forum, 2)
    handover = hand(held, friend, participant=None)
    change_party(actor=SYSTEM, signup=held, people=people(giver), at=EVE)

    assert code_of(take, handover) == "handover_gone"


def test_on_the_day_the_deadline_is_never_after_the_start(giver, friend):
    session = published(on(1, "10:00"))
    handover = hand(signed_up(giver, session), friend, at=on(1, "09:55"))
    assert handover.until == on(1, "10:00")


def test_both_see_what_stands_open_and_nobody_else(forum, giver, friend):
    handover = hand(signed_up(giver, forum), friend)

    assert [list(handing.handovers_of(one, at=EVE)) for one in (giver, friend, visitor())] == [
        [handover],
        [handover],
        [],
    ]


# Leaving a party


def drop_out(signup, by, *, at=EVE):
    return handing.drop_out(actor=SYSTEM, signup=signup, by=by, at=at)


@pytest.fixture
def family():
    return party("Li Na").party


def test_who_was_signed_up_by_somebody_leaves_and_the_place_goes_to_the_next(forum, family):
    lead, companion = family
    both = signed_up(lead, forum, people=[Coming(registration=lead.pk), Coming(registration=companion.pk)])
    waits = signed_up(visitor(), forum)
    drop_out(both, companion)

    both.refresh_from_db()
    assert (both.party, states([both, waits])) == (1, ["confirmed", "offered"])
    assert list(both.participants.values_list("registration", flat=True)) == [lead.pk]


def test_a_party_of_nobody_else_ends_with_who_leaves_it(forum, family):
    lead, companion = family
    alone = signed_up(lead, forum, people=[Coming(registration=companion.pk)])

    assert drop_out(alone, companion).state == "given_up"


def test_a_smaller_party_that_waits_may_fit(forum, family):
    lead, companion = family
    signed_up(visitor(), forum)
    waits = signed_up(lead, forum, people=[Coming(registration=lead.pk), Coming(registration=companion.pk)])
    drop_out(waits, companion)

    assert states([waits]) == ["offered"]


def test_who_leaves_hands_over_nothing_any_more(forum, family, friend):
    lead, companion = family
    both = signed_up(lead, forum, people=[Coming(registration=lead.pk), Coming(registration=companion.pk)])
    handover = hand(both, friend, participant=both.participants.get(registration=companion).pk)
    drop_out(both, companion)

    assert (state_of(handover), told("handover_withdrawn")) == ("withdrawn", [friend.email])


def test_neither_the_lead_nor_a_stranger_leaves_somebody_elses_party(forum, family):
    lead, companion = family
    both = signed_up(lead, forum, people=[Coming(registration=lead.pk), Coming(registration=companion.pk)])

    assert code_of(drop_out, both, lead) == "not_in_party"
    assert code_of(drop_out, both, visitor()) == "not_in_party"
    assert code_of(drop_out, both, companion, at=on(1, "10:00")) == "begun"
    drop_out(both, companion)
    assert code_of(drop_out, both, companion) == "not_in_party"


def test_who_was_to_take_the_place_of_somebody_who_left_the_party_takes_no_guests(giver, friend):
    forum = published(on(1, "10:00"))
    signup = signed_up(giver, forum, people=[Coming(registration=giver.pk), Coming(name="Bo"), Coming()])
    bo = signup.participants.get(name="Bo")
    handover = hand(signup, friend, participant=bo.pk)
    change_party(actor=SYSTEM, signup=signup, people=people(giver, 2), at=EVE)

    assert (state_of(handover), told("handover_withdrawn")) == ("withdrawn", [friend.email])
    assert code_of(take, handover) == "handover_gone"
