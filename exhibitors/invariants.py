"""What must be true of booths and applications at any moment; read by the check that runs after loads and crashes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from exhibitors.models import Allotment, Application, Booth
from expo.models import Show

# The task runs every minute; a hold that outlives its end by this was forgotten.
PATIENCE = timedelta(minutes=5)

State = Application.State


def broken(at: datetime) -> Iterator[str]:
    """A sentence for each thing that is not as it must be at `at`; none when all is well."""
    yield from broken_at_any_time()
    for show in Show.objects.all():
        yield from broken_by_the_clock(show, at=at)


def broken_at_any_time() -> Iterator[str]:
    """Of what `broken` says, what needs no clock."""
    yield from wrong_area()
    yield from wrong_states()
    yield from overlapping()
    yield from outside()


def wrong_area() -> Iterator[str]:
    for row in Allotment.objects.live().exclude(booth__area=F("application__area")).select_related("booth"):
        yield f"booth {row.booth.number} (allotment {row.pk}) is not of the area of application {row.application_id}"
    for row in Allotment.objects.exclude(firm=F("application__firm")):
        yield f"allotment {row.pk} is for another firm than application {row.application_id}"


def wrong_states() -> Iterator[str]:
    held = Count("allotments", filter=Q(allotments__state=Allotment.State.HELD))
    contracted = Count("allotments", filter=Q(allotments__state=Allotment.State.CONTRACTED))
    rows = Application.objects.annotate(held=held, contracted=contracted)
    waiting = Q(state__in=(State.SUBMITTED, State.OFFERED))
    for row in rows.filter(waiting & (Q(held=0) | Q(contracted__gt=0))):
        yield f"application {row.pk} is {row.state} with {row.held} booths held and {row.contracted} contracted"
    for row in rows.filter(Q(state=State.ACCEPTED) & (Q(contracted=0) | Q(held__gt=0))):
        yield f"application {row.pk} is accepted with {row.held} booths held and {row.contracted} contracted"
    closed = Q(state__in=(State.DRAFT, State.REJECTED, State.WITHDRAWN, State.EXPIRED))
    for row in rows.filter(closed & (Q(held__gt=0) | Q(contracted__gt=0))):
        yield f"application {row.pk} is {row.state} but still has {row.held + row.contracted} booths"


def broken_by_the_clock(show: Show, *, at: datetime) -> Iterator[str]:
    """Of what `broken` says, what only the show's own clock can tell."""
    for row in Allotment.objects.overdue(at - PATIENCE).filter(application__show=show).select_related("booth"):
        yield f"booth {row.booth.number} is held since its hold ended at {row.held_until}"


def overlapping() -> Iterator[str]:
    pairs = Booth.objects.filter(
        hall__booths__pk__gt=F("pk"),
        hall__booths__x__lt=F("x") + F("width"),
        hall__booths__y__lt=F("y") + F("depth"),
        x__lt=F("hall__booths__x") + F("hall__booths__width"),
        y__lt=F("hall__booths__y") + F("hall__booths__depth"),
    ).values_list("number", "hall__booths__number", "hall__slug")
    for one, other, hall in pairs:
        yield f"booths {one} and {other} of {hall} overlap"


def outside() -> Iterator[str]:
    out = Q(x__lt=0) | Q(y__lt=0) | Q(right__gt=F("hall__width")) | Q(bottom__gt=F("hall__depth"))
    for row in Booth.objects.annotate(right=F("x") + F("width"), bottom=F("y") + F("depth")).filter(out):
        yield f"booth {row.number} leaves its hall"
    for booth in Booth.objects.exclude(area__hall=F("hall")):
        yield f"booth {booth.number} is not in the hall of its area"
