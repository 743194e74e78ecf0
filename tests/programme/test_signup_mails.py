"""What who signed up is told: the plan as it is, what is offered until when, and what others did with it."""

from datetime import timedelta

import pytest
import time_machine

from accounts import mails
from accounts.models import Mail
from programme.actions import planning
from programme.actions.signing import queue
from programme.actions.signing.acts import change_party, give_up
from programme.models import Handover, Participant, Release, Signup
from programme.places import Coming
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import SYSTEM, departing, move, publish
from tests.factories.signups import EVE, party, people, published, signed_up, visitor
from visitors.links import visit_key, visit_url
from visitors.models import Registration

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def before_the_show():
    with time_machine.travel(EVE, tick=False):
        yield


@pytest.fixture
def forum():
    room = RoomFactory(hall=HallFactory(name_en="Hall 1"), name_en="Room 2A")
    return published(on(1, "10:00"), seats=2, room=room, title_en="Opening", title_zh="开幕")


def newest(kind, **fields):
    return Mail.objects.filter(kind=f"programme.{kind}", **fields).latest("pk")


def built(kind, **fields):
    return mails.build(newest(kind, **fields))


def text(kind, **fields):
    message = built(kind, **fields)
    # Both forms say the same.
    assert "/visit/" in message.alternatives[0].content
    return message.body.replace("\N{ZERO WIDTH SPACE}", "")


def queued(kind, signup, **facts):
    """As the acts of staff queue it."""
    to = signup.registration.email
    return mails.queue(
        f"programme.{kind}", thing=f"signup:{signup.pk}", to=to, language="en", facts={"signup": signup.pk, **facts}
    )


def test_the_plan_tells_day_by_day_what_is_sure_and_what_waits(forum):
    own = visitor()
    full = published(on(2, "14:00"), seats=1, title_en="Second")
    signed_up(visitor(), full)
    signed_up(own, full)
    signed_up(own, forum, 2)
    told = text("plan", to=own.email)
    assert "Thursday 24 October\n\nOpening\n2 places are yours\nWhen: Thursday 24 October, 10:00–11:00\n" in told
    assert f"Where: Room 2A, Hall 1\nWho comes: {own.name}, 1 more person\n" in told
    assert "Friday 25 October\n\nSecond\nWaiting for 1 place, number 1 in line\n" in told
    assert visit_url(own, "en") in told
    assert f"/en/visit/{visit_key(own)}/calendar.ics" in told


def test_the_plan_is_as_it_is_when_the_mail_is_sent(forum):
    own = visitor()
    signup = signed_up(own, forum)
    give_up(actor=SYSTEM, signup=signup, at=EVE)
    assert "Nothing is in your plan" in text("plan", to=own.email)
    assert Mail.objects.filter(kind="programme.plan", to=own.email).count() == 1


def test_the_plan_is_not_sent_where_nobody_is_to_read_it(forum):
    own = visitor()
    signed_up(own, forum)
    mail = newest("plan")
    with time_machine.travel(on(4, "18:00"), tick=False):
        assert mails.build(mail) is None
    Registration.objects.filter(pk=own.pk).update(email="new@example.org")
    assert mails.build(mail) is None
    Registration.objects.filter(pk=own.pk).update(email=own.email, erased_at=EVE)
    assert mails.build(mail) is None


def test_a_tour_says_where_to_meet_what_to_bring_and_whose_id_is_missing():
    tour = departing(on(1, "09:00"), asks_id=True, id_why_en="The gate asks.", bring_en="Flat shoes")
    publish(tour.show, tour, at=EVE)
    own = visitor()
    signup = signed_up(own, tour, people=[Coming(registration=own.pk), Coming(name="Li Na")])
    Participant.objects.filter(signup=signup, name="Li Na").update(id_sealed=b"x", id_kind="passport", id_print="x")
    told = text("plan", to=own.email)
    assert f"Where: Gate 1\nWho comes: {own.name}, Li Na\nPlease bring: Flat shoes\n" in told
    assert "The ID number of 1 person is still to be given, on your visit and nowhere else.\nThe gate asks.\n" in told
    assert f"Give the ID numbers: http://testserver/en/visit/{visit_key(own)}/signups/{signup.guid}/id/\n" in told


def test_only_who_signed_a_party_up_is_led_to_its_id_numbers():
    lead, na = party("Li Na").party
    Registration.objects.filter(pk=na.pk).update(email="na@example.org")
    tour = departing(on(1, "09:00"), asks_id=True, id_why_en="The gate asks.")
    publish(tour.show, tour, at=EVE)
    signed_up(lead, tour, people=[Coming(registration=lead.pk), Coming(registration=na.pk)])
    mails.queue("programme.plan", thing=f"registration:{na.pk}", to="na@example.org", language="en", facts={})
    assert "Give the ID numbers" not in text("plan", to="na@example.org")


def test_an_offer_says_until_when_why_now_and_what_it_clashes_with():
    forum = published(on(1, "10:00"), seats=3, title_en="Opening")
    first, _rest = signed_up(visitor(), forum, 2), signed_up(visitor(), forum)
    three, own = signed_up(visitor(), forum, 3), visitor()
    waits = signed_up(own, forum, 2)
    signed_up(own, published(on(1, "10:30"), title_en="Rival"))
    give_up(actor=SYSTEM, signup=first, at=EVE)
    told = text("offer")
    assert built("offer").subject == f"2 places for you: Opening · {forum.show.short}"
    assert "now there are 2 places for you, kept until 10:00 on Wednesday 23 October." in told
    assert "Why now: Somebody gave places up. 2 places were free." in told
    assert "Larger parties before you were passed over" in told
    assert "Nobody can be there and at “Rival” (Thursday 24 October, 10:30–11:30)." in told
    assert (newest("offer").to, three.state, waits.state) == (own.email, "waiting", "waiting")


def test_an_offer_that_is_gone_is_not_told(forum):
    first, waits = signed_up(visitor(), forum, 2), signed_up(visitor(), forum)
    give_up(actor=SYSTEM, signup=first, at=EVE)
    mail = newest("offer")
    with time_machine.travel(EVE + timedelta(hours=24), tick=False):
        assert mails.build(mail) is None
    give_up(actor=SYSTEM, signup=waits, at=EVE)
    assert mails.build(mail) is None


def test_an_offer_of_before_is_not_told_as_the_one_of_now(forum):
    first, waits = signed_up(visitor(), forum, 2), signed_up(visitor(), forum)
    give_up(actor=SYSTEM, signup=first, at=EVE)
    Signup.objects.filter(pk=waits.pk).update(offers=2)
    assert built("offer") is None


def test_who_did_not_answer_is_told_what_is_next_unless_they_came_back(forum):
    first, waits = signed_up(visitor(), forum, 2), signed_up(visitor(), forum)
    give_up(actor=SYSTEM, signup=first, at=EVE)
    queue.lapse_overdue(forum.show, at=EVE + timedelta(hours=24))
    told = text("lapsed")
    assert ("nobody took them in time" in told, "sign up again" in told) == (True, True)
    assert f"/en/programme/{forum.slug}/" in told
    signed_up(waits.registration, forum)
    assert built("lapsed") is None


def test_who_cannot_be_at_both_any_more_is_asked_with_the_new_time(forum):
    own, other = visitor(), published(on(1, "12:00"), title_en="Rival")
    signed_up(own, forum)
    signed_up(own, other)
    text("plan", to=own.email)
    move(forum, on(1, "11:45"))
    publish(forum.show, forum, at=EVE)
    told = text("still_coming")
    assert built("still_coming").subject.startswith("Are you still coming? Opening")
    assert "When: Thursday 24 October, 11:45–12:45\n" in told
    assert "both are kept for you until 10:00 on Wednesday 23 October" in told
    assert "Nobody can be there and at “Rival” (Thursday 24 October, 12:00–13:00)." in told


def test_what_a_version_changed_is_told_to_who_signed_up_and_to_who_waits(forum):
    own, waits, stranger = visitor(), visitor(), visitor()
    signed_up(own, forum, 2)
    signed_up(waits, forum)
    signed_up(stranger, published(on(3, "10:00")))
    move(forum, on(2, "14:00"))
    publish(forum.show, forum, at=EVE)
    assert Mail.objects.filter(kind="programme.changes", to=stranger.email).count() == 0
    told = text("changes", to=own.email)
    assert "Moved: Opening\nYou have 2 places.\n" in told
    assert "When: Thursday 24 October, 10:00–11:00 → Friday 25 October, 14:00–15:00\n" in told
    assert visit_url(own, "en") in told
    assert "You wait for 1 place.\n" in text("changes", to=waits.email)


def test_a_cancelled_session_is_told_with_its_reason_and_once_it_is_back(forum):
    own = visitor()
    signed_up(own, forum)
    planning.cancel(actor=SYSTEM, session=forum, why_en="The storm", why_zh="", step=None)
    publish(forum.show, forum, at=EVE)
    assert "Cancelled: Opening\nYou are signed up for it.\nThe storm\n" in text("changes")
    assert "Opening\nCancelled\nThe storm\n" in text("plan", to=own.email)
    forum.refresh_from_db()
    planning.restore(actor=SYSTEM, session=forum, step=None)
    publish(forum.show, forum, at=EVE)
    assert "Takes place after all: Opening\n" in text("changes")


def test_other_speakers_or_another_title_are_no_mail_to_who_signed_up(forum):
    signed_up(visitor(), forum)
    forum.title_en = "Grand opening"
    forum.save()
    publish(forum.show, forum, at=EVE)
    assert not Mail.objects.filter(kind="programme.changes").exists()


def test_a_family_at_one_address_reads_one_mail(forum):
    lead, companion = party("Li Na").party
    signed_up(companion, forum)
    signed_up(lead, forum)
    move(forum, on(2, "14:00"))
    publish(forum.show, forum, at=EVE)
    mail = newest("changes")
    assert (mail.to, mail.facts["registrations"]) == (lead.email, [lead.pk, companion.pk])
    assert text("changes").count("Moved: Opening\nYou have 1 place.\n") == 1


def test_who_has_given_up_meanwhile_or_signed_up_since_is_not_told(forum):
    own = visitor()
    signup = signed_up(own, forum)
    move(forum, on(2, "14:00"))
    release = publish(forum.show, forum, at=EVE)
    Release.objects.filter(pk=release.pk).update(published_at=EVE - timedelta(hours=1))
    assert built("changes") is None
    Release.objects.filter(pk=release.pk).update(published_at=EVE)
    give_up(actor=SYSTEM, signup=signup, at=EVE)
    assert built("changes") is None


@pytest.mark.parametrize(
    ("kind", "state", "says"),
    [
        ("approved", "confirmed", "approved your sign-up"),
        ("refused", "called_off", "could not approve your sign-up"),
        ("called_off", "called_off", "had to call your sign-up"),
        ("put_back", "waiting", "You stand in line now, before all who had none yet."),
        ("put_back", "confirmed", "take your places in “Opening” back for a while"),
        ("moved_over", "confirmed", "moved your sign-up"),
    ],
)
def test_what_staff_did_is_told_with_the_reason(forum, kind, state, says):
    signup = signed_up(visitor(), forum)
    mail = queued(kind, signup)
    Signup.objects.filter(pk=signup.pk).update(state=state, why="The bus broke down")
    told = text(kind)
    assert (says in told, "The reason: The bus broke down" in told) == (True, True)
    Signup.objects.filter(pk=signup.pk).update(state="given_up")
    assert mails.build(mail) is None


def test_a_message_of_staff_is_plain_text_in_the_readers_language(forum):
    signup = signed_up(visitor(), forum)
    facts = {
        "subject_en": "Bus\r\nBcc: x@evil.example",
        "text_en": "See evil.example.com\n\n<b>now</b> %(title)s {{ x }}",
    }
    queued("message", signup, **facts)
    message = built("message")
    html = message.alternatives[0].content
    assert "\n" not in message.subject
    assert ("evil.example.com" in message.body + html, "<b>" in html) == (False, False)
    assert ("%(title)s {{ x }}" in message.body, "%(title)s {{ x }}" in html) == (True, True)


def test_a_place_to_be_taken_over_is_told_to_who_may_and_the_answer_to_who_gave_it(forum):
    giver, taker = visitor(), visitor()
    signup = signed_up(giver, forum)
    row = Handover.objects.create(
        signup=signup, participant=signup.participants.get(), to=taker, offered_at=EVE, until=EVE + timedelta(hours=2)
    )
    facts = {"thing": f"handover:{row.pk}", "language": "en", "facts": {"handover": row.pk}}
    mails.queue("programme.handover", to=taker.email, **facts)
    told = text("handover")
    assert f"{giver.name} would like to hand you a place in “Opening”." in told
    assert ("You can until 12:00 on Tuesday 22 October" in told, visit_url(taker, "en") in told) == (True, True)
    Handover.objects.update(state="taken")
    assert built("handover") is None
    mails.queue("programme.handover_taken", to=giver.email, **facts)
    assert f"{taker.name} took the place" in text("handover_taken")


def test_a_name_never_becomes_a_link_markup_or_header():
    own = visitor()
    Registration.objects.filter(pk=own.pk).update(name="evil.example.com <b>x</b>")
    signed_up(own, published(on(1, "10:00"), title_en="www.evil.example/<i>"), people=people(own))
    message = built("plan")
    html = message.alternatives[0].content
    assert "evil.example" not in message.body + html + message.subject
    assert ("<b>" in html, "<i>" in html) == (False, False)


def test_mails_speak_the_language_of_the_registration(forum):
    own = visitor()
    Registration.objects.filter(pk=own.pk).update(language="zh-hans")
    signed_up(Registration.objects.get(pk=own.pk), forum)
    told = text("plan", to=own.email)
    assert ("开幕" in told, "Opening" in told, "10月24日 星期四 10:00–11:00" in told) == (True, False, True)
    assert f"/zh/visit/{visit_key(own)}/" in told


def test_each_kind_of_mail_has_a_name_on_the_desk():
    kinds = {"plan", "offer", "still_coming", "lapsed", "approved", "message", "handover_lapsed"}
    assert not [kind for kind in kinds if mails.kind_in_words(f"programme.{kind}").startswith("programme.")]


def test_a_party_that_shrank_is_told_as_it_is(forum):
    own = visitor()
    signup = signed_up(own, forum, 2)
    change_party(actor=SYSTEM, signup=signup, people=people(own), at=EVE)
    assert "Opening\n1 place is yours\n" in text("plan", to=own.email)


@pytest.mark.parametrize(("day", "is_said"), [(2, False), (3, True)])
def test_who_has_no_ticket_for_the_day_to_which_a_session_moved_is_told(day, is_said):
    own, session = visitor(days=(1, 2)), published(on(1, "10:00"))
    signed_up(own, session)
    move(session, on(day, "10:00"))
    publish(session.show, session, at=EVE)
    assert [("not all of your tickets" in text(kind).lower()) for kind in ("changes", "plan")] == [is_said, is_said]
