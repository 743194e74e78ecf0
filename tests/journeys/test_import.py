"""The programme's editor brings a spreadsheet: takes the plan out, uploads, reads what would happen, applies."""

import io

import openpyxl
import pytest
from playwright.sync_api import expect

from programme.models import Session
from tests.factories.accounts import UserFactory
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import placed
from tests.factories.spreadsheets import sessions

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW = ("F1", "Forum", "Sensors", "2019-10-24", "9:00", "10:30", "Room 2A")


@pytest.fixture
def desk(fair, logged_in, live_server):
    RoomFactory(show=fair.show, name_en="Room 2A", name_zh="2A会议室")
    page = logged_in(UserFactory(roles=["programme_editor"]), accept_downloads=True).new_page()
    page.goto(f"{live_server.url}/admin/programme/import/")
    return page


def upload(page, data, name="plan.xlsx"):
    page.get_by_label("Spreadsheet").set_input_files({"name": name, "mimeType": TYPE, "buffer": data})
    page.get_by_role("button", name="See what it would do").click()


def test_an_editor_uploads_reads_and_applies(desk):
    upload(desk, sessions(ROW))
    expect(desk.get_by_role("region", name="New sessions")).to_contain_text("Sensors")
    expect(desk.locator(".totals")).to_contain_text("new")
    assert not Session.objects.exists()
    desk.get_by_role("button", name="Apply").click()
    expect(desk.locator(".messagelist")).to_contain_text("Applied to the working plan: 1 new session, 0 changed.")
    assert Session.objects.get().starts_at == on(1, "09:00")


def test_what_is_wrong_is_named_put_right_and_uploaded_anew(desk):
    upload(desk, sessions((*ROW[:4], "nine", *ROW[5:])))
    expect(desk.locator(".problems")).to_contain_text("Sessions, row 2, column “Start” “nine” is not a time.")
    expect(desk.get_by_role("button", name="Apply")).to_have_count(0)
    desk.get_by_role("link", name="Upload another file").click()
    upload(desk, sessions(ROW))
    desk.get_by_role("button", name="Apply").click()
    assert Session.objects.count() == 1


def test_the_present_plan_is_taken_out_changed_and_brought_back(desk, fair):
    placed(on(1, "14:00"), code="F7", title_en="Robots")
    with desk.expect_download() as coming:
        desk.get_by_role("link", name="The present plan").click()
    book = openpyxl.load_workbook(io.BytesIO(coming.value.path().read_bytes()))
    book["Sessions"]["C2"] = "Robots at work"
    out = io.BytesIO()
    book.save(out)
    upload(desk, out.getvalue())
    expect(desk.get_by_role("region", name="Changed sessions")).to_contain_text("Robots at work")
    desk.get_by_role("button", name="Apply").click()
    expect(desk.locator(".messagelist")).to_contain_text("0 new sessions, 1 changed")
    assert Session.objects.get().title_en == "Robots at work"
