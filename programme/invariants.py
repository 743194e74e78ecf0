"""What must be true of the programme at any moment; asked by `check_invariants`, and by tests after each race."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, Q

from accounts.invariants import said
from expo.models import Show
from programme import signup_invariants
from programme.actions.signing import papers
from programme.documents import Document
from programme.models import Change, Engagement, Material, Picture, Plan, Published, Release, Session

#: The job that erases ID numbers runs once a day.
ERASED_WITHIN = timedelta(days=1)

type Taken = tuple[int, str, int, datetime, datetime]


def broken(at: datetime) -> Iterator[str]:
    """A sentence for each thing that is not as it must be at `at`; none when all is well."""
    yield from broken_at_any_time()
    for show in Show.objects.all():
        yield from broken_by_the_clock(show, at=at)


def broken_at_any_time() -> Iterator[str]:
    """Of what `broken` says, what needs no clock."""
    yield from wrong_engagements()
    yield from wrong_public()
    yield from wrong_versions()
    yield from wrong_rows()
    yield from signup_invariants.broken_at_any_time()


def broken_by_the_clock(show: Show, *, at: datetime) -> Iterator[str]:
    """Of what `broken` says, what only the show's own clock can tell."""
    yield from kept_too_long(show, at=at)
    early = Release.objects.filter(show=show, published_at__gt=at)
    yield from said("{} versions of the programme are of a time to come.", early.count())
    yield from signup_invariants.broken_by_the_clock(show, at=at)


def kept_too_long(show: Show, *, at: datetime) -> Iterator[str]:
    """A day after it was due, no ID number is there any more."""
    overdue = papers.back_since(show, at - papers.KEPT - ERASED_WITHIN).count()
    yield from said("{} ID numbers are there still, though their tour was back over a week ago.", overdue)


def wrong_engagements() -> Iterator[str]:
    """What is engaged is what the sessions say, and what is public of them; a cancelled one engages nothing."""
    sessions = Session.objects.filter(starts_at__isnull=False).prefetch_related("talks", "appearances")
    for plan, documents in (
        (Plan.WORKING, ((session.pk, Document.of(session)) for session in sessions)),
        (Plan.PUBLISHED, ((row.pk, row.told) for row in Published.objects.all())),
    ):
        meant = {(pk, *taken) for pk, document in documents for taken in document.taken()}
        there = engaged(plan)
        name = Plan(plan).name.lower()
        yield from said(f"{{}} engagements of the {name} plan are missing.", len(meant - there))
        yield from said(f"{{}} engagements of the {name} plan are nobody's.", len(there - meant))


def engaged(plan: Plan) -> set[Taken]:
    kinds = ("room", "guide", "bus", "speaker")
    rows = Engagement.objects.filter(plan=plan).values_list("session_id", "during", *(f"{kind}_id" for kind in kinds))
    return {
        (session, kind, pk, during.lower, during.upper)
        for session, during, *pks in rows
        for kind, pk in zip(kinds, pks, strict=True)
        if pk is not None
    }


# What the columns of a public row repeat of its document.
COLUMNS = {"starts_at": "starts_at", "ends_at": "ends_at"} | {
    name: f"{name}_id" for name in ("room", "area", "host", "series", "enterprise")
}


def wrong_public() -> Iterator[str]:
    """What is public is what was published last, and the columns beside it repeat it."""
    last = Change.objects.values("session").annotate(last=Max("release__number"))
    newest = {row["session"]: row["last"] for row in last}
    told = {
        change.session_id: change.after
        for change in Change.objects.select_related("release")
        if change.release.number == newest[change.session_id]
    }
    public = {row.pk: row for row in Published.objects.all()}
    announced = {pk for pk, after in told.items() if after is not None}
    yield from said("{} sessions are public that no version published.", len(set(public) - announced))
    yield from said("{} sessions were published and are not public.", len(announced - set(public)))
    other = [pk for pk in announced & set(public) if public[pk].document != told[pk]]
    yield from said("{} sessions are public otherwise than they were published.", len(other))
    for row in public.values():
        document = row.told
        if any(getattr(document, name) != getattr(row, column) for name, column in COLUMNS.items()):
            yield f"session {row.pk} is listed otherwise than it is told"
        if document.is_cancelled != (row.state == Published.State.CANCELLED):
            yield f"session {row.pk} is {row.state}, and its document says otherwise"


def wrong_versions() -> Iterator[str]:
    """Versions count from 1 without a gap, each with what it changed."""
    rows = Release.objects.order_by().values("show").annotate(n=Count("pk"), first=Min("number"), last=Max("number"))
    gaps = [row for row in rows if (row["first"], row["last"]) != (1, row["n"])]
    yield from said("{} shows have a gap in the versions of their programme.", len(gaps))
    yield from said("{} versions of a programme change nothing.", Release.objects.filter(changes=None).count())


def wrong_rows() -> Iterator[str]:
    other = Session.objects.filter(series__isnull=False).exclude(series__kind=F("kind"))
    yield from said("{} sessions are of another kind than their series.", other.count())
    elsewhere = Q()
    for column in ("room", "series", "enterprise", "host", "area", "guide", "bus"):
        elsewhere |= Q(**{f"{column}__isnull": False}) & ~Q(**{f"{column}__show": F("show")})
    yield from said("{} sessions name something of another show.", Session.objects.filter(elsewhere).count())
    lost = Material.objects.filter(talk__isnull=False).exclude(talk__session=F("session"))
    yield from said("{} materials are about a talk of another session.", lost.count())
    unused = Picture.objects.filter(speakers=None, enterprises=None)
    yield from said("{} pictures show nobody and nothing.", unused.count())
