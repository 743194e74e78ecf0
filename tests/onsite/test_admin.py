import pytest
from django.test import Client

from accounts.models import Role
from onsite.models import Device, Scan
from tests.factories.accounts import UserFactory
from tests.factories.expo import on
from tests.factories.onsite import badge_for, code_of
from tests.onsite.test_actions import read

pytestmark = pytest.mark.usefixtures("ten")
LISTS = ["scan", "visit", "device"]


@pytest.fixture
def desk(db):
    client = Client()
    client.force_login(UserFactory(roles=[Role.GATE_STAFF], password=None))
    return client


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("model", "queries"), [("scan", 7), ("visit", 7)])
def test_lists_cost_the_same_however_long(desk, device, django_assert_max_num_queries, model, queries, rows):
    for _ in range(rows):
        read(device, code_of(badge_for(device.show)))
    desk.get(f"/admin/onsite/{model}/")
    with django_assert_max_num_queries(queries):
        page = desk.get(f"/admin/onsite/{model}/")
    assert page.content.decode().count('class="action-checkbox"') == 0
    assert len(page.context["cl"].result_list) == rows


@pytest.mark.parametrize("model", LISTS)
@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 200), (Role.ORGANISER, 200), (Role.AREA_MANAGER, 403)])
def test_who_may_see_what_happened_at_the_gates(device, model, role, status):
    client = Client()
    client.force_login(UserFactory(roles=[role], password=None))
    assert client.get(f"/admin/onsite/{model}/").status_code == status


def test_a_scan_is_found_by_its_serial_as_printed(desk, device):
    badges = [badge_for(device.show, name=f"Visitor {n}") for n in range(2)]
    for badge in badges:
        read(device, badge.serial, means="typed")
    page = desk.get("/admin/onsite/scan/", {"q": badges[0].serial_in_groups.lower()})
    assert [scan.badge for scan in page.context["cl"].result_list] == [badges[0]]


@pytest.mark.parametrize(
    "query", ["day=1", "day=9", "day=x", "gate=x", "outcome__exact=admitted", "q=Visitor", "q=%00"]
)
def test_filters_and_searches_answer(desk, device, query):
    read(device, code_of(badge_for(device.show)))
    assert desk.get(f"/admin/onsite/scan/?{query}").status_code == 200
    assert desk.get(f"/admin/onsite/visit/?{query.replace('outcome__exact=admitted', '')}").status_code == 200


def test_the_day_of_a_scan_is_the_shows(desk, device):
    read(device, code_of(badge_for(device.show)), at=on(1, "09:00"))
    read(device, code_of(badge_for(device.show)), at=on(2, "09:00"))
    page = desk.get("/admin/onsite/scan/?day=2")
    assert [scan.at for scan in page.context["cl"].result_list] == [on(2, "09:00")]


def test_what_happened_is_read_only(desk, device):
    read(device, code_of(badge_for(device.show)))
    scan = Scan.objects.get()
    assert desk.get(f"/admin/onsite/scan/{scan.pk}/change/").status_code == 200
    assert desk.post(f"/admin/onsite/scan/{scan.pk}/change/", {"outcome": "revoked"}).status_code == 403
    assert desk.post(f"/admin/onsite/scan/{scan.pk}/delete/", {"post": "yes"}).status_code == 403


def test_staff_sign_a_device_out(desk, device):
    desk.post("/admin/onsite/device/", {"action": "sign_out", "_selected_action": [device.pk]})
    assert Device.objects.get().signed_out_at == on(1, "10:00")
