"""The working plan of a day as the planner shows it: lanes, what is in them, what waits, and what clashes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from expo.models import Room, Show, in_language
from programme import clashes, times
from programme.clashes import Clash, Ground, Place, Planned, Speaks
from programme.documents import Document
from programme.models import Bus, Enterprise, Guide, Host, Session, Speaker
from programme.models.sessions import LONGEST
from programme.reading import documents
from programme.rules import BETWEEN_HALLS
from programme.states import State
from programme.whole import Whole, whole

#: So many sessions without a time stand beside the grid; the rest is in their list.
UNPLACED = 100
# The grid shows this much before and after the hours, in hours, so that there is where to drop.
MARGIN = 1


@dataclass(slots=True)
class Block:
    """A session in its lane. `level` is the line in which it stands where several are at one time."""

    session: Session
    starts: datetime
    ends: datetime
    state: State
    speakers: int
    level: int = 0
    worst: clashes.Weight | None = None


@dataclass(slots=True)
class Lane:
    """A room, an enterprise's departures, or what meets nowhere in particular; `depth` lines high."""

    key: str
    name: str
    note: str = ""
    room: int | None = None
    takes_tours: bool = False
    blocks: list[Block] = field(default_factory=list)
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Unplaced:
    session: Session
    state: State


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    sessions: int


@dataclass(frozen=True, kw_only=True)
class Board:
    """`first` is the hour at which the grid begins and `hours` how many it shows; those of the next day count on."""

    show: Show
    day: date
    days: list[Day]
    opens: time | None
    closes: time | None
    first: int
    hours: int
    lanes: list[Lane]
    unplaced: list[Unplaced]
    unplaced_in_all: int
    clashes: list[Clash]
    sessions: dict[int, Session]
    carried: list[Session]

    @property
    def blocks(self) -> list[Block]:
        return sorted((block for lane in self.lanes for block in lane.blocks), key=lambda block: block.starts)


def ground(show: Show) -> Ground:
    """Five queries, however much there is."""

    def names(model: type[Host | Speaker]) -> QuerySet:
        return model.objects.filter(show=show).values_list("pk", "name_en", "name_zh")

    return Ground(
        hours=tuple((day.opens_at, day.closes_at) for day in show.calendar),
        rooms={
            pk: Place(in_language(en, zh), seats, hall)
            for pk, en, zh, seats, hall in Room.objects.filter(show=show).values_list(
                "pk", "name_en", "name_zh", "seats", "hall"
            )
        },
        buses={
            pk: Place(name, seats)
            for pk, name, seats in Bus.objects.filter(show=show).values_list("pk", "name", "seats")
        },
        speakers={pk: in_language(en, zh) for pk, en, zh in names(Speaker)},
        # The organiser is at all of them.
        hosts={pk: in_language(en, zh) for pk, en, zh in names(Host).exclude(kind=Host.Kind.ORGANISER)},
        guides=dict(Guide.objects.filter(show=show).values_list("pk", "name")),
    )


def within(show: Show, starts: datetime, ends: datetime) -> list[Whole]:
    """The sessions that touch this time, in its order: three queries."""
    near = Session.objects.filter(show=show, starts_at__lt=ends, starts_at__gt=starts - timedelta(minutes=LONGEST))
    touching = [row for row in near.order_by("starts_at", "code") if row.ends_at and row.ends_at > starts]
    return whole(touching, near)


def planned(row: Whole, zone: ZoneInfo) -> Planned:
    """A placed session as far as clashes go."""
    session = row.session
    if session.starts_at is None:
        raise ValueError("A session without a time clashes with nothing.")
    talks = {talk.pk: talk for talk in row.talks}
    return Planned(
        pk=session.pk,
        title=session.title,
        starts=session.starts_at.astimezone(zone),
        minutes=session.minutes,
        room=session.room_id,
        host=session.host_id,
        enterprise=session.enterprise_id,
        guide=session.guide_id,
        bus=session.bus_id,
        places=session.places,
        speakers=tuple(speaks(one, talks, session.minutes) for one in row.appearances),
        talks_end=max((talk.after + (talk.minutes or 0) for talk in row.talks if talk.after is not None), default=0),
        outside_hours_why=session.outside_hours_why,
        over_seats_why=session.over_seats_why,
        is_cancelled=session.is_cancelled,
    )


def speaks(one: Any, talks: Mapping[int, Any], minutes: int) -> Speaks:
    """As the database works it out: the talk's time, or the session's where it has none or the speaker moderates."""
    talk = None if one.moderates else talks.get(one.talk_id or 0)
    if talk is None or talk.after is None:
        return Speaks(one.speaker_id, 0, minutes)
    return Speaks(one.speaker_id, talk.after, talk.after + (talk.minutes or 0))


def found(show: Show, sessions: Collection[Session]) -> list[Clash]:
    """What clashes if these sessions are where they say, with each other and with all else that stays where it is.

    Given as they would be; nothing is stored. Only what concerns them.
    """
    placed = [one for one in sessions if one.starts_at and one.ends_at]
    if not placed:
        return []
    moved = {one.pk for one in placed}
    near = timedelta(minutes=BETWEEN_HALLS)
    begins = min(one.starts_at for one in placed if one.starts_at) - near
    ends = max(one.ends_at for one in placed if one.ends_at) + near
    stays = [row for row in within(show, begins, ends) if row.session.pk not in moved]
    plan = [planned(row, show.zone) for row in (*whole(placed), *stays)]
    said = clashes.found(plan, ground(show), about=moved)
    return [clash for clash in said if clash.session in moved or clash.other in moved]


def state_of(row: Whole, public: Document | None) -> State:
    if row.session.is_cancelled:
        return State.CANCELLED
    if public is None:
        return State.DRAFT
    same = row.session.starts_at is not None and Document.made(*row) == public
    return State.PUBLISHED if same else State.CHANGED


def days_of(show: Show) -> list[Day]:
    """The show's days, and others on which something is planned."""
    counted = dict(
        Session.objects.filter(show=show)
        .placed()
        .annotate(on=TruncDate("starts_at", tzinfo=show.zone))
        .values_list("on")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return [Day(one, counted.get(one, 0)) for one in sorted({*counted, *(day.date for day in show.calendar)})]


def board(show: Show, day: date) -> Board:
    """The plan of a day. Thirteen queries, however much is planned; one more after a version was published."""
    midnight, next_midnight = times.begin(show, day), times.begin(show, day + timedelta(days=1))
    near = timedelta(minutes=BETWEEN_HALLS)
    rows = within(show, midnight - near, next_midnight + near)
    todays = [row for row in rows if row.session.starts_at and midnight <= row.session.starts_at < next_midnight]
    todays_pks = {row.session.pk for row in todays}
    everywhere = clashes.found([planned(row, show.zone) for row in rows], ground(show))
    of_today = [clash for clash in everywhere if clash.session in todays_pks or clash.other in todays_pks]

    unplaced = Session.objects.filter(show=show, starts_at=None)
    waiting = [Whole(row, [], []) for row in unplaced.order_by("code")[: UNPLACED + 1]]
    in_all = len(waiting) if len(waiting) <= UNPLACED else unplaced.count()
    waiting = waiting[:UNPLACED]
    public = documents(show)

    worst = worst_of(of_today)
    blocks = [block(row, show, state_of(row, public.get(row.session.pk)), worst) for row in todays]
    hours = next((one for one in show.calendar if one.date == day), None)
    first, last = reach(blocks, day, hours.opens if hours else None, hours.closes if hours else None)
    return Board(
        show=show,
        day=day,
        days=days_of(show),
        opens=hours.opens if hours else None,
        closes=hours.closes if hours else None,
        first=first,
        hours=last - first,
        lanes=lanes(show, blocks),
        unplaced=[Unplaced(row.session, state_of(row, public.get(row.session.pk))) for row in waiting],
        unplaced_in_all=in_all,
        clashes=of_today,
        sessions={row.session.pk: row.session for row in rows},
        carried=[
            one for one, *_parts in rows if one.starts_at and one.ends_at and one.starts_at < midnight < one.ends_at
        ],
    )


def block(row: Whole, show: Show, state: State, worst: Mapping[int, clashes.Weight]) -> Block:
    session = row.session
    starts = session.starts_at.astimezone(show.zone)
    ends = starts + timedelta(minutes=session.minutes)
    return Block(session, starts, ends, state, len(row.appearances), worst=worst.get(session.pk))


def worst_of(found: Iterable[Clash]) -> dict[int, clashes.Weight]:
    """By session; what clashes is in order of weight already."""
    worst: dict[int, clashes.Weight] = {}
    for clash in found:
        for pk in (clash.session, clash.other):
            if pk is not None:
                worst.setdefault(pk, clash.weight)
    return worst


def reach(blocks: Collection[Block], day: date, opens: time | None, closes: time | None) -> tuple[int, int]:
    """From which hour to which the grid goes: the day's hours with a margin, and as far as anything planned."""
    first = max(0, (opens.hour if opens else 9) - MARGIN)
    last = (closes.hour + (closes.minute > 0) if closes else 18) + MARGIN
    for block in blocks:
        first = min(first, block.starts.hour)
        end = block.starts.hour * 60 + block.starts.minute + block.session.minutes
        last = max(last, -(-end // 60))
    return first, last


def lanes(show: Show, blocks: Iterable[Block]) -> list[Lane]:
    """All rooms, the enterprises that somebody goes to that day or could, and what meets in no room."""
    by_room: dict[int | None, list[Block]] = defaultdict(list)
    by_enterprise: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.session.enterprise_id is not None:
            by_enterprise[block.session.enterprise_id].append(block)
        else:
            by_room[block.session.room_id].append(block)
    rooms = Room.objects.filter(show=show).values_list(
        "pk", "name_en", "name_zh", "seats", "hall__name_en", "hall__name_zh"
    )
    made = [
        Lane(
            f"room-{pk}",
            in_language(en, zh),
            seated(seats, in_language(hall or "", halle or "")),
            pk,
            False,
            by_room[pk],
        )
        for pk, en, zh, seats, hall, halle in rooms.order_by(F("hall__slug").asc(nulls_last=True), "name_en")
    ]
    made.append(Lane("elsewhere", _("No room"), _("meets elsewhere"), None, False, by_room[None]))
    departs = Q(departures__starts_at=None) | Q(pk__in=by_enterprise)
    enterprises = Enterprise.objects.filter(departs, show=show, departures__isnull=False).distinct()
    made += [
        Lane(f"tour-{pk}", in_language(en, zh), _("tour"), None, True, by_enterprise[pk])
        for pk, en, zh in enterprises.order_by("name_en").values_list("pk", "name_en", "name_zh")
    ]
    for lane in made:
        lane.depth = stack(lane.blocks)
    return made


def seated(seats: int, hall: str) -> str:
    told = _("%(n)d seats") % {"n": seats}
    return f"{told} · {hall}" if hall else told


def stack(blocks: list[Block]) -> int:
    """Give each of those that overlap a line of its own; returns how many lines there are."""
    ends: list[datetime] = []
    for block in sorted(blocks, key=lambda one: one.starts):
        block.level = next((line for line, end in enumerate(ends) if end <= block.starts), len(ends))
        ends[block.level : block.level + 1] = [block.ends]
    return max(1, len(ends))
