"""How space is got: pick it on the plan, apply, be offered it by the area's manager, accept, stand on the plan."""

import re

from playwright.sync_api import expect

from accounts.models import Mail, User
from accounts.sealing import unseal
from exhibitors.models import Allotment, Application, Firm
from tests.factories.accounts import UserFactory
from tests.factories.exhibitors import MemberFactory, accepted, offered, submitted


def code_sent_to(email):
    """The code as the mail brings it; it waits sealed until the worker sends it."""
    letter = unseal(Mail.objects.get(to=email).facts["sealed"], within=60)
    return re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", letter["body"], re.MULTILINE).group(1)


def test_a_new_firm_picks_two_booths_and_holds_them(fair, page, live_server):
    page.goto(f"{live_server.url}/en/plan/hall-1/?pick=A01,A02")
    page.get_by_role("link", name="Apply for these booths").click()
    page.get_by_role("link", name="Make an account").click()
    page.fill("[name=email]", "new@example.com")
    page.fill("[name=password1]", "quite a long pass phrase")
    page.locator("main form button[type=submit]").click()
    page.fill("[name=code]", code_sent_to("new@example.com"))
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#apply")).to_contain_text("2 booths picked")
    page.fill("[name$=name_en]", "Example Sensors Ltd")
    page.select_option("select[name$=country]", "SG")
    page.select_option("select[name$=industry]", index=1)
    page.fill("[name$=contact_name]", "Chen Wei")
    page.fill("[name$=contact_email]", "new@example.com")
    page.get_by_role("button", name="Submit the application").click()
    expect(page.locator("main")).to_contain_text("The booths are held for you")
    assert sorted(Allotment.objects.values_list("booth__number", "state")) == [("A01", "held"), ("A02", "held")]
    page.goto(f"{live_server.url}/en/plan/hall-1/?booth=A01")
    expect(page.locator("#beside")).to_contain_text("held")
    assert (Firm.objects.count(), User.objects.get(email="new@example.com").roles) == (1, ["exhibitor"])


def test_the_areas_manager_offers_and_the_firm_accepts(fair, logged_in, live_server):
    member = MemberFactory()
    application = submitted(member, fair.booths[:2])
    desk = logged_in(fair.manager).new_page()
    desk.goto(f"{live_server.url}/admin/exhibitors/application/{application.pk}/change/")
    desk.get_by_role("link", name="Offer these booths").click()
    desk.locator("#content form [type=submit]").first.click()
    expect(desk.locator(".messagelist")).to_be_visible()
    firm = logged_in(member.user).new_page()
    firm.goto(f"{live_server.url}/en/desk/applications/{application.pk}/")
    firm.get_by_role("button", name="Accept the offer").click()
    expect(firm.locator("main")).to_contain_text("The space is yours")
    firm.get_by_role("link", name="See how it looks").click()
    expect(firm.locator("h1")).to_have_text(member.firm.name_en)
    expect(firm.locator("main")).to_contain_text("A01")
    assert set(Allotment.objects.values_list("state", flat=True)) == {"contracted"}


def test_the_manager_of_another_area_finds_nothing(fair, logged_in, live_server):
    application = submitted(MemberFactory(), fair.booths[:1])
    desk = logged_in(UserFactory(area_manager=True)).new_page()
    for step in ("change", "offer"):
        assert desk.goto(f"{live_server.url}/admin/exhibitors/application/{application.pk}/{step}/").status == 404
    application.refresh_from_db()
    assert application.state == Application.State.SUBMITTED


def test_what_was_taken_meanwhile_is_said_with_what_is_free_near_by(fair, logged_in, live_server):
    member = MemberFactory()
    page = logged_in(member.user).new_page()
    page.goto(f"{live_server.url}/en/exhibit/?pick=A01#apply")
    accepted(MemberFactory(), fair.booths[:1])
    page.get_by_role("button", name="Submit the application").click()
    expect(page.locator("main")).to_contain_text("A01")
    expect(page.get_by_role("alert").first).to_be_visible()
    assert not Allotment.objects.filter(firm=member.firm).exists()


def test_a_withdrawn_application_frees_its_booths_at_once(fair, logged_in, live_server):
    member = MemberFactory()
    application = offered(member, fair.booths[:1])
    page = logged_in(member.user).new_page()
    page.goto(f"{live_server.url}/en/desk/applications/{application.pk}/")
    page.get_by_text("Withdraw the application").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.locator("main")).to_contain_text("You withdrew it")
    page.goto(f"{live_server.url}/en/plan/hall-1/?booth=A01")
    expect(page.locator("#beside")).to_contain_text("free")


def test_the_enter_key_keeps_a_draft_and_binds_to_nothing(fair, logged_in, live_server):
    member = MemberFactory()
    page = logged_in(member.user).new_page()
    page.goto(f"{live_server.url}/en/exhibit/?pick=A01#apply")
    page.get_by_label("A01").press("Enter")
    expect(page.locator("main")).to_contain_text("Your draft is kept.")
    assert not Allotment.objects.exists()
