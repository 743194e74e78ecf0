"""Sessions of the working plan with their talks and who appears in them, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from django.db.models import QuerySet

from programme.models import Appearance, Session, Talk

TALK = ("pk", "session_id", "position", "title_en", "title_zh", "about_en", "about_zh", "after", "minutes")
APPEARANCE = ("pk", "session_id", "speaker_id", "talk_id", "moderates", "position")


class Whole(NamedTuple):
    """A session with what belongs to it, read for many at once; talks and appearances as rows of their fields."""

    session: Session
    talks: list[Any]
    appearances: list[Any]


def whole(sessions: Collection[Session], among: QuerySet[Session] | None = None) -> list[Whole]:
    """Two queries. As models, or asked of each session, they would take several times as long.

    `among` asks for the same sessions or more, which is cheaper than to name hundreds of keys.
    """
    talks: dict[int, list[Any]] = defaultdict(list)
    appearances: dict[int, list[Any]] = defaultdict(list)
    which: Any = [session.pk for session in sessions] if among is None else among.order_by().values("pk")
    for talk in Talk.objects.filter(session__in=which).order_by().values_list(*TALK, named=True):
        talks[talk.session_id].append(talk)
    for one in Appearance.objects.filter(session__in=which).order_by().values_list(*APPEARANCE, named=True):
        appearances[one.session_id].append(one)
    return [Whole(session, talks[session.pk], appearances[session.pk]) for session in sessions]
