import hashlib
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from stdnum.cn import uscc

from accounts.models import Mail, User
from chitec import checks
from chitec.demo import cast, data, making, plan
from exhibitors import invariants as exhibitors_invariants
from exhibitors.models import Allotment, Application, Booth, Firm, Member, SpaceRate
from expo.models import Area, Gate, Hall, Show, ShowDay
from onsite import invariants as onsite_invariants
from onsite.models import Device, Outcome, Scan, Visit
from tests.factories.expo import ShowFactory
from visitors import invariants as visitors_invariants
from visitors.badges import serials
from visitors.models import (
    Badge,
    Consent,
    ConsentWording,
    DayPlaces,
    Invitation,
    Person,
    Registration,
    Ticket,
    TicketType,
)

PASSWORD = "a demo of the tests"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SCALE = 0.004
REPORT = data.read("chitec22")
MADE = [
    *(
        Show,
        ShowDay,
        Hall,
        Gate,
        Area,
        SpaceRate,
        Booth,
        Firm,
        Member,
        Application,
        Application.wishes.through,
        Allotment,
    ),
    *(TicketType, DayPlaces, Invitation, ConsentWording, Person, Registration, Ticket, Badge, Consent),
    *(Device, Scan, Visit),
]


def make(*, seed=22):
    return making.make(number=22, scale=SCALE, seed=seed, now=NOW, password=PASSWORD)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """One demo show for all tests that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = make()
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def look(demo, django_db_blocker):
    """Reads the demo show; what is changed is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo
        transaction.set_rollback(True)


@pytest.fixture
def at(look):
    return data.read("demo22")["show"]["clock"].replace(tzinfo=look.show.zone)


def digest():
    """Of all rows; keys are counted from the first of each table, because sequences go on after a rollback."""
    first = {model: model.objects.order_by("pk").values_list("pk", flat=True).first() for model in [*MADE, User]}
    rows = hashlib.sha256()
    for model in MADE:
        fields = [field for field in model._meta.concrete_fields if not field.primary_key]
        for row in model.objects.order_by("pk"):
            for field in fields:
                value = getattr(row, field.attname)
                if field.related_model in first and value is not None:
                    value -= first[field.related_model]
                rows.update(f"{field.name}={value}\n".encode())
    return rows.hexdigest()


def test_the_same_seed_makes_the_same_show(look):
    before = digest()
    empty()
    make()
    assert digest() == before


def test_another_seed_makes_other_people_on_the_same_plan(look):
    people = set(Person.objects.values_list("name", flat=True))
    booths = list(Booth.objects.order_by("number").values_list("number", "x", "y", "width", "depth"))
    empty()
    make(seed=23)
    assert set(Person.objects.values_list("name", flat=True)) != people
    assert list(Booth.objects.order_by("number").values_list("number", "x", "y", "width", "depth")) == booths


def empty():
    """Take the demo away again."""
    tables = ", ".join(f'"{model._meta.db_table}"' for model in [*MADE, User])
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    connection.cursor().execute(f"TRUNCATE {tables} CASCADE")


def test_the_show_is_the_reports(look):
    show = Show.objects.get()
    assert (show.number, show.is_demo, show.is_current) == (22, True, True)
    assert [day.date for day in show.calendar] == [date(2019, 10, day) for day in (24, 25, 26, 27)]
    assert [day.closes for day in show.calendar] == [time(17), time(17), time(17), time(15)]
    assert list(Area.objects.order_by("letter").values_list("name_en", "name_zh")) == [
        (area["name_en"], area["name_zh"]) for area in REPORT["area"]
    ]


def test_the_clock_reads_the_first_morning_when_it_is_made(look, at):
    assert Show.objects.get().clock_shift == at - NOW


def test_the_plan_has_486_booths_and_41_are_free(look):
    assert Booth.objects.count() == 486
    assert Booth.objects.free().count() == 41
    assert Counter(Allotment.objects.live().values_list("state", flat=True)) == {"contracted": 428, "held": 17}


def test_the_demonstration_zone_is_69_enterprises_of_16_parks(look):
    firms = Firm.objects.filter(allotments__state="contracted", allotments__booth__area__letter="E").distinct()
    assert firms.count() == 69
    assert len(set(firms.values_list("park", flat=True))) == 16


def test_there_are_21_delegations_and_delegates_of_33_countries(look):
    exhibiting = Firm.objects.exhibiting(look.show)
    assert len(set(exhibiting.exclude(province="").values_list("province", flat=True))) == 21
    delegates = Registration.objects.filter(category="delegate")
    assert delegates.count() == REPORT["closing"]["delegates"]
    assert len(set(delegates.values_list("country", flat=True))) == REPORT["closing"]["countries_and_regions"]


def test_the_banks_of_the_report_stand_in_financial_technology(look):
    stands = Allotment.objects.filter(booth__area__slug="financial-technology", state="contracted")
    assert {"Bank of China", "China Minsheng Bank"} <= set(stands.values_list("firm__name_en", flat=True))


def test_every_invariant_holds(look, at):
    for room in (visitors_invariants, exhibitors_invariants, onsite_invariants):
        assert list(room.broken(at)) == []


def test_nothing_is_of_a_time_to_come(look, at):
    assert not Registration.objects.filter(registered_at__gt=at).exists()
    assert not Scan.objects.filter(at__gt=at).exists()
    assert not Allotment.objects.filter(since__gt=at).exists()
    assert not Application.objects.filter(decided_at__gt=at).exists()
    assert not Badge.objects.filter(revoked_at__gt=at).exists()


def test_the_first_hold_runs_out_within_the_next_hours_and_the_last_after_two_days(look, at):
    ends = sorted(Allotment.objects.filter(state="held").values_list("held_until", flat=True))
    assert at < ends[0] < at + timedelta(hours=3)
    assert ends[-1] > at + timedelta(hours=47)


def test_credit_codes_are_valid_and_of_no_real_organisation(look):
    codes = Firm.objects.exclude(uscc="").values_list("uscc", flat=True)
    assert all(uscc.is_valid(code) and code[2:12] == "000000DEM0" for code in codes)


def test_all_addresses_are_at_domains_for_examples(look):
    addresses = [
        *Registration.objects.values_list("email", flat=True),
        *Firm.objects.values_list("contact_email", flat=True),
        *User.objects.values_list("email", flat=True),
    ]
    assert {address.partition("@")[2] for address in addresses} <= {"example.org", "example.com", "example.net"}
    assert not Registration.objects.exclude(phone="").exists()


def test_serials_are_valid(look):
    assert all(serials.is_valid(serial) for serial in Badge.objects.values_list("serial", flat=True))


def test_who_came_in_on_a_priced_ticket_has_paid(look):
    came = Ticket.objects.filter(registration__visits__isnull=False, price__gt=0)
    assert came.exists()
    assert not came.filter(paid_at=None).exists()
    assert Scan.objects.filter(outcome=Outcome.ADMITTED).exists()


def test_nobody_is_written_to(look):
    assert not Mail.objects.exists()


@pytest.mark.parametrize("login", [*cast.FIXED, *cast.managers(["A", "N"])], ids=lambda login: login.email)
def test_each_login_works(look, rf, login):
    user = authenticate(rf.post("/"), email=login.email, password=PASSWORD)
    assert user is not None
    assert user.roles == login.roles
    assert user.emailaddress_set.filter(verified=True, primary=True).exists()


def test_each_area_has_a_manager_of_its_own(look):
    managers = Area.objects.values_list("manager", flat=True)
    assert len(set(managers)) == 14


def test_one_exhibitor_has_a_stand_and_the_other_an_offer(look):
    states = {
        member.user.email: [application.state for application in member.firm.applications.all()]
        for member in Member.objects.all()
    }
    assert states == {cast.EXHIBITOR.email: ["accepted"], cast.EXHIBITOR_OFFERED.email: ["offered"]}


@pytest.fixture
def organiser(rf):
    """Makes the demo's logins and no more; a function that logs the organiser in with a password."""
    cast.make([], at=NOW, password=cast.a_password())
    return lambda password: authenticate(rf.post("/"), email=cast.ORGANISER.email, password=password)


@pytest.mark.django_db
def test_in_service_the_published_password_opens_nothing(organiser):
    assert organiser(cast.PUBLISHED) is None
    assert checks.nobody_logs_in_with_the_published_password(None) == []


@pytest.mark.django_db
def test_in_service_the_drawn_password_is_said_once(rf, monkeypatch):
    made = making.Made(ShowFactory(is_demo=True), {})
    given = []
    monkeypatch.setattr(making, "make", lambda **values: given.append(values["password"]) or made)
    said, later = StringIO(), StringIO()
    call_command("demo", stdout=said)
    call_command("demo", logins=True, stdout=later)
    assert f"all with the password {given[0]}:" in said.getvalue()
    assert cast.ORGANISER.email in later.getvalue()
    assert given[0] not in later.getvalue()
    assert cast.PUBLISHED not in said.getvalue() + later.getvalue()


@pytest.mark.django_db
def test_a_development_database_in_service_is_an_error(settings, organiser):
    User.objects.update(password=make_password(cast.PUBLISHED))
    assert organiser(cast.PUBLISHED) is not None
    (error,) = checks.nobody_logs_in_with_the_published_password(None)
    assert (error.id, cast.ORGANISER.email in error.msg) == ("chitec.E001", True)


@pytest.mark.django_db
def test_while_developing_the_password_is_the_published_one(settings):
    settings.DEBUG = True
    assert cast.a_password() == cast.PUBLISHED


@pytest.mark.django_db
def test_a_second_show_of_the_number_is_refused():
    ShowFactory(is_demo=True)
    with pytest.raises(CommandError, match="holds show 22 already"):
        call_command("demo")


@pytest.mark.django_db
def test_a_database_with_a_real_show_is_refused():
    ShowFactory(number=23, is_demo=False)
    with pytest.raises(CommandError, match="holds a real show"):
        call_command("demo")


@pytest.mark.django_db
def test_a_show_without_data_is_refused():
    with pytest.raises(CommandError, match="show 22 only"):
        call_command("demo", show=21)


@pytest.mark.django_db
def test_if_empty_leaves_any_show_alone():
    ShowFactory(number=23)
    said = StringIO()
    call_command("demo", if_empty=True, stdout=said)
    assert (said.getvalue(), Show.objects.count()) == ("", 1)


@pytest.mark.django_db
def test_logins_are_said_only_where_there_is_a_demo():
    said = StringIO()
    call_command("demo", logins=True, stdout=said)
    assert said.getvalue() == ""
    ShowFactory(is_demo=True)
    call_command("demo", logins=True, stdout=said)
    assert cast.ORGANISER.email in said.getvalue()


@pytest.mark.django_db
def test_the_clock_of_a_demo_show_can_be_set():
    ShowFactory(is_demo=True)
    said = StringIO()
    call_command("clock", "--set", "2019-10-25T16:29", stdout=said)
    assert f"{Show.objects.get().now():%Y-%m-%d %H:%M}" == "2019-10-25 16:29"
    assert said.getvalue().startswith("CHITEC 22: 2019-10-25 16:29")


@pytest.mark.django_db
def test_the_clock_of_a_real_show_cannot_be_set():
    ShowFactory(is_demo=False)
    with pytest.raises(CommandError, match="Only a demo show"):
        call_command("clock", "--set", "2019-10-25T16:29")


def test_area_colours_can_be_read_with_white_letters():
    colours = [area["colour"] for area in data.read("demo22")["area"]]
    assert len(set(colours)) == 14
    assert min(contrast_with_white(colour) for colour in colours) >= 4.5


def contrast_with_white(colour):
    """WCAG 2.2's contrast ratio."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_gates_are_kept_clear_and_aisles_are_wide():
    drawn = data.read("plan22")
    for hall in drawn["hall"]:
        booths = [place for place in plan.places(drawn) if place.hall == hall["slug"]]
        for gate in hall["gates"]:
            assert min(apart(gate["x"], gate["y"], 0, 0, booth) for booth in booths) >= 4
        for booth in booths:
            gaps = [apart(booth.x, booth.y, booth.width, booth.depth, other) for other in booths if other != booth]
            assert all(gap == 0 or gap >= plan.AISLE for gap in gaps)


def apart(x, y, width, depth, booth):
    across = max(x, booth.x) - min(x + width, booth.x + booth.width)
    along = max(y, booth.y) - min(y + depth, booth.y + booth.depth)
    return max(across, along, 0) if min(across, along) <= 0 else (across**2 + along**2) ** 0.5


@pytest.mark.parametrize(
    ("booths", "open_sides"),
    [("6x6", [4]), ("3x3 3x3", [3, 3]), ("3x3/3x3 3x3/3x3 3x3/3x3", [2, 2, 1, 1, 2, 2]), ("6x3/3x3+3x3", [3, 2, 2])],
)
def test_open_sides_are_those_without_a_neighbour(booths, open_sides):
    drawn = {"hall": [{"slug": "h", "area": [{"letter": "A", "blocks": [{"x": 6, "y": 6, "booths": booths}]}]}]}
    assert [place.open_sides for place in plan.places(drawn)] == open_sides
