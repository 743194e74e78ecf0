"""From the working plan to what the public sees: what is pending, the publishing of it, and taking it back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Model
from django.utils.translation import gettext_lazy as _
from psycopg.types.range import TimestamptzRange

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from expo.models import Area, Room, Show
from programme import naming
from programme.actions import telling
from programme.actions.planning import TAKEN, looked_at_whole, pen
from programme.actions.signing.following import follow
from programme.documents import Difference, Document, differences
from programme.models import (
    Bus,
    Change,
    Engagement,
    Enterprise,
    Guide,
    Host,
    Plan,
    Published,
    Release,
    Series,
    Session,
    Speaker,
)
from programme.whole import whole

# What was announced of a session first, as `Published.moved_from` keeps it.
ANNOUNCED = ("starts_at", "minutes", "room", "meeting_en", "meeting_zh")

# What a document names by its key; they can be deleted once neither the plan nor the public names them.
NAMED: dict[str, type[Model]] = {
    "series": Series,
    "enterprise": Enterprise,
    "host": Host,
    "area": Area,
    "room": Room,
    "guide": Guide,
    "bus": Bus,
}


@dataclass(frozen=True, slots=True)
class Pending:
    """A session whose plan differs from what is public of it.

    `after` is None where it is public but has no time in the plan any more, which cannot be published.
    """

    session: Session
    before: Document | None
    after: Document | None
    what: tuple[Difference, ...]

    @property
    def is_lost(self) -> bool:
        return self.after is None


def pending(show: Show, public: Mapping[int, Document] | None = None) -> list[Pending]:
    """What publishing would change, in the order of time; a session that is not placed yet and not public is no part.

    Four queries, however many sessions there are; three where what is `public` is known already.
    """
    if public is None:
        public = {row.pk: row.told for row in Published.objects.filter(show=show)}
    plan = Session.objects.filter(show=show)
    found = []
    for row in whole(list(plan.order_by("starts_at", "code")), plan):
        session = row.session
        before = public.get(session.pk)
        after = Document.made(*row) if session.starts_at else None
        # What was cancelled before anybody knew of it is nobody's news.
        if before is None and (after is None or after.is_cancelled):
            continue
        if what := differences(before, after):
            found.append(Pending(session, before, after, tuple(what)))
    return found


def seal(changes: Iterable[Pending]) -> str:
    """Marks a summary, so that what is published is what was shown."""
    told = [[one.session.pk, one.after.to_json() if one.after else None] for one in changes]
    return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16).hexdigest()


def publish(
    *, actor: Actor, show: Show, sessions: Collection[int] | None, seen: str | None, at: datetime, note: str = ""
) -> Release:
    """Make the plan of these sessions public (None: of all that changed), as one version; tell whom it concerns.

    `seen` is the seal of all that was pending when it was shown.
    Raises Refusal: nothing_to_publish, changed, not_placed, room_taken, speaker_taken, guide_taken, bus_taken (one of
    those chosen would meet one that is public and was not chosen), people_in.
    """
    with acting(actor, "programme_published", why=note), refusing(**TAKEN):
        pen(show)
        found = pending(show)
        if seen is not None and seen != seal(found):
            raise Refusal(
                "changed", _("The plan was changed meanwhile. Look at the summary as it is now, then publish.")
            )
        chosen = [one for one in found if sessions is None or one.session.pk in sessions]
        if not chosen:
            raise Refusal("nothing_to_publish", _("There is nothing to publish: the public sees all that is planned."))
        if lost := [one for one in chosen if one.is_lost]:
            raise Refusal(
                "not_placed",
                _("“%(title)s” is public but has no time any more. Place it, or cancel it, so that people are told.")
                % {"title": lost[0].session.title},
            )
        return release(actor, show, [(one.session, one.before, one.after) for one in chosen], at=at, note=note)


def undo(*, actor: Actor, show: Show, number: int, at: datetime) -> Release:
    """Take the last release back, which was `number`: the public sees again what it saw before; the plan stays.

    Raises Refusal: nothing_to_undo, changed (there is a newer one), gone (something of it was deleted since),
    room_taken, speaker_taken, guide_taken, bus_taken, people_in.
    """
    with acting(actor, "programme_undone"), refusing(**TAKEN):
        pen(show)
        last = Release.objects.filter(show=show).order_by("-number").first()
        if last is None or last.undoes_id is not None:
            raise Refusal("nothing_to_undo", _("There is nothing to take back: nothing was published since."))
        if last.number != number:
            raise Refusal("changed", _("Somebody published meanwhile. Look at what is public now, then decide."))
        back = [(change.session, *change.sides[::-1]) for change in last.changes.select_related("session")]
        check_still_there(document for _session, _before, document in back if document is not None)
        return release(actor, show, back, at=at, undoes=last)


def check_still_there(documents: Iterable[Document]) -> None:
    """Whoever and whatever these documents name is not deleted. Raises Refusal: gone."""
    named = [(document, model, pk) for document in documents for model, pk in named_in(document)]
    there = {
        model: set(
            model._default_manager.filter(pk__in={pk for _d, of, pk in named if of is model}).values_list(
                "pk", flat=True
            )
        )
        for model in {of for _document, of, _pk in named}
    }
    for document, model, pk in named:
        if pk not in there[model]:
            raise Refusal(
                "gone",
                _("“%(title)s” would need what is deleted since (%(what)s). Change the plan and publish that instead.")
                % {"title": document.title, "what": model._meta.verbose_name},
            )


def named_in(document: Document) -> Iterator[tuple[type[Model], int]]:
    for name, model in NAMED.items():
        if (pk := getattr(document, name)) is not None:
            yield model, pk
    for pk in document.speakers:
        yield Speaker, pk


def release(
    actor: Actor,
    show: Show,
    changes: Collection[tuple[Session, Document | None, Document | None]],
    *,
    at: datetime,
    note: str = "",
    undoes: Release | None = None,
) -> Release:
    """Write one version in the running transaction, and tell whom it concerns."""
    made, rows = write(actor, show, changes, at=at, note=note, undoes=undoes)
    telling.tell(made, rows, at=at)
    return made


def write(
    actor: Actor,
    show: Show,
    changes: Collection[tuple[Session, Document | None, Document | None]],
    *,
    at: datetime,
    note: str = "",
    undoes: Release | None = None,
) -> tuple[Release, list[Change]]:
    """One version, of which nobody is told yet: what each session was and is, and its public row."""
    last = Release.objects.filter(show=show).aggregate(last=Max("number"))["last"] or 0
    made = Release.objects.create(
        show=show, number=last + 1, published_at=at, by=actor.user, note=note[:200], undoes=undoes
    )
    pks = [session.pk for session, _before, _after in changes]
    counted = Change.objects.filter(session__in=pks).values_list("session").annotate(n=Count("pk"))
    sequences = dict(counted.order_by())
    rows = Change.objects.bulk_create(
        Change(
            release=made,
            session=session,
            what=[one.value for one in differences(before, after)],
            before=before and before.to_json(),
            after=after and after.to_json(),
        )
        for session, before, after in changes
    )
    after_of = {session.pk: after for session, _before, after in changes if after is not None}
    with looked_at_whole(show, Plan.PUBLISHED):
        write_public(show, after_of, gone=set(pks) - set(after_of), sequences=sequences, at=at)
    follow(show, after_of, gone=set(pks) - set(after_of), at=at)
    return made, rows


def write_public(
    show: Show, documents: dict[int, Document], *, gone: Collection[int], sequences: dict[int, int], at: datetime
) -> None:
    """Replace what is public of these sessions, and what they engage there."""
    known = Published.objects.in_bulk([*documents, *gone])
    Engagement.objects.filter(plan=Plan.PUBLISHED, session__in=[*documents, *gone]).delete()
    Published.objects.filter(pk__in=gone).delete()
    names = {model: names_of(model, show) for model in (Series, Host, Enterprise)}
    Published.objects.bulk_create(
        (
            public_row(
                show,
                pk,
                document,
                known=known.get(pk),
                sequence=sequences.get(pk, 0),
                names=[
                    *names[Series].get(document.series, ()),
                    *names[Host].get(document.host, ()),
                    *names[Enterprise].get(document.enterprise, ()),
                ],
                at=at,
            )
            for pk, document in documents.items()
        ),
        update_conflicts=True,
        unique_fields=["session"],
        update_fields=[
            "state", "document", "starts_at", "ends_at", "room", "area", "host", "series", "enterprise", "moved_from",
            "sequence", "search", "changed_at",
        ],
    )  # fmt: skip
    Engagement.objects.bulk_create(
        Engagement(
            plan=Plan.PUBLISHED,
            session_id=pk,
            during=TimestamptzRange(taken.starts, taken.ends),
            **{f"{taken.what}_id": taken.pk},
        )
        for pk, document in documents.items()
        for taken in document.taken()
    )


def names_of(model: type[Series | Host | Enterprise], show: Show) -> dict[int | None, tuple[str, str]]:
    return {pk: (en, zh) for pk, en, zh in model.objects.filter(show=show).values_list("pk", "name_en", "name_zh")}


def public_row(
    show: Show,
    pk: int,
    document: Document,
    *,
    known: Published | None,
    sequence: int,
    names: Collection[str],
    at: datetime,
) -> Published:
    told = document.to_json()
    announced = {name: told[name] for name in ANNOUNCED}
    first = (known.moved_from or {name: known.document[name] for name in ANNOUNCED}) if known else announced
    moved = first if first != announced else None
    state = Published.State.MOVED if moved else Published.State.PUBLISHED
    return Published(
        session_id=pk,
        show=show,
        state=Published.State.CANCELLED if document.is_cancelled else state,
        document=told,
        starts_at=document.starts_at,
        ends_at=document.ends_at,
        room_id=document.room,
        area_id=document.area,
        host_id=document.host,
        series_id=document.series,
        enterprise_id=document.enterprise,
        moved_from=moved,
        sequence=sequence,
        search=naming.searched(
            document.title_en,
            document.title_zh,
            *names,
            *(title for talk in document.talks for title in (talk.title_en, talk.title_zh)),
        ),
        first_at=known.first_at if known else at,
        changed_at=at,
    )
