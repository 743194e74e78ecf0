"""The login: who gets in, who learns nothing, and where it leads."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as outbox
from django.core.cache import cache
from django.utils import timezone

from accounts import actions
from accounts.models import Mail, Role, User
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.expo import ShowFactory

pytestmark = pytest.mark.django_db

NEW = {"email": "New@Example.org", "password1": PASSWORD}


@pytest.fixture(autouse=True)
def show():
    cache.clear()
    return ShowFactory()


def account(**fields):
    user = UserFactory(**fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def log_in(client, user, password=PASSWORD, **more):
    return client.post("/en/accounts/login/", {"login": user.email, "password": password, **more})


def words(response):
    """The page without what differs from one request to the next."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    return re.sub(r"[a-z0-9]+@example\.org", "ADDRESS", text)


def send_all():
    for mail in Mail.objects.filter(state=Mail.State.QUEUED):
        actions.send_mail(mail.pk, at=timezone.now())
    return outbox.outbox


@pytest.mark.parametrize(
    ("role", "leads_to"),
    [
        ("organiser", "/admin/"),
        ("area_manager", "/admin/"),
        ("auditor", "/admin/"),
        ("gate_staff", "/en/gate/"),
        ("exhibitor", "/en/desk/"),
    ],
)
def test_the_login_leads_everybody_to_their_work(client, role, leads_to):
    assert log_in(client, account(**{role: True})).url == "/en/accounts/home/"
    assert client.get("/en/accounts/home/").url == leads_to


def test_the_login_sends_nobody_elsewhere(client):
    response = log_in(client, account(exhibitor=True), next="https://evil.example/")
    assert response.url == "/en/accounts/home/"


def test_the_session_is_another_after_the_login_and_dead_after_the_logout(client):
    client.get("/en/accounts/login/")
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    client.cookies["session"] = before
    log_in(client, account(exhibitor=True))
    during = client.session.session_key
    assert during != before
    client.post("/en/accounts/logout/")
    client.cookies["session"] = during
    assert client.get("/en/accounts/me/").status_code == 302


def test_a_login_that_fails_does_not_tell_whether_there_is_an_account(client):
    known = log_in(client, account(), password="wrong password 1")
    unknown = log_in(client, UserFactory.build(email="ghost@example.org"), password="wrong password 1")
    assert (known.status_code, words(known)) == (unknown.status_code, words(unknown))


def test_asking_for_a_new_password_does_not_tell_whether_there_is_an_account(client):
    user = account(email="known@example.org")
    known = client.post("/en/accounts/password/reset/", {"email": user.email}, follow=True)
    unknown = client.post("/en/accounts/password/reset/", {"email": "ghost@example.org"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert words(known) == words(unknown)
    assert Mail.objects.count() == 2


def test_signing_up_does_not_tell_whether_there_is_an_account(client, django_user_model):
    account(email="known@example.org")
    known = client.post("/en/accounts/signup/", NEW | {"email": "known@example.org"}, follow=True)
    client.logout()
    unknown = client.post("/en/accounts/signup/", NEW | {"email": "ghost@example.org"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert words(known) == words(unknown)


def test_who_signs_up_is_an_exhibitor_in_the_language_of_the_page(client):
    client.post("/zh/accounts/signup/", NEW)
    user = User.objects.get()
    assert (user.email, user.roles, user.language) == ("new@example.org", [Role.EXHIBITOR], "zh-hans")


def test_the_code_rests_nowhere_in_clear(client):
    client.post("/en/accounts/signup/", NEW)
    (letter,) = send_all()
    code = re.search(r"^[A-Z0-9-]{6,}$", letter.body, re.MULTILINE).group()
    mail = Mail.objects.get()
    assert mail.facts == {}
    Mail.objects.filter(pk=mail.pk).update(state=Mail.State.QUEUED)
    assert code not in str(Mail.objects.values().get())
    response = client.post("/en/accounts/confirm-email/", {"code": code})
    assert response.url == "/en/accounts/home/"


def test_the_sealed_letter_does_not_say_its_code(client):
    client.post("/en/accounts/signup/", NEW)
    sealed = str(Mail.objects.get().facts)
    (letter,) = send_all()
    assert letter.body not in sealed
    assert re.search(r"^[A-Z0-9-]{6,}$", letter.body, re.MULTILINE).group() not in sealed


def test_a_link_for_a_new_password_is_of_our_address_and_works_once(client, settings):
    user = account()
    client.post("/en/accounts/password/reset/", {"email": user.email}, headers={"host": "localhost"})
    (letter,) = send_all()
    link = re.search(rf"{settings.SITE_URL}(/en/accounts/password/reset/key/\S+)", letter.body).group(1)
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "another long phrase", "password2": "another long phrase"})
    user.refresh_from_db()
    assert user.check_password("another long phrase")
    client.logout()
    page = client.get(link)
    assert page.status_code == 200
    assert "password1" not in page.content.decode()


def test_a_stranger_cannot_lock_somebody_out(client):
    user = account()
    for _attempt in range(8):
        client.post(
            "/en/accounts/login/", {"login": user.email, "password": "wrong password 1"}, REMOTE_ADDR="192.0.2.9"
        )
    refused = client.post("/en/accounts/login/", {"login": user.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.9")
    assert refused.status_code == 200
    assert log_in(client, user).status_code == 302


def test_too_many_logins_from_one_address_are_answered_with_429(client):
    for n in range(31):
        response = client.post("/en/accounts/login/", {"login": f"user{n}@example.org", "password": "wrong password 1"})
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"


def test_whoever_may_not_log_in_any_more_is_out_at_once(client):
    user = account(exhibitor=True)
    log_in(client, user)
    User.objects.update(is_active=False)
    assert client.get("/en/accounts/me/").status_code == 302


def test_the_own_page_changes_name_and_language_and_comes_back_in_it(client):
    user = account(exhibitor=True)
    log_in(client, user)
    response = client.post("/en/accounts/me/", {"name": "陈伟", "language": "zh-hans"})
    assert response.url == "/zh/accounts/me/"
    user.refresh_from_db()
    assert (user.name, user.language) == ("陈伟", "zh-hans")


def test_the_own_page_keeps_what_was_typed(client):
    log_in(client, account(exhibitor=True))
    response = client.post("/en/accounts/me/", {"name": "x" * 81, "language": "en"})
    assert response.status_code == 422
    assert "x" * 81 in response.content.decode()


def test_a_password_link_from_the_desk_sets_a_password(client, settings):
    user = account(auditor=True)
    from accounts.acting import Actor

    actions.mail_password_link(actor=Actor.system("test"), user=user, at=timezone.now())
    (letter,) = send_all()
    assert letter.to == [user.email]
    link = re.search(rf"{settings.SITE_URL}(/\S+/password/reset/key/\S+)", letter.body).group(1)
    assert client.get(link, follow=True).status_code == 200


def test_the_way_to_a_new_password_ends_at_the_login_and_a_dead_link_at_a_new_one(client, settings):
    user = account()
    sent = client.post("/en/accounts/password/reset/", {"email": user.email}, follow=True)
    assert "Look in the spam folder too" in sent.text
    (letter,) = send_all()
    assert letter.subject.startswith("Your link for a new password")
    link = re.search(rf"{settings.SITE_URL}(/en/accounts/password/reset/key/\S+)", letter.body).group(1)
    form = client.get(link, follow=True).redirect_chain[-1][0]
    sent = {"password1": "another long phrase", "password2": "another long phrase"}
    done = client.post(form, sent, follow=True).content.decode()
    assert "Your new password is set" in done
    assert 'class="btn" href="/en/accounts/login/"' in done
    client.logout()
    dead = client.get(link, follow=True).content.decode()
    assert "is older than a day" in dead
    assert 'class="btn" href="/en/accounts/password/reset/"' in dead
