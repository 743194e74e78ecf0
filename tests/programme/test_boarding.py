"""A guide's boarding lists: by the own link alone, while they are needed, with who is missing and who is aboard."""

import pytest
from django.contrib.messages import get_messages
from django.core.cache import caches
from django.urls import reverse

from accounts import mails
from accounts.models import Mail, Record
from programme.actions import forgetting, guiding, planning
from programme.links import find_guide, guide_key, speaker_key
from programme.models import Guide, Participant, Signup
from programme.places import Coming
from programme.views.boarding import TICKED
from tests.factories.accounts import UserFactory
from tests.factories.desk import HOSTILE
from tests.factories.expo import on
from tests.factories.onsite import code_of as signed
from tests.factories.papers import OTHER, RESIDENT, departure, gave, going, named
from tests.factories.programme import SYSTEM, GuideFactory, SpeakerFactory, publish
from tests.factories.refusals import code_of
from tests.factories.signups import EVE, party, places_of, published, signed_up, states, visitor
from visitors.models import Badge, Registration, Ticket

pytestmark = pytest.mark.django_db

#: In the test show the departure leaves at nine on the second day.
BOARDING = on(2, "08:40")


@pytest.fixture
def guide():
    return GuideFactory(name="Zhao Min")


@pytest.fixture
def tour(guide, set_clock):
    session = departure(on(2, "09:00"), guide=guide, seats=4)
    set_clock(BOARDING)
    return session


def lists(guide):
    return reverse("boarding", args=[guide_key(guide)])


def list_of(guide, tour):
    return reverse("boarding-departure", args=[guide_key(guide), tour.slug])


def serial_of(registration):
    return Badge.objects.get(registration=registration).serial


def aboard(client, guide, tour, **data):
    return client.post(list_of(guide, tour), {"act": "aboard"} | data)


def came(signup):
    row = Signup.objects.get(pk=signup.pk)
    return (row.state, row.came)


# The lists


def test_the_guide_finds_the_own_departures_and_no_others(client, guide, tour):
    departure(on(2, "14:00"), guide=GuideFactory(), title_en="Somebody else's")
    page = client.get(lists(guide)).text
    assert (tour.title_en in page, "Somebody else's" in page) == (True, False)


def test_a_departure_that_is_planned_and_not_published_is_not_there(client, guide, tour):
    type(tour).objects.filter(pk=tour.pk).update(guide=GuideFactory())
    assert tour.title_en in client.get(lists(guide)).text
    tour.refresh_from_db()
    publish(tour.show, tour, at=EVE)
    caches["process"].clear()
    assert tour.title_en not in client.get(lists(guide)).text
    assert client.get(list_of(guide, tour)).status_code == 404


def test_the_list_says_who_is_missing_with_a_phone_to_call(client, guide, tour):
    signup = going(tour)
    Registration.objects.filter(pk=signup.registration_id).update(phone="+8613800138000")
    page = client.get(list_of(guide, tour)).text
    assert str(signup.registration) in page
    assert 'href="tel:+8613800138000"' in page
    assert "0 of 1" in page


@pytest.mark.parametrize(
    ("at", "is_there"),
    [
        (on(1, "17:59"), False),
        (on(1, "18:00"), True),
        (on(2, "08:00"), True),
        (on(2, "12:59"), True),
        (on(2, "13:00"), False),
        (on(3, "09:00"), False),
    ],
)
def test_names_are_there_on_the_evening_before_and_until_the_tour_is_back(client, guide, tour, set_clock, at, is_there):
    signup = going_at_eve(tour)
    set_clock(at)
    page = client.get(list_of(guide, tour))
    assert (page.status_code, str(signup.registration) in page.text) == (200, is_there)


def going_at_eve(tour):
    return signed_up(visitor(), tour, at=EVE)


def test_outside_of_that_time_nothing_is_ticked(client, guide, tour, set_clock):
    signup = going(tour)
    set_clock(on(2, "13:00"))
    assert aboard(client, guide, tour, signup=signup.pk, whole="yes").status_code == 409
    assert came(signup) == ("confirmed", 0)


def test_before_boarding_the_list_says_when_it_begins(client, guide, tour, set_clock):
    signup = going(tour)
    set_clock(on(1, "20:00"))
    assert "Boarding begins at 08:30" in client.get(list_of(guide, tour)).text
    answer = aboard(client, guide, tour, signup=signup.pk, whole="yes")
    assert (answer.status_code, came(signup)) == (409, ("confirmed", 0))


def test_a_departure_that_is_called_off_has_no_list(client, guide, tour):
    signup = going(tour)
    planning.cancel(actor=SYSTEM, session=tour, why_en="Rain", why_zh="下雨", step=None)
    publish(tour.show, tour, at=EVE)
    caches["process"].clear()
    page = client.get(list_of(guide, tour)).text
    assert ("This tour does not take place" in page, str(signup.registration) in page) == (True, False)


# Ticking


def test_who_is_there_is_ticked_off_and_counted_and_the_guide_did_it(client, guide, tour):
    signup = signed_up(visitor(), tour, people=named(3))
    answer = aboard(client, guide, tour, signup=signup.pk, whole="yes")
    assert (answer.status_code, came(signup)) == (302, ("attended", 3))
    assert "3 of 3" in client.get(list_of(guide, tour)).text
    event = Signup.pgh_event_model.objects.filter(pgh_obj_id=signup.pk).order_by("-pgh_id").first()
    assert event.pgh_context.metadata["actor"] == f"guide:{guide.pk}"


def test_one_of_a_party_comes_aboard_and_goes_back(client, guide, tour):
    signup = signed_up(visitor(), tour, people=named(3))
    person = signup.participants.order_by("pk")[1]
    aboard(client, guide, tour, signup=signup.pk, person=person.pk)
    assert (came(signup), [bool(one.attended_at) for one in signup.participants.order_by("pk")]) == (
        ("attended", 1), [False, True, False],
    )  # fmt: skip
    aboard(client, guide, tour, act="back", signup=signup.pk, person=person.pk)
    assert came(signup) == ("confirmed", 0)


def test_ticking_twice_is_ticking(client, guide, tour):
    signup = going(tour)
    for _ in range(3):
        assert aboard(client, guide, tour, signup=signup.pk, whole="yes").status_code == 302
    assert (came(signup), places_of(tour).present) == (("attended", 1), 1)


def test_guests_without_a_name_are_counted_one_by_one(client, guide, set_clock):
    tour = departure(on(2, "09:00"), guide=guide, asks_id=False)
    signup = signed_up(visitor(), tour, people=named(3))
    Participant.objects.filter(signup=signup, name__in=["Guest 1", "Guest 2"]).delete()
    set_clock(BOARDING)
    aboard(client, guide, tour, signup=signup.pk)
    assert came(signup) == ("attended", 1)
    aboard(client, guide, tour, signup=signup.pk)
    assert "Without a name: 2 of 2 aboard" in client.get(list_of(guide, tour)).text
    assert aboard(client, guide, tour, signup=signup.pk).status_code == 409
    aboard(client, guide, tour, act="back", signup=signup.pk)
    assert came(signup) == ("attended", 1)


def test_somebody_of_another_departure_is_not_ticked_here(client, guide, tour, set_clock):
    set_clock(EVE)
    other = going(departure(on(2, "14:00"), guide=guide))
    set_clock(BOARDING)
    person = other.participants.get().pk
    for data in ({"signup": other.pk, "whole": "yes"}, {"signup": going_at_eve(tour).pk, "person": person}):
        assert aboard(client, guide, tour, **data).status_code == 409
    assert came(other) == ("confirmed", 0)


@pytest.mark.parametrize("hostile", [*HOSTILE, "-1", "9" * 30, "²"])
def test_hostile_values_change_nothing(client, guide, tour, hostile):
    signup = going(tour)
    for data in (
        {"act": hostile},
        {"signup": hostile, "whole": "yes"},
        {"signup": signup.pk, "person": hostile},
        {"act": "scan", "code": hostile},
        {"act": "let_in", "serial": hostile},
    ):
        answer = aboard(client, guide, tour, **data)
        assert answer.status_code in {200, 302, 409, 422}
        assert "<script>alert" not in answer.text


# Scanning


def scanned(client, guide, tour, code):
    return client.post(list_of(guide, tour), {"act": "scan", "code": code})


def test_a_badge_is_read_by_its_code_or_its_serial(client, guide, tour):
    one, other = going(tour), going(tour)
    for signup, code in ((one, signed(badge_of(one))), (other, serial_of(other.registration).lower())):
        answer = scanned(client, guide, tour, code).context["answer"]
        assert (answer.look, answer.title, answer.name) == ("yes", "Aboard", str(signup.registration))
        assert came(signup) == ("attended", 1)


def badge_of(signup):
    return Badge.objects.get(registration=signup.registration)


def test_a_badge_that_was_read_already_says_so(client, guide, tour):
    serial = serial_of(going(tour).registration)
    scanned(client, guide, tour, serial)
    answer = scanned(client, guide, tour, serial).context["answer"]
    assert (answer.look, answer.title, places_of(tour).present) == ("wait", "Aboard already", 1)


def test_a_companion_is_ticked_by_the_own_badge(client, guide, tour, set_clock):
    set_clock(EVE)
    lead, companion = (group := party("Li Na")).party
    both = [Coming(registration=lead.pk), Coming(registration=companion.pk)]
    signup = signed_up(lead, tour, people=both)
    set_clock(BOARDING)
    answer = scanned(client, guide, tour, serial_of(companion)).context["answer"]
    assert (answer.title, answer.sentence) == ("Aboard", "1 of a party of 2 are aboard.")
    assert (came(signup), len(group.party)) == (("attended", 1), 2)


@pytest.mark.parametrize("text", ["nonsense", "A" * 117, "000-000-000", "W" * 5000])
def test_what_is_no_badge_of_ours_is_said(client, guide, tour, text):
    assert scanned(client, guide, tour, text).context["answer"].title == "Not our badge"


def test_a_revoked_badge_opens_nothing(client, guide, tour):
    signup = going(tour)
    serial = serial_of(signup.registration)
    Badge.objects.filter(serial=serial).update(revoked_at=EVE)
    assert scanned(client, guide, tour, serial).context["answer"].title == "Badge revoked"
    assert came(signup) == ("confirmed", 0)
    assert client.post(list_of(guide, tour), {"act": "let_in", "serial": serial}).status_code == 409


def test_who_has_not_signed_up_may_come_along_while_there_is_room(client, guide, tour, set_clock):
    stranger = visitor()
    set_clock(on(2, "08:55"))
    answer = scanned(client, guide, tour, serial_of(stranger)).context["answer"]
    assert (answer.title, answer.serial) == ("Not signed up", serial_of(stranger))
    done = client.post(list_of(guide, tour), {"act": "let_in", "serial": answer.serial})
    assert done.context["answer"].title == "Aboard"
    assert came(Signup.objects.get(registration=stranger)) == ("attended", 1)


def test_a_full_bus_says_so_and_takes_nobody(client, guide, tour, set_clock):
    signup = signed_up(visitor(), tour, people=named(4))
    stranger = visitor()
    aboard(client, guide, tour, signup=signup.pk, whole="yes")
    set_clock(on(2, "09:05"))
    assert "The bus is full" in client.get(list_of(guide, tour)).text
    answer = scanned(client, guide, tour, serial_of(stranger)).context["answer"]
    assert (answer.title, answer.serial) == ("The bus is full", "")
    assert client.post(list_of(guide, tour), {"act": "let_in", "serial": serial_of(stranger)}).status_code == 409
    assert not Signup.objects.filter(registration=stranger).exists()


def test_who_waits_is_told_with_the_place_in_line(client, guide, tour, set_clock):
    set_clock(EVE)
    signed_up(visitor(), tour, people=named(4))
    waiting = going(tour)
    set_clock(BOARDING)
    answer = scanned(client, guide, tour, serial_of(waiting.registration)).context["answer"]
    assert (answer.title, answer.sentence.startswith("Number 1 in line.")) == ("Waits for a place", True)


def test_of_a_party_that_is_too_large_for_the_room_left_one_may_come_along(client, guide, tour, set_clock):
    set_clock(EVE)
    signed_up(visitor(), tour, people=named(3))
    waiting = signed_up(lead := visitor(), tour, people=[Coming(registration=lead.pk), *named(1)])
    set_clock(on(2, "08:55"))
    answer = scanned(client, guide, tour, serial_of(lead)).context["answer"]
    assert (answer.serial, answer.alone) == (serial_of(lead), True)
    client.post(list_of(guide, tour), {"act": "let_in", "serial": answer.serial, "alone": "yes"})
    assert came(waiting) == ("attended", 1)


def test_who_has_a_place_elsewhere_comes_along_by_giving_it_up(client, guide, tour, set_clock):
    set_clock(EVE)
    other = signed_up(guest := visitor(), published(on(2, "09:00")))
    set_clock(on(2, "08:55"))
    answer = scanned(client, guide, tour, serial_of(guest)).context["answer"]
    assert (answer.title, answer.leaving) == ("Has a place elsewhere", True)
    client.post(list_of(guide, tour), {"act": "let_in", "serial": answer.serial, "leaving": "yes"})
    assert states([other, Signup.objects.get(registration=guest, session=tour)]) == ["given_up", "attended"]


@pytest.mark.parametrize(
    ("change", "title"), [({"days": [1]}, "Wrong day"), ({"state": "given_back"}, "No valid ticket")]
)
def test_whose_ticket_is_not_for_that_day_is_not_let_along(client, guide, tour, set_clock, change, title):
    stranger = visitor()
    Ticket.objects.filter(registration=stranger).update(**change)
    set_clock(on(2, "08:55"))
    answer = scanned(client, guide, tour, serial_of(stranger)).context["answer"]
    assert (answer.look, answer.title, answer.serial) == ("no", title, "")


# ID numbers


def test_the_guide_sees_the_numbers_by_an_act_that_is_recorded(client, guide, tour, set_clock):
    set_clock(EVE)
    signup = gave(going(tour), RESIDENT)
    set_clock(BOARDING)
    assert RESIDENT not in client.get(list_of(guide, tour)).text
    assert RESIDENT in client.post(list_of(guide, tour), {"act": "numbers"}).text
    (row,) = Record.objects.filter(metadata__act="id_numbers_seen")
    assert (row.metadata["actor"], row.metadata["session"], row.metadata["signups"]) == (
        f"guide:{guide.pk}", tour.pk, [signup.pk],
    )  # fmt: skip


def test_after_the_tour_the_numbers_are_gone_with_the_list(client, guide, tour, set_clock):
    set_clock(EVE)
    gave(going(tour), OTHER)
    set_clock(on(2, "13:00"))
    answer = client.post(list_of(guide, tour), {"act": "numbers"})
    assert (answer.status_code, OTHER in answer.text) == (409, False)


# The link


def test_another_guide_and_strangers_find_nothing(client, guide, tour):
    other, speaker = GuideFactory(), SpeakerFactory(handle=guide.handle)
    own = guide_key(guide)
    wrong = [guide_key(other), own[:-1] + ("A" if own[-1] != "A" else "B"), speaker_key(speaker), "x", "é" * 32]
    asked = [reverse("boarding-departure", args=[key, tour.slug]) for key in wrong]
    asked.append(reverse("boarding-departure", args=[own, "boarding"]))
    assert {client.get(path).status_code for path in asked} == {404}
    assert {client.post(path, {"act": "numbers"}).status_code for path in asked} == {404}


def test_the_page_stays_with_its_holder(client, guide, tour):
    for path in (lists(guide), list_of(guide, tour)):
        headers = client.get(path).headers
        assert "no-store" in headers["Cache-Control"]
        assert (headers["X-Robots-Tag"], headers["Referrer-Policy"]) == ("noindex, nofollow", "same-origin")


def test_the_link_is_mailed_once_and_leads_to_the_lists(guide, tour):
    mail = guiding.send_link(actor=SYSTEM, guide=guide)
    message = mails.build(mail)
    assert (mail.to, lists(guide) in message.body, tour.title_en in message.body) == (guide.email, True, True)
    assert code_of(guiding.send_link, actor=SYSTEM, guide=guide) == "sent_lately"
    assert code_of(guiding.send_link, actor=SYSTEM, guide=GuideFactory(email="")) == "no_email"


def test_a_link_that_was_replaced_opens_nothing_and_the_new_one_may_follow_at_once(client, guide, tour):
    guiding.send_link(actor=SYSTEM, guide=guide)
    before = lists(guide)
    guiding.renew_link(actor=SYSTEM, guide=guide)
    guide.refresh_from_db()
    assert (client.get(before).status_code, client.get(lists(guide)).status_code) == (404, 200)
    assert lists(guide) in mails.build(guiding.send_link(actor=SYSTEM, guide=guide)).body


def test_a_mail_is_not_sent_to_an_address_that_is_the_guides_no_more(guide):
    mail = guiding.send_link(actor=SYSTEM, guide=guide)
    Guide.objects.filter(pk=guide.pk).update(email="other@example.org")
    assert mails.build(mail) is None


def test_a_guide_who_is_forgotten_has_no_link_any_more(guide, tour):
    guiding.send_link(actor=SYSTEM, guide=guide)
    key = guide_key(guide)
    forgetting.erase_overdue(show=tour.show, at=on(500, "10:00"))
    assert (find_guide(key), Mail.objects.filter(kind=guiding.LINK).count()) == (None, 0)


def test_the_link_is_mailed_and_replaced_on_the_desk(client, guide):
    client.force_login(UserFactory(roles=["programme_editor"]))
    address = reverse("admin:programme_guide_changelist")
    for act, told in (("mail_link", "1 guide gets the link."), ("replace_link", "1 link is replaced.")):
        answer = client.post(address, {"action": act, "_selected_action": [guide.pk]}, follow=True)
        assert told in " ".join(str(message) for message in get_messages(answer.wsgi_request)) or told in answer.text
    guide.refresh_from_db()
    assert guide.link_version == 2


def test_a_flood_of_ticks_is_answered_with_when_to_go_on(client, guide, tour, monkeypatch):
    monkeypatch.setattr("programme.views.boarding.TICKED", type(TICKED)("boarding", 1, TICKED.within))
    signup = going(tour)
    aboard(client, guide, tour, signup=signup.pk)
    answer = aboard(client, guide, tour, signup=signup.pk, whole="yes")
    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)


@pytest.mark.parametrize("people", [1, 4])
def test_the_list_asks_as_often_for_one_as_for_many(client, guide, tour, set_clock, people, django_assert_num_queries):
    set_clock(EVE)
    for _ in range(people):
        going(tour)
    set_clock(BOARDING)
    client.get(list_of(guide, tour))
    with django_assert_num_queries(6):
        client.get(list_of(guide, tour))
