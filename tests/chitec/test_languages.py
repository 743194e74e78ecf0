import pytest
from django.core.cache import caches

from chitec.languages import in_other_language, language_in_path
from tests.factories.expo import ShowFactory


@pytest.fixture(autouse=True)
def nothing_remembered():
    caches["process"].clear()


@pytest.mark.parametrize(
    ("accepted", "to"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "/zh/privacy/"),
        ("zh-Hans", "/zh/privacy/"),
        ("zh-TW", "/zh/privacy/"),
        ("de,en;q=0.5", "/en/privacy/"),
        ("fr", "/en/privacy/"),
        ("", "/en/privacy/"),
    ],
)
def test_an_address_without_a_language_leads_to_the_browsers(client, accepted, to):
    response = client.get("/privacy/", headers={"accept-language": accepted})
    assert (response.status_code, response.headers["Location"]) == (302, to)
    assert "Accept-Language" in response.headers["Vary"]


def test_the_query_is_kept_on_the_way(client):
    assert client.get("/exhibitors/?q=5g&page=2").headers["Location"] == "/en/exhibitors/?q=5g&page=2"


def test_a_missing_slash_is_added_on_the_way(client):
    assert client.get("/privacy").headers["Location"] == "/en/privacy/"


def test_what_is_sent_is_never_led_elsewhere(client):
    assert client.post("/privacy/").status_code == 404


def test_the_root_leads_to_the_front_page(client):
    assert client.get("/").headers["Location"] == "/en/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "language", "other"),
    [("/en/privacy/?a=1&b=%20", "en", "/zh/privacy/?a=1&amp;b=%20"), ("/zh/", "zh-hans", "/en/")],
)
def test_the_switch_keeps_the_page_and_its_query(client, path, language, other):
    ShowFactory()
    response = client.get(path)
    page = response.content.decode()
    assert f'<html lang="{language}">' in page
    assert f'<a class="tongue" href="{other}"' in page
    assert response.headers["Content-Language"] == language


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh", "zh-hans", "fr", "EN"])
def test_only_the_two_short_names_are_languages_in_an_address(client, language):
    known = language == "zh"
    ShowFactory()
    assert (client.get(f"/{language}/privacy/").status_code == 200) is known


@pytest.mark.django_db
def test_the_desk_has_no_language_in_its_address_and_follows_the_one_last_read_in(client):
    ShowFactory()
    assert client.get("/admin/").headers["Location"].startswith(("/admin/", "/en/"))
    assert "language" not in client.cookies
    client.get("/zh/privacy/")
    assert client.cookies["language"].value == "zh-hans"
    assert client.get("/admin/login/").headers["Content-Language"] == "zh-hans"


def test_a_path_in_the_other_language():
    assert in_other_language("/en/plan/hall-1/?booth=C07") == "/zh/plan/hall-1/?booth=C07"
    assert in_other_language("/zh/") == "/en/"
    assert in_other_language("/admin/") == "/admin/"
    assert language_in_path("/english/") is None
