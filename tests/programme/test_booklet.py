"""The printed programme, read back as a reader of PDFs sees it."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest
from django.core.cache import caches
from django.utils import translation

from expo.models import Room
from programme import reading
from programme.actions import planning
from programme.booklet import contents, setting, shelf
from programme.models import Enterprise, Session, Speaker
from tests.factories.expo import AreaFactory, RoomFactory, ShowFactory, on
from tests.factories.programme import (
    SYSTEM,
    EnterpriseFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
    talk,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]

ADDRESS = "/en/programme/programme.pdf"


@pytest.fixture
def forum(show):
    """A published forum in room 2A at ten on the first day, with a talk."""
    room = RoomFactory(show=show, name_en="Room 2A", name_zh="2A会议室")
    area = AreaFactory(hall__show=show, letter="C", name_en="Science City", name_zh="科学城", colour="#0b7a4b")
    session = placed(
        on(1, "10:00"), show=show, room=room, area=area, title_en="Forum on chips", title_zh="芯片论坛",
        interpretation=["en"],
    )  # fmt: skip
    speaker = SpeakerFactory(
        show=show, name_en="Wang Invented", name_zh="王虚构", firm_en="Chip Works", firm_zh="芯片厂"
    )
    talk(session, speaker, after=15, minutes=30, title_en="Smaller still", title_zh="更小")
    return session


def read(pdf):
    """The text of each page, blanks made one."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [" ".join(document[n].get_textpage().get_text_range().split()) for n in range(len(document))]
    finally:
        document.close()


def printed(client, address=ADDRESS):
    caches["process"].clear()
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return read(response.content)


def test_the_booklet_has_a_cover_contents_a_day_and_an_index(client, show, forum):
    publish(show, forum)
    cover, inside, day, index = printed(client)
    assert "CHITEC 22 Programme 22nd China Beijing International High-Tech Expo 24 – 27 October 2019" in cover
    assert "Version 1 of 24 October 2019, 08:00 All times are by the clock of Beijing (UTC+8)." in cover
    assert re.search(
        r"Contents Thursday 24 October [. ]*3 Speakers [. ]*4 Rooms Room 2A 300 seats .* C Science City", inside
    )
    assert (
        "10:00 – 11:00 Room 2A Forum Forum on chips In Chinese, interpreted into English"
        " 10:15 Smaller still Wang Invented (Chip Works)"
    ) in day
    assert "Wang Invented Chip Works 3" in index


def test_the_chinese_booklet_is_chinese(client, show, forum):
    publish(show, forum)
    text = "".join(printed(client, "/zh/programme/programme.pdf")).replace(" ", "")
    for said in ("第二十二届中国北京国际科技产业博览会", "芯片论坛", "更小", "王虚构", "2A会议室", "10月24日星期四"):
        assert said in text
    assert "Forumonchips" not in text


def test_what_lacks_a_language_is_told_in_the_other(client, show, forum):
    Session.objects.update(title_en="")
    publish(show, forum)
    assert "芯片论坛" in printed(client)[2]


def test_drafts_are_not_printed(client, show, forum):
    publish(show, forum)
    placed(on(2, "10:00"), show=show, title_en="Secret forum")
    assert "Secret forum" not in "".join(printed(client))


def test_a_cancelled_session_says_so_and_its_speakers_are_not_in_the_index(client, show, forum):
    publish(show, forum)
    planning.cancel(actor=SYSTEM, session=forum, why_en="The hall is wet.", why_zh="漏水", step=None)
    publish(show, forum)
    pages = printed(client)
    assert len(pages) == 3
    assert "Cancelled: The hall is wet. Forum on chips" in pages[2]
    assert "Wang Invented" not in "".join(pages)


def test_a_moved_session_says_from_where(client, show, forum):
    publish(show, forum)
    move(forum, on(1, "13:30"), room=RoomFactory(show=show, name_en="Room 3B"))
    publish(show, forum)
    assert "Moved: announced for 10:00 at first; Room 2A at first" in printed(client)[2]


def test_a_session_over_midnight_says_on_which_day_it_ends(client, show):
    publish(show, placed(on(1, "22:00"), show=show, minutes=210, outside_hours_why="by night"))
    assert "22:00 – 25 October 01:30" in printed(client)[2]


def test_times_after_a_change_of_clocks_say_their_offset(client):
    show = ShowFactory(time_zone="Europe/Berlin", city_en="Berlin")
    # On 27 October 2019 at 03:00 the clocks went back to 02:00.
    starts = on(4, "06:30")
    publish(show, placed(starts, show=show, minutes=180, outside_hours_why="by night"))
    assert "UTC+2 Session 00:30 – 02:30 UTC+1" in printed(client)[2]


def test_tours_are_told_by_enterprise(client, show):
    works = EnterpriseFactory(
        show=show, name_en="Robot Works", district_en="Daxing", seen_en="The line\nThe arm", rules_en="No photographs."
    )
    said = {"bring_en": "shoes", "asks_id": True, "id_why_en": "a fence"}
    publish(
        show,
        departing(on(1, "09:30"), show=show, enterprise=works, age_from=12, **said),
        departing(on(2, "09:30"), show=show, enterprise=works, age_from=6, **said),
    )
    assert (
        "Open enterprises Robot Works Daxing • The line • The arm No photographs."
        " 40 minutes by bus · Gate 1 · In Chinese · bring shoes · asks for an ID number: a fence"
        " Thursday 24 October, 09:30, back at 12:30 from the age of 12"
        " Friday 25 October, 09:30, back at 12:30 from the age of 6"
    ) in printed(client)[4]


def test_a_day_is_printed_alone(client, show, forum):
    publish(show, forum, placed(on(2, "10:00"), show=show, title_en="Second day"))
    pages = "".join(printed(client, f"{ADDRESS}?day=2019-10-25"))
    assert ("Second day" in pages, "Forum on chips" in pages, "Wang Invented" in pages) == (True, False, False)


@pytest.mark.parametrize("day", ["2019-10-28", "yesterday", "9" * 5000, "😀"])
def test_a_day_that_there_is_not_is_not_found(client, show, forum, day):
    publish(show, forum)
    assert client.get(ADDRESS, {"day": day}).status_code == 404


def test_before_anything_is_published_the_booklet_says_so(client, show):
    assert "Nothing is announced yet." in printed(client)[1]


HOSTILE = (
    "😀 emoji", "\u202eright to left\u202c", "مرحبا بالعالم", "שלום", "#eval(\"1\") $x$ @ref <label> `raw` \\ ",
    "ł\x00\ufffe\u0301",
    "龘" * 160, "W" * 160, "*bold* _it_ // no comment", "ก็บ", "\U0010ffff", "   ",
)  # fmt: skip


def test_nothing_that_somebody_typed_breaks_it():
    told = SimpleNamespace(**ONE_OF_ALL)
    for text in HOSTILE:
        filled = fill(vars(told), text)
        pages = read(setting.render(filled, at=on(1, "08:00")))
        assert len(pages) >= 4


def fill(told, text):
    if isinstance(told, str):
        return text if told == "text" else told
    if isinstance(told, dict):
        return {name: fill(value, text) for name, value in told.items()}
    return [fill(one, text) for one in told] if isinstance(told, list) else told


SESSION = {
    "id": 1, "from": "10:00", "to": "11:00", "place": "text", "colour": "#0a56d6", "ink": "#ffffff", "kind": "text",
    "title": "text", "is_cancelled": False, "changes": ["text"], "facts": ["text"], "moderators": "text",
    "panel": "text",
    "talks": [{"time": "", "title": "text", "speakers": "text"}] * 12,
}  # fmt: skip
WORDS = ["contents", "rooms", "areas", "session", "tours", "speakers", "nothing", "to_page"]
ONE_OF_ALL = {
    "language": "en", "short": "text", "show": "text", "theme": "text", "heading": "text", "dates": "text",
    "venue": "text",
    "version": "text", "foot": "text", "zone": "text", "colours": [], "words": dict.fromkeys(WORDS, "text"),
    "rooms": [{"name": "text", "hall": "text", "seats": "text"}],
    "areas": [{"letter": "A", "name": "text", "colour": "#ffb21c", "ink": "#000000"}],
    "days": [{"name": "text", "zone": "UTC", "rows": [SESSION, SESSION | {"id": 2, "is_cancelled": True}]}],
    "tours": [
        {
            "name": "text", "where": "text", "seen": ["text"], "rules": "text", "facts": "text",
            "departures": [{"id": 3, "when": "text", "own": "text", "changes": ["text"], "is_cancelled": True}],
        }
    ],
    "speakers": [{"name": "text", "firm": "text", "sessions": [1, 2]}],
}  # fmt: skip


def test_a_warning_of_the_typesetter_is_no_booklet():
    with pytest.raises(RuntimeError, match="typst"):
        setting.render(ONE_OF_ALL | {"language": "no language"}, at=on(1, "08:00"))


def test_characters_that_no_font_has_are_marked(show, client, forum):
    Speaker.objects.update(name_en="Wang \U000f0000 Invented")
    publish(show, forum)
    assert "Wang 〓 Invented" in printed(client)[3]


def test_a_booklet_is_made_once(client, show, forum, monkeypatch):
    publish(show, forum)
    made = counted(monkeypatch)
    first = client.get(ADDRESS).content
    caches["process"].clear()
    assert client.get(ADDRESS).content == first
    assert len(made) == 1


def counted(monkeypatch):
    made = []
    render = setting.render

    def once_more(told, *, at):
        made.append(told["language"])
        return render(told, at=at)

    monkeypatch.setattr(setting, "render", once_more)
    return made


def test_many_who_ask_at_once_get_what_is_made_once(show, forum, monkeypatch):
    publish(show, forum)
    published = reading.read(show)
    told = contents.contents(published)
    made = counted(monkeypatch)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(shelf.booklet, told, shelf.mark(told), at=published.published_at) for _ in range(8)]
        answers = {one.result() for one in asked}
    assert (len(made), len(answers)) == (1, 1)


def test_a_new_version_is_a_new_booklet(client, show, forum):
    publish(show, forum)
    before = client.get(ADDRESS)["ETag"]
    move(forum, on(1, "11:00"))
    publish(show, forum)
    caches["process"].clear()
    assert client.get(ADDRESS)["ETag"] != before
    assert "Version 2" in printed(client)[0]


def test_a_name_put_right_is_put_right_in_print(client, show, forum):
    publish(show, forum)
    printed(client)
    Room.objects.filter(name_en="Room 2A").update(name_en="Room 2X")
    assert "Room 2X" in printed(client)[2]


def test_only_so_many_booklets_are_kept(show, forum, monkeypatch, settings):
    monkeypatch.setattr(shelf, "MOST", 2)
    monkeypatch.setattr(setting, "render", lambda _told, **_at: b"%PDF")
    for n in range(4):
        shelf.booklet({}, f"booklet-{n}", at=on(1, "08:00"))
    assert len(list(Path(settings.MEDIA_ROOT).rglob("*.pdf"))) == 2


def test_who_has_the_booklet_is_sent_nothing_anew(client, show, forum):
    publish(show, forum)
    etag = client.get(ADDRESS)["ETag"]
    assert client.get(ADDRESS, headers={"If-None-Match": etag}).status_code == 304


def test_the_file_has_a_name_of_its_own(client, show, forum):
    publish(show, forum)
    names = [
        client.get(path)["Content-Disposition"] for path in (ADDRESS, "/zh/programme/programme.pdf?day=2019-10-24")
    ]
    assert names == [
        'inline; filename="show22-programme-v1-en.pdf"',
        'inline; filename="show22-programme-2019-10-24-v1-zh.pdf"',
    ]


def test_the_same_programme_says_the_same_in_each_language(show, forum):
    publish(show, forum)
    published = reading.read(show)
    marks = []
    for language in ("en", "zh-hans", "en"):
        with translation.override(language):
            marks.append(shelf.mark(contents.contents(published)))
    assert (marks[0] == marks[2], marks[0] == marks[1]) == (True, False)


def test_it_takes_as_many_queries_for_three_sessions_as_for_one(client, show, forum, django_assert_num_queries):
    publish(show, forum)
    for day in (2, 3):
        caches["process"].clear()
        with django_assert_num_queries(5):
            client.get(ADDRESS)
        session = placed(on(day, "10:00"), show=show)
        speaking(session, SpeakerFactory(show=show), moderates=True)
        publish(show, session)


def test_enterprises_without_anything_but_a_name_are_printed(client, show):
    publish(show, departing(on(1, "09:00"), show=show, languages=[], meeting_en="", meeting_zh=""))
    assert Enterprise.objects.get().name_en in printed(client)[3]
