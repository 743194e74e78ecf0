"""Where the venue and the open enterprises lie, drawn and in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from expo.models import Show
from programme import sketch
from programme.models import Enterprise

OVERVIEW_HEIGHT = 400


def spot(enterprise: Enterprise) -> sketch.Spot | None:
    if enterprise.latitude is None or enterprise.longitude is None:
        return None
    return sketch.Spot(enterprise.name, float(enterprise.latitude), float(enterprise.longitude))


def venue(show: Show) -> sketch.Spot | None:
    if show.latitude is None or show.longitude is None:
        return None
    # Its whole name stands below every page, and would not fit.
    return sketch.Spot(gettext("Venue"), float(show.latitude), float(show.longitude))


def how_far(show: Show, enterprise: Enterprise) -> str:
    """28 km to the south of the venue as the crow flies; nothing where nobody has said where one of them lies."""
    here, there = venue(show), spot(enterprise)
    return sketch.in_words(here, there) if here and there else ""


class Drawn(NamedTuple):
    """A sketch, and what it says in words."""

    svg: SafeString
    words: str


def way_to(show: Show, enterprise: Enterprise, others: Iterable[Enterprise], minutes: int) -> Drawn | None:
    """None where somebody has not said yet where the venue or the enterprise lies."""
    here, there = venue(show), spot(enterprise)
    if here is None or there is None:
        return None
    words = sketch.in_words(here, there)
    around = [place for one in others if one.pk != enterprise.pk and (place := spot(one))]
    drawn = sketch.sketch(here, around, to=there, minutes=minutes)
    said = gettext("Sketch of the way: %(enterprise)s. %(where)s.") % {"enterprise": there.name, "where": words}
    return Drawn(sketch.svg(drawn, said), words)


def overview(show: Show, enterprises: Iterable[Enterprise]) -> Drawn | None:
    here = venue(show)
    places = [place for one in enterprises if (place := spot(one))]
    if here is None or not places:
        return None
    words = ngettext(
        "%(n)s open enterprise around the venue; the list says how far it is.",
        "%(n)s open enterprises around the venue; the list says how far each is.",
        len(places),
    ) % {"n": len(places)}
    return Drawn(sketch.svg(sketch.sketch(here, places, height=OVERVIEW_HEIGHT), words), words)
