"""What waits for whom on the staff's desk. Rooms say it here; the desk's first page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import Role


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to look at today: a number, what it counts, where it is dealt with.

    `pressing` marks what somebody waits for; the others tell how the day goes.
    """

    count: int
    title: str
    url: str
    note: str = ""
    pressing: bool = False


type Teller = Callable[[HttpRequest], Iterable[Matter]]

_tellers: list[tuple[frozenset[Role], Teller]] = []


def tells(*roles: Role) -> Callable[[Teller], Teller]:
    """Register a function that tells staff of these roles what there is: `(request) -> matters`.

    It is asked at each look at the desk's first page, so it counts by an index, scoped to `request.user`.
    """

    def register(teller: Teller) -> Teller:
        _tellers.append((frozenset(roles), teller))
        return teller

    return register


def matters(request: HttpRequest) -> list[Matter]:
    """What there is for the user: what presses first, each in the order of its room."""
    told = [matter for roles, teller in _tellers if request.user.has_role(*roles) for matter in teller(request)]
    return sorted(told, key=lambda matter: not matter.pressing)
