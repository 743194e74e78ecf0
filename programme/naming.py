"""What follows from names: addresses, the order in each language, and what is searched."""

from __future__ import annotations

import unicodedata

from exhibitors.rules import another_slug, slug_of, sort_keys, spelled

__all__ = ["another_slug", "derived", "normal", "searched", "slug_of", "sort_keys"]

# Addresses of pages that stand beside those of sessions.
RESERVED = frozenset({"now", "search", "series", "wall", "print", "speakers", "tours", "list", "grid", "day"})


def normal(text: str) -> str:
    """As texts are compared: one width, one case, no accents, single blanks."""
    flat = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(sign for sign in flat if not unicodedata.combining(sign)).split())


def searched(*texts: str) -> str:
    """What is searched for these texts: themselves, and pinyin with its initials for what is Chinese.

    Of 机器人 that is "机器人 jiqiren jqr". Words stand apart, texts on lines of their own.
    """
    lines = []
    for text in filter(None, texts):
        flat = normal(text)
        lines.append(flat)
        syllables = normal(spelled(text)).split()
        if syllables and flat != " ".join(syllables):
            lines.append("".join(syllables))
            lines.append("".join(syllable[0] for syllable in syllables))
    return "\n".join(lines)


def derived(*, name_en: str, name_zh: str) -> dict[str, str]:
    """The fields of a speaker that follow from the names: slug, sort_en, sort_zh, search."""
    sort_en, sort_zh = sort_keys(name_en=name_en, name_zh=name_zh)
    return {
        "slug": slug_of(name_en=name_en, name_zh=name_zh),
        "sort_en": sort_en,
        "sort_zh": sort_zh,
        "search": searched(name_en, name_zh),
    }


def session_slug(*, title_en: str, title_zh: str) -> str:
    """The address of a session from its title; never one of another page's."""
    slug = slug_of(name_en=title_en, name_zh=title_zh)
    return another_slug(slug) if slug in RESERVED else slug
