"""Jobs that go through many things, of which each is as important as the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def each[Thing](things: Iterable[Thing], act: Callable[[Thing], int]) -> int:
    """What `act` did, summed over all of these. One that fails keeps none of the others waiting.

    Raises ExceptionGroup in the end, where some failed: the job is seen to have.
    """
    done, errors = 0, []
    for thing in things:
        try:
            done += act(thing)
        except Exception as error:  # noqa: BLE001  (it is raised, only later)
            errors.append(error)
    if errors:
        raise ExceptionGroup("not all could be done", errors)
    return done
