"""A spreadsheet is uploaded, looked at, and applied to the working plan: all of it or nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.acting import Actor, acting
from accounts.models import User
from accounts.refusals import Refusal, refusing
from accounts.troubles import trouble
from expo.models import Show
from programme import naming
from programme.actions.planning import KEPT_TO, TAKEN, clashes, looked_at_whole, pen
from programme.importing.deciding import decide
from programme.importing.fates import Fate, Outcome, Parts, What
from programme.importing.opening import Book, Problem, open_file
from programme.importing.standing import Standing
from programme.models import Appearance, Host, Import, Plan, Session, Speaker, Talk
from visitors.models import draw_handle

#: So many files of one person wait at most; an older one is forgotten for a newer.
WAITING = 5
#: So many clashes of each kind are told at once.
CLASHES = 50

CHANGED = Refusal(
    "changed", gettext_lazy("The plan was changed meanwhile. Look at what the file would do now, then apply it.")
)
APPLIED = Refusal("applied", gettext_lazy("This file is applied already."))
WRONG = Refusal("wrong", gettext_lazy("The file was not applied: put right what is listed, and upload it anew."))


class Undone(Exception):
    """Takes back what was tried."""


def keep(*, user: User, show: Show, name: str, data: bytes, at: datetime) -> Import:
    """Keep an uploaded file until it is applied, if it can be read at all.

    Raises Refusal: empty_file, too_large, wrong_type, password, broken, too_many_rows, no_sheet.
    """
    open_file(data)
    own = Import.objects.filter(user=user)
    own.exclude(pk__in=own.kept(at).order_by("-uploaded_at", "-pk").values("pk")[: WAITING - 1]).delete()
    return Import.objects.create(show=show, user=user, name=name, data=data, uploaded_at=at)


def preview(*, actor: Actor, upload: Import) -> Outcome:
    """What applying the file would do now: it is tried, and taken back."""
    return carry_out(actor, upload.show, open_file(bytes(upload.data)), why=upload.name, seen=None)


def apply(*, actor: Actor, upload: Import, seen: str, at: datetime) -> Outcome:
    """Do to the working plan what the preview of the seal `seen` said.

    Raises Refusal: applied, changed, wrong.
    """
    with acting(actor, "programme_imported", why=upload.name):
        row = Import.objects.select_for_update().filter(pk=upload.pk).first()
        if row is None or row.applied_at is not None:
            raise APPLIED
        outcome = carry_out(actor, row.show, open_file(bytes(row.data)), why=row.name, seen=seen)
        if outcome.seal != seen:
            raise CHANGED
        if outcome.problems:
            raise WRONG
        row.data, row.applied_at = b"", at
        row.new, row.changed = len(outcome.new), len(outcome.changed)
        row.save(update_fields=["data", "applied_at", "new", "changed"])
    return outcome


def forget(*, at: datetime) -> int:
    """Forget the files that were kept long enough: how many."""
    return Import.objects.over(at).delete()[0]


def carry_out(actor: Actor, show: Show, book: Book, *, why: str, seen: str | None) -> Outcome:
    """Write what the file says; it stays written if it is as it was `seen` and nothing is wrong with it."""
    outcome = Outcome()
    try:
        with acting(actor, "programme_imported", why=why), refusing(**TAKEN, **KEPT_TO):
            pen(show)
            list(Session.objects.filter(show=show).order_by("pk").select_for_update(no_key=True).values_list("pk"))
            outcome = decide(book, Standing(show))
            with looked_at_whole(show, Plan.WORKING):
                write(outcome, show)
                outcome.problems += clashes_of(outcome, book, show)
                check_stays(outcome, seen)
    except Undone:
        pass
    except Refusal as refusal:
        outcome.problems.append(Problem(refusal.code, refusal.sentence))
    except IntegrityError as error:
        broken = trouble(error)
        outcome.problems.append(Problem(broken.code, broken.sentence))
    return outcome


def check_stays(outcome: Outcome, seen: str | None) -> None:
    """Raises Undone."""
    if outcome.problems or outcome.seal != seen:
        raise Undone


def clashes_of(outcome: Outcome, book: Book, show: Show) -> list[Problem]:
    """Where the plan would have two sessions at one thing, with the row that brings it about.

    What a wrong row would move out of the way is no clash: it may be none when the row is put right.
    """
    page = book.pages.get("sessions") or book.pages.get("talks")
    if page is None:
        return []
    fates = {fate.row.pk: fate for fate in outcome.sessions}
    found = []
    for clash in clashes(show, Plan.WORKING, most=CLASHES):
        its = [fates[pk] for pk in (clash.session, clash.other) if pk in fates]
        if any(fate.is_wrong for fate in its):
            continue
        sentence = clash.refusal.sentence
        fate = fates.get(clash.session) or its[0] if its else None
        if len(its) == 2:
            sentence += " " + _("That is row %(row)s.") % {"row": fates[clash.other].number}
        column = page.columns.get(clash.what, "")
        found.append(Problem(clash.refusal.code, sentence, page.title, fate.number if fate else None, column))
    return found


# Writing


def write(outcome: Outcome, show: Show) -> None:
    write_hosts([fate for fate in outcome.hosts if not fate.is_wrong], show)
    write_speakers([fate for fate in outcome.speakers if not fate.is_wrong], show)
    sessions = [fate for fate in outcome.sessions if not fate.is_wrong]
    write_sessions(sessions, show)
    write_parts([fate for fate in sessions if fate.parts is not None])


def write_hosts(fates: Collection[Fate[Host]], show: Show) -> None:
    new = [fate.row for fate in fates if fate.what == What.NEW]
    for host in new:
        host.show = show
    Host.objects.bulk_create(new)
    for fate in fates:
        if fate.what == What.CHANGED:
            fate.row.save(update_fields=fate.fields)


def write_speakers(fates: Collection[Fate[Speaker]], show: Show) -> None:
    taken = set(Speaker.objects.filter(show=show).values_list("slug", flat=True))
    new = [fate.row for fate in fates if fate.what == What.NEW]
    for speaker in new:
        speaker.show, speaker.handle = show, draw_handle()
        follow_names(speaker)
        speaker.slug = own_slug(naming.slug_of(name_en=speaker.name_en, name_zh=speaker.name_zh), taken)
    Speaker.objects.bulk_create(new)
    for fate in fates:
        if fate.what == What.CHANGED:
            fate.row.save(update_fields=[*fate.fields, *follow_names(fate.row)])


def follow_names(speaker: Speaker) -> list[str]:
    """Set what follows from the names but for the address, which stays; the names of those fields."""
    derived = naming.derived(name_en=speaker.name_en, name_zh=speaker.name_zh)
    del derived["slug"]
    for name, value in derived.items():
        setattr(speaker, name, value)
    return list(derived)


def own_slug(slug: str, taken: set[str]) -> str:
    if slug in taken:
        slug = naming.another_slug(slug)
    taken.add(slug)
    return slug


def write_sessions(fates: Collection[Fate[Session]], show: Show) -> None:
    taken = set(Session.objects.filter(show=show).values_list("slug", flat=True))
    new = [fate.row for fate in fates if fate.what == What.NEW]
    for session in new:
        session.slug = own_slug(naming.session_slug(title_en=session.title_en, title_zh=session.title_zh), taken)
    Session.objects.bulk_create(new)
    for fate in fates:
        if fate.what == What.CHANGED:
            fate.row.step += 1
            fate.row.save(update_fields=[*fate.fields, "step"])


def write_parts(fates: Collection[Fate[Session]]) -> None:
    """The talks first, then who appears, then the end of talks that nobody is at any more."""
    parts: list[tuple[Session, Parts]] = [(fate.row, fate.parts) for fate in fates if fate.parts is not None]
    for session, its in parts:
        for position, part in enumerate(its.talks):
            part.talk.session, part.talk.position = session, position
    talks = [part.talk for _session, its in parts for part in its.talks]
    fields = ["position", "title_en", "title_zh", "about_en", "about_zh", "after", "minutes"]
    Talk.objects.bulk_update([talk for talk in talks if talk.pk is not None], fields, batch_size=200)
    Talk.objects.bulk_create([talk for talk in talks if talk.pk is None])
    write_appearances(parts)
    Talk.objects.filter(pk__in=[talk.pk for _session, its in parts for talk in its.gone]).delete()


def write_appearances(parts: Collection[tuple[Session, Parts]]) -> None:
    known: dict[tuple[int, int], Appearance] = {
        (row.session_id, row.speaker_id): row
        for row in Appearance.objects.filter(session__in=[session for session, _parts in parts])
    }
    fresh, moved = [], []
    for session, its in parts:
        for position, (speaker, talk, moderates) in enumerate(appearing(its)):
            row = known.pop((session.pk, speaker.pk), None)
            if row is None:
                row = Appearance(session=session, speaker=speaker)
                fresh.append(row)
            elif (row.talk_id, row.moderates, row.position) != (talk and talk.pk, moderates, position):
                moved.append(row)
            row.talk, row.moderates, row.position = talk, moderates, position
    Appearance.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    Appearance.objects.bulk_update(moved, ["talk", "moderates", "position"], batch_size=200)
    Appearance.objects.bulk_create(fresh)


def appearing(parts: Parts) -> list[tuple[Speaker, Talk | None, bool]]:
    """Who appears, in order: who moderates, who gives the talks, who takes part besides."""
    return [
        *((speaker, None, True) for speaker in parts.moderators),
        *(
            (speaker, part.talk, any(speaker is one for one in part.moderating))
            for part in parts.talks
            for speaker in part.speakers
        ),
        *((speaker, None, False) for speaker in parts.panel),
    ]
