"""Sessions and stands that visitors keep, from the public pages and from their own."""

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.acting import Actor
from accounts.refusals import Refusal
from programme.actions import favourites
from programme.models import Favourite
from tests.factories.exhibitors import MemberFactory, accepted, manager_of, row_of_booths
from tests.factories.expo import AreaFactory, on
from tests.factories.signups import EVE, published, visitor
from visitors import endings
from visitors.actions import privacy
from visitors.links import visit_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang():
    return visitor()


@pytest.fixture
def forum(wang):
    return published(on(1, "10:00"), title_en="Robots", slug="robots")


def known(client, registration):
    client.cookies[settings.VISIT_COOKIE_NAME] = visit_key(registration)
    return client


def kept(registration, **fields):
    favourites.keep(actor=Actor.visitor(registration.pk), registration=registration, at=EVE, **fields)


def test_a_session_is_kept_on_its_page_and_kept_no_longer(client, wang, forum):
    known(client, wang)
    assert "Keep for my visit" in client.get("/en/programme/robots/").text

    answer = client.post("/en/programme/robots/keep/", {"kept": "yes"})

    assert (answer.status_code, answer.url) == (302, "/en/programme/robots/")
    assert list(wang.favourites.values_list("session", flat=True)) == [forum.pk]
    assert "Keep it no longer" in client.get("/en/programme/robots/").text
    client.post("/en/programme/robots/keep/", {"kept": "no"})
    assert not wang.favourites.exists()


def test_the_same_post_twice_keeps_it_once(client, wang, forum):
    known(client, wang)
    for _ in range(2):
        assert client.post("/en/programme/robots/keep/").status_code == 302
    assert wang.favourites.count() == 1


def test_a_stranger_is_asked_for_the_code_and_keeps_nothing(client, forum):
    answer = client.post("/en/programme/robots/keep/")
    assert answer.url == "/en/my-visit/code/?next=%2Fen%2Fprogramme%2Frobots%2F"
    assert not Favourite.objects.exists()


def test_nobody_else_sees_what_somebody_keeps(client, wang, forum):
    kept(wang, session=forum)
    known(client, visitor())
    page = client.get("/en/programme/robots/").text
    assert "Keep for my visit" in page
    assert "Keep it no longer" not in page


def test_a_session_that_is_not_public_cannot_be_kept(client, wang):
    known(client, wang)
    assert client.post("/en/programme/secret/keep/").status_code == 404


def test_where_it_leads_on_is_a_page_of_ours(client, wang, forum):
    known(client, wang)
    away = client.post("/en/programme/robots/keep/", {"next": "https://evil.example/"})
    back = client.post("/en/programme/robots/keep/", {"next": "/en/programme/"})
    assert (away.url, back.url) == ("/en/programme/robots/", "/en/programme/")


@pytest.fixture
def stand(wang):
    """A firm with a contracted booth."""
    area = AreaFactory(hall__show=wang.show, letter="C")
    manager_of(area)
    member = MemberFactory()
    accepted(member, row_of_booths(area, 2)[:1], at=EVE)
    return member.firm


def test_a_stand_is_kept_on_its_page_and_in_the_list(client, wang, stand):
    known(client, wang)
    assert "Keep for my visit" in client.get(f"/en/exhibitors/{stand.slug}/").text
    client.post(f"/en/exhibitors/{stand.slug}/keep/", {"next": "/en/exhibitors/"})
    assert list(wang.favourites.values_list("firm", flat=True)) == [stand.pk]
    assert "Keep it no longer" in client.get("/en/exhibitors/").text


def test_only_who_has_a_stand_can_be_kept(client, wang, stand):
    known(client, wang)
    stand.allotments.update(state="released")
    assert client.post(f"/en/exhibitors/{stand.slug}/keep/").status_code == 404


def test_by_the_own_link_it_is_removed_without_a_cookie(client, wang, forum):
    kept(wang, session=forum)
    answer = client.post(f"/en/visit/{visit_key(wang)}/keep/", {"session": "robots", "kept": "no"})
    assert answer.url == f"/en/visit/{visit_key(wang)}/#kept"
    assert not wang.favourites.exists()


@pytest.mark.parametrize("sent", [{}, {"session": "x\0y"}, {"firm": "no-such"}, {"session": "ü" * 9000}])
def test_what_is_no_thing_is_not_found(client, wang, sent):
    assert client.post(f"/en/visit/{visit_key(wang)}/keep/", sent).status_code == 404


def test_there_is_a_bound(wang, forum, monkeypatch):
    monkeypatch.setattr(favourites, "MOST", 1)
    kept(wang, session=forum)
    with pytest.raises(Refusal) as refused:
        kept(wang, session=published(on(2, "10:00")))
    assert refused.value.code == "too_many_kept"


def test_interests_replace_those_before(client, wang):
    one, other = AreaFactory(hall__show=wang.show), AreaFactory(hall__show=wang.show)
    address = f"/en/visit/{visit_key(wang)}/interests/"
    client.post(address, {"areas": [one.pk], "kinds": ["forum"]})
    client.post(address, {"areas": [other.pk], "kinds": ["forum"]})
    assert list(wang.favourites.order_by("kind").values_list("area", "kind")) == [(other.pk, ""), (None, "forum")]


@pytest.mark.parametrize("sent", [{"areas": ["x"]}, {"areas": ["999999"]}, {"kinds": ["\0"]}, {"areas": ["9" * 40]}])
def test_interests_that_do_not_exist_change_nothing(client, wang, sent):
    address = f"/en/visit/{visit_key(wang)}/interests/"
    client.post(address, {"kinds": ["tour"]})
    assert client.post(address, sent).status_code == 302
    assert list(wang.favourites.values_list("kind", flat=True)) == ["tour"]


def test_a_favourite_is_one_thing(wang, forum):
    with pytest.raises(IntegrityError, match="favourite_is_one_thing"), transaction.atomic():
        Favourite.objects.create(registration=wang, session=forum, kind="tour", kept_at=EVE)
    with pytest.raises(IntegrityError, match="favourite_is_one_thing"), transaction.atomic():
        Favourite.objects.create(registration=wang, kept_at=EVE)


def test_it_is_in_the_own_data_and_gone_with_the_person(wang, forum, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    kept(wang, session=forum)
    assert endings.held(wang)["favourites"] == [{"what": "session", "which": forum.code, "kept_at": EVE}]
    privacy.erase(actor=Actor.visitor(wang.pk), registration=wang, at=EVE)
    assert not Favourite.objects.exists()
