"""Booths are picked on the plan and in the list, in a real browser, without the page being loaded anew."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def plan(page, fair, live_server):
    """The plan of a hall with booths A01 to A08; a mark in the window tells whether the page was loaded anew."""
    page.goto(f"{live_server.url}/en/plan/hall-1/")
    page.evaluate("window.sameAsBefore = true")
    yield page
    assert page.evaluate("window.sameAsBefore") is True


def box(page, number):
    return page.locator(f".booths input[value={number}]")


def test_clicks_on_the_plan_add_up_and_lead_on(plan):
    plan.click("[data-booth=A01]")
    plan.click("[data-booth=A02]")
    beside = plan.locator("#beside")
    expect(beside).to_contain_text("2 booths picked")
    expect(beside.locator(".sum")).to_contain_text("18 m²")
    expect(beside.locator(".sum")).to_contain_text("¥ 21,600.00")
    expect(beside.get_by_role("link", name="Apply for these booths")).to_have_attribute(
        "href", "/en/exhibit/?pick=A01,A02#apply"
    )
    expect(plan.locator("[data-booth=A01]")).to_have_attribute("aria-label", "A01, 3 × 3 m, free, picked")
    expect(box(plan, "A01")).to_be_checked()
    expect(plan.get_by_role("status")).to_have_text("2 booths picked, 18 m², ¥ 21,600.00")


def test_a_tick_in_the_list_is_a_pick_on_the_plan_and_back(plan):
    box(plan, "A03").check()
    expect(plan.locator("[data-booth=A03]")).to_have_class("booth free area-a selected")
    expect(plan.locator("#beside")).to_contain_text("1 booth picked")
    expect(plan.get_by_text("Pick the ticked booths")).to_be_hidden()
    plan.click("[data-booth=A03]")
    expect(box(plan, "A03")).not_to_be_checked()
    expect(plan.locator("#beside")).not_to_contain_text("picked")
    assert plan.url.endswith("/en/plan/hall-1/")


def test_quick_clicks_end_in_what_was_clicked(plan):
    for number in ("A01", "A02", "A03", "A02"):
        plan.click(f"[data-booth={number}]", no_wait_after=True)
    expect(plan.locator("#beside")).to_contain_text("2 booths picked")
    assert plan.url.endswith("?pick=A01,A03")


def test_the_keyboard_picks_too_and_keeps_its_place(plan):
    plan.focus("[data-booth=A04]")
    plan.keyboard.press("Enter")
    expect(plan.locator("#beside")).to_contain_text("1 booth picked")
    plan.keyboard.press("ArrowRight")
    plan.keyboard.press("Enter")
    expect(plan.locator("#beside")).to_contain_text("2 booths picked")
    expect(plan.locator("[data-booth=A05]")).to_be_focused()


def test_without_scripts_the_booths_are_picked_as_ever(browser, fair, live_server):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/en/plan/hall-1/")
    for number in ("A01", "A02"):
        box(page, number).check()
    page.get_by_text("Pick the ticked booths").click()
    expect(page.locator("#beside")).to_contain_text("2 booths picked")
    page.click("[data-booth=A03]")
    expect(page.locator("#beside")).to_contain_text("Booth A03")
    page.context.close()
