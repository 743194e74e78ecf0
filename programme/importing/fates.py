"""What becomes of each row of the spreadsheet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from programme.importing.opening import Line, Problem
from programme.models import Host, Session, Speaker, Talk


class What(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Changed(NamedTuple):
    """A field by its heading, and what it said before and after, as people read it."""

    heading: str
    before: str
    after: str


class Part(NamedTuple):
    """A talk with who gives it, and who of them moderates."""

    talk: Talk
    speakers: list[Speaker]
    moderating: list[Speaker]


@dataclass(slots=True)
class Parts:
    """What a session consists of: its talks in order, those that it has no more, who moderates or takes part."""

    talks: list[Part] = field(default_factory=list)
    gone: list[Talk] = field(default_factory=list)
    moderators: list[Speaker] = field(default_factory=list)
    panel: list[Speaker] = field(default_factory=list)


@dataclass(slots=True)
class Fate[M: (Session, Speaker, Host)]:
    """`row` as it is to be, `fields` of it that change; `parts` where the talks do. `line` is the one that says so."""

    row: M
    what: What
    line: Line | None = None
    changes: list[Changed] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    parts: Parts | None = None
    is_wrong: bool = False

    @property
    def number(self) -> int | None:
        return self.line.number if self.line else None


@dataclass(slots=True)
class Outcome:
    """What applying the file would do, and why it cannot be applied (`problems`), if it cannot.

    `missing` are the sessions of the plan that the file says nothing of; they stay as they are.
    """

    sessions: list[Fate[Session]] = field(default_factory=list)
    speakers: list[Fate[Speaker]] = field(default_factory=list)
    hosts: list[Fate[Host]] = field(default_factory=list)
    missing: list[Session] = field(default_factory=list)
    seal: str = ""
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def having(self, what: What) -> list[Fate[Session]]:
        return [fate for fate in self.sessions if fate.what == what and not fate.is_wrong]

    @property
    def new(self) -> list[Fate[Session]]:
        return self.having(What.NEW)

    @property
    def changed(self) -> list[Fate[Session]]:
        return self.having(What.CHANGED)

    @property
    def unchanged(self) -> list[Fate[Session]]:
        return self.having(What.UNCHANGED)

    @property
    def others(self) -> list[Fate[Speaker] | Fate[Host]]:
        """Speakers and hosts that are made or changed."""
        found: list[Fate[Speaker] | Fate[Host]] = [*self.speakers, *self.hosts]
        return [fate for fate in found if fate.what != What.UNCHANGED and not fate.is_wrong]

    @property
    def does_nothing(self) -> bool:
        return not (self.new or self.changed or self.others)

    def close(self) -> None:
        """Mark what would happen, so that what is applied is what was shown."""
        told = [list(told_of(fates)) for fates in (self.hosts, self.speakers, self.sessions)]
        self.seal = hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()


def told_of(fates: Iterable[Fate[Any]]) -> Iterable[list[Any]]:
    for fate in fates:
        if fate.what != What.UNCHANGED:
            yield [fate.number, fate.what, fate.row.pk, *map(list, fate.changes)]
