"""Kill -9 at the worst moment, on a site of its own: web server, job worker and database, one after the other."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlencode

import psycopg
import pytest

from bench.meter import tree
from chitec.local.postgres import PROJECT, Keeper
from chitec.local.testing import ENVIRONMENT

CSRF = "k" * 32
LOAD_SECONDS = 9
SET_UP = """if True:
    import django
    django.setup()
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
    call_command("demo", scale=0.001)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


PORT = free_port()


@dataclass
class Service:
    """A program of the site that is started again whenever it ends, as a service manager would; it dies with us."""

    command: list[str]
    environment: dict[str, str]
    stopping: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    started: threading.Event = field(default_factory=threading.Event)
    process: subprocess.Popen | None = None

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._keep, daemon=True)
        self.thread.start()
        self.started.wait(10)

    def _keep(self) -> None:
        while True:
            with self.lock:
                if self.stopping:
                    return
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "chitec.local.follow", str(os.getpid()), sys.executable, *self.command],
                    cwd=PROJECT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self.started.set()
            self.process.wait()
            time.sleep(0.3)

    def stop(self) -> None:
        with self.lock:
            self.stopping = True
        self.process.terminate()
        self.thread.join(10)
        # The whole session, so that nothing is left even of a program that does not end in good order.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def run(environment: dict[str, str], *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


@pytest.fixture(scope="module")
def site():
    """The demo show, served and worked for; yields its environment, its keeper and its services."""
    with ExitStack() as undo:
        folder = Path(mkdtemp(prefix="kills-"))
        undo.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        keeper = Keeper(home=folder / "postgres", durable=False)
        undo.callback(keeper.stop)
        environment = {
            **os.environ,
            **ENVIRONMENT,
            "DATABASE_URL": keeper.start(),
            "SITE_URL": f"http://127.0.0.1:{PORT}",
            "MAIL_URL": f"file:{folder / 'mail'}",
            "TRUSTED_PROXIES": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "tests.kills.settings",
        }
        run(environment, "-c", SET_UP)
        web = Service(["-m", "chitec.local.web", str(PORT)], environment)
        undo.callback(web.stop)
        worker = Service(["manage.py", "procrastinate", "worker"], environment)
        undo.callback(worker.stop)
        wait_for(lambda: ask("GET", "/healthz")[0] == 200, seconds=30)
        yield environment, keeper, web, worker


def wait_for(met, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException, psycopg.Error):
            if met():
                return
        time.sleep(0.2)
    pytest.fail(f"not within {seconds} s")


def ask(method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
    """Status, location and body of one answer over a connection of its own."""
    with closing(http.client.HTTPConnection("127.0.0.1", PORT, timeout=12)) as connection:
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        return response.status, response.headers.get("Location", ""), response.read().decode()


def field_of(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


class Crowd:
    """Eight people at a time registering somebody new; `confirmed` holds the names that the site said yes to."""

    def __init__(self) -> None:
        _, _, page = ask("GET", "/en/register/")
        self.form = {
            "csrfmiddlewaretoken": CSRF,
            "ticket_type": re.search(r'name="ticket_type"[^>]*value="(\d+)"', page)[1],
            "days": "2",
            "country": "CN",
            "consent": "on",
            "wording": field_of(page, "wording"),
            "began": field_of(page, "began"),
        }
        self.confirmed: list[str] = []
        self.ends = time.monotonic() + LOAD_SECONDS
        self.threads = [threading.Thread(target=self._one, args=[n]) for n in range(8)]

    def _one(self, n: int) -> None:
        turn = 0
        while time.monotonic() < self.ends:
            turn += 1
            name = f"Crowd {n} {turn}"
            body = urlencode(self.form | {"name": name, "email": f"crowd{n}.{turn}@example.org", "once": uuid.uuid4()})
            with suppress(OSError, http.client.HTTPException):
                status, location, _ = ask(
                    "POST",
                    "/en/register/",
                    body,
                    **{
                        "Content-Type": "application/x-www-form-urlencoded",
                        "Cookie": f"csrf={CSRF}",
                        "X-Forwarded-For": f"10.{n}.{turn // 200}.{turn % 200}",
                    },
                )
                if status == 302 and "/visit/" in location:
                    self.confirmed.append(name)
            time.sleep(0.05)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.join()


def test_kills_lose_no_confirmed_registration_and_no_mail(site):
    environment, keeper, web, worker = site

    def rows(sql: str, *parameters: int) -> list:
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            return connection.execute(sql, parameters or None).fetchall()

    with Crowd() as crowd:
        time.sleep(2)
        os.kill(tree(web.process.pid)[-1], signal.SIGKILL)
        time.sleep(2)
        os.kill(worker.process.pid, signal.SIGKILL)
        time.sleep(2)
        [(last_worker,)] = rows("SELECT max(id) FROM procrastinate_workers")
        os.kill(keeper.pid(), signal.SIGKILL)
        keeper.start()
        killed_at = time.monotonic()
        before = len(crowd.confirmed)
        wait_for(lambda: len(crowd.confirmed) > before, seconds=10)
        assert time.monotonic() - killed_at < 5, "served again within 5 s of the database's return"

    # A job of a dead worker is taken up again when its heart has not beaten for half a minute. Say that it has not.
    wait_for(lambda: rows("SELECT id FROM procrastinate_workers WHERE id > %s", last_worker), seconds=30)
    rows(
        "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '30 s'"
        " WHERE id < (SELECT max(id) FROM procrastinate_workers) RETURNING id"
    )
    wait_for(lambda: rows("SELECT count(*) FROM accounts_mail WHERE state = 'queued'") == [(0,)], seconds=45)
    registered = Counter(name for (name,) in rows("SELECT name FROM visitors_registration WHERE name LIKE 'Crowd %'"))
    assert len(crowd.confirmed) > 50
    assert set(crowd.confirmed) - set(registered) == set()
    assert max(registered.values()) == 1

    mails = rows("SELECT kind || '.' || id FROM accounts_mail WHERE state = 'sent'")
    assert len(mails) == len(registered)
    sent = Counter(
        re.findall(
            r"^Message-ID: <([^@]+)@",
            "".join(file.read_text() for file in Path(environment["MAIL_URL"][5:]).iterdir()),
            re.MULTILINE,
        )
    )
    assert set(sent) == {name for (name,) in mails}
    # Two jobs run at a time, and the worker and the database were killed once each.
    assert sum(sent.values()) - len(sent) <= 4
    assert max(sent.values()) <= 2

    run(environment, "manage.py", "check_invariants")
