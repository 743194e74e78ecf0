"""Axe walks the site as visitors, firms and staff see it: no page breaks WCAG 2.2 AA or is wider than its screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from programme.actions import planning
from programme.links import speaker_key
from programme.models import Release
from tests.factories.accounts import UserFactory
from tests.factories.exhibitors import NOW, MemberFactory, accepted, offered, submitted
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import (
    SYSTEM,
    EnterpriseFactory,
    HostFactory,
    SessionFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    talk,
)
from tests.factories.visitors import registered
from tests.journeys.announcing import announced
from visitors.codes import digits_of
from visitors.links import visit_key
from visitors.models import VisitCode

AA = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
SCREENS = ({"width": 1280, "height": 800}, {"width": 360, "height": 740})
PUBLIC = (
    "/zh/",
    "/en/register/",
    "/en/areas/science-city/",
    "/en/plan/hall-1/?booth=A06&pick=A07",
    "/zh/exhibitors/",
    "/en/programme/day/2019-10-24/?kind=forum&view=list",
    "/zh/programme/day/2019-10-24/",
    "/en/programme/now/",
    "/en/programme/search/?q=robots",
    "/en/programme/robots/",
    "/zh/programme/lasers/",
    "/en/programme/series/forum-4/",
    "/zh/speakers/",
    "/en/speakers/ada-stone/",
    "/en/programme/wall/",
    "/en/programme/wall/hall-1/",
    "/en/exhibit/",
    "/en/privacy/",
    "/en/accounts/login/",
    "/en/accounts/signup/",
    "/en/gate/",
    "/zh/tours/",
    "/en/tours/?coming=1&language=en",
    "/en/tours/works/",
)
STAFF = (
    "/admin/",
    "/admin/visitors/registration/",
    "/admin/exhibitors/application/",
    "/admin/exhibitors/booth/",
    "/admin/exhibitors/firm/",
    "/admin/accounts/mail/",
    "/admin/onsite/scan/",
)


@pytest.fixture
def busy(fair):
    """The fair with a visitor and firms in several states."""
    fair.visit = registered(fair.ticket, "李娜", name="王小明", at=fair.show.now())
    fair.member = MemberFactory()
    fair.application = offered(fair.member, fair.booths[:1])
    submitted(MemberFactory(), fair.booths[1:2])
    accepted(MemberFactory(), fair.booths[2:3])
    fair.show.latitude, fair.show.longitude = "39.95880", "116.44160"
    fair.show.save()
    works = EnterpriseFactory(
        show=fair.show,
        slug="works",
        latitude="39.72900",
        longitude="116.34100",
        seen_en="The line",
        rules_en="No photos.",
    )
    tours = [departing(on(day, "13:00"), show=fair.show, enterprise=works, interpretation=["en"]) for day in (1, 2, 3)]
    publish(fair.show)
    planning.cancel(actor=SYSTEM, session=tours[1], why_en="Rain", why_zh="下雨", step=None)
    move(tours[2], on(3, "14:00"))
    publish(fair.show)
    announced(fair)
    return fair


def wrong_with(page, address):
    """What is wrong with the page at the address, on a wide screen and on a phone; nothing if all is well."""
    answer = page.goto(address)
    wrong = [] if answer.status == 200 else [f"status {answer.status}"]
    for screen in SCREENS:
        page.set_viewport_size(screen)
        found = Axe().run(page, options=AA).response["violations"]
        wrong += [f"{screen['width']}: {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > screen["width"]:
            wrong.append(f"{screen['width']}: {width} pixels wide")
    return wrong


def walk(context, server, paths):
    page = context.new_page()
    return {path: wrong for path in paths if (wrong := wrong_with(page, f"{server.url}{path}"))}


def test_visitors_and_strangers_find_no_barrier(busy, logged_in, live_server):
    visit = f"/en/visit/{visit_key(busy.visit.lead)}/"
    context = logged_in(None, bypass_csp=True)
    assert walk(context, live_server, (*PUBLIC, visit, f"{visit}details/", f"{visit}erase/")) == {}


def test_who_is_known_by_a_code_finds_no_barrier(fair, logged_in, live_server):
    email = registered(fair.ticket, "Li Lei", at=NOW).lead.email
    context = logged_in(None, bypass_csp=True)
    assert walk(context, live_server, ("/en/my-visit/code/",)) == {}
    page = context.pages[-1]
    page.fill("[name=email]", email)
    page.click("main form .btn")
    assert walk(context, live_server, ("/zh/my-visit/code/enter/",)) == {}
    page.fill("[name=code]", digits_of(VisitCode.objects.get()))
    page.click("main form .btn")
    assert walk(context, live_server, ("/en/my-visit/code/enter/",)) == {}


def test_exhibitors_find_no_barrier(busy, logged_in, live_server):
    application = f"/en/desk/applications/{busy.application.pk}/"
    context = logged_in(busy.member.user, bypass_csp=True)
    assert walk(context, live_server, ("/zh/desk/", "/en/desk/firm/", application, "/en/accounts/me/")) == {}


def test_staff_find_no_barrier(busy, logged_in, live_server):
    change = f"/admin/exhibitors/application/{busy.application.pk}/change/"
    show = f"/admin/expo/show/{busy.show.pk}/change/"
    context = logged_in(UserFactory(organiser=True), bypass_csp=True)
    assert walk(context, live_server, (*STAFF, change, show)) == {}


def test_who_plans_and_who_speaks_find_no_barrier(fair, logged_in, live_server):
    session = placed(on(1, "14:00"), show=fair.show, room=RoomFactory(show=fair.show))
    speaker = SpeakerFactory(show=fair.show)
    talk(session, speaker, after=0, minutes=20)
    publish(fair.show)
    desk = "/admin/programme/"
    editor = UserFactory(roles=["programme_editor"])
    pages = (f"{desk}session/", f"{desk}session/{session.pk}/change/", f"{desk}speaker/{speaker.pk}/change/",
             f"{desk}speaker/", f"{desk}material/add/")  # fmt: skip
    assert walk(logged_in(editor, bypass_csp=True), live_server, pages) == {}
    own = f"/en/speakers/own/{speaker_key(speaker)}/"
    assert walk(logged_in(None, bypass_csp=True), live_server, (own,)) == {}


def test_planners_find_no_barrier(fair, logged_in, live_server):
    room = RoomFactory(name_en="Room 2A")
    session, waits = placed(on(1, "10:00"), room=room, host=HostFactory()), SessionFactory()
    departing(on(1, "16:00"), outside_hours_why="Late bus")
    publish(fair.show, session)
    planning.cancel(actor=SYSTEM, session=session, why_en="Ill", why_zh="", step=None)
    placed(on(1, "14:00"), room=room)
    release = Release.objects.get()
    paths = (
        "2019-10-24/",
        "2019-10-25/",
        f"session/{waits.pk}/",
        f"session/{waits.pk}/cancel/",
        "move/?day=2019-10-24&by=600",
        "publish/",
        "undo/1/",
    )
    walked = [f"/admin/programme/planner/{path}" for path in paths]
    versions = ("/admin/programme/release/", f"/admin/programme/release/{release.pk}/change/")
    context = logged_in(UserFactory(roles=["programme_editor"]), bypass_csp=True)
    assert walk(context, live_server, (*walked, *versions)) == {}


def test_a_site_without_a_show_says_so_without_barrier(transactional_db, logged_in, live_server):
    assert walk(logged_in(None, bypass_csp=True), live_server, ("/en/", "/zh/accounts/login/")) == {}
