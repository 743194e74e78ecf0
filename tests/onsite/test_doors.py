"""Doors of sessions and buses: what a device reads there is recorded once and answered in words."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client

from onsite import actions
from onsite.models import DoorScan
from programme.actions import planning
from programme.models import Access, Audience, Session, Signup
from tests.factories.expo import GateFactory, HallFactory, ShowFactory, on
from tests.factories.onsite import DeviceFactory, badge_for, body, code_of
from tests.factories.programme import SYSTEM, departing, publish
from tests.factories.signups import EVE, party, people, places_of, published, signed_up, visitor
from visitors.models import Badge

pytestmark = pytest.mark.usefixtures("ten")


@pytest.fixture
def forum(show):
    """It begins in twenty minutes; two of its ten places are for who walks in."""
    return published(on(1, "10:20"), seats=10, reserve_walk_ins=2, slug="robots", title_en="Robots", title_zh="机器人")


def post(client, what, data, slug="robots", **headers):
    path = f"/api/v1/doors/{slug}/{what}"
    return client.post(path, json.dumps(data), content_type="application/json", headers=headers)


def read(client, registration, slug="robots", **fields):
    return post(client, "scans", body(code_of(badge_of(registration)), **fields), slug).json()


def badge_of(registration):
    return Badge.objects.get(registration=registration)


def heard(said):
    return said["outcome"], said["look"], said["sentence"]


# What is said


def test_who_has_a_place_comes_in(phone, forum):
    alice = visitor()
    signed_up(alice, forum)
    said = read(phone, alice)
    assert heard(said) == ("confirmed", "yes", "Check the name.")
    assert (said["name"], said["party"], said["came"], said["has_place"]) == (alice.name, 1, 1, True)
    assert said["counts"] == {
        "inside": 1, "expected": 0, "waiting": 0, "walked_in": 0, "walk_ins_left": 2, "whole": 10
    }  # fmt: skip


def test_who_is_in_already_is_looked_at_twice(phone, forum):
    alice = visitor()
    signed_up(alice, forum)
    read(phone, alice)
    told = "Since 10:00. Check the name before you let them back in."
    assert heard(read(phone, alice)) == ("already_in", "again", told)


def test_a_party_is_counted_and_named(phone, forum):
    lead, companion = party("Bo").party
    signed_up(lead, forum, people=[*people(lead), *people(companion), *people(lead, 2)[1:]])
    said = read(phone, companion)
    assert said["sentence"] == "1 of the party of 3 are in."
    assert [(one["name"], one["here"]) for one in said["people"]] == [(lead.name, False), ("Bo", True)]
    assert (said["guests"], said["guests_here"]) == (1, 0)


def test_who_waits_is_told_where_and_may_walk_in(phone, forum):
    for size in (4, 4):
        signed_up(visitor(), forum, size)
    alice = visitor()
    signed_up(alice, forum, 2)
    said = read(phone, alice)
    assert heard(said) == ("waiting", "again", "Number 1 in line, 2 people. 2 places are left for walk-ins.")
    assert (said["walks_in"], said["line"], said["has_place"]) == (2, 1, False)


def test_a_stranger_to_the_session_may_walk_in_while_there_is_room(phone, forum):
    found = read(phone, visitor())
    assert heard(found) == ("not_signed_up", "again", "2 places are left for walk-ins.")
    for _ in range(2):
        alice = visitor()
        post(phone, "walk-ins", {"uid": read(phone, alice)["uid"]})
    told = "No place is left for walk-ins now. From 10:10 what nobody has is given to who stands here."
    assert heard(read(phone, visitor())) == ("not_signed_up", "no", told)


def test_who_has_a_place_elsewhere_is_sent_there(phone, forum):
    alice = visitor()
    signed_up(alice, lasers())
    said = read(phone, alice)
    assert said["outcome"] == "elsewhere"
    assert said["sentence"].startswith("Their place is in “Lasers”, 10:20, ")
    assert said["gives_up"].startswith("“Lasers”, 10:20, ")


def lasers():
    return published(on(1, "10:20"), title_en="Lasers", title_zh="激光", slug="lasers")


@pytest.mark.parametrize(
    ("clock", "outcome", "told"),
    [("09:49", "too_early", "The doors open at 09:50."), ("11:20", "over", "It ended at 11:20.")],
)
def test_the_wrong_time_is_named(ten, phone, forum, clock, outcome, told):
    alice = visitor()
    signed_up(alice, forum)
    ten.move_to(on(1, clock))
    caches["process"].clear()
    assert heard(read(phone, alice)) == (outcome, "no", told)


def test_a_cancelled_session(phone, forum):
    planning.cancel(actor=SYSTEM, session=Session.objects.get(pk=forum.pk), why_en="Ill", why_zh="", step=None)
    publish(forum.show)
    assert heard(read(phone, visitor())) == ("cancelled", "no", "This session does not take place.")


@pytest.mark.parametrize(
    ("fields", "outcome", "told"),
    [
        ({"state": "declined"}, "no_ticket", "The ticket was declined. Send the visitor to the desk."),
        ({"days": (2, 3)}, "wrong_day", "The ticket is for: 25 October, 26 October."),
        ({"revoked_at": on(1, "09:00")}, "revoked", "It opens nothing any more. Send the visitor to the desk."),
    ],
)
def test_what_is_wrong_with_the_badge_is_said_as_at_a_gate(phone, show, forum, fields, outcome, told):
    badge = badge_for(show, **{key: value for key, value in fields.items() if key != "revoked_at"})
    Badge.objects.filter(pk=badge.pk).update(revoked_at=fields.get("revoked_at"))
    said = post(phone, "scans", body(code_of(badge))).json()
    assert heard(said) == (outcome, "no", told)
    assert DoorScan.objects.get().badge == badge


@pytest.mark.parametrize("text", ["\x00", "<script>", "😀", "\u202e", "V" * 117, "x"])
def test_what_is_no_badge_of_ours_is_recorded_and_told_nothing_of(phone, forum, text):
    said = post(phone, "scans", body(text)).json()
    assert (said["outcome"], said["look"], said["name"]) == ("not_ours", "no", "")
    assert (DoorScan.objects.get().outcome, DoorScan.objects.get().badge) == ("not_ours", None)


def test_a_badge_of_another_show_says_nothing_of_its_bearer(phone, forum):
    badge = badge_for(ShowFactory(number=21, is_current=False), name="Xylophonia")
    sent = body(badge.serial, means="typed")
    assert "Xylophonia" not in post(phone, "scans", sent).content.decode()


def test_where_nobody_has_to_sign_up_coming_is_all(phone, show):
    published(on(1, "10:20"), access=Access.NONE, seats=1, slug="open-stage")
    assert read(phone, visitor(), "open-stage")["outcome"] == "walked_in"
    assert heard(read(phone, visitor(), "open-stage")) == ("full", "no", "1 place is there, and somebody is in.")


def test_who_the_session_is_not_for_does_not_walk_in(phone, show):
    session = published(on(1, "10:20"), audience=Audience.MERCHANTS, reserve_walk_ins=5)
    said = read(phone, visitor(), session.slug)
    assert (said["outcome"], said["look"], said["walks_in"]) == ("not_signed_up", "no", 0)
    assert said["sentence"] == "This session is for merchants, by invitation."


def test_who_walks_onto_a_bus_that_asks_for_id_is_asked_for_it(phone, show):
    bus = departing(on(1, "10:20"), reserve_walk_ins=1, asks_id=True, id_why_en="The gate.", id_why_zh="门")
    publish(show, bus, at=EVE)
    uid = read(phone, visitor(), bus.slug)["uid"]
    said = post(phone, "walk-ins", {"uid": uid}, bus.slug).json()
    assert heard(said) == (
        "walked_in", "yes", "Check the name. Ask for an ID card or passport: it is looked at on arrival."
    )  # fmt: skip


# What is done


def test_letting_somebody_in_is_done_once_however_often_it_is_sent(phone, forum):
    uid = read(phone, visitor())["uid"]
    answers = [post(phone, "walk-ins", {"uid": uid}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert {answer.json()["outcome"] for answer in answers} == {"walked_in"}
    assert (places_of(forum).present, Signup.objects.count()) == (1, 1)


def test_a_place_elsewhere_is_given_up_only_when_that_is_said(phone, forum):
    alice, other = visitor(), lasers()
    signed_up(alice, other)
    uid = read(phone, alice)["uid"]
    refused = post(phone, "walk-ins", {"uid": uid})
    assert (refused.status_code, refused.json()["code"]) == (409, "clash")
    said = post(phone, "walk-ins", {"uid": uid, "leaving": True}).json()
    assert (said["outcome"], places_of(other).taken) == ("walked_in", 0)


def test_all_of_the_party_at_one_word_and_back_again(phone, forum):
    alice = visitor()
    signed_up(alice, forum, 4)
    first = read(phone, alice)
    assert first["came"] == 4
    fewer = post(phone, "party", {"uid": first["uid"], "here": [first["people"][0]["ref"]], "guests": 1}).json()
    assert (fewer["came"], fewer["guests_here"]) == (2, 1)
    nobody = post(phone, "party", {"uid": first["uid"], "here": [], "guests": 0}).json()
    assert (nobody["came"], nobody["counts"]["inside"], nobody["counts"]["expected"]) == (0, 0, 4)
    assert post(phone, "party", {"uid": first["uid"]}).json()["came"] == 4


@pytest.mark.parametrize("what", ["walk-ins", "party"])
def test_only_what_this_device_read_at_this_door_can_be_acted_on(phone, forum, what):
    other = lasers()
    alice = visitor()
    signed_up(alice, other)
    uid = read(phone, alice, other.slug)["uid"]
    for sent in ({"uid": uid}, {"uid": str(uuid4())}):
        answer = post(phone, what, sent)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_scan")


def test_a_badge_that_is_revoked_meanwhile_lets_nobody_walk_in(phone, forum):
    alice = visitor()
    uid = read(phone, alice)["uid"]
    Badge.objects.filter(registration=alice).update(revoked_at=on(1, "10:00"))
    assert post(phone, "walk-ins", {"uid": uid}).json()["code"] == "revoked"


# What is recorded, and for whom


def test_a_scan_sent_again_is_recorded_once_and_answered_alike(phone, forum):
    alice = visitor()
    signed_up(alice, forum)
    sent = body(code_of(badge_of(alice)))
    first = post(phone, "scans", sent)
    assert post(phone, "scans", sent, **{"Idempotency-Key": sent["uid"]}).json() == first.json()
    assert (DoorScan.objects.count(), places_of(forum).present) == (1, 1)


@pytest.mark.parametrize(("what", "slug"), [({"text": "other"}, "robots"), ({}, "lasers")])
def test_the_same_uid_for_something_else_is_refused(phone, forum, what, slug):
    lasers()
    sent = body(code_of(badge_of(visitor())))
    post(phone, "scans", sent)
    answer = post(phone, "scans", sent | what, slug)
    assert (answer.status_code, answer.json()["code"], DoorScan.objects.count()) == (422, "uid_reused", 1)


def test_a_scan_that_waited_for_the_network_counts_by_the_moment_of_reading(ten, phone, forum):
    alice = visitor()
    signed_up(alice, forum)
    ten.move_to(on(1, "11:21"))
    caches["process"].clear()
    assert read(phone, alice, waited=3600)["at"] == "2019-10-24T10:21:00+08:00"
    assert places_of(forum).present == 1


@pytest.mark.parametrize("what", ["scans", "walk-ins", "party"])
def test_a_stranger_and_a_device_of_another_show_do_nothing(forum, what):
    other = ShowFactory(number=21, is_current=False)
    DeviceFactory(token="b" * 43, gate=GateFactory(hall=HallFactory(show=other)))
    foreign = Client()
    foreign.cookies[settings.DEVICE_COOKIE_NAME] = "b" * 43
    for client in (Client(), foreign):
        answer = post(client, what, body(code_of(badge_of(visitor()))))
        assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    assert DoorScan.objects.count() == 0


def test_pages_of_other_sites_are_turned_away(phone, forum):
    answer = post(phone, "scans", body("x"), Origin="https://evil.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")


@pytest.mark.parametrize("what", ["scans", "walk-ins", "party"])
def test_a_session_that_is_not_in_the_programme_has_no_door(phone, forum, what):
    answer = post(phone, what, body("x"), "nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "wrong", [{"here": ["x"]}, {"here": [-1]}, {"here": [2**63]}, {"guests": -1}, {"guests": 201}, {"here": [1] * 201}]
)
def test_parties_that_cannot_be_are_refused(phone, forum, wrong):
    answer = post(phone, "party", {"uid": str(uuid4())} | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_the_counts_are_for_devices(phone, forum, client):
    signed_up(visitor(), forum, 3)
    path = "/api/v1/doors/robots/counts"
    assert phone.get(path).json() == {
        "inside": 0, "expected": 3, "waiting": 0, "walked_in": 0, "walk_ins_left": 2, "whole": 10
    }  # fmt: skip
    assert (client.get(path).status_code, phone.get("/api/v1/doors/none/counts").status_code) == (401, 404)


def test_what_a_door_scan_asks_of_the_database(phone, forum, django_assert_num_queries):
    alice, bob = visitor(), visitor()
    for one in (alice, bob):
        signed_up(one, forum)
    read(phone, bob)
    sent = body(code_of(badge_of(alice)))
    with django_assert_num_queries(13):
        assert post(phone, "scans", sent).json()["outcome"] == "confirmed"


def test_scans_are_erased_when_their_time_is_over_and_who_came_stays(phone, forum):
    alice = visitor()
    signed_up(alice, forum)
    read(phone, alice)
    ends = on(4, "17:00")
    assert actions.erase_overdue(show=forum.show, at=ends + timedelta(days=89)) == {"scans": 0, "door_scans": 0}
    assert actions.erase_overdue(show=forum.show, at=ends + timedelta(days=90)) == {"scans": 0, "door_scans": 1}
    assert (DoorScan.objects.count(), places_of(forum).present) == (0, 1)


# The pages


def page_of(client, path="", **data):
    address = f"/en/gate/doors/{path}"
    return client.post(address, data) if data else client.get(address)


def test_the_doors_of_today_are_listed_with_their_room(phone, forum):
    published(on(1, "15:00"), title_en="Later", title_zh="晚")
    published(on(2, "10:20"), title_en="Tomorrow", title_zh="明天")
    signed_up(visitor(), forum, 2)
    text = page_of(phone).content.decode()
    assert "0 in, 2 expected, 2 left for walk-ins" in text
    assert ("Later" in text, "Tomorrow" in text) == (True, False)


@pytest.mark.parametrize("sessions", [1, 4])
def test_the_list_costs_the_same_however_many_doors(phone, show, sessions, django_assert_num_queries):
    for _ in range(sessions):
        published(on(1, "10:20"))
    page_of(phone)
    with django_assert_num_queries(2):
        assert page_of(phone).status_code == 200


@pytest.mark.parametrize("path", ["", "robots/", "robots/scan/", "robots/walk-in/", "robots/party/"])
def test_without_a_device_no_door_is_shown(client, forum, path):
    for page in (page_of(client, path), page_of(client, path, uid=str(uuid4()), serial="x")):
        assert (page.status_code in {302, 405}, DoorScan.objects.count()) == (True, 0)
    assert page_of(client, path).headers["Location"] == "/en/gate/"


def test_a_typed_serial_is_answered_on_the_page_and_once(phone, forum):
    alice = visitor()
    signed_up(alice, forum)
    sent = {"uid": str(uuid4()), "serial": badge_of(alice).serial_in_groups}
    pages = [page_of(phone, "robots/scan/", **sent) for _ in range(2)]
    assert ['data-look="yes"' in page.content.decode() for page in pages] == [True, True]
    assert (DoorScan.objects.count(), places_of(forum).present) == (1, 1)


@pytest.mark.parametrize("serial", ["", "   ", "x" * 201])
def test_what_cannot_be_a_serial_is_told_beside_the_field(phone, forum, serial):
    page = page_of(phone, "robots/scan/", uid=str(uuid4()), serial=serial)
    assert (page.status_code, 'id="id_serial_error"' in page.content.decode()) == (422, True)


def test_walking_in_and_back_by_plain_forms(phone, forum):
    uid = str(uuid4())
    page_of(phone, "robots/scan/", uid=uid, serial=badge_of(visitor()).serial)
    assert page_of(phone, "robots/walk-in/", uid=uid, whole_party="").status_code == 200
    assert places_of(forum).present == 1
    assert page_of(phone, "robots/party/", uid=uid, act="nobody").status_code == 200
    assert places_of(forum).present == 0


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("walk-in", {"uid": "x"}),
        ("party", {"uid": "x", "act": "all"}),
        ("party", {"uid": str(uuid4()), "act": "dance"}),
        ("party", {"uid": str(uuid4()), "act": "these", "here": ["-1"]}),
        ("party", {"uid": str(uuid4()), "act": "these", "here": ["9" * 30]}),
        ("party", {"uid": str(uuid4()), "act": "these", "guests": "😀"}),
        ("party", {"uid": str(uuid4()), "act": "these", "guests": "9999"}),
    ],
)
def test_forms_that_cannot_be_are_answered_in_words(phone, forum, path, sent):
    page = page_of(phone, f"robots/{path}/", **sent)
    assert (page.status_code, 'role="alert">' in page.content.decode()) == (422, True)


@pytest.mark.parametrize("path", ["walk-in", "party"])
def test_a_scan_that_nobody_made_is_said(phone, forum, path):
    assert page_of(phone, f"robots/{path}/", uid=str(uuid4()), act="all").status_code == 409


def test_who_is_missing_is_on_the_page(phone, forum):
    alice = visitor()
    signed_up(alice, forum, 3)
    text = page_of(phone, "robots/").content.decode()
    assert f"{alice.name} and 2 guests" in text
    assert page_of(phone, "nothing/").status_code == 404


@pytest.mark.parametrize("signups", [1, 3])
def test_the_page_costs_the_same_however_many_are_missing(phone, forum, signups, django_assert_num_queries):
    for _ in range(signups):
        signed_up(visitor(), forum)
    page_of(phone, "robots/")
    with django_assert_num_queries(6):
        page_of(phone, "robots/")
