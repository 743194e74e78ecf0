"""The web server: `python -m chitec.web [PORT] [--workers N] [--threads N]`, for `make run` as for a public site.

The site is loaded once and the workers are forks of it, which on a small machine halves the time until it answers, and
their memory. A change of the code needs a new start. No request is lost by one: the workers' sockets are not their own,
so a service manager may hand them over and keeps them meanwhile, with whoever has just called waiting in a queue.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from granian._granian import SocketHolder
from granian._internal import load_target
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from chitec.local.follow import end_with_parent

APPLICATION = "chitec.wsgi:application"
# What the web server may take to finish the requests in hand when it is asked to end.
GRACE_SECONDS = 30
# How long before that it takes no more calls: a worker that ends drops those that it has taken and not yet heard out.
HEARING_SECONDS = 1.0
# How many callers may wait until they are taken, through a restart too.
QUEUE = 1024
# The first of the sockets that a service manager hands over (sd_listen_fds).
HANDED_OVER = 3


class Server(MPServer):
    """Granian with sockets that outlive its workers. Its own are the workers', and what waits in one is lost with it.

    Each worker has one while there are enough: callers of one that is shared all go to whichever worker wakes first.
    """

    def __init__(self, listening: Sequence[socket.socket], **options: Any) -> None:
        super().__init__(APPLICATION, interface=Interfaces.WSGI, backlog=QUEUE, **options)
        self.listening = listening

    def _init_shared_socket(self) -> None:
        for one in self.listening:
            one.setblocking(False)
            one.set_inheritable(True)

    def _spawn_worker(self, idx: int, *arguments: Any, **options: Any) -> Any:
        self._sso = self.listening[idx % len(self.listening)]
        # Three arguments, whatever its declaration says; and what is here is None until it is set.
        self._shd = SocketHolder(self._sso.fileno(), False, QUEUE)  # type: ignore[call-arg, assignment]
        return super()._spawn_worker(idx, *arguments, **options)

    def _stop_workers(self) -> None:
        for worker in self.wrks:
            with suppress(ProcessLookupError):
                os.kill(worker.inner.pid, signal.SIGUSR1)
        time.sleep(HEARING_SECONDS)
        super()._stop_workers()


def take_no_more_calls(*_: object) -> None:
    """Put a socket that nobody calls in the place of the one that the server listens at.

    Closing that one would do no good: the server would go on with whatever gets its number next.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        for number in [int(file.name) for file in Path("/dev/fd").iterdir()]:
            if number != silent.fileno() and is_listening(number):
                os.dup2(silent.fileno(), number)


def is_listening(number: int) -> bool:
    try:
        one = socket.socket(fileno=number)
    except OSError:
        return False
    try:
        return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    finally:
        one.detach()


def load_in_worker(target: str) -> Any:
    signal.signal(signal.SIGUSR1, take_no_more_calls)
    return load_target(target)


def load() -> None:
    """Load the site with all of its pages, but open nothing that a fork could not share."""
    from django.urls import get_resolver

    import chitec.wsgi  # noqa: F401

    _ = get_resolver().url_patterns
    # Else the first collection in each worker would copy the memory that they share.
    gc.freeze()


def listen(port: int, workers: int) -> list[socket.socket]:
    """The sockets that the service manager has handed over, else one for each worker at `port` of 127.0.0.1."""
    handed_over = int(os.environ.pop("LISTEN_FDS", "0"))
    if os.environ.pop("LISTEN_PID", "") == str(os.getpid()) and handed_over:
        return [socket.socket(fileno=HANDED_OVER + number) for number in range(handed_over)]
    # Elsewhere than on Linux only one of the sockets at a port would be called.
    number = workers if sys.platform == "linux" else 1
    return [socket.create_server(("127.0.0.1", port), backlog=QUEUE, reuse_port=number > 1) for _ in range(number)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chitec.web")
    parser.add_argument("port", type=int, nargs="?", default=8000, help="unless a socket is handed over (8000)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--threads", type=int, default=8, help="requests that each of them answers at a time (8)")
    asked = parser.parse_args()
    listening = listen(asked.port, asked.workers)
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
        # Else workers whose parent was killed would keep the port and answer with old code.
        os.register_at_fork(after_in_child=end_with_parent)
        load()
    Server(
        listening,
        port=asked.port,
        workers=asked.workers,
        blocking_threads=asked.threads,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=GRACE_SECONDS,
        log_level=LogLevels.warning,
    ).serve(target_loader=load_in_worker)


if __name__ == "__main__":
    main()
