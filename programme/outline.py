"""The programme in a few lines, for the front page: how much of what there is, and what is on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from expo.models import Show, in_language
from programme import times
from programme.models import Kind, Published

# So many of what is on, and of what is next.
NAMED_AT_MOST = 3

COUNTED = {
    Kind.SYMPOSIUM: lambda n: ngettext("a symposium", "%(n)s symposiums", n),
    Kind.FORUM: lambda n: ngettext("%(n)s forum", "%(n)s forums", n),
    Kind.PROMOTION: lambda n: ngettext("%(n)s promotion activity", "%(n)s promotion activities", n),
    Kind.TOUR: lambda n: ngettext("%(n)s open enterprise", "%(n)s open enterprises", n),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A session in one line; `is_on` at the moment, else it is the next."""

    href: str
    title: str
    span: SafeString
    day: datetime | None
    where: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Outline:
    """`sessions` that take place; `words` say how many of what: a symposium, 11 forums, 14 promotion activities."""

    sessions: int
    words: str
    lines: list[Line]


def outline(show: Show, *, at: datetime) -> Outline:
    """One query: the front page has no need of all that is published. A series, and an enterprise, count as one."""
    rows = list(
        Published.objects.filter(show=show)
        .exclude(state=Published.State.CANCELLED)
        .order_by("starts_at", "session__code")
        .values(
            "starts_at", "ends_at", "series", "enterprise", "session",
            kind=KT("document__kind"), slug=KT("document__slug"), title_en=KT("document__title_en"),
            title_zh=KT("document__title_zh"), meeting_en=KT("document__meeting_en"),
            meeting_zh=KT("document__meeting_zh"), room_en=F("room__name_en"), room_zh=F("room__name_zh"),
        )
    )  # fmt: skip
    things = {(row["kind"], row["enterprise"] or row["series"] or -row["session"]) for row in rows}
    counted = Counter(kind for kind, _thing in things)
    words = [said(counted[kind]) % {"n": counted[kind]} for kind, said in COUNTED.items() if counted[kind]]
    on = [row for row in rows if row["starts_at"] <= at < row["ends_at"]]
    coming = [row for row in rows if row["starts_at"] > at]
    soon = [row for row in coming if row["starts_at"] <= coming[0]["starts_at"] + timedelta(minutes=30)]
    return Outline(
        sessions=len(rows),
        words=gettext(", ").join(words),
        lines=[line(row, show, at) for row in (*on[-NAMED_AT_MOST:], *soon[:NAMED_AT_MOST])],
    )


def line(row: Any, show: Show, at: datetime) -> Line:
    """`row` is one of those that `outline` reads."""
    starts, ends = row["starts_at"].astimezone(show.zone), row["ends_at"].astimezone(show.zone)
    return Line(
        href=reverse("session", args=[row["slug"]]),
        title=in_language(row["title_en"], row["title_zh"]),
        span=times.span(starts, ends),
        day=None if starts.date() == at.date() else starts,
        where=in_language(row["room_en"] or row["meeting_en"], row["room_zh"] or row["meeting_zh"]),
        is_on=row["starts_at"] <= at,
    )
