"""The two pieces that the programme's pages have by the hundred, drawn as strings: five times as fast as templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

if TYPE_CHECKING:
    from programme.shown import Shown


def chips(one: Shown) -> str:
    return " ".join(f'<span class="chip {kind}">{escape(word)}</span>' for word, kind in one.states)


def places(one: Shown) -> str:
    """How many places are left, in a few words."""
    words = one.booking.briefly if one.booking else ""
    return f'<span class="left">{escape(words)}</span>' if words else ""


def row(one: Shown, *, more: str = "") -> SafeString:
    """A session in a list: when, how it stands, what, how full, where, in what language, for whom, in which area.

    `more` is what else this list says of it, as HTML.
    """
    day = one.day
    if day:
        day = gettext("since %(day)s") % {"day": day} if one.goes_on else day
        day = f'<span class="of-day">{escape(day)}</span> '
    words = one.words
    if words:
        words = f'<p class="small">{escape(words)}</p>'
    facts = [escape(fact) for fact in (one.where, one.kind, one.speech, "" if one.is_open else one.audience)]
    area = one.area
    sign = ""
    if area:
        letter = f'<span class="letter" aria-hidden="true">{area.letter}</span>'
        sign = f'<p class="small lettered">{letter}{escape(area.name)}</p>'
    if more:
        more = f'<p class="small">{more}</p>'
    return mark_safe(  # noqa: S308  (names and texts are escaped)
        f'<li class="slot {one.classes}"><p class="at">{day}{one.span} {chips(one)}</p>'
        f'<div class="what"><h3><a href="{one.href}">{escape(one.title)}</a></h3>{words}'
        f'<p class="small quiet">{" · ".join(filter(None, [places(one), *facts]))}</p>{more}{sign}</div></li>\n'
    )


def block(one: Shown, position: str) -> SafeString:
    """A session in the grid, at the place that the classes of `position` give it."""
    return mark_safe(  # noqa: S308  (names and texts are escaped)
        f'<li class="block {position} {one.classes}"><a href="{one.href}"><span class="at">{one.span}</span> '
        f"<b>{escape(one.title)}</b></a> {chips(one)}{places(one)}</li>\n"
    )
