"""What every test may use; rooms add fixtures of their own in tests/<app>/conftest.py, makers in tests/factories/."""

import os
import shutil

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.utils import translation

# Keeps the browser off the network, and lets it run as root in a container.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def pytest_configure():
    """Find static files where they lie: collecting and compressing them for each run would take half a minute.

    What was collected at another time is out of the way, or the browser would get that; a folder that is not there
    would be a warning.
    """
    settings.STATIC_ROOT = settings.BASE_DIR / "var" / "test-static"
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    # So that force_login admits staff; tests/accounts/test_staff.py and the access matrix put it on again.
    settings.STAFF_SECOND_FACTOR = False
    # Passwords are slow to hash on purpose; here that would be a second for each user.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items):
    """Begin with the longest test: at the end it would keep one processor busy and the other waiting."""
    items.sort(key=lambda item: "/kills/" not in item.nodeid)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let no connection that a thread has left open keep the tests' database from being dropped at the end."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _begin_anew():
    """Leave nothing of one test to the next: neither its language nor what the process remembers of its rows."""
    translation.activate(settings.LANGUAGE_CODE)
    caches["process"].clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the machine's own Chromium: the one of $CHROMIUM, else the one on PATH."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    return browser_type_launch_args | {"executable_path": chromium, "args": CHROMIUM_FLAGS}
