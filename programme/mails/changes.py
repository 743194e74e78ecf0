"""What a version of the programme changed for whoever has a part in it, or is signed up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.mails import builds, compose
from accounts.models import Mail
from accounts.typed import unlinked
from expo import formats
from expo.models import Room, Show, in_language
from programme import links
from programme.actions import telling
from programme.documents import Document
from programme.mails.cards import when
from programme.models import Bus, Guide, Host, Published, Release, Signup, Speaker
from visitors.links import visit_url
from visitors.models import Registration, Ticket


@dataclass(slots=True)
class Entry:
    """What changed of one session for somebody: `word` says it in short, `lines` are name, before and after."""

    title: str
    role: str
    word: str
    is_bad: bool = False
    why: str = ""
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    link: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What the keys in documents are called."""

    rooms: dict[int, Room]
    buses: dict[int, Bus]

    def place(self, part: telling.Part) -> str:
        room = self.rooms.get(part.room or 0)
        if room is None:
            return unlinked(in_language(*part.meeting)) or _("not said yet")
        return formats.listed(unlinked(one.name) for one in (room, room.hall) if one)


@builds("programme.changes")
def changes(mail: Mail) -> EmailMultiAlternatives | None:
    """What a version changed for this person; nothing where all of it is over, or the address is another's by now."""
    release = Release.objects.select_related("show").filter(pk=mail.facts.get("release")).first()
    if release is None:
        return None
    show = release.show
    people = concerned(mail)
    visitors = Visitors.of(mail, release)
    at = show.now()
    told = [(change.session_id, *change.sides) for change in release.changes.order_by("pk")]
    told = [row for row in told if any(side is not None and side.ends_at > at for side in row[1:])]
    told.sort(key=lambda row: next(side.starts_at for side in (row[2], row[1]) if side is not None))
    if not (people or visitors.signups) or not told:
        return None
    names = names_of(side for _pk, *sides in told for side in sides if side is not None)
    public = set(Published.objects.filter(show=show).values_list("pk", flat=True))
    entries = [
        linked(entry, after, is_public=pk in public)
        for pk, before, after in told
        for entry in (
            *entries_of(people, before, after, names=names, zone=show.zone),
            *visitors.entries_of(pk, before, after, names=names, zone=show.zone),
        )
    ]
    if not entries:
        return None
    speakers = [person for person in people if isinstance(person, Speaker)]
    subject = _("%(word)s: %(title)s") % {"word": entries[0].word, "title": entries[0].title}
    if len(entries) > 1:
        told_number = ngettext("%(n)d session changed for you", "%(n)d sessions changed for you", len(entries))
        subject = told_number % {"n": len(entries)}
    return compose(
        mail,
        template="programme/changes",
        subject=f"{subject} · {show.short}",
        context={
            "show": show,
            "subject": subject,
            "entries": entries,
            "own_pages": [(unlinked(one.name), links.speaker_url(one, mail.language)) for one in speakers],
            "several": len(speakers) > 1,
            "visits": [(unlinked(one.name), visit_url(one, mail.language)) for one in visitors.owners()],
        },
    )


@dataclass(frozen=True, slots=True)
class Visitors:
    """Those at the address who are signed up, and for what: their own sign-ups, and those that they are in."""

    registrations: dict[int, Registration]
    signups: list[Signup]
    show: Show

    @classmethod
    def of(cls, mail: Mail, release: Release) -> Self:
        """Who signed up after the version was published knew of it."""
        rows = Registration.objects.kept().filter(pk__in=mail.facts.get("registrations", []), email__iexact=mail.to)
        registrations = rows.in_bulk()
        signups = (
            Signup.objects.live()
            .filter(
                Q(registration__in=registrations) | Q(participants__registration__in=registrations),
                session__in=release.changes.values("session"),
                joined_at__lte=release.published_at,
            )
            .prefetch_related("participants")
            .distinct()
            .order_by("pk")
        )
        return cls(registrations, list(signups) if registrations else [], release.show)

    def entries_of(
        self, session: int, before: Document | None, after: Document | None, *, names: Names, zone: Any
    ) -> Iterator[Entry]:
        own = [one for one in self.signups if one.session_id == session]
        if own and telling.changed_for_visitors(before, after):
            is_off = after is None or after.is_cancelled
            role = _("You are signed up for it.") if is_off else " ".join(dict.fromkeys(standing(one) for one in own))
            if after is not None and not is_off and self.lack_tickets(own, before, after):
                role += " " + _("Not all of your tickets are for this day. Write to us, or give the place to others.")
            yield told_entry(role, telling.part_of(before), telling.part_of(after), after, names=names, zone=zone)

    def lack_tickets(self, signups: Iterable[Signup], before: Document | None, after: Document) -> bool:
        """Whether it has moved to a day for which somebody has no ticket."""
        day = self.show.day_at(after.starts_at)
        if before is None or day is None or self.show.day_at(before.starts_at) == day:
            return False
        badges = set()
        for one in signups:
            known = {person.registration_id for person in one.participants.all()} - {None}
            badges |= known or {one.registration_id}
        valid = Ticket.objects.filter(registration__in=badges, state=Ticket.State.VALID, days__contains=[day.number])
        return valid.count() < len(badges)

    def owners(self) -> list[Registration]:
        """Those on whose visits the sign-ups are: of who made them, or else of who comes along."""
        found: dict[int, Registration] = {}
        for one in self.signups:
            by = [one.registration_id, *(person.registration_id for person in one.participants.all())]
            known = next((pk for pk in by if pk in self.registrations), None)
            if known is not None:
                found[known] = self.registrations[known]
        return list(found.values())


def standing(signup: Signup) -> str:
    """How somebody is signed up for what changed."""
    people = signup.party
    match signup.state:
        case Signup.State.WAITING | Signup.State.REQUESTED:
            told = ngettext("You wait for %(n)d place.", "You wait for %(n)d places.", people)
        case Signup.State.OFFERED:
            told = ngettext("%(n)d place is offered to you.", "%(n)d places are offered to you.", people)
        case _:
            told = ngettext("You have %(n)d place.", "You have %(n)d places.", people)
    return told % {"n": people}


def concerned(mail: Mail) -> list[Speaker | Host | Guide]:
    """Those whom the mail is for and whose address is still the one that it goes to."""
    facts = mail.facts
    return [
        *Speaker.objects.filter(pk__in=facts.get("speakers", []), email__iexact=mail.to, handle__gte=0).order_by("pk"),
        *Host.objects.filter(pk__in=facts.get("hosts", []), contact_email__iexact=mail.to).order_by("pk"),
        *Guide.objects.filter(pk__in=facts.get("guides", []), email__iexact=mail.to).order_by("pk"),
    ]


def names_of(documents: Iterable[Document]) -> Names:
    rows = list(documents)
    rooms = Room.objects.select_related("hall").in_bulk({row.room for row in rows if row.room})
    return Names(rooms, Bus.objects.in_bulk({row.bus for row in rows if row.bus}))


def entries_of(
    people: Iterable[Speaker | Host | Guide],
    before: Document | None,
    after: Document | None,
    *,
    names: Names,
    zone: Any,
) -> Iterator[Entry]:
    for person in people:
        was, now = telling.part_for(person, before), telling.part_for(person, after)
        if was != now and not (was is not None and now is not None and was.is_cancelled and now.is_cancelled):
            yield told_entry(role_of(person), was, now, after, names=names, zone=zone)


def told_entry(
    role: str,
    was: telling.Part | None,
    now: telling.Part | None,
    after: Document | None,
    *,
    names: Names,
    zone: Any,
) -> Entry:
    shown = now or was
    assert shown is not None  # noqa: S101  (one of the two differs from the other)
    entry = Entry(title=unlinked(in_language(*shown.title)), role=role, word=_("Changed"))
    if now is None:
        entry.is_bad = True
        entry.word = _("No longer in the programme") if after is None else _("No longer with you")
    elif now.is_cancelled:
        entry.is_bad = True
        entry.word = _("Cancelled")
        entry.why = unlinked(after.cancelled_why) if after else ""
    elif was is None:
        entry.word = _("New for you")
    elif was.is_cancelled:
        entry.word = _("Takes place after all")
    elif (was.starts, was.ends) != (now.starts, now.ends):
        entry.word = _("Moved")
    elif names.place(was) != names.place(now):
        entry.word = _("Other place")
    entry.lines = list(lines(was, now, names=names, zone=zone))
    return entry


def role_of(person: Speaker | Host | Guide) -> str:
    match person:
        case Speaker():
            return _("You speak there.")
        case Host():
            return _("%(host)s hosts it.") % {"host": unlinked(person.name)}
        case _:
            return _("You guide it.")


def lines(
    was: telling.Part | None, now: telling.Part | None, *, names: Names, zone: Any
) -> Iterator[tuple[str, str, str]]:
    """What it is called, when and where, before and after; what stays the same is said once."""
    pairs = [
        (_("When"), time_of(was, zone), time_of(now, zone)),
        (_("Where"), names.place(was) if was else "", names.place(now) if now else ""),
        (_("Bus"), bus_of(was, names), bus_of(now, names)),
    ]
    if was is not None and now is not None:
        pairs.insert(0, (_("Title"), unlinked(in_language(*was.title)), unlinked(in_language(*now.title))))
        pairs = [pair for pair in pairs if pair[0] != _("Title") or pair[1] != pair[2]]
    for name, before, after in pairs:
        if before or after:
            yield name, "" if before == after else before, after


def time_of(part: telling.Part | None, zone: Any) -> str:
    if part is None:
        return ""
    return when(part.starts, part.ends, zone)


def bus_of(part: telling.Part | None, names: Names) -> str:
    bus = names.buses.get(part.bus or 0) if part else None
    return unlinked(bus.name) if bus else ""


def linked(entry: Entry, after: Document | None, *, is_public: bool) -> Entry:
    """With the way to the session's page, where there is one by now."""
    if after is not None and is_public:
        entry.link = settings.SITE_URL + reverse("session", args=[after.slug])
    return entry
