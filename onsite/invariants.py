"""What must be true of gates at any moment; asked by `check_invariants`, and by tests after each race."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef

from accounts import mails
from accounts.invariants import said
from expo.models import Show
from onsite.models import Outcome, Scan, Visit
from visitors.actions.confirming import overdue
from visitors.models import Ticket

#: The job that lets tickets lapse runs every five minutes; whatever waits longer has been forgotten.
PATIENCE = timedelta(minutes=15)


def broken(at: datetime) -> Iterator[str]:
    """A sentence for each thing that is not as it must be at `at`; none when all is well."""
    yield from broken_at_any_time()
    for show in Show.objects.all():
        yield from broken_by_the_clock(show, at=at)


def broken_at_any_time() -> Iterator[str]:
    """Of what `broken` says, what needs no clock."""
    beyond = Visit.objects.exclude(scan=None).exclude(scan__outcome__in=[Outcome.ADMITTED, Outcome.PAYMENT_DUE])
    yield from said("{} visits began with a scan that admitted nobody.", beyond.count())
    twice = Visit.objects.values("registration", "day").annotate(n=Count("pk")).filter(n__gt=1)
    yield from said("{} people have two visits on one day.", twice.count())
    elsewhere = Visit.objects.exclude(day__show=F("registration__show"))
    yield from said("{} visits are on a day of another show than the visitor's.", elsewhere.count())
    visit = Visit.objects.filter(scan=OuterRef("pk"))
    turned_away = Scan.objects.filter(outcome=Outcome.ADMITTED).exclude(Exists(visit))
    yield from said("{} scans admitted somebody who then has no visit.", turned_away.count())
    paid = Ticket.objects.filter(registration=OuterRef("registration"), paid_at__isnull=False)
    unpaid = Visit.objects.filter(scan__outcome=Outcome.PAYMENT_DUE).exclude(Exists(paid))
    yield from said("{} visitors had to pay, did not, and came in.", unpaid.count())
    not_theirs = Visit.objects.filter(scan__badge__isnull=False).exclude(registration=F("scan__badge__registration"))
    yield from said("{} visits began with somebody else's badge.", not_theirs.count())


def broken_by_the_clock(show: Show, *, at: datetime) -> Iterator[str]:
    """Of what `broken` says, what only the show's own clock can tell."""
    early = Visit.objects.filter(day__show=show, entered_at__gt=at)
    yield from said("{} visits are of a time to come.", early.count())
    came = Visit.objects.filter(registration__show=show)
    pauses = show.is_over(at) or mails.held_up(at - show.clock_shift)
    late = Ticket.objects.none() if pauses else overdue(show=show, came=came, at=at - PATIENCE)
    yield from said("{} tickets hold places though nobody confirmed the e-mail in time.", late.count())
