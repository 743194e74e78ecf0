"""What the area's manager does: offer, decline, give more time, move a booth."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from exhibitors import rules
from exhibitors.actions import holding
from exhibitors.actions.parties import check_manager, tell
from exhibitors.models import Application, Booth
from expo.models import Area, Hall

PLACED = ("hall_id", "area_id", "number", "x", "y", "width", "depth", "kind", "open_sides")


def offer(
    *,
    actor: Actor,
    application: Application,
    at: datetime,
    booths: Collection[Booth] = (),
    words: str = "",
    step: int | None = None,
) -> Application:
    """Offer the booths that are held, or `booths` of the same area instead; the firm has 72 hours to accept.

    `step` is the application's at which the manager saw it, here and below; without it the state alone decides.
    Raises Refusal: not_yours, not_now, changed, other_area, too_many_booths, taken, no_price.
    """
    check_manager(actor, application.area)
    wanted = [booth.pk for booth in booths]
    if wanted:
        rules.check_booths(booths)
    holding.release_overdue(at=at, application=application)
    holding.release_overdue(at=at, booths=wanted)
    until = at + rules.OFFER
    with acting(actor, "offer_made", why=words), refusing(one_holder_a_booth=holding.taken(booths)):
        application = Application.objects.locked(application.pk)
        check_manager(actor, application.area)
        rules.check_unchanged(application, "offer", step=step)
        rules.check_news(application, other_booths=bool(wanted))
        application.answer = words
        holding.step(application, "offer", at=at)
        rows = holding.held_by(application)
        locked = {booth.pk: booth for booth in holding.lock({*wanted, *(row.booth_id for row in rows)})}
        if wanted:
            rules.check_area(application, [locked[pk] for pk in wanted])
            holding.release([row for row in rows if row.booth_id not in wanted], at=at)
            rows = [row for row in rows if row.booth_id in wanted]
        had = {row.booth_id for row in rows}
        application.allotments.filter(pk__in=[row.pk for row in rows]).update(held_until=until)
        rows += holding.hold(application, [locked[pk] for pk in wanted if pk not in had], until=until, at=at)
        tell(application, "offered", allotments=rows, until=until)
        holding.show_on_plan(application.area.hall_id)
    return application


def reject(
    *, actor: Actor, application: Application, reason: str, at: datetime, step: int | None = None
) -> Application:
    """Decline the application with a reason that the firm reads; its booths are free at once.

    Raises Refusal: not_yours, no_reason, not_now, changed.
    """
    check_manager(actor, application.area)
    if not reason.strip():
        raise Refusal("no_reason", _("Say why; the firm reads it."), field="reason")
    with acting(actor, "application_rejected", why=reason):
        application = Application.objects.locked(application.pk)
        rules.check_unchanged(application, "reject", step=step)
        application.answer = reason.strip()
        holding.step(application, "reject", at=at)
        rows = holding.held_by(application)
        holding.lock([row.booth_id for row in rows])
        holding.release(rows, at=at)
        tell(application, "rejected", allotments=rows)
        holding.show_on_plan(application.area.hall_id)
    return application


def extend(
    *, actor: Actor, application: Application, until: datetime, at: datetime, step: int | None = None
) -> Application:
    """Hold the application's booths until a later moment.

    Raises Refusal: not_yours, not_now, changed, not_later, too_late.
    """
    check_manager(actor, application.area)
    holding.release_overdue(at=at, application=application)
    with acting(actor, "hold_extended"):
        application = Application.objects.locked(application.pk)
        rules.check_extendable(application.state)
        rules.check_unchanged(application, "extend", step=step)
        rows = holding.held_by(application)
        ends = min((row.held_until for row in rows if row.held_until), default=None)
        rules.check_extension(until=until, at=at, ends=ends)
        holding.lock([row.booth_id for row in rows])
        application.allotments.filter(pk__in=[row.pk for row in rows]).update(held_until=until)
        application.step += 1
        application.save(update_fields=["step"])
        tell(application, "extended", allotments=rows, until=until)
        holding.show_on_plan(application.area.hall_id)
    return application


def place_booth(*, actor: Actor, booth: Booth) -> Booth:
    """Draw a new booth, or move, resize or renumber one that nobody holds.

    Booth and hall are locked before the row is written, in the order of the whole room: the trigger that keeps booths
    inside their hall locks the hall for sharing, and two such locks could not both be raised.
    Raises Refusal: not_yours, held, wrong_letter, number_taken, overlap, outside, other_hall.
    """
    check_manager(actor, booth.area)
    if not booth.number.startswith(booth.area.letter):
        raise Refusal("wrong_letter", _("A booth's number begins with its area's letter."), field="number")
    with (
        acting(actor, "booth_placed"),
        refusing(
            one_booth_a_number=Refusal(
                "number_taken", _("The hall has a booth of this number already."), field="number"
            ),
            booths_do_not_overlap=Refusal("overlap", _("The booth would lie on another booth."), field="x"),
            booth_inside_its_hall=Refusal("outside", _("The booth would lie outside its hall."), field="x"),
            booth_in_its_areas_hall=Refusal("other_hall", _("The area is in another hall."), field="area"),
        ),
    ):
        halls = {booth.hall_id}
        if booth.pk is not None:
            before = holding.lock([booth.pk])[0]
            check_manager(actor, before.area)
            halls.add(before.hall_id)
            changed = any(getattr(before, name) != getattr(booth, name) for name in PLACED)
            if changed and before.allotments.live().exists():
                raise Refusal("held", _("The booth is held or contracted; free it before you change it."))
        list(Hall.objects.select_for_update(no_key=True).filter(pk__in=halls).order_by("pk"))
        booth.save()
        for hall in sorted(halls):
            holding.show_on_plan(hall)
    return booth


def free_in(area: Area, *, at: datetime, but_of: Application | None = None) -> list[tuple[Booth, Decimal]]:
    """The area's free booths with their prices, for an offer; those of `but_of` count as free."""
    rates = holding.rates_of([area.pk])
    free = holding.free_now(at)
    if but_of is not None:
        free |= Q(pk__in=but_of.allotments.live().values("booth"))
    return [
        (booth, rules.price_at(booth, rates))
        for booth in Booth.objects.filter(free, area=area).order_by("number")
        if (booth.area_id, booth.kind) in rates
    ]
