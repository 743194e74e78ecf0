from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Mail
from accounts.once import AlreadySpent
from accounts.refusals import Refusal
from tests.factories import visitors as make
from tests.factories.expo import on
from visitors.actions import tickets
from visitors.invariants import broken
from visitors.models import Badge, Consent, DayPlaces, Person, Registration, Ticket

pytestmark = pytest.mark.django_db


def refused(code, kind, *names, **fields):
    with pytest.raises(Refusal) as caught:
        make.registered(kind, *names, **fields)
    assert caught.value.code == code
    return caught.value


def test_one_person_gets_a_ticket_a_badge_and_one_mail(public):
    made = make.registered(public)
    row = Registration.objects.get()
    assert made.lead == row
    assert (row.name, row.email, row.category) == ("王小明", "wang@example.org", "public")
    assert (row.ticket.days, row.ticket.state) == ([1, 2], "valid")
    assert row.badge.version == 1
    assert [mail.kind for mail in Mail.objects.all()] == ["visitors.registered"]
    assert list(broken(make.EVE)) == []


def test_places_are_taken_on_the_chosen_days_only(public):
    make.registered(public, "Li Lei")
    assert list(DayPlaces.objects.order_by("day").values_list("taken", flat=True)) == [2, 2, 0, 0]


def test_a_party_of_ten_is_one_registration_each_and_one_mail(public):
    make.registered(public, *(f"Guest {n}" for n in range(9)))
    assert Registration.objects.count() == Badge.objects.count() == 10
    assert Registration.objects.filter(registered_by__name="王小明").count() == 9
    assert Mail.objects.count() == 1
    assert list(broken(make.EVE)) == []


def test_eleven_are_too_many(public):
    refused("too_many", public, *(f"Guest {n}" for n in range(10)))
    assert Person.objects.count() == 0


def test_one_person_costs_at_most_twelve_statements(public, django_assert_max_num_queries):
    make.registered(public, email="first@example.org")
    with django_assert_max_num_queries(12):
        make.registered(public, email="second@example.org", token=uuid4())


def test_ten_people_cost_one_statement_more_than_one(public, django_assert_max_num_queries):
    make.registered(public, email="first@example.org")
    with django_assert_max_num_queries(13):
        make.registered(public, *(f"Guest {n}" for n in range(9)), email="second@example.org", token=uuid4())


def test_the_same_person_again_gets_no_second_badge_but_a_mail(public):
    make.registered(public)
    again = make.registered(public, name="  王小明 ", email="WANG@example.org")
    assert (again.lead, Registration.objects.count(), Badge.objects.count()) == (None, 1, 1)
    assert Mail.objects.filter(kind="visitors.badge_again").count() == 1
    assert list(broken(make.EVE)) == []


def test_the_first_badge_is_mailed_again_once_an_hour_at_most(public):
    make.registered(public)
    for minute in (0, 1, 59):
        make.registered(public, at=make.EVE + timedelta(minutes=minute))
    assert Mail.objects.filter(kind="visitors.badge_again").count() == 1


def test_a_family_shares_an_address(public):
    make.registered(public)
    assert make.registered(public, name="李雷").lead is not None
    assert Registration.objects.count() == 2


def test_of_a_mixed_party_the_new_are_registered(public):
    first = make.registered(public).lead
    made = make.registered(public, "Li Lei")
    assert (made.lead, [row.name for row in made.party], made.known) == (None, ["Li Lei"], [first])
    assert made.party[0].registered_by == first
    assert list(DayPlaces.objects.filter(day__number=1).values_list("taken", flat=True)) == [2]


def test_a_party_lists_nobody_twice(public):
    refused("twice_in_party", public, "李雷", "李 雷".replace(" ", ""))


def test_whoever_gave_back_gets_a_new_ticket_on_the_same_registration(public):
    row = make.registered(public).lead
    tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE)
    again = make.registered(public, at=make.EVE + timedelta(minutes=1))
    assert (again.lead, again.party, Registration.objects.count()) == (None, [], 1)
    assert Ticket.objects.filter(registration=row, state="valid").count() == 1
    assert Badge.objects.live().get(registration=row).version == 2
    assert list(broken(make.EVE + timedelta(hours=1))) == []


def test_the_same_token_is_good_for_one_registration(public):
    token = uuid4()
    row = make.registered(public, token=token).lead
    with pytest.raises(AlreadySpent) as caught:
        make.registered(public, token=token, email="other@example.org")
    assert caught.value.outcome == str(row.handle)
    assert Registration.objects.count() == 1


def test_sold_out_names_the_day_and_leaves_nothing(show):
    kind = make.ticket_type(show)
    DayPlaces.objects.filter(day__number=2).update(places=1)
    refusal = refused("sold_out", kind, "Li Lei")
    assert "25 October" in refusal.sentence
    assert "24 October" not in refusal.sentence
    assert (Registration.objects.count(), Person.objects.count(), Mail.objects.count()) == (0, 0, 0)


def test_a_day_that_is_over_cannot_be_booked(public):
    refused("day_past", public, at=on(1, "16:30"))


def test_a_show_that_is_over_takes_nobody(public):
    refused("show_over", public, at=on(4, "16:30"))


def test_a_day_without_places_for_the_ticket_is_not_on_sale(public):
    DayPlaces.objects.filter(day__number=2).delete()
    public.refresh_from_db()
    refused("not_on_sale", public)


@pytest.mark.parametrize("fields", [{"on_sale": False}, {"access": "staff"}])
def test_a_ticket_that_is_not_offered_is_refused(show, fields):
    refused("not_on_sale", make.ticket_type(show, **fields))


def test_press_waits_for_approval_without_a_badge(press):
    row = make.registered(press).lead
    assert (row.ticket.state, row.badge) == ("awaiting", None)
    assert DayPlaces.objects.get(day__number=1).taken == 1


def test_an_invitation_is_used_once_a_person(delegates):
    code = make.invitation(delegates)
    make.registered(delegates, "Li Lei", invitation_code=" tsinghua-7 ")
    code.refresh_from_db()
    assert code.used == 2
    assert list(broken(make.EVE)) == []


@pytest.mark.parametrize(
    ("typed", "code"), [("", "code_needed"), ("NOT-THIS", "wrong_code"), ("TSINGHUA-7", "code_expired")]
)
def test_a_code_must_be_right_and_in_time(delegates, typed, code):
    make.invitation(delegates, valid_until=make.EVE)
    refused(code, delegates, invitation_code=typed)


def test_a_code_is_good_for_as_many_as_it_was_made_for(delegates):
    make.invitation(delegates, places=2)
    refused("code_used", delegates, "Li Lei", "Han Meimei", invitation_code="TSINGHUA-7")
    assert Registration.objects.count() == 0


def test_a_priced_ticket_is_due_for_each_day(show):
    row = make.registered(make.ticket_type(show, price=50), days=(1, 2, 3)).lead
    assert (row.ticket.price, row.ticket.is_due) == (150, True)


def test_consents_say_which_words_were_agreed_to(public):
    row = make.registered(public, "Li Lei").lead
    given = Consent.objects.values_list("registration__name", "wording__purpose", "language")
    assert sorted(given) == [("Li Lei", "visit", "en"), ("王小明", "news", "en"), ("王小明", "visit", "en")]
    assert row.wants_news()
