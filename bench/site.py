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
    "SITE_URL": f"http://127.0.0.1:{PORT}",
    "ALLOWED_HOSTS": "127.0.0.1,testserver",
    "MAIL_URL": "null:",
    "TRUSTED_PROXIES": "127.0.0.1",
    "DJANGO_SETTINGS_MODULE": "chitec.settings",
}


def prepare() -> None:
    os.environ.update(ENVIRONMENT)
    os.environ["DATABASE_URL"] = KEEPER.start()


@dataclass(slots=True)
class Site:
    web: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]

    @classmethod
    def start(cls) -> Site:
        log = (PROJECT / "var" / "bench.log").open("wb")
        common = {"cwd": PROJECT, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": subprocess.STDOUT}
        web = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(PORT)),
                *("--workers", "2", "--blocking-threads", "8", "--no-ws", "--backlog", "1024"),
                *("--workers-kill-timeout", "10", "--log-level", "warning", "chitec.wsgi:application"),
            ],
            **common,
        )
        worker = subprocess.Popen([sys.executable, "manage.py", "procrastinate", "worker"], **common)
        site = cls(web, worker)
        for _ in range(200):
            try:
                drive(PORT, iter([Request("GET", "/healthz")]), clients=1)
            except OSError:
                time.sleep(0.1)
            else:
                return site
        site.stop()
        raise SystemExit("The site does not answer; see var/bench.log.")

    def stop(self) -> None:
        for process in (self.web, self.worker):
            process.terminate()
        for process in (self.web, self.worker):
            process.wait(30)

    def cpu(self) -> dict[str, float]:
        """Milliseconds so far of web, jobs and database."""
        return {
            "web": cpu_ms(self.web.pid),
            "jobs": cpu_ms(self.worker.pid),
            "postgres": cpu_ms(KEEPER.pid() or 0),
        }
