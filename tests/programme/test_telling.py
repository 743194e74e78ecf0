"""How many a version concerns of those who are signed up, and how long it takes to tell them."""

import pytest
import time_machine

from accounts.models import Mail
from programme.actions import publishing, telling
from programme.admin.publishing import lines
from programme.models import Change
from tests.factories.expo import on
from tests.factories.programme import HostFactory, move, publish
from tests.factories.signups import EVE, party, published, signed_up, visitor
from visitors.models import Registration

pytestmark = pytest.mark.django_db


@pytest.fixture
def forum():
    return published(on(1, "10:00"), seats=1)


def changed(session):
    return [(one.session, one.before, one.after) for one in publishing.pending(session.show)]


def test_the_summary_counts_each_address_once(forum):
    lead, companion = party("Li Na").party
    signed_up(lead, forum)
    signed_up(companion, forum)
    forum.host = HostFactory(contact_email=lead.email.upper())
    forum.save()
    move(forum, on(2, "10:00"))
    with time_machine.travel(EVE, tick=False):
        _lines, letters = lines(changed(forum), forum.show)
    assert (letters.count, letters.booked) == (1, {lead.email})


def test_who_has_no_address_or_nothing_to_come_is_not_told(forum):
    own = visitor()
    signed_up(own, forum)
    move(forum, on(1, "11:00"))
    [(session, before, after)] = changed(forum)
    change = Change(session=session, before=before.to_json(), after=after.to_json())
    assert [one.pk for one in telling.signed_up([change], at=EVE)] == [own.pk]
    assert telling.signed_up([change], at=on(1, "12:00")) == []
    Registration.objects.update(email="")
    assert telling.signed_up([change], at=EVE) == []


def test_telling_asks_as_often_for_many_as_for_one(forum, django_assert_num_queries):
    own = [signed_up(visitor(), forum).registration for _ in range(3)]
    move(forum, on(2, "10:00"))
    release = publish(forum.show, forum, at=EVE)
    changes = list(release.changes.all())
    Mail.objects.filter(kind="programme.changes").delete()
    with django_assert_num_queries(3):
        told = telling.tell(release, changes, at=EVE)
    assert [mail.to for mail in told] == [one.email for one in own]
