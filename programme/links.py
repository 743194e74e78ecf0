"""The secret link to a speaker's own page, `/speakers/own/<key>/`; see `accounts.own_links`."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from accounts import own_links
from programme.models import Speaker

_WHAT = "programme.links"


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
