"""The talks of sessions, as their rows say them: a session that has rows has these talks and no others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from programme.importing import values
from programme.importing.fates import Changed, Fate, Outcome, Part, Parts, What
from programme.importing.names import Known
from programme.importing.opening import Book, Page
from programme.importing.rows import Misplaced, Row, named, talk_row, talk_times
from programme.importing.standing import Standing
from programme.models import Session, Speaker, Talk

TEXTS = ("title_en", "title_zh", "about_en", "about_zh")


def decide_talks(page: Page, book: Book, standing: Standing, speakers: Known[Speaker], outcome: Outcome) -> None:
    fates = {fate.row.code: fate for fate in outcome.sessions}
    rows: dict[str, list[Row]] = {}
    for line in page.lines:
        row = Row(page, line, outcome.problems)
        code = values.as_line(row.cell("code"))
        if not code:
            row.refuse(Refusal("no_code", _("The code of the session is missing.")), "code")
        elif code not in fates and code not in standing.sessions:
            told = _("There is no session %(code)s, neither in the file nor in the plan.") % {
                "code": values.quoted(code)
            }
            row.refuse(Refusal("no_session", told + values.nearest(code, [*fates, *standing.sessions])), "code")
        else:
            rows.setdefault(code, []).append(row)
    for code, its_rows in rows.items():
        fate = fates.get(code)
        if fate is None:
            fate = Fate(standing.sessions[code], What.UNCHANGED, its_rows[0].line)
            outcome.sessions.append(fate)
        decide_parts(fate, its_rows, book, standing, speakers)


def decide_parts(
    fate: Fate[Session], rows: list[Row], book: Book, standing: Standing, speakers: Known[Speaker]
) -> None:
    session = fate.row
    before = parts_now(session, standing)
    here: dict[int, Row] = {}
    found = Parts()
    given: list[tuple[Row, list[Speaker], list[Speaker]]] = []
    for row in rows:
        talk_row(row)
        people = row.value("speakers", lambda cell: people_in(cell, speakers)) or []
        moderating = moderators_in(row, people, speakers)
        if not fate.is_wrong:
            try:
                after, minutes = talk_times(row, book, standing, session)
                row.given |= {"after": after, "minutes": minutes}
            except Misplaced as misplaced:
                row.refuse(misplaced.refusal, misplaced.column)
        check_once(row, [*people, *(one for one in moderating if one not in people)], here)
        check_says(row, people, moderating)
        given.append((row, people, moderating))
    if any(row.is_wrong for row in rows):
        fate.is_wrong = True
    if fate.is_wrong:
        return
    given.sort(key=lambda one: in_order(one[0]))
    talks = list(session.talks.all()) if session.pk else []
    talks.sort(key=lambda talk: (talk.position, talk.pk))
    with_title = [row for row, _people, _moderating in given if has_title(row)]
    meant = matched(with_title, talks)
    for row, people, moderating in given:
        if not has_title(row):
            found.moderators += moderating
            found.panel += [one for one in people if one not in moderating]
            continue
        found.talks.append(
            Part(talk_of(row, meant.get(id(row)), session), people, [one for one in moderating if one in people])
        )
        found.moderators += [one for one in moderating if one not in people]
    kept = {id(talk) for talk in meant.values()}
    found.gone = [talk for talk in talks if id(talk) not in kept]
    compare(fate, before, found, standing, rows[0].page)


def in_order(row: Row) -> int:
    """By the number where there is one; the others come behind, as they stand."""
    order = row.given.get("order")
    return 10_000 if order is None else order


def has_title(row: Row) -> bool:
    return bool(row.given.get("title_en") or row.given.get("title_zh"))


def people_in(cell: Any, speakers: Known[Speaker]) -> list[Speaker]:
    """Raises Refusal: no_speaker, ambiguous, twice."""
    found: list[Speaker] = []
    for name in named(cell):
        speaker = speakers.find(
            name,
            code="no_speaker",
            unknown=_("There is no speaker “%(said)s”. New ones go on the sheet of the speakers."),
        )
        if speaker is None:
            continue
        if speaker in found or any(one is speaker for one in found):
            raise Refusal("twice", _("“%(name)s” stands here twice.") % {"name": values.quoted(name)})
        found.append(speaker)
    return found


def moderators_in(row: Row, people: list[Speaker], speakers: Known[Speaker]) -> list[Speaker]:
    """A yes means all of the row; names mean whom they name."""
    try:
        return list(people) if values.yes_or_no(row.cell("moderates")) else []
    except Refusal:
        return row.value("moderates", lambda cell: people_in(cell, speakers)) or []


def check_once(row: Row, people: Sequence[Speaker], here: dict[int, Row]) -> None:
    for speaker in people:
        other = here.setdefault(id(speaker), row)
        if other is not row:
            told = _("%(speaker)s is in this session already, in row %(row)s; once is enough.")
            row.refuse(Refusal("speaks_already", told % {"speaker": speaker, "row": other.line.number}), "speakers")


def check_says(row: Row, people: Sequence[Speaker], moderating: Sequence[Speaker]) -> None:
    if row.is_wrong or has_title(row):
        return
    if row.given.get("after") is not None or row.given.get("about_en") or row.given.get("about_zh"):
        row.refuse(Refusal("no_title", _("A talk has a title in Chinese, in English or in both.")), "title_en")
    elif not people and not moderating:
        row.refuse(Refusal("no_talk", _("The row names neither a talk nor a speaker.")), "speakers")


def matched(rows: Sequence[Row], talks: Sequence[Talk]) -> dict[int, Talk]:
    """Which talk of the plan each row means: the one of its titles, then those left in their order."""
    left = list(talks)
    found: dict[int, Talk] = {}
    for row in rows:
        titles = {name: row.given[name] for name in ("title_en", "title_zh") if name in row.given}
        same = next((talk for talk in left if all(getattr(talk, name) == told for name, told in titles.items())), None)
        if same is not None:
            found[id(row)] = same
            left = [talk for talk in left if talk is not same]
    rest = [row for row in rows if id(row) not in found]
    return found | {id(row): talk for row, talk in zip(rest, left, strict=False)}


def talk_of(row: Row, known: Talk | None, session: Session) -> Talk:
    talk = known or Talk(session=session)
    for name in TEXTS:
        if name in row.given:
            setattr(talk, name, row.given[name])
    talk.after, talk.minutes = row.given["after"], row.given["minutes"]
    return talk


def parts_now(session: Session, standing: Standing) -> list[str]:
    """What the session consists of in the plan, line by line."""
    if session.pk is None:
        return []
    appearances = sorted(session.appearances.all(), key=lambda one: (one.position, one.pk))
    by_pk = standing.speakers.by_pk
    parts = Parts()
    for talk in sorted(session.talks.all(), key=lambda one: (one.position, one.pk)):
        its = [one for one in appearances if one.talk_id == talk.pk]
        parts.talks.append(
            Part(talk, [by_pk[one.speaker_id] for one in its], [by_pk[one.speaker_id] for one in its if one.moderates])
        )
    besides = [one for one in appearances if one.talk_id is None]
    parts.moderators = [by_pk[one.speaker_id] for one in besides if one.moderates]
    parts.panel = [by_pk[one.speaker_id] for one in besides if not one.moderates]
    return told(parts)


def told(parts: Parts) -> list[str]:
    """Each talk, then who moderates and who takes part, a line each; two that read alike are alike."""
    lines = [told_of(part) for part in parts.talks]
    lines += [_("%(speaker)s moderates") % {"speaker": called(one)} for one in parts.moderators]
    lines += [_("%(speaker)s takes part") % {"speaker": called(one)} for one in parts.panel]
    return lines


def told_of(part: Part) -> str:
    talk = part.talk
    minutes = ""
    if talk.after is not None and talk.minutes is not None:
        minutes = f"+{talk.after}–{talk.after + talk.minutes} min · "
    titles = " / ".join(filter(None, (talk.title_en, talk.title_zh)))
    people = ", ".join(
        f"{called(one)} ({_('moderates')})" if any(one is other for other in part.moderating) else called(one)
        for one in part.speakers
    )
    abouts = "".join(f" · {values.as_text(about)}" for about in (talk.about_en, talk.about_zh) if about)
    return f"{minutes}{titles}{f' · {people}' if people else ''}{abouts}"


def called(speaker: Speaker) -> str:
    return f"{speaker} [{speaker.slug}]" if speaker.slug else str(speaker)


def compare(fate: Fate[Session], before: list[str], found: Parts, standing: Standing, page: Page) -> None:
    after = told(found)
    if before == after:
        return
    fate.parts = found
    if fate.what == What.NEW:
        return
    if fate.row.is_cancelled:
        fate.is_wrong = True
    fate.what = What.CHANGED
    gone = [line for line in before if line not in after]
    came = [line for line in after if line not in before]
    if not gone and not came:
        gone, came = before, after
    fate.changes.append(Changed(page.title, "\n".join(gone), "\n".join(came)))
