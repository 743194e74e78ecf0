"""What a firm does: draft, submit, withdraw, accept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts import once
from accounts.acting import Actor, acting
from accounts.refusals import Refusal, refusing
from exhibitors import rules
from exhibitors.actions import holding
from exhibitors.actions.parties import check_member, tell
from exhibitors.models import Allotment, Application, Booth, Firm
from expo.models import Show

ALREADY_APPLIED = Refusal("already_applied", _("Your firm has an open application already; it is on your desk."))


def save_draft(
    *, actor: Actor, show: Show, firm: Firm, booths: Collection[Booth], exhibits: str, language: str, at: datetime
) -> Application:
    """Keep what the firm wishes, without holding anything; a firm has one open application a show.

    Raises Refusal: not_yours, closed, no_booth, too_many_booths, several_areas, already_applied (it is past a draft).
    """
    check_member(actor, firm)
    rules.check_open(show_is_over=show.is_over(at))
    rules.check_booths(booths)
    area = next(iter(booths)).area
    with acting(actor, "application_drafted"), refusing(one_open_application_each=ALREADY_APPLIED):
        application = (
            Application.objects.select_for_update(no_key=True)
            .filter(show=show, firm=firm, state__in=Application.OPEN)
            .first()
        )
        if application is None:
            application = Application(show=show, firm=firm, created_at=at)
        elif application.state != Application.State.DRAFT:
            raise ALREADY_APPLIED
        application.area, application.exhibits, application.language = area, exhibits, language
        application.save()
        application.wishes.set(booths)
    return application


def submit(*, actor: Actor, application: Application, at: datetime, token: UUID | None = None) -> Application:
    """Submit the draft: all wished booths are held for 48 hours, or none.

    `token` is the form's; spent twice it raises AlreadySpent.
    Raises Refusal: not_yours, closed, not_now, taken, no_price, no_booth, too_many_booths, other_area.
    """
    check_member(actor, application.firm)
    rules.check_open(show_is_over=application.show.is_over(at))
    wished = list(application.wishes.all())
    holding.release_overdue(at=at, booths=[booth.pk for booth in wished])
    with acting(actor, "application_submitted"), refusing(one_holder_a_booth=holding.taken(wished)):
        if token is not None:
            once.settle(once.spend(token, purpose="application.submit"), str(application.pk))
        application = Application.objects.locked(application.pk)
        application.submitted_at = at
        holding.step(application, "submit", at=at, decided=False)
        booths = holding.lock(list(application.wishes.values_list("pk", flat=True)))
        # Nobody keeps a free booth where it was when it was wished for.
        rules.check_area(application, booths)
        rules.check_booths(booths)
        rows = holding.hold(application, booths, until=at + rules.HOLD, at=at)
        tell(application, "submitted", allotments=rows, until=at + rules.HOLD)
        holding.show_on_plan(application.area.hall_id)
    return application


def withdraw(*, actor: Actor, application: Application, at: datetime) -> Application:
    """Withdraw an open application; its booths are free at once. Raises Refusal: not_yours, not_now."""
    check_member(actor, application.firm)
    with acting(actor, "application_withdrawn"):
        application = Application.objects.locked(application.pk)
        was_draft = application.state == Application.State.DRAFT
        holding.step(application, "withdraw", at=at)
        rows = holding.held_by(application)
        holding.lock([row.booth_id for row in rows])
        holding.release(rows, at=at)
        if not was_draft:
            tell(application, "withdrawn", allotments=rows)
        holding.show_on_plan(application.area.hall_id)
    return application


def accept(
    *, actor: Actor, application: Application, step: int, at: datetime, token: UUID | None = None
) -> Application:
    """Accept the offer: the booths are contracted at the price they were offered at.

    `step` is the application's at which the firm saw the offer, `token` the form's; spent twice it raises
    AlreadySpent. An offer that ran out expires here if it had not yet.
    Raises Refusal: not_yours, not_now, offer_changed.
    """
    check_member(actor, application.firm)
    holding.release_overdue(at=at, application=application)
    with acting(actor, "offer_accepted"):
        if token is not None:
            once.settle(once.spend(token, purpose="application.accept"), str(application.pk))
        application = Application.objects.locked(application.pk)
        rules.check_same_offer(application, step=step)
        holding.step(application, "accept", at=at)
        rows = holding.held_by(application)
        holding.lock([row.booth_id for row in rows])
        Allotment.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=Allotment.State.CONTRACTED, held_until=None
        )
        tell(application, "accepted", allotments=rows)
        holding.show_on_plan(application.area.hall_id)
    return application
