"""Plants ID numbers in every way they come in or go out by, and looks for them wherever something is written down."""

import base64
import io
import logging
import sys

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation
from django.views.debug import ExceptionReporter

from accounts import mails
from accounts.acting import Actor
from accounts.models import Mail
from programme.actions.signing import papers
from programme.actions.signing.acts import change_party, give_up
from programme.links import guide_key
from programme.views import papers as views
from tests.factories.accounts import UserFactory
from tests.factories.expo import on
from tests.factories.papers import OTHER, PASSPORT, RESIDENT, departure, gave, going, named
from tests.factories.programme import SYSTEM, GuideFactory
from tests.factories.signups import EVE, signed_up, visitor
from visitors.links import visit_key

pytestmark = pytest.mark.django_db

#: Typed with a wrong last character: not a number, and somebody's all the same.
WRONG = "110105194912310021"
PLANTED = (RESIDENT, OTHER, PASSPORT, WRONG)


@pytest.fixture(autouse=True)
def _eve(set_clock, media):
    set_clock(EVE)


@pytest.fixture
def guide():
    return GuideFactory()


@pytest.fixture
def tour(guide):
    return departure(guide=guide)


@pytest.fixture
def written():
    """What the site's own handler writes, as it is configured."""
    (handler,) = [one for one in logging.getLogger().handlers if one.get_name() == "lines"]
    text = io.StringIO()
    before = handler.setStream(text)
    yield text.getvalue
    handler.setStream(before)


def marks():
    """Each number as text, as the database writes bytes, and as it may hide in another writing."""
    for number in PLANTED:
        for form in (number, number.lower(), f"{number[:6]} {number[6:14]} {number[14:]}"):
            raw = form.encode()
            # Base64 of it within something longer begins at any of three places.
            shifted = [base64.b64encode(b"\0" * at + raw)[4:-4].decode() for at in range(3)]
            yield from (form, raw.hex(), form[::-1], *shifted)


def in_database():
    """The tables in which one of the marks stands, in whatever column."""
    found = []
    looked_for = [f"%{mark}%" for mark in marks()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
                       " AND table_schema NOT IN ('pg_catalog', 'information_schema')")  # fmt: skip
        for schema, table in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{schema}"."{table}" t WHERE t::text LIKE ANY(%s)', [looked_for])  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def said(text):
    return [mark for mark in marks() if mark in text]


def own(signup):
    return reverse("visit-signup-id", args=[visit_key(signup.registration), signup.guid])


def typed(signup, number):
    person = signup.participants.order_by("pk").first().pk
    return {f"{person}-id_kind": "passport" if number == PASSPORT else "ric", f"{person}-id_number": number}


def test_the_search_for_them_finds_what_is_written_down(tour):
    """It would find nothing as well if it did not look."""
    signup = signed_up(visitor(), tour, people=[*named(1)])
    assert in_database() == []
    signup.participants.update(name=f"x{RESIDENT}x")
    assert in_database() == ["programme_participant"]
    signup.participants.update(name=base64.b64encode(f"ab{OTHER}".encode()).decode())
    assert in_database() == ["programme_participant"]


def test_no_number_is_in_the_database_logs_mails_files_or_cookies(client, tour, guide, set_clock, media, written):
    signup, other, third = (going(tour) for _ in range(3))
    answers = [client.post(own(signup), typed(signup, number)) for number in (WRONG, RESIDENT, OTHER)]
    answers += [client.post(own(other), typed(other, OTHER)), client.post(own(other), typed(other, PASSPORT))]
    answers += [client.post(own(third), typed(third, number)) for number in (RESIDENT, PASSPORT)]
    answers.append(client.post(own(other), {"remove": other.participants.get().pk}))
    assert [answer.status_code for answer in answers] == [422, 302, 302, 409, 302, 302, 409, 302]
    gave(other, PASSPORT)
    planner = UserFactory(roles=["programme_editor"])
    client.force_login(planner)
    desk = reverse("admin:programme_papers_departure", args=[tour.pk])
    assert OTHER in client.post(desk).text
    for form in ("xlsx", "csv", "pdf"):
        client.post(reverse("admin:programme_papers_list", args=[tour.pk]), {"form": form})
    set_clock(on(1, "08:45"))
    boarding = reverse("boarding-departure", args=[guide_key(guide), tour.slug])
    assert OTHER in client.post(boarding, {"act": "numbers"}).text
    call_command("rotate_id_key")
    assert in_database() == []
    set_clock(EVE)
    change_party(actor=SYSTEM, signup=third, people=named(1), at=EVE)
    give_up(actor=SYSTEM, signup=other, at=EVE)
    papers.erase_overdue(show=tour.show, at=on(9, "10:00"))

    assert in_database() == []
    assert (said(written()), "/id/" in written()) == ([], True)
    letters = [mails.build(mail) for mail in Mail.objects.all() if mail.kind in mails._builders]
    assert said(" ".join(f"{one.subject} {one.body} {one.alternatives}" for one in letters if one)) == []
    assert said(" ".join(str(morsel) for morsel in client.cookies.values())) == []
    assert said(" ".join(f"{key}{value}" for key, value in client.session.items())) == []
    assert said("".join(path.read_bytes().decode("latin-1") for path in media.rglob("*") if path.is_file())) == []


def test_only_the_pages_that_show_one_on_purpose_have_it(client, tour):
    signup = gave(going(tour), RESIDENT)
    key = visit_key(signup.registration)
    for name in ("visit", "visit-data-json", "visit-data-csv", "visit-signup-id"):
        args = [key, signup.guid] if name == "visit-signup-id" else [key]
        answer = client.get(reverse(name, args=args))
        assert said(answer.text) == []
    client.force_login(UserFactory(organiser=True))
    row = signup.registration_id
    for path in (
        "/admin/", "/admin/accounts/record/", "/admin/programme/papers/", f"/admin/programme/papers/{tour.pk}/",
        f"/admin/programme/session/{tour.pk}/history/", f"/admin/visitors/registration/{row}/change/",
        f"/admin/visitors/registration/{row}/history/", "/admin/visitors/registration/?q=" + RESIDENT,
        f"/en/programme/search/?q={PASSPORT}",
    ):  # fmt: skip
        answer = client.get(path)
        told = answer.text.replace(f'value="{RESIDENT}"', "").replace(f'value="{PASSPORT}"', "")
        assert RESIDENT not in told.replace(f"q={RESIDENT}", "")


@pytest.mark.parametrize("where", ["programme.ids.read", "programme.actions.signing.papers.give", "programme.ids.seal"])
def test_a_crash_writes_no_number_down(client, tour, written, monkeypatch, where):
    def crash(*args, **kwargs):
        raise ValueError(f"{args} {kwargs} {RESIDENT}")

    signup = going(tour)
    monkeypatch.setattr(where, crash)
    client.raise_request_exception = False
    assert client.post(own(signup), typed(signup, RESIDENT)).status_code == 500
    assert (said(written()), "ValueError" in written(), in_database()) == ([], True, [])


def test_a_look_that_crashes_writes_no_number_down(client, tour, written, monkeypatch):
    gave(going(tour), RESIDENT)
    client.force_login(UserFactory(roles=["programme_editor"]))
    client.raise_request_exception = False

    def crash(signup, people, known):
        raise ValueError(next(iter(known.values())).number.number)

    monkeypatch.setattr("programme.admin.papers.party_of", crash)
    assert client.post(reverse("admin:programme_papers_departure", args=[tour.pk])).status_code == 500
    assert (said(written()), "ValueError" in written()) == ([], True)


def organiser():
    return Actor.of(UserFactory(organiser=True))


def test_a_report_of_an_error_has_no_number_of_the_form(tour, monkeypatch):
    """Nobody gets such reports here; if somebody ever sets an address for them, they still say nothing."""
    signup = going(tour)
    monkeypatch.setattr("programme.actions.signing.papers.give", lambda **_: 1 // 0)
    with translation.override("en"):
        request = RequestFactory().post(own(signup), typed(signup, RESIDENT))
    request.show = tour.show
    try:
        views.id_numbers(request, key=visit_key(signup.registration), guid=signup.guid)
    except ZeroDivisionError:
        reporter = ExceptionReporter(request, *sys.exc_info(), is_email=True)
    assert said(reporter.get_traceback_text()) == []


def test_nothing_that_is_printed_of_a_number_shows_it(tour):
    gave(going(tour), RESIDENT)
    known = papers.look(actor=organiser(), session=tour.pk)
    lines = papers.gate_list(actor=organiser(), session=tour.pk, with_gaps=False, form="csv", at=EVE)
    assert said(f"{known!r} {lines!r} {known[0].participant!r} {known[0].participant}") == []
