from __future__ import annotations

import re
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape, format_html
from django.utils.translation import gettext

from programme import drawn, searching, times
from programme.models import Speaker
from programme.reading import Programme, places_left
from programme.shown import Shown
from programme.views.pages import public

OTHER = "#"


def letter_of(speaker: Speaker) -> str:
    """The letter that the speaker stands under; # for what begins with none."""
    first = searching.flat(speaker.sort_key)[:1].upper()
    return first if re.fullmatch("[A-Z]", first) else OTHER


def order(speaker: Speaker) -> tuple[bool, str, str, int]:
    letter = letter_of(speaker)
    return (letter == OTHER, letter, speaker.sort_key, speaker.pk)


@public
def speakers(request: HttpRequest, shown: Programme, at: datetime) -> HttpResponse:
    """Who speaks, by letter: of the alphabet in English, of pinyin in Chinese."""
    everybody = shown.once(("speakers", request.LANGUAGE_CODE), lambda: sorted(shown.speakers.values(), key=order))
    query = request.GET.get("q", "").strip()[: searching.LONGEST_QUERY]
    found = [one for one in everybody if is_like(one, searching.words_of(query))] if query else everybody
    letters: dict[str, list[Speaker]] = {}
    for one in found:
        letters.setdefault(letter_of(one), []).append(one)
    return render(
        request,
        "programme/speakers.html",
        {"part": "speakers", "letters": letters, "query": query, "count": len(found), "all": len(everybody)},
    )


def is_like(speaker: Speaker, words: tuple[str, ...]) -> bool:
    """Whether all the words are in the name, in either language or pinyin, or in the name of the firm."""
    text = searching.lines((*speaker.search.split("\n"), speaker.firm_en, speaker.firm_zh))
    return bool(words) and all(word in text for word in words)


@public
def speaker(request: HttpRequest, shown: Programme, at: datetime, *, slug: str) -> HttpResponse:
    """Only who appears in something that was announced has a page."""
    found = shown.everybody.get(slug)
    if found is None:
        raise Http404
    left = places_left(shown.show)
    sessions = [Shown(one, at, left=left) for one in shown.of_speaker(found)]
    return render(
        request,
        "programme/speaker.html",
        {
            "part": "speakers",
            "speaker": found,
            "rows": [drawn.row(one, more=part_in(one, found)) for one in sessions],
            "whose": times.whose(shown.show, sessions[0].listed.starts.date()),
        },
    )


def part_in(one: Shown, speaker: Speaker) -> str:
    """What the speaker does there: moderates, gives these talks; nothing where it is to take part."""
    told = [escape(gettext("Moderates"))] if speaker.pk in one.told.moderators else []
    told += [
        format_html("{} “{}”" if talk.span else "{}“{}”", talk.span, talk.title)
        for talk in one.talks
        if speaker.pk in talk.told.speakers
    ]
    return " · ".join(told)
