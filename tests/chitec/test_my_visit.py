"""The page of a visit as one plan of the show's days."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.acting import Actor
from expo.models import Show
from onsite.models import Visit
from programme.actions import favourites, planning
from programme.actions.signing.acts import give_up
from programme.models import Handover, Series, Session, Signup
from programme.places import Coming
from tests.factories.exhibitors import MemberFactory, accepted, manager_of, row_of_booths
from tests.factories.expo import AreaFactory, GateFactory, HallFactory, RoomFactory, on
from tests.factories.programme import SYSTEM, SeriesFactory, departing, move, placed, publish
from tests.factories.signups import EVE, party, published, signed_up, visitor
from visitors.links import visit_key
from visitors.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang():
    return visitor(days=(1, 2))


@pytest.fixture
def set_clock(monkeypatch):
    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(Show, "now", lambda show: moment.astimezone(show.zone))
        caches["process"].clear()

    return set_clock


def address(registration, below: str = "", language: str = "en") -> str:
    return f"/{language}/visit/{visit_key(registration)}/{below}"


def page(client, registration, query: str = "", language: str = "en") -> str:
    caches["process"].clear()
    return " ".join(client.get(address(registration, query, language)).text.split())


def full(starts=None, seats: int = 1, **fields) -> Session:
    """A session whose places are all taken by somebody else."""
    session = published(starts or on(1, "10:00"), seats=seats, party_most=6, **fields)
    signed_up(visitor(), session, seats)
    return session


def test_a_new_visit_says_what_is_open_and_that_nothing_is_planned(client, wang):
    text = page(client, wang)
    assert "Your 2 days" in text
    assert text.count("Nothing planned yet") == 2
    assert "Where to go next" not in text


def test_a_confirmed_place_stands_on_its_day_with_its_room(client, wang):
    hall = HallFactory(name_en="Hall 8")
    signed_up(wang, published(on(1, "10:00"), title_en="Robots", room=RoomFactory(name_en="Room 301", hall=hall)))
    text = page(client, wang)
    assert "Robots</a>" in text
    assert "Room 301, Hall 8" in text
    assert "place confirmed" in text
    assert text.count("Nothing planned yet") == 1


def test_somebody_else_s_plan_is_on_no_other_page(client, wang):
    signed_up(wang, published(on(1, "10:00"), title_en="Robots"))
    text = page(client, visitor(days=(3,)))
    assert wang.name not in text
    assert "Robots" not in text


def test_who_waits_reads_the_place_in_line_and_how_long_others_waited(client, wang):
    session = full(title_en="Robots")
    other = signed_up(visitor(), session)
    first = Signup.objects.get(session=session, state="confirmed")
    give_up(actor=SYSTEM, signup=first, at=EVE + timedelta(hours=3))
    signed_up(visitor(), session, at=EVE + timedelta(hours=3))
    signed_up(wang, session, at=EVE + timedelta(hours=3))
    assert Signup.objects.get(pk=other.pk).state == "offered"
    text = page(client, wang)
    assert "waiting, number 2 in line" in text
    assert "Half of those who were offered places here had waited 3 hours or less." in text


def test_who_waits_reads_why_the_line_moved(client, wang):
    session = published(on(1, "10:00"), seats=4, party_most=6, title_en="Robots")
    pairs = [signed_up(visitor(), session, 2) for _ in range(2)]
    family = signed_up(wang, session, 4)
    signed_up(visitor(), session, 2)
    give_up(actor=SYSTEM, signup=pairs[0], at=EVE)
    text = page(client, wang)
    assert Signup.objects.get(pk=family.pk).state == "waiting"
    assert "2 places came free (somebody gave places up). That was too few for your party of 4" in text


def test_a_party_that_was_passed_over_is_told_as_a_number_only(client, wang):
    session = published(on(1, "10:00"), seats=4, party_most=6)
    pairs = [signed_up(visitor(), session, 2) for _ in range(2)]
    large = visitor()
    signed_up(large, session, 4)
    signed_up(visitor(), session, 2)
    signed_up(wang, session, 1)
    give_up(actor=SYSTEM, signup=pairs[0], at=EVE)
    text = page(client, wang)
    assert "A party of 4 was passed over: it is larger than that. 1 party was asked." in text
    assert large.name not in text


@pytest.fixture
def offered(wang):
    """A place that is offered to Wang, who has another one at that time."""
    rooms = (RoomFactory(hall=HallFactory(name_en=name)) for name in ("Hall 1", "Hall 3"))
    signed_up(wang, published(on(1, "10:30"), title_en="Chips", room=next(rooms)))
    session = full(title_en="Robots", room=next(rooms))
    signup = signed_up(wang, session)
    give_up(actor=SYSTEM, signup=Signup.objects.get(session=session, state="confirmed"), at=EVE)
    return signup


def test_an_offer_says_until_when_and_what_taking_it_gives_up(client, wang, offered, set_clock):
    set_clock(EVE)
    text = page(client, wang)
    assert "1 offer waits for your answer" in text
    assert "Take it by 10:00 on Wednesday 23 October; after that the next in line is asked." in text
    assert "You cannot have it together with “Chips”: taking it gives that up in the same moment." in text


def test_a_waiting_place_that_clashes_says_that_one_is_asked_first(client, wang):
    signed_up(wang, published(on(1, "10:30"), title_en="Chips"))
    signed_up(wang, full(title_en="Robots"))
    assert "If places come up they clash with “Chips”, so we ask you first." in page(client, wang)


def test_a_cancelled_session_says_so_and_why(client, wang):
    session = published(on(1, "10:00"), title_en="Robots")
    signed_up(wang, session)
    planning.cancel(actor=SYSTEM, session=session, why_en="The speaker is ill.", why_zh="", step=None)
    publish(session.show, at=EVE)
    text = page(client, wang)
    assert '<span class="chip gone">cancelled</span>' in text
    assert "The speaker is ill." in text


def test_a_moved_session_says_when_it_was(client, wang):
    session = published(on(1, "10:00"), title_en="Robots")
    signed_up(wang, session)
    move(session, on(2, "11:00"))
    publish(session.show, at=EVE)
    assert "Moved: It was announced for Thursday 24 October, 10:00" in page(client, wang)


def test_the_way_between_halls_and_the_time_between_are_told(client, wang):
    one, other = (RoomFactory(hall=HallFactory(name_en=name)) for name in ("Hall 1", "Hall 3"))
    signed_up(wang, published(on(1, "10:00"), room=one, minutes=60))
    signed_up(wang, published(on(1, "13:00"), room=other))
    text = page(client, wang)
    assert "10 minutes to Hall 3" in text
    assert "2 hours free until then" in text


def test_there_is_no_way_between_places_at_one_time(client, wang, offered):
    assert "minutes to Hall" not in page(client, wang)


def test_who_waited_in_vain_reads_that_it_is_over_and_can_do_nothing(client, wang, set_clock):
    set_clock(EVE)
    signup = signed_up(wang, full(title_en="Robots", minutes=60))
    set_clock(on(1, "12:00"))
    text = page(client, wang)
    assert '<span class="chip off">over</span></span></li>' in text
    assert "No places came free for you." in text
    assert [word in text for word in ("in line", f"{signup.guid}/give-up/")] == [False, False]


def test_a_lapsed_offer_of_what_is_over_invites_nobody_to_sign_up(client, wang, set_clock):
    signup = signed_up(wang, published(on(1, "10:00"), minutes=60))
    Signup.objects.filter(pk=signup.pk).update(state="lapsed", ended_at=EVE)
    said = []
    for clock in ("09:00", "12:00"):
        set_clock(on(1, clock))
        said.append("You can sign up again." in page(client, wang))
    assert said == [True, False]


def test_who_is_in_reads_so_until_it_ends(client, wang, set_clock):
    signup = signed_up(wang, published(on(1, "10:00"), minutes=60))
    Signup.objects.filter(pk=signup.pk).update(state="attended")
    said = []
    for clock in ("10:30", "11:30"):
        set_clock(on(1, clock))
        text = page(client, wang)
        said.append(["you are in</span>" in text, "you were there</span>" in text])
    assert said == [[True, False], [False, True]]


def test_during_the_show_the_page_begins_with_where_to_go_next(client, wang, set_clock):
    signed_up(wang, published(on(1, "10:00"), title_en="Robots", room=RoomFactory(name_en="Room 7")))
    set_clock(on(1, "09:35"))
    text = page(client, wang)
    assert "Where to go next" in text
    assert "at 10:00, in 25 minutes</b> · Room 7" in text


def test_what_is_on_is_said_until_it_ends(client, wang, set_clock):
    signed_up(wang, published(on(1, "10:00"), minutes=90))
    set_clock(on(1, "10:35"))
    assert "on now, until 11:30" in page(client, wang)


def test_the_other_days_have_no_next(client, wang, set_clock):
    signed_up(wang, published(on(2, "10:00")))
    set_clock(on(1, "09:35"))
    assert "Where to go next" not in page(client, wang)


def test_when_somebody_came_in_stands_on_the_day(client, wang):
    gate = GateFactory(name_en="Gate 3")
    Visit.objects.create(registration=wang, day=wang.show.calendar[0], gate=gate, entered_at=on(1, "09:12"))
    assert "came in 09:12 at Gate 3" in page(client, wang)


def test_after_the_show_it_says_who_was_there(client, wang, set_clock):
    signup = signed_up(wang, published(on(1, "10:00"), title_en="Robots"))
    Signup.objects.filter(pk=signup.pk).update(state="no_show")
    set_clock(on(9, "10:00"))
    text = page(client, wang)
    assert "The show is over" in text
    assert "not there" in text
    assert "You might like" not in text


def test_a_tour_says_where_to_meet_what_to_bring_and_that_an_id_number_is_missing(client, wang):
    session = departing(
        on(1, "13:30"), meeting_en="Gate 3", bring_en="sturdy shoes", asks_id=True, id_why_en="The gate asks."
    )
    publish(session.show, session, at=EVE)
    signup = signed_up(wang, session, people=[Coming(registration=wang.pk, name="Wang")])
    text = page(client, wang)
    assert "meet at: Gate 3" in text
    assert "bring sturdy shoes" in text
    assert "gate asks for ID numbers. 1 is still missing." in text
    assert f'href="{address(wang)}signups/{signup.guid}/id/"' in text


def test_a_lapsed_offer_is_told_until_there_is_another_sign_up(client, wang):
    session = published(on(1, "10:00"), title_en="Robots")
    signup = signed_up(wang, session)
    Signup.objects.filter(pk=signup.pk).update(state="lapsed", ended_at=EVE)
    assert "The offer was not taken in time" in page(client, wang)
    signed_up(wang, session)
    assert "The offer was not taken in time" not in page(client, wang)


# Families


@pytest.fixture
def family():
    """Somebody, with Li Na and Zhang Wei."""
    return party("Li Na", "Zhang Wei")


def test_who_registered_others_sees_everybody_s_plan_with_names(client, family):
    lead, na, wei = family.party
    session = published(on(1, "10:00"), title_en="Robots", party_most=4)
    signed_up(lead, session, people=[Coming(registration=lead.pk), Coming(registration=na.pk), Coming()])
    signed_up(wei, published(on(1, "10:00"), title_en="Chips"))
    text = page(client, lead)
    assert "Who: you, Li Na, 1 guest" in text
    assert "Who: Zhang Wei" in text
    assert "Signed up by Zhang Wei, who can change it." in text


def test_one_person_of_the_family_is_seen_alone(client, family):
    lead, _na, wei = family.party
    signed_up(lead, published(on(1, "10:00"), title_en="Robots"))
    signed_up(wei, published(on(1, "10:00"), title_en="Chips"))
    text = page(client, lead, "?of=3")
    assert "Chips</a>" in text
    assert "Robots</a></h4>" not in text
    assert '<a href="/en/visit/' in text
    assert 'aria-current="true">Zhang Wei' in text


@pytest.mark.parametrize("of", ["0", "9", "-1", "x", "9" * 400, "%00", "²"])
def test_a_person_who_does_not_exist_is_everybody(client, family, of):
    assert 'aria-current="true">Everybody' in page(client, family.lead, f"?of={of}")


def test_a_companion_sees_the_own_plan_and_who_signed_it_up(client, family):
    lead, na, _wei = family.party
    session = published(on(1, "10:00"), title_en="Robots", party_most=4)
    signed_up(lead, session, people=[Coming(registration=lead.pk), Coming(registration=na.pk)])
    signed_up(lead, published(on(2, "10:00"), title_en="Chips"))
    text = page(client, na)
    assert f"Signed up by {lead.name}, who can change it." in text
    assert f"{lead.name} registered you." in text
    assert "Chips</a></h4>" not in text


def test_a_companion_is_not_led_to_the_id_numbers_that_only_the_other_can_give(client, family):
    lead, na, _wei = family.party
    session = departing(on(1, "13:30"), asks_id=True, id_why_en="The gate asks.")
    publish(session.show, session, at=EVE)
    signed_up(lead, session, people=[Coming(registration=lead.pk), Coming(registration=na.pk)])
    text = page(client, na)
    assert "give yours to who signed you up." in text
    assert "/id/" not in text


def test_a_companion_can_drop_out_and_who_signed_up_gives_up(client, family):
    lead, na, wei = family.party
    session = published(on(1, "10:00"), party_most=4)
    signup = signed_up(lead, session, people=[Coming(registration=lead.pk), Coming(registration=na.pk)])
    ways = [
        [f"{signup.guid}/{act}/" in page(client, one) for act in ("drop-out", "give-up")] for one in (na, lead, wei)
    ]
    assert ways == [[True, False], [False, True], [False, False]]
    client.post(address(na, f"signups/{signup.guid}/drop-out/"))
    assert [one.registration_id for one in signup.participants.all()] == [lead.pk]


def test_a_companion_whose_link_was_replaced_is_left_out(client, family):
    lead, na, _wei = family.party
    signed_up(na, published(on(1, "10:00"), title_en="Robots"))
    type(na).objects.filter(pk=na.pk).update(link_version=2)
    text = page(client, lead)
    assert "Li Na" not in text
    assert "Robots</a></h4>" not in text


# Places that change hands


@pytest.fixture
def handed(wang, set_clock):
    """A place of Wang's that somebody else may take."""
    set_clock(EVE)
    signup = signed_up(wang, published(on(1, "10:00"), title_en="Robots"))
    return Handover.objects.create(
        signup=signup, participant=signup.participants.get(), to=visitor(), offered_at=EVE,
        until=EVE + timedelta(hours=2),
    )  # fmt: skip


def test_who_may_take_a_place_over_is_asked_on_the_own_page(client, handed):
    text = page(client, handed.to)
    assert f"{handed.signup.registration.name}</bdi> hands you a place" in text
    assert [f"handovers/{handed.pk}/{act}/" in text for act in ("take", "decline", "withdraw")] == [True, True, False]


def test_who_hands_a_place_over_can_keep_it_after_all(client, wang, handed):
    text = page(client, wang)
    assert f"You hand a place to <bdi>{handed.to.name}</bdi>" in text
    assert [f"handovers/{handed.pk}/{act}/" in text for act in ("take", "decline", "withdraw")] == [False, False, True]


def test_a_place_handed_over_concerns_nobody_else_and_ends(client, wang, handed, set_clock):
    assert "Places that change hands" not in page(client, visitor())
    set_clock(EVE + timedelta(hours=3))
    assert "Places that change hands" not in page(client, wang)


# Places that nobody came for


@pytest.mark.parametrize(("times", "is_said"), [(2, False), (3, True)])
def test_who_did_not_come_again_and_again_is_told_so_plainly(client, wang, times, is_said):
    for hour in range(times):
        signed_up(wang, published(on(1, f"{10 + 2 * hour}:00")))
    Signup.objects.update(state="no_show")
    assert ("You had a place in 3 sessions and did not come" in page(client, wang)) is is_said


def test_a_companion_s_absence_is_told_to_that_companion_alone(client, family):
    lead, na, _wei = family.party
    for hour in (10, 12, 14):
        session = published(on(1, f"{hour}:00"), party_most=4)
        signed_up(lead, session, people=[Coming(registration=na.pk)])
    Signup.objects.update(state="no_show")
    told = ["did not come" in page(client, one) for one in (lead, na)]
    assert told == [False, True]


# What is kept


def keep(registration, **fields):
    favourites.keep(actor=Actor.visitor(registration.pk), registration=registration, at=EVE, **fields)


def test_a_kept_session_stands_on_its_day_and_says_what_it_clashes_with(client, wang):
    keep(wang, session=published(on(1, "10:00"), title_en="Robots"))
    signed_up(wang, published(on(1, "10:30"), title_en="Chips"))
    text = page(client, wang)
    assert '<span class="chip">kept</span>' in text
    assert "You have “Chips” at that time." in text


def test_a_kept_stand_leads_to_the_plan(client, wang):
    area = AreaFactory(hall=HallFactory(show=wang.show, slug="hall-8", name_en="Hall 8"), letter="C")
    manager_of(area)
    member = MemberFactory()
    accepted(member, row_of_booths(area, 1), at=EVE)
    keep(wang, firm=member.firm)
    text = page(client, wang)
    assert 'href="/en/plan/hall-8/?booth=C01" aria-label="Hall 8, booth C01, on the floor plan"' in text


# Suggestions


def test_a_suggestion_says_why_and_from_when_to_when_is_free(client, wang):
    area = AreaFactory(name_en="Robotics")
    signed_up(wang, published(on(1, "14:00"), minutes=60))
    published(on(1, "10:00"), title_en="Robots", area=area)
    favourites.set_interests(actor=SYSTEM, registration=wang, areas=[area], kinds=[], at=EVE)
    text = page(client, wang)
    assert "Because you chose area Robotics, free between 09:00 and 14:00" in text


def test_what_is_free_today_is_told_without_the_hours_gone_by(client, wang, set_clock):
    published(on(1, "14:00"), title_en="Robots")
    set_clock(on(1, "10:34"))
    assert "Free until 17:00" in page(client, wang)


def suggested(client, registration) -> list[str]:
    caches["process"].clear()
    return [one.shown.title for one in client.get(address(registration)).context["suggested"]]


def test_what_clashes_is_full_or_on_other_days_is_not_suggested(client, wang):
    signed_up(wang, published(on(1, "10:00"), title_en="Mine"))
    published(on(1, "10:30"), title_en="Clashes")
    full(on(1, "13:00"), title_en="Full")
    published(on(3, "10:00"), title_en="Without a ticket")
    published(on(1, "15:00"), title_en="For guests", audience="guests")
    published(on(1, "16:00"), title_en="By invitation", access="invitation")
    published(on(2, "10:00"), title_en="Fits")
    assert suggested(client, wang) == ["Fits"]


def test_the_better_reason_comes_first(client, wang):
    area = AreaFactory()
    series: Series = SeriesFactory(kind="forum")
    signed_up(wang, published(on(1, "09:00"), minutes=30, series=series))
    published(on(2, "09:00"), minutes=30, title_en="Any")
    published(on(2, "11:00"), minutes=30, title_en="Series", series=series)
    published(on(2, "13:00"), minutes=30, title_en="Area", area=area)
    favourites.set_interests(actor=SYSTEM, registration=wang, areas=[area], kinds=[], at=EVE)
    assert suggested(client, wang) == ["Area", "Series", "Any"]


def test_where_a_companion_goes_is_suggested_with_the_name(client, family):
    lead, na, _wei = family.party
    signed_up(na, published(on(1, "10:00"), title_en="Robots"))
    assert "Because Li Na goes there" in page(client, lead)


# What it costs, and what it survives


def count(client, registration) -> int:
    client.get(address(registration))
    with CaptureQueriesContext(connection) as queries:
        client.get(address(registration))
    return len(queries)


def test_one_sign_up_and_three_cost_the_same_queries(client, wang):
    signed_up(wang, published(on(1, "10:00")))
    caches["process"].clear()
    one = count(client, wang)
    signed_up(wang, published(on(1, "13:00")))
    signed_up(wang, published(on(2, "13:00")))
    caches["process"].clear()
    assert (one, count(client, wang)) == (5, 5)


def test_a_family_that_waits_and_keeps_stands_costs_seven(client, family):
    lead, na, _wei = family.party
    for start in ("10:00", "13:00", "15:00"):
        signed_up(lead, full(on(1, start)))
    signed_up(na, published(on(2, "10:00")))
    area = AreaFactory(hall=HallFactory(show=lead.show), letter="C")
    manager_of(area)
    member = MemberFactory()
    accepted(member, row_of_booths(area, 1), at=EVE)
    keep(lead, firm=member.firm)
    caches["process"].clear()
    assert count(client, lead) == 7


@pytest.mark.parametrize("name", ["<b>Wang</b>", "王\u202e小明", "🤖" * 40, '"><script>'])
def test_names_break_nothing(client, family, name):
    lead, na, _wei = family.party
    type(na).objects.filter(pk=na.pk).update(name=name)
    signed_up(na, published(on(1, "10:00")))
    answer = client.get(address(lead))
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "<b>Wang</b>" not in answer.text


def test_it_speaks_chinese(client, wang):
    signed_up(wang, published(on(1, "10:00"), title_zh="机器人"))
    assert "机器人</a>" in page(client, wang, language="zh")


def test_the_own_data_have_what_was_kept(client, wang):
    keep(wang, session=published(on(1, "10:00")))
    assert len(client.get(address(wang, "data.json")).json()["favourites"]) == 1


def test_a_draft_is_nowhere(client, wang):
    placed(on(1, "10:00"), title_en="Secret draft")
    assert "Secret draft" not in page(client, wang)


def test_an_offer_that_ran_out_is_not_open_any_more(client, wang, offered, set_clock):
    set_clock(EVE + timedelta(hours=25))
    text = page(client, wang)
    assert "The time to take it has run out, so the next in line is asked." in text
    assert "waits for your answer" not in text


def test_an_offer_that_ends_soon_says_in_how_many_minutes(client, wang, offered, set_clock):
    set_clock(EVE + timedelta(hours=23, minutes=15))
    assert "That is 45 minutes from now." in page(client, wang)


def test_what_only_a_companion_can_give_up_is_said(client, family):
    lead, na, _wei = family.party
    session = full(title_en="Robots", seats=2)
    signed_up(lead, session, people=[Coming(registration=lead.pk), Coming(registration=na.pk)])
    signed_up(na, published(on(1, "10:30"), title_en="Chips"))
    give_up(actor=SYSTEM, signup=Signup.objects.get(session=session, state="confirmed"), at=EVE)
    text = page(client, lead)
    assert "Somebody of you has “Chips” at that time, which only they can give up." in text
    assert 'name="instead_of"' not in text


def test_who_has_no_ticket_for_the_day_to_which_a_session_moved_is_told_and_keeps_the_place(client, wang):
    session = published(on(1, "10:00"), title_en="Robots")
    held = signed_up(wang, session)
    told = "Your ticket is not for this day. Write to us for one that is, or give the place to others."
    move(session, on(2, "10:00"))
    publish(session.show, session, at=EVE)
    assert told not in page(client, wang)

    move(session, on(3, "10:00"))
    publish(session.show, session, at=EVE)
    assert told in page(client, wang)
    assert Signup.objects.get(pk=held.pk).state == "confirmed"


def test_of_a_family_those_are_named_whose_ticket_is_not_for_the_day_to_which_a_session_moved(client):
    lead, na = party("Li Na", days=(1, 2)).party
    session = published(on(1, "10:00"), party_most=2)
    signed_up(lead, session, people=[Coming(registration=lead.pk), Coming(registration=na.pk)])
    Ticket.objects.filter(registration=lead).update(days=[1, 2, 3])
    move(session, on(3, "10:00"))
    publish(session.show, session, at=EVE)
    assert "The ticket of Li Na is not for this day. Write to us for one that is." in page(client, lead)


def test_what_can_be_done_is_said_in_chinese(client, wang):
    signed_up(wang, published(on(1, "10:00")))
    text = page(client, wang, language="zh")
    assert [word in text for word in ("放弃名额", "转让", "Give up", "Hand it over")] == [True, True, False, False]
