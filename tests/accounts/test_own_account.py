"""What holders of an account see of what is held about them, and the end of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from psycopg import sql

from accounts import actions, mails
from accounts.acting import Actor, acting
from accounts.models import Mail, Role, User
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.exhibitors import FirmFactory
from tests.factories.expo import AreaFactory, ShowFactory
from tests.factories.staff import logged_in

pytestmark = pytest.mark.django_db

SURE = {"sure": "yes"}


@pytest.fixture(autouse=True)
def outside_the_database(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    ShowFactory()


@pytest.fixture
def holder():
    user = UserFactory(email="erase-me@example.org", name="Erasmus Gone", exhibitor=True)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    FirmFactory(name_en="Stays Ltd").members.create(user=user, since=timezone.now())
    with acting(Actor.of(user), "own_account_changed", why="Erasmus asked for it"):
        user.name += " By"
        user.save()
    mails.queue("accounts.letter", thing="password_reset_key", to=user.email, language="en")
    return user


@pytest.fixture
def desk(client, holder):
    """The holder, who has logged in and typed the password once more."""
    client.post("/en/accounts/login/", {"login": holder.email, "password": PASSWORD})
    client.post("/en/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_holders_get_everything_that_is_held_about_them_and_nobody_elses(desk, holder):
    UserFactory(name="Stranger")
    Authenticator.objects.create(user=holder, type="totp", data={"secret": "hush"})
    response = desk.get("/en/accounts/me/data.json")
    held = response.json()
    assert held.keys() == {
        "account", "addresses", "second_factors", "mails", "history", "areas", "firms", "devices", "programme"
    }  # fmt: skip
    assert (held["account"]["email"], held["firms"][0]["firm__name_en"]) == (holder.email, "Stays Ltd")
    assert [row["what"] for row in held["history"]] == ["own_account_changed"]
    assert (len(held["mails"]), held["second_factors"][0]["type"]) == (1, "totp")
    for never in ("hush", "Stranger", holder.password):
        assert never not in response.content.decode()


def everything_in_the_database():
    """Every text of every table, but for the caches of what was asked too often."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall() if name != "accounts_cache"]
        for table in tables:
            cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
            yield from ((table, text) for (text,) in cursor.fetchall())


def test_an_account_that_is_erased_is_nowhere_any_more(desk, holder):
    assert desk.post("/en/accounts/me/erase/", SURE).url == "/en/"
    remains = [
        (table, text)
        for table, text in everything_in_the_database()
        if any(word in text for word in ("Erasmus", "erase-me", holder.password))
    ]
    assert remains == []
    assert desk.get("/en/accounts/me/").status_code == 302


def test_the_firm_of_an_erased_account_stays(desk, holder):
    firm = holder.memberships.get().firm
    desk.post("/en/accounts/me/erase/", SURE)
    firm.refresh_from_db()
    assert firm.members.count() == 0


def test_an_erased_account_does_not_log_in_again(desk, holder, client):
    desk.post("/en/accounts/me/erase/", SURE)
    row = User.objects.get(pk=holder.pk)
    assert (row.email, row.is_active, row.roles, row.has_usable_password()) == (
        f"{row.pk}@erased.invalid", False, [], False
    )  # fmt: skip
    response = client.post("/en/accounts/login/", {"login": "erase-me@example.org", "password": PASSWORD})
    assert response.status_code == 200


def test_nobody_is_erased_by_a_click_alone(desk, holder):
    response = desk.post("/en/accounts/me/erase/")
    assert (response.status_code, "Tick the box" in response.content.decode()) == (422, True)
    holder.refresh_from_db()
    assert holder.name == "Erasmus Gone By"


def test_an_old_session_does_not_erase_the_account(holder):
    response = logged_in(holder, second_factor=False).post("/en/accounts/me/erase/", SURE)
    assert response.url.startswith("/en/accounts/reauthenticate/")
    assert User.objects.get(pk=holder.pk).name


def test_strangers_are_sent_to_the_login(client):
    for path in ("data.json", "erase/"):
        assert client.get(f"/en/accounts/me/{path}").url.startswith("/en/accounts/login/")


def test_the_last_organiser_stays(desk, holder):
    User.objects.filter(pk=holder.pk).update(roles=[Role.ORGANISER])
    response = desk.post("/en/accounts/me/erase/", SURE)
    assert (response.status_code, "Somebody has to stay organiser" in response.content.decode()) == (409, True)


def test_an_erased_manager_leaves_the_area(desk, holder):
    area = AreaFactory(manager=holder)
    desk.post("/en/accounts/me/erase/", SURE)
    area.refresh_from_db()
    assert area.manager is None


def test_a_restored_backup_forgets_the_account_again(desk, holder):
    before = User.objects.filter(pk=holder.pk).values().get()
    desk.post("/en/accounts/me/erase/", SURE)
    User.objects.filter(pk=holder.pk).update(**before)
    call_command("replay_erasures")
    assert User.objects.get(pk=holder.pk).is_erased


def test_what_was_erased_is_not_on_the_desk(holder):
    actions.erase_account(actor=Actor.system("test"), user=holder, at=timezone.now())
    page = logged_in(UserFactory(organiser=True)).get("/admin/accounts/user/").content.decode()
    assert "erased.invalid" not in page


def long_ago(user, **fields):
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(days=4 * 365), **fields)


def test_accounts_that_nobody_uses_are_erased_by_night(holder):
    used, never_used, organiser = UserFactory(), UserFactory(), UserFactory(organiser=True)
    long_ago(holder, last_login=timezone.now() - timedelta(days=3 * 365 + 1))
    long_ago(used, last_login=timezone.now() - timedelta(days=3 * 365 - 1))
    long_ago(never_used)
    long_ago(organiser)
    assert actions.forget(at=timezone.now())["accounts"] == 2
    assert set(User.objects.kept()) == {used, organiser}
    assert actions.forget(at=timezone.now())["accounts"] == 0


def test_a_change_of_the_own_address_is_recorded_as_the_users(desk, holder):
    other = EmailAddress.objects.create(user=holder, email="other@example.org", verified=True)
    desk.post("/en/accounts/email/", {"action_primary": "", "email": other.email})
    holder.refresh_from_db()
    event = User.pgh_event_model.objects.filter(pgh_obj_id=holder.pk).last()
    assert (holder.email, event.pgh_context.metadata["act"], event.pgh_context.metadata["actor"]) == (
        "other@example.org", "own_email_changed", f"user:{holder.pk}"
    )  # fmt: skip


def test_mails_that_strangers_cause_are_bounded_by_the_day(client, holder, settings):
    Mail.objects.all().delete()
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1000/m/ip"}
    answers = {
        address: [client.post("/en/accounts/password/reset/", {"email": address}).status_code for _ in range(11)]
        for address in (holder.email, "ghost@example.org")
    }
    assert answers == dict.fromkeys(answers, [302] * 10 + [429])
    assert Mail.objects.filter(to=holder.email).count() == 10
    elsewhere = client.post("/en/accounts/password/reset/", {"email": holder.email}, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302


def test_signing_up_takes_as_long_for_an_address_that_is_known(client, holder, monkeypatch):
    hashed = []

    def encode(hasher, password, salt):
        hashed.append(password)
        return f"md5$salt${len(hashed):032}"

    monkeypatch.setattr("django.contrib.auth.hashers.MD5PasswordHasher.encode", encode)
    client.post("/en/accounts/signup/", {"email": "ghost@example.org", "password1": PASSWORD})
    unknown, hashed[:] = len(hashed), []
    client.logout()
    client.post("/en/accounts/signup/", {"email": holder.email, "password1": PASSWORD})
    assert (unknown, len(hashed)) == (1, 1)


def test_the_shared_cache_keeps_what_counts_and_forgets_what_ended(settings):
    from django.core.cache import cache

    cache.clear()
    cache.set_many({f"login-{n}": n for n in range(320)}, timeout=3600)
    cache.set("ended", 1, timeout=-1)
    cache.set("lives", 1, timeout=3600)
    assert len(cache.get_many([f"login-{n}" for n in range(320)])) == 320
    actions.forget(at=timezone.now() + timedelta(minutes=30))
    assert cache.get("lives") == 1
    actions.forget(at=timezone.now() + timedelta(hours=2))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_cache")
        assert cursor.fetchone() == (0,)
