"""A visitor on a phone: register, have the badge at once, put it right, give it back, be erased."""

import pytest
from playwright.sync_api import expect

from visitors.codes import digits_of
from visitors.models import Registration, Ticket, VisitCode

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def phone(page):
    page.set_viewport_size(PHONE)
    return page


def register(page, server, *, name, companions=(), language="en"):
    page.goto(f"{server.url}/{language}/register/")
    page.locator("[name=ticket_type]").first.check()
    page.locator("[name=days]:enabled").first.check()
    page.fill("[name=name]", name)
    page.fill("[name=email]", "wang@example.org")
    page.select_option("[name=country]", "CN")
    if companions:
        page.locator("details.companions summary").click()
    for number, companion in enumerate(companions, 1):
        field = page.locator(f"[name=companion-{number}-name]")
        if not field.is_visible():
            page.locator("[data-more] button").click()
        field.fill(companion)
    page.check("[name=consent]")
    page.locator("button.big").click()


def test_the_badge_is_on_the_first_screen_of_a_phone(fair, phone, live_server):
    register(phone, live_server, name="王小明", language="zh")
    expect(phone.locator(".pass .who b")).to_have_text("王小明")
    symbol = phone.locator(".pass svg").bounding_box()
    assert symbol["y"] + symbol["height"] < PHONE["height"]
    for form, kind in (("badge.pdf", "application/pdf"), ("badge.png", "image/png"), ("calendar.ics", "text/calendar")):
        answer = phone.request.get(f"{phone.url}{form}")
        assert answer.headers["content-type"].partition(";")[0] == kind


def test_four_people_come_together_and_each_has_a_badge(fair, phone, live_server):
    register(phone, live_server, name="王小明", companions=["李娜", "张伟", "刘洋"])
    expect(phone.locator("main")).to_contain_text("刘洋")
    assert Registration.objects.filter(tickets__state=Ticket.State.VALID).count() == 4
    phone.get_by_role("link", name="李娜").last.click()
    expect(phone.locator(".pass .who b")).to_have_text("李娜")


def test_nothing_that_was_typed_is_lost_when_something_is_missing(fair, phone, live_server):
    phone.goto(f"{live_server.url}/en/register/")
    phone.fill("[name=name]", "王小明")
    phone.locator("button.big").click()
    expect(phone.get_by_role("alert")).to_contain_text("Please look at this again")
    expect(phone.locator("[name=name]")).to_have_value("王小明")
    assert not Registration.objects.exists()


def test_a_visitor_corrects_a_name_gives_the_ticket_back_and_is_erased(fair, phone, live_server):
    register(phone, live_server, name="王小民")
    visit = phone.url
    phone.get_by_role("link", name="Correct my details").click()
    phone.fill("[name=name]", "王小明")
    phone.locator("main form button[type=submit], main form button.btn").first.click()
    expect(phone.locator(".pass .who b")).to_have_text("王小明")
    phone.get_by_role("link", name="Give my ticket back").click()
    phone.locator("button.danger").click()
    expect(phone.locator("main")).to_contain_text("given back")
    assert Ticket.objects.get().state == Ticket.State.GIVEN_BACK
    phone.goto(f"{visit}erase/")
    phone.locator("main [type=checkbox]").check()
    phone.locator("button.danger").click()
    expect(phone.locator("h1")).to_be_visible()
    assert phone.goto(visit).status in {404, 410}
    assert not Registration.objects.filter(name="王小明").exists()


def test_the_menu_opens_below_its_button_which_stays_in_its_place(fair, phone, live_server):
    phone.goto(f"{live_server.url}/en/")
    button = phone.locator(".menu summary")
    closed = button.bounding_box()
    button.click()
    expect(phone.locator(".menu").get_by_role("link", name="Floor plan")).to_be_visible()
    assert button.bounding_box() == closed


def test_a_field_with_an_error_has_another_edge(fair, phone, live_server):
    phone.goto(f"{live_server.url}/en/register/")
    phone.locator("button.big").click()
    expect(phone.get_by_role("alert")).to_be_visible()
    refused, good = (phone.locator(f"#id_{name}") for name in ("name", "firm"))
    edges = [field.evaluate("field => getComputedStyle(field).borderColor") for field in (refused, good)]
    assert edges[0] != edges[1]


def test_who_lost_the_link_goes_on_planning_by_a_code(fair, phone, browser, live_server):
    register(phone, live_server, name="王小明", companions=["Li Lei"])
    context = browser.new_context(viewport=PHONE)
    other = context.new_page()
    other.goto(f"{live_server.url}/en/my-visit/code/?next=/en/areas/")
    other.fill("[name=email]", "wang@example.org")
    other.get_by_role("button", name="Send me a code").click()
    other.fill("[name=code]", digits_of(VisitCode.objects.get()))
    other.get_by_role("button", name="Go on").click()
    other.get_by_role("button", name="Li Lei").click()
    expect(other).to_have_url(f"{live_server.url}/en/areas/")
    expect(other.locator("#main")).to_contain_text("You are planning for Li Lei now")
    other.get_by_role("link", name="My visit").click()
    expect(other.locator(".pass .who b")).to_have_text("Li Lei")
    other.get_by_role("button", name="Forget my visit on this device").click()
    other.get_by_role("link", name="My visit").click()
    expect(other.get_by_role("heading", name="Find my visit")).to_be_visible()
    context.close()
