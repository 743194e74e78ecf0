"""What browsers are told to keep, and how closely, by a site that is reached over https."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as of_the_tests
from django.db import connection

from tests.factories import visitors as make
from tests.factories.accounts import PASSWORD, UserFactory
from tests.factories.onsite import DeviceFactory
from visitors.links import visit_key

# A day of somebody who signs a phone in at a gate, and plans a visit too: each answer's HSTS and cookies, as they go
# out.
DAY = """if True:
    import json, sys
    import django
    django.setup()
    from django.test import Client
    email, password, gate, key = sys.argv[1:]
    client, told = Client(headers={"Accept-Language": "en"}), []
    def note(answer):
        hsts = answer.headers.get("Strict-Transport-Security")
        told.append([answer.status_code, hsts, [cookie.OutputString() for cookie in answer.cookies.values()]])
    note(client.get("/zh/accounts/login/", secure=True))
    note(client.post("/en/accounts/login/", {"login": email, "password": password}, secure=True))
    note(client.post("/en/accounts/me/", {"name": "Li Na", "language": "en"}, secure=True))
    note(client.post("/en/gate/sign-in/", {"gate": gate, "name": "Phone 8"}, secure=True))
    note(client.post("/en/my-visit/code/", {"email": "wang@example.org"}, secure=True))
    note(client.post(f"/en/visit/{key}/here/", secure=True))
    note(client.post("/en/my-visit/leave/", secure=True))
    note(client.get("/en/accounts/me/", secure=True))
    print(json.dumps(told))
"""


@pytest.fixture
def day(transactional_db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user = UserFactory(gate_staff=True)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    gate = DeviceFactory(signed_in_by=user).gate
    key = visit_key(make.registered(make.ticket_type(make.open_show())).lead)
    environment = {
        **os.environ,
        "SITE_URL": "https://testserver",
        "STAFF_SECOND_FACTOR": "off",
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connection.settings_dict['NAME']}")
        .geturl(),
        "DJANGO_SETTINGS_MODULE": "tests.kills.settings",
    }
    return json.loads(
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", DAY, user.email, PASSWORD, str(gate.pk), key],
            cwd=of_the_tests.BASE_DIR,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
    )


def test_over_https_each_cookie_is_this_hosts_alone_and_no_scripts(day):
    assert [status for status, _, _ in day] == [200, 302, 302, 302, 302, 302, 302, 200]
    assert {hsts for _, hsts, _ in day} == {"max-age=63072000; includeSubDomains; preload"}
    kept, names = [], set()
    for _, _, cookies in day:
        for text in cookies:
            ((name, cookie),) = SimpleCookie(text).items()
            names.add(name)
            marks = (cookie["secure"], cookie["path"], cookie["domain"], cookie["samesite"] in {"Lax", "Strict"})
            # What is taken away has no value that a script could read.
            kept.append((*marks, cookie["httponly"] or cookie["max-age"] == "0"))
    assert names == {
        f"__Host-{name}" for name in ("csrf", "device", "language", "messages", "session", "visit", "visit-code")
    }
    assert set(kept) == {(True, "/", "", True, True)}
