"""Everything that must be true at any moment, asked of all rooms at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import accounts.invariants
import exhibitors.invariants
import onsite.invariants
import programme.invariants
import visitors.invariants
from expo.models import Show

# Their rows carry the show's own time; mails and jobs carry the real one.
ROOMS = (visitors.invariants, exhibitors.invariants, programme.invariants, onsite.invariants)


def broken(*, real: datetime) -> Iterator[str]:
    """A sentence for each thing that is not as it has to be; none when all is well. `real` is the real time."""
    for sentence in accounts.invariants.broken(real):
        yield f"accounts: {sentence}"
    shows = list(Show.objects.all())
    for room in ROOMS:
        for sentence in room.broken_at_any_time():
            yield f"{room.__package__}: {sentence}"
        for show in shows:
            for sentence in room.broken_by_the_clock(show, at=show.now()):
                yield f"{room.__package__}: {sentence} ({show.short})"
