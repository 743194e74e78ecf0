"""What the page around every page needs: the ways through the site, and the same page in the other language."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from chitec.languages import PREFIXES, SHORT, in_other_language, language_in_path

register = template.Library()

NAMES = {"en": "English", "zh-hans": "中文"}


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    href: str
    code: str
    name: str


@register.simple_tag(takes_context=True)
def other_language(context: Context) -> OtherLanguage:
    """This page in the other language with its query; the front page where the address carries no language."""
    request = context.get("request")
    path = request.get_full_path() if request else "/"
    if language_in_path(path) is None:
        path = f"/{SHORT[get_language() or settings.LANGUAGE_CODE]}/"
    href = in_other_language(path)
    code = PREFIXES[href[1:].partition("/")[0]]
    return OtherLanguage(href, code, NAMES[code])


@register.simple_tag(takes_context=True)
def ways(context: Context) -> SafeString:
    """The links of the header; the one that leads to this page, or to the list it belongs to, is marked."""
    request = context.get("request")
    path = request.path if request else ""
    found = []
    for name, text in (
        ("register", gettext("Plan your visit")),
        ("plan-index", gettext("Floor plan")),
        ("exhibitors", gettext("Exhibitors")),
        ("programme", gettext("Programme")),
        ("tours", gettext("Tours")),
        ("areas", gettext("Areas")),
    ):
        href = reverse(name)
        found.append((href, "page" if path == href else "true" if path.startswith(href) else "", text))
    return format_html_join(
        "",
        '<li><a href="{}"{}>{}</a></li>',
        ((href, format_html(' aria-current="{}"', current) if current else "", text) for href, current, text in found),
    )


@register.simple_tag(takes_context=True)
def may_be_logged_in(context: Context) -> bool:
    """Whether the browser brought a session; says nothing of its worth, but costs no query."""
    request = context.get("request")
    return bool(request) and settings.SESSION_COOKIE_NAME in request.COOKIES


@register.simple_tag(takes_context=True)
def logged_in(context: Context) -> bool:
    """Whether somebody is logged in. Without a session it costs no query; with one it is read, once a page."""
    return may_be_logged_in(context) and context["request"].user.is_authenticated


@register.simple_tag(takes_context=True)
def way_back(context: Context) -> str:
    """The page to look at again: this one if it was read, else the page of ours whose form was sent, else the front."""
    request = context.get("request")
    if request is None:
        return "/"
    if request.method in {"GET", "HEAD"}:
        # Of two slashes at its beginning a browser would make another site's address.
        return "/" + request.get_full_path().lstrip("/")
    came_from = urlsplit(request.headers.get("referer", ""))
    if came_from.netloc == request.get_host() and came_from.path.startswith("/"):
        return urlunsplit(("", "", "/" + came_from.path.lstrip("/"), came_from.query, ""))
    return reverse("home")
