"""A day is planned in a real browser: dragged, stretched, by keys alone, moved together, published and taken back."""

import re

import pytest
from playwright.sync_api import expect

from programme.models import Published, Release
from tests.factories.accounts import UserFactory
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import HostFactory, SessionFactory, departing, move, placed

pytestmark = pytest.mark.django_db(transaction=True)
DAY = "/admin/programme/planner/2019-10-24/"


@pytest.fixture
def plan(fair):
    """Two rooms: in 2A a forum at ten and another at two, in 2B nothing; a session without a time, and a tour."""
    fair.room, fair.other = (RoomFactory(name_en=name, seats=300, hall=fair.hall) for name in ("Room 2A", "Room 2B"))
    host = HostFactory(name_en="Park")
    fair.first = placed(on(1, "10:00"), room=fair.room, code="F01", title_en="Opening", host=host)
    fair.second = placed(on(1, "14:00"), room=fair.room, code="F02", title_en="Robots")
    fair.waits = SessionFactory(code="F03", title_en="Quantum")
    fair.tour = departing(on(1, "12:00"), code="T01")
    return fair


@pytest.fixture
def editor(logged_in, live_server):
    """The planner's page of the first day, for somebody who plans."""
    context = logged_in(UserFactory(roles=["programme_editor"]), viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda told: page.wrong.append(told.text) if "Content Security" in told.text else None)
    page.address = f"{live_server.url}{DAY}"
    yield page
    assert page.wrong == []


def opened(page):
    page.goto(page.address)
    expect(page.locator("#planner")).to_have_class("works")
    return page


def block(page, code):
    return page.locator(".block", has=page.locator(f"b:text-is('{code}')"))


def lane(page, name):
    return page.locator(".lane", has=page.locator(f"h3:has-text('{name}')")).locator(".track")


def hour(page):
    """The width of an hour in the grid."""
    return page.locator(".clock span").nth(1).bounding_box()["width"]


def drag(page, code, *, by=0.0, to=None, end=False, drop=True):
    """Drag a block by so many hours, and into another lane; or its end."""
    box = block(page, code).bounding_box()
    x = box["x"] + (box["width"] - 4 if end else min(20, box["width"] / 3))
    y = box["y"] + box["height"] / 2
    target = to.bounding_box() if to else None
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 6, y, steps=2)
    page.mouse.move(x + by * hour(page), target["y"] + target["height"] / 2 if target else y, steps=8)
    if drop:
        page.mouse.up()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def now(session):
    session.refresh_from_db()
    return f"{session.starts_at.astimezone(session.show.zone):%H:%M}", session.minutes, str(session.room)


def test_a_block_is_dragged_to_another_time_and_room(plan, editor):
    opened(editor)

    drag(editor, "F01", by=1, to=lane(editor, "Room 2B"))

    expect(editor.get_by_role("status")).to_contain_text("Saved.")
    expect(lane(editor, "Room 2B").locator("b")).to_have_text("F01")
    expect(block(editor, "F01").locator(".when")).to_have_text("11:00–12:00")
    assert now(plan.first) == ("11:00", 60, "Room 2B")


def test_a_block_dropped_on_another_day_goes_there_at_its_time_in_its_room(plan, editor):
    opened(editor)
    tab = editor.locator("[data-to]").first
    box = tab.bounding_box()

    drag(editor, "F01", by=1, to=lane(editor, "Room 2B"), drop=False)
    editor.mouse.move(box["x"] + 20, box["y"] + 15, steps=8)
    expect(editor.get_by_role("status")).to_contain_text("F01: 25 Oct, 10:00–11:00, Room 2A")
    editor.mouse.up()

    expect(editor.get_by_role("status")).to_contain_text("Saved.")
    expect(block(editor, "F01")).to_have_count(0)
    assert now(plan.first) == ("10:00", 60, "Room 2A")
    assert plan.first.starts_at.astimezone(plan.first.show.zone).date().isoformat() == tab.get_attribute("data-to")


def test_a_block_says_its_time_while_it_is_dragged(plan, editor):
    opened(editor)

    drag(editor, "F01", by=0.5, drop=False)

    expect(block(editor, "F01").locator(".when")).to_have_text("10:30–11:30")
    editor.mouse.up()
    expect(editor.get_by_role("status")).to_contain_text("Saved.")


def test_the_end_of_a_block_is_stretched(plan, editor):
    opened(editor)

    drag(editor, "F01", by=0.5, end=True)

    expect(block(editor, "F01").locator(".when")).to_have_text("10:00–11:30")
    expect(editor.get_by_role("status")).to_contain_text("Saved.")
    assert now(plan.first) == ("10:00", 90, "Room 2A")


def test_what_clashes_is_shown_with_its_reason_while_dragging_and_a_refused_drop_goes_back(plan, editor):
    opened(editor)

    drag(editor, "F01", by=3.5, drop=False)
    expect(editor.get_by_role("status")).to_contain_text("Room 2A has “Robots” from 24 Oct, 14:00 to 15:00.")
    expect(block(editor, "F02")).to_have_class(re.compile(r"\bhit\b"))
    editor.mouse.up()

    expect(editor.get_by_role("status")).to_contain_text("Put back.")
    expect(block(editor, "F01").locator(".when")).to_have_text("10:00–11:00")
    assert block(editor, "F01").evaluate("one => getComputedStyle(one).getPropertyValue('--h').trim()") == "10"
    assert now(plan.first) == ("10:00", 60, "Room 2A")


def test_what_waits_is_dragged_into_the_grid_and_out_of_it(plan, editor):
    opened(editor)
    waiting, target = block(editor, "F03").bounding_box(), lane(editor, "Room 2B").bounding_box()
    editor.mouse.move(waiting["x"] + 20, waiting["y"] + 10)
    editor.mouse.down()
    editor.mouse.move(target["x"] + 2 * hour(editor), target["y"] + 20, steps=8)
    editor.mouse.up()
    expect(editor.get_by_role("status")).to_contain_text("Saved.")
    expect(lane(editor, "Room 2B").locator("b")).to_have_text("F03")
    assert now(plan.waits) == ("10:00", 60, "Room 2B")

    placed_there, beside = block(editor, "F03").bounding_box(), editor.locator("#unplaced").bounding_box()
    editor.mouse.move(placed_there["x"] + 20, placed_there["y"] + 20)
    editor.mouse.down()
    editor.mouse.move(beside["x"] + 40, beside["y"] + 20, steps=8)
    editor.mouse.up()
    expect(editor.get_by_role("status")).to_contain_text("Taken off the grid.")
    expect(editor.locator("#unplaced b")).to_have_text("F03")
    plan.waits.refresh_from_db()
    assert plan.waits.starts_at is None


def test_a_drop_outside_the_hours_asks_for_the_reason(plan, editor):
    opened(editor)

    drag(editor, "F02", by=2.5)
    editor.get_by_label("The reason; it stays on record").fill("Dinner")
    editor.get_by_role("button", name="Save with this reason").click()

    expect(editor.get_by_role("status")).to_contain_text("Saved.")
    plan.second.refresh_from_db()
    assert plan.second.outside_hours_why == "Dinner"


def test_who_gives_no_reason_has_moved_nothing(plan, editor):
    opened(editor)

    drag(editor, "F02", by=2.5)
    editor.get_by_role("button", name="Put it back").click()

    expect(editor.get_by_role("status")).to_have_text("Put back.")
    assert now(plan.second) == ("14:00", 60, "Room 2A")


def test_by_keys_alone_a_block_is_moved_stretched_and_saved(plan, editor):
    opened(editor)
    block(editor, "F01").locator("a").focus()

    press(editor, *["ArrowRight"] * 3, "ArrowDown", "Shift+ArrowRight", "Shift+ArrowRight")
    expect(editor.get_by_role("status")).to_contain_text("24 Oct, 10:15–11:25, Room 2B · Nothing clashes.")
    press(editor, "Enter")

    expect(editor.get_by_role("status")).to_contain_text("Saved.")
    expect(block(editor, "F01").locator("a")).to_be_focused()
    assert now(plan.first) == ("10:15", 70, "Room 2B")


def test_by_keys_alone_a_block_is_put_back_taken_off_and_placed(plan, editor):
    opened(editor)
    block(editor, "F01").locator("a").focus()
    press(editor, "ArrowRight", "Escape")
    expect(block(editor, "F01").locator("a")).to_be_focused()
    assert now(plan.first) == ("10:00", 60, "Room 2A")

    press(editor, "u")
    expect(editor.locator("#unplaced b")).to_have_text(["F01", "F03"])
    expect(block(editor, "F01").locator("a")).to_be_focused()
    press(editor, "ArrowDown", "ArrowRight", "Enter")

    expect(editor.get_by_role("status")).to_contain_text("Saved.")
    expect(editor.locator("#unplaced b")).to_have_text("F03")
    assert now(plan.first) == ("09:05", 60, "Room 2A")


def test_a_tour_stays_in_its_lane(plan, editor):
    opened(editor)

    drag(editor, "T01", by=1, to=lane(editor, "Room 2A"))

    expect(block(editor, "T01").locator(".when")).to_have_text("13:00–16:00")
    expect(editor.get_by_role("status")).to_contain_text("Saved.")
    assert now(plan.tour) == ("13:00", 180, "None")


def test_what_somebody_else_moved_is_told_and_shown_where_it_is(plan, editor):
    opened(editor)
    move(plan.first, on(1, "16:00"))

    drag(editor, "F01", by=1)

    expect(editor.get_by_role("status")).to_contain_text("Somebody changed this session meanwhile")
    expect(block(editor, "F01").locator(".when")).to_have_text("16:00–17:00")
    assert now(plan.first) == ("16:00", 60, "Room 2A")


def test_a_click_on_a_block_opens_its_form(plan, editor):
    opened(editor)

    block(editor, "F01").click()

    expect(editor.get_by_role("heading", level=1)).to_have_text("F01 Opening")


def test_a_room_is_moved_together_published_and_taken_back(plan, editor):
    opened(editor)
    editor.get_by_role("link", name="Move several").click()
    editor.get_by_label("What is in").select_option(label="Room 2A (300 seats)")
    editor.get_by_label("From").fill("12:00")
    editor.get_by_role("button", name="Preview", exact=True).click()
    expect(editor.locator("table.summary tbody tr")).to_have_count(1)
    expect(editor.locator("table.summary ins")).to_have_text("24 Oct, 14:30–15:30, Room 2A")
    editor.get_by_role("button", name="Move them").click()
    expect(block(editor, "F02").locator(".when")).to_have_text("14:30–15:30")

    editor.get_by_role("link", name="Publish what changed").click()
    editor.get_by_label("F02 Robots").uncheck()
    editor.get_by_role("button", name="Publish what is ticked").click()
    expect(editor.locator(".messagelist")).to_contain_text("Version 1 is public.")
    assert Published.objects.count() == 2

    editor.get_by_role("link", name="Take it back").click()
    expect(editor.locator("body")).to_contain_text("1 mail goes out")
    editor.get_by_role("button", name="Take it back").click()
    expect(editor.locator(".messagelist")).to_contain_text("Version 1 is taken back")
    assert (Published.objects.count(), Release.objects.count()) == (0, 2)


def test_without_scripts_a_session_is_placed_by_its_form(plan, logged_in, live_server):
    page = logged_in(UserFactory(organiser=True), java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}{DAY}")

    page.locator(".block", has_text="F03").locator("a").click()
    page.get_by_label("Day").fill("2019-10-24")
    page.get_by_label("Starts at").fill("11:00")
    page.get_by_label("Room", exact=False).first.select_option(label="Room 2B (300 seats)")
    page.get_by_role("button", name="Place it").click()

    expect(page.locator(".messagelist")).to_contain_text("“Quantum” is placed")
    assert now(plan.waits) == ("11:00", 60, "Room 2B")
