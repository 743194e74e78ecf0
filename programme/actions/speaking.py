"""What is said of a speaker, by the speaker or by staff; and the link by which the speaker says it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from secrets import randbits
from typing import Any

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat, Now
from django.utils.translation import gettext_lazy as _

from accounts import mails
from accounts.acting import Actor, ActorKind, acting
from accounts.models import Mail
from accounts.refusals import Refusal, refusing
from programme import naming
from programme.actions import pictures
from programme.models import Appearance, Engagement, Speaker
from programme.pictures import Drawn

#: What a speaker puts right on the own page.
DETAILS = (
    "name_zh",
    "name_en",
    "position_zh",
    "position_en",
    "firm_zh",
    "firm_en",
    "country",
    "about_zh",
    "about_en",
    "language",
)
LINK = "programme.speaker_link"
# Pressing twice sends one mail, and nobody's mailbox is filled from the desk.
BETWEEN_LINKS = timedelta(minutes=10)

NO_NAME = Refusal("no_name", _("Give the speaker's name in Chinese, in English or in both."), field="name_zh")


def correct(
    *,
    actor: Actor,
    speaker: Speaker,
    details: Mapping[str, Any],
    portrait: Drawn | None = None,
    drops_portrait: bool = False,
    confirms: bool = False,
    at: datetime,
) -> Speaker:
    """Put right what is said of the speaker; a portrait of None stays unless it is dropped.

    Where the speaker does it, what is noted is that something was corrected, and that all was confirmed.
    Raises Refusal: no_name.
    """
    with acting(actor, "speaker_corrected"), refusing(speaker_has_a_name=NO_NAME):
        row = Speaker.objects.select_for_update(of=("self",)).get(pk=speaker.pk)
        before = _told(row)
        for name in DETAILS:
            if name in details:
                setattr(row, name, details[name])
        if portrait is not None:
            row.portrait = pictures.keep(portrait)
        elif drops_portrait:
            row.portrait = None
        if actor.kind == ActorKind.SPEAKER and _told(row) != before:
            row.corrected_at = at
        if confirms:
            row.confirmed_at = at
        _save(row)
        if row.portrait_id != before["portrait_id"]:
            pictures.drop_unused()
    return row


def save(*, actor: Actor, speaker: Speaker, portrait: Drawn | None = None, drops_portrait: bool = False) -> Speaker:
    """Store a speaker as staff have typed it, a new one with an address and a link. Raises Refusal: no_name."""
    with acting(actor, "speaker_saved"), refusing(speaker_has_a_name=NO_NAME):
        if speaker.pk is None:
            speaker.slug = naming.slug_of(name_en=speaker.name_en, name_zh=speaker.name_zh)
            if Speaker.objects.filter(show=speaker.show, slug=speaker.slug).exists():
                speaker.slug = naming.another_slug(speaker.slug)
            speaker.handle = randbits(62)
        if portrait is not None:
            speaker.portrait = pictures.keep(portrait)
        elif drops_portrait:
            speaker.portrait = None
        _save(speaker)
        if portrait is not None or drops_portrait:
            pictures.drop_unused()
    return speaker


def send_link(*, actor: Actor, speaker: Speaker) -> Mail:
    """Mail the speaker the link to the own page. Raises Refusal: no_email, sent_lately."""
    with acting(actor, "speaker_link_mailed"):
        row = Speaker.objects.select_for_update(of=("self",)).get(pk=speaker.pk)
        if not row.email:
            raise Refusal("no_email", _("There is no e-mail to send the link to."), field="email")
        told = Mail.objects.filter(kind=LINK, thing=f"speaker:{row.pk}")
        if told.filter(to=row.email, queued_at__gt=Now() - BETWEEN_LINKS).exists():
            raise Refusal("sent_lately", _("The link was mailed within the last ten minutes."))
        return mails.queue(
            LINK,
            thing=f"speaker:{row.pk}",
            version=str(told.count() + 1),
            to=row.email,
            language=row.language,
            facts={"speaker": row.pk},
        )


def mailed_at() -> Subquery:
    """When the link was last mailed to the speaker of a row."""
    thing = Concat(Value("speaker:"), Cast(OuterRef("pk"), CharField()))
    told = Mail.objects.filter(kind=LINK, thing=thing, to=OuterRef("email")).order_by("-queued_at")
    return Subquery(told.values("queued_at")[:1])


def renew_link(*, actor: Actor, speaker: Speaker) -> Speaker:
    """Replace the link to the own page; the one before opens nothing any more."""
    with acting(actor, "speaker_link_replaced"):
        row = Speaker.objects.select_for_update(of=("self",)).get(pk=speaker.pk)
        row.link_version += 1
        row.save(update_fields=["link_version"])
    return row


def delete(*, actor: Actor, speakers: Collection[Speaker]) -> None:
    """Delete speakers whom nothing names. Raises Refusal: needed."""
    with acting(actor, "speaker_deleted"):
        pks = [speaker.pk for speaker in speakers]
        if Appearance.objects.filter(speaker__in=pks).exists() or Engagement.objects.filter(speaker__in=pks).exists():
            raise Refusal("needed", _("A session names the speaker. Take the speaker out of it first."))
        Speaker.objects.filter(pk__in=pks).delete()
        pictures.drop_unused()


def _save(speaker: Speaker) -> None:
    """With what follows from the names; the address, once it is out, stays as it is."""
    told = naming.derived(name_en=speaker.name_en, name_zh=speaker.name_zh)
    speaker.sort_en, speaker.sort_zh, speaker.search = told["sort_en"], told["sort_zh"], told["search"]
    speaker.save()


def _told(speaker: Speaker) -> dict[str, Any]:
    return {name: str(getattr(speaker, name)) for name in DETAILS} | {"portrait_id": speaker.portrait_id}
