"""Where a form leads when it is done: to the page of ours that sent the visitor there, never to another site."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import is_valid_path, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 500


def onward(request: HttpRequest) -> str:
    """The path in `next`, of the form or the address, if it is one of our pages in either language; else empty."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if _is_ours(wanted) else ""


def _is_ours(wanted: str) -> bool:
    if len(wanted) > LONGEST or not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return False
    path = unquote(urlsplit(wanted).path)
    # Browsers resolve dots before they ask, written plainly or not: the path has to be a page's as it stands.
    if not {".", ".."}.isdisjoint(path.replace("\\", "/").split("/")):
        return False
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            if path.startswith(reverse("home")) and is_valid_path(path):
                return True
    return False
