"""Many devices at one door at the same moment: nobody is counted twice, nobody too many is let in."""

import time
from collections import Counter
from threading import Event
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import connection, transaction

from accounts.refusals import Refusal
from onsite.doors import acts
from onsite.models import DoorScan
from programme.actions.signing import door, queue
from programme.actions.signing.acts import give_up
from programme.models import Access, Participant, SessionCode, Signup
from programme.reading import programme
from tests.factories.expo import on
from tests.factories.onsite import DeviceFactory, code_of
from tests.factories.programme import SYSTEM
from tests.factories.signups import party, people, places_of, published, signed_up, states, visitor
from tests.races.together import together
from visitors.models import Badge

pytestmark = pytest.mark.django_db(transaction=True)
TEN = on(1, "10:00")


@pytest.fixture
def device():
    caches["process"].clear()
    device = DeviceFactory()
    device.show.calendar  # noqa: B018  (read before threads share it)
    yield device
    caches["process"].clear()


def opened(device, **fields):
    """The door of a session that begins in a quarter of an hour."""
    session = published(on(1, "10:15"), **fields)
    caches["process"].clear()
    listed = next(one for one in programme(device.show).sessions if one.pk == session.pk)
    return session, listed


def read(device, listed, text, uid):
    return acts.scan(
        device=device, show=device.show, listed=listed, uid=uid, text=text, means="camera", read_at=TEN, at=TEN
    )


def test_one_badge_at_many_scanners_at_once_is_one_person(device):
    session, listed = opened(device)
    alice = visitor()
    signed_up(alice, session, 3)
    text = code_of(Badge.objects.get(registration=alice))
    answers = together(lambda _: read(device, listed, text, uuid4()), 32)
    assert Counter(answer.outcome for answer in answers) == {"confirmed": 1, "already_in": 31}
    assert (places_of(session).present, Signup.objects.get().came, DoorScan.objects.count()) == (3, 3, 32)


def test_one_scan_sent_many_times_at_once_is_recorded_once(device):
    session, listed = opened(device)
    alice = visitor()
    signed_up(alice, session)
    text, uid = code_of(Badge.objects.get(registration=alice)), uuid4()
    answers = together(lambda _: read(device, listed, text, uid), 12)
    assert [answer.outcome for answer in answers] == ["confirmed"] * 12
    assert (places_of(session).present, DoorScan.objects.count()) == (1, 1)


def test_the_members_of_a_party_are_read_at_once_and_each_is_counted(device):
    session, listed = opened(device)
    group = party("Bo", "Cy", "Di").party
    signed_up(group[0], session, people=[*(person for one in group for person in people(one))])
    texts = [code_of(Badge.objects.get(registration=one)) for one in group]
    answers = together(lambda i: read(device, listed, texts[i], uuid4()), 4)
    assert {answer.outcome for answer in answers} == {"confirmed"}
    assert (places_of(session).present, Participant.objects.filter(attended_at__isnull=False).count()) == (4, 4)


def test_the_last_places_for_walk_ins_go_to_as_many_as_there_are(device):
    session, _listed = opened(device, seats=10, reserve_walk_ins=3)
    waiting = [visitor() for _ in range(32)]
    outcomes = together(
        lambda i: door.walk_in(actor=SYSTEM, session=session.pk, registration=waiting[i], at=TEN).said, 32
    )
    refused = [one.code for one in outcomes if isinstance(one, Refusal)]
    assert (outcomes.count("walked_in"), refused) == (3, ["full"] * 29)
    assert (places_of(session).present, Signup.objects.count()) == (3, 3)


def test_after_the_start_who_is_late_and_who_walks_in_share_what_there_is(device):
    session, _listed = opened(device, seats=16)
    late = [visitor() for _ in range(16)]
    for one in late:
        signed_up(one, session)
    others = [visitor() for _ in range(16)]
    at = on(1, "10:15")

    def come(i):
        if i % 2:
            return door.attend(actor=SYSTEM, session=session.pk, registration=late[i // 2].pk, at=at).said
        return door.walk_in(actor=SYSTEM, session=session.pk, registration=others[i // 2], at=at).said

    outcomes = together(come, 32)
    let_in = sum(one in {"confirmed", "walked_in"} for one in outcomes)
    turned = sum(one == "full" or getattr(one, "code", "") == "full" for one in outcomes)
    assert (let_in, turned, places_of(session).present) == (16, 16, 16)


def test_one_person_walks_in_at_one_of_many_doors(device):
    sessions = [opened(device, reserve_walk_ins=5)[0] for _ in range(8)]
    alice = visitor()
    outcomes = together(
        lambda i: door.walk_in(actor=SYSTEM, session=sessions[i].pk, registration=alice, at=TEN).said, 8
    )
    refused = [one.code for one in outcomes if isinstance(one, Refusal)]
    assert (outcomes.count("walked_in"), refused) == (1, ["clash"] * 7)


def test_walking_in_and_giving_up_the_other_place_in_a_ring_stands_still_nowhere(device):
    sessions = [opened(device, reserve_walk_ins=8)[0] for _ in range(4)]
    crowd = [visitor() for _ in range(8)]
    for i, one in enumerate(crowd):
        signed_up(one, sessions[i % 4])

    def swap(i):
        to = sessions[(i + 1) % 4]
        return door.walk_in(actor=SYSTEM, session=to.pk, registration=crowd[i], at=TEN, leaving=True).said

    assert together(swap, 8) == ["walked_in"] * 8
    assert [(places_of(one).present, places_of(one).taken) for one in sessions] == [(2, 0)] * 4


def test_what_is_given_up_while_somebody_walks_in_elsewhere_is_given_up_once():
    forum, other = published(TEN), published(on(1, "10:30"), access=Access.INVITATION, seats=1)
    SessionCode.objects.create(session=other, code="SPRING", for_whom="Delegation", places=9)
    alice = visitor()
    held, waits = signed_up(alice, other, code="SPRING"), signed_up(visitor(), other, code="SPRING")
    is_locked = Event()

    def act(i):
        if i:
            is_locked.wait(10)
            door.walk_in(actor=SYSTEM, session=forum.pk, registration=alice, at=on(1, "09:55"), leaving=True)
            return
        with transaction.atomic():
            queue.locked([other.pk])
            is_locked.set()
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            with connection.cursor() as cursor:
                while not (cursor.execute(waiting) and cursor.fetchone()[0]):
                    time.sleep(0.05)
            give_up(actor=SYSTEM, signup=held, at=on(1, "09:55"))

    assert together(act, 2) == [None, None]
    assert states([held, waits]) == ["given_up", "offered"]
    assert (SessionCode.objects.get().used, places_of(forum).present) == (1, 1)
