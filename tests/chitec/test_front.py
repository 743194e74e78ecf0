from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.core.cache import caches

from chitec import front
from exhibitors.models import Allotment, Application
from expo.models import Show
from tests.factories.accounts import UserFactory
from tests.factories.exhibitors import BoothFactory, FirmFactory
from tests.factories.expo import AreaFactory, HallFactory, ShowFactory, on
from tests.factories.staff import logged_in

# What a public page may weigh in all, in bytes as sent.
WEIGHT = 150_000


@pytest.fixture(autouse=True)
def nothing_remembered():
    caches["process"].clear()


@pytest.fixture
def at(monkeypatch):
    """Set the show's clock."""

    def set_clock(moment):
        monkeypatch.setattr(Show, "now", lambda _: moment)

    set_clock(on(1, "09:30"))
    return set_clock


@pytest.fixture
def hall():
    return HallFactory(show=ShowFactory(), slug="hall-1", name_en="Hall 1")


def contract(booth, firm, state="contracted"):
    application = Application.objects.create(
        show=booth.hall.show, firm=firm, area=booth.area, state="accepted", created_at=on(1, "08:00")
    )
    Allotment.objects.create(
        booth=booth,
        firm=firm,
        application=application,
        state=state,
        price=1,
        since=on(1, "08:00"),
        held_until=on(3, "08:00") if state == "held" else None,
    )


@pytest.mark.django_db
def test_figures_come_from_rows(hall):
    area = AreaFactory(hall=hall, letter="A")
    booths = [BoothFactory(hall=hall, area=area, number=f"A{n:02}", x=n * 10, width=6, depth=3) for n in range(4)]
    chinese, german = FirmFactory(country="CN"), FirmFactory(country="DE")
    contract(booths[0], chinese)
    contract(booths[1], chinese)
    contract(booths[2], german, state="held")
    read = front.read(hall.show, at=on(1, "09:30"))
    assert (read.booths, read.free, read.exhibitors, read.countries, read.m2) == (4, 1, 1, 1, 36)
    assert [(card.area, card.booths, card.free) for card in read.areas] == [(area, 4, 1)]


@pytest.mark.django_db
@pytest.mark.parametrize("areas", [1, 3])
def test_the_page_takes_six_queries_cold_and_none_warm(client, at, hall, areas, django_assert_num_queries):
    for letter in "ABC"[:areas]:
        BoothFactory(
            hall=hall, area=AreaFactory(hall=hall, letter=letter), number=f"{letter}01", x=10 * ord(letter) - 640
        )
    with django_assert_num_queries(6):
        client.get("/en/")
    with django_assert_num_queries(0):
        client.get("/en/")


@pytest.mark.django_db
def test_the_header_leads_to_the_desk_for_whoever_is_logged_in(client, at, hall):
    assert '<a class="btn light" href="/en/my-visit/">My visit</a>' in client.get("/en/").content.decode()
    page = logged_in(UserFactory(exhibitor=True)).get("/en/").content.decode()
    assert '<a class="btn light" href="/en/accounts/home/">My desk</a>' in page
    assert ">My visit</a>" not in page


@pytest.mark.django_db
def test_a_session_that_is_nobodys_leaves_the_header_as_it_is(client, at, hall, settings):
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    assert ">My visit</a>" in client.get("/en/").content.decode()


@pytest.mark.django_db
def test_the_doors_lead_in_and_say_what_is_free(client, at, hall):
    area = AreaFactory(hall=hall, letter="A", slug="science-city")
    contract(BoothFactory(hall=hall, area=area, number="A01", x=1), FirmFactory())
    BoothFactory(hall=hall, area=area, number="A02", x=20)
    page = client.get("/en/").content.decode()
    for href in ("/en/register/", "/en/exhibit/", "/en/areas/", "/en/areas/science-city/"):
        assert f'href="{href}"' in page
    assert "1 of 2 booths still free. Choose yours on the floor plan." in page
    assert "One area.<br>" in page
    assert "Four days. One badge." in page


@pytest.mark.django_db
def test_when_all_booths_are_taken_it_says_so(client, at, hall):
    contract(BoothFactory(hall=hall, area=AreaFactory(hall=hall, letter="A"), number="A01"), FirmFactory())
    page = client.get("/en/").content.decode()
    assert "All booths are taken." in page
    assert "1 booth, taken" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "clock", "words"),
    [
        (1, "08:00", "today, opens at 09:00"),
        (2, "09:00", "open now, last entry 16:30"),
        (2, "16:30", "open now, no more entry today"),
        (4, "16:59", "open now, no more entry today"),
        (2, "17:00", "today, closed"),
    ],
)
def test_today_is_marked_by_the_shows_own_clock(client, at, hall, day, clock, words):
    at(on(day, clock))
    page = client.get("/en/").content.decode()
    assert page.count('aria-current="date"') == 1
    assert words in page
    assert page.count('class="card past"') == day - 1


@pytest.mark.django_db
def test_when_the_show_is_over_the_doors_lead_to_what_remains(client, at, hall):
    at(on(4, "17:00"))
    page = client.get("/en/").content.decode()
    assert "CHITEC 22 is over. Thank you for coming." in page
    assert 'href="/en/register/"><h2>' not in page
    assert 'href="/en/exhibitors/"><h2>Who exhibited' in page


@pytest.mark.django_db
def test_without_a_show_it_says_what_to_do(client):
    response = client.get("/en/")
    assert response.status_code == 200
    assert "There is no show yet" in response.content.decode()
    assert "manage.py demo" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["register/", "areas/", "plan/", "exhibitors/", "exhibit/", "privacy/", "gate/"])
def test_without_a_show_no_page_sends_the_reader_to_look_for_another_address(client, path):
    page = client.get(f"/en/{path}")
    assert page.status_code == 404
    assert ("There is no show yet" in page.text, "There is no such page" in page.text) == (True, False)


@pytest.mark.django_db
def test_while_developing_it_says_how_to_make_the_demo(client, settings):
    settings.DEBUG = True
    assert "manage.py demo" in client.get("/en/").content.decode()


@pytest.mark.django_db
def test_a_show_without_days_and_areas_says_so(client, at):
    show = ShowFactory()
    show.days.all().delete()
    page = client.get("/en/").content.decode()
    assert "The days are not set yet" in page
    assert "The areas are not set yet" in page
    assert "is over" not in page
    assert "One badge" not in page


@pytest.mark.django_db
def test_names_are_shown_as_text(client, at, hall):
    AreaFactory(hall=hall, letter="A", name_en="<b>A & B</b>", shows_en="<script>alert(1)</script>")
    page = client.get("/en/").content.decode()
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in page
    assert "<script" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_weighs_little_and_has_nothing_inline(client, at, hall, language):
    for number, letter in enumerate("ABCDEFGHIJKLMN"):
        area = AreaFactory(hall=hall, letter=letter, shows_en="What it shows. " * 12, shows_zh="展示内容。" * 20)
        BoothFactory(hall=hall, area=area, number=f"{letter}01", x=number * 8)
    page = client.get(f"/{language}/").content
    styles = ("bootstrap/bootstrap.min.css", "css/sign.css", "img/icon.svg")
    sent = [page, *(Path(finders.find(path)).read_bytes() for path in styles)]
    assert sum(len(brotli.compress(part)) for part in sent) < WEIGHT
    assert not [word for word in (b"style=", b"<style", b"onclick", b"<script") if word in page]


@pytest.mark.django_db
def test_the_privacy_page_says_what_is_kept_and_for_how_long(client, at):
    show = ShowFactory()
    for version, text in ((1, "An older wording."), (2, "You agree to <this>.")):
        show.wordings.create(purpose="visit", version=version, text_en=text, text_zh="您同意", since=on(1, "08:00"))
    show.wordings.create(purpose="visit", version=3, text_en="Not yet.", text_zh="尚未", since=on(4, "08:00"))
    page = client.get("/en/privacy/").content.decode()
    assert "You agree to &lt;this&gt;." in page
    assert "An older wording." not in page
    assert "Not yet." not in page
    assert "Registrations" in page
    assert "mailto:office@example.org" in page


def test_programs_are_told_what_is_not_theirs(client):
    assert "Disallow: /zh/visit/\n" in client.get("/robots.txt").content.decode()
