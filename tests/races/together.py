"""Many clients at the same moment, each on a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection, connections


def together(fn: Callable[[int], Any], n: int) -> list[Any]:
    """Run `fn(0)` to `fn(n - 1)` in threads that start at once; each one's result, or the exception that it raised."""
    barrier = Barrier(n)
    outcomes: list[Any] = [None] * n

    def run(i: int) -> None:
        try:
            barrier.wait(timeout=30)
            outcomes[i] = fn(i)
        except Exception as error:  # noqa: BLE001  (the test looks at what came of each)
            outcomes[i] = error
        finally:
            connections.close_all()

    connection.close()
    threads = [Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    connection.close_pool()
    return outcomes
