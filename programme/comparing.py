"""What tells two documents of a session apart, in words: for summaries, versions and whoever decides about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from expo import formats
from expo.models import Area, InTwoLanguages, Room
from programme import times, tongues
from programme.documents import Difference, Document, differences
from programme.models import Access, Audience, Bus, Enterprise, Guide, Host, Series, Session, Speaker

LONGEST_WORDS = 160
#: What is told by a difference of its own; the rest are details.
TOLD = frozenset(
    {
        "guid", "code", "slug", "starts_at", "minutes", "room", "meeting_en", "meeting_zh", "talks", "moderators",
        "panel", "title_en", "title_zh", "host", "seats", "standing", "reserve_guests", "reserve_walk_ins", "guide",
        "bus", "is_cancelled", "cancelled_why_en", "cancelled_why_zh", "access", "party_most", "signup_opens_at",
        "signup_closes_at",
    }
)  # fmt: skip
KEYS: dict[str, type[Any]] = {
    "room": Room,
    "host": Host,
    "guide": Guide,
    "bus": Bus,
    "series": Series,
    "enterprise": Enterprise,
    "area": Area,
}


@dataclass(frozen=True, slots=True)
class Said:
    """A difference in words: what it is about, what was and what is; either side may be empty."""

    what: str
    before: str
    after: str


class Names:
    """What the keys in these documents stand for. Eight queries, however many there are."""

    def __init__(self, documents: Iterable[Document | None]) -> None:
        known = [one for one in documents if one is not None]
        self._names = {
            name: {row.pk: str(row) for row in named(model, {getattr(one, name) for one in known})}
            for name, model in KEYS.items()
        }
        speakers: set[int | None] = {pk for one in known for pk in one.speakers}
        self._names["speaker"] = {row.pk: row.name for row in named(Speaker, speakers)}

    def of(self, what: str, pk: int | None) -> str:
        return self._names[what].get(pk, "") if pk is not None else ""


def named(model: type[Any], pks: set[int | None]) -> Iterable[Any]:
    """The rows of these keys with their names alone."""
    fields = ("name_en", "name_zh") if issubclass(model, InTwoLanguages) or model is Speaker else ("name",)
    return model.objects.filter(pk__in=pks - {None}).only(*fields)


def compared(before: Document | None, after: Document | None, names: Names, zone: ZoneInfo) -> list[Said]:
    """What changed, most important first; nothing where they are the same."""
    if before is None or after is None:
        return [
            Said(str(one.label), where(before, names, zone), where(after, names, zone))
            for one in differences(before, after)
        ]
    said: list[Said] = []
    for difference in differences(before, after):
        if difference is Difference.DETAILS:
            said += details(before, after, names)
        else:
            words = _WORDS[difference]
            said.append(Said(str(difference.label), words(before, names, zone), words(after, names, zone)))
    return said


def where(document: Document | None, names: Names, zone: ZoneInfo) -> str:
    """When and where it takes place."""
    if document is None:
        return ""
    return _("%(when)s, %(where)s") % {"when": when(document, names, zone), "where": place(document, names, zone)}


def when(document: Document, names: Names, zone: ZoneInfo) -> str:
    starts, ends = document.starts_at.astimezone(zone), document.ends_at.astimezone(zone)
    return times.span_short(starts, ends)


def place(document: Document, names: Names, zone: ZoneInfo) -> str:
    return names.of("room", document.room) or document.meeting or _("no room")


def speakers(document: Document, names: Names, zone: ZoneInfo) -> str:
    """Who speaks, and about what."""
    who = formats.listed(names.of("speaker", pk) for pk in document.speakers) or _("nobody")
    titles = "; ".join(
        f"+{talk.after}′ {talk.title} ({talk.minutes}′)" if talk.after is not None else talk.title
        for talk in document.talks
    )
    return Truncator(f"{who} · {titles}" if titles else who).chars(LONGEST_WORDS)


def title(document: Document, names: Names, zone: ZoneInfo) -> str:
    return " / ".join(part for part in (document.title_en, document.title_zh) if part)


def host(document: Document, names: Names, zone: ZoneInfo) -> str:
    return names.of("host", document.host) or _("nobody")


def places(document: Document, names: Names, zone: ZoneInfo) -> str:
    told = [ngettext("%(n)d seat", "%(n)d seats", document.seats) % {"n": document.seats}]
    if document.standing:
        told.append(_("%(n)d standing") % {"n": document.standing})
    if kept := document.reserve_guests + document.reserve_walk_ins:
        told.append(_("%(n)d of them kept back") % {"n": kept})
    return formats.listed(told)


def signing_up(document: Document, names: Names, zone: ZoneInfo) -> str:
    """How one gets a place, from when until when; nothing more where nobody has to sign up."""
    told = [str(Access(document.access).label)]
    if document.access != Access.NONE:
        told.append(
            ngettext("one person at once", "up to %(n)d people at once", document.party_most)
            % {"n": document.party_most}
        )
        for moment, words in (
            (document.signup_opens_at, _("from %(moment)s")),
            (document.signup_closes_at, _("until %(moment)s")),
        ):
            if moment is not None:
                told.append(words % {"moment": formats.moment_short(moment.astimezone(zone))})
    return formats.listed(told)


def crew(document: Document, names: Names, zone: ZoneInfo) -> str:
    told = [names.of("guide", document.guide), names.of("bus", document.bus)]
    return formats.listed(part for part in told if part) or _("nobody")


def cancelled(document: Document, names: Names, zone: ZoneInfo) -> str:
    return document.cancelled_why if document.is_cancelled else ""


def details(before: Document, after: Document, names: Names) -> list[Said]:
    """Each other field that changed by its name; of a long text that was changed, that it was."""
    told = []
    for field in Session._meta.concrete_fields:
        if field.name in TOLD or not hasattr(before, field.name):
            continue
        was, now = (getattr(one, field.name) for one in (before, after))
        if was != now:
            told.append(
                Said(capfirst(str(field.verbose_name)), value(field.name, was, names), value(field.name, now, names))
            )
    if before.is_cancelled and after.is_cancelled and before.cancelled_why != after.cancelled_why:
        told.append(Said(capfirst(_("why it was cancelled")), before.cancelled_why, after.cancelled_why))
    return told


def value(name: str, of: Any, names: Names) -> str:
    if name in KEYS:
        return names.of(name, of)
    if name in {"languages", "interpretation"}:
        return tongues.named(of)
    if name == "audience":
        return str(dict(Audience.choices).get(of, of))
    if isinstance(of, bool):
        return _("yes") if of else _("no")
    return "" if of is None else Truncator(str(of)).chars(LONGEST_WORDS)


_WORDS = {
    Difference.CANCELLED: cancelled,
    Difference.BACK: where,
    Difference.TIME: when,
    Difference.PLACE: place,
    Difference.SPEAKERS: speakers,
    Difference.TITLE: title,
    Difference.HOST: host,
    Difference.PLACES: places,
    Difference.SIGNING_UP: signing_up,
    Difference.CREW: crew,
}
