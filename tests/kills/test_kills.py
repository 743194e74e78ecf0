"""Kill -9 at the worst moment, on a site of its own: web server, job worker and database, one after the other.

And the end in good order of a web server that is restarted: the same site, with its socket handed over to it."""

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
from chitec.web import HEARING_SECONDS

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
# As systemd does it: the sockets are the files from the third on, and the process is told that it is meant.
HANDING_OVER = """if True:
    import os, sys
    for number in (0, 1):
        os.dup2(int(sys.argv[1 + number]), 3 + number)
    os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()))
    os.execv(sys.argv[3], sys.argv[3:])
"""


@dataclass
class Service:
    """A program of the site that is started again whenever it ends, as a service manager would; it dies with us.

    `listening` are sockets that are handed over to it and stay open meanwhile.
    """

    command: list[str]
    environment: dict[str, str]
    listening: list[socket.socket] = field(default_factory=list)
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
                command = [sys.executable, "-m", "chitec.local.follow", str(os.getpid()), sys.executable, *self.command]
                handed = [one.fileno() for one in self.listening]
                self.process = subprocess.Popen(
                    [sys.executable, "-c", HANDING_OVER, *map(str, handed), *command] if handed else command,
                    cwd=PROJECT,
                    env=self.environment,
                    pass_fds=handed,
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
        listening = [
            undo.enter_context(socket.create_server(("127.0.0.1", PORT), backlog=1024, reuse_port=True)) for _ in "12"
        ]
        web = Service(["-m", "chitec.web"], environment, listening)
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
            with suppress(OSError, http.client.HTTPException):
                self.register(n, turn)
            time.sleep(0.05)

    def register(self, n: int, turn: int) -> None:
        name = f"Crowd {n} {turn}"
        body = urlencode(self.form | {"name": name, "email": f"crowd{n}.{turn}@example.org", "once": uuid.uuid4()})
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


def test_an_end_in_good_order_answers_what_is_in_hand(site):
    environment, _keeper, web, _worker = site
    crowd = Crowd()
    people = [threading.Thread(target=crowd.register, args=[200 + n, 0]) for n in range(8)]
    waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'accounts_tally'::regclass AND NOT granted"
    with psycopg.connect(environment["DATABASE_URL"]) as connection, connection.transaction():
        connection.execute("LOCK TABLE accounts_tally IN EXCLUSIVE MODE")
        for person in people:
            person.start()
        wait_for(lambda: connection.execute(waiting).fetchone() == (8,), seconds=3)
        with closing(http.client.HTTPConnection("127.0.0.1", PORT, timeout=12)) as still_silent:
            still_silent.connect()
            time.sleep(0.2)
            web.process.terminate()
            time.sleep(0.2)
            still_silent.request("GET", "/healthz")
            assert still_silent.getresponse().status == 200
        time.sleep(HEARING_SECONDS)
        assert web.process.poll() is None
    for person in people:
        person.join()
    assert sorted(crowd.confirmed) == [f"Crowd {200 + n} 0" for n in range(8)]


def test_a_restart_under_load_loses_no_request(site):
    _environment, _keeper, web, _worker = site
    answers: list[object] = []
    restarted = threading.Event()

    def call() -> None:
        while not restarted.is_set():
            try:
                status, _location, page = ask("GET", "/en/")
                answers.append((status, page.endswith("</html>\n")))
            except (OSError, http.client.HTTPException) as error:
                answers.append(error)

    wait_for(lambda: ask("GET", "/healthz")[0] == 200, seconds=10)
    people = [threading.Thread(target=call) for _ in range(16)]
    for person in people:
        person.start()
    for _ in range(2):
        before = web.process
        time.sleep(0.7)
        before.terminate()
        assert before.wait(5) is not None
        wait_for(lambda before=before: web.process is not before and ask("GET", "/healthz")[0] == 200, seconds=10)
    restarted.set()
    for person in people:
        person.join()
    assert len(answers) > 20
    assert Counter(answers) == {(200, True): len(answers)}


PLAN = """if True:
    import django
    django.setup()
    from datetime import timedelta
    from accounts.acting import Actor
    from expo.models import Show
    from programme.actions import publishing
    from programme.models import Session
    show = Show.objects.current()
    last = show.calendar[-1]
    made = [
        Session.objects.create(
            show=show, code=f"KILL{n}", slug=f"kill-{n}", kind="forum", title_en=f"Kill {n}", languages=["en"],
            starts_at=last.opens_at + timedelta(hours=n), minutes=30, seats=3,
        ).pk
        for n in range(2)
    ]
    publishing.publish(
        actor=Actor.system("kills"), show=show, sessions=made, seen=None, at=show.now(), note="Kills"
    )
"""
# Somebody signs up, gives up or accepts, at random, and says so line by line once it is done. Who cannot take what is
# offered, for another place at that time, declines it in the end: else nobody would be offered anything any more.
CHURN = """if True:
    import django, random, sys
    django.setup()
    from accounts.acting import Actor
    from accounts.refusals import Refusal
    from expo.models import Show
    from programme.actions.signing import acts
    from programme.models import Session, Signup
    from programme.places import Coming
    from visitors.models import Registration
    show = Show.objects.current()
    people = list(
        Registration.objects.filter(
            show=show, tickets__state="valid", tickets__days__contains=[show.calendar[-1].number]
        ).exclude(email="").order_by("pk")[:24]
    )
    sessions = list(Session.objects.filter(code__startswith="KILL").values_list("pk", flat=True))
    while True:
        own, session = random.choice(people), random.choice(sessions)
        actor = Actor.visitor(own.pk)
        held = Signup.objects.live().filter(registration=own, session=session).first()
        try:
            if held is None:
                party = [Coming(registration=own.pk), *(Coming() for _ in range(random.randrange(3)))]
                row = acts.sign_up(
                    actor=actor, registration=own, session=session, people=party, at=show.now()
                )
                print("signed_up", row.pk, flush=True)
            elif held.state == Signup.State.OFFERED and random.random() < 0.5:
                print("accepted", acts.accept(actor=actor, signup=held, at=show.now(), by=own).pk, flush=True)
            else:
                print("given_up", acts.give_up(actor=actor, signup=held, at=show.now(), by=own).pk, flush=True)
        except Refusal:
            pass
"""


def test_kills_lose_no_sign_up_no_offer_and_no_deadline(site, tmp_path):
    environment, keeper, _web, worker = site

    def rows(sql: str, *parameters: object) -> list:
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            return connection.execute(sql, parameters or None).fetchall()

    def write(sql: str) -> None:
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            connection.execute(sql)

    run(environment, "-c", PLAN)
    write(
        """CREATE VIEW ours AS SELECT * FROM programme_signup
        WHERE session_id IN (SELECT id FROM programme_session WHERE code LIKE 'KILL%')"""
    )
    folder = Path(environment["MAIL_URL"][5:])
    said = tmp_path / "said"
    with ExitStack() as undo:
        told = undo.enter_context(said.open("ab"))

        def busy() -> subprocess.Popen:
            started = subprocess.Popen(
                [sys.executable, "-c", CHURN], cwd=PROJECT, env=environment, stdout=told, stderr=subprocess.DEVNULL
            )
            undo.callback(started.wait)
            undo.callback(started.kill)
            return started

        def offered(more: int) -> None:
            so_far = "SELECT coalesce(sum(offers), 0) FROM ours"
            [(before,)] = rows(so_far)
            wait_for(lambda: rows(so_far)[0][0] >= before + more, seconds=120)

        people = [busy() for _ in range(3)]
        offered(3)
        for turn, victim in enumerate(people):
            time.sleep(0.1 + turn * 0.13)
            victim.kill()
            busy()
        os.kill(worker.process.pid, signal.SIGKILL)
        offered(3)
        os.kill(keeper.pid(), signal.SIGKILL)
        keeper.start()
        # Whoever had a connection has ended with it.
        busy()
        offered(3)
        wait_for(lambda: b"accepted" in said.read_bytes(), seconds=120)

    # All is quiet: what was said is so, and nothing is there twice.
    acts = [line.split() for line in said.read_text().splitlines()]
    states = dict(rows("SELECT id, state FROM ours"))
    assert {act for act, _pk in acts} == {"signed_up", "accepted", "given_up"}
    assert {int(pk) for _act, pk in acts} <= set(states)
    ended = {"given_up", "declined", "lapsed"}
    assert [pk for act, pk in acts if act == "given_up" and states[int(pk)] not in ended] == []
    offers = rows(
        """SELECT s.id, s.offers, count(m.id), count(DISTINCT m.version) FROM ours s
        LEFT JOIN accounts_mail m ON m.thing = 'signup:' || s.id AND m.kind = 'programme.offer'
        GROUP BY s.id, s.offers"""
    )
    assert [row for row in offers if len(set(row[1:])) > 1] == []
    run(environment, "manage.py", "check_invariants")

    # A deadline that passes while no worker is there is kept by the next one. Plans go out at once here.
    os.kill(worker.process.pid, signal.SIGKILL)
    [(pk, number)] = rows(
        """UPDATE programme_signup SET offered_until = offered_at - interval '1 day'
        WHERE id = (SELECT min(id) FROM ours WHERE state = 'offered') RETURNING id, offers"""
    )
    rows(
        "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND scheduled_at > now() RETURNING id"
    )
    rows("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '30 s' RETURNING id")
    wait_for(lambda: rows("SELECT state FROM programme_signup WHERE id = %s", pk) == [("lapsed",)], seconds=60)
    wait_for(lambda: rows("SELECT count(*) FROM accounts_mail WHERE state = 'queued'") == [(0,)], seconds=90)
    lapsed = "SELECT count(*) FROM accounts_mail WHERE kind = 'programme.lapsed' AND thing = %s AND version = %s"
    assert rows(lapsed, f"signup:{pk}", str(number)) == [(1,)]
    sent = Counter(
        re.findall(
            r"^Message-ID: <programme\.[a-z_]+\.(\d+)@",
            "".join(one.read_text() for one in folder.iterdir()),
            re.MULTILINE,
        )
    )
    known = dict(rows("SELECT id, state FROM accounts_mail WHERE kind LIKE 'programme.%'"))
    gone_out = {int(pk) for pk in sent}
    assert {pk for pk, state in known.items() if state == "sent"} <= gone_out
    # Two mails are in hand at a time, and worker and database were killed three times: what went out just then may not
    # apply any more when it is taken up again.
    unknown = [known.get(pk) for pk in gone_out if known.get(pk) != "sent"]
    assert (set(unknown) <= {"dropped"}, len(unknown) <= 6) == (True, True)
    assert max(sent.values()) <= 2
    run(environment, "manage.py", "check_invariants")
