"""The programme on a phone and on a desk, with a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.announcing import announced

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def phone(browser, fair, live_server):
    """A phone without scripts, at the front page."""
    announced(fair)
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/en/")
    yield page
    context.close()


def test_a_visitor_comes_from_the_front_page_to_a_session_by_search(phone):
    phone.get_by_role("link", name=re.compile("See the programme")).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thursday 24 October")
    phone.get_by_label("Search the programme").fill("jiqiren")
    phone.get_by_role("button", name="Search").click()
    phone.get_by_role("heading", name="Robots").get_by_role("link").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Robots")
    expect(phone.locator(".head .chip", has_text="on now")).to_be_visible()
    expect(phone.get_by_role("link", name="Ada Stone")).to_be_visible()


def test_on_a_phone_the_list_is_shown_and_narrowed_down(phone):
    phone.goto(phone.url + "programme/day/2019-10-24/")
    expect(phone.locator(".as-list .slot")).to_have_count(5)
    expect(phone.locator(".as-grid")).to_be_hidden()
    phone.get_by_text("Choose by kind, area, language").click()
    phone.get_by_label("Kind").select_option("Forum")
    phone.get_by_label("Language, also interpreted").select_option("English")
    phone.get_by_role("button", name="Show", exact=True).click()
    expect(phone.locator(".as-list .slot h3")).to_have_text(["Robots", "Lasers"])
    expect(phone.get_by_label("Kind")).to_have_value("forum")


def test_the_grid_is_one_link_away_and_back_and_its_address_can_be_shared(phone):
    phone.goto(phone.url + "programme/day/2019-10-24/")
    phone.get_by_role("link", name="As a grid").click()
    assert phone.url.endswith("/en/programme/day/2019-10-24/?view=grid")
    expect(phone.get_by_role("heading", name="Room 1 Hall 1", level=3)).to_be_visible()
    phone.get_by_role("link", name="As a list").click()
    assert phone.url.endswith("/en/programme/day/2019-10-24/?view=list")


def test_the_choice_goes_along_into_the_other_language(phone):
    phone.goto(phone.url + "programme/day/2019-10-24/?kind=promotion&view=list")
    phone.get_by_role("link", name="中文").first.click()
    assert phone.url.endswith("/zh/programme/day/2019-10-24/?kind=promotion&view=list")
    expect(phone.locator(".slot h3")).to_have_text(["量子"])


def test_on_a_desk_the_grid_is_shown_and_stands_where_the_clock_puts_it(page, fair, live_server):
    announced(fair)
    page.set_viewport_size(DESK)
    page.goto(f"{live_server.url}/en/programme/day/2019-10-24/")
    expect(page.locator(".as-list")).to_be_hidden()
    robots, quanta = (page.locator(".block", has_text=name).bounding_box() for name in ("Robots", "Quanta"))
    ten, fourteen = (page.locator(".clockface span", has_text=name).bounding_box() for name in ("10:00", "14:00"))
    hour = (fourteen["x"] - ten["x"]) / 4
    assert abs(robots["x"] - (ten["x"] - hour / 2)) < 5
    assert abs(robots["width"] - hour) < 8
    assert abs(quanta["x"] - fourteen["x"]) < 5
    assert quanta["y"] > robots["y"]


def test_the_grid_is_walked_by_keyboard_in_the_order_of_rooms_and_time(page, fair, live_server):
    announced(fair)
    page.set_viewport_size(DESK)
    page.goto(f"{live_server.url}/en/programme/day/2019-10-24/?view=grid")
    page.locator(".pane").focus()
    walked = []
    for _ in range(5):
        page.keyboard.press("Tab")
        walked.append(page.evaluate("document.activeElement.querySelector('b').textContent"))
    assert walked == ["Robots", "Night", "Lasers", "Quanta", "To the works"]


def test_paper_gets_the_list_whatever_the_screen_shows(page, fair, live_server):
    announced(fair)
    page.set_viewport_size(DESK)
    page.goto(f"{live_server.url}/en/programme/day/2019-10-24/")
    page.emulate_media(media="print")
    expect(page.locator(".as-list")).to_be_visible()
    expect(page.locator(".as-grid")).to_be_hidden()
    expect(page.locator(".narrow-down")).to_be_hidden()


def test_the_screen_at_a_door_takes_up_what_changes(page, fair, live_server):
    announced(fair)
    page.clock.install()
    page.goto(f"{live_server.url}/en/programme/wall/hall-1/")
    expect(page.locator(".at-door").first).to_contain_text("Robots")
    page.route("**/programme/wall/hall-1/", lambda route: route.fulfill(
        content_type="text/html", body="<header>Later</header><main>Something else</main>"
    ))  # fmt: skip
    page.clock.run_for(16_000)
    expect(page.locator("main")).to_have_text("Something else")
    page.route("**/programme/wall/hall-1/", lambda route: route.abort())
    page.clock.run_for(16_000)
    expect(page.locator("body")).to_have_class(re.compile("is-stale"))
    expect(page.locator("main")).to_have_text("Something else")
