"""The mail with a guide's own link."""

from __future__ import annotations

from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from accounts.mails import builds, compose
from accounts.models import Mail
from accounts.typed import unlinked
from expo.models import in_language
from programme import links
from programme.actions.guiding import LINK
from programme.models import Guide
from programme.reading import programme
from programme.times import span_short


@builds(LINK)
def guide_link(mail: Mail) -> EmailMultiAlternatives | None:
    """The way to the boarding lists, with the departures that are published by now."""
    rows = Guide.objects.select_related("show").filter(pk=mail.facts.get("guide"), handle__gte=0)
    guide = rows.filter(email__iexact=mail.to).first()
    if guide is None:
        return None
    known = [one for one in programme(guide.show).sessions if one.told.guide == guide.pk and not one.is_cancelled]
    subject = _("Your boarding lists")
    return compose(
        mail,
        template="programme/guide_link",
        subject=f"{subject} · {guide.show.short}",
        context={
            "show": guide.show,
            "subject": subject,
            "name": unlinked(guide.name),
            "departures": [
                (
                    span_short(one.starts, one.ends),
                    unlinked(in_language(one.told.title_en, one.told.title_zh)),
                    unlinked(one.told.meeting),
                )
                for one in known
            ],
            "link": links.guide_url(guide, mail.language),
        },
    )
