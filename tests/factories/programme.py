"""Sessions with their talks and speakers, planned and published through the acts that lead there."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from secrets import randbits

import factory
from PIL import Image

from accounts.acting import Actor
from expo.models import Show
from programme import naming
from programme.actions import planning, publishing
from programme.models import (
    Appearance,
    Bus,
    Enterprise,
    Guide,
    Host,
    Kind,
    Release,
    Series,
    Session,
    Speaker,
    Talk,
)
from tests.factories.expo import RoomFactory, ShowFactory, on

SYSTEM = Actor.system("test")
NOW = on(1, "08:00")


class HostFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Host

    show = factory.SubFactory(ShowFactory)
    name_en = factory.Sequence(lambda n: f"Host {n}")
    name_zh = factory.Sequence(lambda n: f"主办{n}")
    contact_email = factory.Sequence(lambda n: f"host{n}@example.com")
    language = "en"


class SpeakerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Speaker

    show = factory.SubFactory(ShowFactory)
    name_en = factory.Sequence(lambda n: f"Speaker {n}")
    name_zh = factory.Sequence(lambda n: f"嘉宾{n}")
    email = factory.Sequence(lambda n: f"speaker{n}@example.com")
    language = "en"
    handle = factory.LazyFunction(lambda: randbits(62))
    slug = factory.LazyAttribute(lambda one: naming.slug_of(name_en=one.name_en, name_zh=one.name_zh))
    search = factory.LazyAttribute(lambda one: naming.searched(one.name_en, one.name_zh))
    sort_en = factory.LazyAttribute(lambda one: naming.sort_keys(name_en=one.name_en, name_zh=one.name_zh)[0])
    sort_zh = factory.LazyAttribute(lambda one: naming.sort_keys(name_en=one.name_en, name_zh=one.name_zh)[1])


class SeriesFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Series

    show = factory.SubFactory(ShowFactory)
    kind = Kind.FORUM
    name_en = factory.Sequence(lambda n: f"Series {n}")
    name_zh = factory.Sequence(lambda n: f"系列{n}")
    slug = factory.Sequence(lambda n: f"series-{n}")


class SessionFactory(factory.django.DjangoModelFactory):
    """A forum without a time; `placed` gives it one and a room."""

    class Meta:
        model = Session

    show = factory.SubFactory(ShowFactory)
    code = factory.Sequence(lambda n: f"F{n}")
    slug = factory.Sequence(lambda n: f"forum-{n}")
    kind = Kind.FORUM
    title_en = factory.Sequence(lambda n: f"Forum {n}")
    title_zh = factory.Sequence(lambda n: f"论坛{n}")
    languages = ["zh"]
    minutes = 60
    seats = 100


class EnterpriseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Enterprise

    show = factory.SubFactory(ShowFactory)
    slug = factory.Sequence(lambda n: f"enterprise-{n}")
    name_en = factory.Sequence(lambda n: f"Enterprise {n}")
    name_zh = factory.Sequence(lambda n: f"企业{n}")
    travel_minutes = 40


class GuideFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Guide

    show = factory.SubFactory(ShowFactory)
    name = factory.Sequence(lambda n: f"Guide {n}")
    email = factory.Sequence(lambda n: f"guide{n}@example.com")
    language = "en"


class BusFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Bus

    show = factory.SubFactory(ShowFactory)
    name = factory.Sequence(lambda n: f"Bus {n}")
    seats = 45


class DepartureFactory(SessionFactory):
    """A departure to an open enterprise."""

    kind = Kind.TOUR
    enterprise = factory.SubFactory(EnterpriseFactory)
    title_en = factory.Sequence(lambda n: f"Tour {n}")
    title_zh = factory.Sequence(lambda n: f"参观{n}")
    meeting_en = "Gate 1"
    meeting_zh = "1号门"
    minutes = 180
    seats = 40


def placed(starts: datetime, **fields) -> Session:
    """A session at that time, in a room of its own unless one is named."""
    fields.setdefault("room", RoomFactory())
    return SessionFactory(starts_at=starts, **fields)


def departing(starts: datetime, **fields) -> Session:
    return DepartureFactory(starts_at=starts, **fields)


def talk(session: Session, *speakers: Speaker, after: int | None = None, minutes: int | None = None, **fields) -> Talk:
    position = session.talks.count()
    row = Talk.objects.create(
        session=session,
        position=position,
        after=after,
        minutes=minutes,
        **{"title_en": f"Talk {position}", "title_zh": f"演讲{position}"} | fields,
    )
    for speaker in speakers:
        Appearance.objects.create(session=session, speaker=speaker, talk=row, position=position)
    return row


def speaking(session: Session, speaker: Speaker, *, moderates: bool = False) -> Appearance:
    return Appearance.objects.create(session=session, speaker=speaker, moderates=moderates)


def move(session: Session, starts: datetime, **fields) -> Session:
    """Place the session anew, as it is but for what is named."""
    told = {"minutes": session.minutes, "room": session.room, "step": None} | fields
    return planning.place(actor=SYSTEM, session=session, starts_at=starts, **told)


def publish(show: Show, *sessions: Session, at: datetime = NOW) -> Release:
    """Publish these sessions, or all that changed."""
    pks = [session.pk for session in sessions] or None
    return publishing.publish(actor=SYSTEM, show=show, sessions=pks, seen=None, at=at)


def picture_file(width: int, height: int, kind: str = "JPEG", *, split: bool = False, **saved) -> BytesIO:
    """A file with a picture in it, its left half red where it is `split`."""
    image = Image.new("RGB", (width, height), (20, 90, 160))
    if split:
        image.paste((255, 0, 0), (0, 0, width // 2, height))
    file = BytesIO()
    image.save(file, kind, **saved)
    file.seek(0)
    file.name = f"me.{kind.lower()}"
    return file
