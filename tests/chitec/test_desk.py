"""What careless and hostile people could type into every form of the desk."""

from __future__ import annotations

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import User
from exhibitors.models import Booth, BoothKind, Firm, Member, SpaceRate
from expo.models import Area, Hall, Room, Show
from programme.models import Bus, Enterprise, Guide, Host, Material, Series, Session, SessionCode, Speaker, Talk
from tests.factories import programme as plan
from tests.factories import visitors as make
from tests.factories.accounts import UserFactory
from tests.factories.desk import HOSTILE, fields_of, filled, inputs_of
from tests.factories.exhibitors import BoothFactory, FirmFactory, MemberFactory
from tests.factories.expo import AreaFactory, GateFactory, RoomFactory, on
from tests.factories.staff import logged_in
from visitors.forms import LineField, NameField
from visitors.models import ConsentWording, Invitation, Registration, TicketType

pytestmark = pytest.mark.django_db


def full_session():
    """A session with two talks and everybody in it."""
    session = plan.placed(on(1, "10:00"))
    plan.speaking(session, plan.SpeakerFactory(), moderates=True)
    for after in (0, 20):
        plan.talk(session, plan.SpeakerFactory(), after=after, minutes=20)
    return session


#: A row of everything that an organiser adds or changes on the desk.
ROWS = {
    User: lambda _: UserFactory(auditor=True),
    Show: lambda show: show,
    Hall: lambda _: GateFactory().hall,
    Area: lambda _: AreaFactory(),
    Room: lambda _: RoomFactory(),
    TicketType: make.ticket_type,
    Invitation: lambda show: make.invitation(make.ticket_type(show, access="invitation")),
    ConsentWording: lambda _: ConsentWording.objects.get(purpose="news"),
    Registration: lambda show: make.registered(make.ticket_type(show)).lead,
    Firm: lambda _: FirmFactory(),
    Member: lambda _: MemberFactory(),
    Booth: lambda _: BoothFactory(),
    SpaceRate: lambda _: SpaceRate.objects.create(area=AreaFactory(), kind=BoothKind.SHELL, price=1200),
    Session: lambda _: full_session(),
    Talk: lambda _: full_session().talks.first(),
    Series: lambda _: plan.SeriesFactory(),
    Speaker: lambda _: plan.SpeakerFactory(),
    Host: lambda _: plan.HostFactory(),
    Guide: lambda _: plan.GuideFactory(),
    Bus: lambda _: plan.BusFactory(),
    Enterprise: lambda _: plan.EnterpriseFactory(),
    SessionCode: lambda _: SessionCode.objects.create(session=full_session(), code="EXPO", for_whom="Delegation"),
    Material: lambda _: Material.objects.create(session=plan.SessionFactory(), url="https://example.com/film"),
}  # fmt: skip


#: Fields that take any words.
WORDS = (forms.CharField, NameField, LineField)
MARKUP = "<script>alert"
#: For forms of which the most was tried already.
WORST = ("<script>alert(1)</script>", "99999999999999999999999")
#: Of what is hostile, what is short enough to be stored and tells something when it is shown.
STORED = [value for value in HOSTILE if set(value) & set("<{%=") or not value.isascii()]


@pytest.fixture
def show(db):
    return make.open_show()


@pytest.fixture
def organiser():
    return UserFactory(organiser=True)


@pytest.fixture
def desk(show, organiser):
    return logged_in(organiser)


def may(model, organiser):
    """Whether the organiser may add rows of the model on the desk, and change what they say."""
    request = RequestFactory().get("/")
    request.user = organiser
    desk = admin.site.get_model_admin(model)
    edited = {*flatten_fieldsets(desk.get_fieldsets(request))} - {*desk.get_readonly_fields(request)}
    row = model._default_manager.first()
    return desk.has_add_permission(request), bool(edited) and desk.has_change_permission(request, row or model())


def test_every_model_that_an_organiser_adds_or_changes_is_tried(organiser):
    assert {model for model in admin.site._registry if any(may(model, organiser))} == {*ROWS}


def address(model, page, *key):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=key)


def typed_into(page):
    """The fields that somebody types into, or that a browser could be made to send anything for."""
    for field in fields_of(page):
        if not field.html_name.endswith("_FORMS"):
            yield field


def shows_nothing_as_markup(answer):
    assert answer.status_code in {200, 302, 409}
    assert MARKUP not in answer.text
    return answer


@pytest.mark.parametrize("model", ROWS)
def test_no_value_in_all_fields_of_a_form_breaks_it(desk, show, organiser, model):
    row = ROWS[model](show)
    adds, changes = may(model, organiser)
    tried = {address(model, "change", row.pk): HOSTILE} if changes else {}
    if adds:
        tried[address(model, "add")] = WORST if changes else HOSTILE
    for path, values in tried.items():
        page = desk.get(path)
        names = [name for field in typed_into(page) for name in inputs_of(field)]
        for value in values:
            typed = dict.fromkeys([*names, "why", "shown"], value)
            shows_nothing_as_markup(desk.post(path, filled(page, **typed)))


@pytest.mark.parametrize(
    "model", [model for model in ROWS if model not in {Booth, Bus, ConsentWording, Member, SpaceRate}]
)
def test_what_is_written_on_the_desk_is_shown_as_it_was_written(desk, show, model):
    row = ROWS[model](show)
    path = address(model, "change", row.pk)
    page = desk.get(path)
    words = {field.html_name for field in typed_into(page) if type(field.field) in WORDS}
    for value in STORED:
        typed = dict.fromkeys(words, value) | {"shown": "", "why": value}
        answer = shows_nothing_as_markup(desk.post(path, filled(page, **typed)))
        if answer.status_code == 200:
            kept = words - refused(answer)
            assert kept
            typed = dict.fromkeys([*kept, "why"], value) | {"shown": ""}
            answer = shows_nothing_as_markup(desk.post(path, filled(page, **typed)))
        assert answer.status_code == 302
        if MARKUP in value:
            shows_nothing_as_markup(desk.get(address(model, "changelist")))
            shows_nothing_as_markup(desk.get(path))
    history = shows_nothing_as_markup(desk.get(address(model, "history", row.pk)))
    assert "&lt;script&gt;alert(1)" in history.text


def refused(page):
    return {field.html_name for field in fields_of(page) if field.errors}
