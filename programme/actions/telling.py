"""Whom a release concerns, and what it changed for each: one mail an address, whatever parts somebody has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from accounts import mails
from accounts.models import Mail
from programme.documents import Document
from programme.models import Change, Guide, Host, Release, Signup, Speaker


class Part(NamedTuple):
    """What somebody has to know of a session to be there: all that a mail about changes compares."""

    title: tuple[str, str]
    starts: datetime
    ends: datetime
    room: int | None
    meeting: tuple[str, str]
    is_cancelled: bool
    bus: int | None = None


def part_of(document: Document | None, *, speaker: int | None = None, guide: bool = False) -> Part | None:
    """The session for its host, one of its speakers (the own talk's time) or its guide; None for who has no part."""
    if document is None:
        return None
    starts, ends = document.starts_at, document.ends_at
    if speaker is not None:
        if speaker not in document.speakers:
            return None
        own = [talk for talk in document.talks if speaker in talk.speakers and talk.after is not None and talk.minutes]
        if own and speaker not in document.moderators:
            starts = document.starts_at + timedelta(minutes=own[0].after or 0)
            ends = starts + timedelta(minutes=own[0].minutes or 0)
    return Part(
        title=(document.title_en, document.title_zh),
        starts=starts,
        ends=ends,
        room=document.room,
        meeting=(document.meeting_en, document.meeting_zh),
        is_cancelled=document.is_cancelled,
        bus=document.bus if guide else None,
    )


def visitors_part(document: Document | None) -> Part | None:
    """The session for who is signed up: another title alone is no news that a mail is worth."""
    part = part_of(document)
    return part._replace(title=("", "")) if part else None


def changed_for_visitors(before: Document | None, after: Document | None) -> bool:
    """Whether who is signed up has to know: when and where it is, and whether it takes place."""
    was, now = visitors_part(before), visitors_part(after)
    if was is None or was == now:
        return False
    return not (was.is_cancelled and (now is None or now.is_cancelled))


def part_for(person: Speaker | Host | Guide, document: Document | None) -> Part | None:
    """The session as it concerns this person; None where it does not."""
    return _part_as(str(person._meta.model_name), person.pk, document)


def _part_as(who: str, pk: int, document: Document | None) -> Part | None:
    """`who` is a speaker, a host or a guide."""
    match who:
        case "speaker":
            return part_of(document, speaker=pk)
        case "guide":
            return part_of(document, guide=True) if document and document.guide == pk else None
        case _:
            return part_of(document) if document and document.host == pk else None


def tell(release: Release, changes: Collection[Change], *, at: datetime) -> list[Mail]:
    """Queue a mail for everybody for whom something changed that is still to come; one to each address.

    The facts are keys alone: the words are put together when the mail is sent.
    """
    return mails.queue_many(_mails(release, concerned(changes, at=at), signed_up(changes, at=at)))


def concerned(changes: Iterable[Change], *, at: datetime) -> dict[str, set[int]]:
    """The keys of speakers, hosts and guides for whom something changes that is still to come."""
    found: dict[str, set[int]] = defaultdict(set)
    for change in changes:
        before, after = change.sides
        if all(side is None or side.ends_at <= at for side in (before, after)):
            continue
        for who, pk in {*_people(before), *_people(after)}:
            if _part_as(who, pk, before) != _part_as(who, pk, after):
                found[who].add(pk)
    return found


class Person(NamedTuple):
    """Whom a change concerns, as a `speaker`, `host` or `guide`; who has no e-mail is not told."""

    who: str
    pk: int
    name: str
    email: str
    language: str


def people(concerned: dict[str, set[int]]) -> list[Person]:
    """Those whom these changes concern, by name. Three queries."""
    return [
        *(
            Person("host", one.pk, one.name, one.contact_email, one.language)
            for one in Host.objects.filter(pk__in=concerned["host"])
        ),
        *(
            Person("speaker", one.pk, one.name, one.email, one.language)
            for one in Speaker.objects.filter(pk__in=concerned["speaker"])
        ),
        *(
            Person("guide", one.pk, one.name, one.email, one.language)
            for one in Guide.objects.filter(pk__in=concerned["guide"])
        ),
    ]


class Booked(NamedTuple):
    """Who signed up for something that changes, or comes along with a badge of the own."""

    pk: int
    email: str
    language: str


def signed_up(changes: Iterable[Change], *, at: datetime) -> list[Booked]:
    """Those whom these changes concern in what is still to come, and who can be written to. One query."""
    sessions = [
        change.session_id
        for change in changes
        if changed_for_visitors(*change.sides) and any(side is not None and side.ends_at > at for side in change.sides)
    ]
    if not sessions:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.id, r.email, r.language FROM visitors_registration r JOIN (
                SELECT registration_id AS id FROM programme_signup WHERE session_id = ANY(%s) AND state = ANY(%s)
                UNION SELECT registration_id FROM programme_participant WHERE session_id = ANY(%s) AND is_live
            ) AS booked USING (id)
            WHERE r.email <> '' ORDER BY r.id
            """,
            [sessions, list(Signup.LIVE), sessions],
        )
        return [Booked(*row) for row in cursor.fetchall()]


def _people(document: Document | None) -> set[tuple[str, int]]:
    if document is None:
        return set()
    people = {("speaker", pk) for pk in document.speakers}
    people |= {("host", document.host)} if document.host else set()
    return people | ({("guide", document.guide)} if document.guide else set())


def _mails(release: Release, concerned: dict[str, set[int]], booked: Iterable[Booked]) -> list[Mail]:
    """One to each address; what the facts of it name first says its language."""
    by_address: dict[str, tuple[str, dict[str, list[int]]]] = {}
    rows = [(f"{one.who}s", one.pk, one.email, one.language) for one in sorted(people(concerned))]
    rows += [("registrations", *one) for one in booked]
    for as_what, pk, email, language in rows:
        if email:
            _language, facts = by_address.setdefault(email.lower(), (language, {}))
            facts.setdefault(as_what, []).append(pk)
    return [
        Mail(
            kind="programme.changes",
            thing=f"release:{release.pk}",
            version="-".join(f"{as_what[0]}{pks[0]}" for as_what, pks in sorted(facts.items()))[:60],
            to=address,
            language=language,
            facts={"release": release.pk, **facts},
        )
        for address, (language, facts) in by_address.items()
    ]
