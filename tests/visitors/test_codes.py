"""Known by e-mail: six digits are mailed, and entered in the browser that asked for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import mails
from accounts.actions import send_mail
from accounts.models import Mail
from accounts.refusals import Refusal
from tests.factories import visitors as make
from tests.factories.desk import HOSTILE
from tests.visitors.test_privacy import anywhere
from visitors import codes
from visitors.actions import privacy
from visitors.actions.badges import replace_link
from visitors.actions.codes import ask_for_code, enter_code
from visitors.links import visit_key
from visitors.models import Registration, VisitCode
from visitors.tasks import forget

pytestmark = pytest.mark.django_db
ASK, ENTER = "/en/my-visit/code/", "/en/my-visit/code/enter/"
VISIT, CODE = settings.VISIT_COOKIE_NAME, settings.VISIT_CODE_COOKIE_NAME
EMAIL, SESSION = "wang@example.org", "/en/programme/opening/"
REAL = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def row(public):
    return make.registered(public).lead


def ask(client, email=EMAIL, **more):
    return client.post(ASK, {"email": email, **more})


def newest():
    return VisitCode.objects.latest("asked_at")


def digits():
    """As the newest mail has them."""
    return codes.digits_of(newest())


def wrong():
    return f"{(int(digits()) + 1) % 1_000_000:06}"


def enter(client, code, **more):
    return client.post(ENTER, {"code": code, **more})


def known(client):
    return client.cookies[VISIT].value if VISIT in client.cookies else None


# The way through


def test_the_code_by_mail_makes_known_and_leads_on(client, row):
    asked = ask(client, next=SESSION)
    assert (asked.status_code, asked["Location"]) == (302, f"{ENTER}?next=%2Fen%2Fprogramme%2Fopening%2F")
    page = client.get(asked["Location"])
    assert f'name="next" value="{SESSION}"' in page.text
    answer = enter(client, digits(), next=SESSION)
    assert (answer.status_code, answer["Location"]) == (302, SESSION)
    assert known(client) == visit_key(row)


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: f"{code[:3]} {code[3:]}",
        lambda code: f" {code}\n",
        lambda code: code.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ],
    ids=["in groups", "with blanks", "full width"],
)
def test_the_digits_are_read_as_people_type_them(client, row, typed):
    ask(client)
    assert enter(client, typed(digits())).status_code == 302


def test_without_a_page_to_go_on_to_it_is_the_programme(client, row):
    ask(client, next="https://evil.example/")
    assert enter(client, digits(), next="//evil.example")["Location"] == reverse("programme")


def test_of_a_family_it_is_asked_who_is_planning(client, public):
    lead, child = make.registered(public, "Li Lei").party
    ask(client, next=SESSION)
    answer = enter(client, digits(), next=SESSION)
    assert known(client) is None
    page = client.get(answer["Location"])
    assert "no-store" in page["Cache-Control"]
    assert [row.name in page.text for row in (lead, child)] == [True, True]
    chosen = client.post(f"/en/visit/{visit_key(child)}/here/", {"next": SESSION})
    assert (chosen["Location"], known(client)) == (SESSION, visit_key(child))
    assert client.get(ENTER)["Location"] == ASK


def test_the_same_code_twice_of_a_family_leads_to_the_same_question(client, public):
    make.registered(public, "Li Lei")
    ask(client)
    first, second = (enter(client, digits())["Location"] for _ in range(2))
    assert first == second == ENTER


def test_others_and_other_addresses_are_not_among_those_asked_after(client, public):
    make.registered(public, "Li Lei")
    other = make.registered(public, name="Han Meimei", email="han@example.org").lead
    ask(client)
    enter(client, digits())
    assert other.name not in client.get(ENTER).text


def test_who_has_a_new_link_is_found_by_the_own_e_mail(client, row):
    replace_link(actor=make.VISITOR, registration=row, at=make.EVE)
    ask(client)
    enter(client, digits())
    assert known(client) == visit_key(Registration.objects.get(link_version=2))


def test_the_code_is_in_the_mail_with_whom_it_is_for_and_how_long(client, public):
    make.registered(public, "Li Lei")
    ask(client)
    message = mails.build(Mail.objects.get(kind="visitors.code"))
    assert (message.to, digits() in message.body, digits() in message.subject) == ([EMAIL], True, False)
    assert "王小明, Li Lei" in message.body
    assert "within 10 minutes" in message.body
    assert digits() in message.alternatives[0].content


# What rests, and for how long


def test_the_digits_rest_nowhere(client, row):
    ask(client)
    send_mail(Mail.objects.get(kind="visitors.code").pk, at=timezone.now())
    assert anywhere(f'"{digits()}"', f" {digits()}", f",{digits()},", f"({digits()}") == []
    assert digits() not in client.cookies[CODE].value


def test_a_mail_that_is_tried_again_brings_the_same_digits(client, row):
    ask(client)
    mail = Mail.objects.get(kind="visitors.code")
    assert mails.build(mail).body == mails.build(mail).body


def test_a_mail_that_comes_too_late_is_not_sent(client, row):
    with time_machine.travel(REAL, tick=False):
        ask(client)
    assert mails.build(Mail.objects.get(kind="visitors.code")) is None


def test_codes_are_forgotten_the_day_after(row):
    ask_for_code(email=EMAIL, language="en", replaces=None, at=timezone.now())
    old = ask_for_code(email=EMAIL, language="en", replaces=None, at=timezone.now() - timedelta(days=1))
    forget(timestamp=0)
    assert not VisitCode.objects.filter(pk=old.pk).exists()
    assert VisitCode.objects.count() == 1


def test_who_is_erased_leaves_no_code(client, row, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    ask(client)
    assert privacy.everything_held(row)["codes"][0]["email"] == EMAIL
    privacy.erase(actor=make.VISITOR, registration=row, at=make.EVE)
    assert VisitCode.objects.count() == 0


def test_a_code_of_the_last_secret_still_opens(client, row, settings):
    ask(client)
    code, settings.SECRET_KEY_FALLBACKS = digits(), [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret that is long enough to be one, for this test only"
    assert enter(client, code).status_code == 302


# Wrong, over, spent, somebody else's


def test_a_wrong_code_says_how_often_it_can_be_tried(client, row):
    ask(client)
    page = enter(client, wrong(), next=SESSION)
    assert page.status_code == 409
    assert "you can try 4 more times" in page.text
    assert f'name="next" value="{SESSION}"' in page.text
    assert known(client) is None


def test_after_five_wrong_ones_the_right_one_is_too_late(client, row):
    ask(client)
    answers = [enter(client, wrong()) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [409] * 5
    assert "Ask for a new one" in answers[-1].text
    assert enter(client, digits()).status_code == 409
    assert known(client) is None


def test_what_is_no_code_at_all_costs_no_try(client, row):
    ask(client)
    for typed in ("", "12345", "1234567", "abcdef", "12 34 5"):
        assert enter(client, typed).status_code == 422
    assert newest().tries == 0


@pytest.mark.parametrize(("minutes", "status"), [(9, 302), (10, 409)])
def test_a_code_is_good_for_ten_minutes(client, row, minutes, status):
    with time_machine.travel(REAL, tick=False) as clock:
        ask(client)
        clock.shift(timedelta(minutes=minutes))
        assert enter(client, digits()).status_code == status


def test_a_code_that_is_over_is_so_though_the_browser_kept_the_cookie(row):
    at = timezone.now()
    code = ask_for_code(email=EMAIL, language="en", replaces=None, at=at)
    with pytest.raises(Refusal, match="code_over"):
        enter_code(code=code, typed=codes.digits_of(code), at=at + timedelta(minutes=10))


def test_a_code_is_good_once(client, row):
    ask(client)
    cookie = client.cookies[CODE].value
    enter(client, digits())
    with pytest.raises(Refusal, match="code_over"):
        enter_code(code=newest(), typed=digits(), at=timezone.now())
    assert cookie not in client.cookies[CODE].value


def test_a_new_code_in_the_browser_replaces_the_one_before(client, row):
    ask(client)
    before = digits()
    ask(client)
    assert VisitCode.objects.count() == 1
    assert enter(client, before).status_code == 409
    assert enter(client, digits()).status_code == 302


def test_the_code_of_another_browser_opens_nothing(client, row):
    ask(client)
    stranger = Client()
    page = enter(stranger, digits())
    assert (page.status_code, known(stranger)) == (409, None)
    assert "Ask for a new one" in page.text
    ask(stranger)
    theirs = VisitCode.objects.order_by("asked_at").first()
    assert enter(stranger, codes.digits_of(theirs)).status_code == 409


def test_a_stranger_s_asking_and_guessing_elsewhere_ends_nobody_s_code(client, row):
    ask(client)
    own = digits()
    stranger = Client()
    ask(stranger)
    for _ in range(6):
        enter(stranger, "000000" if own != "000000" else "000001")
    assert enter(client, own).status_code == 302


@pytest.mark.parametrize("cookie", [*HOSTILE, "x:y:z"])
def test_a_forged_cookie_holds_no_code(client, row, cookie):
    # As a server hands on whatever bytes a browser sends.
    client.cookies[CODE] = cookie.replace("\n", "").encode().decode("latin-1")
    assert (client.get(ENTER).status_code, enter(client, "123456").status_code) == (302, 409)


def test_the_key_of_a_code_alone_holds_it_not(client, row):
    code = ask_for_code(email=EMAIL, language="en", replaces=None, at=timezone.now())
    client.cookies[CODE] = str(code.pk)
    assert enter(client, codes.digits_of(code)).status_code == 409


# Nobody learns who is registered


def test_known_or_not_all_is_answered_alike(row):
    told = []
    for email in (EMAIL, "nobody@example.org"):
        client = Client()
        asked = ask(client, email)
        page, tried = client.get(ENTER), enter(client, wrong())
        texts = [answer.text.replace(email, "") for answer in (page, tried)]
        told.append((asked.status_code, asked["Location"], asked.cookies.keys(), page.status_code, tried.status_code))
        told[-1] += tuple(text.partition("csrfmiddlewaretoken")[0] for text in texts)
    assert told[0] == told[1]


def test_asking_costs_the_same_known_or_not(client, row, django_assert_num_queries):
    for email in (EMAIL, "nobody@example.org"):
        with django_assert_num_queries(7):
            ask(Client(), email)


def test_to_an_address_that_nobody_registered_nothing_is_sent(client, row):
    ask(client, "nobody@example.org")
    assert mails.build(Mail.objects.get(kind="visitors.code")) is None


def test_the_digits_of_an_address_that_nobody_registered_open_nothing(client, row):
    ask(client, "nobody@example.org")
    enter(client, digits())
    assert client.get(ENTER)["Location"] == ASK
    assert known(client) is None


# Not too often


def test_an_address_is_written_to_so_often_and_told_when_again(client, row, monkeypatch):
    monkeypatch.setattr("visitors.views.finding.CODE_PER_EMAIL", make.limit("code_email", 1))
    for email in (EMAIL, "nobody@example.org"):
        assert ask(client, email).status_code == 302
        page = ask(client, email, next=SESSION)
        assert (page.status_code, int(page["Retry-After"]) > 0) == (429, True)
        assert f'value="{email}"' in page.text
        assert f'name="next" value="{SESSION}"' in page.text


def test_a_network_that_asks_without_end_keeps_no_owner_from_asking(client, row, monkeypatch):
    monkeypatch.setattr("visitors.views.finding.CODE_PER_EMAIL", make.limit("code_email", 1))
    monkeypatch.setattr("visitors.views.finding.CODE_PER_EMAIL_ANYWHERE", make.limit("code_anywhere", 2))
    for _ in range(5):
        client.post(ASK, {"email": EMAIL}, REMOTE_ADDR="192.0.2.66")
    assert client.post(ASK, {"email": EMAIL}, REMOTE_ADDR="192.0.2.1").status_code == 302
    assert client.post(ASK, {"email": EMAIL}, REMOTE_ADDR="192.0.2.2").status_code == 429


def test_a_network_asks_for_so_many_addresses(client, row, monkeypatch):
    monkeypatch.setattr("visitors.views.finding.CODE_PER_NETWORK", make.limit("code", 1))
    assert [ask(client, f"{n}@example.org").status_code for n in range(2)] == [302, 429]


def test_a_network_guesses_so_often_and_the_right_ones_count_for_nothing(client, row, monkeypatch):
    monkeypatch.setattr("visitors.views.finding.WRONG_CODES", make.limit("code_wrong", 1))
    for _ in range(2):
        ask(client)
        assert enter(client, digits()).status_code == 302
    ask(client)
    assert [enter(client, wrong()).status_code for _ in range(3)] == [409, 409, 429]
    assert newest().tries == 2


# Anything typed


@pytest.mark.parametrize("value", HOSTILE)
def test_asking_takes_anything(client, row, value):
    answer = client.post(ASK, {"email": value, "next": value})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert client.get(ASK, {"next": value}).status_code == 200


@pytest.mark.parametrize("value", HOSTILE)
def test_entering_takes_anything(client, row, value):
    ask(client)
    answer = client.post(ENTER, {"code": value, "next": value})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert client.get(ENTER, {"next": value}).status_code == 200


def test_without_a_code_asked_for_the_way_leads_back(client, row):
    assert client.get(f"{ENTER}?next={SESSION}")["Location"] == f"{ASK}?next=%2Fen%2Fprogramme%2Fopening%2F"


def test_these_pages_are_kept_nowhere(client, row):
    ask(client)
    for path in (ASK, ENTER):
        assert "no-store" in client.get(path)["Cache-Control"]
