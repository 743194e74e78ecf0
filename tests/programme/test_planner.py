"""The planner's pages: who may look and who may change, what is refused and how, and that nothing typed is lost."""

from uuid import uuid4

import pytest
from django.core.cache import caches
from django.urls import reverse

from accounts.models import Mail
from programme.actions import planning
from programme.models import Published, Release, Session
from tests.factories.accounts import UserFactory
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import (
    SYSTEM,
    HostFactory,
    SessionFactory,
    SpeakerFactory,
    departing,
    move,
    placed,
    publish,
    speaking,
)
from tests.factories.staff import logged_in
from tests.factories.visitors import open_show

pytestmark = pytest.mark.django_db
DAY = "2019-10-24"
# Session, user, release, and those of the board.
QUERIES = 15
SUMMARY = 13


def at(name, *args):
    return reverse(f"admin:programme_planner{name}", args=args)


@pytest.fixture
def show():
    return open_show(at=on(1, "08:00"))


@pytest.fixture
def desk(show):
    caches["process"].clear()
    return logged_in(UserFactory(roles=["programme_editor"]))


def where(session, **changed):
    told = {"day": DAY, "starts": "10:00", "minutes": 60, "room": session.room_id or "", "step": session.step}
    return told | changed


def dropped(desk, session, **changed):
    """What the planner's script sends when a block is dropped."""
    return desk.post(at("_place", session.pk), where(session, **changed), headers={"Accept": "application/json"})


def again(session):
    session.refresh_from_db()
    return session


def code(answer):
    return answer.status_code, answer.json()["code"]


def test_the_first_hours_of_the_first_year_are_those_of_the_year_before_elsewhere(desk, show):
    session = placed(on(1, "10:00"))

    assert code(dropped(desk, session, day="1950-01-01", starts="00:30", outside_hours_why="Long ago")) == (422, "year")
    assert again(session).starts_at == on(1, "10:00")


# The day.


def test_the_planner_leads_to_the_day_of_the_show_that_it_is(desk, show):
    assert desk.get(at("")).url == at("_day", DAY)


def test_the_day_shows_sessions_in_their_rooms_and_what_waits(desk, show):
    placed(on(1, "10:05"), code="F01-1", title_en="Opening", minutes=90, room=RoomFactory(name_en="Room 2A"))
    SessionFactory(code="F02-1", title_en="Quantum")

    text = desk.get(at("_day", DAY)).text

    assert 'class="block h10 m1 dh1 dm6 lv0 is-draft"' in text
    assert '<b>F01-1</b> <span class="when">10:05–11:35</span> <span class="title">Opening</span>' in text
    assert '<b>F02-1</b> <span class="title">Quantum</span>' in text


def test_what_was_typed_is_shown_as_it_was_typed(desk, show):
    room = RoomFactory(name_en="<b>Room</b>")
    placed(on(1, "10:00"), title_en="<script>alert(1)</script>", room=room)

    text = desk.get(at("_day", DAY)).text

    assert "<script>alert" not in text
    assert "<b>Room" not in text


@pytest.mark.parametrize("day", ["2019-13-01", "2019-10-24x", "20191024", "0001-01-01", "9999-12-31", "2019-W43-4"])
def test_a_day_that_is_none_does_not_exist(desk, show, day):
    assert desk.get(f"/admin/programme/planner/{day}/").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_a_day_takes_so_many_queries_however_many_sessions(desk, show, number, django_assert_num_queries):
    for _ in range(number):
        speaking(placed(on(1, "10:00"), host=HostFactory()), SpeakerFactory())
        departing(on(1, "10:00"))
        SessionFactory()
    publish(show)
    desk.get(at("_day", DAY))

    with django_assert_num_queries(QUERIES):
        desk.get(at("_day", DAY))


# Who may.


@pytest.mark.parametrize("role", ["auditor", "area_manager"])
def test_who_reads_the_plan_looks_and_has_nothing_to_press(show, role):
    session, reader = placed(on(1, "10:00")), logged_in(UserFactory(roles=[role]))
    pages = [at("_day", DAY), at("_place", session.pk), at("_publish")]

    answers = [reader.get(page) for page in pages]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    for answer in answers:
        main = answer.text.partition('id="content"')[2]
        assert "csrfmiddlewaretoken" not in main
        assert "main.js" not in main


@pytest.mark.parametrize("role", ["auditor", "area_manager", "gate_staff"])
@pytest.mark.parametrize("act", ["_place", "_unplace", "_cancel", "_restore", "_delete"])
def test_who_does_not_plan_changes_nothing(show, role, act):
    session = placed(on(1, "10:00"))
    client = logged_in(UserFactory(roles=[role]))

    assert client.post(at(act, session.pk), where(session, starts="12:00", why_en="x")).status_code == 403
    assert (again(session).starts_at, session.is_cancelled) == (on(1, "10:00"), False)


@pytest.mark.parametrize("role", ["auditor", "gate_staff"])
@pytest.mark.parametrize("act", ["_shift", "_publish"])
def test_who_does_not_plan_publishes_and_moves_nothing(show, role, act):
    placed(on(1, "10:00"))

    assert logged_in(UserFactory(roles=[role])).post(at(act)).status_code == 403
    assert not Release.objects.exists()


def test_gate_staff_do_not_see_the_plan(show):
    session, gate = placed(on(1, "10:00")), logged_in(UserFactory(gate_staff=True))
    pages = [at(""), at("_day", DAY), at("_place", session.pk), at("_publish"), at("_shift")]

    assert {gate.get(page).status_code for page in pages} == {403}


def test_nobody_comes_in_without_the_login(client, show):
    assert client.get(at("_day", DAY)).status_code == 302


def test_a_session_that_is_none_does_not_exist(desk, show):
    assert [desk.get(at(page, 4711)).status_code for page in ("_place", "_check", "_cancel", "_delete")] == [404] * 4
    assert desk.get(at("_place", 10**30)).status_code == 404


# Placing by the form.


def test_a_session_is_placed_by_its_form(desk, show):
    session, room = SessionFactory(), RoomFactory()

    answer = desk.post(at("_place", session.pk), where(session, room=room.pk, minutes="", until="11:30"))

    assert answer.url == at("_day", DAY)
    assert (again(session).starts_at, session.minutes, session.room) == (on(1, "10:00"), 90, room)


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"minutes": "", "until": "09:00"}, "until", "It would end before it starts."),
        ({"minutes": "", "until": "10:00"}, "until", "A session lasts 5 minutes at least."),
        ({"minutes": ""}, "until", "Say when it ends, or how long it lasts."),
        ({"minutes": "60", "until": "12:00"}, "minutes", "End and length do not agree: give one of them."),
        ({"minutes": "0"}, "minutes", "Ensure this value is greater than or equal to 5."),
        ({"minutes": "4320"}, "minutes", "Ensure this value is less than or equal to 1080."),
        ({"starts": "25:00"}, "starts", "Enter a valid time."),
        ({"day": "9999-12-31"}, "day", "Choose a year from 1950 to 2200."),
        ({"room": "999999"}, "room", "Select a valid choice. That choice is not one of the available choices."),
        ({"room": "9" * 40}, "room", "Select a valid choice. That choice is not one of the available choices."),
        ({"outside_hours_why": "x" * 201}, "outside_hours_why",
         "Ensure this value has at most 200 characters (it has 201)."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_stays(desk, show, typed, field, words):
    session = SessionFactory()

    answer = desk.post(at("_place", session.pk), where(session, over_seats_why="Typed before", **typed))

    assert answer.status_code == 422
    assert answer.context["form"].errors == {field: [words]}
    assert "Typed before" in answer.text


def test_a_refusal_of_the_database_stands_beside_its_field(desk, show):
    room = RoomFactory(name_en="Room 2A")
    placed(on(1, "10:30"), room=room, title_en="Opening")
    session = SessionFactory()

    answer = desk.post(at("_place", session.pk), where(session, room=room.pk))

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"room": ["Room 2A has “Opening” from 24 Oct, 10:30 to 11:30."]}


def test_a_form_that_is_old_is_told_what_there_is_now_and_loses_nothing(desk, show):
    session = placed(on(1, "10:00"))
    typed = where(session, starts="12:00", outside_hours_why="Typed")
    move(session, on(1, "14:00"))

    answer = desk.post(at("_place", session.pk), typed)

    assert answer.status_code == 409
    assert "24 Oct, 14:00–15:00" in answer.text
    assert "Typed" in answer.text
    assert again(session).starts_at == on(1, "14:00")
    assert desk.post(at("_place", session.pk), typed | {"step": session.step}).status_code == 302


def test_a_time_that_the_clocks_leave_out_is_asked_about(desk, show):
    show.time_zone = "Europe/Berlin"
    show.save()
    caches["process"].clear()
    session = SessionFactory()

    answer = desk.post(at("_place", session.pk), where(session, day="2019-03-31", starts="02:30", minutes=60))

    assert answer.status_code == 422
    assert "left out" in answer.context["form"].errors["starts"][0]


def test_a_tour_has_no_room_to_choose(desk, show):
    assert "room" not in desk.get(at("_place", departing(on(1, "10:00")).pk)).context["form"].fields


# Dropping on the grid.


def test_a_drop_is_answered_with_where_the_block_is_now(desk, show):
    session = placed(on(1, "10:00"), room=RoomFactory(name_en="Room 2A"))

    answer = dropped(desk, session, starts="10:05", minutes=45)

    assert answer.json() == {
        "session": session.pk,
        "step": 1,
        "day": DAY,
        "starts": "10:05",
        "minutes": 45,
        "room": session.room_id,
        "stands": "24 Oct, 10:05–10:50, Room 2A",
    }


def test_a_drop_on_a_taken_room_is_refused_by_code(desk, show):
    taken, session = placed(on(1, "10:00")), placed(on(1, "14:00"))

    assert code(dropped(desk, session, room=taken.room_id)) == (422, "room_taken")
    assert again(session).starts_at == on(1, "14:00")


def test_a_drop_outside_the_hours_asks_for_a_reason_and_takes_it(desk, show):
    session = placed(on(1, "10:00"))

    assert code(dropped(desk, session, starts="18:00")) == (422, "outside_hours")
    assert dropped(desk, session, starts="18:00", outside_hours_why="Dinner").status_code == 200
    assert again(session).outside_hours_why == "Dinner"


def test_a_drop_says_nothing_of_reasons_and_leaves_them(desk, show):
    session = placed(on(1, "18:00"), outside_hours_why="Dinner")

    assert dropped(desk, session, starts="18:30").status_code == 200
    assert again(session).outside_hours_why == "Dinner"


def test_a_drop_of_what_somebody_moved_meanwhile_tells_where_it_is(desk, show):
    session = placed(on(1, "10:00"))
    old = where(session)
    move(session, on(1, "15:00"))

    answer = desk.post(at("_place", session.pk), old, headers={"Accept": "application/json"})

    assert code(answer) == (409, "changed")
    assert answer.json()["now"]["starts"] == "15:00"


def test_a_drop_that_makes_no_sense_is_answered_in_words(desk, show):
    answer = dropped(desk, SessionFactory(), starts="x" * 500)

    assert code(answer) == (422, "invalid")
    assert answer.json()["sentence"] == "Enter a valid time."


def test_a_block_is_taken_off_the_grid_as_it_was_seen(desk, show):
    session = placed(on(1, "10:00"))

    stale = desk.post(at("_unplace", session.pk), {"step": 7}, headers={"Accept": "application/json"})
    answer = desk.post(at("_unplace", session.pk), {"step": 0}, headers={"Accept": "application/json"})

    assert (code(stale), answer.json()["starts"]) == ((409, "changed"), None)
    assert again(session).starts_at is None


def test_what_would_clash_is_told_beforehand_and_changes_nothing(desk, show):
    taken = placed(on(1, "10:00"), room=RoomFactory(name_en="Room 2A"), title_en="Opening")
    session = SessionFactory()

    answer = desk.get(at("_check", session.pk), {"day": DAY, "starts": "10:30", "minutes": 60, "room": taken.room_id})

    assert answer.json() == {
        "stands": "24 Oct, 10:30–11:30, Room 2A",
        "clashes": [
            {
                "code": "room_taken",
                "weight": "hard",
                "sentence": "Room 2A has “Opening” from 24 Oct, 10:00 to 11:00.",
                "with": taken.pk,
            }
        ],
    }
    assert again(session).starts_at is None


def test_what_would_clash_is_told_in_the_editors_language(desk, show):
    session = SessionFactory(seats=400)
    desk.cookies.load({"django_language": "zh-hans"})

    answer = desk.get(
        at("_check", session.pk), {"day": DAY, "starts": "10:30", "minutes": 60}, headers={"Accept-Language": "zh-hans"}
    )

    assert answer.json()["stands"].startswith("10月24日 10:30–11:30")


def test_a_question_that_makes_no_sense_is_refused(desk, show):
    answer = desk.get(at("_check", SessionFactory().pk), {"day": "x", "starts": "\0", "minutes": "9" * 50})

    assert answer.status_code == 422


# Moving many.


@pytest.fixture
def afternoon(show):
    """Room 2A with sessions at ten, two and three."""
    room = RoomFactory(name_en="Room 2A")
    return [placed(on(1, clock), room=room, code=clock[:2]) for clock in ("10:00", "14:00", "15:00")]


def asked(**changed):
    return {"day": DAY, "by": "30"} | changed


def hidden(answer):
    """What the preview's form sends."""
    apply, text = answer.context["apply"], answer.text
    steps = ",".join(f"{one.session.pk}:{one.session.step}" for one in answer.context["moves"])
    assert f'name="steps" value="{steps}"' in text
    query = answer.context["form"].data.urlencode()
    return {"by": apply["by"].value(), "room": apply["room"].value() or "",
            "once": apply["once"].value(), "steps": steps, "query": query}  # fmt: skip


def test_a_preview_says_what_moves_from_where_to_where_and_changes_nothing(desk, afternoon):
    answer = desk.get(at("_shift"), asked(room=afternoon[0].room_id, since="14:00"))

    assert [(one.session, one.before, one.after) for one in answer.context["moves"]] == [
        (afternoon[1], "24 Oct, 14:00–15:00, Room 2A", "24 Oct, 14:30–15:30, Room 2A"),
        (afternoon[2], "24 Oct, 15:00–16:00, Room 2A", "24 Oct, 15:30–16:30, Room 2A"),
    ]
    assert [again(one).starts_at for one in afternoon] == [on(1, "10:00"), on(1, "14:00"), on(1, "15:00")]


def test_what_was_previewed_is_applied_and_nothing_else(desk, afternoon):
    sent = hidden(desk.get(at("_shift"), asked(room=afternoon[0].room_id, since="14:00")))
    later = placed(on(1, "16:00"), room=afternoon[0].room)
    move(later, on(1, "16:30"), minutes=30)

    answer = desk.post(at("_shift"), sent)

    assert answer.url == at("_day", DAY)
    assert [again(one).starts_at for one in (*afternoon, later)] == [
        on(1, "10:00"), on(1, "14:30"), on(1, "15:30"), on(1, "16:30"),
    ]  # fmt: skip


def test_a_move_that_is_sent_twice_is_made_once(desk, afternoon):
    sent = hidden(desk.get(at("_shift"), asked(since="14:00")))

    answers = [desk.post(at("_shift"), sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert again(afternoon[2]).starts_at == on(1, "15:30")


def test_a_move_of_what_was_changed_meanwhile_is_refused_as_a_whole(desk, afternoon):
    sent = hidden(desk.get(at("_shift"), asked(since="14:00")))
    move(afternoon[2], on(1, "16:00"))

    answer = desk.post(at("_shift"), sent)

    assert answer.status_code == 409
    assert "Somebody changed this session meanwhile" in answer.text
    assert again(afternoon[1]).starts_at == on(1, "14:00")


def test_what_would_be_in_two_places_is_told_and_cannot_be_applied(desk, afternoon):
    placed(on(1, "16:00"), room=afternoon[0].room, title_en="Closing", kind="ceremony")
    ticked = {"session": [afternoon[2].pk]}

    answer = desk.get(at("_shift"), asked(**ticked))

    assert [clash.code for clash, _look in answer.context["moves"][0].clashes] == ["room_taken"]
    assert "Move them" not in answer.text


def test_what_gets_out_of_the_hours_needs_a_reason_for_all(desk, afternoon):
    preview = desk.get(at("_shift"), asked(by="120", since="15:00"))
    sent = hidden(preview)

    refused = desk.post(at("_shift"), sent)
    answer = desk.post(at("_shift"), sent | {"outside_hours_why": "Late plane"})

    assert (preview.context["needs_hours"], refused.status_code, answer.status_code) == (True, 422, 302)
    assert again(afternoon[2]).outside_hours_why == "Late plane"


def test_many_move_to_another_room_at_their_time(desk, afternoon):
    other = RoomFactory(name_en="Room 3")

    desk.post(at("_shift"), hidden(desk.get(at("_shift"), asked(by="0", room=afternoon[0].room_id, to=other.pk))))

    assert {again(one).room for one in afternoon} == {other}


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"by": "0"}, "by"), ({"by": "99999"}, "by"), ({"by": "x"}, "by"), ({"day": "x"}, "day"),
     ({"since": "12:00", "before": "11:00"}, "before"), ({"room": "x"}, "room"), ({"to": "9" * 30}, "to")],
)  # fmt: skip
def test_a_move_that_makes_no_sense_is_told_beside_its_field(desk, show, typed, field):
    answer = desk.get(at("_shift"), asked(**typed))

    assert (answer.status_code, [*answer.context["form"].errors]) == (422, [field])


@pytest.mark.parametrize("steps", ["", "x", "1:2:3", "9" * 40 + ":1", "\0"])
def test_a_move_of_nothing_that_there_is_is_refused(desk, show, steps):
    sent = {"by": "30", "once": str(uuid4()), "steps": steps, "query": "day=2019-10-24&by=30"}

    assert desk.post(at("_shift"), sent).status_code in {409, 422}


# Publishing.


def shown(desk, **changed):
    """The summary's form as it is sent when nothing is unticked."""
    context = desk.get(at("_publish")).context
    told = {"seen": context["seen"], "shown": context["shown"], "once": str(context["once"])}
    return told | {"session": context["shown"].split(",")} | changed


def test_the_summary_says_before_and_after_and_who_is_told(desk, show):
    host = HostFactory(name_en="Park")
    session = placed(on(1, "10:00"), host=host, room=RoomFactory(name_en="Room 1"))
    speaking(session, SpeakerFactory(name_en="Li Na", email=""))
    publish(show)
    move(session, on(1, "11:00"), room=RoomFactory(name_en="Room 2"))

    context = desk.get(at("_publish")).context

    assert [(one.what, one.before, one.after) for one in context["lines"][0].said] == [
        ("other time", "24 Oct, 10:00–11:00", "24 Oct, 11:00–12:00"),
        ("other place", "Room 1", "Room 2"),
    ]
    assert (context["letters"].count, [one.name for one in context["letters"].told]) == (1, ["Park"])
    assert [one.name for one in context["letters"].untold] == ["Li Na"]


def test_what_is_ticked_goes_out_and_leads_to_the_version(desk, show):
    one, two = placed(on(1, "10:00")), placed(on(1, "12:00"))

    answer = desk.post(at("_publish"), shown(desk, session=[one.pk], note="First"))

    release = Release.objects.get()
    assert answer.url == reverse("admin:programme_release_change", args=[release.pk])
    assert (release.note, [row.pk for row in Published.objects.all()]) == ("First", [one.pk])
    assert not Published.objects.filter(pk=two.pk).exists()


def test_a_summary_that_is_sent_twice_is_published_once(desk, show):
    session = placed(on(1, "10:00"), host=HostFactory())
    sent = shown(desk)

    answers = [desk.post(at("_publish"), sent) for _ in range(2)]

    assert answers[0].url == answers[1].url
    assert (Release.objects.count(), Mail.objects.count(), Published.objects.get().pk) == (1, 1, session.pk)


def test_a_summary_that_is_old_is_told_and_keeps_what_was_unticked(desk, show):
    one, two = placed(on(1, "10:00")), placed(on(1, "12:00"))
    sent = shown(desk, session=[one.pk], note="Typed")
    placed(on(1, "14:00"))

    answer = desk.post(at("_publish"), sent)

    assert answer.status_code == 409
    assert "The plan was changed meanwhile" in answer.text
    assert [line.goes_out for line in answer.context["lines"]] == [True, False, True]
    assert "Typed" in answer.text
    assert two.pk not in Published.objects.values_list("pk", flat=True)


def test_nothing_ticked_is_nothing_to_publish(desk, show):
    placed(on(1, "10:00"))

    answer = desk.post(at("_publish"), shown(desk, session=[]))

    assert answer.status_code == 422
    assert "There is nothing to publish" in answer.text


def test_what_is_public_and_has_no_time_any_more_is_told_before(desk, show):
    session = placed(on(1, "10:00"), title_en="Lost")
    publish(show)
    planning.unplace(actor=SYSTEM, session=session, step=None)

    assert desk.get(at("_publish")).context["lines"][0].is_lost
    answer = desk.post(at("_publish"), shown(desk))
    assert (answer.status_code, "“Lost” is public but has no time any more" in answer.text) == (422, True)


def test_a_summary_of_more_than_a_form_can_carry_publishes_the_first_of_them(desk, show, monkeypatch):
    monkeypatch.setattr("programme.admin.publishing.MOST", 2)
    for clock in ("10:00", "11:00", "12:00"):
        placed(on(1, clock))

    context = desk.get(at("_publish")).context
    desk.post(at("_publish"), shown(desk))

    assert (len(context["lines"]), context["beyond"], Published.objects.count()) == (2, 1, 2)


@pytest.mark.parametrize("number", [1, 3])
def test_a_summary_takes_so_many_queries_however_much_changed(desk, show, number, django_assert_num_queries):
    for _ in range(number):
        speaking(placed(on(1, "10:00"), host=HostFactory(), room=RoomFactory()), SpeakerFactory())
        departing(on(1, "10:00"))
    desk.get(at("_publish"))

    with django_assert_num_queries(SUMMARY):
        desk.get(at("_publish"))


# Taking back.


def test_the_last_version_is_taken_back_after_a_page_that_says_what_the_public_sees_then(desk, show):
    session = placed(on(1, "10:00"), host=HostFactory(), room=RoomFactory(name_en="Room 1"))
    publish(show)
    move(session, on(1, "12:00"))
    publish(show)

    page = desk.get(at("_undo", 2))
    answer = desk.post(at("_undo", 2), {"once": str(uuid4())})

    assert [(one.before, one.after) for one in page.context["lines"][0].said] == [
        ("24 Oct, 12:00–13:00", "24 Oct, 10:00–11:00")
    ]
    assert page.context["letters"].count == 1
    assert answer.url == reverse("admin:programme_release_change", args=[Release.objects.get(number=3).pk])
    assert Published.objects.get().starts_at == on(1, "10:00")
    assert again(session).starts_at == on(1, "12:00")


def test_taking_back_that_is_sent_twice_is_done_once(desk, show):
    placed(on(1, "10:00"))
    publish(show)
    sent = {"once": str(uuid4())}

    answers = [desk.post(at("_undo", 1), sent) for _ in range(2)]

    assert (answers[0].url, Release.objects.count()) == (answers[1].url, 2)


def test_only_the_last_version_is_taken_back(desk, show):
    session = placed(on(1, "10:00"))
    publish(show)
    move(session, on(1, "12:00"))
    publish(show)

    page, answer = desk.get(at("_undo", 1)), desk.post(at("_undo", 1), {"once": str(uuid4())})

    assert "Only the last version can be taken back" in page.text
    assert answer.status_code == 409
    assert Release.objects.count() == 2


def test_a_version_says_what_it_changed(desk, show):
    placed(on(1, "10:00"), code="F01", room=RoomFactory(name_en="Room 1"))
    release = publish(show)

    page = desk.get(reverse("admin:programme_release_change", args=[release.pk]))

    assert [(one.what, one.after) for one in page.context["lines"][0].said] == [("new", "24 Oct, 10:00–11:00, Room 1")]
    assert at("_undo", 1) in page.text
    assert at("_undo", 1) not in logged_in(UserFactory(auditor=True)).get(page.request["PATH_INFO"]).text


# Ending.


def test_a_session_is_cancelled_with_a_reason_and_says_before_whom_it_concerns(desk, show):
    session = placed(on(1, "10:00"), host=HostFactory(name_en="Park"))
    publish(show)

    page = desk.get(at("_cancel", session.pk))
    desk.post(at("_cancel", session.pk), {"step": 0, "why_en": "Ill", "why_zh": "生病"})

    assert [one.name for one in page.context["letters"].told] == ["Park"]
    assert (again(session).is_cancelled, session.cancelled_why_en, session.cancelled_why_zh) == (True, "Ill", "生病")


def test_cancelling_without_a_reason_asks_for_one_beside_its_field(desk, show):
    session = placed(on(1, "10:00"))

    answer = desk.post(at("_cancel", session.pk), {"step": 0})

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"why_en": ["Say why; whoever planned to come reads it."]}


def test_cancelling_what_was_changed_meanwhile_keeps_the_reason(desk, show):
    session = placed(on(1, "10:00"))
    move(session, on(1, "12:00"))

    answer = desk.post(at("_cancel", session.pk), {"step": 0, "why_en": "Ill"})

    assert answer.status_code == 409
    assert 'value="Ill"' in answer.text
    assert desk.post(at("_cancel", session.pk), {"step": 1, "why_en": "Ill"}).status_code == 302


def test_a_cancelled_session_takes_place_after_all_if_its_room_is_free(desk, show):
    session = placed(on(1, "10:00"))
    planning.cancel(actor=SYSTEM, session=session, why_en="Ill", why_zh="", step=None)
    other = placed(on(1, "10:00"), room=session.room)

    refused = desk.post(at("_restore", session.pk), {"step": 1})
    move(other, on(1, "12:00"))
    desk.post(at("_restore", session.pk), {"step": 1})

    assert refused.status_code == 422
    assert not again(session).is_cancelled


def test_a_draft_is_deleted_and_what_is_public_is_not(desk, show):
    draft, public = placed(on(1, "10:00")), placed(on(1, "12:00"))
    publish(show, public)

    answers = [desk.post(at("_delete", one.pk), {"step": 0}) for one in (draft, public)]

    assert [answer.status_code for answer in answers] == [302, 422]
    assert [one.pk for one in Session.objects.all()] == [public.pk]


def test_a_draft_that_somebody_moved_meanwhile_is_not_deleted(desk, show):
    session = placed(on(1, "10:00"))
    move(session, on(1, "12:00"))

    assert desk.post(at("_delete", session.pk), {"step": 0}).status_code == 409
    assert Session.objects.exists()


@pytest.mark.parametrize("act", ["_place", "_cancel", "_restore", "_delete", "_unplace"])
@pytest.mark.parametrize("step", ["", "x", "-1", "9" * 30, "\0"])
def test_a_step_that_is_none_breaks_nothing(desk, show, act, step):
    session = placed(on(1, "10:00"))

    answer = desk.post(at(act, session.pk), {"step": step, "why_en": "\0", "day": DAY, "starts": "10:00"})

    assert answer.status_code in {409, 422}


def test_the_planner_is_in_the_rooms_list_for_who_reads_the_plan(desk, show):
    assert at("") in desk.get("/admin/").text
    assert at("") not in logged_in(UserFactory(gate_staff=True)).get("/admin/").text


def test_halls_are_told_with_their_rooms(desk, show):
    RoomFactory(name_en="Room 2A", hall=HallFactory(name_en="Hall 2"), seats=120)

    assert "<h3>Room 2A<small>120 seats · Hall 2</small></h3>" in desk.get(at("_day", DAY)).text
