"""What higher rooms hear when a ticket ends or somebody is erased, and when in the act."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from expo.models import Show
from onsite.models import Visit
from tests.factories import visitors as make
from tests.factories.expo import on
from visitors import endings
from visitors.actions import badges, confirming, details, privacy, tickets
from visitors.models import DayPlaces, Registration, Ticket

pytestmark = pytest.mark.django_db
STAFF = make.Actor.system("test")


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def heard(monkeypatch):
    """Who was told of, and what stood in the tables at that moment."""
    told = SimpleNamespace(ended=[], erased=[], live=[], taken=[], names=[])

    def hear(registrations, at):
        assert connection.in_atomic_block
        told.ended.append((sorted(registrations), at))
        told.live.append(Ticket.objects.filter(registration__in=registrations, state__in=Ticket.LIVE).count())
        told.taken.append(DayPlaces.objects.get(day__number=1).taken)

    def forget(registrations):
        told.erased.append(sorted(registrations))
        told.names.append(list(Registration.objects.filter(pk__in=registrations).values_list("name", flat=True)))

    monkeypatch.setattr(endings, "_hearers", [hear])
    monkeypatch.setattr(endings, "_erasers", [forget])
    return told


def test_a_ticket_given_back_is_told_of_before_its_places_are_free(public, heard):
    row = make.registered(public, "Li Lei").lead
    tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE)
    assert (heard.ended, heard.live, heard.taken, heard.erased) == ([([row.pk], make.EVE)], [0], [2], [])
    assert DayPlaces.objects.get(day__number=1).taken == 1


def test_a_request_that_is_declined_is_told_of(press, heard):
    row = make.registered(press).lead
    tickets.decline(actor=STAFF, ticket=row.ticket, reason="Full", at=make.EVE)
    assert (heard.ended, heard.live, heard.taken) == ([([row.pk], make.EVE)], [0], [1])


def test_tickets_that_lapse_are_told_of_together_and_coming_back_is_no_ending(public, heard):
    party = make.registered(public, "Li Lei").party
    at = make.EVE + timedelta(hours=2)
    show = Show.objects.current()
    assert confirming.lapse_overdue(show=show, came=Visit.objects.all(), at=at) == 2
    assert (heard.ended, heard.live, heard.taken) == ([([row.pk for row in party], at)], [0], [2])
    DayPlaces.objects.filter(day__number=2).update(places=0)
    confirming.let_back(actor=STAFF, registration=party[0].pk, show=show, at=at)
    assert Ticket.objects.get(registration=party[0]).days == [1]
    assert len(heard.ended) == 1


def test_whoever_is_erased_is_told_of_as_ended_and_erased(public, heard):
    row = make.registered(public).lead
    privacy.erase(actor=make.VISITOR, registration=row, at=make.EVE)
    assert (heard.ended, heard.live, heard.taken) == ([([row.pk], make.EVE)], [0], [1])
    assert (heard.erased, heard.names) == ([[row.pk]], [[""]])


def test_who_is_forgotten_after_a_year_is_told_of(public, heard):
    party = make.registered(public, "Li Lei").party
    privacy.erase_overdue(show=Show.objects.current(), at=(at := on(4, "17:00") + timedelta(days=366)))
    assert (heard.ended, heard.erased) == ([([row.pk for row in party], at)], [[row.pk for row in party]])


def test_what_leaves_the_ticket_alone_is_told_of_to_nobody(public, press, heard):
    row = make.registered(public).lead
    badges.revoke_badge(actor=STAFF, registration=row, reason="Lost", at=make.EVE)
    badges.reissue_badge(actor=STAFF, registration=row, reason="", at=make.EVE)
    badges.replace_link(actor=STAFF, registration=row, at=on(0, "11:00"))
    details.correct_details(actor=STAFF, registration=row, details=make.details(email="new@example.org"), at=make.EVE)
    tickets.approve(actor=STAFF, ticket=make.registered(press, name="Han Meimei").lead.ticket, at=make.EVE)
    assert (heard.ended, heard.erased) == ([], [])


def test_an_act_that_a_listener_breaks_has_not_happened(public, heard, monkeypatch):
    def refuse(registrations, at):
        raise RuntimeError

    monkeypatch.setattr(endings, "_hearers", [refuse])
    row = make.registered(public).lead
    with pytest.raises(RuntimeError):
        tickets.give_back(actor=make.VISITOR, registration=row, at=make.EVE)
    assert (Ticket.objects.get().state, DayPlaces.objects.get(day__number=1).taken) == (Ticket.State.VALID, 1)


def test_what_a_room_holds_is_in_what_a_person_may_download(public, monkeypatch):
    monkeypatch.setattr(endings, "_holders", {})
    endings.holds("sign_ups")(lambda row: [{"name": row.name, "party": 2}])
    row = make.registered(public).lead
    assert privacy.everything_held(row)["sign_ups"] == [{"name": row.name, "party": 2}]
