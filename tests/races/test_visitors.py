import time
from datetime import timedelta
from threading import Event
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from accounts.models import Mail
from accounts.refusals import Refusal
from tests.factories import visitors as make
from tests.races.together import together
from visitors.actions import confirming, details, offering, privacy, tickets
from visitors.actions.codes import ask_for_code, enter_code
from visitors.codes import digits_of
from visitors.invariants import broken
from visitors.models import Badge, DayPlaces, Person, Registration, Ticket, VisitCode

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def away(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def public():
    caches["process"].clear()
    return make.ticket_type(make.open_show(), places=10)


def outcomes(results):
    return [result.code if isinstance(result, Refusal) else type(result).__name__ for result in results]


def test_the_last_ten_places_go_to_exactly_ten_of_thirty_two(public):
    results = together(lambda n: make.registered(public, email=f"visitor{n}@example.org"), 32)
    told = outcomes(results)
    assert (told.count("Registered"), told.count("sold_out")) == (10, 22)
    assert Badge.objects.count() == 10
    assert set(DayPlaces.objects.filter(day__number__lte=2).values_list("taken", flat=True)) == {10}
    assert list(broken(make.EVE)) == []


def test_a_code_for_three_lets_three_in(public):
    kind = make.ticket_type(public.show, code="delegates", category="delegate", access="invitation")
    make.invitation(kind, places=3)
    results = together(
        lambda n: make.registered(kind, email=f"visitor{n}@example.org", invitation_code="TSINGHUA-7"), 8
    )
    assert sorted(outcomes(results)) == ["Registered"] * 3 + ["code_used"] * 5
    assert list(broken(make.EVE)) == []


def test_the_same_person_at_once_is_one_registration(public):
    results = together(lambda _n: make.registered(public), 8)
    assert outcomes(results) == ["Registered"] * 8
    assert (Registration.objects.count(), Badge.objects.count()) == (1, 1)
    assert sum(result.lead is not None for result in results) == 1
    assert Mail.objects.filter(kind="visitors.badge_again").count() == 1
    assert list(broken(make.EVE)) == []


def test_parties_that_share_people_in_another_order_do_not_stand_still(public):
    names = [f"Guest {n}" for n in range(4)]
    results = together(lambda n: make.registered(public, *(names if n % 2 else names[::-1])), 6)
    assert outcomes(results) == ["Registered"] * 6
    assert Registration.objects.count() == 5


def test_one_form_sent_twelve_times_is_one_registration_and_twelve_answers(public):
    data = make.form_data(public, once=str(uuid4()))
    answers = together(lambda _n: Client().post("/en/register/", data), 12)
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer["Location"] for answer in answers}) == 1
    assert (Registration.objects.count(), Mail.objects.count()) == (1, 1)


def test_a_ticket_is_given_back_once(public):
    row = make.registered(public).lead
    results = together(lambda _n: tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE), 6)
    assert sorted(outcomes(results)) == ["Ticket"] + ["no_ticket"] * 5
    assert list(broken(make.EVE)) == []


def test_erasing_and_giving_back_at_once_free_the_places_once(public):
    row = make.registered(public).lead

    def either(n):
        if n % 2:
            return privacy.erase(actor=make.VISITOR, registration=row, at=make.EVE)
        return tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE)

    together(either, 4)
    assert Registration.objects.kept().count() == 0
    assert list(broken(make.EVE)) == []


def test_places_raised_while_tickets_are_sold_lose_no_count(public):
    """The desk's rows are read before the crowd comes, as when a form lay open."""
    read = list(DayPlaces.objects.filter(ticket_type=public))

    def either(n):
        if n < 4:
            read[n].places = 100
            return offering.set_places(actor=make.VISITOR, places=read[n])
        return make.registered(public, email=f"visitor{n}@example.org")

    together(either, 12)
    assert list(broken(make.EVE)) == []
    assert set(DayPlaces.objects.values_list("places", flat=True)) == {100}


def test_a_correction_that_races_an_erasure_brings_nobody_back(public):
    row = make.registered(public).lead

    def either(n):
        if n % 2:
            return privacy.erase(actor=make.VISITOR, registration=row, at=make.EVE)
        return details.correct_details(
            actor=make.VISITOR, registration=row, details=make.details(firm=f"Firm {n}"), at=make.EVE
        )

    results = together(either, 6)
    assert {type(result) for result in results} <= {Registration, Refusal, type(None)}
    row.refresh_from_db()
    assert (row.name, row.email, row.firm) == ("", "", "")
    assert list(broken(make.EVE)) == []


def test_a_request_that_is_approved_while_it_is_erased_is_not_approved(public, monkeypatch):
    row = make.registered(make.ticket_type(public.show, code="press", category="press", access="approval")).lead
    after, erasing, forget = public.show.closes_at + timedelta(hours=1), Event(), privacy._forget_registrations

    def slowly(*args, **options):
        erasing.set()
        time.sleep(0.5)
        forget(*args, **options)

    def either(n):
        if n:
            return privacy.erase(actor=make.VISITOR, registration=row, at=after)
        erasing.wait(10)
        return tickets.approve(actor=make.VISITOR, ticket=row.ticket, at=after)

    monkeypatch.setattr(privacy, "_forget_registrations", slowly)
    assert outcomes(together(either, 2)) == ["erased", "NoneType"]
    assert not Mail.objects.filter(kind="visitors.approved").exists()


def test_a_place_that_lapses_and_is_confirmed_at_once_is_one_of_both(public):
    rows = [make.registered(public, f"Guest {n}", email=f"v{n}@example.org").lead for n in range(4)]
    late = make.EVE + timedelta(hours=2)
    nobody = Badge.objects.none()

    def act(n):
        if n % 2:
            return confirming.confirm_address(actor=make.VISITOR, registration=rows[n // 2], at=late)
        return confirming.lapse_overdue(show=public.show, came=nobody, at=late)

    results = together(act, 8)
    assert [result for result in results if isinstance(result, Exception)] == []
    for row in rows:
        confirming.confirm_address(actor=make.VISITOR, registration=row, at=late)
    assert set(Ticket.objects.values_list("state", flat=True)) == {"valid"}
    assert list(broken(late)) == []


def test_the_last_place_goes_to_one_of_those_who_confirm_late(public):
    DayPlaces.objects.update(places=3)
    rows = [make.registered(public, email=f"v{n}@example.org").lead for n in range(3)]
    late = make.EVE + timedelta(hours=2)
    confirming.lapse_overdue(show=public.show, came=Badge.objects.none(), at=late)
    DayPlaces.objects.update(places=1)
    results = together(lambda n: confirming.confirm_address(actor=make.VISITOR, registration=rows[n], at=late), 3)
    assert sorted(len(result.back) for result in results) == [0, 0, 1]
    assert list(broken(late)) == []


ROUNDS = range(8)
LATER = make.EVE + timedelta(minutes=1)


@pytest.mark.parametrize("n", ROUNDS)
def test_registering_again_and_erasing_at_once_do_not_stand_still(public, n):
    row = make.registered(public).lead
    tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE)

    def either(n):
        if n % 2:
            return make.registered(public, at=LATER)
        return privacy.erase(actor=make.VISITOR, registration=row, at=make.EVE)

    results = together(either, 6)
    assert {*outcomes(results)} <= {"Registered", "NoneType", "erased"}
    assert outcomes(results).count("NoneType") == 1
    assert list(broken(LATER)) == []


@pytest.mark.parametrize("n", ROUNDS)
def test_registering_again_and_correcting_at_once_do_not_stand_still(public, n):
    row = make.registered(public).lead
    tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE)

    def either(n):
        if n % 2:
            return make.registered(public, "Zoe", "An", at=LATER)
        name = ("Zoe", "An", "王小明")[n // 2 % 3]
        return details.correct_details(
            actor=make.VISITOR, registration=row, details=make.details(name=name), at=make.EVE
        )

    results = together(either, 8)
    assert {*outcomes(results)} <= {"Registered", "Registration", "registered_already"}
    assert list(broken(LATER)) == []


@pytest.mark.parametrize("n", ROUNDS)
def test_corrections_and_an_erasure_at_once_leave_no_person_behind(public, n):
    row = make.registered(public).lead

    def either(n):
        if n == 0:
            return privacy.erase(actor=make.VISITOR, registration=row, at=make.EVE)
        return details.correct_details(
            actor=make.VISITOR, registration=row, details=make.details(name=f"Guest {n % 3}"), at=make.EVE
        )

    results = together(either, 6)
    assert {*outcomes(results)} <= {"Registration", "NoneType", "erased"}
    assert Person.objects.count() == 0


@pytest.mark.parametrize("n", ROUNDS)
def test_confirming_late_and_registering_again_at_once_give_one_ticket(public, n):
    row = make.registered(public, "Li Lei").lead
    late = make.EVE + timedelta(hours=2)
    confirming.lapse_overdue(show=public.show, came=Badge.objects.none(), at=late)

    def either(n):
        if n % 2:
            return make.registered(public, "Li Lei", at=late)
        return confirming.confirm_address(actor=make.VISITOR, registration=row, at=late)

    results = together(either, 4)
    assert {*outcomes(results)} == {"Registered", "Confirmed"}
    assert list(broken(late)) == []


def tried_at_once(code, typed, n):
    return outcomes(together(lambda _n: enter_code(code=code, typed=typed, at=timezone.now()), n))


def test_a_code_tried_by_many_at_once_is_tried_five_times(public):
    code = ask_for_code(email="wang@example.org", language="en", replaces=None, at=timezone.now())
    told = tried_at_once(code, f"{(int(digits_of(code)) + 1) % 1_000_000:06}", 12)
    # Of the fifth it is said right away that it was the last.
    assert (told.count("wrong_code"), told.count("code_over")) == (4, 8)
    assert VisitCode.objects.get().tries == 5


def test_a_code_entered_by_many_at_once_is_good_once(public):
    code = ask_for_code(email="wang@example.org", language="en", replaces=None, at=timezone.now())
    told = tried_at_once(code, digits_of(code), 12)
    assert (told.count("VisitCode"), told.count("code_over")) == (1, 11)


def test_a_ticket_that_is_given_back_by_many_at_once_ends_once(public):
    row = make.registered(public).lead
    told = outcomes(together(lambda _n: tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE), 8))
    assert (told.count("Ticket"), told.count("no_ticket")) == (1, 7)
    assert list(broken(make.EVE)) == []
