"""Search through what is published: both languages, characters, pinyin, initials."""

import sys

import pytest

from programme import searching
from programme.actions import planning
from programme.models import Enterprise, Series, Speaker
from programme.reading import read
from tests.factories.expo import AreaFactory, on
from tests.factories.programme import (
    SYSTEM,
    EnterpriseFactory,
    HostFactory,
    SeriesFactory,
    SpeakerFactory,
    departing,
    placed,
    publish,
    speaking,
    talk,
)

pytestmark = pytest.mark.django_db
AT = on(1, "09:00")


def found(show, query, at=AT):
    """What is found, by its code or name."""
    things = searching.find(read(show), query, at=at).things
    return [thing.told.code if hasattr(thing, "told") else thing.name_en for thing in things]


@pytest.fixture
def robots(show):
    placed(on(1, "10:00"), code="R", title_en="Robots: Ålesund to Beijing–Tianjin", title_zh="智能机器人论坛")
    placed(on(1, "12:00"), code="X", title_en="Something else", title_zh="其他")
    publish(show)
    return show


@pytest.mark.parametrize(
    "query",
    [
        "机器人", "智能机器人论坛", "jiqiren", "ji qi ren", "JQR", "znjqrlt", "robots", "ROBOTS", "ｒｏｂｏｔｓ",
        "robot", "alesund", "ÅLESUND", "beijing tianjin", "Beijing-Tianjin", "机器人 robots", "  robots  ", "al",
        "bots",
    ],
)  # fmt: skip
def test_it_is_found_however_it_is_typed(robots, query):
    assert found(robots, query) == ["R"]


@pytest.mark.parametrize("query", ["robots something", "zzz", "obots robotx", "ts", "机人"])
def test_all_words_have_to_be_in_it_and_short_ones_at_the_beginning(robots, query):
    assert found(robots, query) == []


@pytest.mark.parametrize("query", ["", " ", "…!?", "\x00", "()[]*+\\", "%_'\""])
def test_without_a_word_nothing_is_found(robots, query):
    assert searching.find(read(robots), query, at=AT).words == ()
    assert found(robots, query) == []


def test_everything_that_belongs_to_a_session_leads_to_it(show):
    series = SeriesFactory(name_en="Digital Days", name_zh="数字日")
    host = HostFactory(name_en="Quantum Institute", name_zh="量子研究院")
    area = AreaFactory(name_en="Winter Olympics", name_zh="科技冬奥")
    session = placed(on(1, "10:00"), code="A", series=series, host=host, area=area, about_en="On superconductors.")
    speaker = SpeakerFactory(name_en="Wang Xiaoming", name_zh="王小明", firm_en="Example Works", firm_zh="样例工厂")
    talk(session, speaker, title_en="Cold chips", title_zh="冷芯片", about_en="Near zero kelvin.")
    publish(show)

    for query in (
        "digital days", "数字日", "shuziri", "szr", "quantum", "量子", "liangzi", "lzyjy", "winter", "科技冬奥",
        "superconductors", "wang", "王小明", "wangxiaoming", "wxm", "example works", "样例", "cold chips", "冷芯片",
        "lengxinpian", "kelvin", session.room.name_en,
    ):  # fmt: skip
        assert "A" in found(show, query), query


def test_series_speakers_and_enterprises_are_found_themselves(show):
    one = placed(on(1, "10:00"), series=SeriesFactory(name_en="Digital Days", name_zh="数字日"))
    speaking(one, SpeakerFactory(name_en="Digby Stone", name_zh=""))
    departing(on(1, "10:00"), enterprise=EnterpriseFactory(name_en="Digging Works", name_zh="挖掘工厂"))
    publish(show)

    assert {type(thing) for thing in searching.find(read(show), "dig", at=AT).things} >= {Series, Speaker, Enterprise}
    assert found(show, "wajue")[0] == "Digging Works"
    assert found(show, "shuziri")[0] == "Digital Days"


def test_the_title_counts_more_than_what_is_written_and_what_is_over_comes_last(show):
    placed(on(1, "10:00"), code="ABOUT", about_en="About robots.")
    placed(on(1, "11:00"), code="OVER", title_en="Robots")
    placed(on(2, "11:00"), code="COMING", title_en="Robots")
    placed(on(2, "12:00"), code="PART", title_en="Robots and more")
    publish(show)

    assert found(show, "robots", at=on(2, "09:00")) == ["COMING", "OVER", "PART", "ABOUT"]


def test_no_more_than_the_best_are_told(show, monkeypatch):
    monkeypatch.setattr(searching, "FOUND_AT_MOST", 2)
    for hour in (10, 11, 12):
        placed(on(1, f"{hour}:00"), title_en="Robots")
    publish(show)

    result = searching.find(read(show), "robots", at=AT)
    assert (len(result.things), result.count) == (2, 3)


def test_what_is_not_published_is_not_found(show):
    session = placed(on(1, "10:00"), code="A", title_en="Known")
    publish(show)
    session.title_en = "Secret plan"
    session.save()
    hidden = placed(on(1, "12:00"), title_en="Secret session", series=SeriesFactory(name_en="Secret series"))
    speaking(hidden, SpeakerFactory(name_en="Secret speaker"))

    assert found(show, "secret") == []
    assert found(show, "known") == ["A"]


def test_who_speaks_at_nothing_but_what_was_cancelled_is_no_longer_found(show):
    session = placed(on(1, "10:00"))
    speaking(session, SpeakerFactory(name_en="Ada Stone"))
    publish(show)
    planning.cancel(actor=SYSTEM, session=session, why_en="Ill", why_zh="", step=None)
    publish(show)

    assert found(show, "ada") == [session.code]


def test_searching_needs_no_dictionary_of_pinyin(robots, monkeypatch):
    programme = read(robots)
    monkeypatch.setitem(sys.modules, "pypinyin", None)

    assert searching.find(programme, "jiqiren", at=AT).count == 1


def test_a_query_is_bounded(robots):
    assert searching.words_of("ro " * 1000) == ("ro",)
    assert len(searching.words_of(" ".join(f"w{n}" for n in range(60)))) == searching.WORDS_AT_MOST
    assert len("".join(searching.words_of("x" * 5000))) == searching.LONGEST_QUERY
