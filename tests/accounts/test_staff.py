"""Staff come in with a second factor, by the site's one login."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from accounts import actions
from accounts.acting import Actor
from accounts.models import User
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.expo import ShowFactory
from tests.factories.staff import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def second_factor(settings):
    settings.STAFF_SECOND_FACTOR = True
    ShowFactory()


def test_the_desk_sends_strangers_to_the_one_login(client):
    response = client.get("/admin/accounts/user/", follow=True)
    assert response.redirect_chain[-1][0] == "/en/accounts/login/?next=/admin/accounts/user/"


def test_a_password_alone_does_not_open_the_desk():
    organiser = UserFactory(organiser=True)
    response = logged_in(organiser, second_factor=False).get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/en/accounts/2fa/")
    assert response.context["user"] == organiser


def test_who_has_a_second_factor_is_asked_to_show_it():
    organiser = UserFactory(organiser=True)
    TOTP.activate(organiser, generate_totp_secret())
    response = logged_in(organiser, second_factor=False).get("/admin/accounts/user/")
    assert response.url == "/admin/login/?next=/admin/accounts/user/"
    response = logged_in(organiser, second_factor=False).get(response.url)
    assert response.url == "/en/accounts/2fa/reauthenticate/?next=%2Fadmin%2Faccounts%2Fuser%2F"


def test_a_second_factor_opens_the_desk():
    assert logged_in(UserFactory(organiser=True)).get("/admin/").status_code == 200


def test_the_second_factor_of_another_does_not_count():
    client = logged_in(UserFactory(organiser=True))
    session = client.session
    session["account_authentication_methods_user"] = "0"
    session.save()
    assert client.get("/admin/").status_code == 302


def test_a_second_factor_that_was_removed_opens_nothing_any_more():
    organiser = UserFactory(organiser=True)
    client = logged_in(organiser)
    Authenticator.objects.filter(user=organiser).delete()
    TOTP.activate(organiser, generate_totp_secret())
    assert client.get("/admin/").status_code == 302


def test_who_loses_the_phone_is_logged_out_everywhere():
    auditor, other = UserFactory(auditor=True), UserFactory(organiser=True)
    lost, another = logged_in(auditor), logged_in(other)
    actions.remove_second_factor(actor=Actor.of(other), user=auditor, at=timezone.now())
    assert "/accounts/login/" in lost.get("/admin/").url + lost.get("/en/accounts/me/").url
    assert lost.get("/en/accounts/me/").status_code == 302
    assert another.get("/admin/").status_code == 200


def test_exhibitors_may_not_enter_whatever_they_show():
    response = logged_in(UserFactory(exhibitor=True)).get("/admin/", follow=True)
    assert response.status_code == 403


def test_the_desks_login_takes_no_password(client):
    organiser = UserFactory(organiser=True)
    client.post("/admin/login/", {"username": organiser.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_the_desks_login_sends_nobody_elsewhere():
    response = logged_in(UserFactory(organiser=True)).get("/admin/login/?next=https://evil.example/")
    assert response.url == "/admin/"


def test_setting_up_the_first_factor_counts_as_showing_it(rf):
    from allauth.mfa.signals import authenticator_added
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.staff import has_second_factor

    request = rf.get("/")
    request.session = SessionStore()
    request.user = UserFactory(organiser=True)
    made = TOTP.activate(request.user, generate_totp_secret()).instance
    assert not has_second_factor(request)
    authenticator_added.send(sender=type(made), request=request, user=request.user, authenticator=made)
    assert has_second_factor(request)


def test_service_without_a_second_factor_is_an_error(settings):
    settings.STAFF_SECOND_FACTOR = False
    with pytest.raises(SystemCheckError, match=r"accounts\.E001"):
        call_command("check")


def test_roles_decide_who_is_staff():
    assert User(roles=["auditor"]).is_staff
    assert not User(roles=["exhibitor"]).is_staff


def test_staff_log_in_with_password_and_code(client):
    organiser = UserFactory(organiser=True)
    EmailAddress.objects.create(user=organiser, email=organiser.email, verified=True, primary=True)
    secret = generate_totp_secret()
    TOTP.activate(organiser, secret)
    response = client.post("/en/accounts/login/?next=/admin/", {"login": organiser.email, "password": PASSWORD})
    assert response.url.startswith("/en/accounts/2fa/authenticate/")
    assert client.get("/admin/").status_code == 302
    code = f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06d}"
    response = client.post(response.url, {"code": code})
    assert response.url == "/admin/"
    assert client.get("/admin/").status_code == 200
