"""A session as it is told to the public: one document, frozen when it is published.

What things and people are called (rooms, speakers, hosts) is not in it: a name that was misspelt is put right
everywhere at once. What somebody plans a day by is: when, where, what about, who speaks, for whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from expo.models import in_language

if TYPE_CHECKING:
    from programme.models import Appearance, Session, Talk


class Difference(models.TextChoices):
    """What a release changed of a session, as it is told in summaries, mails and the feed of changes."""

    NEW = "new", _("new")
    GONE = "gone", _("no longer announced")
    CANCELLED = "cancelled", _("cancelled")
    BACK = "back", _("takes place after all")
    TIME = "time", _("other time")
    PLACE = "place", _("other place")
    SPEAKERS = "speakers", _("speakers or talks changed")
    TITLE = "title", _("other title")
    HOST = "host", _("other host")
    PLACES = "places", _("places changed")
    SIGNING_UP = "signing_up", _("signing up changed")
    CREW = "crew", _("guide or bus changed")
    DETAILS = "details", _("details changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkTold:
    """`after` and `minutes` as of the talk; `speakers` are keys."""

    title_en: str
    title_zh: str
    about_en: str
    about_zh: str
    after: int | None
    minutes: int | None
    speakers: tuple[int, ...]

    @property
    def title(self) -> str:
        return in_language(self.title_en, self.title_zh)

    @property
    def about(self) -> str:
        return in_language(self.about_en, self.about_zh)


class Taken(NamedTuple):
    """`what` (room, speaker, guide, bus) of the key `pk` is engaged from `starts` to `ends`."""

    what: str
    pk: int
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`starts_at` in UTC; the fields that end in none of the languages and are no numbers of things are as of Session.

    `series` to `bus` are keys. `talks` are in order; `moderators` and `panel` (who takes part without a talk of the
    own) are keys of speakers in order. Guide and bus are for the staff: nobody outside is told of them.
    """

    guid: str
    code: str
    slug: str
    kind: str
    series: int | None
    enterprise: int | None
    title_en: str
    title_zh: str
    about_en: str
    about_zh: str
    host: int | None
    area: int | None
    languages: tuple[str, ...]
    interpretation: tuple[str, ...]
    room: int | None
    meeting_en: str
    meeting_zh: str
    starts_at: datetime
    minutes: int
    guide: int | None
    bus: int | None
    travel_minutes: int | None
    audience: str
    seats: int
    standing: int
    reserve_guests: int
    reserve_walk_ins: int
    access: str
    party_most: int
    signup_opens_at: datetime | None
    signup_closes_at: datetime | None
    age_from: int | None
    bring_en: str
    bring_zh: str
    asks_id: bool
    id_why_en: str
    id_why_zh: str
    is_cancelled: bool
    cancelled_why_en: str
    cancelled_why_zh: str
    talks: tuple[TalkTold, ...]
    moderators: tuple[int, ...]
    panel: tuple[int, ...]

    @classmethod
    def of(cls, session: Session) -> Self:
        """What is told of a session that has a time, as it stands in the plan; reads its talks and appearances."""
        return cls.made(session, session.talks.all(), session.appearances.all())

    @classmethod
    def made(cls, session: Session, talks: Iterable[Talk], appearances: Iterable[Appearance]) -> Self:
        """As `of`, of talks and appearances that were read already: rows or anything with their fields."""
        if session.starts_at is None:
            raise ValueError("A session without a time tells nothing.")
        appearances = sorted(appearances, key=lambda one: (one.position, one.pk))
        talks = sorted(talks, key=lambda one: (one.position, one.pk))
        return cls(
            **{name: getattr(session, name) for name in _as_they_are(type(session))},
            **{name: getattr(session, f"{name}_id") for name in KEYS},
            guid=str(session.guid),
            languages=tuple(session.languages),
            interpretation=tuple(session.interpretation),
            starts_at=session.starts_at.astimezone(UTC),
            signup_opens_at=session.signup_opens_at and session.signup_opens_at.astimezone(UTC),
            signup_closes_at=session.signup_closes_at and session.signup_closes_at.astimezone(UTC),
            talks=tuple(
                TalkTold(
                    title_en=talk.title_en,
                    title_zh=talk.title_zh,
                    about_en=talk.about_en,
                    about_zh=talk.about_zh,
                    after=talk.after,
                    minutes=talk.minutes,
                    speakers=tuple(one.speaker_id for one in appearances if one.talk_id == talk.pk),
                )
                for talk in talks
            ),
            moderators=tuple(one.speaker_id for one in appearances if one.moderates),
            panel=tuple(one.speaker_id for one in appearances if one.talk_id is None and not one.moderates),
        )

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Fields that came later have the value of nothing in documents that are older."""
        told = NOTHING | kept
        return cls(
            **told
            | {
                "starts_at": datetime.fromisoformat(told["starts_at"]),
                **{name: told[name] and datetime.fromisoformat(told[name]) for name in WINDOW},
                "talks": tuple(TalkTold(**talk | {"speakers": tuple(talk["speakers"])}) for talk in told["talks"]),
                **{name: tuple(told[name]) for name in ("languages", "interpretation", "moderators", "panel")},
            }
        )

    def to_json(self) -> dict[str, Any]:
        window = {name: moment.isoformat() if (moment := getattr(self, name)) else None for name in WINDOW}
        return asdict(self) | {"starts_at": self.starts_at.isoformat()} | window

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def title(self) -> str:
        return in_language(self.title_en, self.title_zh)

    @property
    def about(self) -> str:
        return in_language(self.about_en, self.about_zh)

    @property
    def meeting(self) -> str:
        return in_language(self.meeting_en, self.meeting_zh)

    @property
    def bring(self) -> str:
        return in_language(self.bring_en, self.bring_zh)

    @property
    def id_why(self) -> str:
        return in_language(self.id_why_en, self.id_why_zh)

    @property
    def cancelled_why(self) -> str:
        return in_language(self.cancelled_why_en, self.cancelled_why_zh)

    @property
    def places(self) -> int:
        """Seats and standing places together."""
        return self.seats + self.standing

    @property
    def speakers(self) -> tuple[int, ...]:
        """The keys of all who appear: who moderates, who gives a talk, who takes part; each once."""
        given = [pk for talk in self.talks for pk in talk.speakers]
        return tuple(dict.fromkeys((*self.moderators, *given, *self.panel)))

    def taken(self) -> Iterator[Taken]:
        """What the session engages, as the database works it out for the working plan; a cancelled one nothing."""
        if self.is_cancelled:
            return
        for what in ("room", "guide", "bus"):
            if (pk := getattr(self, what)) is not None:
                yield Taken(what, pk, self.starts_at, self.ends_at)
        for pk in dict.fromkeys((*self.moderators, *self.panel)):
            yield Taken("speaker", pk, self.starts_at, self.ends_at)
        for talk in self.talks:
            starts = self.starts_at + timedelta(minutes=talk.after or 0)
            ends = self.ends_at if talk.minutes is None else starts + timedelta(minutes=talk.minutes)
            for pk in talk.speakers:
                if pk not in self.moderators:
                    yield Taken("speaker", pk, starts, ends)


# When signing up is possible.
WINDOW = ("signup_opens_at", "signup_closes_at")
# Fields of which the document has the key.
KEYS = ("series", "enterprise", "host", "area", "room", "guide", "bus")


@cache
def _as_they_are(model: type[Session]) -> frozenset[str]:
    """The fields that a document takes over from the session as they stand there."""
    named = {field.name for field in fields(Document)} & {field.attname for field in model._meta.concrete_fields}
    return frozenset(named - {"guid", "languages", "interpretation", "starts_at", *WINDOW})


#: Of each field the value that says nothing; dates and names that nothing can stand for are in every document.
NOTHING: dict[str, Any] = {
    "about_en": "", "about_zh": "", "meeting_en": "", "meeting_zh": "", "bring_en": "", "bring_zh": "",
    "id_why_en": "", "id_why_zh": "", "cancelled_why_en": "", "cancelled_why_zh": "", "title_en": "", "title_zh": "",
    "series": None, "enterprise": None, "host": None, "area": None, "room": None, "guide": None, "bus": None,
    "travel_minutes": None, "age_from": None, "asks_id": False, "is_cancelled": False, "seats": 0, "standing": 0,
    "reserve_guests": 0, "reserve_walk_ins": 0, "audience": "open", "languages": (), "interpretation": (),
    "access": "none", "party_most": 1, "signup_opens_at": None, "signup_closes_at": None,
    "talks": (), "moderators": (), "panel": (),
}  # fmt: skip

# Which fields make up which difference; those in none are details.
_TELLS = {
    Difference.TIME: ("starts_at", "minutes"),
    Difference.PLACE: ("room", "meeting_en", "meeting_zh"),
    Difference.SPEAKERS: ("talks", "moderators", "panel"),
    Difference.TITLE: ("title_en", "title_zh"),
    Difference.HOST: ("host",),
    Difference.PLACES: ("seats", "standing", "reserve_guests", "reserve_walk_ins"),
    Difference.SIGNING_UP: ("access", "party_most", *WINDOW),
    Difference.CREW: ("guide", "bus"),
}
_SORTED = {name for names in _TELLS.values() for name in names}
#: What nobody outside is told of.
INTERNAL = frozenset({Difference.CREW})


def differences(before: Document | None, after: Document | None) -> list[Difference]:
    """What tells the one from the other, most important first; nothing where they are the same."""
    if before is None or after is None:
        return [] if before is after else [Difference.NEW if before is None else Difference.GONE]
    if before == after:
        return []
    changed = {field.name for field in fields(Document) if getattr(before, field.name) != getattr(after, field.name)}
    found = []
    if "is_cancelled" in changed:
        found.append(Difference.CANCELLED if after.is_cancelled else Difference.BACK)
    found += [difference for difference, names in _TELLS.items() if not changed.isdisjoint(names)]
    if changed - _SORTED - {"is_cancelled"}:
        found.append(Difference.DETAILS)
    return found
