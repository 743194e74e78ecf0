"""Sign-ups end with the tickets that they stand on, and what they say of people ends when somebody asks, or in time."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from accounts import erasures, mails
from accounts.acting import Actor, acting
from accounts.models import Mail
from programme import tasks
from programme.actions import forgetting
from programme.actions.signing import ending, handing, queue
from programme.actions.signing.acts import give_up
from programme.models import Handover, MoveUp, Participant, Signup, Turn
from programme.places import Coming
from tests.factories.expo import on
from tests.factories.programme import SYSTEM, departing, move, publish
from tests.factories.signups import EVE, party, places_of, published, signed_up, states, visitor
from visitors.actions import privacy, tickets
from visitors.models import Registration, Ticket

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)
NAME = "Xylophonia Quetzal"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def forum():
    return published(on(1, "10:00"), seats=2)


def give_back(registration, at=EVE):
    tickets.give_back(actor=Actor.visitor(registration.pk), registration=registration, at=at)


def erase(registration, at=EVE):
    privacy.erase(actor=Actor.visitor(registration.pk), registration=registration, at=at)


def anywhere(*texts):
    """The tables in which one of the texts stands in any column."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            where = " OR ".join(["strpos(lower(t::text), lower(%s)) > 0"] * len(texts))
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE {where}', texts)  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def both(lead, companion, *guests):
    return [Coming(registration=lead.pk), Coming(registration=companion.pk), *(Coming(name=name) for name in guests)]


# Tickets that end


def test_who_gives_the_ticket_back_leaves_the_places_to_the_next(forum):
    first, waits = signed_up(visitor(), forum, 2), signed_up(visitor(), forum)
    give_back(first.registration)
    assert states([first, waits]) == ["given_up", "offered"]
    assert (places_of(forum).taken, Turn.objects.get().cause) == (1, "given_up")
    assert Mail.objects.filter(kind="programme.offer", to=waits.registration.email).count() == 1


def test_an_offer_of_somebody_without_a_ticket_goes_on(forum):
    first, second, third = (signed_up(visitor(), forum, 2) for _ in range(3))
    give_up(actor=SYSTEM, signup=first, at=EVE)
    give_back(second.registration)
    assert states([second, third]) == ["declined", "offered"]


def test_whoever_comes_along_leaves_the_party_and_the_others_stay(forum):
    lead, companion = party("Li Na").party
    signup = signed_up(lead, forum, people=both(lead, companion))
    waits = signed_up(visitor(), forum)
    give_back(companion)
    signup.refresh_from_db()
    assert (signup.state, signup.party, states([waits])) == ("confirmed", 1, ["offered"])
    assert [one.registration_id for one in signup.participants.all()] == [lead.pk]
    assert Turn.objects.get().cause == "smaller"


def test_a_party_of_nobody_else_ends(forum):
    lead, companion = party("Li Na").party
    signup = signed_up(lead, forum, people=[Coming(registration=companion.pk)])
    give_back(companion)
    assert states([signup]) == ["given_up"]


def test_what_has_begun_stays_as_it_is(forum):
    signup = signed_up(visitor(), forum)
    later = signed_up(signup.registration, published(on(2, "10:00")))
    give_back(signup.registration, at=on(1, "10:00"))
    assert states([signup, later]) == ["confirmed", "given_up"]


def test_a_ticket_that_still_admits_on_the_day_keeps_the_place(forum):
    own = visitor()
    first, second = signed_up(own, forum), signed_up(own, published(on(2, "10:00")))
    Ticket.objects.filter(registration=own).update(days=[2])
    ending.let_go_of([own.pk], EVE)
    assert states([first, second]) == ["given_up", "confirmed"]


def test_a_strangers_sign_up_is_not_touched(forum):
    own, stranger = signed_up(visitor(), forum), signed_up(visitor(), forum)
    give_back(own.registration)
    assert states([own, stranger]) == ["given_up", "confirmed"]


def test_a_place_that_is_handed_over_is_not_to_be_had_any_more(forum):
    giver, taker, other = visitor(), visitor(), visitor()
    for one in (giver, other):
        row = signed_up(one, forum)
        Handover.objects.create(signup=row, participant=row.participants.get(), to=taker, offered_at=EVE, until=EVE)
    give_back(giver)
    assert list(Handover.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "open"]
    give_back(taker)
    assert list(Handover.objects.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "declined"]


# Who is erased


@pytest.fixture
def known():
    """Somebody whom names, a number, reasons, mails and history of sign-ups tell of."""
    tour = departing(on(1, "09:00"), seats=4)
    publish(tour.show, tour, at=EVE)
    first = signed_up(visitor(), tour, people=[Coming(name=f"N {number}") for number in range(4)])
    own = visitor()
    signup = signed_up(own, tour, people=[Coming(registration=own.pk), Coming(name=NAME)])
    queue_behind = signed_up(visitor(), tour, people=[Coming(name="Somebody")])
    Participant.objects.filter(name=NAME).update(id_sealed=NAME.encode(), id_kind="passport", id_print=NAME)
    with acting(SYSTEM, "test", why=NAME):
        Signup.objects.filter(pk=signup.pk).update(why=NAME)
        MoveUp.objects.create(signup=signup, session=tour, at=EVE, by="test", why=NAME, overtaken=1)
    Handover.objects.create(signup=signup, to=visitor(), offered_at=EVE, until=EVE)
    queue.tell([signup.pk], "offer")
    move(tour, on(1, "11:00"))
    publish(tour.show, tour, at=EVE)
    assert first.state == "confirmed"
    assert queue_behind.state == "waiting"
    return signup


def test_what_is_erased_is_nowhere_any_more(known):
    email = known.registration.email
    assert len(anywhere(NAME)) == 5
    erase(known.registration)
    assert anywhere(NAME, email, NAME.encode().hex()) == []
    known.refresh_from_db()
    assert (known.state, known.party, known.participants.count()) == ("given_up", 2, 2)
    assert (MoveUp.objects.get().overtaken, Handover.objects.count()) == (1, 0)


def test_what_others_were_told_stays(forum):
    own, other = signed_up(visitor(), forum), signed_up(visitor(), forum)
    move(forum, on(2, "10:00"))
    publish(forum.show, forum, at=EVE)
    erase(own.registration)
    assert [mail.to for mail in Mail.objects.filter(kind="programme.changes")] == [other.registration.email]


def test_a_mail_to_a_family_is_about_the_others_until_the_last_is_erased(forum):
    lead, companion = party("Li Na").party
    signed_up(lead, forum, people=both(lead, companion))
    move(forum, on(2, "10:00"))
    publish(forum.show, forum, at=EVE)
    erase(companion)
    assert Mail.objects.get(kind="programme.changes").facts["registrations"] == [lead.pk]
    erase(lead)
    assert not Mail.objects.filter(kind="programme.changes").exists()


def test_an_id_of_somebody_else_in_the_party_stays_theirs(forum):
    lead, companion = party("Li Na").party
    signup = signed_up(lead, forum, people=both(lead, companion))
    Participant.objects.filter(registration=companion).update(id_sealed=b"x", id_kind="passport", id_print="x")
    ending.forget([lead.pk])
    assert bytes(signup.participants.get(registration=companion).id_sealed) == b"x"


def test_an_erasure_is_done_again_after_a_restore(forum):
    signup = signed_up(visitor(), forum, people=[Coming(name=NAME)])
    own = signup.registration
    erase(own)
    Registration.objects.filter(pk=own.pk).update(name="Back", handle=own.handle, erased_at=None)
    Participant.objects.filter(signup=signup).update(name=NAME)
    Signup.objects.filter(pk=signup.pk).update(state="confirmed", ended_at=None)
    assert erasures.replay(erasures.path()) == (1, 1)
    assert (anywhere(NAME), states([signup])) == ([], ["given_up"])


def test_a_person_may_download_what_is_held_and_nothing_of_others(forum):
    lead, companion = party("Li Na").party
    stranger = visitor()
    signup = signed_up(lead, forum, people=both(lead, companion))
    Handover.objects.create(signup=signup, to=stranger, offered_at=EVE, until=EVE)
    held = privacy.everything_held(lead)
    [own] = held["sign_ups"]
    assert (own["session"], own["state"], own["party"]) == (forum.title, "confirmed", 2)
    assert [one["name"] for one in own["people"]] == [lead.name, companion.name]
    assert [row["state"] for row in own["history"]] == ["confirmed"]
    assert (held["handovers"][0]["to_you"], stranger.name in str(held)) == (False, False)
    theirs = privacy.everything_held(companion)
    assert (theirs["sign_ups"], len(theirs["comes_along"]), lead.name in str(theirs["comes_along"])) == ([], 1, False)
    assert [row["to_you"] for row in privacy.everything_held(stranger)["handovers"]] == [True]


# By night


def test_a_year_after_the_close_nobodys_name_is_left_and_the_numbers_are(known):
    show = known.session.show
    nothing = {"signups": 0, "participants": 0, "handovers": 0}
    assert ending.erase_overdue(show=show, at=show.closes_at + YEAR - timedelta(seconds=1)) == nothing
    MoveUp.objects.all().delete()
    done = forgetting.erase_overdue(show=show, at=show.closes_at + YEAR)
    assert {name: done[name] for name in nothing} == {"signups": 3, "participants": 6, "handovers": 1}
    assert anywhere(NAME) == []
    assert ending.erase_overdue(show=show, at=show.closes_at + YEAR) == nothing
    assert (Signup.objects.count(), places_of(known.session).taken) == (3, 4)


# Places that are being handed over


def handed(forum, giver, to):
    signup = signed_up(giver, forum)
    return handing.hand_over(
        actor=SYSTEM, signup=signup, participant=signup.participants.get().pk, serial=to.badges.get().serial,
        name=to.name, at=EVE, by=giver,
    )  # fmt: skip


def told_of(handover):
    rows = Mail.objects.filter(thing=f"handover:{handover.pk}").exclude(kind="programme.handover")
    return list(rows.values_list("kind", "to"))


def test_who_could_have_taken_a_place_is_told_that_it_went_with_its_holders_ticket(forum):
    giver, friend = visitor(), visitor()
    handover = handed(forum, giver, friend)
    give_back(giver)
    handover.refresh_from_db()
    assert (handover.state, told_of(handover)) == ("withdrawn", [("programme.handover_withdrawn", friend.email)])


def test_who_hands_a_place_to_somebody_without_a_ticket_by_now_is_told_that_it_stays(forum):
    giver, friend = visitor(), visitor()
    handover = handed(forum, giver, friend)
    give_back(friend)
    handover.refresh_from_db()
    assert (handover.state, told_of(handover)) == ("declined", [("programme.handover_declined", giver.email)])


# Offers that were out too long


def test_the_job_ends_what_was_offered_too_long_by_the_shows_clock(forum):
    first, second, third = (signed_up(visitor(), forum, 2) for _ in range(3))
    give_up(actor=SYSTEM, signup=first, at=EVE)
    with time_machine.travel(EVE + timedelta(hours=24), tick=False):
        tasks.lapse_offers.func(0)
        tasks.lapse_offers.func(0)
    assert states([second, third]) == ["lapsed", "offered"]
    assert Mail.objects.filter(kind="programme.lapsed", to=second.registration.email).count() == 1
    assert mails.kind_in_words("programme.lapsed") == "Offer lapsed"


def test_a_show_whose_clock_is_behind_keeps_its_offers(forum):
    first, second = (signed_up(visitor(), forum, 2) for _ in range(2))
    give_up(actor=SYSTEM, signup=first, at=EVE)
    type(forum.show).objects.update(is_demo=True, clock_shift=timedelta(hours=-1))
    with time_machine.travel(EVE + timedelta(hours=24), tick=False):
        tasks.lapse_offers.func(0)
    assert states([second]) == ["offered"]
