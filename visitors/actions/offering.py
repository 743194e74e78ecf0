"""What staff change about an offer while it is being sold: each column that they typed, and none of the counters."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from visitors.models import DayPlaces, Invitation


def set_places(*, actor: Actor, places: DayPlaces) -> DayPlaces:
    """Save day and number of `places`; `taken` is whatever it has become since the form was opened.

    Raises Refusal: places_taken, day_taken.
    """
    fewer = Refusal("places_taken", _("More places are taken than there would be."))
    with acting(actor, "places_set"), refusing(dayplaces_not_exceeded=fewer):
        if places.pk is None:
            places.taken = 0
            places.save()
            return places
        row = DayPlaces.objects.select_for_update().get(pk=places.pk)
        if row.day_id != places.day_id and row.taken:
            raise Refusal("day_taken", _("Places of this day are taken: they cannot become places of another day."))
        row.day_id, row.places = places.day_id, places.places
        row.save(update_fields=["day", "places"])
    return row


def correct_invitation(*, actor: Actor, invitation: Invitation, fields: Collection[str]) -> Invitation:
    """Save `fields` of an invitation code; how often it was used is not among them. Raises Refusal: code_used_more."""
    fewer = Refusal("code_used_more", _("More people have used the code than it would allow."), field="places")
    with acting(actor, "invitation_corrected"), refusing(invitation_not_exceeded=fewer):
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        changed = [name for name in fields if name != "used"]
        for name in changed:
            setattr(row, name, getattr(invitation, name))
        row.save(update_fields=changed)
    return row
