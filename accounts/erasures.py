"""The list of who was erased on request, kept outside the database, so that a restored backup forgets them again.

One line of JSON each in a file beside MEDIA_ROOT (`media-erasures.jsonl`), only ever added to: what kind of thing, its
handle, and when. A handle is a random or running number that says nothing about anybody without the backup itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings

type Replayer = Callable[[str, datetime], bool]

_replayers: dict[str, Replayer] = {}


def replays(kind: str) -> Callable[[Replayer], Replayer]:
    """Register the function that erases `(handle, at)` once more; it says whether there was anything to erase."""

    def register(replayer: Replayer) -> Replayer:
        _replayers[kind] = replayer
        return replayer

    return register


def path() -> Path:
    media = Path(settings.MEDIA_ROOT)
    return media.with_name(f"{media.name}-erasures.jsonl")


def note(kind: str, handle: str | int, *, at: datetime) -> None:
    """Add an erasure to the list, on the disk when this returns.

    Called last in the transaction that erases. Should its COMMIT still fail, the list names somebody who asked to be
    erased and has not been yet, which is the better of the two errors.
    """
    line = json.dumps({"kind": kind, "handle": str(handle), "at": at.isoformat()}) + "\n"
    where = path()
    where.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(where, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # One write of one line: with O_APPEND lines of several processes do not mix.
        os.write(file, line.encode())
        os.fsync(file)
    finally:
        os.close(file)


def replay(source: Path) -> tuple[int, int]:
    """Erase everybody on the list again: how many are on it, and how many of them were found and erased.

    May be run as often as one likes. A line that was cut off by a full disk or a crash is an error, not passed over.
    """
    with source.open(encoding="utf-8") as lines:
        listed = {(told["kind"], told["handle"]): told["at"] for told in map(json.loads, lines)}
    erased = sum(_replayers[kind](handle, datetime.fromisoformat(at)) for (kind, handle), at in listed.items())
    return len(listed), erased
