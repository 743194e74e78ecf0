"""What a show offers to visitors: its ticket types with their days and places, and the words they agree to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import caches

from expo.models import Show
from expo.showing import FRESH
from visitors import rules
from visitors.models import ConsentWording, TicketType


@dataclass(frozen=True, slots=True)
class Offer:
    """At most `FRESH` seconds old: good for showing; that nothing is sold twice is kept by the database."""

    ticket_types: list[TicketType]
    wordings: list[ConsentWording]

    def wording(self, purpose: str, at: datetime) -> ConsentWording | None:
        """The wording in force at a moment."""
        ready = [wording for wording in self.wordings if wording.purpose == purpose and wording.since <= at]
        return max(ready, key=lambda wording: wording.version, default=None)

    def ticket_type(self, pk: int) -> TicketType | None:
        return next((ticket_type for ticket_type in self.ticket_types if ticket_type.pk == pk), None)


def offer_of(show: Show) -> Offer:
    key = f"offer:{show.pk}"
    offer = caches["process"].get(key)
    if offer is None:
        ticket_types = TicketType.objects.filter(show=show).prefetch_related("day_places")
        offer = Offer(
            [ticket_type for ticket_type in ticket_types if rules.is_offered(ticket_type)],
            list(ConsentWording.objects.filter(show=show)),
        )
        caches["process"].set(key, offer, FRESH)
    return offer
