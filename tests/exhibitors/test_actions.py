from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, transaction

from accounts import mails
from accounts.acting import Actor
from accounts.models import Mail, Role
from accounts.refusals import Refusal
from exhibitors import invariants, rules
from exhibitors.actions import applying, firms, holding, placing
from exhibitors.models import Allotment, Booth
from tests.factories.accounts import UserFactory
from tests.factories.exhibitors import (
    NOW,
    SYSTEM,
    USCC,
    MemberFactory,
    accepted,
    draft,
    offered,
    row_of_booths,
    submitted,
)

DETAILS = {
    "name_zh": "清华冰力",
    "name_en": "",
    "country": "CN",
    "province": "BJ",
    "uscc": USCC,
    "industry": "ai",
    "park": "",
    "about_zh": "",
    "about_en": "",
    "website": "",
    "contact_name": "Chen Wei",
    "contact_email": "chen@example.com",
    "contact_phone": "",
}


def states(booths):
    rows = Allotment.objects.live().filter(booth__in=booths).order_by("booth")
    return [row.state for row in rows]


def test_whoever_registers_a_firm_becomes_its_member_and_an_exhibitor(show):
    user = UserFactory()
    firm = firms.register_firm(actor=Actor.of(user), details=DETAILS, at=NOW)
    user.refresh_from_db()
    assert (firm.slug, user.has_role(Role.EXHIBITOR)) == ("qing-hua-bing-li", True)
    assert firm.members.get().user == user


def test_one_account_acts_for_one_firm(member):
    with pytest.raises(Refusal) as refusal:
        firms.register_firm(actor=Actor.of(member.user), details=DETAILS, at=NOW)
    assert refusal.value.code == "has_firm"


def test_a_credit_code_belongs_to_one_firm(show):
    firms.register_firm(actor=Actor.of(UserFactory()), details=DETAILS, at=NOW)
    with pytest.raises(Refusal) as refusal:
        firms.register_firm(actor=Actor.of(UserFactory()), details=DETAILS, at=NOW)
    assert refusal.value.code == "uscc_taken"


def test_namesakes_get_different_addresses(show):
    abroad = DETAILS | {"country": "DE", "uscc": ""}
    one = firms.register_firm(actor=Actor.of(UserFactory()), details=abroad, at=NOW)
    other = firms.register_firm(actor=Actor.of(UserFactory()), details=abroad, at=NOW)
    assert other.slug.startswith(f"{one.slug}-")


def test_a_stranger_corrects_no_firm(member, stranger):
    with pytest.raises(Refusal) as refusal:
        firms.correct_firm(actor=Actor.of(stranger.user), firm=member.firm, details={"park": "x"}, at=NOW)
    assert refusal.value.code == "not_yours"


def test_submitting_holds_all_wished_booths_for_48_hours(member, booths):
    application = submitted(member, booths[:2])
    ends = {row.held_until for row in application.allotments.all()}
    assert (application.state, ends) == ("submitted", {NOW + rules.HOLD})
    assert [row.price for row in application.allotments.all()] == [Decimal("10800.00")] * 2


def test_submitting_tells_the_firm_and_the_areas_manager(member, booths, area):
    submitted(member, booths[:1])
    assert set(Mail.objects.values_list("to", flat=True)) == {member.firm.contact_email, area.manager.email}


def test_a_booth_that_is_held_is_refused_and_the_rest_is_not_held_either(member, stranger, booths):
    submitted(stranger, booths[:1])
    mine = draft(member, booths[:2])
    with pytest.raises(Refusal) as refusal:
        applying.submit(actor=Actor.of(member.user), application=mine, at=NOW)
    assert (refusal.value.code, refusal.value.sentence) == ("taken", "A01: taken a moment ago.")
    mine.refresh_from_db()
    assert mine.state == "draft"
    assert states(booths[1:2]) == []


def test_a_hold_that_ran_out_gives_way_to_the_next_firm(member, stranger, booths):
    old = submitted(stranger, booths[:1])
    later = NOW + rules.HOLD
    new = submitted(member, booths[:1], at=later)
    old.refresh_from_db()
    assert (old.state, new.state) == ("expired", "submitted")
    assert list(invariants.broken(later)) == []


def test_booths_of_two_areas_are_refused(member, booths, other_area):
    [other] = row_of_booths(other_area, 1, y=20)
    with pytest.raises(Refusal) as refusal:
        draft(member, [booths[0], other])
    assert refusal.value.code == "several_areas"


def test_at_most_six_booths(member, booths):
    with pytest.raises(Refusal) as refusal:
        draft(member, booths[:7])
    assert refusal.value.code == "too_many_booths"


def test_after_the_show_nobody_applies(member, booths, show):
    with pytest.raises(Refusal) as refusal:
        draft(member, booths[:1], at=show.closes_at)
    assert refusal.value.code == "closed"


def test_a_firm_has_one_open_application(member, booths):
    submitted(member, booths[:1])
    with pytest.raises(Refusal) as refusal:
        draft(member, booths[1:2])
    assert refusal.value.code == "already_applied"


def test_the_whole_way_ends_in_a_contract_at_the_price_that_was_held(member, booths, area):
    application = offered(member, booths[:2])
    area.rates.update(price=9999)
    application = applying.accept(actor=Actor.of(member.user), application=application, step=application.step, at=NOW)
    rows = application.allotments.all()
    assert [(row.state, row.price, row.held_until) for row in rows] == [("contracted", Decimal("10800.00"), None)] * 2
    assert Mail.objects.count() == 6
    assert list(invariants.broken(NOW)) == []


def test_other_booths_may_be_offered_instead(member, booths, area):
    application = submitted(member, booths[:2])
    placing.offer(actor=Actor.of(area.manager), application=application, booths=[booths[1], booths[5]], at=NOW)
    held = application.allotments.live().order_by("booth").values_list("booth__number", "held_until")
    assert list(held) == [("A02", NOW + rules.OFFER), ("A06", NOW + rules.OFFER)]


def test_booths_of_another_area_cannot_be_offered(member, booths, area, other_area):
    others = row_of_booths(other_area, 1, y=20)
    application = submitted(member, booths[:1])
    with pytest.raises(Refusal) as refusal:
        placing.offer(actor=Actor.of(area.manager), application=application, booths=others, at=NOW)
    assert refusal.value.code == "other_area"


MANAGERS_ACTS = {
    "offer": lambda actor, row: placing.offer(actor=actor, application=row, at=NOW),
    "reject": lambda actor, row: placing.reject(actor=actor, application=row, reason="No", at=NOW),
    "extend": lambda actor, row: placing.extend(actor=actor, application=row, until=NOW + timedelta(hours=60), at=NOW),
}


@pytest.mark.parametrize("act", MANAGERS_ACTS)
def test_another_areas_manager_decides_nothing_here(act, member, booths, other_area):
    application = submitted(member, booths[:1])
    for user in (other_area.manager, member.user, UserFactory(auditor=True)):
        with pytest.raises(Refusal) as refusal:
            MANAGERS_ACTS[act](Actor.of(user), application)
        assert refusal.value.code == "not_yours"


FIRMS_ACTS = {
    "submit": applying.submit,
    "withdraw": applying.withdraw,
    "accept": partial(applying.accept, step=0),
}


@pytest.mark.parametrize("act", FIRMS_ACTS.values(), ids=FIRMS_ACTS)
def test_a_stranger_and_a_manager_do_nothing_for_a_firm(act, member, stranger, booths, area):
    application = draft(member, booths[:1])
    for user in (stranger.user, area.manager):
        with pytest.raises(Refusal) as refusal:
            act(actor=Actor.of(user), application=application, at=NOW)
        assert refusal.value.code == "not_yours"


def test_declining_needs_a_reason_and_frees_the_booths(member, booths, area):
    application = submitted(member, booths[:2])
    with pytest.raises(Refusal) as refusal:
        placing.reject(actor=Actor.of(area.manager), application=application, reason=" ", at=NOW)
    assert refusal.value.code == "no_reason"
    placing.reject(actor=Actor.of(area.manager), application=application, reason="No room", at=NOW)
    assert states(booths) == []


def test_an_offer_that_ran_out_cannot_be_accepted(member, booths):
    application = offered(member, booths[:1])
    with pytest.raises(Refusal) as refusal:
        applying.accept(
            actor=Actor.of(member.user), application=application, step=application.step, at=NOW + rules.OFFER
        )
    assert refusal.value.code == "not_now"
    application.refresh_from_db()
    assert (application.state, states(booths)) == ("expired", [])


def test_an_offer_that_was_changed_since_it_was_shown_is_not_accepted(member, booths):
    shown = offered(member, booths[:1])
    placing.offer(actor=SYSTEM, application=shown, booths=booths[4:6], at=NOW)
    with pytest.raises(Refusal) as refusal:
        applying.accept(actor=Actor.of(member.user), application=shown, step=shown.step, at=NOW)
    assert refusal.value.code == "offer_changed"
    assert states(booths) == ["held", "held"]


def moved_to(booth, area):
    booth.area, booth.number = area, f"{area.letter}77"
    return placing.place_booth(actor=SYSTEM, booth=booth)


def test_a_wished_booth_that_went_to_another_area_is_not_held(member, booths, other_area):
    application = draft(member, booths[:1])
    moved_to(booths[0], other_area)
    with pytest.raises(Refusal) as refusal:
        applying.submit(actor=Actor.of(member.user), application=application, at=NOW)
    assert refusal.value.code == "other_area"
    assert states(booths) == []


def test_a_booth_that_went_to_another_area_a_moment_ago_is_not_offered(member, booths, area, other_area):
    application = submitted(member, booths[:1])
    as_it_was = Booth.objects.get(pk=booths[1].pk)
    moved_to(booths[1], other_area)
    with pytest.raises(Refusal) as refusal:
        placing.offer(actor=Actor.of(area.manager), application=application, booths=[as_it_was], at=NOW)
    assert refusal.value.code == "other_area"


def test_more_time_keeps_the_booths_held(member, booths, area, show):
    application = submitted(member, booths[:1])
    until = NOW + timedelta(hours=96)
    placing.extend(actor=Actor.of(area.manager), application=application, until=until, at=NOW)
    assert holding.release_overdue(show=show.pk, at=NOW + timedelta(hours=95)) == 0
    assert holding.release_overdue(show=show.pk, at=until) == 1


def test_what_ran_out_is_freed_once_and_both_are_told(member, booths, show):
    application = submitted(member, booths[:2])
    later = NOW + rules.HOLD
    assert holding.release_overdue(show=show.pk, at=later - timedelta(seconds=1)) == 0
    assert [holding.release_overdue(show=show.pk, at=later) for _ in range(2)] == [1, 0]
    assert Mail.objects.filter(kind__startswith="application.expired").count() == 2
    application.refresh_from_db()
    assert application.state == "expired"


def test_a_held_booth_is_not_moved(member, booths):
    submitted(member, booths[:1])
    booths[0].x += 1
    with pytest.raises(Refusal) as refusal:
        placing.place_booth(actor=SYSTEM, booth=booths[0])
    assert refusal.value.code == "held"


@pytest.mark.parametrize(
    ("number", "x", "code"),
    [("A50", 118, "outside"), ("A51", 5, "overlap"), ("A01", 60, "number_taken"), ("B01", 60, "wrong_letter")],
)
def test_a_booth_that_cannot_stand_there_is_refused(booths, area, number, x, code):
    booth = Booth(hall=area.hall, area=area, number=number, x=x, y=4, width=3, depth=3)
    with pytest.raises(Refusal) as refusal:
        placing.place_booth(actor=SYSTEM, booth=booth)
    assert refusal.value.code == code


def test_a_hall_does_not_shrink_under_its_booths(booths, hall):
    hall.width = 10
    with pytest.raises(DatabaseError, match="outside"), transaction.atomic():
        hall.save()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_letter_can_be_written_in_both_languages(member, booths, area, language):
    one = submitted(member, booths[:1])
    placing.extend(actor=SYSTEM, application=one, until=NOW + timedelta(hours=60), at=NOW)
    applying.withdraw(actor=SYSTEM, application=one, at=NOW)
    accepted(MemberFactory(firm__name_en="<b>%(until)s {x}"), booths[1:2])
    two = submitted(MemberFactory(), booths[2:3])
    placing.reject(actor=SYSTEM, application=two, reason="<script>", at=NOW)
    submitted(MemberFactory(), booths[3:4])
    holding.release_overdue(show=area.show_id, at=NOW + rules.OFFER)
    for mail in Mail.objects.all():
        mail.language = language
        message = mails.build(mail)
        assert "<script>" not in message.alternatives[0].content
        assert "<b>%" not in message.alternatives[0].content
    assert Mail.objects.values("kind").distinct().count() == 14


def test_what_a_firm_typed_is_no_link_in_the_managers_letter(member, booths):
    type(member.firm).objects.update(name_en="Win at evil.example/x", contact_name="Call evil.example")
    application = draft(member, booths[:1], exhibits="See http://evil.example/y")
    applying.submit(actor=SYSTEM, application=application, at=NOW)
    message = mails.build(Mail.objects.get(kind="application.submitted.manager"))
    told = [message.subject, message.body, message.alternatives[0].content]
    assert ["evil.example" in text for text in told] == [False] * 3
    assert message.body.count("evil") == 3


def test_the_check_sees_what_is_broken(member, booths, other_area):
    application = accepted(member, booths[:1])
    application.allotments.update(state="held", held_until=NOW - timedelta(hours=1))
    sentences = list(invariants.broken(NOW))
    assert len(sentences) == 2
    assert "accepted with 1 booths held" in sentences[0]
