"""In which languages a session is held, and into which it is interpreted, in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext

from expo import formats
from programme.models import Language

NAMES = dict(Language.choices)
PAIR = 2


def named(codes: Iterable[str]) -> str:
    """Chinese, English."""
    return formats.listed(NAMES.get(code, code) for code in codes)


def spoken(languages: Iterable[str], interpretation: Iterable[str]) -> str:
    """In Chinese, interpreted into English and French. Nothing where nothing is said."""
    languages = tuple(languages)
    held, heard = named(languages), named(code for code in interpretation if code not in languages)
    if held and heard:
        return gettext("In %(spoken)s, interpreted into %(heard)s") % {"spoken": held, "heard": heard}
    if heard:
        return gettext("Interpreted into %(heard)s") % {"heard": heard}
    return gettext("In %(spoken)s") % {"spoken": held} if held else ""


def briefly(languages: Iterable[str], interpretation: Iterable[str]) -> str:
    """Chinese, interpreted into English; where a heading says that it is about languages.

    Of two languages that are interpreted into each other it is said in short.
    """
    own, heard = tuple(languages), tuple(interpretation)
    others = tuple(code for code in heard if code not in own)
    words = {"spoken": named(own), "languages": named(others or heard)}
    if not heard:
        return words["spoken"]
    if not own:
        return gettext("interpreted into %(languages)s") % words
    if len(own) == PAIR and set(own) <= set(heard):
        both = gettext("%(spoken)s, interpreted both ways and into %(languages)s")
        return (both if others else gettext("%(spoken)s, interpreted both ways")) % words
    return gettext("%(spoken)s, interpreted into %(languages)s") % words
