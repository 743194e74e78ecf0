"""The programme from a spreadsheet: what is read of it, what it does to the plan, and what it refuses in words."""

import contextlib
import io
import time as time_module
import zipfile
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone, translation
from pghistory.models import Context

from accounts.refusals import Refusal
from expo.models import Show
from programme.actions import importing, planning
from programme.importing import opening, writing
from programme.importing.values import clocks, day
from programme.models import Appearance, Host, Import, Session, Speaker, Talk
from tests.factories.accounts import UserFactory
from tests.factories.desk import HOSTILE
from tests.factories.expo import AreaFactory, HallFactory, RoomFactory, on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    BusFactory,
    EnterpriseFactory,
    GuideFactory,
    HostFactory,
    SeriesFactory,
    SessionFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
    talk,
)
from tests.factories.spreadsheets import HEADS, applied, looked_at, sessions, uploaded, workbook
from tests.factories.staff import logged_in

pytestmark = pytest.mark.django_db
FORUM = ("F1", "Forum", "Sensors", date(2019, 10, 24), time(9), time(10, 30), "Room 2A")
TALK_HEADS = ("Session code", "Start", "End", "Title in English", "Speakers", "Moderates")


@pytest.fixture
def room(show):
    return RoomFactory(name_en="Room 2A", name_zh="2A会议室")


def told(outcome):
    return [f"{problem.where}: {problem.sentence}" for problem in outcome.problems]


def codes(outcome):
    return [problem.code for problem in outcome.problems]


def figures(outcome):
    return len(outcome.new), len(outcome.changed), len(outcome.unchanged), len(outcome.missing)


def naive(*parts):
    """As a cell has it, which knows no zone."""
    return datetime(*parts)  # noqa: DTZ001


def forum(**cells):
    """The row FORUM with some of its cells changed, by their headings."""
    return [cells.get(head.split()[0].lower(), said) for head, said in zip(HEADS, FORUM, strict=True)]


# What is made of the rows


def test_a_new_row_is_a_session_of_the_working_plan(show, room):
    assert figures(applied(show, sessions(FORUM))) == (1, 0, 0, 0)
    session = Session.objects.get()
    assert (session.code, session.kind, session.title_en) == ("F1", "forum", "Sensors")
    assert (session.starts_at, session.minutes, session.room) == (on(1, "09:00"), 90, room)
    assert session.slug == "sensors"
    assert not hasattr(session, "published")


def test_looking_stores_nothing(show, room):
    outcome = looked_at(show, sessions(FORUM))
    assert figures(outcome) == (1, 0, 0, 0)
    assert not Session.objects.exists()


def test_the_same_file_twice_changes_nothing(show, room):
    applied(show, sessions(FORUM))
    outcome = applied(show, sessions(FORUM))
    assert (figures(outcome), outcome.does_nothing) == ((0, 0, 1, 0), True)
    assert Session.objects.get().step == 0


def test_a_known_code_changes_its_session_field_by_field(show, room):
    applied(show, sessions(FORUM))
    outcome = applied(show, sessions(forum(title="Robots", end=time(11))))
    assert [tuple(change) for change in outcome.changed[0].changes] == [
        ("Title in English", "Sensors", "Robots"),
        ("Minutes", "90", "120"),
    ]
    session = Session.objects.get()
    assert (session.title_en, session.minutes, session.slug, session.step) == ("Robots", 120, "sensors", 1)


def test_what_is_only_in_the_plan_is_named_and_left_alone(show, room):
    other = SessionFactory(code="F9")
    outcome = applied(show, sessions(FORUM))
    assert outcome.missing == [other]
    assert Session.objects.count() == 2


def test_an_empty_cell_empties_the_field_and_a_missing_column_leaves_it(show):
    SessionFactory(code="F1", title_en="Sensors", about_en="All of them", bring_en="A pen")
    applied(show, sessions(("F1", ""), heads=("Code", "About it, in English")))
    session = Session.objects.get()
    assert (session.about_en, session.bring_en) == ("", "A pen")


def test_a_row_without_day_and_start_waits_among_the_unplaced(show, room):
    placed(on(1, "09:00"), code="F1", room=room)
    applied(show, sessions(forum(day=None, start=None, end=None)))
    session = Session.objects.get()
    assert (session.starts_at, session.minutes) == (None, 60)


def test_headings_may_be_chinese_and_in_any_order(show, room):
    data = sessions(("2A会议室", "9:00", "智能传感器论坛", "F1", "论坛", "10月24日", "90"),
                    heads=("会议室", "开始时间", "中文标题", "编号", "类型", "日期", "分钟"))  # fmt: skip
    applied(show, data)
    session = Session.objects.get()
    assert (session.title_zh, session.kind, session.room, session.minutes) == ("智能传感器论坛", "forum", room, 90)


def test_every_column_of_a_session_arrives(show, room):
    hall = HallFactory()
    area = AreaFactory(letter="B", hall=hall)
    host, series = HostFactory(name_zh="示例园区"), SeriesFactory()
    heads = ("Code", "Kind", "Title in Chinese", "About it, in English", "Host", "Series", "Area", "Languages",
             "Interpreted into", "Audience", "Seats", "Standing places", "Kept for guests", "Kept for walk-ins",
             "From the age of", "What to bring, in English", "Asks for an ID number",
             "Why the ID, in English")  # fmt: skip
    data = sessions(
        ("F1", "论坛", "论坛", "Two\nlines", "示例园区", series.name_en, "b", "中文、English", "fr", "客商", 80, 20,
         10, 5, 16,
         "Your badge", "是", "The park asks"),
        heads=heads,
    )  # fmt: skip
    applied(show, data)
    row = Session.objects.get()
    assert (row.about_en, row.host, row.series, row.area) == ("Two\nlines", host, series, area)
    assert (row.languages, row.interpretation, row.audience) == (["zh", "en"], ["fr"], "merchants")
    assert (row.seats, row.standing, row.reserve_guests, row.reserve_walk_ins, row.age_from) == (80, 20, 10, 5, 16)
    assert (row.bring_en, row.asks_id, row.id_why_en) == ("Your badge", True, "The park asks")


def test_a_tour_arrives_with_guide_bus_and_meeting_point(show):
    enterprise, guide, bus = EnterpriseFactory(), GuideFactory(), BusFactory()
    heads = ("Code", "Kind", "Title", "Open enterprise", "Guide", "Bus", "Meeting point", "Minutes by bus, one way")
    applied(
        show, sessions(("T1", "tour", "Visit", enterprise.name_zh, guide.name, bus.name, "Gate 1", 30), heads=heads)
    )
    row = Session.objects.get()
    assert (row.enterprise, row.guide, row.bus, row.meeting_en, row.travel_minutes) == (
        enterprise, guide, bus, "Gate 1", 30,
    )  # fmt: skip


# Talks, speakers, hosts


def with_talks(*talks, speakers=(("Li Na", "李娜"), ("Jean", "")), rows=(FORUM,), heads=TALK_HEADS):
    return workbook(
        Sessions=[HEADS, *rows],
        Talks=[heads, *talks],
        Speakers=[("Name in English", "Name in Chinese"), *speakers],
    )


def test_talks_come_with_their_speakers_and_who_moderates(show, room):
    applied(
        show,
        with_talks(
            ("F1", "9:00", "9:30", "Field sensors", "李娜", None),
            ("F1", "9:30", "10:00", "Mail", "Jean", None),
            ("F1", None, None, None, "Wang", "yes"),
            speakers=(("Li Na", "李娜"), ("Jean", ""), ("Wang", "")),
        ),
    )
    assert list(Talk.objects.values_list("title_en", "after", "minutes")) == [
        ("Field sensors", 0, 30),
        ("Mail", 30, 30),
    ]
    appearing = Appearance.objects.order_by("position").values_list("speaker__name_en", "talk__title_en", "moderates")
    assert list(appearing) == [("Wang", None, True), ("Li Na", "Field sensors", False), ("Jean", "Mail", False)]


def test_a_talk_that_changes_stays_the_same_row(show, room):
    applied(show, with_talks(("F1", "9:00", "9:30", "Field sensors", "Li Na", None)))
    before = Talk.objects.get()
    outcome = applied(show, with_talks(("F1", "9:00", "9:45", "Field sensors", "Li Na; Jean", None)))
    assert [change.heading for change in outcome.changed[0].changes] == ["Talks"]
    assert (Talk.objects.get().pk, Talk.objects.get().minutes) == (before.pk, 45)
    assert Appearance.objects.count() == 2


def test_a_talk_that_is_in_the_file_no_more_goes(show, room):
    two = (("F1", "9:00", "9:30", "One", "Li Na", None), ("F1", "9:30", "10:00", "Two", "Jean", None))
    applied(show, with_talks(*two))
    applied(show, with_talks(two[1]))
    assert list(Talk.objects.values_list("title_en", flat=True)) == ["Two"]
    assert Appearance.objects.get().speaker.name_en == "Jean"


def test_a_session_without_rows_among_the_talks_keeps_its_own(show, room):
    session = placed(on(1, "09:00"), code="F1", room=room, minutes=90, title_en="Sensors", title_zh="", seats=0)
    talk(session, SpeakerFactory())
    outcome = applied(show, workbook(Sessions=[HEADS, FORUM], Talks=[TALK_HEADS]))
    assert (outcome.does_nothing, Talk.objects.count()) == (True, 1)


def test_talks_alone_change_the_sessions_of_the_plan(show, room):
    placed(on(1, "09:00"), code="F1", room=room)
    SpeakerFactory(name_en="Li Na")
    applied(show, workbook(Talks=[TALK_HEADS, ("F1", "9:00", "9:30", "One", "Li Na", None)]))
    assert (Talk.objects.get().title_en, Session.objects.get().step) == ("One", 1)


def test_new_speakers_and_hosts_are_made_from_their_sheets(show):
    applied(
        show,
        workbook(
            Speakers=[("姓名", "E-mail", "Country or region"), ("李娜", "li@example.com", "法国")],
            Hosts=[("Name in Chinese", "Kind"), ("示例园区", "park or district")],
        ),
    )
    speaker, host = Speaker.objects.get(), Host.objects.get()
    assert (speaker.name_zh, speaker.email, speaker.country, speaker.slug) == ("李娜", "li@example.com", "FR", "li-na")
    assert (speaker.sort_zh, "lina" in speaker.search) == ("li na", True)
    assert (host.name_en, host.name_zh, host.kind) == ("示例园区", "示例园区", "park")


def test_a_new_host_is_that_of_a_session_at_once(show):
    data = workbook(Sessions=[("Code", "Kind", "Title", "Host"), ("F1", "Forum", "Sensors", "Park")],
                    Hosts=[("Name",), ("Park",)])  # fmt: skip
    applied(show, data)
    assert Session.objects.get().host == Host.objects.get(name_en="Park")


def test_namesakes_are_told_apart_by_e_mail(show, room):
    people = [("Name", "E-mail"), ("Li Wei", "a@example.com"), ("Li Wei", "b@example.com")]
    talks = [TALK_HEADS, ("F1", "9:00", "9:30", "One", "Li Wei <b@example.com>", None)]
    data = workbook(Sessions=[HEADS, FORUM], Talks=talks, Speakers=people)
    applied(show, data)
    assert Appearance.objects.get().speaker.email == "b@example.com"
    assert applied(show, data).does_nothing


def test_a_name_that_several_have_is_asked_about(show, room):
    for number in range(2):
        SpeakerFactory(name_en="Li Wei", name_zh="李伟", slug=f"li-wei-{number}")
    data = workbook(Sessions=[HEADS, FORUM], Talks=[TALK_HEADS, ("F1", "9:00", "9:30", "One", "Li Wei", None)])
    assert told(looked_at(show, data)) == ["Talks, row 2, column “Speakers”: “Li Wei” is the name of several."]


# Days and times


@pytest.mark.parametrize(
    "cell",
    [
        date(2019, 10, 24), naive(2019, 10, 24), "2019-10-24", "24.10.2019", "24/10/2019", "2019/10/24", "10月24日",
        "2019年10月24日", "２０１９年１０月２４日", "10月24日（星期四）", "24 October 2019", "Oct 24, 2019",
        "24 Oct", "24 octo. 2019", "20191024", "2019-10-24 00:00:00", 43762, 43762.0, "43762", "Thu 24 October 2019",
    ],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(cell):
    assert day(cell, epoch=opening.EPOCH, days=[date(2019, 10, 24)]) == date(2019, 10, 24)


@pytest.mark.parametrize(
    "cell", ["soon", "24 Octember", "2019-02-29", "24.13.2019", "31/4/2019", -5, 1e9, "0001-01-01", "9999-12-31"]
)
def test_what_is_no_day_is_said(cell):
    with pytest.raises(Refusal) as refused:
        day(cell, epoch=opening.EPOCH, days=[date(2019, 10, 24)])
    assert refused.value.code in {"no_day", "year"}


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        (time(9), 540), (0.375, 540), ("9:00", 540), ("09.00", 540), ("9h30", 570), ("9h", 540), ("上午9:00", 540),
        ("下午2:30", 870), ("14：30", 870), ("9点半", 570), ("14时30分", 870), ("2:30 pm", 870), ("12:00am", 0),
        ("中午12:00", 720), (timedelta(hours=9), 540), ("9:00:00", 540), ("24:00", 1440),
        (naive(1899, 12, 31, 9), 540), ("0.375", 540),
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(cell, minutes):
    assert clocks(cell, epoch=opening.EPOCH, days=[])[0].minutes == minutes


@pytest.mark.parametrize("cell", ["25:00", "9:75", "nine", 9, 930, "9", True, "9:00-10:00-11:00", "24:30"])
def test_what_is_no_time_is_said(cell):
    with pytest.raises(Refusal) as refused:
        clocks(cell, epoch=opening.EPOCH, days=[])
    assert refused.value.code == "no_time"


@pytest.mark.parametrize("cell", ["9:00-10:30", "9:00 – 10:30", "９：００～１０：３０", "9:00至10:30", "9:00 to 10:30"])
def test_a_start_may_say_the_end_as_well(show, room, cell):
    applied(show, sessions(forum(start=cell, end=None)))
    assert Session.objects.get().minutes == 90


def test_days_count_from_1904_in_a_workbook_that_says_so(show, room):
    serial = (date(2019, 10, 24) - date(1904, 1, 1)).days
    applied(show, sessions(FORUM, forum(code="F2", day=serial, start=0.5, end=0.625), mac=True))
    assert list(Session.objects.order_by("code").values_list("starts_at", flat=True)) == [
        on(1, "09:00"),
        on(1, "12:00"),
    ]


def test_a_start_may_name_its_day(show, room):
    data = sessions(
        ("F1", "Forum", "Sensors", naive(2019, 10, 25, 9, 0), 60),
        heads=("Code", "Kind", "Title", "Start", "Minutes"),
    )
    applied(show, data)
    assert Session.objects.get().starts_at == on(2, "09:00")


def test_a_session_past_midnight_has_its_minutes(show):
    heads = ("Code", "Kind", "Title", "Day", "Start", "Minutes", "Why outside the hours")
    applied(show, sessions(("F1", "Ceremony", "Dinner", "2019-10-24", "22:00", 240, "Dinner"), heads=heads))
    assert Session.objects.get().ends_at == on(2, "02:00")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"end": time(8)},
         "column “End”: It would end before it starts. A session past midnight has its minutes instead of an end."),
        ({"end": time(9)}, "column “End”: A session lasts 5 minutes at least."),
        ({"start": naive(2019, 10, 24, 9), "end": naive(2019, 10, 27, 9)},
         "column “End”: A session lasts 18 hours at most. Make one session of each day, in one series."),
        ({"day": None}, "column “Day”: The day is missing."),
        ({"start": None}, "column “Start”: The start is missing. Leave the day empty too if it is not placed yet."),
        ({"day": "soon"}, "column “Day”: “soon” is not a day. Write it as 2019-10-24 or 24.10.2019."),
        ({"start": "nine"}, "column “Start”: “nine” is not a time. Write it as 9:00 or 14:30."),
        ({"end": time(17, 30)},
         "column “Start”: This is outside the show's hours. Choose another time, or give the reason why it may be."),
        ({"room": "Room 2B"}, "column “Room”: There is no room “Room 2B”. Nearest: “Room 2A”."),
        ({"room": "2A"}, "column “Room”: There is no room “2A”. Nearest: “2A会议室”."),
        ({"kind": "party"},
         ("column “Kind”: “party” is none of these: "
          "Symposium, Forum, Project promotion, Ceremony, Open-enterprise tour.")),
        ({"kind": None}, "column “Kind”: The kind is missing."),
        ({"title": None}, "column “Title in English”: Give the title in Chinese, in English or in both."),
        ({"title": "x" * 161},
         "column “Title in English”: “" + "x" * 39 + "…” is longer than 160 characters: it has 161."),
        ({"code": "F 1"}, "column “Code”: Letters, digits, dots and dashes, such as F03-1."),
        ({"code": "F" * 21}, "column “Code”: A code has 20 characters at most."),
        ({"code": None}, "column “Code”: The code is missing."),
        ({"kind": "tour"}, "column “Open enterprise”: A tour leads to an open enterprise, and nothing else does."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_says_where_and_why(show, room, cells, expected):
    assert told(looked_at(show, sessions(forum(**cells))))[0] == f"Sessions, row 2, {expected}"
    assert not Session.objects.exists()


def test_a_time_that_clocks_leave_out_or_have_twice_is_asked_about(show, room):
    Show.objects.update(time_zone="Europe/Berlin")
    outcome = looked_at(
        Show.objects.get(),
        sessions(forum(day="2019-03-31", start="2:30"), forum(code="F2", day="2019-10-27", start="2:30")),
    )
    assert codes(outcome) == ["no_such_time", "time_comes_twice"]


def test_all_that_is_wrong_is_said_at_once(show, room):
    outcome = looked_at(
        show, sessions(forum(code="A", start="x"), forum(code="B", room="y"), forum(code="C", kind="z"))
    )
    assert codes(outcome) == ["no_time", "no_room", "no_choice"]


def test_one_wrong_row_keeps_all_others_from_the_plan(show, room):
    upload = uploaded(show, sessions(FORUM, forum(code="F2", start="x")))
    seen = importing.preview(actor=SYSTEM, upload=upload).seal
    with pytest.raises(Refusal) as refused:
        importing.apply(actor=SYSTEM, upload=upload, seen=seen, at=NOW)
    assert (refused.value.code, Session.objects.count()) == ("wrong", 0)


def test_a_code_that_stands_twice_is_refused_with_both_rows(show, room):
    outcome = looked_at(show, sessions(FORUM, forum(start="11:00", end="12:00")))
    assert told(outcome) == ["Sessions, row 3, column “Code”: This code stands in row 2 already."]


def test_a_code_in_other_letters_is_not_a_new_session(show, room):
    SessionFactory(code="f1")
    assert codes(looked_at(show, sessions(FORUM))) == ["like_another"]


@pytest.mark.parametrize("code", [12, 12.0, "12", " 12 ", "12\N{NO-BREAK SPACE}"])
def test_a_code_of_digits_is_one_however_the_cell_has_it(show, room, code):
    applied(show, sessions(forum(code=code)))
    assert Session.objects.get().code == "12"


def test_more_places_than_seats_need_a_reason(show, room):
    heads = (*HEADS, "Seats", "Why more places than seats")
    assert codes(looked_at(show, sessions((*FORUM, 301, ""), heads=heads))) == ["over_seats"]
    assert codes(looked_at(show, sessions((*FORUM, 301, "Chairs are brought"), heads=heads))) == []


def test_a_session_outside_the_hours_needs_a_reason(show, room):
    row = (*forum(end=time(18)), "A reception")
    assert codes(looked_at(show, sessions(row, heads=(*HEADS, "Why outside the hours")))) == []


def test_a_cancelled_session_is_not_changed(show, room):
    session = placed(on(1, "09:00"), code="F1", room=room)
    planning.cancel(actor=SYSTEM, session=session, why_en="Ill", why_zh="", step=None)
    assert told(looked_at(show, sessions(FORUM))) == [
        "Sessions, row 2, column “Code”: The session is cancelled. Restore it first."
    ]


# What clashes


def test_clashes_of_rooms_are_all_named_with_their_rows(show, room):
    outcome = looked_at(
        show,
        sessions(FORUM, forum(code="F2", title="Robots"), forum(code="F3", start="14:00", end="15:00"),
                 forum(code="F4", start="14:30", end="15:00")),
    )  # fmt: skip
    assert told(outcome) == [
        "Sessions, row 3, column “Room”: Room 2A has “Sensors” from 24 Oct, 09:00 to 10:30. That is row 2.",
        "Sessions, row 5, column “Room”: Room 2A has “Sensors” from 24 Oct, 14:00 to 15:00. That is row 4.",
    ]


def test_a_clash_with_the_plan_is_said_of_the_row(show, room):
    placed(on(1, "09:00"), code="P1", title_en="Planned", room=room)
    outcome = looked_at(show, sessions(FORUM))
    assert told(outcome) == ["Sessions, row 2, column “Room”: Room 2A has “Planned” from 24 Oct, 09:00 to 10:00."]


def test_sessions_may_change_rooms_with_each_other(show, room):
    other = RoomFactory(name_en="Room 3")
    applied(show, sessions(FORUM, forum(code="F2", room="Room 3")))
    applied(show, sessions(forum(room="Room 3"), forum(code="F2")))
    assert list(Session.objects.order_by("code").values_list("room", flat=True)) == [other.pk, room.pk]


def test_a_speaker_in_two_places_is_named(show, room):
    RoomFactory(name_en="Room 3")
    data = with_talks(
        ("F1", "9:00", "9:30", "One", "Li Na", None),
        ("F2", "9:15", "9:45", "Two", "Li Na", None),
        rows=(FORUM, forum(code="F2", room="Room 3")),
    )
    assert codes(looked_at(show, data)) == ["speaker_taken"]


@pytest.mark.parametrize(("what", "factory"), [("Guide", GuideFactory), ("Bus", BusFactory)])
def test_a_guide_or_a_bus_on_two_tours_is_named(show, what, factory):
    name, enterprise = factory().name, EnterpriseFactory().name_en
    rows = [(code, "tour", "Visit", "2019-10-24", "9:00", 120, enterprise, name) for code in ("T1", "T2")]
    outcome = looked_at(
        show, sessions(*rows, heads=("Code", "Kind", "Title", "Day", "Start", "Minutes", "Open enterprise", what))
    )
    assert codes(outcome) == [f"{what.lower()}_taken"]
    assert outcome.problems[0].where == f"Sessions, row 3, column “{what}”"


def test_a_speaker_twice_in_one_session_is_refused(show, room):
    data = with_talks(("F1", "9:00", "9:30", "One", "Li Na", None), ("F1", "9:30", "10:00", "Two", "李娜", None))
    assert told(looked_at(show, data)) == [
        "Talks, row 3, column “Speakers”: Li Na is in this session already, in row 2; once is enough."
    ]


def test_a_speaker_whom_nobody_knows_is_asked_about_with_the_nearest(show, room):
    data = with_talks(("F1", "9:00", "9:30", "One", "Li Ma", None))
    (sentence,) = told(looked_at(show, data))
    assert sentence.startswith("Talks, row 2, column “Speakers”: There is no speaker “Li Ma”. New ones go on the sheet")
    assert sentence.endswith("Nearest: “Li Na”.")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("F9", "9:00", "9:30", "One", "Li Na", None), "no_session"),
        (("F1", "9:30", "9:00", "One", "Li Na", None), "ends_before_it_starts"),
        (("F1", "9:00", None, "One", "Li Na", None), "half_a_time"),
        (("F1", None, None, None, None, "yes"), "no_talk"),
        (("F1", "16:00", "16:30", "One", "Li Na", None), "after_its_session"),
        (("F1", "9:00", "9:30", None, "Li Na", None), "no_title"),
        (("F1", "9:00", "9:30", "One", "Li Na; Li Na", None), "twice"),
    ],
)
def test_a_talk_that_cannot_be_is_refused(show, room, row, code):
    assert codes(looked_at(show, with_talks(row))) == [code]


# The file itself


def test_merged_days_and_rooms_count_for_each_row_and_are_told(show, room):
    def merge(book):
        book["Sessions"].merge_cells("D2:D3")
        book["Sessions"].merge_cells("G2:G3")

    outcome = applied(
        show, sessions(FORUM, forum(code="F2", day=None, start="11:00", end="12:00", room=None), touch=merge)
    )
    assert Session.objects.get(code="F2").starts_at == on(1, "11:00")
    assert Session.objects.get(code="F2").room == room
    assert outcome.notes == ["Sessions: a merged cell counts for each row that it goes over: Day 2–3, Room 2–3."]


@pytest.mark.parametrize("cells", ["A2:A3", "A2:B2", "C1:D1", "D1:D2"])
def test_a_merge_over_what_each_row_needs_itself_is_refused(show, room, cells):
    data = sessions(FORUM, forum(code="F2", start="11:00", end="12:00"),
                    touch=lambda book: book["Sessions"].merge_cells(cells))  # fmt: skip
    assert "merged" in codes(looked_at(show, data)) or cells == "C1:D1"


def test_a_merge_below_the_last_row_is_nobodys(show, room):
    data = sessions(FORUM, touch=lambda book: book["Sessions"].merge_cells("D90:D95"))
    assert figures(looked_at(show, data)) == (1, 0, 0, 0)


def test_a_formula_with_an_error_is_named(show, room):
    def spoil(book):
        book["Sessions"]["G2"] = "#REF!"

    assert told(looked_at(show, sessions(FORUM, touch=spoil))) == [
        "Sessions, row 2, column “Room”: The formula gives an error. Put it right, or write the value itself."
    ]


def test_a_formula_that_was_never_worked_out_is_named(show, room):
    def spoil(book):
        book["Sessions"]["C2"] = '=CONCATENATE("a","b")'

    assert "no_value" in codes(looked_at(show, sessions(FORUM, touch=spoil)))


def test_hidden_rows_count_and_are_told_empty_ones_do_not(show, room):
    def hide(book):
        book["Sessions"].row_dimensions[2].hidden = True

    outcome = applied(show, sessions(FORUM, (), (None, "  ", "\N{NO-BREAK SPACE}"), touch=hide))
    assert (figures(outcome), outcome.notes) == ((1, 0, 0, 0), ["Sessions: hidden rows are read like all others: 2."])


def test_a_title_may_stand_above_the_headings(show, room):
    assert figures(applied(show, workbook(Sessions=[("Programme of the 22nd",), (), HEADS, FORUM]))) == (1, 0, 0, 0)


def test_unknown_columns_and_sheets_are_named_and_left_out(show, room):
    outcome = looked_at(show, workbook(Sessions=[(*HEADS, "Catering"), (*FORUM, "Tea")], Budget=[("x", "y"), (1, 2)]))
    assert outcome.notes == [
        "Sessions: these columns are not known, and left out: “Catering”.",
        "The sheet “Budget” is not known, and left out.",
    ]
    assert codes(outcome) == []


def test_a_missing_necessary_column_is_named(show):
    assert told(looked_at(show, sessions(("Forum", "Sensors"), heads=("Kind", "Title")))) == [
        "Sessions: The column “Code” is missing."
    ]


def test_a_column_that_stands_twice_is_refused(show, room):
    assert codes(looked_at(show, sessions((*FORUM, "x"), heads=(*HEADS, "编号")))) == ["two_columns"]


def test_the_only_sheet_may_have_any_name(show, room):
    assert figures(applied(show, workbook(Sheet1=[HEADS, FORUM]))) == (1, 0, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_text_files_are_read_in_the_encodings_of_the_trade(show, room, encoding, delimiter):
    lines = [
        ("编号", "类型", "中文标题", "日期", "开始时间", "结束时间"),
        ("F1", "论坛", "智能传感器论坛", "10月24日", "上午9：00", "10:30"),
    ]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    applied(show, text.encode(encoding))
    assert Session.objects.get().title_zh == "智能传感器论坛"


def zipped(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def repacked(data, **changes):
    """The workbook with some of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return zipped(**{name: packed.read(name) for name in packed.namelist()} | changes)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"  \n", "empty_file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "wrong_type"),
        (b"%PDF-1.7 not a table", "no_sheet"),
        (b"PK\x03\x04 broken", "broken"),
        (zipped(**{"hello.txt": "x"}), "wrong_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "wrong_type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"x" * (opening.MOST_BYTES + 1), "too_large"),
        (b"a,b\n1,2\n", "no_sheet"),
        (b"Code,Title\nF1,\0\n", "wrong_type"),
        (b"a," * 400 + b"\n1,2\n", "too_many_rows"),
    ],
)
def test_a_file_that_is_no_spreadsheet_is_refused_in_a_sentence(show, data, code):
    with pytest.raises(Refusal) as refused:
        uploaded(show, data)
    assert refused.value.code == code
    assert not Import.objects.exists()


def test_a_file_that_is_small_and_grows_is_refused_before_it_is_taken_apart(show):
    bomb = repacked(sessions(FORUM), **{"xl/sharedStrings.xml": b"<x>" * 30_000_000})
    assert len(bomb) < 1_000_000
    with pytest.raises(Refusal) as refused:
        uploaded(show, bomb)
    assert refused.value.code == "too_large"


def with_sheet(rows):
    """A workbook whose sheet has these rows, as the format writes them."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    return repacked(sessions(FORUM), **{"xl/worksheets/sheet1.xml": sheet})


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ('<row r="1"><c r="XFD1048576"><v>1</v></c></row>', "too_many_rows"),
        ("<row><c s='1' r = 'A60000'><v>1</v></c></row>", "too_many_rows"),
        ('<row><c r="ZZZ1"><v>1</v></c></row>', "too_many_rows"),
        ('<row><c r="KN40000"><v>1</v></c></row>', "too_many_rows"),
        ("<row/>" * 60_000 + "<row><c><v>1</v></c></row>", "too_many_rows"),
        ("<row>" + "<c/>" * 400 + "<c><v>1</v></c></row>", "too_many_rows"),
        ('<row r="99999999999"><c r="A1"><v>1</v></c></row>', "broken"),
        ('<row r="1"><c r="A0"><v>1</v></c></row>', "broken"),
        ('<row r="1"><c r="ABCD1"><v>1</v></c></row>', "broken"),
        ('<row r="1"><c r="A-1"><v>1</v></c></row>', "broken"),
    ],
)
def test_a_cell_far_away_is_refused_before_a_table_is_made_of_it(show, rows, code):
    with pytest.raises(Refusal) as refused:
        uploaded(show, with_sheet(rows))
    assert refused.value.code == code


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_half_a_file_is_refused(show, cut):
    data = sessions(FORUM)
    with pytest.raises(Refusal) as refused:
        uploaded(show, data[: int(len(data) * cut)])
    assert refused.value.code == "broken"


def test_a_part_that_is_not_what_it_should_be_is_refused(show):
    with pytest.raises(Refusal) as refused:
        uploaded(show, repacked(sessions(FORUM), **{"xl/workbook.xml": "<workbook><sheets><sheet name='a'"}))
    assert refused.value.code in {"broken", "no_sheet"}


def test_more_sessions_than_a_programme_has_are_refused(show):
    rows = "\n".join(f"F{i},Forum,Title" for i in range(2001))
    assert codes(looked_at(show, f"Code,Kind,Title\n{rows}".encode())) == ["too_many_rows"]


@pytest.mark.parametrize("value", [value for value in HOSTILE if "\0" not in value])
def test_whatever_stands_in_the_cells_is_stored_or_refused_and_never_breaks(show, room, value):
    cell = '"' + value.replace('"', '""') + '"'
    for at in range(len(HEADS)):
        cells = ["F1", "Forum", "Sensors", "2019-10-24", "9:00", "10:30", "Room 2A"]
        cells[at] = cell
        data = f"{','.join(HEADS)}\n{','.join(cells)}\n".encode("utf-8", "surrogatepass")
        outcome = looked_at(show, data)
        assert outcome.problems or len(outcome.new) == 1


def test_control_characters_are_left_out(show, room):
    applied(show, "Code,Kind,Title\nF1,Forum,Sen\x07sors\ufffe\n".encode())
    assert Session.objects.get().title_en == "Sensors"


# To and fro


@pytest.fixture
def whole_plan(show, room):
    """Sessions of all sorts, with all that they can have."""
    speakers = SpeakerFactory.create_batch(3)
    twins = [SpeakerFactory(name_en="Li Wei", name_zh="李伟", slug=f"li-{n}", email="", country="FR") for n in range(2)]
    session = placed(
        on(1, "09:00"), code="F1", room=room, minutes=90, host=HostFactory(), series=SeriesFactory(),
        area=AreaFactory(), languages=["zh", "en"], interpretation=["fr"], audience="merchants", standing=10,
        reserve_guests=5, age_from=16, access="approval", party_most=3, signup_opens_at=on(-9, "10:00"),
        signup_closes_at=on(0, "18:00"),
        about_en="=1+1\r\nSecond line", bring_zh="＠带上胸卡", asks_id=True, id_why_en="+why",
    )  # fmt: skip
    talk(session, speakers[0], twins[0], after=0, minutes=30)
    talk(session, after=30, minutes=45, about_en="@x")
    speaking(session, speakers[1], moderates=True)
    speaking(session, twins[1])
    placed(on(1, "22:00"), code="F2", minutes=240, outside_hours_why="Dinner", title_zh="", over_seats_why="-")
    SessionFactory(code="F3", minutes=45)
    talk(Session.objects.get(code="F3"), speakers[2], after=10, minutes=20)
    departing(on(2, "09:00"), code="T1", guide=GuideFactory(), bus=BusFactory(), travel_minutes=30)
    gone = placed(on(2, "09:00"), code="F4")
    planning.cancel(actor=SYSTEM, session=gone, why_en="Ill", why_zh="", step=None)
    return show


@pytest.mark.parametrize(("out", "back"), [("en", "en"), ("zh-hans", "zh-hans"), ("en", "zh-hans"), ("zh-hans", "en")])
def test_the_plan_goes_out_and_comes_back_unchanged(whole_plan, out, back):
    with translation.override(out):
        data, count = writing.plan(whole_plan)
    with translation.override(back):
        outcome = looked_at(whole_plan, data)
    assert told(outcome) == []
    assert [fate.changes for fate in (*outcome.changed, *outcome.others)] == []
    assert (figures(outcome), count, outcome.notes) == ((0, 0, 5, 0), 5, [])


def test_the_plan_comes_back_into_an_empty_one_as_it_was(whole_plan):
    Session.objects.filter(code="F4").delete()
    data, _count = writing.plan(whole_plan)
    Session.objects.all().delete()
    assert figures(applied(whole_plan, data)) == (4, 0, 0, 0)
    assert cells_of(writing.plan(whole_plan)[0]) == cells_of(data)


def cells_of(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {page.title: [[cell.value for cell in row] for row in page.iter_rows()] for page in book}


def test_nothing_in_the_exported_file_is_a_formula(whole_plan):
    SessionFactory(code="F9", title_en="=cmd|' /C calc'!A0", title_zh="\t=1", about_zh="＝1")
    book = openpyxl.load_workbook(io.BytesIO(writing.plan(whole_plan)[0]))
    types = {cell.data_type for page in book for row in page.iter_rows() for cell in row if cell.value is not None}
    assert types == {"s", "n", "d"}


def test_the_template_does_nothing_and_explains_each_column(show, room):
    data = writing.template(show)
    outcome = looked_at(show, data)
    assert (outcome.does_nothing, outcome.problems, outcome.notes) == (True, [], [])
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Sessions", "Talks", "Speakers", "Hosts", "Explanation", "Lists"]
    assert {row[1].value for row in book["Explanation"].iter_rows()} > {cell.value for cell in book["Sessions"][1]}
    offered = {str(one.formula1) for one in book["Sessions"].data_validations.dataValidation}
    assert "'Lists'!$A$1:$A$5" in offered


def test_the_template_has_the_formats_of_its_cells(show):
    page = openpyxl.load_workbook(io.BytesIO(writing.template(show)))["Sessions"]
    formats = {
        page.cell(1, at + 1).value: page.column_dimensions[openpyxl.utils.get_column_letter(at + 1)].number_format
        for at in range(7)
    }
    assert (formats["Code"], formats["Day"], formats["Start"]) == ("@", "yyyy-mm-dd", "hh:mm")


# Between looking and applying


def test_what_changed_meanwhile_is_looked_at_anew(show, room):
    session = placed(on(1, "09:00"), code="F1", room=room)
    upload = uploaded(show, sessions(forum(start="14:00", end="15:00")))
    seen = importing.preview(actor=SYSTEM, upload=upload).seal
    move(session, on(1, "11:00"))
    with pytest.raises(Refusal) as refused:
        importing.apply(actor=SYSTEM, upload=upload, seen=seen, at=NOW)
    assert refused.value.code == "changed"
    session.refresh_from_db()
    assert session.starts_at == on(1, "11:00")


def test_what_changed_elsewhere_in_the_plan_is_in_nobodys_way(show, room):
    other = placed(on(2, "09:00"))
    upload = uploaded(show, sessions(FORUM))
    seen = importing.preview(actor=SYSTEM, upload=upload).seal
    move(other, on(2, "11:00"))
    importing.apply(actor=SYSTEM, upload=upload, seen=seen, at=NOW)
    assert Session.objects.filter(code="F1").exists()


def test_a_file_is_applied_once(show, room):
    upload = uploaded(show, sessions(FORUM))
    seen = importing.preview(actor=SYSTEM, upload=upload).seal
    importing.apply(actor=SYSTEM, upload=upload, seen=seen, at=NOW)
    with pytest.raises(Refusal) as refused:
        importing.apply(actor=SYSTEM, upload=upload, seen=seen, at=NOW)
    upload.refresh_from_db()
    assert (refused.value.code, bytes(upload.data), upload.new) == ("applied", b"", 1)


def test_the_history_says_who_and_by_which_file(show, room):
    applied(show, sessions(FORUM))
    event = Session.pgh_event_model.objects.select_related("pgh_context").get()
    assert event.pgh_context.metadata["act"] == "programme_imported"
    assert event.pgh_context.metadata["why"] == "plan.xlsx"


def test_nothing_is_published_by_it(show, room):
    session = placed(on(1, "09:00"), code="F1", room=room)
    publish(show)
    applied(show, sessions(forum(title="Robots")))
    session.refresh_from_db()
    assert (session.title_en, session.published.told.title_en == "Robots") == ("Robots", False)


def test_a_file_is_forgotten_after_a_day(show):
    uploaded(show, sessions(FORUM))
    assert importing.forget(at=NOW + timedelta(hours=23)) == 0
    assert importing.forget(at=NOW + timedelta(hours=24)) == 1


def test_so_many_files_of_one_person_wait_at_most(show):
    user = UserFactory(roles=["programme_editor"])
    for number in range(importing.WAITING + 2):
        uploaded(show, sessions(FORUM), user=user, name=f"{number}.xlsx")
    assert [row.name for row in Import.objects.order_by("pk")] == ["2.xlsx", "3.xlsx", "4.xlsx", "5.xlsx", "6.xlsx"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_preview_takes_as_many_queries_for_one_row_as_for_three(show, room, count, django_assert_num_queries):
    rows = [forum(code=f"F{i}", start=time(9 + i), end=time(10 + i)) for i in range(count)]
    upload = uploaded(show, sessions(*rows))
    with django_assert_num_queries(25):
        importing.preview(actor=SYSTEM, upload=upload)


# The desk


@pytest.fixture
def editor():
    return UserFactory(roles=["programme_editor"])


def sent(client, data, name="plan.xlsx"):
    file = io.BytesIO(data)
    file.name = name
    return client.post(reverse("admin:programme_import_upload"), {"file": file})


def test_an_editor_uploads_looks_and_applies(show, room, editor):
    client = logged_in(editor)
    page = client.get(sent(client, sessions(FORUM)).url)
    assert "New sessions" in page.text
    address = reverse("admin:programme_import_apply", args=[Import.objects.get().pk])
    answer = client.post(address, {"seen": page.context["outcome"].seal}, follow=True)
    assert "Applied to the working plan: 1 new session, 0 changed." in answer.text
    again = client.post(address, {"seen": page.context["outcome"].seal}, follow=True)
    assert "This file is applied already." in again.text
    assert Session.objects.count() == 1


def test_the_page_tells_of_what_changed_meanwhile(show, room, editor):
    client = logged_in(editor)
    session = placed(on(1, "09:00"), code="F1", room=room)
    page = client.get(sent(client, sessions(forum(start="14:00", end="15:00"))).url)
    move(session, on(1, "11:00"))
    answer = client.post(
        reverse("admin:programme_import_apply", args=[Import.objects.get().pk]), {"seen": page.context["outcome"].seal}
    )
    assert (answer.status_code, "The plan was changed meanwhile" in answer.text) == (409, True)
    assert "24 Oct, 11:00" in answer.text


def test_what_is_wrong_leaves_no_way_to_apply(show, room, editor):
    client = logged_in(editor)
    page = client.get(sent(client, sessions(forum(start="nine"))).url)
    assert "Sessions, row 2, column “Start”" in page.text
    assert reverse("admin:programme_import_apply", args=[Import.objects.get().pk]) not in page.text


def test_a_file_that_cannot_be_read_is_refused_beside_the_field(show, editor):
    answer = sent(logged_in(editor), b"PK\x03\x04 broken")
    assert (answer.status_code, "The file is damaged" in answer.text) == (422, True)


def test_no_file_at_all_is_said(show, editor):
    assert logged_in(editor).post(reverse("admin:programme_import_upload")).status_code == 422


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_may_have_any_name(show, room, editor, name):
    client = logged_in(editor)
    answer = sent(client, sessions(FORUM), name=name or "x")
    # A name that is too long for the head of a part is none that a browser sends.
    assert answer.status_code in {302, 422} or len(name) == 5000
    assert "<script>alert" not in client.get(reverse("admin:programme_import_changelist")).text


def test_what_stands_in_cells_is_shown_as_text(show, room, editor):
    client = logged_in(editor)
    page = client.get(sent(client, sessions(forum(title="<script>alert(1)</script>", room="<b>x"))).url)
    assert "<script>alert" not in page.text
    assert "&lt;b&gt;x" in page.text


def test_the_file_of_somebody_else_does_not_exist(show, room, editor):
    upload = uploaded(show, sessions(FORUM), name="secret.xlsx")
    other = logged_in(editor)
    for act, method in (("preview", "get"), ("apply", "post"), ("drop", "post")):
        assert getattr(other, method)(reverse(f"admin:programme_import_{act}", args=[upload.pk])).status_code == 404
    assert upload.name not in other.get(reverse("admin:programme_import_changelist")).text


def test_a_file_that_is_too_old_does_not_exist(show, room, editor):
    upload = uploaded(show, sessions(FORUM), user=editor)
    Import.objects.update(uploaded_at=timezone.now() - timedelta(hours=25))
    assert logged_in(editor).get(reverse("admin:programme_import_preview", args=[upload.pk])).status_code == 404


def test_a_file_can_be_forgotten(show, room, editor):
    client = logged_in(editor)
    sent(client, sessions(FORUM))
    client.post(reverse("admin:programme_import_drop", args=[Import.objects.get().pk]))
    assert not Import.objects.exists()


def test_taking_the_plan_out_is_recorded(show, room, editor):
    answer = logged_in(editor).get(reverse("admin:programme_import_plan"))
    assert answer.headers["Content-Type"] == writing.TYPE
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="programme-22-')
    assert Context.objects.filter(metadata__act="plan_exported", metadata__rows=0).count() == 1


@pytest.mark.parametrize(("roles", "status"), [(["auditor"], 200), (["area_manager"], 200), (["gate_staff"], 404)])
def test_who_reads_the_plan_may_take_it_out(show, roles, status):
    client = logged_in(UserFactory(roles=roles))
    assert client.get(reverse("admin:programme_import_plan")).status_code == status
    assert client.post(reverse("admin:programme_import_upload")).status_code == 404


def test_the_zone_of_the_show_counts_and_not_the_servers(show, room):
    Show.objects.update(time_zone="America/New_York")
    applied(Show.objects.get(), sessions(FORUM))
    assert Session.objects.get().starts_at == datetime(2019, 10, 24, 9, tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    "part",
    [b"<row " * 80_000, b'<c t="e" ' * 40_000, b"<c " + b't="e" ' * 60_000, b"<c><f/>" + b" " * 400_000],
    ids=["rows", "cells", "attributes", "blanks"],
)
def test_a_sheet_that_is_made_to_be_looked_through_for_ever_is_not(part):
    # What is looked through again and again takes minutes for this, and hours for what fits into a file.
    began = time_module.process_time()
    with contextlib.suppress(Refusal):
        opening.check_reach(part)
    opening.bad_cells(part)
    opening.attributes(b"<sheet " + b"a" * 400_000 + b">")

    assert time_module.process_time() - began < 5


# Signing up


def test_how_one_signs_up_arrives_whatever_way_it_is_written(show, room):
    heads = ("Code", "Kind", "Title", "Signing up", "Largest party", "Signing up opens", "Signing up closes")
    rows = (
        ("F1", "论坛", "One", "with an invitation code", 2, naive(2019, 10, 10, 10), "2019-10-23 18:00"),
        ("F2", "论坛", "Two", "须审核", "", "10月10日 10:00", ""),
        ("F3", "论坛", "Three", "", 1, "", "2019-10-23T18:00"),
    )
    applied(show, sessions(*rows, heads=heads))
    told = Session.objects.order_by("code").values_list(
        "access", "party_most", "signup_opens_at", "signup_closes_at"
    )  # fmt: skip
    assert list(told) == [
        ("invitation", 2, on(-13, "10:00"), on(0, "18:00")),
        ("approval", 5, on(-13, "10:00"), None),
        ("open", 1, None, on(0, "18:00")),
    ]


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (("21", "", ""), "“21” is not a whole number from 1 to 20."),
        (("", "tomorrow", ""), "“tomorrow” is not a day with a time. Write it as 2019-10-24 10:00."),
        (("", "2019-10-24", ""), "“2019-10-24” is not a day with a time. Write it as 2019-10-24 10:00."),
        (("", "", "2019-10-24 10:00-11:00"), "“2019-10-24 10:00-11:00” is not a day with a time."),
        (("", "2019-10-24 10:00", "2019-10-24 09:00"), "Signing up would close before it opens."),
    ],
)
def test_what_cannot_be_of_signing_up_is_said_with_its_row(show, room, cells, sentence):
    heads = ("Code", "Kind", "Title", "Largest party", "Signing up opens", "Signing up closes")
    (problem,) = looked_at(show, sessions(("F1", "论坛", "One", *cells), heads=heads)).problems
    assert problem.sentence.startswith(sentence)
