"""What staff do to the working plan: place, move, cancel; nobody outside sees it until it is published.

One lock order in the whole room: the show's pen, then sessions by primary key, then what they take up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from expo import formats
from expo.models import Room, Show
from programme import naming, rules
from programme.models import Change, Engagement, Plan, Session

TAKEN = {
    "one_session_a_room": Refusal("room_taken", _("The room has another session at that time.")),
    "one_place_a_speaker": Refusal("speaker_taken", _("A speaker speaks elsewhere at that time.")),
    "one_tour_a_guide": Refusal("guide_taken", _("The guide is on another tour at that time.")),
    "one_tour_a_bus": Refusal("bus_taken", _("The bus is on another tour at that time.")),
}
KEPT_TO = {
    "session_in_a_likely_year": Refusal("year", _("The year of a session is from 1950 to 2200."), field="day"),
    "session_within_hours": Refusal(
        "outside_hours",
        _("This is outside the show's hours. Choose another time, or give the reason why it may be."),
        field="outside_hours_why",
    ),
    "session_fits_its_room": Refusal(
        "over_seats",
        _("The session has more places than the room has seats. Lower them, or give the reason why it may."),
        field="over_seats_why",
    ),
    "session_fits_its_bus": Refusal(
        "over_seats",
        _("The departure has more places than the bus has seats. Lower them, or give the reason why it may."),
        field="over_seats_why",
    ),
}
#: What two sessions may not take at one time: its column, the constraint, and how the refusal says it.
WHAT = {
    "room": ("one_session_a_room", _("%(thing)s has “%(other)s” from %(from)s to %(to)s.")),
    "speaker": ("one_place_a_speaker", _("%(thing)s speaks at “%(other)s” from %(from)s to %(to)s.")),
    "guide": ("one_tour_a_guide", _("%(thing)s guides “%(other)s” from %(from)s to %(to)s.")),
    "bus": ("one_tour_a_bus", _("%(thing)s is taken by “%(other)s” from %(from)s to %(to)s.")),
}
CHANGED = Refusal("changed", _("Somebody changed this session meanwhile. Look at it as it stands now, then decide."))


def pen(show: Show) -> None:
    """Take the show's pen until the transaction ends: one at a time writes in its plan."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT programme_pen(%s)", [show.pk])


@contextmanager
def planning(actor: Actor, act: str, show: Show, *, why: str = "") -> Iterator[None]:
    """An act on the plan of a show. What clashes half-way is looked at when the act is whole.

    Raises Refusal: room_taken, speaker_taken, guide_taken, bus_taken, outside_hours, over_seats.
    """
    with acting(actor, act, why=why), refusing(**TAKEN, **KEPT_TO):
        pen(show)
        with looked_at_whole(show, Plan.WORKING):
            yield


@contextmanager
def looked_at_whole(show: Show, plan: Plan) -> Iterator[None]:
    """Let sessions pass each other on their way; where two end up at one thing at once, name them.

    Raises Refusal: room_taken, speaker_taken, guide_taken, bus_taken.
    """
    names = ", ".join(constraint for constraint, _sentence in WHAT.values())
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {names} DEFERRED")
    yield
    check_clashes(show, plan)
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")


class Clash(NamedTuple):
    """Two sessions take one thing (`what`: room, speaker, guide, bus) at one time."""

    what: str
    session: int
    other: int
    refusal: Refusal


def check_clashes(show: Show, plan: Plan) -> None:
    """Raises Refusal: room_taken, speaker_taken, guide_taken, bus_taken."""
    for clash in clashes(show, plan, most=1):
        raise clash.refusal


def clashes(show: Show, plan: Plan, *, most: int) -> Iterator[Clash]:
    """Where two sessions take one room, speaker, guide or bus at once; at most so many of each."""
    for what, (constraint, sentence) in WHAT.items():
        found = list(
            Engagement.objects.filter(plan=plan, session__show=show, **{f"{what}__isnull": False})
            .filter(
                **{
                    f"{what}__engagements__plan": plan,
                    f"{what}__engagements__during__overlap": F("during"),
                    f"{what}__engagements__pk__lt": F("pk"),
                }
            )
            .annotate(other=F(f"{what}__engagements__session"), others=F(f"{what}__engagements__during"))
            .select_related(what)
            .order_by("pk")[:most]
        )
        others = Session.objects.in_bulk([one.other for one in found]) if found else {}
        for one in found:
            told = {
                "thing": getattr(one, what),
                "other": others[one.other].title,
                "from": formats.moment_short(one.others.lower.astimezone(show.zone)),
                "to": formats.clock(one.others.upper.astimezone(show.zone)),
            }
            yield Clash(what, one.session_id, one.other, Refusal(TAKEN[constraint].code, sentence % told, field=what))


def locked(session: Session, *, step: int | None) -> Session:
    """The session's row for this act alone; `step` is the one that was seen, None where nobody looked.

    Raises Refusal: changed.
    """
    row: Session = Session.objects.locked(session.pk)
    if step is not None and row.step != step:
        raise CHANGED
    return row


def place(
    *,
    actor: Actor,
    session: Session,
    starts_at: datetime,
    minutes: int,
    room: Room | None,
    step: int | None,
    outside_hours_why: str | None = None,
    over_seats_why: str | None = None,
    why: str = "",
) -> Session:
    """Put the session at a time and into a room, or None for what meets elsewhere. A reason of None stays as it is.

    Raises Refusal: changed, too_short, too_long, room_taken, speaker_taken, guide_taken, bus_taken, outside_hours,
    over_seats, no_room (a tour meets at its meeting point), cancelled, talks_longer.
    """
    rules.check_length(minutes)
    with planning(actor, "session_placed", session.show, why=why):
        session = locked(session, step=step)
        check_takes_place(session)
        rules.check_talks(session.talks.values_list("after", "minutes"), minutes)
        if room is not None and session.enterprise_id is not None:
            raise rules.NO_ROOM
        session.starts_at, session.minutes, session.room = starts_at, minutes, room
        if outside_hours_why is not None:
            session.outside_hours_why = outside_hours_why
        if over_seats_why is not None:
            session.over_seats_why = over_seats_why
        step_on(session, "starts_at", "minutes", "room", "outside_hours_why", "over_seats_why")
    return session


def unplace(*, actor: Actor, session: Session, step: int | None) -> Session:
    """Take the session off the grid; it keeps its length and waits among the unplaced. Raises Refusal: changed."""
    with planning(actor, "session_unplaced", session.show):
        session = locked(session, step=step)
        session.starts_at = None
        step_on(session, "starts_at")
    return session


def shift(
    *,
    actor: Actor,
    show: Show,
    steps: Mapping[int, int],
    by: timedelta,
    room: Room | None = None,
    why: str = "",
    outside_hours_why: Mapping[int, str] | None = None,
    over_seats_why: Mapping[int, str] | None = None,
) -> list[Session]:
    """Move several sessions at once by a time, into another room where one is given; all of them or none.

    `steps` are those that were seen, and the reasons for those that need one, by the sessions' keys.
    Raises Refusal: nothing_chosen, changed, no_room, room_taken, speaker_taken, guide_taken, bus_taken, outside_hours,
    over_seats.
    """
    if not steps:
        raise Refusal("nothing_chosen", _("No session is chosen."))
    with planning(actor, "sessions_shifted", show, why=why):
        rows = list(Session.objects.select_for_update(no_key=True).filter(show=show, pk__in=steps).order_by("pk"))
        placed = [(row, row.starts_at) for row in rows if row.starts_at and row.step == steps[row.pk]]
        if len(placed) != len(steps):
            raise CHANGED
        if room is not None and any(row.enterprise_id is not None for row in rows):
            raise rules.NO_ROOM
        for row, starts_at in placed:
            row.starts_at = starts_at + by
            if room is not None:
                row.room = room
            row.outside_hours_why = (outside_hours_why or {}).get(row.pk, row.outside_hours_why)
            row.over_seats_why = (over_seats_why or {}).get(row.pk, row.over_seats_why)
            step_on(row, "starts_at", "room", "outside_hours_why", "over_seats_why")
    return rows


def cancel(*, actor: Actor, session: Session, why_en: str, why_zh: str, step: int | None) -> Session:
    """The session does not take place; its room and people are free. The public is told when this is published.

    Raises Refusal: changed, cancelled (it is already), no_reason.
    """
    if not (why_en or why_zh):
        raise Refusal("no_reason", _("Say why; whoever planned to come reads it."), field="why_en")
    with planning(actor, "session_cancelled", session.show):
        session = locked(session, step=step)
        check_takes_place(session)
        session.is_cancelled, session.cancelled_why_en, session.cancelled_why_zh = True, why_en, why_zh
        step_on(session, "is_cancelled", "cancelled_why_en", "cancelled_why_zh")
    return session


def restore(*, actor: Actor, session: Session, step: int | None) -> Session:
    """The session takes place after all, if what it needs is still free.

    Raises Refusal: changed, not_cancelled, room_taken, speaker_taken, guide_taken, bus_taken, outside_hours,
    over_seats.
    """
    with planning(actor, "session_restored", session.show):
        session = locked(session, step=step)
        if not session.is_cancelled:
            raise Refusal("not_cancelled", _("The session is not cancelled."))
        session.is_cancelled, session.cancelled_why_en, session.cancelled_why_zh = False, "", ""
        step_on(session, "is_cancelled", "cancelled_why_en", "cancelled_why_zh")
    return session


def delete(*, actor: Actor, sessions: Collection[Session], show: Show, steps: Mapping[int, int] | None = None) -> None:
    """Delete sessions that were never published; one that was is cancelled. `steps` are those that were seen.

    Raises Refusal: published, changed.
    """
    with planning(actor, "session_deleted", show):
        pks = [session.pk for session in sessions]
        if steps and dict(Session.objects.filter(pk__in=steps).values_list("pk", "step")) != dict(steps):
            raise CHANGED
        if Change.objects.filter(session__in=pks).exists():
            raise Refusal("published", _("The public knows this session: cancel it, so that they are told."))
        Session.objects.filter(pk__in=pks, show=show).delete()


def check_takes_place(session: Session) -> None:
    """Raises Refusal: cancelled."""
    if session.is_cancelled:
        raise Refusal("cancelled", _("The session is cancelled. Restore it first."))


def step_on(session: Session, *changed: str) -> None:
    session.step += 1
    session.save(update_fields=[*changed, "step"])


def name(session: Session) -> Session:
    """Give a session that is about to be stored for the first time its address."""
    session.slug = naming.session_slug(title_en=session.title_en, title_zh=session.title_zh)
    if Session.objects.filter(show=session.show, slug=session.slug).exists():
        session.slug = naming.another_slug(session.slug)
    return session
