"""The link by which a guide keeps the boarding lists of the own departures."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat, Now
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.acting import Actor, acting
from accounts.models import Mail
from accounts.refusals import Refusal
from programme.models import Guide

LINK = "programme.guide_link"
# Pressing twice sends one mail, and nobody's mailbox is filled from the desk.
BETWEEN_LINKS = timedelta(minutes=10)


def send_link(*, actor: Actor, guide: Guide) -> Mail:
    """Mail the guide the link to the boarding lists. Raises Refusal: no_email, sent_lately."""
    with acting(actor, "guide_link_mailed"):
        row = Guide.objects.select_for_update(of=("self",)).get(pk=guide.pk)
        if not row.email:
            raise Refusal("no_email", _("There is no e-mail to send the link to."), field="email")
        told = Mail.objects.filter(kind=LINK, thing=f"guide:{row.pk}")
        # The link that was replaced since opens nothing, so the new one may follow at once.
        lately = told.filter(to=row.email, facts__link=row.link_version, queued_at__gt=Now() - BETWEEN_LINKS)
        if lately.exists():
            raise Refusal("sent_lately", _("The link was mailed within the last ten minutes."))
        return mails.queue(
            LINK,
            thing=f"guide:{row.pk}",
            version=str(told.count() + 1),
            to=row.email,
            language=row.language,
            facts={"guide": row.pk, "link": row.link_version},
        )


def mailed_at() -> Subquery:
    """When the link was last mailed to the guide of a row."""
    thing = Concat(Value("guide:"), Cast(OuterRef("pk"), CharField()))
    told = Mail.objects.filter(kind=LINK, thing=thing, to=OuterRef("email")).order_by("-queued_at")
    return Subquery(told.values("queued_at")[:1])


def renew_link(*, actor: Actor, guide: Guide) -> Guide:
    """Replace the link to the boarding lists; the one before opens nothing any more."""
    with acting(actor, "guide_link_replaced"):
        row = Guide.objects.select_for_update(of=("self",)).get(pk=guide.pk)
        row.link_version += 1
        row.save(update_fields=["link_version"])
    return row
