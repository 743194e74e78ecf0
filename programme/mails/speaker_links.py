"""The invitation to a speaker's own page."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from accounts.mails import builds, compose
from accounts.models import Mail
from accounts.typed import unlinked
from programme import links
from programme.models import Speaker


@builds("programme.speaker_link")
def speaker_link(mail: Mail) -> EmailMultiAlternatives | None:
    """The invitation to look at the own page, to correct and confirm it."""
    rows = Speaker.objects.select_related("show").filter(pk=mail.facts.get("speaker"), handle__gte=0)
    speaker = rows.filter(email__iexact=mail.to).first()
    if speaker is None:
        return None
    subject = _("Please confirm what we say of you")
    return compose(
        mail,
        template="programme/speaker_link",
        subject=f"{subject} · {speaker.show.short}",
        context={
            "show": speaker.show,
            "subject": subject,
            "speaker": {
                "name": unlinked(speaker.name),
                "position": unlinked(speaker.position),
                "firm": unlinked(speaker.firm),
            },
            "is_confirmed": speaker.confirmed_at is not None,
            "link": links.speaker_url(speaker, mail.language),
        },
    )
