"""What a room holds about the holder of an account: told when the holder asks for it, let go when the account ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import User

type Held = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class OwnData:
    """`held` gives plain values for JSON; `let_go` ends what binds the room to the user, in the running transaction."""

    held: Callable[[User], Held]
    let_go: Callable[[User], object] | None = None


_rooms: dict[str, OwnData] = {}


def holds(name: str, own_data: OwnData) -> None:
    """Register, from AppConfig.ready(), what a room holds under `name`."""
    _rooms[name] = own_data


def held(user: User) -> dict[str, list[Mapping[str, Any]]]:
    return {name: list(room.held(user)) for name, room in sorted(_rooms.items())}


def let_go(user: User) -> None:
    for room in _rooms.values():
        if room.let_go is not None:
            room.let_go(user)
