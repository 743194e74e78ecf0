"""What is told of a session in plain text, for programs that show no pages: calendars, schedules, the feed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from django.utils.translation import gettext as _

from expo.formats import in_chinese
from expo.models import InTwoLanguages, Show
from programme.addresses import Addresses
from programme.documents import Document
from programme.models import Audience, Kind, Language, Speaker
from programme.reading import Listed

# Whatever some program takes for the end of a line: what stands behind it must not become a line of a calendar.
BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# What XML cannot hold, however it is written, and what calendars may not.
UNTELLABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")


def text(value: str) -> str:
    """The text with its lines, without what breaks the files of others."""
    if value.isprintable():
        return value
    return UNTELLABLE.sub("", BREAKS.sub("\n", value)).strip()


def line(value: str) -> str:
    """As `text`, on one line."""
    return value if value.isprintable() else re.sub(r"[\n\t]+", " ", text(value))


class Teller:
    """Tells one output in one language: the one in use when it is made.

    It asks for the language once, and says what comes back (who speaks, the names of choices) as it was said first: an
    output has thousands of texts, and to ask anew for each takes as long as all the rest.
    """

    def __init__(self, show: Show) -> None:
        self.show = show
        self.zone = show.zone
        self.in_chinese = in_chinese()
        self.addresses = Addresses.in_use()
        self.persons: dict[int, str] = {}

    @cached_property
    def kinds(self) -> dict[str, str]:
        return {value: str(label) for value, label in Kind.choices}

    @cached_property
    def audiences(self) -> dict[str, str]:
        return {value: str(label) for value, label in Audience.choices}

    @cached_property
    def languages(self) -> dict[str, str]:
        return {value: str(label) for value, label in Language.choices}

    def own(self, en: str, zh: str) -> str:
        """As `in_language`."""
        return (zh or en) if self.in_chinese else (en or zh)

    def name(self, thing: InTwoLanguages | Speaker) -> str:
        return line(self.own(thing.name_en, thing.name_zh))

    def enumerated(self, names: Iterable[str]) -> str:
        return ("、" if self.in_chinese else ", ").join(names)

    def spoken(self, codes: Iterable[str]) -> str:
        return self.enumerated(self.languages.get(code, code) for code in codes)

    def person(self, speaker: Speaker) -> str:
        """The name with position and firm: 王小明 (Professor, Tsinghua University)."""
        if speaker.id not in self.persons:
            parts = (self.own(speaker.position_en, speaker.position_zh), self.own(speaker.firm_en, speaker.firm_zh))
            role = line(", ".join(filter(None, parts)))
            self.persons[speaker.id] = f"{self.name(speaker)} ({role})" if role else self.name(speaker)
        return self.persons[speaker.id]

    def plain_title(self, document: Document) -> str:
        return line(self.own(document.title_en, document.title_zh))

    def title(self, document: Document) -> str:
        """As entries of lists say it that may show nothing else."""
        title = self.plain_title(document)
        return _("Cancelled: %(title)s") % {"title": title} if document.is_cancelled else title

    def about(self, document: Document) -> str:
        return text(self.own(document.about_en, document.about_zh))

    def meeting(self, document: Document) -> str:
        return line(self.own(document.meeting_en, document.meeting_zh))

    def place(self, one: Listed) -> str:
        """Where to be: the room with its hall, or the meeting point, and the venue."""
        named = [one.room, one.room.hall] if one.room else []
        venue = line(self.own(self.show.venue_en, self.show.venue_zh))
        return ", ".join(filter(None, (*(self.name(thing) for thing in named if thing), self.meeting(one.told), venue)))

    def description(self, one: Listed) -> str:
        """All that somebody needs to know who reads of it nowhere else, paragraph by paragraph."""
        told = one.told
        why = line(self.own(told.cancelled_why_en, told.cancelled_why_zh)) if told.is_cancelled else ""
        return "\n\n".join(filter(None, (why, self.about(told), self.details(one))))

    def details(self, one: Listed) -> str:
        """What there is to say beside what it is about."""
        return "\n\n".join(filter(None, ("\n".join(self.order(one)), "\n".join(self.conditions(one)))))

    def order(self, one: Listed) -> Iterator[str]:
        """The talks in order, and who else takes part."""
        people = {speaker.id: speaker for speaker in one.speakers}

        def names(pks: Iterable[int]) -> str:
            return self.enumerated(self.person(people[pk]) for pk in pks if pk in people)

        for talk in one.told.talks:
            title = line(self.own(talk.title_en, talk.title_zh))
            said = f"{title}{'：' if self.in_chinese else ': '}{names(talk.speakers)}" if talk.speakers else title
            yield said if talk.after is None else f"{one.after(talk.after):%H:%M} {said}"
        if one.told.moderators:
            yield _("Moderated by %(names)s") % {"names": names(one.told.moderators)}
        if one.told.panel:
            yield _("With %(names)s") % {"names": names(one.told.panel)}

    def conditions(self, one: Listed) -> Iterator[str]:
        """Who invites, in which languages, for whom, and what to bring."""
        told = one.told
        if one.host is not None:
            yield _("Host: %(name)s") % {"name": self.name(one.host)}
        if told.languages:
            yield _("Language: %(languages)s") % {"languages": self.spoken(told.languages)}
        if told.interpretation:
            yield _("Interpreted into: %(languages)s") % {"languages": self.spoken(told.interpretation)}
        yield _("Audience: %(audience)s") % {"audience": self.audiences.get(told.audience, told.audience)}
        if told.age_from is not None:
            yield _("From the age of %(age)s") % {"age": told.age_from}
        if bring := self.own(told.bring_en, told.bring_zh):
            yield _("Please bring: %(things)s") % {"things": line(bring)}
        if told.asks_id:
            yield _("An ID number is asked for: %(why)s") % {"why": line(self.own(told.id_why_en, told.id_why_zh))}
