"""What the programme's rules decide: lengths, who may be where when, and how far places are apart."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.refusals import Refusal
from programme.models.sessions import LONGEST, SHORTEST

NO_ROOM = Refusal("no_room", _("A tour meets at its meeting point, not in a room."), field="room")
HALF_A_TIME = Refusal("half_a_time", _("Say when the talk begins and when it ends, or neither."), field="ends")
ENDS_BEFORE = Refusal("ends_before_it_starts", _("It would end before it starts."), field="ends")

# From one hall to another, gates and all; the halls of the 22nd show are joined by a covered way.
BETWEEN_HALLS = 10


def minutes_of(starts: datetime, ends: datetime) -> int:
    """How long it lasts, by the clock that knows no summer time.

    Raises Refusal: ends_before_it_starts, too_short, too_long.
    """
    length = ends - starts
    if length < timedelta(0):
        raise ENDS_BEFORE
    minutes = round(length.total_seconds() / 60)
    check_length(minutes, field="ends")
    return minutes


def check_length(minutes: int, *, field: str = "minutes") -> None:
    """Raises Refusal: too_short, too_long."""
    if minutes < SHORTEST:
        raise Refusal("too_short", _("A session lasts 5 minutes at least."), field=field)
    if minutes > LONGEST:
        raise Refusal(
            "too_long", _("A session lasts 18 hours at most. Make one session of each day, in one series."), field=field
        )


def check_talks(times: Iterable[tuple[int | None, int | None]], minutes: int) -> None:
    """The talks lie within a session of so many minutes; of each: minutes after its start, and minutes.

    Raises Refusal: talks_longer.
    """
    last = max(((after or 0) + (length or 0) for after, length in times), default=0)
    if last > minutes:
        raise Refusal(
            "talks_longer",
            ngettext_lazy(
                "Its talks take %d minute from its start. Shorten them first, or let it last as long.",
                "Its talks take %d minutes from its start. Shorten them first, or let it last as long.",
                last,
            )
            % last,
            field="minutes",
        )


def check_talk(*, after: int | None, minutes: int | None, length: int) -> None:
    """Whether a part that begins `after` minutes lies within a session of `length` minutes.

    Raises Refusal: half_a_time, talk_outside.
    """
    if (after is None) != (minutes is None):
        raise HALF_A_TIME
    if after is not None and minutes is not None and not 0 <= after < after + minutes <= length:
        raise Refusal(
            "talk_outside", _("The talk would lie outside its session. Check the times of both."), field="begins"
        )


def check_kind(*, kind: str, of_series: str) -> None:
    """Raises Refusal: other_kind."""
    if kind != of_series:
        raise Refusal(
            "other_kind", _("The series is of another kind: its sessions are all of one kind."), field="series"
        )


def minutes_between(hall: int | None, other: int | None) -> int:
    """Minutes that somebody needs from a place in one hall (None: outside of them) to one in the other."""
    return 0 if hall is not None and hall == other else BETWEEN_HALLS
