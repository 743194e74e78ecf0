"""What pages of lower rooms say of the programme."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from expo.models import Area
from programme.days import Chosen
from programme.reading import Listed, Programme, places_left, programme
from programme.shown import Shown
from programme.times import whose
from programme.views.days import address

register = template.Library()

# Of an area's sessions that have still to come.
AT_MOST = 5


def sessions_of(shown: Programme, area: Area) -> list[Listed]:
    return [one for one in shown.sessions if one.area and one.area.pk == area.pk]


@register.simple_tag(takes_context=True)
def sessions_in_area(context: Context, area: Area) -> int:
    """How many sessions an exhibition area has in the programme."""
    return len(sessions_of(programme(context["request"].show), area))


@register.inclusion_tag("programme/in_area.html", takes_context=True)
def on_in_area(context: Context, area: Area) -> dict[str, Any]:
    """The next sessions of an exhibition area, and the way to all of them."""
    show = context["request"].show
    at = show.now()
    shown, left = programme(show), places_left(show)
    of_area = sessions_of(shown, area)
    coming = [one for one in of_area if not one.is_over(at)][:AT_MOST]
    first = coming[0] if coming else of_area[0] if of_area else None
    return {
        "sessions": [Shown(one, at, left=left) for one in coming],
        "count": len(of_area),
        "href": address(first.starts.date()) + Chosen(area=area.slug).query() if first else "",
        "whose": whose(show, first.starts.date()) if first else "",
    }
