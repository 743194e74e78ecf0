"""The whole site on one machine: database, web server and job worker, until Ctrl-C. `make run` calls it.

PORT (8000) and DATABASE_URL are honoured; without DATABASE_URL the embedded PostgreSQL is started, watched and stopped.
"""

import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

import psycopg

from chitec.local import environment
from chitec.local.postgres import PROJECT, Keeper, PostgresError

LOGS = PROJECT / "var" / "log"
# The web server gives its workers as long to finish the requests in hand, and then ends them itself.
GRACE_SECONDS = 32
LOOK_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0
# A program that ran at least this long is started again at once when it ends.
STEADY_SECONDS = 10


@dataclass
class Program:
    """A program that is started again, with growing pauses, whenever it ends before it is asked to."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = field(default=0.0)
    due: float = 0.0

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return LOGS / f"{self.name}.log"

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C in the terminal reaches only us, and we end it in good order."""
        LOGS.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chitec.local.follow", str(os.getpid()), *self.command],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started = time.monotonic()

    def look(self) -> None:
        """Start it again if it has ended and its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return
            self.process = None
            steady = now - self.started >= STEADY_SECONDS
            self.pause = 0.0 if steady else min(max(0.5, self.pause * 2), LONGEST_PAUSE_SECONDS)
            self.due = now + self.pause
            print(f"The {self.name} ended and is started again; its last words are in {self.log.relative_to(PROJECT)}.")
        if now >= self.due:
            self.start()

    def ask_to_end(self) -> None:
        """Let it finish what it has in hand."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for its end, and end it by force at `deadline` (of time.monotonic)."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def web_server(port: int) -> Program:
    """Answers requests."""
    return Program("web", [sys.executable, "-m", "chitec.web", str(port)])


def job_worker() -> Program:
    """Sends mails and runs what is due; it ends by itself when PostgreSQL restarts."""
    return Program("worker", [sys.executable, "manage.py", "procrastinate", "worker"])


def only_one() -> IO[str]:
    """The lock of this project's one running site; kept until this process ends."""
    (PROJECT / "var").mkdir(exist_ok=True)
    lock = (PROJECT / "var" / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit("The site of this folder is running already, started by another `make run`.")
    return lock


def check_port(port: int) -> None:
    """End with a sentence if another program listens on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.exit(
                f"Port {port} cannot be used ({error.strerror}): choose another, as in `make run PORT={port + 1}`."
            )


def port_from_environment() -> int:
    """PORT, or 8000."""
    value = os.environ.get("PORT") or "8000"
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        sys.exit(f"PORT has to be a number from 1 to 65535, not {value}.")
    return int(value)


def answers(port: int) -> bool:
    """Whether the web server answers a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def is_migrated() -> bool:
    """Whether the database at DATABASE_URL has had all of the rooms' migrations."""
    rooms = {(path.parent.parent.name, path.stem) for path in PROJECT.glob("*/migrations/0*.py")}
    try:
        with psycopg.connect(os.environ.get("DATABASE_URL", ""), connect_timeout=5) as connection:
            return rooms <= set(connection.execute("SELECT app, name FROM django_migrations"))
    except psycopg.Error:
        return False


class Site:
    """The programs of one running site."""

    def __init__(self, *, port: int, keeper: Keeper | None) -> None:
        self.port = port
        self.keeper = keeper
        self.web = web_server(port)
        self.worker = job_worker()

    def run(self) -> None:
        """Bring the database up to date, start everything and watch over it until an interrupt."""
        # From the second time on the site loads while the database starts, and nearly always nothing is to be migrated:
        # then it is open before we have loaded Django ourselves.
        if self.keeper is None or self.keeper.has_data():
            self.web.start()
        if self.keeper is not None:
            self.keeper.start()
        early = is_migrated()
        if early:
            self._open()

        # Django is loaded once, here: a command of its own for each step would cost a second each.
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chitec.settings")
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("demo", if_empty=True)
        self.worker.start()
        if not early:
            self._open()
        call_command("demo", logins=True)
        # With its pool: what only watches needs no connection.
        connections["default"].close()
        connections["default"].close_pool()  # type: ignore[attr-defined]
        print(f"\nLogs are in {LOGS.relative_to(PROJECT)}/. Ctrl-C ends the site.", flush=True)
        self._watch()

    def end(self) -> None:
        """End web server and worker together, then the database, if it is ours."""
        for program in (self.web, self.worker):
            program.ask_to_end()
        deadline = time.monotonic() + GRACE_SECONDS
        for program in (self.web, self.worker):
            program.wait(deadline)
        if self.keeper is not None:
            self.keeper.stop()

    def _open(self) -> None:
        """Wait until the web server answers, and say where."""
        while not answers(self.port):
            self.web.look()
            time.sleep(0.05)
        address = f"http://127.0.0.1:{self.port}"
        print(f"\nThe site     {address}/")
        print(f"Staff        {address}/admin/")
        print(f"The gate     {address}/en/gate/")
        print(f"Mails sent   {address}/dev/mail/\n", flush=True)

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            if self.keeper is not None and not self.keeper.is_running():
                print("PostgreSQL has gone and is started again.", flush=True)
                self._start_database()
            for program in (self.web, self.worker):
                program.look()

    def _start_database(self) -> None:
        if self.keeper is None:
            return
        try:
            self.keeper.start()
        except PostgresError as error:
            print(f"{error} Trying again.", flush=True)


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """End the site, as Ctrl-C does."""
    raise KeyboardInterrupt


def main() -> None:
    """Run the site until it is interrupted."""
    port = port_from_environment()
    lock = only_one()
    check_port(port)
    # SIGINT as well: a shell that starts us in the background has it ignored.
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    if "PORT" in os.environ:
        os.environ.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
    environment.write_if_missing(port=port)
    site = Site(port=port, keeper=environment.choose_database())
    try:
        site.run()
    except KeyboardInterrupt:
        print("\nEnding ...", flush=True)
    except PostgresError as error:
        sys.exit(str(error))
    finally:
        # A second Ctrl-C must not cut the good order short; `GRACE_SECONDS` bound it anyway.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        site.end()
        lock.close()


if __name__ == "__main__":
    main()
