"""The site's secrets: what happens where one is missing, no key at all, or one for two purposes."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys

import pytest

from chitec import checks
from chitec.local import environment
from chitec.local.postgres import PROJECT
from chitec.local.testing import ENVIRONMENT


@pytest.mark.parametrize("name", ["SECRET_KEY", "BADGE_KEY", "ID_KEY"])
def test_without_a_secret_the_process_does_not_start_and_says_which(name):
    assert said_at_start({name: ""}).endswith(
        f"{name} is not set. Without it the site does not start; docs/running.md says what it is."
    )


@pytest.mark.parametrize("name", ["BADGE_KEY", "ID_KEY", "ID_KEYS_OLD"])
@pytest.mark.parametrize("value", ["short", base64.b64encode(bytes(31)).decode(), "ключ" * 11])
def test_a_bad_key_is_refused_in_words(name, value):
    assert said_at_start({name: value}).endswith(f"{name} has to be 32 bytes in base64; `make key` draws one.")


def typed(key):
    return base64.b64encode(key).decode()


def said_at_start(changed):
    done = subprocess.run(
        [sys.executable, "-c", "import chitec.settings"],
        cwd=PROJECT,
        env=os.environ | ENVIRONMENT | changed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr.strip()


def test_keys_of_their_own_are_no_finding(settings):
    settings.ID_KEYS_OLD = [settings.ID_KEY, bytes(32)]
    assert checks.each_key_serves_one_purpose(None) == []


@pytest.mark.parametrize(
    ("name", "value", "shared"),
    [
        ("ID_KEY", lambda settings: settings.BADGE_KEY, "BADGE_KEY and ID_KEY"),
        ("ID_KEYS_OLD", lambda settings: [settings.BADGE_KEY], "BADGE_KEY and ID_KEY"),
        ("SECRET_KEY", lambda settings: typed(settings.ID_KEY), "SECRET_KEY and ID_KEY"),
        ("SECRET_KEY_FALLBACKS", lambda settings: [typed(settings.ID_KEY)], "SECRET_KEY and ID_KEY"),
    ],
)
def test_one_key_for_two_purposes_is_an_error(settings, name, value, shared):
    setattr(settings, name, value(settings))
    (error,) = checks.each_key_serves_one_purpose(None)
    assert (error.id, error.msg) == ("chitec.E002", f"{shared} are the same key.")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "ENV_FILE", tmp_path / ".env")
    return tmp_path / ".env"


def names(file):
    return [line.partition("=")[0] for line in file.read_text().splitlines()[1:]]


def test_a_development_site_gets_keys_of_its_own(file):
    environment.write_if_missing(port=8000)
    assert names(file) == ["DEBUG", "SECRET_KEY", "BADGE_KEY", "ID_KEY", "SITE_URL"]
    assert len(set(file.read_text().splitlines())) == 6
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_development_site_of_before_gets_the_key_that_it_has_not_got_and_keeps_the_others(file):
    environment.write_if_missing(port=8000)
    lines = [line for line in file.read_text().splitlines() if not line.startswith("ID_KEY=")]
    file.write_text("\n".join(lines) + "\n")
    environment.write_if_missing(port=8001)
    assert file.read_text().splitlines()[:-1] == lines
    assert names(file)[-1] == "ID_KEY"
    whole = file.read_text()
    environment.write_if_missing(port=8001)
    assert file.read_text() == whole


def test_a_file_that_somebody_wrote_stays_as_it_is(file):
    file.write_text("DEBUG=on\n")
    environment.write_if_missing(port=8000)
    assert file.read_text() == "DEBUG=on\n"
