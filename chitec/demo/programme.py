"""The programme: sessions with who speaks, tours to open enterprises, and how all of it was published and changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from accounts.acting import Actor, acting
from chitec.demo import cast, data, invented, signing
from chitec.demo.ground import AREAS, REPORT, Ground
from chitec.demo.space import Case
from chitec.demo.speakers import DATA, Speakers, Texts
from chitec.demo.tours import Tours
from exhibitors.models import Firm
from expo.models import Room
from programme import naming
from programme.actions import planning, publishing
from programme.models import (
    Appearance,
    Audience,
    Host,
    Kind,
    Series,
    Session,
    Speaker,
    Talk,
)

#: Minutes: a welcome, each talk, the break after half of them, the conversation at the end.
OPENING, EACH, PAUSE, DISCUSSION = 10, 20, 15, 35
#: Minutes at the tables after the projects of a promotion activity.
TABLES = 30
STANDING = 20


@dataclass(slots=True, kw_only=True)
class Planned:
    """A session with its talks in order, those who give them, and who moderates."""

    session: Session
    talks: list[tuple[Talk, list[Speaker]]] = field(default_factory=list)
    moderator: Speaker | None = None


class Programme:
    def __init__(self, ground: Ground, placed: list[Case], *, seed: int) -> None:
        self.ground = ground
        self.show = ground.show
        self.areas = {area.slug: area for area in ground.areas.values()}
        self.editor = Actor.of(ground.users[cast.EDITOR.email])
        self.rng = data.source(seed, "programme")
        self.speakers = Speakers(ground, seed=seed)
        self.firms: defaultdict[str, list[Firm]] = defaultdict(list)
        real = {firm["name_en"] for firm in invented.STOCK["real"]["firms"]}
        for case in placed:
            if case.firm.name_zh and case.firm.name_en not in real:
                self.firms[case.area.slug].append(case.firm)
        self.hosts: dict[str, Host] = {}
        self.series: dict[str, Series] = {}
        self.planned: list[Planned] = []
        self.rooms = self.make_rooms()
        self.tours = Tours(self, seed=seed)

    def make(self) -> None:
        self.plan()
        self.store()
        self.publish()

    # The plan as it was made first.

    def plan(self) -> None:
        for ceremony in DATA["ceremony"]:
            self.ceremony(ceremony)
        self.symposium(DATA["symposium"])
        self.forums(DATA["forum"])
        self.seminar(DATA["seminar"])
        for promotion in DATA["promotion"]:
            self.promotion(promotion)
        self.tours.plan()
        for planned in self.planned:
            signing.tell(planned.session, self.moment)

    def make_rooms(self) -> dict[str, Room]:
        halls = {hall.slug: hall for hall in self.show.halls.all()}
        rows = Room.objects.bulk_create(
            Room(
                show=self.show,
                hall=halls[room["hall"]],
                name_en=room["name_en"],
                name_zh=room["name_zh"],
                seats=room["seats"],
            )
            for room in DATA["room"]
        )
        return {room["key"]: row for room, row in zip(DATA["room"], rows, strict=True)}

    def moment(self, when: str) -> datetime:
        """Of "2 13:30": the second day, half past one."""
        day, _, clock = when.partition(" ")
        return datetime.combine(self.show.calendar[int(day) - 1].date, time.fromisoformat(clock), self.show.zone)

    def session(self, told: dict[str, Any], kind: Kind, **fields: Any) -> Planned:
        """A session of what the data file tells of it, and of `fields`, which go before."""
        values: dict[str, Any] = {
            name: told[name]
            for name in (
                "code", "title_en", "title_zh", "about_en", "about_zh", "minutes", "audience", "languages",
                "interpretation", "seats", "reserve_guests", "reserve_walk_ins", "bring_en", "bring_zh",
            )
            if name in told
        } | fields  # fmt: skip
        values.setdefault("slug", naming.session_slug(title_en=values["title_en"], title_zh=values["title_zh"]))
        values.setdefault("starts_at", self.moment(told["when"]) if "when" in told else None)
        values.setdefault("room", self.rooms[told["room"]] if "room" in told else None)
        guid = UUID(int=self.rng.getrandbits(128), version=4)
        planned = Planned(session=Session(show=self.show, guid=guid, kind=kind, **values))
        self.planned.append(planned)
        return planned

    def ceremony(self, told: dict[str, Any]) -> None:
        self.session(told, Kind.CEREMONY, host=self.host(Host.Kind.ORGANISER))

    def symposium(self, told: dict[str, Any]) -> None:
        planned = self.session(
            told,
            Kind.SYMPOSIUM,
            host=self.host(Host.Kind.ORGANISER),
            minutes=length(told),
        )
        self.first_moderator = planned.moderator = self.speaker(told, told["area"], told["topics"])
        self.symposium_speakers = self.talks(planned, told, told["area"], told["topics"])

    def forums(self, forums: list[dict[str, Any]]) -> None:
        """Those of the symposium's speakers who are more than the report counts open a forum on another day instead."""
        sessions = [session for forum in forums for session in forum["session"]]
        parts = sum(len(session["talks"]) + session["panel"][2] for session in sessions) + len(forums)
        self.keynotes = self.symposium_speakers[: parts + len(self.speakers.rows) - REPORT["closing"]["speakers"]]
        for forum in forums:
            self.forum(forum)

    def forum(self, forum: dict[str, Any]) -> None:
        """Who moderates it does so in all its sessions."""
        series = self.make_series(forum)
        moderator: Speaker | None = None
        for number, told in enumerate(forum["session"], 1):
            day, topics = day_of(told), told.get("topics") or forum["topics"]
            moderator = moderator or self.speaker(told, forum["area"], topics)
            planned = self.session(
                told,
                Kind.FORUM,
                code=f"{forum['code']}-{number}",
                series=series,
                host=series.host,
                area=series.area,
                minutes=length(told),
                reserve_guests=told["seats"] // 10,
                reserve_walk_ins=told["seats"] // 10,
            )
            planned.moderator = self.speakers.engage(moderator, day)
            opens = number == 1 and day > day_of(DATA["symposium"]) and bool(self.keynotes)
            keynote = self.speakers.engage(self.keynotes.pop(0), day) if opens else None
            self.talks(planned, told, forum["area"], topics, keynote=keynote)

    def make_series(self, forum: dict[str, Any]) -> Series:
        about = noted("forum", forum)
        series = Series(
            show=self.show,
            kind=Kind.FORUM,
            slug=naming.slug_of(name_en=forum["name_en"], name_zh=forum["name_zh"]),
            name_en=forum["name_en"],
            name_zh=forum["name_zh"],
            about_en=about["en"],
            about_zh=about["zh"],
            host=self.host(forum["host"], forum["area"], forum.get("trade", "")),
            area=self.areas[forum["area"]],
        )
        self.series[forum["code"]] = series
        return series

    def talks(
        self,
        planned: Planned,
        told: dict[str, Any],
        area: str,
        topics: list[Texts],
        *,
        keynote: Speaker | None = None,
    ) -> list[Speaker]:
        """The talks of a session, the first by `keynote`, and its conversation at the end; who gives the talks."""
        each = told.get("each", EACH)
        given: list[Speaker] = []
        for number, talk in enumerate(told["talks"]):
            speaker = keynote if keynote and not given else self.speaker(told, area, topics)
            given.append(speaker)
            add_talk(planned, talk, begins(number, told["talks"], each), each, [speaker])
        title_en, title_zh, people = told["panel"]
        discussion = told.get("discussion", DISCUSSION)
        panel = [self.speaker(told, area, topics) for _one in range(people)]
        add_talk(planned, [title_en, title_zh], length(told) - discussion, discussion, panel)
        return given

    def speaker(self, told: dict[str, Any], area: str, topics: list[Texts]) -> Speaker:
        return self.speakers.draw(area, topics, day=day_of(told), languages=told["languages"])

    def seminar(self, told: dict[str, Any]) -> None:
        """The promotion activity that the report names: parks and departments, category by category."""
        report = REPORT["promotion"]["coordination"]
        planned = self.session(
            told,
            Kind.PROMOTION,
            title_en=report["name_en"],
            title_zh=told["name_zh"],
            about_en=told["about_en"].format(theme=report["theme_en"]),
            about_zh=told["about_zh"].format(theme=told["theme_zh"]),
            host=self.host(told["host"]),
            audience=Audience.MERCHANTS,
        )
        planned.moderator = self.first_moderator
        for number, (category, name_en, name_zh, *about) in enumerate(told["presentations"]):
            kind_en = report["categories"][category - 1]
            kind_zh = told["categories_zh"][category - 1]
            titles = [f"{kind_en[:1].upper()}{kind_en[1:]}: {name_en}", f"{kind_zh}：{name_zh}"]
            after = begins(number, told["presentations"], told["each"])
            add_talk(planned, [*titles, *about], after, told["each"], [])

    def promotion(self, told: dict[str, Any]) -> None:
        about = noted("promotion", told)
        seats = self.rooms[told["room"]].seats - STANDING
        planned = self.session(
            told,
            Kind.PROMOTION,
            about_en=about["en"],
            about_zh=about["zh"],
            host=self.host(told["host"], told["area"], told.get("trade", "")),
            area=self.areas[told["area"]],
            minutes=OPENING + EACH * len(told["talks"]) + TABLES,
            audience=Audience.MERCHANTS,
            languages=["zh"],
            interpretation=["en"],
            seats=seats,
            standing=STANDING,
            reserve_guests=seats // 10,
            reserve_walk_ins=STANDING,
        )
        planned.moderator = self.speakers.again(told["area"], day=day_of(told))
        for number, talk in enumerate(told["talks"]):
            add_talk(planned, talk, OPENING + number * EACH, EACH, [])

    def host(self, kind: str, area: str = "", trade: str = "") -> Host:
        """The organiser, the park or district of an area, or one of its exhibitors, of that trade if one is named."""
        key = kind if kind == Host.Kind.ORGANISER else f"{kind} {area} {trade}"
        if key not in self.hosts:
            if kind == Host.Kind.EXHIBITOR:
                firm = self.exhibitor(area, trade)
                host = self.make_host(kind, name_en=firm.name_en, name_zh=firm.name_zh)
                host.firm, host.contact_name, host.contact_email = firm, firm.contact_name, firm.contact_email
            else:
                told = DATA["organiser"] if kind == Host.Kind.ORGANISER else AREAS[area]
                # The area of a district is called by what it shows as well.
                host = self.make_host(kind, name_en=told["name_en"].partition(":")[0], name_zh=told["name_zh"])
            self.hosts[key] = host
        return self.hosts[key]

    def exhibitor(self, area: str, trade: str) -> Firm:
        business = invented.STOCK["business"][trade]["en"] if trade else ""
        return self.rng.choice([firm for firm in self.firms[area] if firm.name_en.endswith(business)])

    def make_host(self, kind: str, *, name_en: str, name_zh: str) -> Host:
        return Host(
            show=self.show,
            kind=kind,
            name_en=name_en,
            name_zh=name_zh,
            contact_email=f"{naming.slug_of(name_en=name_en, name_zh=name_zh)[:60]}@example.org",
        )

    # From the plan to rows, and to what is public.

    def store(self) -> None:
        Host.objects.bulk_create([*self.hosts.values(), *self.tours.hosts.values()])
        Series.objects.bulk_create([*self.series.values(), self.tours.series])
        self.speakers.store()
        self.tours.store()
        store(self.planned)

    def publish(self) -> None:
        """Version by version, by the acts that staff have for it; nobody is written to."""
        for release in DATA["release"]:
            self.change(release)
            at = release["at"].replace(tzinfo=self.show.zone)
            with acting(self.editor, "programme_published", why=release["note"]):
                changes = [(one.session, one.before, one.after) for one in publishing.pending(self.show)]
                publishing.write(self.editor, self.show, changes, at=at, note=release["note"])
        self.change(DATA["pending"])
        self.planned = []
        for draft in DATA["draft"]:
            self.draft(draft)
        self.tours.store_crew()
        store(self.planned)

    def change(self, told: dict[str, Any]) -> None:
        """What staff did to the plan before a version."""
        rows = {row.code: row for row in Session.objects.filter(show=self.show).select_related("room", "show")}
        for move in told.get("move", []):
            row = rows[move["code"]]
            planning.place(
                actor=self.editor,
                session=row,
                starts_at=self.moment(move["when"]) if "when" in move else row.starts_at,
                minutes=row.minutes,
                room=self.rooms[move["room"]] if "room" in move else row.room,
                step=None,
            )
        for cancel in told.get("cancel", []):
            planning.cancel(
                actor=self.editor,
                session=rows[cancel["code"]],
                why_en=cancel["why_en"],
                why_zh=cancel["why_zh"],
                step=None,
            )

    def draft(self, told: dict[str, Any]) -> None:
        if "enterprise" in told:
            self.tours.depart(told["enterprise"], told["code"], told["departure"])
            return
        series = self.series.get(told.get("series", ""))
        self.session(
            told,
            Kind(told["kind"]),
            series=series,
            area=series.area if series else None,
            host=series.host if series else self.host(Host.Kind.ORGANISER),
            languages=["zh"],
            seats=100,
        )


def store(planned: list[Planned]) -> None:
    Session.objects.bulk_create(one.session for one in planned)
    Talk.objects.bulk_create(talk for one in planned for talk, _speakers in one.talks)
    Appearance.objects.bulk_create(appearance for one in planned for appearance in appearances(one))


def appearances(planned: Planned) -> list[Appearance]:
    rows = []
    if planned.moderator is not None:
        rows.append(Appearance(session=planned.session, speaker=planned.moderator, moderates=True))
    for talk, speakers in planned.talks:
        for speaker in speakers:
            rows.append(Appearance(session=planned.session, speaker=speaker, talk=talk, position=len(rows)))
    return rows


def add_talk(planned: Planned, told: list[str], after: int, minutes: int, speakers: list[Speaker]) -> None:
    """`told` is the talk's title in English and in Chinese, and what it is about where that is told."""
    title_en, title_zh, about_en, about_zh = [*told, "", ""][:4]
    talk = Talk(
        session=planned.session,
        position=len(planned.talks),
        title_en=title_en,
        title_zh=title_zh,
        about_en=about_en,
        about_zh=about_zh,
        after=after,
        minutes=minutes,
    )
    planned.talks.append((talk, speakers))


def begins(number: int, talks: list[Any], each: int) -> int:
    """Minutes after which the talk of that number begins; the break is in the middle."""
    return OPENING + number * each + (PAUSE if number >= len(talks) / 2 else 0)


def day_of(told: dict[str, Any]) -> int:
    return int(told["when"].partition(" ")[0])


def length(told: dict[str, Any]) -> int:
    """Minutes of a session of talks with a break and a conversation at the end."""
    talks = len(told["talks"]) * told.get("each", EACH)
    return OPENING + talks + PAUSE + int(told.get("discussion", DISCUSSION))


def noted(note: str, told: dict[str, Any]) -> Texts:
    """What a thing is about, with the word that it is invented."""
    return {language: DATA["note"][note][language].format(about=told[f"about_{language}"]) for language in ("en", "zh")}
