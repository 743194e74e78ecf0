"""A tour on phones: a visitor gives the number, the guide ticks the bus off, and staff take the list for the gate."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import caches
from django.urls import reverse
from playwright.sync_api import expect

from programme.links import guide_key
from programme.models import Signup
from tests.factories.accounts import UserFactory
from tests.factories.expo import on
from tests.factories.papers import OTHER, RESIDENT, departure, gave, named
from tests.factories.programme import GuideFactory
from tests.factories.signups import EVE, party, signed_up, visitor
from tests.journeys.test_accessible import AA
from visitors.links import visit_key
from visitors.models import Badge, Registration

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def guide(fair):
    return GuideFactory(show=fair.show, name="Zhao Min")


@pytest.fixture
def tour(fair, guide):
    """Leaves a quarter past ten, a quarter of an hour from now; three parties go along."""
    session = departure(
        on(1, "10:15"), show=fair.show, guide=guide, seats=8, title_en="The robot works", title_zh="机器人工厂",
        meeting_en="Gate 3", meeting_zh="3号门",
    )  # fmt: skip
    caches["process"].clear()
    return session


def no_barrier(page):
    found = Axe().run(page, options=AA).response["violations"]
    assert [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_guide_ticks_off_scans_and_lets_somebody_in(tour, guide, logged_in, live_server):
    context = logged_in(None, bypass_csp=True, viewport=PHONE)
    page = context.new_page()
    alone, family = visitor(), signed_up(visitor(), tour, people=named(3))
    signed_up(alone, tour)
    Registration.objects.filter(pk=alone.pk).update(phone="+8613800138000")
    stranger = visitor()
    page.goto(live_server.url + reverse("boarding", args=[guide_key(guide)]))
    no_barrier(page)
    page.get_by_role("link", name="Open the list").click()
    expect(page.locator(".counted")).to_contain_text("0 of 4")
    expect(page.get_by_role("link", name="Call")).to_have_attribute("href", "tel:+8613800138000")
    no_barrier(page)
    page.evaluate("window.stays = true")
    page.get_by_role("button", name="Aboard Guest 1").click()
    expect(page.locator(".counted")).to_contain_text("1 of 4")
    page.get_by_label("Serial on the badge").fill(Badge.objects.get(registration=alone).serial)
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".said")).to_contain_text("Aboard")
    expect(page.locator(".counted")).to_contain_text("2 of 4")
    expect(page.get_by_label("Serial on the badge")).to_have_value("")
    page.get_by_role("button", name="All aboard").click()
    expect(page.locator("#missing + ul")).to_contain_text("Nobody: you can leave.")
    no_barrier(page)
    page.get_by_label("Serial on the badge").fill(Badge.objects.get(registration=stranger).serial)
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_contain_text("Not signed up")
    # The list came back each time without the page being left: the camera would still be on.
    assert page.evaluate("window.stays") is True
    assert Signup.objects.get(pk=family.pk).came == 3


def test_the_list_works_without_javascript(tour, guide, browser, live_server):
    signup = signed_up(visitor(), tour)
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(live_server.url + reverse("boarding-departure", args=[guide_key(guide), tour.slug]))
    page.get_by_role("button", name="Aboard Visitor").click()
    expect(page.locator(".counted")).to_contain_text("1 of 1")
    page.get_by_role("button", name="Not aboard").click()
    expect(page.locator(".counted")).to_contain_text("0 of 1")
    context.close()
    assert Signup.objects.get(pk=signup.pk).state == "confirmed"


def test_without_network_a_tick_says_that_it_was_not_noted(tour, guide, context, live_server):
    signup = signed_up(visitor(), tour)
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(live_server.url + reverse("boarding-departure", args=[guide_key(guide), tour.slug]))
    context.set_offline(True)
    page.get_by_role("button", name="Aboard Visitor").click()
    expect(page.locator("#trouble")).to_contain_text("this was not noted")
    context.set_offline(False)
    page.get_by_role("button", name="Aboard Visitor").click()
    expect(page.locator(".counted")).to_contain_text("1 of 1")
    assert Signup.objects.get(pk=signup.pk).came == 1


def test_a_party_gives_its_numbers_on_a_phone(fair, guide, logged_in, live_server):
    tour = departure(on(2, "09:00"), show=fair.show, guide=guide)
    group = party("Li Na")
    signup = signed_up(group.lead, tour, people=named(2))
    context = logged_in(None, bypass_csp=True, viewport=PHONE)
    page = context.new_page()
    page.goto(live_server.url + reverse("visit-signup-id", args=[visit_key(group.lead), signup.guid]))
    no_barrier(page)
    first = page.locator("article").first
    first.get_by_label("Kind of document").select_option("ric")
    first.get_by_label("Number").fill("110105194912310021")
    page.get_by_role("button", name="Save the numbers").click()
    expect(page.get_by_role("alert")).to_contain_text("The last character does not fit the others.")
    expect(first.get_by_label("Number")).to_have_value("110105194912310021")
    no_barrier(page)
    first.get_by_label("Number").fill(RESIDENT.lower())
    page.get_by_role("button", name="Save the numbers").click()
    expect(first).to_contain_text("1101**********002X")
    expect(page.get_by_role("status")).to_contain_text("The number of 1 person is still missing.")
    no_barrier(page)


def test_staff_look_at_numbers_and_take_the_list(fair, guide, logged_in, live_server):
    tour = departure(on(2, "09:00"), show=fair.show, guide=guide, title_en="The robot works")
    gave(signed_up(visitor(), tour, people=named(2), at=EVE), RESIDENT, OTHER)
    context = logged_in(UserFactory(organiser=True), bypass_csp=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/programme/papers/")
    no_barrier(page)
    page.get_by_role("link", name="The robot works").click()
    expect(page.locator("table").first).not_to_contain_text(RESIDENT)
    no_barrier(page)
    page.get_by_role("button", name="Show the numbers of this departure").click()
    expect(page.locator("table").first).to_contain_text(RESIDENT)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export the list").click()
    assert download.value.suggested_filename.endswith("-20191025.xlsx")
