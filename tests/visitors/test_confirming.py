"""Places at an e-mail that nobody confirms lapse after two hours, and are there again while there are any."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import mails
from accounts.models import Mail
from tests.factories import visitors as make
from tests.factories.expo import on
from visitors import links
from visitors.actions import badges, confirming, details, tickets
from visitors.invariants import broken
from visitors.models import Badge, Consent, DayPlaces, Registration, Ticket, TicketType

pytestmark = pytest.mark.django_db
IN_TIME = make.EVE + timedelta(hours=1, minutes=59)
LATE = make.EVE + timedelta(hours=2)
NOBODY = Consent.objects.none()
STAFF = make.Actor.system("test")


def lapse(kind, *, at=LATE, came=NOBODY):
    return confirming.lapse_overdue(show=kind.show, came=came, at=at)


def confirm(row, *, at=LATE):
    return confirming.confirm_address(actor=make.VISITOR, registration=row, at=at)


def states():
    return list(Ticket.objects.order_by("pk").values_list("state", flat=True))


def taken():
    return list(DayPlaces.objects.order_by("day").values_list("taken", flat=True))


def address(row):
    return reverse("visit-confirm", args=[links.visit_key(row), links.address_proof(row)])


def test_places_lapse_after_two_hours_and_not_before(public):
    make.registered(public, "Li Lei")
    assert lapse(public, at=IN_TIME) == 0
    assert lapse(public) == 2
    assert (states(), taken()) == (["lapsed", "lapsed"], [0, 0, 0, 0])
    assert list(broken(LATE)) == []


def test_the_whole_party_is_told_in_one_mail(public):
    row = make.registered(public, "Li Lei").lead
    lapse(public)
    message = mails.build(Mail.objects.get(kind="visitors.lapsed"))
    assert message.to == ["wang@example.org"]
    assert "Li Lei" in message.body
    assert links.confirm_url(row, "en") in message.body


def test_a_confirmed_e_mail_keeps_its_places(public):
    row = make.registered(public, "Li Lei").lead
    confirm(row, at=IN_TIME)
    assert (lapse(public), states()) == (0, ["valid", "valid"])


def test_who_registers_more_under_a_confirmed_e_mail_need_not_confirm_again(public):
    confirm(make.registered(public).lead, at=IN_TIME)
    make.registered(public, name="Li Lei")
    assert lapse(public, at=on(0, "20:00")) == 0


def test_a_stranger_who_confirmed_confirms_nobody_else(public):
    make.registered(public)
    confirm(make.registered(public, name="Stranger", email="stranger@example.org").lead, at=IN_TIME)
    assert (lapse(public), states()) == (1, ["lapsed", "valid"])


def test_who_was_let_in_keeps_the_place(public):
    row = make.registered(public).lead
    came = Consent.objects.filter(registration=row)
    assert lapse(public, came=came) == 0


def test_an_invitation_says_enough(delegates):
    make.invitation(delegates)
    make.registered(delegates, invitation_code="TSINGHUA-7")
    assert lapse(delegates) == 0


def test_a_payment_says_enough(show):
    kind = make.ticket_type(show, price=50)
    row = make.registered(kind).lead
    tickets.mark_paid(actor=STAFF, ticket=row.ticket, by="cash", at=IN_TIME)
    assert lapse(kind) == 0


def test_a_request_lapses_and_an_approved_one_does_not(press):
    make.registered(press)
    looked_at = make.registered(press, name="Li Lei", email="li@example.org").lead
    tickets.approve(actor=STAFF, ticket=looked_at.ticket, at=IN_TIME)
    assert (lapse(press), states()) == (1, ["lapsed", "valid"])


def test_staff_who_register_somebody_need_no_confirmation(public):
    make.registered(public, channel=Registration.Channel.STAFF)
    assert lapse(public) == 0


def test_nothing_lapses_after_the_show(public):
    make.registered(public)
    assert lapse(public, at=on(9, "10:00")) == 0


def test_a_corrected_e_mail_has_two_hours_of_its_own(public):
    row = make.registered(public).lead
    confirm(row, at=IN_TIME)
    other = make.details(email="right@example.org")
    details.correct_details(actor=make.VISITOR, registration=row, details=other, at=LATE)
    assert lapse(public, at=LATE + timedelta(minutes=119)) == 0
    assert lapse(public, at=LATE + timedelta(hours=2)) == 1


def test_confirming_late_brings_ticket_and_badge_back_as_they_were(public):
    row = make.registered(public, "Li Lei").lead
    serial = row.badge.serial
    lapse(public)
    assert [back.name for back in confirm(row).back] == ["王小明", "Li Lei"]
    row = Registration.objects.get(pk=row.pk)
    assert (row.ticket.days, row.badge.serial, taken()) == ([1, 2], serial, [2, 2, 0, 0])
    assert list(broken(LATE)) == []


def test_a_lapsed_request_comes_back_as_a_request(press):
    row = make.registered(press).lead
    lapse(press)
    confirm(row)
    assert states() == ["awaiting"]


def test_a_ticket_that_needs_approval_by_now_comes_back_as_a_request_without_its_badge(public):
    row = make.registered(public).lead
    lapse(public)
    TicketType.objects.update(access="approval")
    confirm(row)
    assert (states(), Badge.objects.live().count(), list(broken(LATE))) == (["awaiting"], 0, [])
    tickets.approve(actor=STAFF, ticket=Ticket.objects.get(), at=LATE)
    assert (states(), Badge.objects.live().count()) == (["valid"], 1)


def test_a_request_that_needs_no_approval_any_more_comes_back_with_a_badge(press):
    row = make.registered(press).lead
    lapse(press)
    TicketType.objects.update(access="open")
    confirm(row)
    assert (states(), Badge.objects.live().count()) == (["valid"], 1)


def test_only_the_days_with_places_left_come_back_and_cost_their_share(show):
    kind = make.ticket_type(show, places=1, price=50)
    row = make.registered(kind, days=(1, 2)).lead
    lapse(kind)
    make.registered(kind, name="Li Lei", email="li@example.org", days=(2,), at=LATE)
    confirm(row)
    ticket = row.tickets.get()
    assert (ticket.state, ticket.days, ticket.price) == ("valid", [1], 50)
    assert list(broken(LATE)) == []


def test_who_finds_no_place_left_is_told_so_and_may_try_again(show):
    kind = make.ticket_type(show, places=1)
    row = make.registered(kind).lead
    lapse(kind)
    other = make.registered(kind, name="Li Lei", email="li@example.org", at=LATE).lead
    assert confirm(row).gone == [row]
    tickets.give_back(actor=make.VISITOR, registration=other, at=LATE)
    assert confirm(row).back == [row]


def test_who_registers_again_after_a_lapse_keeps_the_badge_and_has_two_hours_more(public):
    row = make.registered(public).lead
    serial = row.badge.serial
    lapse(public)
    make.registered(public, at=LATE)
    row = Registration.objects.get(pk=row.pk)
    assert (row.badge.serial, states(), lapse(public, at=LATE)) == (serial, ["lapsed", "valid"], 0)
    confirm(row)
    assert (states(), list(broken(LATE))) == (["lapsed", "valid"], [])


def test_a_revoked_badge_stays_revoked_when_the_ticket_comes_back(public):
    row = make.registered(public).lead
    badges.revoke_badge(actor=STAFF, registration=row, reason="sold it", at=make.EVE)
    lapse(public)
    confirm(row)
    row = Registration.objects.get(pk=row.pk)
    assert (row.ticket.state, row.badge) == ("valid", None)


def test_the_first_mail_asks_and_a_later_one_does_not(public):
    row = make.registered(public).lead
    link = links.confirm_url(row, "en")
    assert link in mails.build(Mail.objects.get(kind="visitors.registered")).body
    confirm(row, at=IN_TIME)
    assert link not in mails.build(Mail.objects.get(kind="visitors.registered")).body


def test_the_link_asks_first_and_the_button_confirms(client, public):
    row = make.registered(public).lead
    assert "wang@example.org" in client.get(address(row)).text
    assert Registration.objects.get().confirm_by is not None
    response = client.post(address(row), follow=True)
    assert "wang@example.org is confirmed." in response.text
    assert Registration.objects.get().confirm_by is None


def test_the_page_says_who_has_places_again(client, show, public):
    row = make.registered(public).lead
    lapse(public)
    assert "Your places have lapsed" in client.get(reverse("visit", args=[links.visit_key(row)])).text
    assert "Places again" in client.post(address(row), follow=True).text


@pytest.mark.parametrize("proof", ["x", "é", "A" * 24])
def test_no_other_proof_confirms(client, public, proof):
    row = make.registered(public).lead
    wrong = reverse("visit-confirm", args=[links.visit_key(row), proof])
    assert client.post(wrong).status_code == 404
    assert Registration.objects.get().confirm_by is not None


def test_the_proof_of_another_address_or_person_confirms_nothing(client, public):
    row = make.registered(public).lead
    before = links.address_proof(row)
    stranger = make.registered(public, name="Li Lei", email="li@example.org").lead
    row.email = "right@example.org"
    assert not links.proves_address(row, before)
    assert not links.proves_address(row, links.address_proof(stranger))


def test_an_open_ticket_that_lapsed_gets_nobody_round_an_approval(public, press):
    row = make.registered(public).lead
    lapse(public)
    make.registered(press, at=LATE)
    assert Registration.objects.get(pk=row.pk).badge is None
    lapse(press, at=LATE + timedelta(hours=3))
    confirm(row, at=LATE + timedelta(hours=3))
    row = Registration.objects.get(pk=row.pk)
    assert (states(), row.badge, row.category) == (["lapsed", "awaiting"], None, "press")
    assert list(broken(LATE + timedelta(hours=3))) == []


def test_a_ticket_that_another_followed_is_over_for_good(public):
    row = make.registered(public).lead
    lapse(public)
    make.registered(public, at=LATE)
    tickets.give_back(actor=make.VISITOR, registration=row, at=LATE)
    confirm(row)
    assert states() == ["lapsed", "given_back"]


def test_an_address_gets_no_more_back_than_it_may_hold(public, monkeypatch):
    monkeypatch.setattr(confirming.rules, "MOST_AT_ADDRESS", 2)
    row = make.registered(public, "Li Lei", "Han Mei").lead
    lapse(public)
    confirmed = confirm(row)
    assert (len(confirmed.back), len(confirmed.gone)) == (2, 1)


def test_days_that_had_begun_stay_the_holders(public):
    row = make.registered(public, at=on(1, "08:00")).lead
    lapse(public, at=on(1, "10:30"))
    assert (taken(), list(broken(on(1, "10:30")))) == ([1, 0, 0, 0], [])
    confirm(row, at=on(1, "11:00"))
    assert (taken(), list(broken(on(1, "11:00")))) == ([1, 1, 0, 0], [])


def test_no_button_stands_where_no_place_hangs_on_it(delegates):
    make.invitation(delegates)
    row = make.registered(delegates, invitation_code="TSINGHUA-7").lead
    assert "/confirm/" not in mails.build(Mail.objects.get(kind="visitors.registered")).body
    tickets.give_back(actor=make.VISITOR, registration=row, at=IN_TIME)
    assert "/confirm/" not in mails.build(Mail.objects.get(kind="visitors.given_back")).body


def test_a_full_show_says_so_and_the_button_stays(client, show):
    kind = make.ticket_type(show, places=1)
    row = make.registered(kind).lead
    lapse(kind)
    make.registered(kind, name="Li Lei", email="li@example.org", at=LATE)
    confirm(row)
    page = client.get(reverse("visit", args=[links.visit_key(row)])).text
    assert ("There were none left" in page, "Nobody confirmed" in page) == (True, False)
    assert links.confirm_url(row, "en") in mails.build(Mail.objects.get(kind="visitors.lapsed")).body
