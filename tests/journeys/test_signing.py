"""A visitor with a badge on a phone: waits, is offered a place, takes it, and swaps one session for another."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import caches
from playwright.sync_api import expect

from programme.actions.signing import acts
from programme.models import Signup
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import SYSTEM, placed, publish
from tests.factories.signups import signed_up
from tests.factories.visitors import registered
from tests.journeys.test_accessible import AA, SCREENS
from visitors.links import visit_key

AT = on(1, "10:00")


@pytest.fixture
def phone(page):
    page.set_viewport_size({"width": 360, "height": 740})
    return page


@pytest.fixture
def plan(fair):
    """Two sessions at one time, the first of them full; and a visitor with a badge."""
    robots = placed(on(2, "10:00"), title_en="Robots", seats=1)
    lasers = placed(on(2, "10:30"), title_en="Lasers", seats=9, room=RoomFactory(name_en="Room 2"))
    publish(fair.show, at=AT)
    fair.robots, fair.lasers = robots, lasers
    fair.holder = registered(fair.ticket, "张伟", name="李娜", email="li@example.org", at=AT).lead
    fair.first = signed_up(fair.holder, robots, at=AT)
    fair.row = registered(fair.ticket, "刘洋", name="王小明", email="wang@example.org", at=AT).lead
    caches["process"].clear()
    return fair


def session(server, one, language="en"):
    return f"{server.url}/{language}/programme/{one.slug}/"


def be_known(page, server, row):
    page.goto(f"{server.url}/en/visit/{visit_key(row)}/")
    page.get_by_role("button", name="Choose sessions and tours").click()


def test_a_visitor_waits_is_offered_a_place_takes_it_and_swaps(plan, phone, live_server):
    be_known(phone, live_server, plan.row)
    phone.goto(session(live_server, plan.robots))
    expect(phone.locator(".booking")).to_contain_text("Full: the only seat is taken")
    phone.get_by_role("button", name="Join the waiting list").click()
    expect(phone.locator(".booking")).to_contain_text("You are first in line")

    acts.give_up(actor=SYSTEM, signup=plan.first, at=AT)
    phone.reload()
    expect(phone.locator(".booking")).to_contain_text("A place is kept for you")
    phone.get_by_role("button", name="Take it").click()
    expect(phone.locator(".booking")).to_contain_text("You have a place")

    phone.goto(session(live_server, plan.lasers))
    phone.get_by_role("button", name="Sign up and swap").click()
    expect(phone.locator("h1")).to_have_text("You have another place at that time")
    phone.get_by_role("button", name="Swap: take this place").click()
    expect(phone.locator("main")).to_contain_text("What it clashed with is given up.")
    assert [one.state for one in Signup.objects.filter(registration=plan.row).order_by("pk")] == [
        "given_up",
        "confirmed",
    ]


def test_a_family_comes_along_and_one_stays_at_home(plan, phone, live_server):
    be_known(phone, live_server, plan.row)
    phone.goto(session(live_server, plan.lasers))
    phone.get_by_role("link", name="Come with others").click()
    phone.get_by_label("刘洋").check()
    phone.get_by_label("Further guests").fill("1")
    phone.get_by_role("button", name="Sign up").click()
    expect(phone.locator(".booking")).to_contain_text("You have 3 places")
    phone.get_by_role("link", name="Change who comes").click()
    phone.get_by_label("Further guests").fill("")
    phone.get_by_role("button", name="Save").click()
    expect(phone.locator(".booking")).to_contain_text("王小明 and 刘洋")


def test_who_is_not_known_gets_a_code_and_comes_back(plan, phone, live_server):
    phone.goto(session(live_server, plan.lasers))
    phone.get_by_role("link", name="Sign up").click()
    expect(phone.locator("h1")).to_have_text("Who are you?")
    assert phone.locator("[name=next]").get_attribute("value") == f"/en/programme/{plan.lasers.slug}/sign-up/"


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen["width"]))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_its_pages_are_for_everybody(plan, live_server, browser, screen, language):
    own = signed_up(plan.row, plan.lasers, at=AT)
    signed_up(plan.row, plan.robots, at=AT)
    other = placed(on(2, "11:00"), title_en="Clouds", room=RoomFactory(name_en="Room 3"))
    publish(plan.show, at=AT)
    acts.give_up(actor=SYSTEM, signup=plan.first, at=AT)
    caches["process"].clear()
    context = browser.new_context(viewport=screen, bypass_csp=True)
    page = context.new_page()
    be_known(page, live_server, plan.row)
    visit = f"{live_server.url}/{language}/visit/{visit_key(plan.row)}/signups/{own.guid}"
    for path in (
        session(live_server, plan.lasers, language),
        session(live_server, plan.robots, language),
        session(live_server, other, language),
        session(live_server, other, language) + "sign-up/",
        f"{visit}/party/",
    ):
        page.goto(path)
        check(page)
    page.goto(session(live_server, other, language))
    page.locator(".booking form button").click()
    expect(page.locator(".clashes")).to_be_visible()
    check(page)
    context.close()


def check(page):
    found = Axe().run(page, options=AA)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
