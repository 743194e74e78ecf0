"""The two sides of an application: who may act for each, and how both are told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.acting import Actor, ActorKind
from accounts.models import Mail, Role
from accounts.refusals import Refusal
from exhibitors.models import Allotment, Application, Firm, Member
from expo.models import Area

FIRM, MANAGER = "firm", "manager"


def not_yours() -> Refusal:
    return Refusal("not_yours", _("This is not yours to decide."))


def check_member(actor: Actor, firm: Firm) -> None:
    """The system and members of the firm pass. Raises Refusal: not_yours."""
    if actor.kind == ActorKind.SYSTEM:
        return
    if (
        actor.kind != ActorKind.USER
        or actor.user is None
        or not Member.objects.filter(firm=firm, user=actor.user).exists()
    ):
        raise not_yours()


def check_manager(actor: Actor, area: Area) -> None:
    """The system, organisers and the area's own manager pass. Raises Refusal: not_yours."""
    if actor.kind == ActorKind.SYSTEM:
        return
    user = actor.user
    if actor.kind != ActorKind.USER or user is None or not user.is_active:
        raise not_yours()
    if user.has_role(Role.ORGANISER) or (user.has_role(Role.AREA_MANAGER) and area.manager_id == user.pk):
        return
    raise not_yours()


def tell(
    application: Application, event: str, *, allotments: Iterable[Allotment], until: datetime | None = None
) -> None:
    """Queue the mails that tell the firm's contact and the area's manager (else the show's contact) of `event`.

    The facts are those of this moment, so that a mail that leaves late still tells what happened.
    """
    rows = sorted(allotments, key=lambda row: row.booth.number)
    facts: dict[str, Any] = {
        "booths": [row.booth.number for row in rows],
        "m2": str(sum(row.booth.area_m2 for row in rows)),
        "price": str(sum(row.price for row in rows)),
        "until": until.isoformat() if until else "",
        "answer": application.answer,
    }
    manager = application.area.manager
    told = (
        (FIRM, application.firm.contact_email, application.language),
        (
            MANAGER,
            manager.email if manager else application.show.contact,
            manager.language if manager else settings.LANGUAGE_CODE,
        ),
    )
    mails.queue_many(
        Mail(
            kind=f"application.{event}.{side}",
            thing=f"application:{application.pk}",
            version=str(application.step),
            to=to,
            language=language,
            facts=facts,
        )
        for side, to, language in told
        # A firm that was away for ten years has nobody to write to until it says so anew.
        if to
    )
