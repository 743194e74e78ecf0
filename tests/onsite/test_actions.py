from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from accounts.acting import Actor
from accounts.models import Mail
from accounts.refusals import Refusal
from onsite import actions
from onsite.invariants import broken
from onsite.models import Device, Outcome, Scan, Visit
from onsite.tasks import lapse
from tests.factories.accounts import UserFactory
from tests.factories.expo import GateFactory, HallFactory, ShowFactory, on
from tests.factories.onsite import badge_for, code_of
from visitors.models import Badge, DayPlaces, Registration, Ticket

TEN = on(1, "10:00")


def read(device, text, *, at=TEN, uid=None, means="camera", **more):
    return actions.scan(
        device=device, show=device.show, uid=uid or uuid4(), text=text, means=means, read_at=at, at=at, **more
    )


def pay(device, uid, how="cash", at=TEN + timedelta(minutes=1)):
    return actions.pay(device=device, show=device.show, uid=uid, how=how, at=at)


def test_a_badge_lets_its_bearer_in(device):
    badge = badge_for(device.show, name="王小明", name_latin="Wang Xiaoming")
    said = read(device, code_of(badge))
    assert (said.outcome, said.name, said.name_latin) == (Outcome.ADMITTED, "王小明", "Wang Xiaoming")
    visit = Visit.objects.get()
    assert (visit.registration, visit.gate, visit.entered_at) == (badge.registration, device.gate, on(1, "10:00"))
    assert visit.scan.outcome == Outcome.ADMITTED


def test_coming_back_the_same_day_adds_nothing_and_tells_when_and_where(device):
    badge = badge_for(device.show)
    read(device, code_of(badge), at=on(1, "09:12"))
    said = read(device, code_of(badge), at=on(1, "11:00"))
    assert said.outcome == Outcome.ALREADY_IN
    assert said.sentence.startswith("Since 09:12, Gate 1.")
    assert (Visit.objects.count(), Scan.objects.count()) == (1, 2)


def test_the_next_day_is_another_visit(device):
    badge = badge_for(device.show)
    read(device, code_of(badge), at=on(1, "10:00"))
    assert read(device, code_of(badge), at=on(2, "10:00")).outcome == Outcome.ADMITTED
    assert Visit.objects.count() == 2


def test_a_ticket_for_other_days_says_which(device):
    badge = badge_for(device.show, days=(2, 3))
    said = read(device, code_of(badge))
    assert (said.outcome, said.sentence) == (Outcome.WRONG_DAY, "The ticket is for: 25 October, 26 October.")
    assert Scan.objects.get().outcome == Outcome.WRONG_DAY


def test_a_revoked_badge_opens_nothing(device):
    badge = badge_for(device.show)
    Badge.objects.filter(pk=badge.pk).update(revoked_at=on(1, "09:00"))
    said = read(device, code_of(badge))
    assert (said.outcome, Visit.objects.count()) == (Outcome.REVOKED, 0)
    assert "desk" in said.sentence


def test_of_a_ticket_given_back_the_gate_says_so(device):
    badge = badge_for(device.show, state="given_back")
    Badge.objects.filter(pk=badge.pk).update(revoked_at=on(1, "09:00"))
    said = read(device, code_of(badge))
    assert said.outcome == Outcome.REVOKED
    assert said.sentence == "The ticket was given back. The visitor may register again."


def test_of_a_replaced_badge_the_gate_says_that_there_is_a_newer_one(device):
    badge = badge_for(device.show)
    Badge.objects.filter(pk=badge.pk).update(revoked_at=on(1, "09:00"))
    newer = Badge.objects.create(registration=badge.registration, serial="0" * 9, version=2, issued_at=on(1, "09:00"))
    assert read(device, code_of(badge)).sentence == "A newer badge was issued in its place. Ask for that one."
    assert read(device, newer.serial, means="typed").outcome == Outcome.ADMITTED


@pytest.mark.parametrize("state", ["awaiting", "declined", "given_back", "none"])
def test_without_a_valid_ticket_nobody_comes_in(device, state):
    badge = badge_for(device.show, state=state)
    assert read(device, code_of(badge)).outcome == Outcome.NO_TICKET


def test_the_live_ticket_counts_before_one_given_back(device):
    badge = badge_for(device.show)
    old = Ticket.objects.get()
    Ticket.objects.create(
        registration=badge.registration,
        ticket_type=old.ticket_type,
        days=[1],
        state="given_back",
        given_at=on(1, "09:00"),
    )
    assert read(device, code_of(badge)).outcome == Outcome.ADMITTED


def test_a_badge_of_another_show_is_not_ours_and_tells_nothing(device):
    other = ShowFactory(number=21, is_current=False)
    badge = badge_for(other)
    for text in (code_of(badge), badge.serial, code_of(badge, show=22)):
        said = read(device, text)
        assert (said.outcome, said.name, said.serial) == (Outcome.NOT_OURS, "", "")


def test_a_code_that_was_tampered_with_is_not_ours(device):
    text = code_of(badge_for(device.show))
    other = code_of(badge_for(device.show))
    assert read(device, text[:20] + other[20:]).outcome == Outcome.NOT_OURS
    assert Visit.objects.count() == 0


@pytest.mark.parametrize("text", ["x", "\x00", "\ud800", "９" * 9, "https://example.org/", "A" * 512, "V" * 117, "  "])
def test_whatever_is_no_badge_is_recorded_and_not_ours(device, text):
    assert read(device, text).outcome == Outcome.NOT_OURS
    assert Scan.objects.get().badge is None


def test_a_serial_is_forgiven_what_eyes_mistake(device):
    badge = badge_for(device.show)
    Badge.objects.filter(pk=badge.pk).update(serial="000000000")
    assert read(device, " ooo-Ooo–OOO ", means="typed").outcome == Outcome.ADMITTED


def test_the_same_scan_sent_again_gets_the_same_answer_and_is_recorded_once(device):
    badge, uid = badge_for(device.show), uuid4()
    first = read(device, code_of(badge), uid=uid)
    assert read(device, code_of(badge), uid=uid) == first
    assert (Scan.objects.count(), Visit.objects.count()) == (1, 1)


def test_another_text_under_the_same_uid_is_refused(device):
    uid = uuid4()
    read(device, code_of(badge_for(device.show)), uid=uid)
    with pytest.raises(Refusal) as refused:
        read(device, code_of(badge_for(device.show)), uid=uid)
    assert refused.value.code == "uid_reused"
    assert Scan.objects.count() == 1


def test_a_scan_that_waited_for_the_network_counts_when_it_was_read(device):
    badge = badge_for(device.show)
    said = read(device, code_of(badge), at=on(2, "08:00"), waited=timedelta(hours=20))
    assert said.outcome == Outcome.ADMITTED
    assert Visit.objects.get().entered_at == on(1, "12:00")


def test_answers_are_in_the_language_in_use(device):
    badge = badge_for(device.show)
    read(device, code_of(badge), at=on(1, "09:12"))
    with translation.override("zh-hans"):
        assert read(device, code_of(badge)).gate == "1号门"


def test_payment_due_says_how_much_and_lets_nobody_in(device):
    badge = badge_for(device.show, price=50)
    said = read(device, code_of(badge))
    assert (said.outcome, said.amount, said.look) == (Outcome.PAYMENT_DUE, 50, "pay")
    assert Visit.objects.count() == 0


def test_who_pays_is_admitted(device):
    badge, uid = badge_for(device.show, price=50), uuid4()
    read(device, code_of(badge), uid=uid)
    assert pay(device, uid, "wechat").outcome == Outcome.ADMITTED
    ticket = Ticket.objects.get()
    assert (ticket.paid_by, ticket.paid_at) == ("wechat", on(1, "10:01"))
    assert (Visit.objects.get().scan.uid, list(broken(on(1, "12:00")))) == (uid, [])


def test_a_payment_sent_again_changes_nothing(device):
    badge, uid = badge_for(device.show, price=50), uuid4()
    read(device, code_of(badge), uid=uid)
    first = pay(device, uid)
    assert pay(device, uid, at=on(1, "10:05")).outcome == first.outcome == Outcome.ADMITTED
    assert read(device, code_of(badge), uid=uid).outcome == Outcome.ADMITTED
    assert Ticket.objects.get().paid_at == on(1, "10:01")


def test_a_payment_is_not_recorded_in_two_ways(device):
    badge, uid = badge_for(device.show, price=50), uuid4()
    read(device, code_of(badge), uid=uid)
    pay(device, uid, "cash")
    with pytest.raises(Refusal) as refused:
        pay(device, uid, "card")
    assert (refused.value.code, Ticket.objects.get().paid_by) == ("uid_reused", "cash")


def test_nobody_pays_twice(device):
    badge, first, second = badge_for(device.show, price=50), uuid4(), uuid4()
    read(device, code_of(badge), uid=first)
    read(device, code_of(badge), uid=second)
    pay(device, first)
    with pytest.raises(Refusal) as refused:
        pay(device, second, "card")
    assert (refused.value.code, Ticket.objects.get().paid_by) == ("already_paid", "cash")


def test_a_payment_belongs_to_a_scan_of_the_same_device(device):
    badge, uid = badge_for(device.show, price=50), uuid4()
    read(device, code_of(badge), uid=uid)
    stranger = Device.objects.create(
        show=device.show, gate=device.gate, name="x", token_hash="0", signed_in_by=device.signed_in_by,
        signed_in_at=on(1, "08:00"),
    )  # fmt: skip
    with pytest.raises(Refusal) as refused:
        pay(stranger, uid)
    assert (refused.value.code, Ticket.objects.get().paid_at) == ("no_scan", None)


def test_where_nothing_is_due_nothing_is_paid(device):
    badge, uid = badge_for(device.show), uuid4()
    read(device, code_of(badge), uid=uid)
    with pytest.raises(Refusal) as refused:
        pay(device, uid)
    assert refused.value.code == "nothing_due"


def test_a_badge_revoked_before_the_payment_takes_no_money(device):
    badge, uid = badge_for(device.show, price=50), uuid4()
    read(device, code_of(badge), uid=uid)
    Badge.objects.filter(pk=badge.pk).update(revoked_at=on(1, "10:00"))
    with pytest.raises(Refusal) as refused:
        pay(device, uid)
    assert (refused.value.code, Ticket.objects.get().paid_at) == ("revoked", None)


def test_a_device_keeps_its_secret_and_we_keep_the_hash(show):
    gate = GateFactory(hall=HallFactory(show=show))
    user = UserFactory(gate_staff=True, password=None)
    device, token = actions.sign_in_device(
        actor=Actor.of(user), show=show, gate=gate, name="Phone 4", at=on(1, "08:00")
    )
    assert len(token) == 43
    assert token not in str(Device.objects.filter(pk=device.pk).values().get())


def test_a_gate_of_another_show_takes_no_device(show):
    gate = GateFactory(hall=HallFactory(show=ShowFactory(number=21, is_current=False)))
    with pytest.raises(Refusal) as refused:
        actions.sign_in_device(
            actor=Actor.of(UserFactory(gate_staff=True, password=None)),
            show=show,
            gate=gate,
            name="x",
            at=on(1, "08:00"),
        )
    assert refused.value.code == "other_show"


def test_scans_are_erased_ninety_days_after_the_show_and_visits_stay(device):
    read(device, code_of(badge_for(device.show)))
    assert actions.erase_overdue(show=device.show, at=on(4, "17:00") + timedelta(days=89)) == {
        "scans": 0,
        "door_scans": 0,
    }
    assert actions.erase_overdue(show=device.show, at=on(4, "17:00") + timedelta(days=90)) == {
        "scans": 1,
        "door_scans": 0,
    }
    assert Visit.objects.get().scan is None


def test_invariants_notice_a_visit_that_no_scan_began(device):
    badge = badge_for(device.show)
    read(device, code_of(badge))
    assert list(broken(on(1, "12:00"))) == []
    Scan.objects.update(outcome=Outcome.REVOKED)
    assert list(broken(on(1, "12:00"))) == ["1 visits began with a scan that admitted nobody."]


def test_invariants_notice_an_admission_without_a_visit(device):
    read(device, code_of(badge_for(device.show)))
    Visit.objects.all().delete()
    assert list(broken(on(1, "12:00"))) == ["1 scans admitted somebody who then has no visit."]


def test_nobody_enters_twice_a_day_whatever_was_read_before(device):
    badge = badge_for(device.show)
    read(device, code_of(badge))
    read(device, code_of(badge))
    with pytest.raises(Refusal) as caught:
        actions.enter(
            Scan.objects.get(outcome=Outcome.ALREADY_IN),
            registration=badge.registration_id,
            day=device.show.day_at(TEN),
            device=device,
            at=TEN,
        )
    assert caught.value.code == "already_in"


def test_a_serial_that_was_not_typed_is_no_badge(device):
    badge = badge_for(device.show)
    assert read(device, badge.serial, means="scanner").outcome == Outcome.NOT_OURS
    assert read(device, badge.serial, means="typed").outcome == Outcome.ADMITTED


def test_a_scan_sent_again_after_hours_tells_the_moment_of_reading(device):
    badge, uid, later = badge_for(device.show), uuid4(), timedelta(hours=11)
    first = actions.scan(
        device=device, show=device.show, uid=uid, text=code_of(badge), means="camera", read_at=TEN, at=TEN
    )
    again = actions.scan(
        device=device,
        show=device.show,
        uid=uid,
        text=code_of(badge),
        means="camera",
        read_at=TEN,
        at=TEN + later,
        waited=later,
    )
    assert again == first


def test_a_lapsed_place_is_taken_again_at_the_gate(device):
    badge = lapsed(device.show, places=1)
    said = read(device, code_of(badge))
    assert (said.outcome, Ticket.objects.get().state) == (Outcome.ADMITTED, "valid")
    assert Registration.objects.get().confirm_by is None
    assert list(broken(TEN)) == []


def test_a_lapsed_place_that_went_to_others_is_refused_in_words(device):
    badge = lapsed(device.show, places=0)
    said = read(device, code_of(badge))
    assert (said.outcome, "today is full" in said.sentence) == (Outcome.NO_TICKET, True)
    assert Visit.objects.count() == 0


def test_a_lapsed_ticket_for_other_days_opens_nothing_today(device):
    badge = lapsed(device.show, places=5, days=(2, 3))
    assert read(device, code_of(badge)).outcome == Outcome.WRONG_DAY


def test_a_refused_scan_sent_again_takes_no_place(device):
    badge, uid = lapsed(device.show, places=0), uuid4()
    first = read(device, code_of(badge), uid=uid)
    places_of(badge, places=5)
    assert read(device, code_of(badge), uid=uid).outcome == first.outcome == Outcome.NO_TICKET
    assert Ticket.objects.get().state == "lapsed"


def test_after_the_last_entry_a_lapsed_place_is_not_looked_for(device):
    badge = lapsed(device.show, places=5)
    assert read(device, code_of(badge), at=on(1, "16:45")).outcome == Outcome.CLOSED


def test_the_job_lets_lapse_who_neither_confirmed_nor_came(device):
    came = badge_for(device.show, confirm_by=on(1, "09:30"))
    stayed_away = badge_for(device.show, name="Li Lei", confirm_by=on(1, "09:30"))
    for badge in (came, stayed_away):
        places_of(badge, places=5, taken=2)
    read(device, code_of(came), at=on(1, "09:20"))
    device.show.is_demo, device.show.clock_shift = True, on(1, "10:00") - timezone.now()
    device.show.save()
    lapse(timestamp=0)
    assert [came.registration.tickets.get().state, stayed_away.registration.tickets.get().state] == ["valid", "lapsed"]


@pytest.mark.parametrize("state", ["queued", "failed"])
def test_nothing_lapses_while_no_mail_goes_out(device, state):
    badge = badge_for(device.show, confirm_by=on(1, "09:00"))
    places_of(badge, places=5, taken=1)
    waiting = Mail.objects.create(kind="x", thing="y", to="a@example.org", language="en", state=state)
    Mail.objects.filter(pk=waiting.pk).update(queued_at=timezone.now() - timedelta(minutes=11))
    device.show.is_demo, device.show.clock_shift = True, on(1, "10:00") - timezone.now()
    device.show.save()
    lapse(timestamp=0)
    assert (Ticket.objects.get().state, list(broken(on(1, "10:00")))) == ("valid", [])


def places_of(badge, *, places, taken=0):
    kind = badge.registration.tickets.get().ticket_type
    for day in kind.show.days.all():
        DayPlaces.objects.update_or_create(ticket_type=kind, day=day, defaults={"places": places, "taken": taken})


def lapsed(show, *, places, **fields):
    badge = badge_for(show, state="lapsed", confirm_by=on(0, "12:00"), **fields)
    places_of(badge, places=places)
    return badge
