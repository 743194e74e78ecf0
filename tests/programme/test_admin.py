"""The desk: a session as its editor thinks of it, and everything that it needs, each refusal beside its field."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Mail
from accounts.refusals import Refusal
from programme.actions import editing, planning
from programme.models import Appearance, Enterprise, Kind, Material, Picture, Release, Series, Session, Speaker, Talk
from tests.factories.accounts import UserFactory
from tests.factories.desk import filled
from tests.factories.expo import RoomFactory, ShowFactory, on
from tests.factories.programme import (
    SYSTEM,
    BusFactory,
    DepartureFactory,
    EnterpriseFactory,
    GuideFactory,
    HostFactory,
    SeriesFactory,
    SessionFactory,
    SpeakerFactory,
    departing,
    move,
    picture_file,
    placed,
    publish,
    speaking,
    talk,
)
from tests.factories.staff import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(show):
    return logged_in(UserFactory(roles=["programme_editor"]))


def at(model, page, *args):
    name = model if isinstance(model, str) else model._meta.model_name
    return reverse(f"admin:programme_{name}_{page}", args=args)


def errors(answer):
    """What stands beside which field, of the form and its rows."""
    found = dict(answer.context["adminform"].form.errors)
    for inline in answer.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found |= {f"{form.prefix}-{name}": told for name, told in form.errors.items()}
    return {name: list(told) for name, told in found.items()}


def change(client, row, **typed):
    """Type this into the page of the row, and save."""
    path = at(type(row), "change", row.pk)
    return client.post(path, filled(client.get(path), **typed))


def add(client, model, **typed):
    path = at(model, "add")
    return client.post(path, filled(client.get(path), **typed))


def saved(answer):
    assert answer.status_code == 302, errors(answer)
    return answer


def clocks(session):
    session.refresh_from_db()
    zone = session.show.zone
    return [f"{one.astimezone(zone):%d %H:%M}" for one in (session.starts_at, session.ends_at)]


SESSION = {"code": "F01-1", "kind": "forum", "title_zh": "论坛", "title_en": "Opening"}
TIMES = {"day": "2019-10-24", "starts": "10:00", "ends": "11:30"}


def test_a_session_is_added_with_its_talks_and_all_who_speak(editor, show):
    ada, bo, cy, dee = (SpeakerFactory() for _ in range(4))
    room = RoomFactory()
    lines = {
        "talks-0-begins": "10:30", "talks-0-ends": "11:00", "talks-0-title_en": "Second", "talks-0-speakers": [bo.pk],
        "talks-1-begins": "10:00", "talks-1-ends": "10:30", "talks-1-title_zh": "一",
        "talks-1-speakers": [ada.pk, cy.pk],
    }  # fmt: skip
    typed = {
        **SESSION,
        **TIMES,
        **lines,
        "room": room.pk,
        "moderators": [dee.pk],
        "panel": [],
        "languages": ["en", "zh"],
    }
    saved(add(editor, Session, **typed))
    session = Session.objects.get()
    assert (session.slug, session.languages, clocks(session)) == ("opening", ["zh", "en"], ["24 10:00", "24 11:30"])
    told = [(row.after, row.minutes, {one.speaker for one in row.appearances.all()}) for row in session.talks.all()]
    assert told == [(0, 30, {ada, cy}), (30, 30, {bo})]
    assert [one.speaker for one in session.appearances.filter(moderates=True)] == [dee]


def test_a_session_without_a_day_waits_to_be_placed(editor, show):
    saved(add(editor, Session, **SESSION, minutes=45))
    session = Session.objects.get()
    assert (session.starts_at, session.minutes) == (None, 45)


def test_its_length_may_be_given_in_minutes(editor, show):
    saved(add(editor, Session, **SESSION, day="2019-10-24", starts="10:00", minutes="75"))
    assert clocks(Session.objects.get()) == ["24 10:00", "24 11:15"]


def test_a_session_may_go_on_past_midnight_with_a_reason(editor, show):
    typed = TIMES | {"starts": "22:00", "ends": "00:30", "ends_on": "2019-10-25", "outside_hours_why": "Gala"}
    saved(add(editor, Session, **SESSION, **typed))
    assert clocks(Session.objects.get()) == ["24 22:00", "25 00:30"]


BAD_TIMES = [
    ({"ends": "09:00"}, "ends", "It would end before it starts."),
    ({"ends": "10:00"}, "ends", "A session lasts 5 minutes at least."),
    (
        {"ends_on": "2019-10-27"},
        "ends",
        "A session lasts 18 hours at most. Make one session of each day, in one series.",
    ),
    ({"ends": ""}, "ends", "Say when it ends, or how long it lasts."),
    ({"day": ""}, "day", "Give both the day and when it starts, or neither."),
    ({"starts": ""}, "starts", "Give both the day and when it starts, or neither."),
    ({"day": "", "starts": ""}, "starts", "Say when it starts as well, or how long it lasts."),
    ({"minutes": "30"}, "minutes", "This is another end than the one above. Give one of the two."),
    ({"day": "0001-01-01"}, "day", "Choose a year from 1950 to 2200."),
    ({"day": "9999-12-31"}, "day", "Choose a year from 1950 to 2200."),
    (
        {"starts": "20:00", "ends": "21:00"},
        "outside_hours_why",
        "This is outside the show's hours. Choose another time, or give the reason why it may be.",
    ),
]


@pytest.mark.parametrize(("typed", "field", "sentence"), BAD_TIMES)
def test_a_time_that_cannot_be_is_said_beside_it_and_nothing_is_lost(editor, show, typed, field, sentence):
    answer = add(editor, Session, **SESSION | TIMES | typed)
    assert errors(answer) == {field: [sentence]}
    assert answer.context["adminform"].form["title_en"].value() == "Opening"
    assert not Session.objects.exists()


def test_a_time_that_the_clocks_leave_out_is_asked_about(show):
    show.time_zone = "Europe/Berlin"
    show.save()
    show.days.filter(number=4).update(date="2019-10-27")
    caches["process"].clear()
    editor = logged_in(UserFactory(roles=["programme_editor"]))
    typed = SESSION | {"day": "2019-10-27", "starts": "02:30", "ends": "04:00", "outside_hours_why": "Night"}
    told = "The clocks are put back that day, and this time comes twice. Choose another one."
    assert errors(add(editor, Session, **typed)) == {"starts": [told]}


OUTSIDE = "The talk would lie outside its session. Check the times of both."
BAD_TALKS = [
    ({"begins": "09:30", "ends": "10:30"}, "begins", OUTSIDE),
    ({"begins": "11:00", "ends": "11:40"}, "begins", OUTSIDE),
    ({"begins": "10:30", "ends": "10:10"}, "ends", "It would end before it starts."),
    ({"begins": "10:30", "ends": "10:30"}, "ends", "It would end before it starts."),
    ({"begins": "10:30"}, "ends", "Say when the talk begins and when it ends, or neither."),
    ({"title_en": "", "begins": "10:30", "ends": "10:40"}, "title_zh",
     "Give the title in Chinese, in English or in both."),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "field", "sentence"), BAD_TALKS)
def test_a_talk_that_cannot_be_is_said_beside_it(editor, show, typed, field, sentence):
    lines = {f"talks-1-{name}": value for name, value in ({"title_en": "Talk"} | typed).items()}
    assert errors(add(editor, Session, **SESSION | TIMES | lines)) == {f"talks-1-{field}": [sentence]}


def test_a_refused_time_of_a_session_is_said_once_and_not_of_its_talks_again(editor, show):
    talks = {"talks-0-begins": "15:00", "talks-0-ends": "15:20", "talks-0-title_en": "First"}
    answer = add(editor, Session, **SESSION | TIMES | {"starts": "15:00", "ends": "14:00"} | talks)
    assert errors(answer) == {"ends": ["It would end before it starts."]}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (TIMES, "The public sees what changed when it is published."),
        ({}, "It has no time yet, so it waits beside the planner&#x27;s grid."),
    ],
)
def test_whoever_saved_a_session_is_told_what_comes_next(editor, show, typed, told):
    answer = saved(add(editor, Session, **SESSION | typed))
    assert told in editor.get(answer.url).text


def test_a_talk_with_a_time_needs_a_session_with_one(editor, show):
    lines = {"talks-0-title_en": "Talk", "talks-0-begins": "10:00", "talks-0-ends": "10:20"}
    told = ["Say first on which day and when the session starts."]
    assert errors(add(editor, Session, **SESSION, **lines)) == {"talks-0-begins": told}


def test_a_speaker_stands_in_a_session_once(editor, show):
    ada = SpeakerFactory(name_en="Ada")
    told = "Ada stands in this session twice. Somebody speaks in it once, and may moderate it as well."
    lines = {f"talks-{n}-{name}": value for n in (0, 1) for name, value in (("title_en", "T"), ("speakers", [ada.pk]))}
    assert errors(add(editor, Session, **SESSION, **lines)) == {"talks-1-speakers": [told]}
    panel = {"talks-0-title_en": "T", "talks-0-speakers": [ada.pk], "panel": [ada.pk]}
    assert errors(add(editor, Session, **SESSION, **panel)) == {"__all__": [told]}
    both = {"moderators": [ada.pk], "panel": [ada.pk]}
    assert errors(add(editor, Session, **SESSION, **both)) == {"__all__": [told]}


def test_who_moderates_may_give_a_talk(editor, show):
    ada = SpeakerFactory()
    lines = {"talks-0-title_en": "T", "talks-0-speakers": [ada.pk], "moderators": [ada.pk]}
    saved(add(editor, Session, **SESSION, **lines))
    row = Appearance.objects.get()
    assert (row.speaker, row.moderates, row.talk) == (ada, True, Talk.objects.get())


def test_the_page_shows_what_was_stored_and_saving_it_changes_nothing(editor, show):
    session = placed(on(1, "10:00"), minutes=90)
    speaking(session, SpeakerFactory(), moderates=True)
    speaking(session, SpeakerFactory())
    talk(session, SpeakerFactory(), SpeakerFactory(), after=20, minutes=25)
    talk(session)
    before = {model: list(model.objects.order_by("pk").values()) for model in (Talk, Appearance)}
    saved(change(editor, session))
    for one in before[Appearance]:
        one.pop("position")
    after = {model: list(model.objects.order_by("pk").values()) for model in (Talk, Appearance)}
    for one in after[Appearance]:
        one.pop("position")
    assert after == before
    assert clocks(session) == ["24 10:00", "24 11:30"]


def test_talks_that_nobody_touched_move_with_their_session(editor, show):
    session = placed(on(1, "10:00"), minutes=90)
    first, second = talk(session, after=0, minutes=20), talk(session, after=30, minutes=20)
    saved(change(editor, session, starts="14:00", ends="15:30", **{"talks-1-begins": "14:40", "talks-1-ends": "15:00"}))
    first.refresh_from_db()
    second.refresh_from_db()
    assert [(first.after, first.minutes), (second.after, second.minutes)] == [(0, 20), (40, 20)]


def test_a_session_is_not_cut_shorter_than_its_talks(editor, show):
    session = placed(on(1, "10:00"), minutes=90)
    talk(session, after=60, minutes=30)
    told = ["The talk would lie outside its session. Check the times of both."]
    assert errors(change(editor, session, ends="11:00")) == {"talks-0-begins": told}


def test_a_talk_is_taken_out_and_its_speakers_with_it(editor, show):
    session = placed(on(1, "10:00"))
    talk(session, SpeakerFactory(), after=0, minutes=20)
    saved(change(editor, session, **{"talks-0-DELETE": "on"}))
    assert (Talk.objects.count(), Appearance.objects.count()) == (0, 0)


def test_a_speaker_goes_over_to_another_talk(editor, show):
    session, ada, bo = placed(on(1, "10:00")), SpeakerFactory(), SpeakerFactory()
    talk(session, ada, after=0, minutes=20)
    talk(session, bo, after=20, minutes=20)
    saved(change(editor, session, **{"talks-0-speakers": [bo.pk], "talks-1-speakers": [ada.pk]}))
    assert {one.speaker: one.talk.position for one in Appearance.objects.all()} == {bo: 0, ada: 1}


def test_saving_counts_a_step_and_is_one_act_with_its_name(editor, show):
    session = placed(on(1, "10:00"))
    saved(change(editor, session, title_en="Other", why="As the host asked"))
    session.refresh_from_db()
    event = Session.pgh_event_model.objects.order_by("pgh_id").last()
    assert session.step == 1
    assert event.pgh_context.metadata["act"] == "session_saved"
    assert event.pgh_context.metadata["why"] == "As the host asked"


def test_what_is_taken_is_said_and_nothing_is_saved(editor, show):
    room, ada = RoomFactory(name_en="Room 2A"), SpeakerFactory(name_en="Ada")
    there = placed(on(1, "10:00"), room=room, title_en="Opening")
    speaking(there, ada)
    other = placed(on(1, "14:00"))
    talk(other, ada, after=0, minutes=20)
    typed = {"starts": "10:30", "ends": "11:30"}
    told = "Room 2A has “Opening” from 24 Oct, 10:00 to 11:00."
    assert errors(change(editor, other, **typed, room=room.pk)) == {"room": [told]}
    told = "Ada speaks at “Opening” from 24 Oct, 10:00 to 11:00."
    assert errors(change(editor, other, **typed)) == {"__all__": [told]}
    assert clocks(other) == ["24 14:00", "24 15:00"]


def test_more_places_than_seats_need_a_reason(editor, show):
    session = placed(on(1, "10:00"), room=RoomFactory(seats=100), seats=100)
    told = "The session has more places than the room has seats. Lower them, or give the reason why it may."
    assert errors(change(editor, session, standing=1)) == {"over_seats_why": [told]}
    saved(change(editor, session, standing=1, over_seats_why="Doors open"))


BAD_ROWS = [
    ({"kind": "tour"}, "enterprise", "A tour leads to an open enterprise, and nothing else does."),
    ({"travel_minutes": "20"}, "kind", "Guide, bus and minutes on the way are for tours."),
    ({"reserve_guests": "9999"}, "reserve_guests", "More places are kept back than there are."),
    ({"asks_id": "on"}, "id_why_zh", "Say why an ID number is needed; whoever is asked reads it."),
    ({"title_en": "", "title_zh": " "}, "title_zh", "Give the title in Chinese, in English or in both."),
    ({"party_most": "21"}, "party_most", "Ensure this value is less than or equal to 20."),
    (
        {
            "signup_opens_at_0": "2019-10-20",
            "signup_opens_at_1": "10:00",
            "signup_closes_at_0": "2019-10-20",
            "signup_closes_at_1": "10:00",
        },
        "signup_closes_at",
        "Signing up would close before it opens.",
    ),
    ({"code": "F1 ü"}, "code", "Letters, digits, dots and dashes, such as F03-1."),
]


@pytest.mark.parametrize(("typed", "field", "sentence"), BAD_ROWS)
def test_what_the_database_would_refuse_is_said_beside_its_field(editor, show, typed, field, sentence):
    assert errors(add(editor, Session, **SESSION | typed)) == {field: [sentence]}


def test_signing_up_is_typed_as_an_editor_thinks_of_it(editor, show):
    window = {"signup_opens_at_0": "2019-10-10", "signup_opens_at_1": "10:00",
              "signup_closes_at_0": "2019-10-23", "signup_closes_at_1": "18:00"}  # fmt: skip
    saved(add(editor, Session, **SESSION, access="approval", party_most="3", **window))
    row = Session.objects.get()
    assert (row.access, row.party_most) == ("approval", 3)
    assert (row.signup_opens_at, row.signup_closes_at) == (on(-13, "10:00"), on(0, "18:00"))


def test_a_series_says_how_many_of_its_sessions_one_person_may_have(editor, show):
    series = SeriesFactory()
    assert errors(change(editor, series, most_each="0")) == {
        "most_each": ["Ensure this value is greater than or equal to 1."]
    }
    saved(change(editor, series, most_each="2"))
    series.refresh_from_db()
    assert series.most_each == 2


def test_a_code_is_given_once_a_show(editor, show):
    SessionFactory(code="F01-1")
    assert errors(add(editor, Session, **SESSION)) == {"code": ["Another session has this code."]}


def test_a_session_is_of_the_kind_of_its_series(editor, show):
    series = SeriesFactory(kind=Kind.PROMOTION)
    told = ["The series is of another kind: its sessions are all of one kind."]
    assert errors(add(editor, Session, **SESSION, series=series.pk)) == {"series": told}
    saved(add(editor, Session, **SESSION | {"kind": "promotion"}, series=series.pk))
    told = ["The series has sessions of another kind. Take them out of it first."]
    assert errors(change(editor, series, kind="forum")) == {"kind": told}


def test_a_tour_meets_at_its_meeting_point(editor, show):
    tour = DepartureFactory()
    told = ["A tour meets at its meeting point, not in a room."]
    assert errors(change(editor, tour, room=RoomFactory().pk)) == {"room": told}


def test_nothing_of_another_show_is_offered_or_taken(editor, show):
    other = ShowFactory(number=21, is_current=False)
    mine, theirs = SeriesFactory(), SeriesFactory(show=other)
    page = editor.get(at(Session, "add"))
    assert list(page.context["adminform"].form.fields["series"].queryset) == [mine]
    assert "series" in errors(add(editor, Session, **SESSION, series=theirs.pk))
    stranger = SpeakerFactory(show=other)
    assert "panel" in errors(add(editor, Session, **SESSION, panel=[stranger.pk]))


def test_two_editors_on_one_session_are_told_of_each_other(editor, show):
    session, ada = placed(on(1, "10:00")), SpeakerFactory(name_en="Ada")
    path = at(Session, "change", session.pk)
    page = editor.get(path)
    move(session, on(1, "12:00"))
    speaking(session, ada, moderates=True)
    answer = editor.post(path, filled(page, starts="14:00", ends="15:00", moderators=[SpeakerFactory().pk]))
    assert answer.status_code == 409
    told = errors(answer)["__all__"][0]
    assert "Now it says: Starts at: 24 Oct 2019, 12:00; Moderators: Ada." in told
    saved(editor.post(path, filled(page, starts="14:00", ends="15:00", shown=answer.context["shown"])))
    assert clocks(session) == ["24 14:00", "24 15:00"]


def test_who_only_adds_a_word_does_not_undo_a_move(editor, show):
    session = placed(on(1, "10:00"))
    path = at(Session, "change", session.pk)
    page = editor.get(path)
    move(session, on(1, "12:00"))
    assert editor.post(path, filled(page, title_en="Other")).status_code == 409
    assert clocks(session) == ["24 12:00", "24 13:00"]


def test_a_change_between_reading_and_saving_is_refused(show):
    session = placed(on(1, "10:00"))
    read_before = Session.objects.get()
    move(session, on(1, "12:00"))
    with pytest.raises(Refusal) as caught:
        editing.save_session(actor=SYSTEM, session=read_before, line_up=editing.LineUp())
    assert caught.value.code == "changed"


def test_a_session_that_was_never_public_is_deleted(editor, show):
    draft, known = SessionFactory(), placed(on(1, "10:00"))
    publish(show)
    assert editor.post(at(Session, "delete", draft.pk), {"post": "yes"}).status_code == 302
    editor.post(at(Session, "delete", known.pk), {"post": "yes"})
    assert list(Session.objects.all()) == [known]


def listed(client, **asked):
    page = client.get(at(Session, "changelist"), asked)
    assert page.status_code == 200
    return {session.code for session in page.context["cl"].result_list}


def test_the_list_is_filtered_by_how_sessions_stand(editor, show):
    new, public, changed, gone = (placed(on(1, f"1{n}:00"), code=f"C{n}") for n in range(4))
    SessionFactory(code="U")
    publish(show, public, changed, gone)
    move(changed, on(2, "10:00"))
    planning.cancel(actor=SYSTEM, session=gone, why_en="Storm", why_zh="", step=None)
    caches["process"].clear()
    assert listed(editor, state="unplaced") == {"U"}
    assert listed(editor, state="draft") == {new.code}
    assert listed(editor, state="published") == {public.code}
    assert listed(editor, state="changed") == {changed.code, gone.code}
    assert listed(editor, state="cancelled") == {gone.code}
    assert listed(editor, day="2019-10-25") == {changed.code}
    assert listed(editor, state="no such state", day="no day") == {"C0", "C1", "C2", "C3", "U"}


def test_the_list_is_searched_by_title_code_and_speaker(editor, show):
    one, two = placed(on(1, "10:00"), title_zh="机器人"), placed(on(1, "12:00"))
    talk(two, SpeakerFactory(name_zh="王小明", name_en=""))
    assert listed(editor, q="机器") == {one.code}
    assert listed(editor, q=two.code) == {two.code}
    assert listed(editor, q="xiaoming") == {two.code}


def test_the_list_has_the_current_show_unless_another_is_chosen(editor, show):
    SessionFactory(code="NOW")
    other = ShowFactory(number=21, is_current=False)
    SessionFactory(show=other, code="THEN")
    assert [listed(editor), listed(editor, show=other.pk), listed(editor, show="x")] == [{"NOW"}, {"THEN"}, {"NOW"}]


@pytest.mark.parametrize(
    ("model", "make", "count"),
    [
        ("session", lambda n: talk(placed(on(1 + n, "10:00")), SpeakerFactory()), 19),
        ("speaker", lambda n: speaking(placed(on(1 + n, "10:00")), SpeakerFactory()), 10),
        ("enterprise", lambda n: departing(on(1 + n, "10:00")), 9),
        ("host", lambda n: placed(on(1 + n, "10:00"), host=HostFactory()), 9),
    ],
)
def test_a_list_asks_the_database_as_often_for_one_row_as_for_three(editor, show, model, make, count):
    make(0)
    asked = []
    for more in ((), (1, 2)):
        for n in more:
            make(n)
        caches["process"].clear()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            editor.get(at(model, "changelist"))
        asked.append(len(queries))
    assert asked == [count, count]


def test_a_sessions_page_asks_as_much_of_one_talk_as_of_four(editor, show):
    session = placed(on(1, "10:00"))
    talk(session, SpeakerFactory(), after=0, minutes=10)
    # What the process asks once and keeps is asked by now, whichever test comes first.
    editor.get(at(Session, "change", session.pk))
    asked = []
    for more in (0, 3):
        for n in range(more):
            talk(session, SpeakerFactory(), after=10 + 10 * n, minutes=10)
        caches["process"].clear()
        with CaptureQueriesContext(connection) as queries:
            editor.get(at(Session, "change", session.pk))
        asked.append(len(queries))
    assert asked == [21, 21]


def shown_as_chosen(answer, name):
    (field,) = re.findall(rf'<select name="{name}".*?</select>', answer.text, re.DOTALL)
    return re.findall(r"<option[^>]* selected>([^<]*)<", field)


def test_who_is_chosen_stands_in_the_order_of_the_programme(editor, show):
    session = placed(on(1, "10:00"))
    talk(session, SpeakerFactory(name_en="Bo Li"), SpeakerFactory(name_en="Ada Wong"), after=0, minutes=10)
    speaking(session, SpeakerFactory(name_en="Cy Zhu"))
    page = editor.get(at(Session, "change", session.pk))
    names = ("talks-0-speakers", "panel", "moderators", "talks-__prefix__-speakers")
    assert [shown_as_chosen(page, name) for name in names] == [["Bo Li", "Ada Wong"], ["Cy Zhu"], [], []]


def test_a_form_that_comes_back_shows_who_was_chosen_anew(editor, show):
    session = placed(on(1, "10:00"))
    talk(session, SpeakerFactory(name_en="Bo Li"), after=0, minutes=10)
    dee = SpeakerFactory(name_en="Dee Fu")
    answer = change(editor, session, starts="25:99", **{"talks-0-speakers": [dee.pk], "panel": [str(dee.pk), "x", 0]})
    assert [shown_as_chosen(answer, name) for name in ("talks-0-speakers", "panel")] == [["Dee Fu"], ["Dee Fu"]]


def test_the_auditor_reads_all_of_it_and_changes_nothing(show):
    auditor = logged_in(UserFactory(auditor=True))
    session = placed(on(1, "10:00"), languages=["zh", "en"])
    talk(session, SpeakerFactory(name_en="Ada Wong"), after=0, minutes=20)
    speaking(session, SpeakerFactory(name_en="Bo Li"), moderates=True)
    page = auditor.get(at(Session, "change", session.pk)).text
    assert [told in page for told in ("10:00–10:20", "Ada Wong", "Bo Li", "Chinese, English", "_save")] == [
        True, True, True, True, False,
    ]  # fmt: skip
    assert auditor.post(at(Session, "change", session.pk), SESSION).status_code == 403


@pytest.mark.parametrize("page", ["changelist", "add"])
def test_a_stranger_sees_nothing_of_the_plan(show, page):
    gate = logged_in(UserFactory(gate_staff=True))
    models = (Session, Speaker, Series, Enterprise, Material)
    assert {gate.get(at(model, page)).status_code for model in models} == {403}


def test_the_history_tells_of_talks_and_speakers_in_both_languages(editor, show):
    session = placed(on(1, "10:00"))
    talk(session, SpeakerFactory(name_en="Ada Wong", name_zh="王爱达"), title_en="Robots", title_zh="机器人")
    path = at(Session, "history", session.pk)
    assert [word in editor.get(path).text for word in ("Talk Robots", "Appearance Ada Wong")] == [True, True]
    editor.cookies["language"] = "zh-hans"
    assert "机器人" in editor.get(path).text


def test_a_speaker_is_added_with_an_address_a_link_and_a_portrait(editor, show):
    saved(add(editor, Speaker, name_en="Ada Wong", name_zh="王爱达", new_portrait=picture_file(300, 300)))
    row = Speaker.objects.get()
    assert (row.slug, row.sort_zh, row.handle > 0, row.portrait.width) == ("ada-wong", "wang ai da", True, 300)


def test_a_speaker_without_a_name_is_refused_beside_it(editor, show):
    told = ["Give the speaker's name in Chinese, in English or in both."]
    assert errors(add(editor, Speaker, name_en="", name_zh="")) == {"name_zh": told}


def test_a_portrait_that_is_none_is_said_beside_it(editor, show):
    speaker = SpeakerFactory()
    file = picture_file(9, 9)
    assert [*errors(change(editor, speaker, new_portrait=file))] == ["new_portrait"]


def test_a_portrait_is_taken_off_on_the_desk(editor, show):
    speaker = SpeakerFactory()
    saved(change(editor, speaker, new_portrait=picture_file(300, 300)))
    saved(change(editor, speaker, drops_portrait="on"))
    assert Picture.objects.count() == 0


def test_the_chosen_speakers_are_mailed_their_links(editor, show):
    one, two = SpeakerFactory(), SpeakerFactory(email="")
    SpeakerFactory()
    ticked = {"action": "mail_link", "_selected_action": [one.pk, two.pk]}
    page = editor.post(at(Speaker, "changelist"), ticked, follow=True)
    assert list(Mail.objects.values_list("to", flat=True)) == [one.email]
    assert "1 speaker gets the link." in page.text
    assert "There is no e-mail to send the link to." in page.text


def test_speakers_are_found_by_how_they_stand(editor, show):
    session = placed(on(1, "10:00"))
    waits, idle = SpeakerFactory(), SpeakerFactory()
    done = SpeakerFactory(confirmed_at=on(1, "08:00"), corrected_at=on(1, "08:00"))
    for one in (waits, done):
        speaking(session, one)

    def found(state):
        return set(editor.get(at(Speaker, "changelist"), {"state": state}).context["cl"].result_list)

    assert found("unconfirmed") == {waits}
    assert found("confirmed") == found("corrected") == {done}
    assert found("idle") == {idle}
    publish(show, at=on(1, "09:00"))
    assert found("corrected") == set()


def test_a_speaker_whom_a_session_names_is_not_deleted(editor, show):
    speaker = SpeakerFactory()
    speaking(placed(on(1, "10:00")), speaker)
    editor.post(at(Speaker, "delete", speaker.pk), {"post": "yes"})
    assert Speaker.objects.exists()


def test_what_keeps_a_speaker_is_said_by_its_name(editor, show):
    speaker = SpeakerFactory()
    session = placed(on(1, "10:00"))
    speaking(session, speaker)
    page = editor.get(at(Speaker, "delete", speaker.pk)).text
    assert (f"{session.code} {session.title}" in page, "+00:00" in page) == (True, False)


def test_a_room_with_sessions_keeps_their_seats(show):
    organiser = logged_in(UserFactory(organiser=True))
    room = RoomFactory(seats=100)
    placed(on(1, "10:00"), room=room, seats=100)
    path = reverse("admin:expo_room_change", args=[room.pk])
    answer = organiser.post(path, filled(organiser.get(path), seats=50))
    assert errors(answer) == {
        "seats": ["Sessions in this room have more places than that. Lower theirs first, or move them."]
    }


def test_the_shows_hours_keep_its_sessions(show):
    organiser = logged_in(UserFactory(organiser=True))
    placed(on(1, "10:00"))
    path = reverse("admin:expo_show_change", args=[show.pk])
    answer = organiser.post(path, filled(organiser.get(path), **{"days-0-opens": "10:30"}))
    assert errors(answer) == {
        "__all__": ["Sessions would lie outside the show's hours. Move them first, or give the reason why they may."]
    }


def test_a_bus_keeps_its_departures_seats(editor, show):
    bus = BusFactory(seats=45)
    departing(on(1, "10:00"), bus=bus, guide=GuideFactory())
    told = "Departures by this bus have more places than that. Lower theirs first, or give them another bus."
    assert errors(change(editor, bus, seats=30)) == {"seats": [told]}


@pytest.mark.parametrize(
    ("make", "typed", "field"),
    [
        (HostFactory, {"name_en": "Same", "name_zh": "同"}, "name_en"),
        (GuideFactory, {"name": "Same"}, "name"),
        (BusFactory, {"name": "Same", "seats": 9}, "name"),
        (SeriesFactory, {"name_en": "Same", "name_zh": "同", "slug": "same", "kind": "forum"}, "slug"),
        (EnterpriseFactory, {"name_en": "Same", "name_zh": "同", "slug": "same"}, "slug"),
    ],
)
def test_a_namesake_is_refused_beside_the_name(editor, show, make, typed, field):
    make(**typed)
    assert [*errors(add(editor, make._meta.model, **typed))] == [field]


def test_an_enterprise_has_a_wide_picture(editor, show):
    enterprise = EnterpriseFactory()
    saved(change(editor, enterprise, new_picture=picture_file(1600, 1600), latitude="40.1", longitude="116.3"))
    enterprise.refresh_from_db()
    assert (enterprise.picture.width, enterprise.picture.height) == (1280, 720)


def test_an_enterprise_lies_somewhere_or_nowhere(editor, show):
    told = {"latitude": ["Give latitude and longitude in degrees, or neither."]}
    assert errors(change(editor, EnterpriseFactory(), latitude="40.1")) == told


def test_a_recording_is_an_address_of_https(editor, show):
    session = SessionFactory()
    answer = add(editor, Material, session=session.pk, kind="recording", url="http://example.com/film")
    assert [*errors(answer)] == ["url"]
    saved(add(editor, Material, session=session.pk, kind="recording", url="https://example.com/film"))
    assert Material.objects.get().url == "https://example.com/film"


def test_the_editors_desk_says_what_waits(editor, show):
    speaking(placed(on(1, "10:00")), SpeakerFactory())
    SessionFactory()
    page = editor.get(reverse("admin:index")).text
    told = ("sessions to publish", "sessions without a time", "speakers have not confirmed")
    assert [word in page for word in told] == [True, True, True]


def test_what_is_to_be_published_leads_to_publishing(editor, show):
    placed(on(1, "10:00"))
    told = {matter.title: matter.url for matter in editor.get(reverse("admin:index")).context["matters"]}
    assert told["sessions to publish"] == reverse("admin:programme_planner_publish")


def test_the_list_leads_editors_to_the_planner_the_spreadsheet_and_publishing(editor, show):
    page = editor.get(at(Session, "changelist")).text
    ways = ("planner", "import_changelist", "planner_publish", "import_plan")
    assert [f'href="{reverse(f"admin:programme_{way}")}"' in page for way in ways] == [True, True, True, False]


def test_the_list_leads_readers_to_what_they_may_see(show):
    page = logged_in(UserFactory(roles=["auditor"])).get(at(Session, "changelist")).text
    ways = ("planner", "import_changelist", "planner_publish", "import_plan")
    assert [f'href="{reverse(f"admin:programme_{way}")}"' in page for way in ways] == [True, False, True, True]


def test_a_version_names_its_publisher_without_a_way_that_is_shut(editor, show):
    placed(on(1, "10:00"))
    release = publish(show)
    somebody = UserFactory(roles=["organiser"])
    Release.objects.filter(pk=release.pk).update(by=somebody)
    page = editor.get(at(Release, "change", release.pk)).text
    assert (str(somebody) in page, reverse("admin:accounts_user_change", args=[somebody.pk]) in page) == (True, False)


def test_lists_say_above_them_whom_no_mail_reaches(editor, show):
    HostFactory(contact_email="")
    HostFactory(contact_email="park@example.org")
    told = editor.get(at("host", "changelist")).context["totals"]
    assert told == [("hosts", "2"), ("in no session", "2"), ("without an e-mail", "1")]


def test_a_list_of_what_gets_no_mail_counts_none(editor, show):
    BusFactory()
    assert editor.get(at("bus", "changelist")).context["totals"] == [("buses", "1"), ("in no session", "1")]


def test_a_talks_words_have_a_page_of_their_own(editor, show):
    session = placed(on(1, "10:00"))
    row = talk(session)
    saved(change(editor, row, about_en="How bridges are built."))
    row.refresh_from_db()
    session.refresh_from_db()
    assert (row.about_en, session.step) == ("How bridges are built.", 1)


def test_the_day_of_a_session_is_of_the_shows_clocks_not_the_readers(editor, show, settings):
    settings.TIME_ZONE = "America/New_York"
    session = placed(on(1, "16:00"))
    form = editor.get(at(Session, "change", session.pk)).context["adminform"].form
    assert (str(form["day"].value()), str(form["starts"].value())) == ("2019-10-24", "16:00:00")
    assert session.starts_at - datetime.fromisoformat("2019-10-24T08:00:00+00:00") == timedelta(0)
