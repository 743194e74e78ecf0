"""The programme as it is measured: the demo's, filled up to 300 public sessions, and 60 rooms to plan a day in."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expo.models import Room, Show
    from programme.models import Session, Speaker

SESSIONS, ROOMS = 300, 60
#: The day of the show that is planned, counted from 1: its rooms have sessions from morning to evening.
PLANNED_DAY = 2
#: Words that people look for, in both languages, as pinyin and its initials, and one that there is not.
WORDS = ("robot", "机器人", "jiqiren", "jqr", "5G", "hydrogen", "氢能", "wang", "battery", "圆桌", "lantern", "qqqq")


def fill(show: Show) -> None:
    """Make what is missing, once; a show that is as large as that is left as it is."""
    from expo.models import Room
    from programme.models import Published

    public = Published.objects.filter(show=show).count()
    if not public:
        raise SystemExit(
            "The measured show has no programme: it was made before there was one. Delete var/postgres-bench."
        )
    if public >= SESSIONS:
        return
    halls = list(show.halls.all())
    rooms = Room.objects.bulk_create(
        Room(
            show=show,
            hall=halls[number % len(halls)],
            name_en=f"Room B{number:02}",
            name_zh=f"B{number:02}会议室",
            seats=100,
        )
        for number in range(ROOMS - Room.objects.filter(show=show).count())
    )
    plan(show, rooms, count=SESSIONS - public)
    publish(show)
    plan_day(show, rooms)


def plan(show: Show, rooms: list[Room], *, count: int) -> None:
    """An hour of two talks in each room each day, until there are so many; by speakers who are free on that day."""
    from programme.models import Appearance, Session, Talk

    free = {day.date: iter(speakers) for day, speakers in zip(show.calendar, free_speakers(show), strict=True)}
    sources = list(Session.objects.filter(show=show, kind="forum").prefetch_related("talks").order_by("code"))
    sessions, talks, appearances = [], [], []
    for number in range(count):
        turn, day = divmod(number // len(rooms), len(show.calendar))
        source = sources[number % len(sources)]
        starts = show.calendar[day].opens_at + timedelta(hours=1 + turn)
        session = copied(source, f"B{number:03}", rooms[number % len(rooms)], starts)
        sessions.append(session)
        for position, talk in enumerate(list(source.talks.all())[:2]):
            own = Talk(
                session=session,
                position=position,
                title_en=talk.title_en,
                title_zh=talk.title_zh,
                after=position * 30,
                minutes=30,
            )
            talks.append(own)
            speaker = next(free[show.calendar[day].date])
            appearances.append(Appearance(session=session, speaker=speaker, talk=own, position=position))
    Session.objects.bulk_create(sessions)
    Talk.objects.bulk_create(talks)
    Appearance.objects.bulk_create(appearances)


def copied(source: Session, code: str, room: Room, starts: datetime) -> Session:
    from programme.models import Session

    return Session(
        show=source.show,
        code=code,
        slug=f"bench-{code.lower()}",
        title_en=f"{source.title_en}, {code}",
        title_zh=f"{source.title_zh}（{code}）",
        about_en=source.about_en,
        about_zh=source.about_zh,
        series=source.series,
        host=source.host,
        area=source.area,
        languages=source.languages,
        interpretation=source.interpretation,
        room=room,
        starts_at=starts,
        minutes=60,
        seats=100,
    )


def free_speakers(show: Show) -> list[list[Speaker]]:
    """For each day of the show those who do not speak on it, in the order of their names."""
    from programme.models import Engagement, Speaker

    engaged = defaultdict(set)
    for speaker, during in Engagement.objects.filter(speaker__show=show).values_list("speaker", "during"):
        engaged[during.lower.astimezone(show.zone).date()].add(speaker)
    everybody = list(Speaker.objects.filter(show=show))
    return [[one for one in everybody if one.pk not in engaged[day.date]] for day in show.calendar]


def publish(show: Show) -> None:
    """Of the sessions of the measurements alone, and nobody is written to."""
    from accounts.acting import Actor, acting
    from programme.actions import publishing

    actor = Actor.system("bench")
    with acting(actor, "programme_published"):
        found = [one for one in publishing.pending(show) if one.session.slug.startswith("bench-")]
        changes = [(one.session, one.before, one.after) for one in found]
        publishing.write(actor, show, changes, at=show.now())


def plan_day(show: Show, rooms: list[Room]) -> None:
    """Three more sessions in each room, which are not public."""
    from programme.models import Session

    source = Session.objects.filter(show=show, kind="forum").order_by("code")[0]
    opens = show.calendar[PLANNED_DAY - 1].opens_at
    Session.objects.bulk_create(
        copied(source, f"D{number:02}-{hour}", room, opens + timedelta(hours=hour))
        for number, room in enumerate(rooms)
        for hour in (3, 5, 7)
    )


def workbook(show: Show) -> bytes:
    """A spreadsheet of 300 new sessions of two talks each, by 300 new speakers, none of whom is in two places."""
    import xlsxwriter

    from expo.models import Room

    rooms = list(Room.objects.filter(show=show, name_en__startswith="Room B").values_list("name_en", flat=True))
    sheets = {
        "Sessions": [("Code", "Kind", "Title in English", "Title in Chinese", "Day", "Start", "End", "Room", "Seats")]
    }
    sheets["Talks"] = [("Session code", "Title in English", "Title in Chinese", "Start", "End", "Speakers")]
    sheets["Speakers"] = [("Name in English", "Firm in English", "E-mail")]
    # The second day is full; the others are free after noon.
    days = [day.date.isoformat() for day in show.calendar if day.number != PLANNED_DAY]
    for number in range(SESSIONS):
        turn, place = divmod(number, len(rooms))
        day, hour = days[turn % len(days)], 13 + turn // len(days)
        code, name = f"N{number:03}", f"Loaded Speaker {number:03}"
        sheets["Sessions"].append(
            (
                code,
                "Forum",
                f"Imported {number}",
                f"导入的论坛{number}",
                day,
                f"{hour}:00",
                f"{hour}:50",
                rooms[place],
                100,
            )
        )
        sheets["Talks"] += [
            (code, f"First talk of {number}", f"第一个演讲{number}", f"{hour}:00", f"{hour}:20", name),
            (code, f"Second talk of {number}", f"第二个演讲{number}", f"{hour}:20", f"{hour}:40", ""),
        ]
        sheets["Speakers"].append((name, "Measured Works", f"loaded.{number}@example.org"))
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for at, row in enumerate(rows):
                page.write_row(at, 0, row)
    return out.getvalue()


def paths(show: Show) -> dict[str, list[str]]:
    """What is asked for, by the measurement's name."""
    from django.urls import reverse
    from django.utils import translation

    from programme.models import Session

    slugs = list(Session.objects.filter(show=show, published__isnull=False).values_list("slug", flat=True))
    found: dict[str, list[str]] = defaultdict(list)
    for language in ("en", "zh-hans"):
        with translation.override(language):
            days = [reverse("programme-day", args=[day.date.isoformat()]) for day in show.calendar]
            found["programme"] += days
            found["programme_chosen"] += [f"{day}?kind=forum" for day in days]
            found["session"] += [reverse("session", args=[slug]) for slug in slugs]
            found["programme_search"] += list(searches(reverse("programme-search")))
    found["schedule_xml"] = [reverse("schedule-xml")]
    with translation.override("en"):
        day = show.calendar[PLANNED_DAY - 1].date.isoformat()
        found["planner"] = [reverse("admin:programme_planner_day", args=[day])]
    return found


def searches(address: str) -> Iterator[str]:
    from urllib.parse import urlencode

    for word in WORDS:
        yield f"{address}?{urlencode({'q': word})}"
