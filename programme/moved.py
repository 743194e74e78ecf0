"""What a session that has moved was announced as at first, in words."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext

from expo import formats
from expo.models import in_language
from programme import times
from programme.reading import Listed


def sentence(listed: Listed) -> str:
    """When and where it was announced first, as far as that has changed; nothing where it has not."""
    first = listed.announced
    if first is None:
        return ""
    was = times.after(first.starts, timedelta(minutes=first.minutes))
    when = times.span_in_words(first.starts, was, beside=listed.starts.date())
    is_other_time = (first.starts, first.minutes) != (listed.starts, listed.told.minutes)
    here = (listed.told.room, listed.told.meeting_en, listed.told.meeting_zh)
    is_other_place = first.place and (first.room, first.meeting_en, first.meeting_zh) != here
    if is_other_time and is_other_place:
        return gettext("It was announced for %(when)s, %(place)s.") % {"when": when, "place": first.place}
    if is_other_time:
        return gettext("It was announced for %(when)s.") % {"when": when}
    return gettext("It was announced for %(place)s.") % {"place": first.place} if is_other_place else ""


def parts(listed: Listed) -> list[str]:
    """Each thing that was announced otherwise: time, meeting point, room."""
    first, told = listed.announced, listed.told
    if first is None:
        return []
    words = []
    if first.starts != listed.starts:
        when = formats.clock(first.starts)
        if first.starts.date() != listed.starts.date():
            when = f"{formats.day_named(first.starts)} {when}"
        words.append(gettext("announced for %(when)s at first") % {"when": when})
    elif first.minutes != told.minutes:
        words.append(gettext("announced to last %(time)s at first") % {"time": times.lasting(first.minutes)})
    meeting = in_language(first.meeting_en, first.meeting_zh)
    if meeting and meeting != told.meeting:
        words.append(gettext("the meeting point was %(place)s at first") % {"place": meeting})
    if first.room is not None and first.room != told.room:
        room = in_language(first.room_en, first.room_zh)
        words.append(gettext("%(room)s at first") % {"room": room} if room else gettext("in another room at first"))
    return words
