"""What a file would make of the plan: each row new, changed (and what of it) or unchanged. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django_countries import countries

from accounts.history import in_words
from accounts.refusals import Refusal
from expo import formats
from programme import rules
from programme.actions.planning import KEPT_TO
from programme.documents import WINDOW
from programme.importing import parts, values
from programme.importing.fates import Changed, Fate, Outcome, What
from programme.importing.names import Known
from programme.importing.opening import Book, Line, Page
from programme.importing.rows import Row, host_row, session_row, speaker_row
from programme.importing.standing import Standing
from programme.models import Host, Kind, Session, Speaker
from programme.models.sessions import code_validator
from programme.naming import normal

_MESSAGES = {one.name: getattr(one, "violation_error_message", "") for one in Session._meta.constraints}
#: Things that a session refers to.
THINGS = ("room", "host", "series", "area", "enterprise", "guide", "bus")
MOMENTS = ("starts_at", *WINDOW)


def decide(book: Book, standing: Standing) -> Outcome:
    outcome = Outcome(notes=list(book.notes), problems=list(book.problems))
    hosts = standing.hosts
    if (page := book.pages.get("hosts")) is not None:
        decide_hosts(page, hosts, outcome)
        hosts = hosts.with_new(fate.row for fate in outcome.hosts if fate.what == What.NEW)
    speakers = standing.speakers
    if (page := book.pages.get("speakers")) is not None:
        decide_speakers(page, speakers, outcome)
        speakers = speakers.with_new(fate.row for fate in outcome.speakers if fate.what == What.NEW)
    if (page := book.pages.get("sessions")) is not None:
        decide_sessions(page, book, standing, hosts, outcome)
    if (page := book.pages.get("talks")) is not None:
        parts.decide_talks(page, book, standing, speakers, outcome)
    named = {fate.row.code for fate in outcome.sessions}
    if "sessions" in book.pages:
        outcome.missing = [session for code, session in standing.sessions.items() if code not in named]
    outcome.close()
    return outcome


# Hosts and speakers


def decide_hosts(page: Page, known: Known[Host], outcome: Outcome) -> None:
    seen: dict[int, Line] = {}
    for line in page.lines:
        row = Row(page, line, outcome.problems)
        host_row(row)
        if row.is_wrong:
            continue
        en, zh = row.given.get("name_en", ""), row.given.get("name_zh", "")
        row.given |= {"name_en": en or zh, "name_zh": zh or en}
        found = [one for one in known.rows if normal(one.name_en) == normal(en or zh)]
        if not found and not en:
            found = known.called(zh)
        host = found[0] if found else Host(show=None)
        key = host.pk or hash(normal(en or zh))
        if key in seen:
            told = _("This host stands in row %(row)s already.") % {"row": seen[key].number}
            row.refuse(Refusal("twice", told), "name_en")
            continue
        seen[key] = line
        if found and not en:
            row.given.pop("name_en")
        if found and not zh:
            row.given.pop("name_zh")
        outcome.hosts.append(fate_of(row, host, is_new=not found))


def decide_speakers(page: Page, known: Known[Speaker], outcome: Outcome) -> None:
    rows: list[Row] = []
    for line in page.lines:
        row = Row(page, line, outcome.problems)
        speaker_row(row)
        if not row.is_wrong:
            rows.append(row)
    meant, taken = whom_they_mean(rows, known)
    fresh: dict[tuple[str, str, str], Line] = {}
    for row in rows:
        if row.is_wrong:
            continue
        speaker = meant.get(row.line.number)
        if speaker is None and (other := namesake(row, known, taken, fresh)) is not None:
            row.refuse(other, "name_en" if row.has("name_en") else "name_zh")
            continue
        fate = fate_of(row, speaker or Speaker(), is_new=speaker is None)
        if fate.row.name_en or fate.row.name_zh:
            outcome.speakers.append(fate)
        else:
            row.refuse(Refusal("no_name", _("Give the speaker's name in Chinese, in English or in both.")), "name_en")


def whom_they_mean(rows: Iterable[Row], known: Known[Speaker]) -> tuple[dict[int, Speaker], dict[int, Row]]:
    """The speaker of each row that means one of the plan, and the row of each such speaker.

    First those with a key, then those whom the names and the e-mail tell, then those whom the names alone tell.
    """
    by_key = {speaker.slug: speaker for speaker in known.rows}
    meant: dict[int, Speaker] = {}
    taken: dict[int, Row] = {}
    for choose in (
        lambda row: of_key(row, by_key),
        lambda row: of_names(row, known, by_email=True),
        lambda row: of_names(row, known, by_email=False),
    ):
        for row in rows:
            if row.line.number in meant or row.is_wrong:
                continue
            free = [speaker for speaker in choose(row) if speaker.pk not in taken]
            if len(free) == 1:
                meant[row.line.number] = free[0]
                taken[free[0].pk] = row
    return meant, taken


def of_key(row: Row, by_key: Mapping[str, Speaker]) -> list[Speaker]:
    said = values.as_line(row.cell("key"))
    if not said:
        return []
    if said not in by_key:
        told = _("No speaker has the key “%(said)s”. Leave it empty for a new one.") % {"said": values.quoted(said)}
        row.refuse(Refusal("no_speaker", told), "key")
        return []
    return [by_key[said]]


def of_names(row: Row, known: Known[Speaker], *, by_email: bool) -> list[Speaker]:
    """Those whose names are the row's, as far as both say them."""
    en, zh = row.given.get("name_en", ""), row.given.get("name_zh", "")
    email = row.given.get("email", "").casefold()
    found = {speaker.pk: speaker for name in (en, zh) if name for speaker in known.called(name)}
    same = [speaker for speaker in found.values() if is_called(speaker, en, zh)]
    return [speaker for speaker in same if email and speaker.email.casefold() == email] if by_email else same


def is_called(speaker: Speaker, en: str, zh: str) -> bool:
    pairs = [(en, speaker.name_en), (zh, speaker.name_zh)]
    both = [(normal(one), normal(other)) for one, other in pairs if one and other]
    return bool(both) and all(one == other for one, other in both)


def namesake(
    row: Row, known: Known[Speaker], taken: Mapping[int, Row], fresh: dict[tuple[str, str, str], Line]
) -> Refusal | None:
    """Why the row cannot be a new speaker: several are meant, or it stands in the file already."""
    en, zh = normal(row.given.get("name_en", "")), normal(row.given.get("name_zh", ""))
    email = row.given.get("email", "").casefold()
    same = of_names(row, known, by_email=False)
    if [one for one in same if one.pk not in taken]:
        return Refusal("ambiguous", _("Several speakers have this name. Write the key of the one whom you mean."))
    for speaker in same:
        if not email or email == taken[speaker.pk].given.get("email", speaker.email).casefold():
            told = _("This speaker stands in row %(row)s already.") % {"row": taken[speaker.pk].line.number}
            return Refusal("twice", told)
    if (en, zh, email) in fresh:
        told = _("This speaker stands in row %(row)s already.") % {"row": fresh[en, zh, email].number}
        return Refusal("twice", told)
    fresh[en, zh, email] = row.line
    return None


# Sessions


def decide_sessions(page: Page, book: Book, standing: Standing, hosts: Known[Host], outcome: Outcome) -> None:
    seen: dict[str, Line] = {}
    folded = {code.casefold(): code for code in standing.sessions}
    for line in page.lines:
        row = Row(page, line, outcome.problems)
        code = values.as_line(row.cell("code"))
        if (refusal := code_refused(code, seen, folded)) is not None:
            row.refuse(refusal, "code")
            if code not in seen:
                continue
        known = standing.sessions.get(code)
        session_row(row, book, standing, hosts, known)
        # Of a row that is too much, all that is wrong is said; it counts for nothing.
        if code in seen:
            continue
        seen[code] = line
        fate = fate_of(row, known or Session(show=standing.show, code=code), is_new=known is None)
        if not row.is_wrong:
            check(row, fate, standing)
        fate.is_wrong = row.is_wrong
        outcome.sessions.append(fate)


def code_refused(code: str, seen: Mapping[str, Line], folded: Mapping[str, str]) -> Refusal | None:
    if not code:
        return Refusal("no_code", _("The code is missing."))
    if code in seen:
        return Refusal("twice", _("This code stands in row %(row)s already.") % {"row": seen[code].number})
    if len(code) > 20:
        return Refusal("too_long", _("A code has 20 characters at most."))
    try:
        code_validator(code)
    except ValidationError as error:
        return Refusal("code", error.messages[0])
    other = folded.get(code.casefold(), code)
    if other != code:
        told = _("The plan has a session %(code)s. Write its code as there, or choose another one.")
        return Refusal("like_another", told % {"code": other})
    return None


def fate_of[M: (Session, Speaker, Host)](row: Row, thing: M, *, is_new: bool) -> Fate[M]:
    """Give the thing what the row gives; say what of it changes."""
    fate = Fate(thing, What.NEW if is_new else What.UNCHANGED, row.line, is_wrong=row.is_wrong)
    if row.is_wrong:
        return fate
    for name, value in row.given.items():
        if name == "order":
            continue
        kept = thing._meta.get_field(name)
        before = getattr(thing, name)
        new = kept.get_default() if value is None and not kept.null else value
        setattr(thing, name, new)
        if is_new or is_same(before, new):
            continue
        fate.what = What.CHANGED
        fate.fields.append(name)
        heading = row.page.columns.get(name) or capfirst(str(kept.verbose_name))
        fate.changes.append(Changed(heading, said(thing, name, before), said(thing, name, new)))
    return fate


def is_same(before: Any, after: Any) -> bool:
    if isinstance(before, str) and isinstance(after, str):
        return values.as_text(before) == after or values.as_line(before) == after
    return bool(before == after)


def said(thing: Session | Speaker | Host, name: str, value: Any) -> str:
    """A field's value as people read it."""
    if name in MOMENTS and value is not None:
        return formats.moment_short(value.astimezone(thing.show.zone))
    if name in THINGS:
        return "" if value is None else str(value)
    if name == "country":
        return str(countries.name(str(value)))
    kept: Any = thing._meta.get_field(name)
    return in_words(kept, value)


def check(row: Row, fate: Fate[Session], standing: Standing) -> None:
    """What the plan refuses of one session alone, as the database does."""
    session = fate.row
    if session.is_cancelled and row.has("cancelled") and row.line.said("cancelled"):
        row.value("cancelled", values.yes_or_no)
    elif row.has("cancelled") and row.value("cancelled", values.yes_or_no) != session.is_cancelled and not row.is_wrong:
        row.refuse(Refusal("cancelled", _("Sessions are cancelled and restored on the desk.")), "cancelled")
    if fate.what == What.UNCHANGED:
        return
    if session.is_cancelled:
        row.refuse(Refusal("cancelled", _("The session is cancelled. Restore it first.")), "code")
    for column, refusal in refusals_of(row, session, standing):
        row.refuse(refusal, column)


def refusals_of(row: Row, session: Session, standing: Standing) -> Iterable[tuple[str, Refusal]]:
    """Each with the column beside which it is said."""
    if not row.given.get("kind") and (row.has("kind") or session.pk is None):
        yield "kind", Refusal("no_kind", _("The kind is missing."))
    if not (session.title_en or session.title_zh):
        yield "title_en", Refusal("no_title", _MESSAGES["session_has_a_title"])
    if (session.kind == Kind.TOUR) != (session.enterprise is not None):
        yield "enterprise", Refusal("no_enterprise", _MESSAGES["tours_lead_to_enterprises"])
    if session.kind != Kind.TOUR:
        for name in ("guide", "bus", "travel_minutes"):
            if getattr(session, name) is not None:
                yield name, Refusal("no_tour", _MESSAGES["only_tours_travel"])
    elif session.room is not None:
        yield "room", rules.NO_ROOM
    if session.places < session.reserve_guests + session.reserve_walk_ins:
        yield "reserve_guests", Refusal("reserve", _MESSAGES["session_keeps_what_it_has"])
    if session.asks_id and not (session.id_why_en or session.id_why_zh):
        yield "id_why_en", Refusal("no_id_reason", _MESSAGES["an_id_is_asked_for_a_reason"])
    yield from refusals_of_window(session)
    yield from refusals_of_place(session, standing)


def refusals_of_window(session: Session) -> Iterable[tuple[str, Refusal]]:
    opens, closes = session.signup_opens_at, session.signup_closes_at
    if opens is not None and closes is not None and closes <= opens:
        yield "signup_closes_at", Refusal("closes_before_it_opens", _MESSAGES["signing_up_opens_before_it_closes"])


def refusals_of_place(session: Session, standing: Standing) -> Iterable[tuple[str, Refusal]]:
    starts, ends = session.starts_at, session.ends_at
    if starts and ends and not session.outside_hours_why and not standing.is_within_hours(starts, ends):
        yield "start", KEPT_TO["session_within_hours"]
    if session.over_seats_why:
        return
    if session.room is not None and session.places > session.room.seats:
        yield "seats", KEPT_TO["session_fits_its_room"]
    if session.bus is not None and session.places > session.bus.seats:
        yield "seats", KEPT_TO["session_fits_its_bus"]
