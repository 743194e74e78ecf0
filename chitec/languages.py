"""The two languages in addresses: /en/ and /zh/ (the language zh-hans under its short name)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import LocalePrefixPattern, URLResolver, is_valid_path
from django.utils import translation
from django.utils.cache import patch_vary_headers

PREFIXES = {"en": "en", "zh": "zh-hans"}
SHORT = {language: prefix for prefix, language in PREFIXES.items()}


class LanguagePrefix(LocalePrefixPattern):
    @property
    def language_prefix(self) -> str:
        return f"{SHORT[translation.get_language() or settings.LANGUAGE_CODE]}/"


def in_languages(*urls: Any) -> list[URLResolver]:
    """The patterns below /en/ and /zh/."""
    return [URLResolver(LanguagePrefix(prefix_default_language=True), list(urls))]


def language_in_path(path: str) -> str | None:
    return PREFIXES.get(path[1:].partition("/")[0])


def in_other_language(path: str) -> str:
    """The same page in the other language; `path` begins with one of the prefixes, else it comes back as it is."""
    prefix, _, rest = path[1:].partition("/")
    if prefix not in PREFIXES:
        return path
    other = next(short for short in PREFIXES if short != prefix)
    return f"/{other}/{rest}"


class LanguageMiddleware:
    """Activates the language of the address, else of cookie or browser; sends public pages without one to theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        in_path = language_in_path(request.path_info)
        language = in_path or translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        if response.status_code == 404 and in_path is None:
            prefixed = f"/{SHORT[language]}{request.path_info}"
            if request.method in {"GET", "HEAD"} and (is_valid_path(prefixed) or is_valid_path(f"{prefixed}/")):
                query = request.META.get("QUERY_STRING", "")
                slash = "" if is_valid_path(prefixed) else "/"
                response = HttpResponseRedirect(f"{prefixed}{slash}" + (f"?{query}" if query else ""))
        if in_path is None:
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        elif translation.get_language_from_request(request) != language:
            # The desk has no language in its address: it follows the one last read in.
            remember_language(response, language)
        response.headers.setdefault("Content-Language", translation.get_language() or language)
        return response


def remember_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
