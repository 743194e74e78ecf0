"""The page on which a party gives its ID numbers: whose it is, what it says, and what it never shows."""

from uuid import uuid4

import pytest
from django.urls import reverse

from programme.actions.signing import papers
from programme.actions.signing.acts import give_up
from programme.models import Participant
from programme.own_plans import plan_of
from programme.views.papers import TRIED
from tests.factories.desk import HOSTILE
from tests.factories.expo import on
from tests.factories.papers import OTHER, PASSPORT, RESIDENT, departure, gave, going, named, numbers_in
from tests.factories.programme import SYSTEM
from tests.factories.signups import EVE, signed_up, visitor
from visitors.links import visit_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _eve(set_clock):
    set_clock(EVE)


@pytest.fixture
def tour():
    return departure(seats=4)


def own(signup, of=None):
    return reverse("visit-signup-id", args=[visit_key(of or signup.registration), signup.guid])


def typed(signup, *numbers, kind=None):
    """What a browser sends for the party, in its order."""
    data = {}
    for one, number in zip(signup.participants.order_by("pk"), numbers, strict=False):
        data[f"{one.pk}-id_kind"] = kind or ("passport" if number == PASSPORT else "ric")
        data[f"{one.pk}-id_number"] = number
    return data


def test_the_page_says_why_who_sees_it_and_when_it_is_erased(client, tour):
    page = client.get(own(going(tour)))
    assert page.status_code == 200
    for said in ("The site&#x27;s guard checks it.", "each look is recorded", "On 31 October 2019"):
        assert said in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_the_numbers_of_a_party_are_kept_and_shown_masked(client, tour):
    signup = signed_up(visitor(), tour, people=named(2))
    answer = client.post(own(signup), typed(signup, "110105 19491231 002x", PASSPORT), follow=True)
    assert numbers_in(signup) == [RESIDENT, PASSPORT]
    assert "the numbers of all of your party are there" in answer.text
    assert ("1101**********002X" in answer.text, RESIDENT in answer.text, PASSPORT in answer.text) == (
        True,
        False,
        False,
    )


def test_one_of_a_party_can_give_the_number_later(client, tour):
    signup = signed_up(visitor(), tour, people=named(2))
    data = typed(signup, RESIDENT) | {"other": ""}
    assert "The number of 1 person is still missing" in client.post(own(signup), data, follow=True).text
    assert numbers_in(signup) == [RESIDENT, ""]


def test_a_wrong_number_is_said_beside_the_field_and_everything_typed_stays(client, tour):
    signup = signed_up(visitor(), tour, people=named(2))
    answer = client.post(own(signup), typed(signup, "110105194912310021", PASSPORT))
    assert (answer.status_code, numbers_in(signup)) == (422, ["", ""])
    assert "The last character does not fit the others." in answer.text
    assert 'value="110105194912310021"' in answer.text
    assert f'value="{PASSPORT}"' in answer.text


def test_nothing_typed_is_asked_for(client, tour):
    answer = client.post(own(going(tour)), {})
    assert (answer.status_code, "Type at least one number." in answer.text) == (422, True)


def test_a_number_without_a_kind_is_asked_for_its_kind(client, tour):
    signup = going(tour)
    person = signup.participants.get()
    answer = client.post(own(signup), {f"{person.pk}-id_number": RESIDENT})
    assert (answer.status_code, "Choose the kind of the document from the list." in answer.text) == (422, True)


def test_a_number_that_somebody_else_has_given_is_refused_beside_the_field(client, tour):
    gave(going(tour), RESIDENT)
    signup = going(tour)
    answer = client.post(own(signup), typed(signup, RESIDENT))
    assert (answer.status_code, "was given for somebody else" in answer.text) == (409, True)
    assert numbers_in(signup) == [""]


def test_who_waits_is_not_asked(client):
    tour = departure(seats=1)
    going(tour)
    waiting = going(tour)
    page = client.get(own(waiting))
    assert ("Your place is not sure yet" in page.text, "Save the numbers" in page.text) == (True, False)
    assert client.post(own(waiting), typed(waiting, RESIDENT)).status_code == 409
    assert numbers_in(waiting) == [""]


def test_a_number_is_erased_by_its_button(client, tour):
    signup = gave(going(tour), RESIDENT)
    answer = client.post(own(signup), {"remove": signup.participants.get().pk})
    assert (answer.status_code, numbers_in(signup)) == (302, [""])


def test_a_number_is_corrected_and_an_empty_field_changes_nothing(client, tour):
    signup = gave(signed_up(visitor(), tour, people=named(2)), RESIDENT, PASSPORT)
    client.post(own(signup), typed(signup, OTHER, ""))
    assert numbers_in(signup) == [OTHER, PASSPORT]


def test_on_the_enterprises_list_it_cannot_be_changed_here(client, tour):
    signup = gave(going(tour), RESIDENT)
    type(tour.capacity).objects.update(listed_at=EVE)
    page = client.get(own(signup))
    assert ("The list is with the enterprise already" in page.text, "Erase this number" in page.text) == (True, False)
    assert client.post(own(signup), {"remove": signup.participants.get().pk}).status_code == 409
    assert numbers_in(signup) == [RESIDENT]


@pytest.mark.parametrize("which", ["0", "-1", "9" * 30, "x", "²"])
def test_nobody_else_is_taken_out(client, tour, which):
    other = gave(going(tour), RESIDENT)
    signup = going(tour)
    assert client.post(own(signup), {"remove": which}).status_code == 409
    assert client.post(own(signup), {"remove": other.participants.get().pk}).status_code == 409
    assert numbers_in(other) == [RESIDENT]


def test_a_stranger_finds_no_such_page(client, tour):
    signup, stranger = gave(going(tour), RESIDENT), visitor()
    asked = [own(signup, of=stranger), reverse("visit-signup-id", args=["A" * 32, signup.guid])]
    asked.append(reverse("visit-signup-id", args=[visit_key(stranger), uuid4()]))
    assert {client.get(path).status_code for path in asked} == {404}
    assert {client.post(path, typed(signup, OTHER)).status_code for path in asked} == {404}
    assert numbers_in(signup) == [RESIDENT]


def test_the_fields_of_another_party_do_nothing(client, tour):
    signup, other = going(tour), going(tour)
    assert client.post(own(signup), typed(other, RESIDENT)).status_code == 422
    assert (numbers_in(signup), numbers_in(other)) == ([""], [""])


def test_the_same_form_twice_is_said_as_kept(client, tour):
    signup = going(tour)
    data = typed(signup, RESIDENT)
    assert [client.post(own(signup), data).status_code for _ in range(3)] == [302, 302, 302]


def test_after_the_place_was_given_up_nothing_is_kept(client, tour):
    signup = going(tour)
    data = typed(signup, RESIDENT)
    give_up(actor=SYSTEM, signup=signup, at=EVE)
    answer = client.post(own(signup), data)
    assert (answer.status_code, "This sign-up has ended" in answer.text) == (409, True)


def test_after_the_tour_has_left_the_page_says_so(client, tour, set_clock):
    signup = gave(going(tour), RESIDENT)
    set_clock(on(1, "09:00"))
    assert "The tour has left" in client.get(own(signup)).text


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("kind", ["ric", "passport", "hk_macao"])
def test_hostile_numbers_get_a_sentence_and_no_error_of_ours(client, tour, hostile, kind):
    signup = going(tour)
    answer = client.post(own(signup), typed(signup, hostile, kind=kind))
    assert answer.status_code in {302, 422}
    assert "<script>alert" not in answer.text


def test_a_hostile_kind_gets_a_sentence(client, tour):
    signup = going(tour)
    for kind in ("", "RIC", "x" * 5000, "ric\0", "<b>"):
        answer = client.post(own(signup), typed(signup, RESIDENT, kind=kind or " "))
        assert answer.status_code in {302, 422}


def test_trying_numbers_out_is_limited_and_says_when_to_go_on(client, tour, monkeypatch):
    monkeypatch.setattr("programme.views.papers.TRIED", type(TRIED)("id_numbers", 1, TRIED.within))
    signup = going(tour)
    client.post(own(signup), typed(signup, "11"))
    answer = client.post(own(signup), typed(signup, RESIDENT))
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)
    assert (f'value="{RESIDENT}"' in answer.text, numbers_in(signup)) == (True, [""])


def test_the_page_asks_as_often_for_one_as_for_many(client, django_assert_num_queries):
    tour = departure()
    for size in (1, 3):
        signup = gave(signed_up(visitor(), tour, people=named(size)), *numbers(size))
        client.get(own(signup))
        with django_assert_num_queries(7):
            client.get(own(signup))


def numbers(size):
    Participant.objects.filter(id_sealed__isnull=False).update(id_kind="", id_print="", id_sealed=None)
    return [RESIDENT, OTHER, PASSPORT][:size]


def test_the_plan_says_how_many_numbers_are_missing(tour):
    signup = signed_up(visitor(), tour, people=named(2))
    assert plan_of(tour.show, [signup.registration_id])[0].ids_missing == 2
    gave(signup, RESIDENT, PASSPORT)
    assert plan_of(tour.show, [signup.registration_id])[0].ids_missing == 0
    assert papers.asked(tour.pk).missing == 0
