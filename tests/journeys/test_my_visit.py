"""My visit on a phone: four days as one plan, full and empty, of one person and of a family."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import caches
from playwright.sync_api import expect

from accounts.acting import Actor
from onsite.models import Visit
from programme.actions import favourites, planning
from programme.actions.signing.acts import give_up
from programme.models import Favourite
from programme.places import Coming
from tests.factories.exhibitors import NOW, MemberFactory, accepted
from tests.factories.expo import AreaFactory, GateFactory, HallFactory, RoomFactory, on
from tests.factories.programme import SYSTEM, departing, move, publish
from tests.factories.signups import party, published, signed_up, visitor
from tests.journeys.test_accessible import AA, SCREENS
from visitors.links import visit_key

EVE = NOW - timedelta(hours=20)


@pytest.fixture
def family(fair):
    """Two people whose four days have something of everything; the clock stands at ten on the first day."""
    lead, na = party("李娜").party
    other = AreaFactory(
        hall=HallFactory(show=fair.show, slug="hall-3", name_en="Hall 3", name_zh="3号馆"), letter="C",
        slug="ice", name_en="Winter sports", name_zh="冰雪运动", colour="#0b7a4b",
    )  # fmt: skip
    near = RoomFactory(show=fair.show, hall=fair.hall, name_en="Room 2A", name_zh="2A会议室")
    far = RoomFactory(show=fair.show, hall=other.hall, name_en="Ice stage", name_zh="冰上舞台")
    talk = {"party_most": 6, "minutes": 60}

    def both(session, *guests):
        people = [Coming(registration=one.pk, name=one.name) for one in (lead, na)] + [Coming() for _ in guests]
        return signed_up(lead, session, people=people, at=EVE)

    both(
        published(
            on(1, "10:30"),
            title_en="5G and the intelligent vehicle",
            title_zh="5G与智能汽车",
            room=near,
            area=fair.area,
            slug="robots",
            **talk,
        )
    )
    both(published(on(1, "13:30"), title_en="Ice dynamics", title_zh="冰雪动力学", room=far, area=other, **talk), 1)
    cancelled = published(on(1, "15:30"), title_en="Quantum networks", title_zh="量子网络", **talk)
    moved = published(on(2, "09:30"), title_en="Chips for everyone", title_zh="人人可用的芯片", **talk)
    both(cancelled)
    both(moved)
    planning.cancel(actor=SYSTEM, session=cancelled, why_en="The speaker is ill.", why_zh="演讲人生病。", step=None)
    move(moved, on(2, "11:00"))
    bus = departing(
        on(2, "13:30"), title_en="Inside the submersible workshop", title_zh="走进潜水器车间",
        meeting_en="Gate 3", meeting_zh="3号门",
        bring_en="sturdy shoes", bring_zh="结实的鞋", asks_id=True, id_why_en="The gate asks.", id_why_zh="门卫需要。",
    )  # fmt: skip
    publish(fair.show, at=EVE)
    both(bus)
    for day, title, chinese, ends in (
        (3, "Fintech for the countryside", "乡村金融科技", True),
        (3, "Brain and machine", "脑机接口", False),
    ):
        small = published(on(day, "10:00"), title_en=title, title_zh=chinese, seats=4, party_most=6, minutes=60)
        first, _second = (signed_up(visitor(), small, 2, at=EVE) for _ in range(2))
        signed_up(visitor(), small, 4, at=EVE)
        both(small)
        if ends:
            give_up(actor=SYSTEM, signup=first, at=EVE)
    signed_up(na, published(on(3, "10:30"), title_en="Robots that care", title_zh="护理机器人", **talk), at=EVE)
    kept = published(on(4, "10:00"), title_en="Green hydrogen", title_zh="绿氢", area=other, **talk)
    published(on(4, "14:00"), title_en="Startups from the Z-Park", title_zh="中关村创业", area=fair.area, **talk)
    published(on(4, "15:30"), title_en="Materials of tomorrow", title_zh="未来材料", **talk)
    actor = Actor.visitor(lead.pk)
    favourites.keep(actor=actor, registration=lead, session=kept, at=EVE)
    member = MemberFactory()
    accepted(member, fair.booths[:2], at=EVE)
    favourites.keep(actor=actor, registration=lead, firm=member.firm, at=EVE)
    favourites.set_interests(actor=actor, registration=lead, areas=[fair.area], kinds=["forum"], at=EVE)
    gate = GateFactory(hall=fair.hall, name_en="Gate 1", name_zh="1号入口")
    Visit.objects.create(registration=lead, day=fair.show.calendar[0], gate=gate, entered_at=on(1, "09:12"))
    caches["process"].clear()
    return lead, na


@pytest.fixture
def phone(page):
    page.set_viewport_size(SCREENS[1])
    return page


def address(server, registration, language="en"):
    return f"{server.url}/{language}/visit/{visit_key(registration)}/"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_full_plan_is_for_everybody_and_no_wider_than_its_screen(family, browser, live_server, language):
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    for screen in SCREENS:
        page.set_viewport_size(screen)
        page.goto(address(live_server, family[0], language))
        for folded in page.locator("details:not(.menu)").all():
            folded.evaluate("one => one.open = true")
        assert Axe().run(page, options=AA).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    context.close()


def test_the_first_thing_on_the_day_is_where_to_go(family, phone, live_server):
    phone.goto(address(live_server, family[0]))
    expect(phone.locator(".next")).to_contain_text("5G and the intelligent vehicle")
    expect(phone.locator(".next")).to_contain_text("at 10:30, in 30 minutes")
    assert phone.locator(".next").bounding_box()["y"] < 400


def test_a_family_is_seen_together_and_each_alone(family, phone, live_server):
    phone.goto(address(live_server, family[0]))
    plan = phone.get_by_role("region", name="Your 4 days")
    theirs = plan.get_by_role("heading", name="Robots that care")
    expect(theirs).to_be_visible()
    phone.get_by_role("navigation", name="Whose plan").get_by_role("link", name=family[0].name).click()
    expect(theirs).to_have_count(0)


def test_a_session_is_kept_on_its_page_and_taken_off_on_my_visit(family, phone, live_server):
    lead = family[0]
    phone.context.add_cookies([{"name": settings.VISIT_COOKIE_NAME, "value": visit_key(lead), "url": live_server.url}])
    phone.goto(f"{live_server.url}/en/programme/robots/")
    phone.get_by_role("button", name="Keep for my visit").click()
    expect(phone.get_by_role("button", name="Keep it no longer")).to_be_visible()
    assert Favourite.objects.filter(registration=lead, session__slug="robots").exists()
    phone.goto(address(live_server, lead))
    phone.get_by_role("button", name="Keep it no longer Green hydrogen").click()
    expect(phone.get_by_text("Removed from what you keep.")).to_be_visible()


def test_interests_change_what_is_suggested(family, phone, live_server):
    phone.goto(address(live_server, family[0]))
    suggested = phone.locator(".suggested")
    expect(suggested).to_contain_text("Because you chose area Science City")
    phone.get_by_text("Choose what you care for").click()
    phone.get_by_label("A · Science City").uncheck()
    phone.get_by_role("button", name="Suggest by these").click()
    expect(suggested).not_to_contain_text("Because you chose area Science City")
