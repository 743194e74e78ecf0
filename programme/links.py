"""The secret links to a speaker's own page, `/speakers/own/<key>/`, and to a guide's boarding lists,
`/tours/boarding/<key>/`; see `accounts.own_links`."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts import own_links
from programme.models import Guide, Speaker

_WHAT = "programme.links"
_BOARDING = "programme.links.boarding"


def speaker_key(speaker: Speaker) -> str:
    return own_links.key_of(_WHAT, handle=speaker.handle, version=speaker.link_version)


def speaker_url(speaker: Speaker, language: str) -> str:
    """The absolute address, for mails."""
    with translation.override(language):
        return settings.SITE_URL + reverse("speaker-own", args=[speaker_key(speaker)])


def find_speaker(key: str) -> Speaker | None:
    """The speaker whom the key belongs to, with the show; None for any other text."""
    handle = own_links.handle_in(key)
    if handle is None:
        return None
    rows = Speaker.objects.select_related("show", "portrait").defer("portrait__jpeg")
    found: Speaker | None = rows.filter(handle=handle).first()
    if found is None or not own_links.opens(key, _WHAT, handle=handle, version=found.link_version):
        return None
    return found


def guide_key(guide: Guide) -> str:
    return own_links.key_of(_BOARDING, handle=guide.handle, version=guide.link_version)


def guide_url(guide: Guide, language: str) -> str:
    """The absolute address, for mails."""
    with translation.override(language):
        return settings.SITE_URL + reverse("boarding", args=[guide_key(guide)])


def find_guide(key: str) -> Guide | None:
    """The guide whom the key belongs to, with the show; None for any other text."""
    handle = own_links.handle_in(key)
    if handle is None:
        return None
    found: Guide | None = Guide.objects.select_related("show").filter(handle=handle).first()
    if found is None or not own_links.opens(key, _BOARDING, handle=handle, version=found.link_version):
        return None
    return found
