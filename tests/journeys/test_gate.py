"""A gate as its staff live it, in a real browser: sign a phone in, read badges, take money, lose the network."""

from io import BytesIO

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from onsite.models import Scan, Visit
from tests.drawing import drawn
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.expo import GateFactory, on
from tests.factories.onsite import TOKEN, DeviceFactory, badge_for, code_of
from visitors.badges import qr
from visitors.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 360, "height": 740}
TYPE = """keys => {
    const init = { bubbles: true, cancelable: true };
    for (const key of keys) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, ...init }));
}"""


@pytest.fixture(autouse=True)
def _nothing_remembered():
    caches["process"].clear()
    yield
    caches["process"].clear()


@pytest.fixture
def gate():
    """A gate at ten o'clock on the first day, by the show's clock; the browser's clock goes on as it is."""
    gate = GateFactory(name_en="Gate 1", name_zh="1号门")
    show = gate.hall.show
    show.is_demo, show.clock_shift = True, on(1, "10:00") - timezone.now()
    show.save()
    return gate


@pytest.fixture
def show(gate):
    return gate.hall.show


@pytest.fixture
def phone(context, gate, live_server):
    """A page of a phone that is signed in at the gate."""
    DeviceFactory(gate=gate)
    context.add_cookies([{"name": settings.DEVICE_COOKIE_NAME, "value": TOKEN, "url": live_server.url}])
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/en/gate/")
    return page


def read(page, text):
    page.fill("#id_serial", text)
    page.press("#id_serial", "Enter")
    return page.locator("#answer h2")


def test_gate_staff_sign_a_phone_in_and_read_a_badge_twice(page, show, live_server):
    user = UserFactory(gate_staff=True)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    badge = badge_for(show, name="王小明")
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/en/gate/")
    page.click("a.big")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.select_option("#id_gate", index=1)
    page.fill("#id_name", "Phone 3")
    page.click("button.big")
    expect(page.locator("header")).to_contain_text("Phone 3")
    page.click("summary")
    page.click("text=Sign me out of my account, the device stays")
    expect(page.locator("h1")).to_have_text("Gate 1")
    expect(read(page, badge.serial.lower())).to_have_text("Admitted")
    expect(page.locator("#answer")).to_contain_text("王小明")
    page.click(".next")
    expect(read(page, badge.serial)).to_have_text("Already in today")
    expect(page.locator("#here")).to_have_text("1")
    assert (Visit.objects.count(), Scan.objects.count()) == (1, 2)
    cookie = next(c for c in page.context.cookies() if c["name"] == settings.DEVICE_COOKIE_NAME)
    assert (cookie["httpOnly"], cookie["sameSite"], len(cookie["value"])) == (True, "Strict", 43)


def test_money_is_taken_at_the_gate(phone, show):
    badge = badge_for(show, price=50)
    expect(read(phone, badge.serial)).to_have_text("Payment due")
    expect(phone.locator("#answer")).to_contain_text("¥ 50.00")
    phone.click("text=WeChat Pay")
    expect(phone.locator("#answer h2")).to_have_text("Admitted")
    assert Ticket.objects.get().paid_by == "wechat"


def test_an_empty_serial_is_said_without_leaving_the_camera_and_forgotten_with_the_next_badge(phone, show):
    badge = badge_for(show)
    address = phone.url
    phone.press("#id_serial", "Enter")
    told = phone.locator("#id_serial_error")
    expect(told).to_have_text("Type the nine characters below the code on the badge.")
    assert phone.url == address
    expect(read(phone, badge.serial)).to_have_text("Admitted")
    expect(told).to_be_hidden()


def test_a_hand_scanner_types_anywhere_on_the_page(phone, show):
    code = code_of(badge_for(show))
    phone.locator("#recent-title").click()
    # In one go, as a scanner does; typed key by key over a busy machine it would be a person.
    phone.evaluate(TYPE, [*code, "Enter"])
    expect(phone.locator("#answer h2")).to_have_text("Admitted")
    assert Scan.objects.get().means == "scanner"


def test_a_scan_without_network_is_kept_and_sent_later(phone, show, context):
    badge = badge_for(show)
    context.set_offline(True)
    expect(read(phone, badge.serial)).to_have_text("No network")
    expect(phone.locator("#network")).to_contain_text("1")
    assert Scan.objects.count() == 0
    context.set_offline(False)
    expect(phone.locator("#recent")).to_contain_text("Admitted · sent later")
    expect(phone.locator("#network")).to_be_hidden()
    assert Visit.objects.count() == 1


def test_the_gate_works_without_javascript(browser, gate, show, live_server):
    DeviceFactory(gate=gate)
    badge = badge_for(show, price=50)
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    context.add_cookies([{"name": settings.DEVICE_COOKIE_NAME, "value": TOKEN, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/en/gate/")
    expect(read(page, badge.serial)).to_have_text("Payment due")
    page.click("text=Cash")
    expect(page.locator("#answer h2")).to_have_text("Admitted")
    page.click("text=Next badge")
    expect(page.locator("#answer")).to_be_hidden()
    context.close()


def test_the_camera_reads_a_badge(browser_type, browser_type_launch_args, gate, show, live_server, tmp_path):
    """Chromium plays a picture of the badge as its camera; without a BarcodeDetector of its own it reads with zxing."""
    DeviceFactory(gate=gate)
    badge = badge_for(show, name="李娜")
    film = tmp_path / "badge.mjpeg"
    film.write_bytes(picture(code_of(badge)))
    flags = [
        *browser_type_launch_args["args"],
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = browser_type.launch(**browser_type_launch_args | {"args": flags})
    context = browser.new_context(viewport=PHONE, permissions=["camera"])
    context.add_cookies([{"name": settings.DEVICE_COOKIE_NAME, "value": TOKEN, "url": live_server.url}])
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108  (a builtin takes no mark)
    page.goto(f"{live_server.url}/en/gate/")
    expect(page.locator("#answer h2")).to_have_text("Admitted", timeout=20_000)
    expect(page.locator("#answer")).to_contain_text("李娜")
    browser.close()
    assert (Scan.objects.get().means, errors) == ("camera", [])


def picture(code):
    """What the camera sees: the badge's code in the middle of a grey frame, as a JPEG."""
    symbol = drawn(qr.svg(code), scale=10)
    frame = Image.new("L", (640, 480), 128)
    frame.paste(symbol, ((640 - symbol.width) // 2, (480 - symbol.height) // 2))
    out = BytesIO()
    frame.save(out, "JPEG", quality=90)
    return out.getvalue()
