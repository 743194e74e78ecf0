"""Booklets that are made already, as files below MEDIA_ROOT: each is made once, whoever asks for it at once."""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from programme.booklet import setting

#: Files that are kept: both languages, each day and the whole, of the last versions.
MOST = 40


def mark(told: dict[str, Any]) -> str:
    """What tells this booklet from every other: all that it says, and how it is set."""
    digest = hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16)
    digest.update((Path(setting.__file__).parent / "booklet.typ").read_bytes())
    return digest.hexdigest()


def booklet(told: dict[str, Any], name: str, *, at: datetime) -> bytes:
    """The PDF of what is told, whose mark is `name`; made if nobody has yet."""
    its = folder()
    file = its / f"{name}.pdf"
    if (made := _read(file)) is not None:
        return made
    its.mkdir(parents=True, exist_ok=True)
    with _alone(its / "lock"):
        if (made := _read(file)) is not None:
            return made
        made = setting.render(told, at=at)
        # Whole or not at all: a process may end at any moment.
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes(made)
        unfinished.replace(file)
        _keep(its, MOST)
    return made


def clear() -> None:
    """Take all of them off; who asks for one has it made anew, of what is true then."""
    _keep(folder(), 0)


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "booklets"


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One at a time, be it a thread or a process; who ends without letting go holds nobody up."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep(its: Path, most: int) -> None:
    files = sorted(its.glob("*.pdf"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[most:]:
        file.unlink(missing_ok=True)
