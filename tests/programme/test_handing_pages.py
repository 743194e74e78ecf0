"""Handing places over on the pages of a visit."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.core.cache import caches

from expo.models import Show
from programme.actions.signing import handing
from programme.models import Handover
from programme.places import Coming
from programme.views import handing as views
from tests.factories.desk import HOSTILE
from tests.factories.expo import on
from tests.factories.programme import SYSTEM
from tests.factories.signups import EVE, party, published, signed_up, states, visitor
from visitors.links import visit_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """The show's clock stands on the day before."""
    monkeypatch.setattr(Show, "now", lambda show: EVE.astimezone(show.zone))
    caches["process"].clear()


@pytest.fixture
def held():
    """Three places, two of them of guests without a name."""
    return signed_up(visitor(), published(on(1, "10:00"), seats=3, title_en="Robots", title_zh="机器人"), 3)


@pytest.fixture
def friend():
    return visitor()


@pytest.fixture
def handover(held, friend):
    return handing.hand_over(
        actor=SYSTEM, signup=held, participant=None, serial=friend.badge.serial, name=friend.name, at=EVE,
        by=held.registration,
    )  # fmt: skip


def form_of(signup, language="en"):
    return f"/{language}/visit/{visit_key(signup.registration)}/signups/{signup.guid}/hand-over/"


def act_of(registration, handover, act):
    return f"/en/visit/{visit_key(registration)}/handovers/{handover.pk}/{act}/"


def sent(to, **more):
    return {"place": "guest", "serial": to.badge.serial_in_groups, "name": to.name} | more


def words(answer):
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def test_the_form_names_the_places_of_the_party(client, held):
    told = words(client.get(form_of(held)))
    assert "your own place the place of one of your 2 guests" in told


def test_who_is_asked_is_named_and_the_place_can_be_kept_after_all(client, held, friend):
    told = words(client.post(form_of(held), sent(friend), follow=True))

    assert Handover.objects.get().to == friend
    assert f"{friend.name} is asked" in told
    assert "Keep the place after all" in told


def test_a_number_that_does_not_fit_is_said_beside_the_field_and_nothing_is_lost(client, held, friend):
    answer = client.post(form_of(held), sent(friend, name="Somebody Else"))

    assert answer.status_code == 409
    assert "There is no badge with this number and name" in words(answer)
    assert 'value="Somebody Else"' in answer.content.decode()


def test_an_empty_form_says_what_is_missing(client, held):
    answer = client.post(form_of(held), {})

    assert answer.status_code == 422
    assert "Choose whose place it is." in words(answer)
    assert "Write the number that stands on the badge." in words(answer)


@pytest.mark.parametrize("value", HOSTILE)
def test_whatever_is_typed_is_answered(client, held, friend, value):
    for name in ("place", "serial", "name"):
        answer = client.post(form_of(held), sent(friend, **{name: value}))
        assert answer.status_code in {302, 409, 422}
        assert "<script>alert" not in answer.content.decode()


def test_guesses_are_counted(client, held, friend, monkeypatch):
    monkeypatch.setattr(views, "ASKS", views.Limit("hand_over", 1, views.timedelta(hours=1)))
    first, second = (client.post(form_of(held), sent(friend, name="Wrong")) for _ in range(2))

    assert (first.status_code, second.status_code, "Retry-After" in second.headers) == (409, 429, True)


def test_a_place_that_waits_has_no_form(client, held):
    answer = client.get(form_of(signed_up(visitor(), held.session)))
    assert answer.status_code == 409
    assert "Only a place that is sure can be handed over." in words(answer)


def test_the_place_is_taken_once_however_often_the_form_comes(client, held, handover, friend):
    answers = [client.post(act_of(friend, handover, "take")) for _ in range(2)]

    held.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (held.party, friend.signups.get().state) == (2, "confirmed")


def test_what_clashes_is_shown_and_swapped_in_one_act(client, held, handover, friend):
    own = signed_up(friend, published(on(1, "10:30"), title_en="Sensors", title_zh="传感器"))
    answer = client.post(act_of(friend, handover, "take"))

    assert (answer.status_code, "Sensors" in words(answer)) == (409, True)
    client.post(
        act_of(friend, handover, "take"), {"instead_of": re.findall(r'instead_of" value="([^"]+)', str(answer.content))}
    )
    assert (states([own]), Handover.objects.get().state) == (["given_up"], "taken")


@pytest.mark.parametrize("guid", ["x", "00000000-0000-0000-0000-000000000001", "\x00"])
def test_what_is_not_ones_own_is_not_given_up_for_it(client, handover, friend, guid):
    answer = client.post(act_of(friend, handover, "take"), {"instead_of": guid})
    assert (answer.status_code, Handover.objects.get().state) == (409, "open")


def test_who_declines_is_told_so_twice_the_same(client, handover, friend):
    answers = [client.post(act_of(friend, handover, "decline")) for _ in range(2)]
    assert ([one.status_code for one in answers], Handover.objects.get().state) == ([302, 302], "declined")


def test_a_place_that_was_kept_after_all_is_not_taken(client, held, handover, friend):
    assert client.post(act_of(held.registration, handover, "withdraw")).status_code == 302
    answer = client.post(act_of(friend, handover, "take"))
    assert (answer.status_code, "cannot be taken over any more" in words(answer)) == (409, True)


def test_a_stranger_finds_nothing(client, held, handover, friend):
    stranger = visitor()
    own = f"/en/visit/{visit_key(stranger)}/"
    paths = [
        *(f"{own}handovers/{handover.pk}/{act}/" for act in ("take", "decline", "withdraw")),
        *(f"{own}signups/{held.guid}/{act}/" for act in ("hand-over", "drop-out")),
        act_of(friend, handover, "withdraw"),
        act_of(held.registration, handover, "take"),
        act_of(held.registration, handover, "decline"),
    ]
    assert {client.post(path, sent(friend)).status_code for path in paths} == {404}
    assert Handover.objects.get().state == "open"


def test_both_are_told_of_it_in_words(handover, held, friend):
    (mine,), (theirs,) = views.standing(held.registration), views.standing(friend)
    assert (mine.is_mine, mine.other, mine.whose, mine.title) == (True, friend.name, "a guest", "Robots")
    assert (theirs.is_mine, theirs.other, theirs.whose) == (False, held.registration.name, "")


def test_my_visit_shows_a_place_to_be_taken_and_one_that_is_handed_over(client, handover, held, friend):
    mine, theirs = (words(client.get(f"/en/visit/{visit_key(one)}/")) for one in (held.registration, friend))
    assert f"You hand a place to {friend.name}" in mine
    assert f"{held.registration.name} hands you a place" in theirs
    assert "Take the place Decline" in theirs


def test_a_companion_leaves_the_party_by_the_own_link(client):
    lead, companion = party("Li Na").party
    session = published(on(1, "10:00"))
    both = signed_up(lead, session, people=[Coming(registration=one.pk) for one in (lead, companion)])
    path = f"/en/visit/{visit_key(companion)}/signups/{both.guid}/drop-out/"

    assert [client.post(path).status_code for _ in range(2)] == [302, 404]
    both.refresh_from_db()
    assert both.party == 1


def test_the_form_asks_the_database_as_often_for_one_place_as_for_three(client, held, django_assert_num_queries):
    alone = signed_up(visitor(), published(on(2, "10:00")))
    for signup in (held, alone):
        client.get(form_of(signup))
        with django_assert_num_queries(6):
            client.get(form_of(signup))
