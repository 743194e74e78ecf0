"""The site as it is measured: settings as in service, embedded PostgreSQL with fsync, two web workers, a job worker."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from bench.load import Request, drive
from bench.meter import cpu_ms
from chitec.local.postgres import PROJECT, Keeper

PORT = 8790
KEEPER = Keeper(home=PROJECT / "var" / "postgres-bench")
ENVIRONMENT = {
    "DEBUG": "off",
    "SECRET_KEY": "for-measuring-only-and-therefore-known-to-everybody-who-reads-this",
    "BADGE_KEY": base64.b64encode(bytes(range(32))).decode(),
    "ID_KEY": base64.b64encode(bytes(range(100, 132))).decode(),
    "SITE_URL": f"http://127.0.0.1:{PORT}",
    "ALLOWED_HOSTS": "127.0.0.1,testserver",
    "MAIL_URL": "null:",
    "TRUSTED_PROXIES": "127.0.0.1",
    "DJANGO_SETTINGS_MODULE": "chitec.settings",
}


def prepare() -> None:
    os.environ.update(ENVIRONMENT)
    os.environ["DATABASE_URL"] = KEEPER.start()


def process(*arguments: str) -> subprocess.Popen[bytes]:
    """A Python process of the site, which writes to var/bench.log."""
    log = (PROJECT / "var" / "bench.log").open("ab")
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
    )


@dataclass(slots=True)
class Site:
    """The web server, and the job worker once it is started."""

    web: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls) -> Site:
        web = process("-m", "chitec.web", str(PORT), "--workers", "2", "--threads", "8")
        site = cls(web)
        for _ in range(200):
            try:
                drive(PORT, iter([Request("GET", "/healthz")]), clients=1)
            except OSError:
                time.sleep(0.1)
            else:
                return site
        site.stop()
        raise SystemExit("The site does not answer; see var/bench.log.")

    def start_worker(self) -> subprocess.Popen[bytes]:
        self.worker = process("manage.py", "procrastinate", "worker")
        return self.worker

    def stop(self) -> None:
        running = [one for one in (self.web, self.worker) if one is not None]
        for one in running:
            one.terminate()
        for one in running:
            one.wait(30)

    def cpu(self) -> dict[str, float]:
        """Milliseconds so far of web, jobs and database."""
        return {
            "web": cpu_ms(self.web.pid),
            "jobs": cpu_ms(self.worker.pid) if self.worker else 0.0,
            "postgres": cpu_ms(KEEPER.pid() or 0),
        }
