"""What staff say of a session, a series or an enterprise by its form on the desk."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from programme import rules
from programme.actions import pictures
from programme.actions.planning import CHANGED, name, pen, planning
from programme.models import Appearance, Bus, Enterprise, Guide, Host, Series, Session, Speaker, Talk
from programme.pictures import Drawn

OF_ONE_SHOW = ("series", "enterprise", "host", "area", "room", "guide", "bus")
SAVED = {
    "one_session_a_code": Refusal("code_taken", _("Another session has this code."), field="code"),
    "tours_lead_to_enterprises": Refusal(
        "no_enterprise", _("A tour leads to an open enterprise, and nothing else does."), field="enterprise"
    ),
}


@dataclass(frozen=True, slots=True)
class LineUp:
    """Who appears at a session, each in order: moderators, talks with who gives them, who takes part without one.

    Somebody stands in it once, but that who moderates may give a talk as well.
    """

    moderators: Sequence[Speaker] = ()
    talks: Sequence[tuple[Talk, Sequence[Speaker]]] = ()
    panel: Sequence[Speaker] = ()

    def twice(self) -> Speaker | None:
        """Somebody who stands in it twice."""
        for group in (self.moderators, [*self._speaking(), *self.panel]):
            seen: set[int] = set()
            for speaker in group:
                if speaker.pk in seen:
                    return speaker
                seen.add(speaker.pk)
        on_panel = {speaker.pk for speaker in self.panel}
        return next((speaker for speaker in self.moderators if speaker.pk in on_panel), None)

    def appearances(self) -> dict[int, tuple[Talk | None, bool]]:
        """By speaker, in order: the talk, and whether they moderate."""
        moderators = {speaker.pk for speaker in self.moderators}
        talks = {speaker.pk: talk for talk, speakers in self.talks for speaker in speakers}
        order = dict.fromkeys(one.pk for one in (*self.moderators, *self._speaking(), *self.panel))
        return {pk: (talks.get(pk), pk in moderators) for pk in order}

    def _speaking(self) -> Iterator[Speaker]:
        return (speaker for _talk, speakers in self.talks for speaker in speakers)


def save_session(*, actor: Actor, session: Session, line_up: LineUp) -> Session:
    """Store a session with all of its talks and speakers as one, in the plan; `session.step` is the one that was read.

    Raises Refusal: changed, too_short, too_long, other_kind, other_show, no_room, no_enterprise, code_taken,
    half_a_time, talk_outside, speaks_twice, room_taken, speaker_taken, guide_taken, bus_taken, outside_hours,
    over_seats.
    """
    check_session(session)
    for talk, _speakers in line_up.talks:
        rules.check_talk(after=talk.after, minutes=talk.minutes, length=session.minutes)
    if twice := line_up.twice():
        raise Refusal("speaks_twice", speaks_twice(twice))
    with planning(actor, "session_saved", session.show), refusing(**SAVED):
        if session.pk is None:
            name(session)
        elif Session.objects.locked(session.pk).step != session.step:
            raise CHANGED
        else:
            session.step += 1
        session.save()
        _save_talks(session, line_up)
        _save_appearances(session, line_up)
    return session


def speaks_twice(speaker: Speaker) -> str:
    told = _("%(speaker)s stands in this session twice. Somebody speaks in it once, and may moderate it as well.")
    return told % {"speaker": speaker}


def check_session(session: Session) -> None:
    """Raises Refusal: too_short, too_long, other_kind, other_show, no_room."""
    rules.check_length(session.minutes, field="ends")
    for column in OF_ONE_SHOW:
        row = getattr(session, column)
        if row is not None and row.show_id != session.show_id:
            raise Refusal("other_show", _("This belongs to another show."), field=column)
    if session.series is not None:
        rules.check_kind(kind=session.kind, of_series=session.series.kind)
    if session.room_id is not None and session.enterprise_id is not None:
        raise rules.NO_ROOM


def _save_talks(session: Session, line_up: LineUp) -> None:
    """In the order of their times; those without one come after, in the order in which they stand."""
    talks = [talk for talk, _speakers in line_up.talks]
    session.talks.exclude(pk__in=[talk.pk for talk in talks if talk.pk]).delete()
    talks.sort(key=lambda talk: (talk.after is None, talk.after or 0))
    for position, talk in enumerate(talks):
        talk.session, talk.position = session, position
        talk.save()


def _save_appearances(session: Session, line_up: LineUp) -> None:
    wanted = line_up.appearances()
    there = {row.speaker_id: row for row in session.appearances.all()}
    session.appearances.exclude(speaker__in=wanted).delete()
    for position, (speaker, (talk, moderates)) in enumerate(wanted.items()):
        row = there.get(speaker) or Appearance(session=session, speaker_id=speaker)
        told = (row.pk, row.talk_id, row.moderates, row.position)
        row.talk, row.moderates, row.position = talk, moderates, position
        if told != (row.pk, row.talk_id, row.moderates, row.position) or row.pk is None:
            row.save()


def save_talk(*, actor: Actor, talk: Talk) -> Talk:
    """Store what a talk is called and about; its session has changed with it."""
    with planning(actor, "talk_saved", talk.session.show):
        session = Session.objects.locked(talk.session_id)
        session.step += 1
        session.save(update_fields=["step"])
        talk.save(update_fields=["title_zh", "title_en", "about_zh", "about_en"])
    return talk


def save_series(*, actor: Actor, series: Series) -> Series:
    """Store a series. Raises Refusal: other_kind, where it has sessions of another kind than it is about to be."""
    with acting(actor, "series_saved"):
        pen(series.show)
        if series.pk is not None and series.sessions.exclude(kind=series.kind).exists():
            raise Refusal(
                "other_kind", _("The series has sessions of another kind. Take them out of it first."), field="kind"
            )
        series.save()
    return series


def save_enterprise(
    *, actor: Actor, enterprise: Enterprise, picture: Drawn | None = None, drops_picture: bool = False
) -> Enterprise:
    """Store an open enterprise; a picture of None stays unless it is dropped."""
    with acting(actor, "enterprise_saved"):
        if picture is not None:
            enterprise.picture = pictures.keep(picture)
        elif drops_picture:
            enterprise.picture = None
        enterprise.save()
        if picture is not None or drops_picture:
            pictures.drop_unused()
    return enterprise


def save_other[M: (Host, Guide, Bus)](*, actor: Actor, row: M) -> M:
    """Store a host, a guide or a bus."""
    with acting(actor, f"{row._meta.model_name}_saved"):
        pen(row.show)
        row.save()
    return row


def chosen(speakers: Collection[Speaker], before: Sequence[int]) -> list[Speaker]:
    """The speakers in the order that they had before, who is new at the end."""
    return sorted(speakers, key=lambda one: before.index(one.pk) if one.pk in before else len(before))
