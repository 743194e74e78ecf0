"""Sign-ups on the desk: who may look and who may act, what the lists say, and that nothing typed is lost."""

import csv
import io
from uuid import uuid4

import openpyxl
import pytest
from django.core.cache import caches
from django.urls import reverse
from pghistory.models import Context

from accounts.models import Mail
from programme.actions.signing import acts, door, staff
from programme.comparing import Names, compared
from programme.models import Message, MoveUp, Published, Session, SessionCode, SessionPlaces, Signup
from tests.factories.accounts import UserFactory
from tests.factories.expo import on
from tests.factories.programme import SYSTEM, departing, publish
from tests.factories.signups import EVE, party, places_of, published, signed_up, states, visitor
from tests.factories.staff import logged_in
from tests.factories.visitors import open_show
from visitors.models import Badge, Registration

pytestmark = pytest.mark.django_db
LIST_QUERIES = 11
ACROSS_QUERIES = 5
NO_SHOW_QUERIES = 5


@pytest.fixture
def show():
    caches["process"].clear()
    return open_show(at=EVE)


@pytest.fixture
def desk(show):
    return logged_in(UserFactory(roles=["programme_editor"]))


@pytest.fixture
def forum(show):
    return published(on(1, "10:00"), seats=2)


def at(name, *args):
    return reverse(f"admin:programme_signups{name}", args=args)


def act(desk, do, *signups, **typed):
    told = {"do": do, "row": [one.pk for one in signups], **typed}
    return desk.post(at("_act", signups[0].session_id), told)


def texts(answer):
    return [str(message) for message in answer.context["messages"]] if answer.context else []


def after(desk, answer):
    assert answer.status_code == 302, answer.content.decode()
    return desk.get(answer.url)


# Looking


def test_a_list_says_in_words_how_full_the_session_is(desk, show):
    session = published(on(1, "10:00"), seats=6, reserve_guests=2)
    signed_up(visitor(), session, 4)
    signed_up(visitor(), session, 2)

    answer = desk.get(at("_session", session.pk))

    assert answer.context["counters"] == [
        "4 of 4 places taken",
        "2 kept for guests, 0 of them given",
        "2 people waiting, in 1 party",
    ]
    assert answer.context["open"] == "Signing up is open."


def test_a_list_names_who_comes_with_badge_state_and_place_in_line(desk, forum):
    group = party("Li Na")
    signed_up(group.lead, forum, people=[acts.Coming(registration=one.pk) for one in group.party])
    last = signed_up(visitor(), forum)

    rows = desk.get(at("_session", forum.pk)).context["rows"]

    serial = Badge.objects.get(registration=group.lead).serial_in_groups
    assert [(row.names, row.serial, row.place) for row in rows[:1]] == [((group.lead.name, "Li Na"), serial, None)]
    assert (rows[1].signup, rows[1].place, rows[1].look) == (last, 1, "waits")


def test_a_list_is_filtered_by_state_and_searched(desk, forum):
    first, second, third = (signed_up(visitor(), forum) for _ in range(3))
    acts.give_up(actor=SYSTEM, signup=first, at=EVE)

    def listed(**asked):
        return [row.signup.pk for row in desk.get(at("_session", forum.pk), asked).context["rows"]]

    assert listed() == [second.pk, third.pk]
    assert (listed(show="ended"), listed(show="offered"), listed(show="waiting")) == ([first.pk], [third.pk], [])
    assert listed(q=second.registration.name.lower()) == [second.pk]
    assert listed(q=Badge.objects.get(registration=third.registration).serial_in_groups) == [third.pk]
    assert listed(q="\x00 nobody \u202e") == []
    assert listed(show="nonsense", p="99999999999999") == [second.pk, third.pk]


@pytest.mark.parametrize("rows", [3, 12])
def test_a_list_asks_the_database_as_often_for_three_rows_as_for_many(desk, forum, django_assert_num_queries, rows):
    for _ in range(rows):
        signed_up(visitor(), forum)
    desk.get(at("_session", forum.pk))

    with django_assert_num_queries(LIST_QUERIES):
        desk.get(at("_session", forum.pk))


def test_who_is_over_is_named_last_come_first_and_ticked(desk, show):
    session = published(on(1, "10:00"), seats=3)
    rows = [signed_up(visitor(), session) for _ in range(3)]
    staff.change_places(actor=SYSTEM, session=session, seats=1, step=None, at=EVE)

    answer = desk.get(at("_session", session.pk), {"show": "over"})

    assert [row.signup for row in answer.context["rows"]] == rows[1:]
    assert answer.text.count(" checked>") == 2
    assert "There are 2 places too few." in answer.text


@pytest.mark.parametrize("sessions", [1, 3])
def test_all_sessions_stand_side_by_side_for_the_same_queries(desk, show, django_assert_num_queries, sessions):
    for number in range(sessions):
        signed_up(visitor(), published(on(1, f"1{number}:00")))
    desk.get(at(""))

    with django_assert_num_queries(ACROSS_QUERIES):
        answer = desk.get(at(""))

    assert len(answer.context["fills"]) == sessions


def test_sessions_are_sorted_and_filtered(desk, show):
    early = published(on(1, "10:00"), seats=1)
    late = published(on(2, "10:00"), seats=100)
    departure = departing(on(1, "13:00"))
    publish(show, departure, at=EVE)
    for _ in range(2):
        signed_up(visitor(), early)
    signed_up(visitor(), late)

    def listed(**asked):
        return [one.places.pk for one, _when in desk.get(at(""), asked).context["fills"]]

    assert listed() == [early.pk, departure.pk, late.pk]
    assert listed(sort="fill", back="1") == [early.pk, late.pk, departure.pk]
    assert listed(day="2019-10-25") == [late.pk]
    assert (listed(kind="tour"), listed(only="waiting")) == ([departure.pk], [early.pk])
    assert listed(sort="x", day="x", kind="x", only="x") == [early.pk, departure.pk, late.pk]


def test_rates_of_lapsed_offers_and_no_shows_are_of_those_that_could_be(desk, forum):
    from programme.fills import fill_of

    rows = [signed_up(visitor(), forum) for _ in range(4)]
    assert fill_of(forum).lapse_rate is None
    Signup.objects.filter(pk=rows[2].pk).update(state="lapsed", offers=1)
    Signup.objects.filter(pk=rows[3].pk).update(state="given_up", offers=1)
    Signup.objects.filter(pk=rows[0].pk).update(state="attended", came=1)
    Signup.objects.filter(pk=rows[1].pk).update(state="no_show")

    fill = fill_of(forum)

    assert (fill.lapse_rate, fill.no_show_rate, fill.lapsed_percent) == (0.5, 0.5, "50%")


def test_the_way_of_a_waiting_list_is_told_with_who_was_passed_over(desk, show):
    session = published(on(1, "10:00"), seats=2)
    first = signed_up(visitor(), session, 2)
    large, small = signed_up(visitor(), session, 2), signed_up(visitor(), session)
    acts.change_party(actor=SYSTEM, signup=first, people=staff.people_of(first)[:1], at=EVE)

    text = desk.get(at("_turns", session.pk)).text

    assert f"{large.registration.name}: a party of 2, 1 came free" in text
    assert f"{small.registration.name} (1)" in text


def test_a_session_that_nobody_knows_of_has_no_list(desk, show):
    from tests.factories.programme import placed

    assert desk.get(at("_session", placed(on(1, "10:00")).pk)).status_code == 404


# One person


def test_somebodys_plan_has_what_stands_what_has_ended_and_what_clashes(desk, forum):
    own = visitor()
    signed_up(visitor(), forum, 2)
    waits, sure = signed_up(own, forum), signed_up(own, published(on(1, "10:30")))
    gone = signed_up(own, published(on(2, "10:00")))
    acts.give_up(actor=SYSTEM, signup=gone, at=EVE)

    answer = desk.get(at("_person", own.pk))

    assert [held.signup for held, *_ in answer.context["held"]] == [waits, sure]
    assert [held.signup for held, *_ in answer.context["ended"]] == [gone]
    assert answer.text.count("Clashes with") == 2
    assert "number 1 in line" in answer.text


def test_the_plan_of_who_signed_up_for_nothing_is_nobodys_business_but_the_organisers(desk, show):
    own = visitor()
    assert desk.get(at("_person", own.pk)).status_code == 404
    assert logged_in(UserFactory(organiser=True)).get(at("_person", own.pk)).status_code == 200


def test_a_registration_leads_to_its_plan(forum):
    own = signed_up(visitor(), forum).registration
    organiser = logged_in(UserFactory(organiser=True))
    page = reverse("admin:visitors_registration_change", args=[own.pk])

    assert at("_person", own.pk) in organiser.get(page).text
    assert at("_person", own.pk) not in logged_in(UserFactory(gate_staff=True)).get(page).text


def test_an_auditor_reads_and_finds_nothing_to_do(forum):
    own = signed_up(visitor(), forum)
    auditor = logged_in(UserFactory(auditor=True))

    for page in (at("_session", forum.pk), at("_person", own.registration_id)):
        text = auditor.get(page).text
        assert at("_act", forum.pk) not in text.replace(f'action="{at("_act", forum.pk)}"', "")
    assert act(auditor, "call_off", own, why="No").status_code == 403
    assert states([own]) == ["confirmed"]


# Acts


def test_an_act_is_looked_at_first_and_then_done(desk, forum):
    own = signed_up(visitor(), forum)
    page = desk.get(at("_act", forum.pk), {"do": "call_off", "row": own.pk})
    assert (page.status_code, states([own])) == (200, ["confirmed"])
    assert "This is about 1 sign-up of 1 in all." in page.text

    told = texts(after(desk, act(desk, "call_off", own, why="Twice")))

    assert (states([own]), told) == (["called_off"], ["1 sign-up: called off."])


def test_a_reason_is_asked_for_beside_its_field(desk, forum):
    own = signed_up(visitor(), forum)
    answer = act(desk, "call_off", own, why=" ")
    assert (answer.status_code, answer.context["form"].errors) == (422, {"why": ["This field is required."]})
    assert states([own]) == ["confirmed"]


def test_what_cannot_be_done_for_one_is_said_and_the_others_are_done(desk, show):
    session = published(on(1, "10:00"), access="approval")
    first, second = signed_up(visitor(), session), signed_up(visitor(), session)
    staff.approve(actor=SYSTEM, signup=first, at=EVE)

    told = texts(after(desk, act(desk, "approve", first, second)))

    assert told == [
        "1 sign-up: approved.",
        f"{first.registration}: This sign-up does not wait for approval any more.",
    ]
    assert states([second]) == ["confirmed"]


def test_an_act_that_came_too_late_says_so_and_what_was_typed_stays(desk, forum):
    own = signed_up(visitor(), forum)
    acts.give_up(actor=SYSTEM, signup=own, at=EVE)

    answer = act(desk, "call_off", own, why="A long reason")

    assert answer.status_code == 409
    assert "This sign-up has ended already." in answer.text
    assert 'value="A long reason"' in answer.text


def test_rows_of_another_session_and_what_is_no_key_are_nothing(desk, forum):
    other = signed_up(visitor(), published(on(2, "10:00")))
    own = signed_up(visitor(), forum)
    typed = {"do": "call_off", "row": [other.pk, "x", "-1", "9" * 40, "\x00"], "why": "No"}

    assert after(desk, desk.post(at("_act", forum.pk), typed)).status_code == 200
    assert desk.get(at("_act", forum.pk), {"do": "explode", "row": own.pk}).status_code == 404
    assert states([other, own]) == ["confirmed", "confirmed"]


def test_several_are_put_back_in_the_order_in_which_they_came(desk, show):
    session = published(on(1, "10:00"), seats=3)
    rows = [signed_up(visitor(), session) for _ in range(3)]
    staff.change_places(actor=SYSTEM, session=session, seats=1, step=None, at=EVE)

    after(desk, act(desk, "put_back", *rows[1:], why="Smaller room"))

    listed = desk.get(at("_session", session.pk), {"show": "waiting"}).context["rows"]
    assert [(row.signup, row.place) for row in listed] == [(rows[1], 1), (rows[2], 2)]
    assert MoveUp.objects.count() == 1


def test_several_are_moved_while_there_are_places(desk, forum):
    rows = [signed_up(visitor(), forum) for _ in range(2)]
    other = published(on(2, "10:00"), seats=1)

    told = texts(after(desk, act(desk, "move", *rows, to=other.pk, why="Full")))

    assert states(rows) == ["called_off", "confirmed"]
    assert told[1] == f"{rows[1].registration}: There are not enough places left in that session for the whole party."
    assert places_of(other).taken == 1


def test_where_to_move_is_offered_with_what_is_left_akin_first(desk, show):
    here = departing(on(1, "10:00"))
    forum = published(on(1, "14:00"))
    akin = departing(on(2, "10:00"), enterprise=here.enterprise)
    full = published(on(1, "15:00"), seats=0)
    publish(show, at=EVE)
    own = visitor()
    row = signed_up(own, here, people=[acts.Coming(registration=own.pk)])

    form = desk.get(at("_act", here.pk), {"do": "move", "row": row.pk}).context["form"]

    assert [one.pk for one in form.fields["to"].queryset] == [akin.pk, forum.pk]
    assert full.pk not in [one.pk for one in form.fields["to"].queryset]


def test_an_offer_is_confirmed_for_somebody_who_gives_the_other_up(desk, show):
    session = published(on(1, "10:00"), seats=1)
    first, own = signed_up(visitor(), session), visitor()
    offered, other = signed_up(own, session), signed_up(own, published(on(1, "10:30")))
    acts.give_up(actor=SYSTEM, signup=first, at=EVE)

    assert act(desk, "confirm", offered).status_code == 409
    after(desk, act(desk, "confirm", offered, instead_of=[other.pk], **{"from": "person"}))

    assert states([offered, other]) == ["confirmed", "given_up"]


def test_signing_up_is_closed_and_opened_with_one_press(desk, forum):
    after(desk, desk.post(at("_close", forum.pk)))
    assert places_of(forum).is_closed
    assert "Signing up was closed by staff." in desk.get(at("_session", forum.pk)).text

    assert texts(after(desk, desk.post(at("_close", forum.pk)))) == ["Signing up is closed already."]
    after(desk, desk.post(at("_close", forum.pk), {"open": "1"}))
    assert not places_of(forum).is_closed


def test_a_guest_is_found_by_badge_or_e_mail(desk, show):
    session = published(on(1, "10:00"), seats=5, reserve_guests=3)
    one, other = visitor(), visitor()
    serial = Badge.objects.get(registration=one).serial_in_groups

    after(desk, desk.post(at("_guest", session.pk), {"who": f" {serial.lower()} ", "party": 2}))
    after(desk, desk.post(at("_guest", session.pk), {"who": other.email.upper(), "party": 1, "why": "Speaker's wife"}))

    told = Signup.objects.order_by("pk").values_list("registration", "party", "origin", "why")
    assert list(told) == [(one.pk, 2, "guest", ""), (other.pk, 1, "guest", "Speaker's wife")]


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"who": "nobody@example.org", "party": 1}, 422, "Nobody at this show has this badge or e-mail."),
        ({"who": "\x00\u202e", "party": 1}, 422, "This field is required."),
        ({"who": "", "party": 0}, 422, "Ensure this value is greater than or equal to 1."),
        ({"who": "own", "party": 21}, 422, "Ensure this value is less than or equal to 20."),
        ({"who": "own", "party": 2}, 409, "The places kept for guests are not enough."),
    ],
)
def test_a_guest_who_cannot_be_added_is_said_and_nothing_is_lost(desk, show, typed, status, sentence):
    session = published(on(1, "10:00"), seats=5, reserve_guests=1)
    own = visitor()
    typed = typed | ({"who": own.email} if typed["who"] == "own" else {})

    answer = desk.post(at("_guest", session.pk), typed)

    assert answer.status_code == status
    assert sentence in answer.text
    assert not Signup.objects.exists()


def test_the_number_of_places_is_changed_after_a_look_at_what_would_happen(desk, show):
    session = published(on(1, "10:00"), seats=3)
    rows = [signed_up(visitor(), session) for _ in range(3)]
    typed = {"seats": 1, "step": 0, "why": "Smaller room"}

    look = desk.post(at("_places", session.pk), typed)
    assert (look.status_code, look.context["effect"].over) == (200, 2)
    assert rows[2].registration.name in look.text
    assert Session.objects.get().seats == 3

    answer = desk.post(at("_places", session.pk), typed | {"apply": "1"})
    assert answer.url == f"{at('_session', session.pk)}?show=over"
    assert (Session.objects.get().seats, Published.objects.get().told.seats, states(rows)) == (1, 1, ["confirmed"] * 3)


def test_a_number_of_places_over_a_session_that_somebody_changed_is_asked_about_again(desk, forum):
    Session.objects.update(step=5)
    typed = {"seats": 9, "step": 0, "apply": "1"}
    answer = desk.post(at("_places", forum.pk), typed)

    assert answer.status_code == 409
    assert "Somebody changed this session meanwhile." in answer.text
    assert 'name="step" value="5"' in answer.text
    after(desk, desk.post(at("_places", forum.pk), typed | {"step": 5}))
    assert places_of(forum).places == 9


@pytest.mark.parametrize("seats", ["-1", "99999999999999999999", "many", "", "NaN"])
def test_a_number_that_is_none_changes_nothing(desk, forum, seats):
    answer = desk.post(at("_places", forum.pk), {"seats": seats, "step": 0, "apply": "1"})
    assert (answer.status_code, places_of(forum).places) == (422, 2)


WORDS = {"to": "all", "subject_zh": "", "text_zh": "请带笔\n<b>", "subject_en": "Bring a pen", "text_en": ""}


def test_a_message_is_read_before_it_is_sent_and_sent_once(desk, forum):
    signed_up(visitor(), forum)
    typed = WORDS | {"once": str(uuid4())}

    look = desk.post(at("_message", forum.pk), typed)
    assert (look.status_code, look.context["number"], Message.objects.count()) == (200, 1, 0)
    assert "请带笔<br>&lt;b&gt;" in look.text

    for _ in range(2):
        after(desk, desk.post(at("_message", forum.pk), typed | {"send": "1"}))
    assert (Message.objects.count(), Mail.objects.filter(kind="programme.message").count()) == (1, 1)


def test_a_message_that_says_nothing_is_asked_for_beside_its_field(desk, forum):
    signed_up(visitor(), forum)
    typed = WORDS | {"once": str(uuid4()), "text_zh": " ", "send": "1"}
    answer = desk.post(at("_message", forum.pk), typed)
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"text_zh": ["Write in one language at least."]},
    )


# Lists, codes and files


def test_all_sign_ups_are_searched_and_filtered(desk, forum):
    first, second = signed_up(visitor(), forum, 2), signed_up(visitor(), forum)

    def listed(**asked):
        answer = desk.get(reverse("admin:programme_signup_changelist"), asked)
        return [row.pk for row in answer.context["cl"].result_list]

    assert listed() == [second.pk, first.pk]
    assert (listed(state="waiting"), listed(q=first.registration.email)) == ([second.pk], [first.pk])
    assert (listed(day="2019-10-24"), listed(day="2019-10-25")) == ([second.pk, first.pk], [])
    assert listed(session=str(forum.pk), origin="signed_up") == [second.pk, first.pk]
    serial = Badge.objects.get(registration=second.registration).serial_in_groups
    assert listed(q=serial) == [second.pk]


def test_a_sign_up_tells_its_history_and_cannot_be_changed(desk, forum):
    own = signed_up(visitor(), forum)
    staff.call_off(actor=SYSTEM, signup=own, why="Asked us", at=EVE)

    text = desk.get(reverse("admin:programme_signup_history", args=[own.pk])).text
    assert "sign-up called off" in text
    assert "Asked us" in text
    assert desk.post(reverse("admin:programme_signup_change", args=[own.pk]), {}).status_code == 403


def test_a_code_is_made_once_for_a_session_and_counts_its_use(desk, show):
    session = published(on(1, "10:00"), access="invitation")
    typed = {"session": session.pk, "code": "EXPO", "for_whom": "Delegation", "places": 3}
    page = reverse("admin:programme_sessioncode_add")

    assert desk.post(page, typed).status_code == 302
    assert "capital and small letters are the same" in desk.post(page, typed | {"code": "expo"}).text
    signed_up(visitor(), session, 2, code="expo")

    row = SessionCode.objects.get()
    assert (row.code, row.used) == ("EXPO", 2)
    change = reverse("admin:programme_sessioncode_change", args=[row.pk])
    assert "More people have used the code" in desk.post(change, typed | {"places": 1}).text
    assert desk.post(reverse("admin:programme_sessioncode_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_who_signed_up_is_taken_out_as_text_and_it_is_on_record(desk, show):
    session = published(on(1, "10:00"))
    own = visitor()
    Registration.objects.filter(pk=own.pk).update(name="=HYPERLINK(1)", firm=" @cmd")
    signed_up(own, session, 2)

    answer = desk.get(at("_session_out", session.pk, "csv"))
    (line,) = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(desk.get(at("_out", "xlsx")).content)).active

    assert (line["Name"], line["Firm or institution"], line["Party"], line["State"]) == (
        "'=HYPERLINK(1)", "' @cmd", "2", "confirmed",
    )  # fmt: skip
    assert (sheet["H2"].value, sheet["H2"].data_type, sheet["F2"].value) == ("=HYPERLINK(1)", "s", 2)
    assert Context.objects.filter(metadata__act="signups_exported", metadata__rows=1).count() == 2


def test_a_file_is_for_who_plans_and_the_auditor(show, forum):
    expected = {"programme_editor": 200, "organiser": 200, "auditor": 200, "area_manager": 403, "gate_staff": 403}
    for role, status in expected.items():
        client = logged_in(UserFactory(roles=[role]))
        assert client.get(at("_session_out", forum.pk, "csv")).status_code == status, role
        assert client.get(at("_out", "pdf")).status_code in {403, 404}


# The day's matters, and the planning of it


def test_today_says_who_asks_and_who_is_over(desk, show):
    asking = published(on(1, "10:00"), access="approval")
    signed_up(visitor(), asking)
    short = published(on(1, "14:00"), seats=2)
    for _ in range(2):
        signed_up(visitor(), short)
    staff.change_places(actor=SYSTEM, session=short, seats=1, step=None, at=EVE)

    matters = {one.title: one.count for one in desk.get(reverse("admin:index")).context["matters"]}

    assert (matters["sign-ups to approve"], matters["people over in sessions"]) == (1, 1)


def test_today_says_where_offers_lapse(desk, forum):
    rows = [signed_up(visitor(), forum) for _ in range(8)]
    Signup.objects.filter(pk__in=[row.pk for row in rows[3:]]).update(offers=1, state="lapsed")

    matters = {one.title: one.url for one in desk.get(reverse("admin:index")).context["matters"]}

    url = matters["sessions whose offers lapse"]
    assert [one.places.pk for one, _when in desk.get(url).context["fills"]] == [forum.pk]


def test_a_change_of_how_one_signs_up_is_told_in_words(show):
    session = published(on(1, "10:00"))
    before = Published.objects.get().told
    Session.objects.update(access="approval", party_most=1, signup_closes_at=on(0, "18:00"))
    after_ = type(before).of(Session.objects.get(pk=session.pk))

    said = compared(before, after_, Names([before, after_]), show.zone)

    assert [(one.before, one.after) for one in said] == [
        (
            "everybody it is for signs up, up to 5 people at once",
            "each sign-up is approved by staff, one person at once, until 23 Oct, 18:00",
        )
    ]


def test_the_list_of_sessions_says_how_full_each_is(desk, forum):
    for _ in range(3):
        signed_up(visitor(), forum)
    text = desk.get(reverse("admin:programme_session_changelist")).text
    assert f'<a href="{at("_session", forum.pk)}">2/2, 1 waiting</a>' in text
    assert at("_session", forum.pk) in desk.get(reverse("admin:programme_planner_place", args=[forum.pk])).text
    assert SessionPlaces.objects.get().waiting == 1


def test_a_list_says_from_when_nobody_signs_up_any_more(desk, show, forum, set_clock):
    set_clock(on(1, "09:51"))
    assert desk.get(at("_session", forum.pk)).context["open"] == "Signing up is closed."


def test_the_counts_at_the_door_stand_on_the_list_from_when_it_opens(desk, show, forum, set_clock):
    set_clock(EVE)
    lead, other = visitor(), visitor()
    signed_up(lead, forum)
    signed_up(other, forum)
    assert desk.get(at("_session", forum.pk)).context["door"] is None

    set_clock(on(1, "09:45"))
    door.attend(actor=SYSTEM, session=forum.pk, registration=lead.pk, at=on(1, "09:45"))

    counts = desk.get(at("_session", forum.pk)).context["door"]
    assert (counts.inside, counts.expected, counts.whole) == (1, 1, 2)
    assert "<dt>expected</dt><dd>1</dd>" in desk.get(at("_door", forum.pk)).text


def stay_away(people, times):
    """From so many sessions; somebody else comes to each, so that its door is kept."""
    for hour in range(times):
        session = published(on(1, f"{10 + 2 * hour}:00"))
        for one in people:
            signed_up(one, session)
        came = signed_up(visitor(), session)
        door.attend(actor=SYSTEM, session=session.pk, registration=came.registration_id, at=session.starts_at)
    door.note_no_shows(people[0].show, at=on(2, "10:00"))


def test_who_does_not_come_again_and_again_is_listed_with_what_was_missed(desk, show):
    often = visitor()
    stay_away([often], 3)

    page = desk.get(at("_no_shows"))

    assert [(one, times, len(missed)) for one, times, missed in page.context["rows"]] == [(often, 3, 3)]
    assert "had a place 3 times and did not come" in desk.get(at("_person", often.pk)).text


def test_who_did_not_come_twice_is_not_listed(desk, show):
    stay_away([visitor()], 2)
    assert "Nobody so far." in desk.get(at("_no_shows")).text


@pytest.mark.parametrize("people", [1, 3])
def test_who_stays_away_is_listed_for_the_same_queries(desk, show, django_assert_num_queries, people):
    stay_away([visitor() for _ in range(people)], 3)
    desk.get(at("_no_shows"))
    with django_assert_num_queries(NO_SHOW_QUERIES):
        desk.get(at("_no_shows"))
