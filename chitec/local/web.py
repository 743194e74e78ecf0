"""The web server of `make run`: `python -m chitec.local.web PORT`.

The site is loaded once and the workers are forks of it, which on a small machine halves the time until it answers, and
their memory. A change of the code needs a new start, which it needs anyway.
"""

import gc
import multiprocessing
import os
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from chitec.local.follow import end_with_parent

APPLICATION = "chitec.wsgi:application"
# What the web server may take to finish the requests in hand when it is asked to end.
GRACE_SECONDS = 30


def load() -> None:
    """Load the site with all of its pages, but open nothing that a fork could not share."""
    from django.urls import get_resolver

    import chitec.wsgi  # noqa: F401

    _ = get_resolver().url_patterns
    # Else the first collection in each worker would copy the memory that they share.
    gc.freeze()


def main() -> None:
    """Serve on the port that the argument names: two workers, each answering eight requests at a time."""
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")
        # Else workers whose parent was killed would keep the port and answer with old code.
        os.register_at_fork(after_in_child=end_with_parent)
        load()
    Granian(
        APPLICATION,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=8,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=GRACE_SECONDS,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
