"""The signs of the hall, for every template: plates, chips, seats, days, money, and the show itself."""

from __future__ import annotations

from datetime import datetime, time

from django import template
from django.core.cache import caches
from django.http import Http404
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from expo import formats
from expo import signs as area_signs
from expo.models import Area, Show

register = template.Library()

for said in (
    formats.day_long,
    formats.day_short,
    formats.day_named,
    formats.clock,
    formats.money,
    formats.price,
    formats.number,
    formats.spelled,
):
    register.simple_tag(said)
    register.filter(said.__name__, said)
register.simple_tag(formats.day_range)

# How full something is, in words; `of` is always more than one person reads as a number, so it is the plural's guide.
LEFT = {
    "seats": lambda n: ngettext("%(left)s of %(of)s seat left", "%(left)s of %(of)s seats left", n),
    "places": lambda n: ngettext("%(left)s of %(of)s place left", "%(left)s of %(of)s places left", n),
    "booths": lambda n: ngettext("%(left)s of %(of)s booth still free", "%(left)s of %(of)s booths still free", n),
}
FULL = {
    "seats": lambda n: ngettext("Full: the only seat is taken", "Full: all %(of)s seats are taken", n),
    "places": lambda n: ngettext("Full: the only place is taken", "Full: all %(of)s places are taken", n),
    "booths": lambda n: ngettext("Full: the only booth is taken", "Full: all %(of)s booths are taken", n),
}
# From this share of places taken on, the bar turns to the colour of "nearly gone".
NEARLY_FULL = 0.9


@register.simple_tag(takes_context=True)
def show(context: Context) -> Show | None:
    """The show that the site shows, or None where there is none yet: `{% show as show %}`."""
    request = context.get("request")
    try:
        return request.show if request and request.show.pk else None
    except Http404:
        return None


@register.simple_tag
def known_show() -> Show | None:
    """The show if this process has read it in the last seconds; never asks the database. For error pages."""
    return caches["process"].get("show")


@register.simple_tag
def mark(short: str) -> SafeString:
    """The show's short name with its number marked: CHITEC <b>22</b>."""
    words, _, last = short.rpartition(" ")
    return format_html("{} <b>{}</b>", words, last) if words else format_html("{}", last)


@register.simple_tag(takes_context=True)
def moment(context: Context, at: datetime) -> str:
    """24 October 2019, 09:05, by the show's clock on the wall."""
    shown = show(context)
    return formats.moment_long(at.astimezone(shown.zone) if shown else at)


@register.simple_tag
def show_dates(shown: Show) -> str:
    """24 – 27 October 2019; nothing for a show whose days are not set yet."""
    return formats.day_range(shown.calendar[0].date, shown.calendar[-1].date) if shown.calendar else ""


@register.filter
def area_class(area: Area | str) -> str:
    """The class that brings an area's colour: area-c. Takes the area or its letter (or a booth's number)."""
    letter = area.letter if isinstance(area, Area) else str(area)[:1]
    return f"area-{letter.lower()}" if letter else ""


@register.simple_tag
def plate(hall: object, code: object, area: Area | str = "") -> SafeString:
    """The sign that names a place: hall on the left, code on the right in the area's colour.

    `area` is the area or its letter; without it the code's first letter is the area's.
    """
    return format_html(
        '<span class="plate {}"><span class="hall">{}</span><span class="code">{}</span></span>',
        area_class(area or str(code)),
        hall,
        code,
    )


@register.simple_tag
def letter(area: Area) -> SafeString:
    """The area's letter on its colour, as it hangs above the area. Its name has to stand beside it."""
    return format_html('<span class="letter {}" aria-hidden="true">{}</span>', area_class(area), area.letter)


@register.simple_tag
def chip(text: object, area: Area | str = "", kind: str = "") -> SafeString:
    """A word about a state. `kind`: ok, wait, now, off; or the area whose colour it has."""
    classes = " ".join(part for part in ("chip", area_class(area) if area else "", kind) if part)
    return format_html('<span class="{}">{}</span>', classes, text)


def words_left(left: int, of: int, what: str = "seats") -> str:
    """27 of 300 seats left. `what`: seats, places, booths."""
    return (LEFT if left > 0 else FULL)[what](of) % {"left": f"{max(left, 0):,}", "of": f"{of:,}"}


@register.simple_tag
def seats(left: int, of: int, what: str = "seats", area: Area | str = "") -> SafeString:
    """How full it is: a bar, and the same in words. `what`: seats, places, booths."""
    taken = min(max((of - left) / of, 0), 1) if of else 1
    colour = area_class(area) if area else "nearly" if taken >= NEARLY_FULL else ""
    return format_html(
        '<span class="seats {}">'
        '<svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="all" width="100" height="6"/><rect class="taken" width="{}" height="6"/></svg>{}</span>',
        colour,
        f"{taken * 100:.1f}",
        words_left(left, of, what),
    )


register.simple_tag(words_left)


@register.simple_tag(takes_context=True)
def signs_css(context: Context) -> SafeString:
    """The link to the style sheet of the areas' colours; its address changes with them."""
    version = area_signs.signs().version
    return format_html('<link rel="stylesheet" href="{}">', reverse("signs", args=[version]))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing from static/img/icons.svg, for the eye only: a word has to stand beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str = "", href: str = "", act: str = "") -> dict[str, str]:
    """Nothing here: why, and what to do about it. `act` is the verb on the button that leads to `href`."""
    return {"title": title, "text": text, "href": href, "act": act}


@register.simple_tag
def hours(opens: time, closes: time) -> str:
    """09:00 – 17:00."""
    return f"{opens:%H:%M} – {closes:%H:%M}"


@register.simple_tag
def optional() -> SafeString:
    """The word that stands behind the label of a field that may stay empty."""
    return format_html('<span class="optional">{}</span>', gettext("optional"))
