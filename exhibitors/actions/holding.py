"""Booths in hand: the steps that applying and placing share, always inside a transaction of theirs.

One lock order in the whole room, so that races end in one winner and never in a deadlock: the row of one application,
then booths by primary key, then the hall. What has to touch another application commits before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal
from exhibitors import rules
from exhibitors.actions.parties import tell
from exhibitors.models import Allotment, Application, Booth, SpaceRate
from expo.models import Hall


def taken(booths: Iterable[Booth]) -> Refusal:
    numbers = ", ".join(booth.number for booth in booths)
    return Refusal("taken", _("%(numbers)s: taken a moment ago.") % {"numbers": numbers}, field="booths")


def rates_of(areas: Collection[int]) -> dict[tuple[int, str], Decimal]:
    """Yuan a m² by area and type."""
    rows = SpaceRate.objects.filter(area__in=areas).values_list("area_id", "kind", "price")
    return {(area, kind): price for area, kind, price in rows}


def lock(pks: Collection[int]) -> list[Booth]:
    """The booths, locked by primary key against everybody who would hold, free or move them."""
    return list(Booth.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))


def held_by(application: Application) -> list[Allotment]:
    """The application's live allotments; lock their booths before they are changed."""
    return list(application.allotments.live().select_related("booth").order_by("booth"))


def hold(application: Application, booths: Collection[Booth], *, until: datetime, at: datetime) -> list[Allotment]:
    """Hold the locked booths for the application at today's price. Raises Refusal: taken, no_price."""
    gone = {row.booth_id for row in Allotment.objects.live().filter(booth__in=booths)}
    if gone:
        raise taken(booth for booth in booths if booth.pk in gone)
    rates = rates_of({booth.area_id for booth in booths})
    rows = [
        Allotment(
            booth=booth,
            firm=application.firm,
            application=application,
            state=Allotment.State.HELD,
            price=rules.price_at(booth, rates),
            since=at,
            held_until=until,
        )
        for booth in booths
    ]
    return Allotment.objects.bulk_create(rows)


def release(allotments: Collection[Allotment], *, at: datetime) -> None:
    """Free the booths of these allotments; the booths are locked."""
    Allotment.objects.filter(pk__in=[row.pk for row in allotments]).update(
        state=Allotment.State.RELEASED, released_at=at
    )


def show_on_plan(hall: int) -> None:
    """Tell the plan that it changed. The last statement of each transaction: the hall's row is shared by all."""
    Hall.objects.filter(pk=hall).update(plan_version=F("plan_version") + 1)


def step(application: Application, act: str, *, at: datetime, decided: bool = True) -> None:
    """Move the locked application by `act` and save it. Raises Refusal: not_now."""
    application.state = rules.after(act, application.state)
    application.step += 1
    if decided:
        application.decided_at = at
    application.save(update_fields=["state", "step", "decided_at", "submitted_at", "answer", "exhibits", "language"])


def release_overdue(
    *, at: datetime, booths: Collection[int] = (), application: Application | None = None, show: int | None = None
) -> int:
    """Expire the applications whose holds ran out by `at`, free their booths, tell both sides; says how many it were.

    Of one show, or only those that hold one of `booths`, or only `application`. Each in a transaction of its own.
    """
    overdue = Allotment.objects.overdue(at)
    if show is not None:
        overdue = overdue.filter(application__show=show)
    if application is not None:
        overdue = overdue.filter(application=application)
    elif booths:
        overdue = overdue.filter(booth__in=booths)
    elif show is None:
        return 0
    pks = overdue.order_by("application").values_list("application", flat=True).distinct()
    return sum(expire(pk, at=at) for pk in list(pks))


def expire(pk: int, *, at: datetime) -> bool:
    """Expire the application if a hold of it is still overdue once it is locked; says whether it was."""
    with acting(Actor.system("release_overdue"), "application_expired"):
        application = Application.objects.locked(pk)
        if not rules.allowed("expire", application.state) or not application.allotments.overdue(at).exists():
            return False
        rows = held_by(application)
        lock([row.booth_id for row in rows])
        release(rows, at=at)
        step(application, "expire", at=at)
        tell(application, "expired", allotments=rows)
        show_on_plan(application.area.hall_id)
        return True


def free_now(at: datetime) -> Q:
    """Booths that nobody holds at `at`: a hold that ran out counts as none, also before it is cleared away."""
    live = Allotment.objects.live().exclude(pk__in=Allotment.objects.overdue(at).values("pk"))
    return ~Q(pk__in=live.values("booth"))
