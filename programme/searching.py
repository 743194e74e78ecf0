"""Search through all that is published, in memory: characters, pinyin, its initials, and either language's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from programme import naming
from programme.models import Enterprise, Series, Speaker
from programme.reading import Listed, Programme

LONGEST_QUERY = 80
WORDS_AT_MOST = 8
FOUND_AT_MOST = 30
# Texts that stay flat from one reading of the programme to the next: all of a show of 300 sessions, with talks.
REMEMBERED = 4000

# Letters are looked for within words from this many on: two of them are in everything that is spelled in pinyin.
WITHIN_FROM = 3
# What a word is worth that is found: at the beginning of a word of the title, within one; of a name that belongs to
# it; and in what is written about it.
TITLE, IN_TITLE, NAME, IN_NAME, ABOUT = 8, 5, 3, 2, 1
WHOLE_TITLE = 6

NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found. The texts are flat (`flat`), each word of them behind a blank."""

    thing: Listed | Speaker | Series | Enterprise
    title: str
    names: str
    about: str


@dataclass(frozen=True, slots=True)
class Found:
    """`things` are the best, the best first; `count` is of all that have every word."""

    words: tuple[str, ...]
    things: tuple[Listed | Speaker | Series | Enterprise, ...]
    count: int


@lru_cache(REMEMBERED)
def flat(line: str) -> str:
    return NO_WORD.sub(" ", naming.normal(line)).strip()


def lines(texts: Iterable[str]) -> str:
    return "".join(f"\n {one}" for one in map(flat, texts) if one)


def words_of(query: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flat.__wrapped__(query[:LONGEST_QUERY]).split()))[:WORDS_AT_MOST]


def find(programme: Programme, query: str, *, at: datetime) -> Found:
    """What has all the words of the query; what is over comes behind what is as good and still to come."""
    words = words_of(query)
    if not words:
        return Found((), (), 0)
    phrase = " ".join(words)
    # A long word is in less than a short one, and whatever lacks one is done with.
    rarest = sorted(words, key=len, reverse=True)
    # Pinyin is also typed in syllables, of which names and titles keep only the whole.
    joined = ["".join(words)] if len(words) > 1 and phrase.isascii() else []
    hits = [
        (score, is_gone(entry.thing, at), number, entry.thing)
        for number, entry in enumerate(programme.once("search", lambda: tuple(entries(programme))))
        if (score := worth(entry, rarest, phrase) or (worth(entry, joined, phrase) if joined else 0))
    ]
    hits.sort(key=lambda hit: (-hit[0], hit[1], hit[2]))
    return Found(words, tuple(hit[3] for hit in hits[:FOUND_AT_MOST]), len(hits))


def is_gone(thing: object, at: datetime) -> bool:
    return isinstance(thing, Listed) and (thing.is_cancelled or thing.is_over(at))


def worth(entry: Entry, words: Iterable[str], phrase: str) -> int:
    """0 where one of the words is nowhere."""
    total = 0
    for word in words:
        beginning, anywhere = f" {word}", len(word) >= WITHIN_FROM or not word.isascii()
        if beginning in entry.title:
            total += TITLE
        elif anywhere and word in entry.title:
            total += IN_TITLE
        elif beginning in entry.names:
            total += NAME
        elif anywhere and word in entry.names:
            total += IN_NAME
        elif (word if anywhere else beginning) in entry.about:
            total += ABOUT
        else:
            return 0
    return total + (WHOLE_TITLE if f"\n {phrase}\n" in f"{entry.title}\n" else 0)


def entries(programme: Programme) -> Iterator[Entry]:
    """First what belongs together, then who speaks, then the sessions in the order of time."""
    for one, series in {one.series.pk: (one, one.series) for one in programme.sessions if one.series}.values():
        names = spelled(one, series.name_en, series.name_zh)
        yield Entry(series, lines(names), "", lines((series.about_en, series.about_zh)))
    for one, place in {
        one.enterprise.pk: (one, one.enterprise) for one in programme.sessions if one.enterprise
    }.values():
        yield Entry(
            place,
            lines(spelled(one, place.name_en, place.name_zh)),
            lines((place.district_en, place.district_zh)),
            lines((place.about_en, place.about_zh, place.seen_en, place.seen_zh)),
        )
    for speaker in programme.speakers.values():
        yield Entry(
            speaker,
            lines(speaker.search.split("\n")),
            lines((speaker.firm_en, speaker.firm_zh, speaker.position_en, speaker.position_zh)),
            lines((speaker.about_en, speaker.about_zh)),
        )
    for one in programme.sessions:
        told = one.told
        about = (text for talk in told.talks for text in (talk.about_en, talk.about_zh))
        yield Entry(
            one,
            lines(spelled(one, told.title_en, told.title_zh)),
            lines((told.code, *one.search.split("\n"), *names_of(one))),
            lines((told.about_en, told.about_zh, *about)),
        )


def names_of(one: Listed) -> Iterator[str]:
    """The names that stand beside a session as they are now; those that were frozen with it are in its `search`."""
    for thing in (one.host, one.series, one.enterprise, one.area, one.room):
        if thing is not None:
            yield from (thing.name_en, thing.name_zh)
    for speaker in one.speakers:
        yield from (*speaker.search.split("\n"), speaker.firm_en, speaker.firm_zh)


def spelled(one: Listed, *names: str) -> list[str]:
    """The names, with the pinyin and the initials that publishing has put behind them in the session's `search`."""
    known = one.search.split("\n")
    found = []
    for name in filter(None, names):
        line = naming.normal(name)
        found.append(line)
        if not line.isascii() and line in known:
            at = known.index(line)
            found += [text for text in known[at + 1 : at + 3] if text.isascii()]
    return found
