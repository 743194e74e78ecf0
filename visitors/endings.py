"""What higher rooms hear of registrations whose tickets end, and of those that are erased, so that they let go too.

Listeners run inside the transaction of the act, after the rows of registration, ticket and badge have changed and
before the counters of places are touched (see `visitors.actions.locking` for the one order). They may be told of the
same registration again.

A ticket that lapsed and comes back, maybe on fewer days, ends nothing: of its lapse was told as of the end of all of
its days to come.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from visitors.models import Registration

type Hearer = Callable[[Collection[int], datetime], object]
type Eraser = Callable[[Collection[int]], object]
type Holder = Callable[[Registration], Iterable[Mapping[str, Any]]]

_hearers: list[Hearer] = []
_erasers: list[Eraser] = []
_holders: dict[str, Holder] = {}


def hears(hearer: Hearer) -> Hearer:
    """Register `f(registrations, at)`: no live ticket of theirs admits any more as it did, or they are being erased.

    It looks for itself at what is left. Who is being erased has no address any more to write to.
    """
    _hearers.append(hearer)
    return hearer


def erases(eraser: Eraser) -> Eraser:
    """Register `f(registrations)`, which forgets what a room knows of them by name, history and mails included."""
    _erasers.append(eraser)
    return eraser


def holds(name: str) -> Callable[[Holder], Holder]:
    """Register `f(registration)`, which gives what a room holds of somebody, as plain values for JSON, under `name`."""

    def register(holder: Holder) -> Holder:
        _holders[name] = holder
        return holder

    return register


def ended(registrations: Collection[int], *, at: datetime) -> None:
    """Tell that tickets of these registrations have ended."""
    if registrations:
        for hearer in _hearers:
            hearer(registrations, at)


def erased(registrations: Collection[int], *, at: datetime) -> None:
    """Tell that who these registrations were of is erased, and that whatever they still held has ended with that."""
    ended(registrations, at=at)
    if registrations:
        for eraser in _erasers:
            eraser(registrations)


def held(registration: Registration) -> dict[str, list[dict[str, Any]]]:
    return {name: [dict(row) for row in holder(registration)] for name, holder in sorted(_holders.items())}
