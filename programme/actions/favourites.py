"""Visitors keep sessions and stands, and say what they care for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal
from exhibitors.models import Firm
from expo.models import Area
from programme.models import Favourite, Session
from visitors import endings
from visitors.models import Registration

#: Things that one visitor keeps; nobody walks to more in four days.
MOST = 200

TOO_MANY = Refusal(
    "too_many_kept", _("You keep %(number)d things already. Remove some of them first.") % {"number": MOST}
)


def keep(
    *, actor: Actor, registration: Registration, at: datetime, session: Session | None = None, firm: Firm | None = None
) -> None:
    """Keep a session or a firm; to keep it once more changes nothing. Raises Refusal: too_many_kept."""
    with acting(actor, "favourite_kept"):
        # Whoever presses twice at once waits here for the own row, so that the bound holds.
        Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
        known = Favourite.objects.filter(registration=registration)
        if known.filter(session=session, firm=firm, area=None, kind="").exists():
            return
        if known.things().count() >= MOST:
            raise TOO_MANY
        Favourite.objects.create(registration=registration, session=session, firm=firm, kept_at=at)


def let_go(
    *, actor: Actor, registration: Registration, session: Session | None = None, firm: Firm | None = None
) -> None:
    """Keep it no longer; where it was not kept, nothing changes."""
    with acting(actor, "favourite_removed"):
        Favourite.objects.things().filter(registration=registration, session=session, firm=firm).delete()


def set_interests(
    *, actor: Actor, registration: Registration, areas: Collection[Area], kinds: Collection[str], at: datetime
) -> None:
    """The visitor cares for these areas and kinds of session from now on, and for no others."""
    with acting(actor, "interests_chosen"):
        Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
        known = Favourite.objects.interests().filter(registration=registration)
        known.exclude(Q(area__in=areas) | Q(kind__in=kinds)).delete()
        wanted = [Favourite(registration=registration, area=area, kept_at=at) for area in areas]
        wanted += [Favourite(registration=registration, kind=kind, kept_at=at) for kind in kinds]
        Favourite.objects.bulk_create(wanted, ignore_conflicts=True)


@endings.erases
def forget(registrations: Collection[int]) -> None:
    """What people who are erased kept is gone with them."""
    Favourite.objects.filter(registration__in=registrations).delete()


@endings.holds("favourites")
def held(registration: Registration) -> Iterator[dict[str, Any]]:
    rows = Favourite.objects.filter(registration=registration).select_related("session", "firm", "area")
    for row in rows.order_by("pk"):
        told = row.session.code if row.session else row.firm.slug if row.firm else row.area.slug if row.area else ""
        what = "session" if row.session else "stand" if row.firm else "area" if row.area else "kind"
        yield {"what": what, "which": told or row.kind, "kept_at": row.kept_at}
