"""The door of a session as a steward lives it, in a real browser: let in, look twice, walk in, count a party."""

import pytest
from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from playwright.sync_api import expect

from onsite.models import DoorScan
from programme.models import Signup
from tests.factories.expo import GateFactory, on
from tests.factories.onsite import TOKEN, DeviceFactory, code_of
from tests.factories.signups import party, people, places_of, published, signed_up, visitor
from tests.journeys.test_accessible import AA, Axe
from tests.journeys.test_gate import PHONE, TYPE, read
from visitors.models import Badge

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def forum():
    """A forum in twenty minutes by the show's clock; four of its places are for who walks in."""
    show = GateFactory(name_en="Gate 1", name_zh="1号门").hall.show
    show.is_demo, show.clock_shift = True, on(1, "10:00") - timezone.now()
    show.save()
    forum = published(
        on(1, "10:20"), seats=20, reserve_walk_ins=4, slug="robots", title_en="Robots", title_zh="智能机器人"
    )
    DeviceFactory()
    caches["process"].clear()
    return forum


@pytest.fixture
def phone(context, forum, live_server):
    """A page of a phone that serves the forum's door."""
    context.add_cookies([{"name": settings.DEVICE_COOKIE_NAME, "value": TOKEN, "url": live_server.url}])
    page = context.new_page()
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/en/gate/doors/robots/")
    return page


def serial(registration):
    return Badge.objects.get(registration=registration).serial


def counts(page):
    return [page.locator(f"#{name}").inner_text() for name in ("inside", "expected", "waiting", "walk_ins_left")]


def test_a_steward_finds_the_door_and_lets_people_in(phone, forum, live_server):
    alice = visitor()
    signed_up(alice, forum)
    signed_up(visitor(), forum)
    phone.goto(f"{live_server.url}/en/gate/")
    phone.click("text=Doors of sessions and buses")
    phone.click("text=Robots")
    assert counts(phone) == ["0", "2", "0", "4"]
    expect(read(phone, serial(alice))).to_have_text("Come in")
    assert phone.locator("#answer").get_attribute("data-look") == "yes"
    assert counts(phone) == ["1", "1", "0", "4"]
    phone.click(".next")
    expect(phone.locator("#recent")).to_contain_text(alice.name)
    expect(read(phone, serial(alice))).to_have_text("In already")


def test_who_is_not_signed_up_walks_in_at_one_tap(phone, forum):
    expect(read(phone, serial(visitor()))).to_have_text("Not signed up")
    expect(phone.locator("#answer")).to_contain_text("4 places are left for walk-ins.")
    phone.click("text=Let this person in")
    expect(phone.locator("#answer h2")).to_have_text("Walked in")
    assert (counts(phone), places_of(forum).present) == (["1", "0", "0", "3"], 1)


def test_a_place_elsewhere_is_named_before_it_is_given_up(phone, forum):
    other = published(on(1, "10:20"), title_en="Lasers", title_zh="激光", slug="lasers")
    caches["process"].clear()
    alice = visitor()
    signed_up(alice, other)
    expect(read(phone, serial(alice))).to_have_text("Has a place elsewhere")
    expect(phone.locator("[data-part=giving_up]")).to_contain_text("“Lasers”, 10:20")
    phone.click("text=Let this person in")
    expect(phone.locator("#answer h2")).to_have_text("Walked in")
    assert places_of(other).taken == 0


def test_all_of_a_party_come_in_at_one_tap_and_a_mistake_is_taken_back(phone, forum):
    lead, companion = party("Bo").party
    signed_up(lead, forum, people=[*people(lead, 2), *people(companion)])
    expect(read(phone, serial(companion))).to_have_text("Come in")
    expect(phone.locator("#answer")).to_contain_text("1 of the party of 3 are in.")
    phone.click("text=All of the party are here")
    expect(phone.locator("#answer")).to_contain_text("3 of the party of 3 are in.")
    expect(phone.get_by_text("All of the party are here")).to_be_hidden()
    phone.click("text=Say who is here")
    phone.uncheck(f"label:has-text('{lead.name}') input")
    phone.fill("#guests", "0")
    phone.click("text=Save who is here")
    expect(phone.locator("#answer")).to_contain_text("1 of the party of 3 are in.")
    phone.click("text=Take it back")
    expect(phone.locator("#answer .sentence")).to_contain_text("0 of the party of 3 are in.")
    assert (Signup.objects.get().state, places_of(forum).present) == ("confirmed", 0)


def test_a_hand_scanner_types_anywhere_at_the_door(phone, forum):
    alice = visitor()
    signed_up(alice, forum)
    phone.locator("#recent-title").click()
    phone.evaluate(TYPE, [*code_of(Badge.objects.get(registration=alice)), "Enter"])
    expect(phone.locator("#answer h2")).to_have_text("Come in")
    assert DoorScan.objects.get().means == "scanner"


def test_a_badge_read_without_network_is_kept_and_sent_later(phone, forum, context):
    alice = visitor()
    signed_up(alice, forum)
    context.set_offline(True)
    expect(read(phone, serial(alice))).to_have_text("No network")
    assert DoorScan.objects.count() == 0
    context.set_offline(False)
    expect(phone.locator("#recent")).to_contain_text("Come in · sent later")
    assert places_of(forum).present == 1


def test_the_door_works_without_javascript(browser, forum, live_server):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    context.add_cookies([{"name": settings.DEVICE_COOKIE_NAME, "value": TOKEN, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/en/gate/doors/robots/")
    expect(read(page, serial(visitor()))).to_have_text("Not signed up")
    page.click("text=Let this person in")
    expect(page.locator("#answer h2")).to_have_text("Walked in")
    page.click("text=Take it back")
    page.click("text=Next badge")
    expect(page.locator("#answer")).to_be_hidden()
    assert (places_of(forum).present, Signup.objects.get().state) == (0, "given_up")
    context.close()


def wrong_on(page):
    """What axe finds, and whether the page is wider than its screen."""
    found = [one["id"] for one in Axe().run(page, options=AA).response["violations"]]
    return found + (["too wide"] if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"] else [])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_doors_have_no_barrier(browser, forum, live_server, language):
    lead, companion = party("Bo").party
    signed_up(lead, forum, people=[*people(lead, 2), *people(companion)])
    context = browser.new_context(bypass_csp=True, viewport=PHONE)
    context.add_cookies([{"name": settings.DEVICE_COOKIE_NAME, "value": TOKEN, "url": live_server.url}])
    page = context.new_page()
    wrong = {}
    page.goto(f"{live_server.url}/{language}/gate/doors/")
    wrong["doors"] = wrong_on(page)
    page.goto(f"{live_server.url}/{language}/gate/doors/robots/")
    wrong["door"] = wrong_on(page)
    for name, one in {"party": companion, "walk-in": visitor()}.items():
        expect(read(page, serial(one))).to_be_visible()
        page.locator("#answer details").evaluate("one => { one.open = true }")
        wrong[name] = wrong_on(page)
        page.keyboard.press("Escape")
    context.close()
    assert wrong == {"doors": [], "door": [], "party": [], "walk-in": []}
