from uuid import uuid4

import pytest

from accounts.refusals import Refusal
from tests.factories import visitors as make
from tests.factories.expo import on
from visitors.actions import confirming, privacy, tickets
from visitors.actions.bounding import check_address
from visitors.invariants import broken
from visitors.models import DayPlaces, Invitation, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def away(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"


def give_back(row, at):
    tickets.give_back(actor=make.VISITOR, registration=row, at=at)


def erase(row, at):
    privacy.erase(actor=make.VISITOR, registration=row, at=at)


def taken():
    return list(DayPlaces.objects.order_by("day").values_list("taken", flat=True))


@pytest.mark.parametrize("end", [give_back, erase])
@pytest.mark.parametrize(
    ("at", "left"), [(on(1, "08:59"), [0, 0, 0, 0]), (on(1, "09:00"), [1, 0, 0, 0]), (on(2, "12:00"), [1, 1, 0, 0])]
)
def test_places_of_days_that_have_begun_are_not_sold_again(public, end, at, left):
    row = make.registered(public, days=(1, 2, 3)).lead
    end(row, at)
    assert taken() == left
    assert list(broken(at)) == []


def test_the_last_place_of_today_stays_taken_by_who_was_in(show):
    kind = make.ticket_type(show, places=1)
    row = make.registered(kind, days=(1,)).lead
    give_back(row, on(1, "12:00"))
    with pytest.raises(Refusal) as caught:
        make.registered(kind, days=(1,), email="other@example.org", at=on(1, "12:30"))
    assert caught.value.code == "sold_out"


@pytest.mark.parametrize(("at", "used"), [(on(1, "08:00"), 0), (on(1, "10:00"), 1)])
def test_a_code_that_somebody_came_in_with_stays_used(delegates, at, used):
    make.invitation(delegates, places=1)
    row = make.registered(delegates, invitation_code="TSINGHUA-7").lead
    give_back(row, at)
    assert Invitation.objects.get().used == used
    assert list(broken(at)) == []


def test_a_declined_request_frees_all_days(press):
    row = make.registered(press).lead
    tickets.decline(actor=make.VISITOR, ticket=row.ticket, reason="No card", at=on(2, "12:00"))
    assert taken() == [0, 0, 0, 0]
    assert list(broken(on(2, "12:00"))) == []


def test_an_address_holds_thirty_tickets_and_no_more(public):
    for party in range(3):
        made = make.registered(public, *(f"Guest {party} {n}" for n in range(9)), name=f"Lead {party}")
    confirming.confirm_address(actor=make.VISITOR, registration=made.lead, at=make.EVE)
    with pytest.raises(Refusal) as caught:
        check_address(show=public.show, email="wang@example.org", size=1, token=uuid4())
    assert (caught.value.code, caught.value.field) == ("too_many_at_address", "email")
    check_address(show=public.show, email="other@example.org", size=10, token=uuid4())


def test_nobody_fills_a_strangers_address(public):
    for party in range(3):
        make.registered(public, *(f"Guest {party} {n}" for n in range(9)), name=f"Lead {party}")
    check_address(show=public.show, email="wang@example.org", size=1, token=uuid4())


@pytest.mark.parametrize("decide", [tickets.approve, lambda **rest: tickets.decline(reason="Too late", **rest)])
def test_nobody_decides_after_the_show_on_a_request_of_who_was_erased(press, decide):
    row = make.registered(press).lead
    erase(row, on(9, "10:00"))
    with pytest.raises(Refusal) as caught:
        decide(actor=make.VISITOR, ticket=Ticket.objects.get(), at=on(9, "11:00"))
    assert caught.value.code == "erased"
