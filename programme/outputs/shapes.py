"""What the public part of the API answers, as its description says it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Field, Schema

from programme.models import Audience, Host, Kind, Language, Material, Published


class Trouble(Schema):
    """Why there is no other answer: a code for programs, a sentence for people in the language of the request."""

    code: Annotated[str, Field(examples=["not_found"])]
    sentence: Annotated[str, Field(examples=["There is nothing at this address."])]


class RoomOut(Schema):
    """A room of the venue; `seats` is what the fire office allows."""

    guid: UUID
    name: Annotated[str, Field(examples=["Room 301"])]
    hall: Annotated[str | None, Field(examples=["Hall 2"])]
    seats: int


class AreaOut(Schema):
    slug: Annotated[str, Field(examples=["zhongguancun-science-city"])]
    letter: Annotated[str, Field(examples=["A"])]
    name: Annotated[str, Field(examples=["Zhongguancun Science City"])]


class HostOut(Schema):
    kind: Host.Kind
    name: Annotated[str, Field(examples=["Beijing Municipal Science and Technology Commission"])]


class SeriesOut(Schema):
    slug: Annotated[str, Field(examples=["artificial-intelligence-forum"])]
    name: Annotated[str, Field(examples=["Artificial Intelligence Forum"])]


class SpokenBy(Schema):
    guid: UUID
    slug: Annotated[str, Field(examples=["li-ming"])]
    name: Annotated[str, Field(examples=["Li Ming"])]


class TalkOut(Schema):
    """A part of a session, in order. Where its time is not said, `starts_at` and `ends_at` are null."""

    title: Annotated[str, Field(examples=["Robots that ask back"])]
    about: str
    starts_at: datetime | None
    ends_at: datetime | None
    speakers: list[SpokenBy]


class MaterialOut(Schema):
    kind: Material.Kind
    title: str
    url: Annotated[str, Field(examples=["https://expo.example.org/en/programme/robots/materials/7/"])]


class MovedFrom(Schema):
    """When and where the session was announced first."""

    starts_at: datetime
    minutes: int
    room: str | None
    meeting_point: str


class TourOfSession(Schema):
    slug: Annotated[str, Field(examples=["robot-works"])]
    name: Annotated[str, Field(examples=["Robot Works"])]


class PlacesOut(Schema):
    """Places that can be signed up for: how many are left, and how many people wait for one."""

    left: Annotated[int, Field(examples=[27])]
    waiting: Annotated[int, Field(examples=[0])]


class SessionOut(Schema):
    """A session as it is published. Times carry the offset of the show's zone.

    `state` is published, moved (another time or place than was announced first) or cancelled. `sequence` counts the
    changes since it was announced, `changed_at` is the moment of the last one. `interpretation` are the languages that
    it is interpreted into. `audience` is for whom it is; everybody needs a badge. Of a tour `meeting_point` says where
    it starts and `travel_minutes` how long the bus takes, one way. `id_why` says why an ID number is asked for.
    `places` is null where nobody has to sign up.
    """

    guid: UUID
    code: Annotated[str, Field(examples=["F03-1"])]
    slug: Annotated[str, Field(examples=["artificial-intelligence-and-industry"])]
    kind: Kind
    kind_name: Annotated[str, Field(examples=["Forum"])]
    state: Published.State
    sequence: int
    title: Annotated[str, Field(examples=["Artificial Intelligence and Industry"])]
    about: str
    starts_at: Annotated[datetime, Field(examples=["2019-10-24T09:30:00+08:00"])]
    ends_at: Annotated[datetime, Field(examples=["2019-10-24T11:30:00+08:00"])]
    minutes: Annotated[int, Field(examples=[120])]
    time_zone: Annotated[str, Field(examples=["Asia/Shanghai"])]
    room: RoomOut | None
    meeting_point: str
    area: AreaOut | None
    host: HostOut | None
    series: SeriesOut | None
    tour: TourOfSession | None
    travel_minutes: int | None
    languages: Annotated[list[Language], Field(examples=[["zh", "en"]])]
    interpretation: list[Language]
    audience: Audience
    audience_name: Annotated[str, Field(examples=["open to every visitor"])]
    seats: int
    standing: int
    places: PlacesOut | None
    age_from: int | None
    bring: str
    asks_id: bool
    id_why: str
    talks: list[TalkOut]
    moderators: list[SpokenBy]
    panel: list[SpokenBy]
    cancelled_why: str
    moved_from: MovedFrom | None
    materials: list[MaterialOut]
    first_published_at: datetime
    changed_at: datetime
    url: Annotated[str, Field(examples=["https://expo.example.org/en/programme/robots/"])]
    calendar_url: Annotated[str, Field(examples=["https://expo.example.org/en/programme/robots/calendar.ics"])]


class SpeakerOut(Schema):
    """Somebody who speaks at a session that takes place. `country` is ISO 3166; `sessions` are
    guids, in the order of time."""

    guid: UUID
    slug: Annotated[str, Field(examples=["li-ming"])]
    name: Annotated[str, Field(examples=["Li Ming"])]
    position: Annotated[str, Field(examples=["Professor"])]
    firm: Annotated[str, Field(examples=["Example University"])]
    country: Annotated[str, Field(examples=["CN"])]
    country_name: Annotated[str, Field(examples=["China (mainland)"])]
    about: str
    portrait_url: str | None
    sessions: list[UUID]
    url: Annotated[str, Field(examples=["https://expo.example.org/en/speakers/li-ming/"])]


class DepartureOut(Schema):
    """A departure of a tour; the session of this guid says more. `places` is null where nobody has to sign up."""

    guid: UUID
    state: Published.State
    starts_at: datetime
    ends_at: datetime
    meeting_point: str
    travel_minutes: int | None
    languages: list[Language]
    seats: int
    places: PlacesOut | None
    url: str


class TourOut(Schema):
    """An enterprise that opens its doors. `latitude` and `longitude` in degrees (WGS 84); `seen` is one thing a row."""

    guid: UUID
    slug: Annotated[str, Field(examples=["robot-works"])]
    name: Annotated[str, Field(examples=["Robot Works"])]
    about: str
    seen: list[str]
    rules: str
    address: str
    district: str
    latitude: float | None
    longitude: float | None
    travel_minutes: Annotated[int, Field(description="By bus from the venue, one way, as a rule.", examples=[45])]
    picture_url: str | None
    departures: list[DepartureOut]
    url: Annotated[str, Field(examples=["https://expo.example.org/en/tours/robot-works/"])]


class Page(Schema):
    """A part of a list: `count` are all that match, `next` is the address of the part behind it. `version` is the
    published programme's, 0 before any."""

    version: int
    count: int
    next: str | None


class SessionsOut(Page):
    items: list[SessionOut]


class SpeakersOut(Page):
    items: list[SpeakerOut]


class ToursOut(Page):
    items: list[TourOut]
