"""Who acts, and the record of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pghistory
from django.db import transaction

if TYPE_CHECKING:
    from accounts.models import User


class ActorKind(StrEnum):
    USER = "user"
    VISITOR = "visitor"
    DEVICE = "device"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a user with an account, a visitor by the own link, a gate's device, or the system itself.

    `ref` is the primary key of the user, registration or device; for the system it is the name of the job.
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
    def device(cls, device_pk: int) -> Actor:
        return cls(ActorKind.DEVICE, str(device_pk))

    @classmethod
    def system(cls, job: str) -> Actor:
        return cls(ActorKind.SYSTEM, job)

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}"


@contextmanager
def acting(actor: Actor, act: str, *, why: str = "") -> Iterator[None]:
    """One act in one transaction: every row that changes inside is recorded with who did it, what it was, and why."""
    with transaction.atomic(), pghistory.context(actor=str(actor), act=act, why=why):
        yield
