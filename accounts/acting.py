"""Who acts, and the record of it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from accounts.models import User


class ActorKind(StrEnum):
    USER = "user"
    VISITOR = "visitor"
    SPEAKER = "speaker"
    GUIDE = "guide"
    DEVICE = "device"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a user with an account, a visitor, speaker or guide by the own link, a gate's device, or the
    system itself.

    `ref` is the primary key of the user, registration, speaker, guide or device; for the system it is the name of the
    job.
    """

    kind: ActorKind
    ref: str
    user: User | None = None

    @classmethod
    def of(cls, user: User) -> Actor:
        return cls(ActorKind.USER, str(user.pk), user)

    @classmethod
    def visitor(cls, registration_pk: int | None) -> Actor:
        return cls(ActorKind.VISITOR, str(registration_pk or "new"))

    @classmethod
    def speaker(cls, speaker_pk: int) -> Actor:
        return cls(ActorKind.SPEAKER, str(speaker_pk))

    @classmethod
    def guide(cls, guide_pk: int) -> Actor:
        return cls(ActorKind.GUIDE, str(guide_pk))

    @classmethod
    def device(cls, device_pk: int) -> Actor:
        return cls(ActorKind.DEVICE, str(device_pk))

    @classmethod
    def system(cls, job: str) -> Actor:
        return cls(ActorKind.SYSTEM, job)

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}"


# What pghistory's triggers read. Its own context manager writes the same in front of every single statement, which
# for a registration is a third of the database's work; set for the transaction, once is enough.
CONTEXT = "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)"

_outer: ContextVar[tuple[str, str, str] | None] = ContextVar("outer", default=None)


@contextmanager
def acting(actor: Actor, act: str, *, why: str = "") -> Iterator[None]:
    """One act in one transaction: every row that changes inside is recorded with who did it, what it was, and why.

    An act within an act is recorded as itself, with the reason of the outer one if it has none of its own.
    """
    outer = _outer.get()
    why = why or (outer[2] if outer else "")
    context = (str(uuid.uuid4()), json.dumps({"actor": str(actor), "act": act, "why": why}), why)
    with transaction.atomic():
        _set(context)
        token = _outer.set(context)
        try:
            yield
        finally:
            _outer.reset(token)
        if outer:
            _set(outer)


def _set(context: tuple[str, str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CONTEXT, context[:2])
