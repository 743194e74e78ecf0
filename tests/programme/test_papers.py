"""ID numbers: asked for once a place is sure, seen by few and on record, and gone when nobody needs them any more."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from accounts.acting import Actor
from accounts.models import Record
from accounts.refusals import Refusal
from programme import ids, invariants
from programme.actions import planning
from programme.actions.signing import papers
from programme.actions.signing.acts import change_party, give_up
from programme.models import Participant, Signup
from programme.places import Coming
from programme.tasks import erase_ids
from tests.factories.accounts import UserFactory
from tests.factories.expo import on
from tests.factories.papers import (
    OTHER,
    PASSPORT,
    RESIDENT,
    departure,
    gave,
    going,
    named,
    number,
    numbers_in,
    with_check_digit,
)
from tests.factories.programme import SYSTEM, GuideFactory, move, publish
from tests.factories.refusals import code_of
from tests.factories.signups import EVE, party, places_of, signed_up, visitor
from visitors.actions import privacy

pytestmark = pytest.mark.django_db
OLD, NEW = bytes(range(100, 132)), bytes(32)


@pytest.fixture
def tour():
    return departure(seats=4)


def sealed(signup):
    return [bool(one.id_sealed) for one in signup.participants.order_by("pk")]


def records(act):
    return [row.metadata for row in Record.objects.filter(metadata__act=act).order_by("created_at")]


# Given


def test_a_number_is_kept_so_that_only_its_own_row_opens_it(tour):
    signup = gave(going(tour), RESIDENT)

    (person,) = papers.own(signup)
    assert (person.number, person.masked) == (number(RESIDENT), "1101**********002X")
    other = going(tour)
    Participant.objects.filter(signup=other).update(
        id_kind="ric", id_print="1" * 64, id_sealed=Participant.objects.get(signup=signup).id_sealed
    )
    assert papers.own(other)[0].is_unreadable


def test_it_is_asked_for_once_places_are_sure_or_offered_and_never_while_waiting(tour):
    first = signed_up(visitor(), tour, people=named(4))
    waiting = signed_up(own := visitor(), tour)
    assert code_of(gave, waiting, RESIDENT) == "not_sure_yet"

    give_up(actor=SYSTEM, signup=first, at=EVE)
    assert Signup.objects.get(registration=own).state == "offered"
    assert sealed(gave(waiting, RESIDENT)) == [True]


def test_a_session_that_asks_for_none_takes_none():
    assert code_of(gave, going(departure(asks_id=False)), RESIDENT) == "no_id_asked"


def test_a_number_is_given_for_one_person_of_a_departure(tour):
    gave(going(tour), RESIDENT)

    with pytest.raises(Refusal) as caught:
        gave(signup := going(tour), RESIDENT)
    person = signup.participants.get()
    assert (caught.value.code, caught.value.field) == ("id_taken", f"{person.pk}-id_number")


def test_on_another_departure_the_same_number_is_good(tour):
    gave(going(tour), RESIDENT)
    assert sealed(gave(going(departure(on(2, "09:00"))), RESIDENT)) == [True]


def test_it_is_found_again_though_the_key_was_changed_since(tour):
    with override_settings(ID_KEY=OLD, ID_KEYS_OLD=[]):
        gave(going(tour), RESIDENT)
    with override_settings(ID_KEY=NEW, ID_KEYS_OLD=[OLD]):
        assert code_of(gave, going(tour), RESIDENT) == "id_taken"


def test_two_of_a_party_that_were_mixed_up_are_put_right_in_one_go(tour):
    signup = gave(signed_up(visitor(), tour, people=named(2)), RESIDENT, PASSPORT)
    gave(signup, PASSPORT, RESIDENT)
    assert numbers_in(signup) == [PASSPORT, RESIDENT]


def test_one_number_is_not_for_two_of_a_party_and_then_neither_is_kept(tour):
    signup = signed_up(visitor(), tour, people=named(2))
    assert code_of(gave, signup, RESIDENT, RESIDENT) == "id_taken"
    assert sealed(signup) == [False, False]


def test_whoever_would_be_too_young_on_the_day_is_told_by_the_number():
    tour = departure(age_from=12)
    child = with_check_digit("11010520071025001")
    assert ids.age_on(ids.read("ric", child), on(1, "09:00").date()) == 11
    assert code_of(gave, going(tour), child) == "too_young"
    assert sealed(gave(going(tour), RESIDENT)) == [True]


def test_only_who_signed_up_gives_numbers_and_only_for_the_own_party(tour):
    signup, other = going(tour), going(tour)
    assert code_of(gave, signup, RESIDENT, by=other.registration) == "not_yours"
    theirs = {other.participants.get().pk: number(RESIDENT)}
    given = {"actor": SYSTEM, "signup": signup, "numbers": theirs, "by": signup.registration, "at": EVE}
    assert code_of(papers.give, **given) == "not_in_party"


def test_after_the_tour_has_left_nothing_is_taken(tour):
    assert code_of(gave, going(tour), RESIDENT, at=on(1, "09:00")) == "begun"


def test_a_number_is_corrected_and_removed_until_the_list_is_out(tour, planner):
    signup = gave(gave(going(tour), RESIDENT), OTHER)
    assert numbers_in(signup) == [OTHER]
    gate_list(tour, planner)

    person = signup.participants.get()
    removed = {"actor": SYSTEM, "signup": signup, "participant": person.pk, "by": signup.registration, "at": EVE}
    assert code_of(gave, signup, RESIDENT) == "listed"
    assert code_of(papers.remove, **removed) == "listed"
    assert sealed(gave(signup, OTHER)) == [True]


def test_a_number_is_removed(tour):
    signup = gave(going(tour), RESIDENT)
    person = signup.participants.get()
    papers.remove(actor=SYSTEM, signup=signup, participant=person.pk, by=signup.registration, at=EVE)
    person.refresh_from_db()
    assert (person.id_kind, person.id_sealed, person.id_print) == ("", None, "")


def test_whoever_comes_after_the_list_still_gives_a_number(tour, planner):
    gave(going(tour), RESIDENT)
    gate_list(tour, planner)
    assert sealed(gave(going(tour), OTHER)) == [True]


# Gone with the place


def test_a_number_goes_with_the_place(tour):
    signup = gave(going(tour), RESIDENT)
    give_up(actor=SYSTEM, signup=signup, at=EVE)
    assert sealed(signup) == [False]
    assert sealed(gave(going(tour), RESIDENT)) == [True]


@pytest.mark.parametrize("state", ["given_up", "declined", "lapsed", "called_off", "no_show"])
def test_it_goes_however_the_place_ends(tour, state):
    signup = gave(going(tour), RESIDENT)
    Signup.objects.filter(pk=signup.pk).update(state=state, ended_at=EVE)
    person = signup.participants.get()
    assert (person.id_kind, person.id_sealed, person.id_print) == ("", None, "")


def test_it_goes_with_a_departure_that_is_called_off(tour):
    signup = gave(going(tour), RESIDENT)
    planning.cancel(actor=SYSTEM, session=tour, why_en="Rain", why_zh="下雨", step=None)
    publish(tour.show, tour, at=EVE)
    assert sealed(signup) == [False]


def test_it_stays_when_the_departure_moves(tour):
    signup = gave(going(tour), RESIDENT)
    move(tour, on(1, "10:00"))
    publish(tour.show, tour, at=EVE)
    assert (numbers_in(signup), signup.participants.get().holds) == ([RESIDENT], True)


def test_it_goes_with_who_leaves_the_party_and_stays_with_who_stays(tour):
    signup = gave(signed_up(visitor(), tour, people=named(2)), RESIDENT, PASSPORT)
    change_party(actor=SYSTEM, signup=signup, people=named(1), at=EVE)
    assert numbers_in(signup) == [RESIDENT]


def test_it_does_not_pass_to_somebody_else_with_the_place(tour):
    signup = gave(going(tour), RESIDENT)
    Participant.objects.filter(signup=signup).update(registration=visitor())
    assert sealed(signup) == [False]


def test_it_goes_with_who_is_erased_for_all_of_the_party(tour):
    group = party("Li Na")
    lead, companion = group.party
    both = [Coming(registration=lead.pk), Coming(registration=companion.pk)]
    signup = gave(signed_up(lead, tour, people=both), RESIDENT, PASSPORT)
    Signup.objects.filter(pk=signup.pk).update(state="attended")
    privacy.erase(actor=SYSTEM, registration=lead, at=on(3, "10:00"))
    assert sealed(signup) == [False, False]


# Erased by the clock


def test_a_week_after_the_tour_numbers_are_erased_and_how_many_stays_on_record(tour, set_clock):
    signup = gave(signed_up(visitor(), tour, people=named(2)), RESIDENT, PASSPORT)
    back = on(1, "12:00")
    show = tour.show

    assert papers.erase_overdue(show=show, at=back + timedelta(days=7, seconds=-1)) == 0
    set_clock(back + timedelta(days=7))
    erase_ids(0)
    assert sealed(signup) == [False, False]
    assert records("id_numbers_erased") == [
        {"actor": "system:erase_ids", "act": "id_numbers_erased", "why": "", "recorded": True, "session": tour.pk,
         "rows": 2}
    ]  # fmt: skip
    assert papers.erase_overdue(show=show, at=back + timedelta(days=8)) == 0


def test_numbers_are_erased_that_a_departure_asks_for_no_more(tour):
    signup = gave(going(tour), RESIDENT)
    type(tour).objects.filter(pk=tour.pk).update(asks_id=False)
    tour.refresh_from_db()
    publish(tour.show, tour, at=EVE)
    assert papers.erase_overdue(show=tour.show, at=EVE) == 1
    assert sealed(signup) == [False]


def test_a_number_that_stays_too_long_is_found_as_wrong(tour):
    gave(going(tour), RESIDENT)
    due = on(1, "12:00") + timedelta(days=7)
    found = [list(invariants.kept_too_long(tour.show, at=due + timedelta(days=days))) for days in (0, 1)]
    assert found == [[], ["1 ID numbers are there still, though their tour was back over a week ago."]]


# Looked at


@pytest.fixture
def planner():
    return Actor.of(UserFactory(roles=["programme_editor"]))


def gate_list(tour, actor, *, with_gaps=False):
    return papers.gate_list(actor=actor, session=tour.pk, with_gaps=with_gaps, form="csv", at=EVE)


def test_each_look_is_on_record_with_who_looked_and_at_whom_but_no_number(tour, planner):
    one, other = gave(going(tour), RESIDENT), gave(going(tour), OTHER)

    seen = papers.look(actor=planner, session=tour.pk)
    assert [known.number.number for known in seen] == [RESIDENT, OTHER]
    assert [known.number.number for known in papers.look(actor=planner, session=tour.pk, signups=[other.pk])] == [OTHER]
    told = records("id_numbers_seen")
    assert [(row["actor"], row["session"], row["signups"], row["rows"]) for row in told] == [
        (str(planner), tour.pk, [one.pk, other.pk], 2),
        (str(planner), tour.pk, [other.pk], 1),
    ]


@pytest.mark.parametrize("role", ["auditor", "gate_staff", "area_manager", "organiser"])
def test_who_does_not_plan_the_programme_sees_none(tour, role):
    gave(going(tour), RESIDENT)
    actor = Actor.of(UserFactory(roles=[role]))
    asked = [
        lambda: papers.look(actor=actor, session=tour.pk),
        lambda: papers.gate_list(actor=actor, session=tour.pk, with_gaps=True, form="csv", at=EVE),
    ]
    if role == "organiser":
        assert [len(ask()) for ask in asked] == [1, 1]
    else:
        assert [code_of(ask) for ask in asked] == ["not_yours", "not_yours"]
        assert records("id_numbers_seen") == []


def test_a_guide_sees_those_of_the_own_departure_alone():
    guide, other = GuideFactory(), GuideFactory()
    tour = departure(guide=guide)
    gave(going(tour), RESIDENT)
    assert [one.number.number for one in papers.look(actor=Actor.guide(guide.pk), session=tour.pk)] == [RESIDENT]
    for stranger in (Actor.guide(other.pk), Actor.visitor(guide.pk), Actor.speaker(guide.pk), SYSTEM):
        assert code_of(papers.look, actor=stranger, session=tour.pk) == "not_yours"


def test_the_gate_list_has_everybody_with_kind_and_number_by_party(tour, planner):
    gave(signed_up(visitor(), tour, people=named(2)), RESIDENT, PASSPORT)
    last = gave(going(tour), OTHER)

    lines = gate_list(tour, planner)
    assert [(line.party, line.name, line.number) for line in lines] == [
        (1, "Guest 0", RESIDENT), (1, "Guest 1", PASSPORT), (2, str(last.registration), OTHER),
    ]  # fmt: skip
    (told,) = records("gate_list_exported")
    assert (told["session"], told["rows"], told["gaps"], told["form"]) == (tour.pk, 3, 0, "csv")
    assert places_of(tour).listed_at == EVE


def test_the_gate_list_waits_for_numbers_and_says_whose_are_missing(tour, planner):
    gave(going(tour), RESIDENT)
    late = going(tour)

    with pytest.raises(Refusal) as caught:
        gate_list(tour, planner)
    assert (caught.value.code, caught.value.sentence) == (
        "numbers_missing",
        f"The number of 1 person is missing: {late.registration}.",
    )
    assert places_of(tour).listed_at is None
    assert [line.number for line in gate_list(tour, planner, with_gaps=True)] == [RESIDENT, ""]
    assert records("gate_list_exported")[0]["gaps"] == 1


def test_people_whom_nobody_named_are_counted_as_missing(planner):
    tour = departure(asks_id=False, party_most=5)
    signup = signed_up(visitor(), tour, people=named(2))
    Participant.objects.filter(signup=signup, name="Guest 1").delete()
    type(tour).objects.filter(pk=tour.pk).update(asks_id=True)
    tour.refresh_from_db()
    publish(tour.show, tour, at=EVE)
    told = papers.asked(tour.pk)
    assert (told.people, told.given, told.missing, len(told.without)) == (2, 0, 2, 2)


# The key


def test_numbers_are_sealed_under_the_new_key_and_found_by_it_alone_afterwards(tour, capsys):
    with override_settings(ID_KEY=OLD, ID_KEYS_OLD=[]):
        signup = gave(going(tour), RESIDENT)
    with override_settings(ID_KEY=NEW, ID_KEYS_OLD=[OLD]):
        call_command("rotate_id_key")
        told = capsys.readouterr().out
        call_command("rotate_id_key")
    assert told == (
        "1 sealed anew, 0 left.\n"
        "1 ID numbers were sealed anew.\n"
        "None are left: the former keys can be taken out of ID_KEYS_OLD.\n"
    )
    assert "0 ID numbers were sealed anew." in capsys.readouterr().out
    with override_settings(ID_KEY=NEW, ID_KEYS_OLD=[]):
        assert numbers_in(signup) == [RESIDENT]
        assert code_of(gave, going(tour), RESIDENT) == "id_taken"


def test_changing_the_key_can_be_stopped_and_goes_on_where_it_was(tour, monkeypatch):
    monkeypatch.setattr(papers, "BATCH", 1)
    with override_settings(ID_KEY=OLD, ID_KEYS_OLD=[]):
        gave(signed_up(visitor(), tour, people=named(3)), RESIDENT, OTHER, PASSPORT)

    def stop(done, left):
        if done == 2:
            raise KeyboardInterrupt

    with override_settings(ID_KEY=NEW, ID_KEYS_OLD=[OLD]):
        with pytest.raises(KeyboardInterrupt):
            papers.reseal(told=stop)
        assert papers.reseal() == (1, 0)


def test_a_number_whose_key_is_gone_is_said_and_keeps_the_rest_from_nothing(tour):
    with override_settings(ID_KEY=OLD, ID_KEYS_OLD=[]):
        gave(going(tour), RESIDENT)
    with override_settings(ID_KEY=bytes(range(32)), ID_KEYS_OLD=[]):
        gave(going(tour), OTHER)
    with override_settings(ID_KEY=NEW, ID_KEYS_OLD=[OLD]), pytest.raises(CommandError) as caught:
        call_command("rotate_id_key")
    assert "1 ID numbers cannot be read" in str(caught.value)
