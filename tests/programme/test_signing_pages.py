"""Signing up on the public pages: as a stranger, as who is known, as who was signed up, and where it says no."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client

from expo.models import Show
from programme.actions import planning
from programme.actions.signing import acts, queue
from programme.models import Access, Audience, SessionCode, SessionPlaces, Signup
from programme.views import signing
from tests.factories.desk import HOSTILE
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import SYSTEM, departing, move, publish
from tests.factories.signups import EVE, party, people, places_of, published, signed_up, states, visitor
from visitors.links import visit_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """Sets the show's clock; it stands on the day before."""

    def at(moment):
        monkeypatch.setattr(Show, "now", lambda show: moment.astimezone(show.zone))
        caches["process"].clear()

    at(EVE)
    return at


@pytest.fixture
def forum():
    return published(on(1, "10:00"), seats=2, title_en="Robots", title_zh="机器人")


def known(registration):
    client = Client()
    client.cookies[settings.VISIT_COOKIE_NAME] = visit_key(registration)
    return client


def fresh(client, path):
    caches["process"].clear()
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return words(answer)


def words(answer):
    """What a page says, without its markup."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def page(session, language="en"):
    return f"/{language}/programme/{session.slug}/"


def form(session):
    return f"{page(session)}sign-up/"


def of_visit(signup, act):
    return f"/en/visit/{visit_key(signup.registration)}/signups/{signup.guid}/{act}/"


def sent(registration, **more):
    return {"who": registration.pk} | more


def full(session):
    """Takes all its places, by a single party; returns that."""
    return signed_up(visitor(), session, places_of(session).left)


def at_once(session, registration, **more):
    """Signs up on the page."""
    return known(registration).post(form(session), sent(registration, **more))


# What everybody reads


def test_everybody_reads_how_many_places_are_left_and_nobody_whose(client, forum):
    row = visitor()
    signed_up(row, forum)
    text = fresh(client, page(forum))
    assert "1 of 2 seats left" in text
    assert row.name not in text


def test_a_full_session_says_how_many_wait(client, forum):
    full(forum)
    signed_up(visitor(), forum, 2)
    text = fresh(client, page(forum))
    assert "Full: all 2 seats are taken" in text
    assert "2 people wait for a place." in text
    assert "Join the waiting list" in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"access": Access.NONE}, "Just come: nobody has to sign up."),
        ({"access": Access.INVITATION}, "It is by invitation"),
        ({"access": Access.APPROVAL}, "Each sign-up is approved by the organisers."),
        ({"signup_opens_at": on(1, "08:00")}, "Sign-up opens on 24 October 2019, 08:00."),
        ({"signup_closes_at": EVE}, "Sign-up is closed."),
        ({"reserve_guests": 2}, "All places are kept for guests"),
    ],
)
def test_how_it_stands_is_said_in_words(client, fields, said):
    assert said in fresh(client, page(published(on(1, "10:00"), seats=2, **fields)))


@pytest.mark.parametrize(("clock", "said"), [("10:00", "It has begun"), ("12:00", "It is over")])
def test_what_has_begun_or_is_over_says_so(client, forum, at, clock, said):
    at(on(1, clock))
    text = fresh(client, page(forum))
    assert said in text
    assert "Sign up" not in text


def test_what_was_closed_by_staff_says_so(client, forum):
    SessionPlaces.objects.update(is_closed=True)
    assert "Sign-up is closed." in fresh(client, page(forum))


def test_what_was_cancelled_says_so(client, forum):
    planning.cancel(actor=SYSTEM, session=forum, why_en="Ill", why_zh="", step=None)
    publish(forum.show)
    text = fresh(client, page(forum))
    assert "so nobody can sign up" in text
    assert "Sign up" not in text


def test_the_shared_page_is_drawn_anew_when_a_number_changes(client, forum):
    assert "2 of 2 seats left" in words(client.get(page(forum)))
    signed_up(visitor(), forum)
    caches["process"].delete(f"programme:asked:{forum.show.pk}")
    assert "1 of 2 seats left" in words(client.get(page(forum)))


# Lists


def test_lists_say_in_a_few_words_what_is_left(client, forum):
    for path in ("/en/programme/day/2019-10-24/", "/en/programme/search/?q=robots", "/en/programme/now/"):
        assert "2 left" in fresh(client, path), path
    full(forum)
    assert "full" in fresh(client, "/en/programme/day/2019-10-24/?view=list")
    signed_up(visitor(), forum)
    assert "full, 1 waits" in fresh(client, "/en/programme/day/2019-10-24/?view=list")


def test_a_day_is_narrowed_down_to_what_has_free_places(client, forum):
    full(forum)
    published(on(1, "10:00"), title_en="Lasers")
    published(on(1, "11:00"), title_en="Welcome", access=Access.NONE)
    text = fresh(client, "/en/programme/day/2019-10-24/?view=list&free=1")
    assert ["Lasers" in text, "Welcome" in text, "Robots" in text] == [True, True, False]


def test_tours_say_what_is_left_and_can_be_narrowed_down_to_it(client):
    first, second = departing(on(1, "10:00"), seats=2), departing(on(2, "10:00"), seats=2)
    publish(first.show)
    signed_up(
        visitor(),
        first,
        2,
        people=[
            *people(visitor()),
        ],
    ) if False else None
    text = fresh(client, "/en/tours/")
    assert text.count("2 left") >= 2
    assert "2 left" in fresh(client, f"/en/tours/{first.enterprise.slug}/").lower()
    SessionPlaces.objects.filter(pk=first.pk).update(places=0)
    text = fresh(client, "/en/tours/?free=1")
    assert (first.enterprise.name in text, second.enterprise.name in text) == (False, True)


# Who is not known


def test_a_stranger_is_led_to_say_who_it_is_and_back(client, forum):
    answer = client.get(form(forum))
    assert (answer.status_code, answer["Location"]) == (302, f"/en/my-visit/code/?next={quote(form(forum), safe='')}")
    answer = client.post(form(forum), {"who": 1, "code": "SECRET"})
    assert (answer.status_code, "SECRET" in answer["Location"]) == (302, False)
    assert client.post(f"{page(forum)}give-up/").status_code == 302
    assert Signup.objects.count() == 0


@pytest.mark.parametrize("cookie", ["", "A" * 32, *HOSTILE])
def test_a_cookie_that_is_nobodys_is_a_stranger(forum, cookie):
    client = Client(headers={"Cookie": f"{settings.VISIT_COOKIE_NAME}={quote(cookie)}"})
    assert client.post(form(forum), {"who": 1}).status_code == 302
    assert fresh(client, page(forum))


def test_what_is_not_in_the_programme_cannot_be_signed_up_for(forum):
    client = known(visitor())
    assert client.get("/en/programme/nothing/sign-up/").status_code == 404
    assert client.post("/en/programme/nothing/sign-up/").status_code == 404
    assert client.post("/en/programme/nothing/give-up/").status_code == 404


# The own page


def test_who_is_known_signs_up_with_one_button_and_reads_of_the_own_place(forum):
    row = visitor()
    client = known(row)
    answer = client.get(page(forum))
    assert f'name="who" value="{row.pk}"' in answer.text
    answer = client.post(form(forum), sent(row, seen=0), follow=True)
    assert "You have a place in “Robots”." in words(answer)
    assert row.name in words(answer)
    assert Signup.objects.get().state == "confirmed"


def test_the_own_page_is_kept_nowhere_and_the_others_is_not_personal(client, forum):
    row = visitor()
    signed_up(row, forum)
    assert known(row).get(page(forum))["Cache-Control"] == "private, no-store"
    for other in (client, known(visitor())):
        text = fresh(other, page(forum))
        assert ("You have a place" in text, row.name in text) == (False, False)


def test_the_own_page_is_right_at_once_however_old_the_shared_one_is(client, forum):
    row = visitor()
    client.get(page(forum))
    at_once(forum, row)
    assert "1 of 2 seats left" in words(known(row).get(page(forum)))


def test_who_waits_reads_the_place_in_line_and_why_it_moved(forum):
    first, second, third = full(forum), visitor(), visitor()
    signed_up(visitor(), forum, 2)
    signed_up(second, forum)
    at_once(forum, third)
    text = words(known(third).get(page(forum)))
    assert "You are number 3 in line" in text
    acts.change_party(actor=SYSTEM, signup=first, people=people(first.registration), at=EVE)
    text = words(known(third).get(page(forum)))
    assert "You are number 2 in line" in text
    assert "1 place came free: a party became smaller. Offered to a party of 1." in text
    assert "A party of 2 was passed over: 1 place came free." in text
    assert "half had waited" in text


def test_who_was_passed_over_or_overtaken_reads_so(forum):
    first, pair, single, last = full(forum), visitor(), visitor(), visitor()
    signed_up(pair, forum, 2)
    signed_up(single, forum)
    third = signed_up(last, forum, 2)
    acts.change_party(actor=SYSTEM, signup=first, people=people(first.registration), at=EVE)
    queue.move_up(actor=SYSTEM, signup=third, why="Speaker's guest", at=EVE)
    text = words(known(pair).get(page(forum)))
    assert "Your party of 2 was passed over: it is larger than what was free." in text
    assert "The organisers moved a party up, past yours." in text
    assert "Speaker's guest" not in text
    assert "The organisers moved your party to the front." in words(known(last).get(page(forum)))


def test_an_offer_says_until_when_and_is_taken_or_declined(forum):
    first, second = full(forum), visitor()
    signup = signed_up(second, forum)
    acts.give_up(actor=SYSTEM, signup=first, at=EVE)
    client = known(second)
    assert "Take it by 10:00 on Wednesday 23 October." in words(client.get(page(forum)))
    answer = client.post(of_visit(signup, "accept"), {"next": page(forum)}, follow=True)
    assert answer.redirect_chain == [(page(forum), 302)]
    assert states([signup]) == ["confirmed"]


@pytest.mark.parametrize("state", ["requested", "given_up", "declined", "lapsed", "called_off", "attended"])
def test_every_state_has_its_words(forum, state):
    row = visitor()
    signup = signed_up(row, forum)
    Signup.objects.filter(pk=signup.pk).update(state=state)
    text = words(known(row).get(page(forum)))
    said = {
        "requested": "The organisers look at each sign-up.",
        "given_up": "You gave your place up.",
        "declined": "You declined the place",
        "lapsed": "did not take it in time",
        "called_off": "The organisers took your place back.",
        "attended": "You are in",
    }
    assert said[state] in text


def test_a_companion_reads_who_signed_both_up_and_can_change_nothing(forum):
    both = party("李娜")
    lead, other = both.lead, both.party[1]
    known(lead).post(form(forum), {"who": [lead.pk, other.pk]})
    answer = known(other).get(page(forum))
    assert f"{lead.name} signed you up, and can change it." in words(answer)
    assert "give-up/" not in answer.text
    signup = Signup.objects.get()
    for act in ("party", "accept", "decline", "give-up"):
        assert known(other).post(f"/en/visit/{visit_key(other)}/signups/{signup.guid}/{act}/").status_code == 404


def test_a_badge_that_does_not_open_the_session_reads_why(forum):
    closed = published(on(1, "14:00"), audience=Audience.GUESTS)
    row = visitor(days=(2,))
    assert "The ticket is not for the day" in words(known(row).get(page(forum)))
    answer = known(visitor()).get(page(closed))
    assert form(closed) not in answer.text
    assert known(row).get(form(forum)).status_code == 302


# The form


def test_a_family_is_signed_up_with_companions_and_guests(forum):
    forum = published(on(1, "12:00"))
    both = party("李娜")
    lead, other = both.lead, both.party[1]
    text = words(known(lead).get(form(forum)))
    assert "李娜" in text
    known(lead).post(form(forum), {"who": [lead.pk, other.pk], "guests": 2})
    signup = Signup.objects.get()
    assert (signup.party, signup.participants.count()) == (4, 2)
    assert "李娜 and 2 guests" in words(known(lead).get(page(forum)))


def test_a_tour_asks_for_the_names_of_guests():
    tour = departing(on(1, "10:00"))
    publish(tour.show)
    row = visitor()
    assert "Names of further guests" in words(known(row).get(form(tour)))
    known(row).post(form(tour), sent(row, names="Ada Stone\n\n 王芳 \n"))
    assert [one.name for one in Signup.objects.get().participants.all()] == ["", "Ada Stone", "王芳"]


def test_an_invitation_asks_for_its_code_and_keeps_what_was_typed():
    session = published(on(1, "10:00"), access=Access.INVITATION)
    SessionCode.objects.create(session=session, code="HK-2019", for_whom="Delegation", places=1)
    row = visitor()
    assert "This session needs the code" in words(at_once(session, row, guests=0))
    answer = at_once(session, row, code="HK-2018")
    assert (answer.status_code, "HK-2018" in answer.text) == (409, True)
    assert "This code does not belong to this session." in words(answer)
    assert at_once(session, row, code="hk-2019").status_code == 302
    assert Signup.objects.get().code.used == 1


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"who": []}, 409, "At least one person has to come."),
        ({"guests": "-1"}, 422, "Write how many more people come"),
        ({"guests": "10000"}, 422, "more people than can be signed up at once"),
        ({"guests": "9" * 400}, 422, "Further guests"),
        ({"guests": "x"}, 422, "Write a number, such as 2."),
        ({"guests": "6"}, 409, "At most 5 people"),
        ({"who": ["999999999"]}, 422, "You can sign up yourself and those whom you registered."),
        ({"who": ["x" * 4000]}, 422, "You can sign up yourself"),
        ({"seen": "x"}, 422, "Look at the session as it is now"),
        ({"instead_of": "x"}, 409, "This sign-up is not yours."),
        ({"instead_of": "00000000-0000-4000-8000-000000000000"}, 409, "This sign-up is not yours."),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_changes_nothing(typed, status, said):
    session = published(on(1, "10:00"))
    row = visitor()
    answer = known(row).post(form(session), sent(row) | typed)
    assert (answer.status_code, Signup.objects.count()) == (status, 0)
    assert said in words(answer)
    if "guests" in typed:
        assert f'value="{typed["guests"]}"' in answer.text


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.parametrize("field", ["who", "guests", "names", "code", "seen", "instead_of"])
def test_hostile_values_are_answered_and_shown_as_text(field, typed):
    tour = departing(on(1, "10:00"), access=Access.INVITATION)
    publish(tour.show)
    row = visitor()
    answer = known(row).post(form(tour), sent(row, code="X") | {field: typed})
    assert answer.status_code in {302, 409, 422}
    assert "<script>alert" not in answer.text


def test_a_stranger_of_ones_own_group_is_not_signed_up(forum):
    row, stranger = visitor(), visitor()
    answer = known(row).post(form(forum), {"who": [row.pk, stranger.pk]})
    assert (answer.status_code, stranger.name in answer.text, Signup.objects.count()) == (422, False, 0)


# Refusals


def test_a_session_that_moved_meanwhile_shows_when_it_is_now_and_takes_the_next_try(forum):
    row = visitor()
    known(row).get(page(forum))
    move(forum, on(1, "15:00"))
    publish(forum.show)
    answer = at_once(forum, row, seen=0)
    assert (answer.status_code, Signup.objects.count()) == (409, 0)
    assert "It was changed while you looked at it" in words(answer)
    assert "15:00" in words(answer)
    seen = re.search(r'name="seen" value="(\d+)"', answer.text)[1]
    assert at_once(forum, row, seen=seen).status_code == 302


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_closed": True}, "Signing up for this session is closed."),
        ({"takes_place": False}, "This session does not take place."),
        ({"opens_at": on(1, "00:00")}, "has not opened yet"),
        ({"starts_at": EVE - timedelta(hours=1), "ends_at": EVE}, "This session is over."),
        ({"access": "none"}, "just come"),
        ({"audience": "guests"}, "This session is"),
    ],
)
def test_what_changed_meanwhile_is_a_sentence_and_a_way_on(forum, change, said):
    row = visitor()
    SessionPlaces.objects.update(**change)
    answer = at_once(forum, row)
    assert (answer.status_code, Signup.objects.count()) == (409, 0)
    assert said in words(answer)
    assert f'href="{page(forum)}"' in answer.text
    assert "<form" not in answer.text.partition("<main")[2].partition("</main>")[0]


def test_the_same_form_twice_ends_at_the_same_page(forum):
    row = visitor()
    client = known(row)
    answers = [client.post(form(forum), sent(row, seen=0), follow=True) for _ in range(3)]
    assert ["You have a place in “Robots”." in words(answer) for answer in answers] == [True, True, True]
    assert Signup.objects.count() == 1


def test_another_party_for_the_same_session_is_told_of_the_one_there_is(forum):
    row = visitor()
    at_once(forum, row)
    answer = at_once(forum, row, guests=1)
    assert (answer.status_code, "is signed up for this session already" in words(answer)) == (409, True)


def test_a_full_session_puts_on_its_list_and_says_so(forum):
    full(forum)
    row = visitor()
    answer = known(row).post(form(forum), sent(row), follow=True)
    assert "“Robots” is full, so you are on its waiting list." in words(answer)
    assert "You are first in line" in words(answer)


# Swapping


@pytest.fixture
def other():
    return published(on(1, "10:30"), seats=1, title_en="Lasers", room=RoomFactory(name_en="Room 2"))


def test_a_clash_names_the_own_place_and_swaps_in_one_act(forum, other):
    row = visitor()
    first = signed_up(row, forum)
    answer = at_once(other, row, seen=0)
    assert answer.status_code == 409
    assert "Robots" in words(answer)
    assert "given up only if the new place is sure" in words(answer)
    swap = dict(re.findall(r'<input type="hidden" name="(who|seen|instead_of)" value="([^"]+)"', answer.text))
    answer = known(row).post(form(other), swap, follow=True)
    assert "You have a place in “Lasers”." in words(answer)
    assert "What it clashed with is given up." in words(answer)
    assert (states([first]), Signup.objects.get(session=other).state) == (["given_up"], "confirmed")
    again = known(row).post(form(other), swap, follow=True)
    assert "You have a place in “Lasers”." in words(again)


def test_a_swap_whose_place_went_meanwhile_waits_and_keeps_the_old_one(forum, other):
    row = visitor()
    first = signed_up(row, forum)
    signed_up(visitor(), other)
    answer = known(row).post(form(other), sent(row, instead_of=first.guid), follow=True)
    assert "Nothing was given up for it: you keep what you have." in words(answer)
    assert (states([first]), Signup.objects.filter(session=other).last().state) == (["confirmed"], "waiting")


def test_a_place_that_somebody_else_booked_is_not_swapped_away(forum, other):
    both = party("李娜")
    lead, companion = both.lead, both.party[1]
    first = signed_up(lead, forum, people=[*people(lead), *people(companion)])
    answer = at_once(other, companion)
    assert "whoever did so can give it up" in words(answer)
    answer = at_once(other, companion, instead_of=first.guid)
    assert (answer.status_code, states([first])) == (409, ["confirmed"])


def test_an_offer_that_clashes_is_taken_in_one_act_or_not_at_all(forum, other):
    row = visitor()
    last = signed_up(visitor(), other)
    first, signup = signed_up(row, forum), signed_up(row, other)
    acts.give_up(actor=SYSTEM, signup=last, at=EVE)
    answer = known(row).post(of_visit(signup, "accept"))
    assert (answer.status_code, states([signup, first])) == (409, ["offered", "confirmed"])
    assert "Robots" in words(answer)
    assert str(first.guid) in known(row).get(page(other)).text
    answer = known(row).post(of_visit(signup, "accept"), {"instead_of": first.guid})
    assert (answer.status_code, states([signup, first])) == (302, ["confirmed", "given_up"])


# By the link of the visit


def test_giving_up_frees_the_place_and_a_second_time_says_the_same(forum):
    row = visitor()
    signup = signed_up(row, forum)
    client = known(row)
    for _ in range(2):
        answer = client.post(f"{page(forum)}give-up/", follow=True)
        assert "Your places in “Robots” are given up" in words(answer)
    assert states([signup]) == ["given_up"]
    assert places_of(forum).taken == 0
    assert client.post(of_visit(signup, "give-up"))["Location"] == f"/en/visit/{visit_key(row)}/"


def test_who_never_signed_up_has_nothing_to_give_up(forum):
    assert known(visitor()).post(f"{page(forum)}give-up/").status_code == 409


def test_declining_a_place_that_was_taken_gives_nothing_up(forum):
    signup = signed_up(visitor(), forum)
    answer = Client().post(of_visit(signup, "decline"))
    assert (answer.status_code, states([signup])) == (409, ["confirmed"])
    assert "This offer does not stand any more." in words(answer)


def test_an_offer_declined_goes_on_and_cannot_be_taken_any_more(forum):
    first, signup, third = full(forum), signed_up(visitor(), forum, 2), signed_up(visitor(), forum)
    acts.give_up(actor=SYSTEM, signup=first, at=EVE)
    assert [Client().post(of_visit(signup, "decline")).status_code for _ in range(2)] == [302, 302]
    assert states([signup, third]) == ["declined", "offered"]
    assert Client().post(of_visit(signup, "accept")).status_code == 409


def test_an_offer_that_lapsed_is_not_taken(forum, at):
    first, signup = full(forum), signed_up(visitor(), forum)
    acts.give_up(actor=SYSTEM, signup=first, at=EVE)
    at(EVE + timedelta(hours=24))
    answer = Client().post(of_visit(signup, "accept"))
    assert (answer.status_code, states([signup])) == (409, ["offered"])
    assert "This offer does not stand any more." in words(answer)


def test_an_offer_taken_twice_is_taken_once(forum):
    first, signup = full(forum), signed_up(visitor(), forum)
    acts.give_up(actor=SYSTEM, signup=first, at=EVE)
    assert [Client().post(of_visit(signup, "accept")).status_code for _ in range(2)] == [302, 302]
    assert states([signup]) == ["confirmed"]


def test_a_party_is_changed_on_its_page(forum):
    session = published(on(1, "12:00"), seats=5)
    signed_up(visitor(), session, 2)
    both = party("李娜")
    lead, companion = both.lead, both.party[1]
    signup = signed_up(lead, session, 2)
    address = of_visit(signup, "party")
    answer = Client().get(address)
    assert 'name="guests" value="1"' in answer.text
    answer = Client().post(address, {"who": [lead.pk, companion.pk], "guests": "", "next": page(session)})
    assert (answer.status_code, answer["Location"]) == (302, page(session))
    assert signup.participants.count() == 2
    answer = Client().post(address, {"who": [lead.pk, companion.pk], "guests": "2"})
    assert (answer.status_code, 'value="2"' in answer.text) == (409, True)
    assert "There is 1 place left only" in words(answer)


def test_a_strangers_sign_up_is_not_there(forum):
    signup, stranger = signed_up(visitor(), forum), visitor()
    for act in ("party", "accept", "decline", "give-up"):
        path = f"/en/visit/{visit_key(stranger)}/signups/{signup.guid}/{act}/"
        assert Client().post(path).status_code == 404
    assert Client().get(f"/en/visit/{visit_key(stranger)}/signups/{signup.guid}/party/").status_code == 404
    assert states([signup]) == ["confirmed"]


# How often


def test_a_badge_that_sends_without_end_is_told_to_wait(forum, monkeypatch):
    monkeypatch.setattr(signing, "PER_BADGE", signing.Limit("signing_badge", 2, timedelta(minutes=10)))
    row = visitor()
    client = known(row)
    answers = [client.post(form(forum), sent(row)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 600
    assert client.post(f"{page(forum)}give-up/").status_code == 429
    assert at_once(forum, visitor()).status_code == 302


def test_a_network_that_sends_without_end_is_told_to_wait(forum, monkeypatch):
    monkeypatch.setattr(signing, "PER_NETWORK", signing.Limit("signing", 2, timedelta(minutes=10)))
    assert [at_once(forum, visitor()).status_code for _ in range(3)] == [302, 302, 429]


def test_a_whole_halls_phones_on_one_network_are_let_through():
    assert signing.PER_NETWORK.times >= 2 * 2000


# What it costs


def test_a_sign_up_costs_so_many_queries(forum, django_assert_num_queries):
    row = visitor()
    client = known(row)
    client.get(page(forum))
    with django_assert_num_queries(10):
        assert client.post(form(forum), sent(row, seen=0)).status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_own_page_costs_as_many_queries_for_three_sign_ups_as_for_one(forum, django_assert_num_queries, count):
    row = visitor()
    for number in range(count):
        signed_up(row, published(on(2, f"{10 + 2 * number}:00")))
    client = known(row)
    client.get(page(forum))
    with django_assert_num_queries(6):
        client.get(page(forum))


def test_a_sign_up_draws_no_page_and_reads_no_programme(forum, monkeypatch):
    row = visitor()
    client = known(row)
    client.get(page(forum))
    monkeypatch.setattr(signing, "render", None)
    monkeypatch.setattr(signing, "companions_of", lambda _registration: pytest.fail("companions were read"))
    assert client.post(form(forum), sent(row, seen=0)).status_code == 302
