from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Role
from onsite.models import Device, Scan, Visit
from tests.factories.accounts import UserFactory
from tests.factories.expo import GateFactory, HallFactory, ShowFactory
from tests.factories.onsite import badge_for

pytestmark = pytest.mark.usefixtures("ten")


def signed_in(*roles):
    client = Client()
    client.force_login(UserFactory(roles=list(roles), password=None))
    return client


def test_a_stranger_is_shown_the_way_and_nothing_else(client, device):
    page = client.get("/en/gate/")
    assert (page.status_code, "Sign in" in page.content.decode()) == (200, True)
    assert device.name not in page.content.decode()


@pytest.mark.parametrize("role", [Role.EXHIBITOR, Role.AUDITOR, Role.AREA_MANAGER])
def test_other_roles_sign_no_device_in(role, device):
    client = signed_in(role)
    assert client.get("/en/gate/").status_code == 403
    answer = client.post("/en/gate/sign-in/", {"gate": device.gate_id, "name": "x"})
    assert (answer.status_code, Device.objects.count()) == (403, 1)


@pytest.mark.parametrize("role", [Role.GATE_STAFF, Role.ORGANISER])
def test_staff_sign_a_device_in_and_it_stays_when_they_leave(role, device):
    client = signed_in(role)
    answer = client.post("/en/gate/sign-in/", {"gate": device.gate_id, "name": "Phone 7"})
    cookie = answer.cookies[settings.DEVICE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Strict", 14 * 24 * 3600)
    client.post("/en/gate/leave-account/")
    assert "_auth_user_id" not in client.session
    assert "Phone 7" in client.get("/en/gate/").content.decode()


def test_a_strangers_post_signs_nothing_in(client, device):
    answer = client.post("/en/gate/sign-in/", {"gate": device.gate_id, "name": "x"})
    assert answer.headers["Location"].startswith("/en/accounts/login/")


def test_gates_of_other_shows_are_not_offered(device):
    other = GateFactory(hall=HallFactory(show=ShowFactory(number=21, is_current=False)))
    page = signed_in(Role.GATE_STAFF).post("/en/gate/sign-in/", {"gate": other.pk, "name": "Phone 7"})
    assert (page.status_code, Device.objects.count()) == (422, 1)
    assert "Phone 7" in page.content.decode()


@pytest.mark.parametrize("name", ["", " ", "x" * 61])
def test_a_device_has_a_name(name, device):
    page = signed_in(Role.GATE_STAFF).post("/en/gate/sign-in/", {"gate": device.gate_id, "name": name})
    assert (page.status_code, 'class="wrong"' in page.content.decode()) == (422, True)


def test_a_signed_out_device_is_out(phone, device):
    assert device.name in phone.get("/en/gate/").content.decode()
    phone.post("/en/gate/sign-out/")
    device.refresh_from_db()
    assert device.signed_out_at is not None
    assert "Sign in" in phone.get("/en/gate/").content.decode()


def test_a_typed_serial_is_answered_on_the_page_and_once(phone, show):
    badge = badge_for(show, name="<b>Zhang</b>")
    sent = {"uid": str(uuid4()), "serial": badge.serial_in_groups}
    pages = [phone.post("/en/gate/scan/", sent) for _ in range(2)]
    assert [page.status_code for page in pages] == [200, 200]
    assert 'data-look="yes"' in pages[1].content.decode()
    assert "&lt;b&gt;Zhang" in pages[0].content.decode()
    assert (Scan.objects.count(), Visit.objects.count()) == (1, 1)


@pytest.mark.parametrize("serial", ["", "   ", "x" * 201])
def test_what_cannot_be_a_serial_is_told_beside_the_field(phone, serial):
    page = phone.post("/en/gate/scan/", {"uid": str(uuid4()), "serial": serial})
    assert (page.status_code, 'id="id_serial_error"' in page.content.decode()) == (422, True)
    assert Scan.objects.count() == 0


@pytest.mark.parametrize("serial", ["\x00\x00", "\u202e", "😀" * 9, "<script>", "ＡＢＣ", "'; --"])
def test_hostile_serials_are_not_ours_or_told_so(phone, serial):
    page = phone.post("/en/gate/scan/", {"uid": str(uuid4()), "serial": serial})
    assert page.status_code in {200, 422}
    assert "<script>" not in page.content.decode()


def test_money_by_the_form(phone, show):
    uid = str(uuid4())
    phone.post("/en/gate/scan/", {"uid": uid, "serial": badge_for(show, price=50).serial})
    assert phone.post(f"/en/gate/scan/{uid}/payment/", {"how": "shells"}).status_code == 422
    page = phone.post(f"/en/gate/scan/{uid}/payment/", {"how": "cash"})
    assert (page.status_code, Visit.objects.count()) == (200, 1)
    assert phone.post(f"/en/gate/scan/{uuid4()}/payment/", {"how": "cash"}).status_code == 409


@pytest.mark.parametrize("path", ["scan/", "sign-out/"])
def test_without_a_device_nothing_is_read(client, show, path):
    answer = client.post(f"/en/gate/{path}", {"uid": str(uuid4()), "serial": badge_for(show).serial})
    assert (answer.status_code, answer.headers["Location"], Scan.objects.count()) == (302, "/en/gate/", 0)


def test_only_the_scanner_may_compile(phone, client):
    assert "'wasm-unsafe-eval'" in phone.get("/en/gate/").headers["Content-Security-Policy"]
    assert "wasm" not in client.get("/en/accounts/login/").headers["Content-Security-Policy"]
    assert "unsafe-inline" not in phone.get("/en/gate/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("scans", [1, 8])
def test_the_page_costs_the_same_however_many_scans(phone, show, django_assert_max_num_queries, scans):
    for _ in range(scans):
        phone.post("/en/gate/scan/", {"uid": str(uuid4()), "serial": badge_for(show).serial})
    with django_assert_max_num_queries(2):
        phone.get("/en/gate/")


def test_the_app_is_installable(client, show):
    manifest = client.get("/zh/gate/manifest.webmanifest").json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/zh/gate/", "/zh/gate/", "standalone")
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
