import json
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client

from accounts.acting import Actor
from onsite import actions
from onsite.models import Scan, Visit
from tests.factories.expo import on
from tests.factories.onsite import badge_for, body, code_of

pytestmark = pytest.mark.usefixtures("ten")

SCANS = "/api/v1/gate/scans"


def post(client, data, path=SCANS, **headers):
    raw = data if isinstance(data, str | bytes) else json.dumps(data)
    return client.post(path, raw, content_type="application/json", headers=headers)


def test_a_scan_is_answered(phone, show):
    badge = badge_for(show, name="王小明")
    said = post(phone, body(code_of(badge))).json()
    assert (said["outcome"], said["admits"], said["name"], said["look"]) == ("admitted", True, "王小明", "yes")
    assert (said["category"], said["serial"], said["at"]) == ("professional", badge.serial, "2019-10-24T10:00:00+08:00")


def test_a_scan_sent_again_gets_the_same_answer(phone, show):
    sent = body(code_of(badge_for(show)))
    first = post(phone, sent)
    assert post(phone, sent, **{"Idempotency-Key": sent["uid"]}).json() == first.json()
    assert Scan.objects.count() == 1


def test_another_body_under_the_same_uid(phone, show):
    sent = body(code_of(badge_for(show)))
    post(phone, sent)
    answer = post(phone, sent | {"text": "something else"})
    assert (answer.status_code, answer.json()["code"]) == (422, "uid_reused")


def test_another_idempotency_key_than_the_uid(phone, show):
    answer = post(phone, body(code_of(badge_for(show))), **{"Idempotency-Key": "other"})
    assert (answer.status_code, answer.json()["code"], Scan.objects.count()) == (422, "idempotency_key", 0)


def test_a_stranger_is_told_to_sign_in_and_leaves_no_trace(show):
    badge = badge_for(show)
    answer = post(Client(), body(code_of(badge)))
    assert (answer.status_code, answer.json()["code"]) == (401, "signed_out")
    assert badge.registration.name not in answer.content.decode()
    assert Scan.objects.count() == 0


def test_somebody_elses_cookie_is_no_device(phone, show):
    phone.cookies["device"] = "b" * 43
    assert post(phone, body(code_of(badge_for(show)))).status_code == 401


def test_a_signed_out_device_reads_nothing(phone, device):
    assert phone.get("/api/v1/gate/today").status_code == 200
    actions.sign_out_device(actor=Actor.system("test"), device=device, at=on(1, "10:00"))
    assert post(phone, body(code_of(badge_for(device.show)))).status_code == 401


def test_a_device_lapses_after_two_weeks(ten, phone):
    ten.move_to(on(15, "09:59"))
    assert phone.get("/api/v1/gate/today").status_code == 200
    caches["process"].clear()
    ten.move_to(on(15, "10:00"))
    assert phone.get("/api/v1/gate/today").status_code == 401


@pytest.mark.parametrize(("days", "shift", "status"), [(14, -14, 401), (0, 20, 200)])
def test_a_device_lapses_by_the_real_time_whatever_the_shows_clock_says(ten, phone, show, days, shift, status):
    type(show).objects.update(is_demo=True, clock_shift=timedelta(days=shift))
    ten.shift(timedelta(days=days))
    assert phone.get("/api/v1/gate/today").status_code == status


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_pages_of_other_sites_are_turned_away(phone, show, headers):
    answer = post(phone, body(code_of(badge_for(show))), **headers)
    assert (answer.status_code, answer.json()["code"], Visit.objects.count()) == (403, "cross_origin", 0)


def test_our_own_page_is_not(phone, show):
    answer = post(
        phone, body(code_of(badge_for(show))), Origin="http://testserver", **{"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 200


def test_a_form_of_another_kind_is_turned_away(phone, show):
    answer = phone.post(SCANS, json.dumps(body(code_of(badge_for(show)))), content_type="text/plain")
    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "\ud800"}, {"text": ""}, {"text": "x" * 513}, {"text": None}, {"text": 7}, {"uid": "x"}, {"uid": None},
        {"means": "telepathy"}, {"read_at": "yesterday"}, {"read_at": "0001-01-01T00:00:00Z"}, {"waited": -1},
        {"read_at": "9999-12-31T23:59:59Z"}, {"read_at": "2019-10-24T10:00:00"}, {"read_at": 1e300}, {"waited": 1e9},
    ],
)  # fmt: skip
def test_what_has_the_wrong_form_is_named_and_not_repeated(phone, show, wrong):
    answer = post(phone, body("x") | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert next(iter(wrong)) in answer.json()["sentence"]
    assert Scan.objects.count() == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[]", b"null", b"7", b'"x"', b"[" * 100_000])
def test_what_is_no_json_is_refused_in_words(phone, raw):
    answer = post(phone, raw)
    assert answer.status_code in {400, 415, 422}
    assert set(answer.json()) == {"code", "sentence"}


@pytest.mark.parametrize("text", ["\x00", "<script>", "' OR 1=1 --", "😀", "\u202e", "V" * 117, "９９９９９９９９９"])
def test_hostile_texts_are_just_not_ours(phone, text):
    assert post(phone, body(text)).json()["outcome"] == "not_ours"


def test_payment(phone, show):
    sent = body(code_of(badge_for(show, price=50)))
    due = post(phone, sent).json()
    assert (due["outcome"], due["amount"], due["admits"]) == ("payment_due", "50.00", False)
    paid = post(phone, {"how": "alipay"}, f"{SCANS}/{sent['uid']}/payment").json()
    assert (paid["outcome"], Visit.objects.count()) == ("admitted", 1)


@pytest.mark.parametrize(("how", "status", "code"), [("shells", 422, "invalid"), ("cash", 404, "no_scan")])
def test_payments_that_cannot_be(phone, how, status, code):
    answer = post(phone, {"how": how}, f"{SCANS}/{body('x')['uid']}/payment")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nothing_due_is_a_conflict(phone, show):
    sent = body(code_of(badge_for(show)))
    post(phone, sent)
    answer = post(phone, {"how": "cash"}, f"{SCANS}/{sent['uid']}/payment")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_due")


def test_the_days_counts(phone, show):
    post(phone, body(code_of(badge_for(show))))
    assert phone.get("/api/v1/gate/today").json() == {"here": 1, "in_all": 1}


def test_the_language_is_the_requests(phone, show):
    post_in = post(phone, body(code_of(badge_for(show))), **{"Accept-Language": "zh-CN"})
    assert post_in.headers["Content-Language"] == "zh-hans"


def test_a_scan_asks_the_database_twice(phone, show, django_assert_num_queries):
    phone.get("/api/v1/gate/today")
    sent = body(code_of(badge_for(show)))
    # Who bears the badge; then scan and visit in one statement, between SAVEPOINT and RELEASE (BEGIN and COMMIT).
    with django_assert_num_queries(4):
        assert post(phone, sent).status_code == 200


def test_the_api_describes_itself(client, show):
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {"400", "401", "403", "404", "409", "422", "429"} <= set(schema["paths"][SCANS]["post"]["responses"])
