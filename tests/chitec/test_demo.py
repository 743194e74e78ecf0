import hashlib
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, JSONField
from stdnum.cn import uscc

from accounts.models import Mail, User
from chitec import checks
from chitec.demo import cast, data, making, plan
from exhibitors import invariants as exhibitors_invariants
from exhibitors.models import Allotment, Application, Booth, Firm, Member, SpaceRate
from expo.models import Area, Gate, Hall, Room, Show, ShowDay
from onsite import invariants as onsite_invariants
from onsite.models import Device, Outcome, Scan, Visit
from programme import ids, own_plans
from programme import invariants as programme_invariants
from programme.actions import planning, publishing
from programme.actions.signing import papers
from programme.documents import Difference
from programme.models import (
    Appearance,
    Bus,
    Change,
    Engagement,
    Enterprise,
    Guide,
    Handover,
    Host,
    Kind,
    MoveUp,
    Participant,
    Plan,
    Published,
    Release,
    Series,
    Session,
    SessionCode,
    SessionPlaces,
    Signup,
    Speaker,
    Talk,
    Turn,
)
from programme.reading import read
from tests.factories.expo import ShowFactory
from visitors import invariants as visitors_invariants
from visitors import links
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
    *(Room, Host, Series, Enterprise, Bus, Guide, Speaker, Session, Talk, Appearance, Engagement),
    *(Release, Change, Published, Device, Scan, Visit),
    *(SessionPlaces, SessionCode, Signup, Participant, Turn, MoveUp, Handover),
]


def make(*, seed=22, **options):
    return making.make(number=22, scale=SCALE, seed=seed, now=NOW, password=PASSWORD, **options)


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
    """Of all rows; keys are counted from the first of each table, because sequences go on after a rollback.

    Documents, which are full of keys, are left out: they repeat what sessions, talks and speakers say.
    """
    first = {model: model.objects.order_by("pk").values_list("pk", flat=True).first() for model in [*MADE, User]}
    rows = hashlib.sha256()
    for model in MADE:
        fields = [
            field
            for field in model._meta.concrete_fields
            if not isinstance(field, JSONField)
            and (field.related_model or not field.primary_key)
            # A hall's or a session's key, as a number; what is sealed is another text each time.
            and field.name not in {"at_place", "id_sealed", "id_print"}
        ]
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
    for room in (visitors_invariants, exhibitors_invariants, programme_invariants, onsite_invariants):
        assert list(room.broken(at)) == []


def test_nothing_is_of_a_time_to_come(look, at):
    assert not Registration.objects.filter(registered_at__gt=at).exists()
    assert not Scan.objects.filter(at__gt=at).exists()
    assert not Allotment.objects.filter(since__gt=at).exists()
    assert not Application.objects.filter(decided_at__gt=at).exists()
    assert not Badge.objects.filter(revoked_at__gt=at).exists()
    assert not Release.objects.filter(published_at__gt=at).exists()
    assert not Speaker.objects.filter(confirmed_at__gt=at).exists()


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
        *Speaker.objects.values_list("email", flat=True),
        *Host.objects.values_list("contact_email", flat=True),
        *Guide.objects.values_list("email", flat=True),
    ]
    assert {address.partition("@")[2] for address in addresses} <= {"example.org", "example.com", "example.net"}
    assert not Registration.objects.exclude(phone="").exists()
    assert not Speaker.objects.exclude(phone="").exists()


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


@pytest.fixture
def public(look):
    """What is published of the demo show."""
    return read(look.show)


def test_the_programme_is_as_large_as_the_report_says(look, public):
    figures = REPORT["closing"]
    kinds = Counter(one.told.kind for one in public.sessions)
    forums = {one.series for one in public.sessions if one.told.kind == Kind.FORUM}
    assert (kinds[Kind.SYMPOSIUM], len(forums)) == (figures["symposiums"], figures["forums"]) == (1, 11)
    assert kinds[Kind.PROMOTION] == figures["promotion_activities"] == 14
    assert kinds[Kind.CEREMONY] == 2


def test_247_speak_from_home_and_abroad_some_of_them_more_than_once(look, public):
    assert len(public.speakers) == Speaker.objects.count() == REPORT["closing"]["speakers"] == 247
    times = Counter(speaker.slug for one in public.sessions for speaker in one.speakers)
    assert (min(times.values()), len(times), max(times.values()) > 1) == (1, 247, True)
    assert len({speaker.country for speaker in public.speakers.values()}) > 20
    assert 150 < Speaker.objects.filter(confirmed_at__isnull=False).count() < 247


def test_the_247_speak_at_the_symposium_and_the_forums_alone(look, public):
    spoke = {
        speaker.slug
        for one in public.sessions
        if one.told.kind in {Kind.SYMPOSIUM, Kind.FORUM}
        for speaker in one.speakers
    }
    assert len(spoke) == 247


def test_the_seminar_that_the_report_names_is_first_with_24_parks_in_5_categories(look, public):
    report = REPORT["promotion"]["coordination"]
    first = next(one for one in public.sessions if one.told.kind == Kind.PROMOTION)
    assert first.told.title_en == report["name_en"]
    assert report["theme_en"] in first.told.about_en
    categories = Counter(talk.title_en.partition(": ")[0].lower() for talk in first.told.talks)
    assert set(categories) == {category.lower() for category in report["categories"]}
    assert len({talk.title_en for talk in first.told.talks}) == categories.total() == 24


def test_11_enterprises_have_departures_on_each_of_the_four_days(look, public):
    days = {enterprise.slug: set() for enterprise in Enterprise.objects.all()}
    for one in public.sessions:
        if one.told.kind == Kind.TOUR and not one.is_cancelled:
            days[one.enterprise.slug].add(one.starts.day)
    assert list(days.values()) == [{24, 25, 26, 27}] * REPORT["tours"]["enterprises"]
    tours = [one for one in public.sessions if one.told.kind == Kind.TOUR]
    assert {one.series.name_en for one in tours} == {REPORT["tours"]["series_en"]}
    assert all(one.told.bus and one.told.guide and one.told.meeting_en for one in tours)


def test_ceremonies_open_and_close_the_programme(look, public):
    ceremonies = [one.starts for one in public.sessions if one.told.kind == Kind.CEREMONY]
    rooms = [one.starts for one in public.sessions if one.room]
    assert (ceremonies[0], ceremonies[-1]) == (rooms[0], rooms[-1])


def test_nothing_clashes_and_everything_is_within_hours(look):
    for one in Plan:
        planning.check_clashes(look.show, one)
    assert not Session.objects.exclude(outside_hours_why="", over_seats_why="").exists()


def test_all_that_is_public_is_in_both_languages(look, public):
    """But for the names of people, which are as their owners write them."""
    told = [one.told for one in public.sessions]
    pairs = [
        *((one.title_en, one.title_zh) for one in told),
        *((one.about_en, one.about_zh) for one in told),
        *((talk.title_en, talk.title_zh) for one in told for talk in one.talks),
        *((one.meeting_en, one.meeting_zh) for one in told if one.enterprise),
        *((one.id_why_en, one.id_why_zh) for one in told if one.asks_id),
        *((one.cancelled_why_en, one.cancelled_why_zh) for one in told if one.is_cancelled),
        *((row.name_en, row.name_zh) for model in (Series, Host, Room, Enterprise) for row in model.objects.all()),
        *((row.about_en, row.about_zh) for model in (Series, Enterprise, Speaker) for row in model.objects.all()),
        *((row.rules_en, row.rules_zh) for row in Enterprise.objects.all()),
        *((row.address_en, row.address_zh) for row in Enterprise.objects.all()),
        *((row.position_en, row.position_zh) for row in Speaker.objects.all()),
        *((row.firm_en, row.firm_zh) for row in Speaker.objects.all()),
    ]
    assert [pair for pair in pairs if not (pair[0] and pair[1]) or is_chinese(pair[0]) or not is_chinese(pair[1])] == []
    assert all(len(row.seen_en.splitlines()) == len(row.seen_zh.splitlines()) for row in Enterprise.objects.all())
    assert all(bool(one.bring_en) == bool(one.bring_zh) for one in told)


def is_chinese(text):
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def test_no_talk_has_anothers_title(look):
    for language in ("title_en", "title_zh"):
        twice = Talk.objects.values(language).annotate(times=Count("pk")).filter(times__gt=1)
        assert list(twice) == []


def test_the_programme_was_published_four_times_and_more_is_pending(look, public):
    releases = Release.objects.order_by("number").annotate(size=Count("changes"))
    assert [(one.number, one.size) for one in releases] == [(1, 91), (2, 3), (3, 2), (4, 1)]
    assert Counter(one.state for one in public.sessions) == {"published": 86, "moved": 4, "cancelled": 1}
    waiting = Counter(what for one in publishing.pending(look.show) for what in one.what)
    assert waiting == {Difference.TIME: 2, Difference.NEW: 2}
    assert Session.objects.filter(starts_at=None).count() == 2


def test_the_symposium_and_tours_are_on_when_the_clock_starts(look, public, at):
    assert Counter(one.told.kind for one in public.now(at)) == {Kind.SYMPOSIUM: 1, Kind.TOUR: 5}


def test_each_tour_that_asks_for_an_id_number_says_why(look, public):
    asks = {one.enterprise.slug for one in public.sessions if one.told.asks_id}
    assert len(asks) == 3


# Signing up


def of_session(code):
    return SessionPlaces.objects.get(session__code=code)


def test_sessions_are_full_or_not_and_no_party_waits_that_would_fit(look, at):
    rows = list(SessionPlaces.objects.filter(starts_at__gt=at))
    assert any(row.waiting for row in rows)
    assert any(0 < row.taken < row.places for row in rows)
    for row in rows:
        smallest = Signup.objects.waiting().filter(session=row.pk).order_by("party").first()
        assert smallest is None or smallest.party > row.left


def test_there_are_sign_ups_in_every_state(look):
    states = set(Signup.objects.values_list("state", flat=True))
    assert states >= {"requested", "waiting", "offered", "confirmed", "attended", "given_up", "called_off", "lapsed"}
    assert set(Signup.objects.values_list("origin", flat=True)) == {"signed_up", "guest", "walk_in"}


def test_offers_stand_and_turns_say_who_was_passed_over(look, at):
    assert not Signup.objects.filter(state="offered", offered_until__lte=at).exists()
    assert Turn.objects.exclude(passed=[]).exists()
    assert not Turn.objects.filter(at__gt=at).exists()
    assert not Signup.objects.filter(joined_at__gt=at).exists()


def test_somebody_was_moved_up_for_a_reason(look):
    move = MoveUp.objects.get()
    waiting = Signup.objects.waiting().filter(session=move.session).in_turn()
    assert (waiting.first(), waiting.count() - 1) == (move.signup, move.overtaken)
    assert move.why


def test_nobody_attends_who_was_not_in_on_that_day(look):
    came = Participant.objects.filter(attended_at__isnull=False, registration__isnull=False)
    assert came.exists()
    for person in came.select_related("registration"):
        assert person.registration.visits.filter(entered_at__lt=person.attended_at).exists()


def test_each_person_has_two_tours_at_most(look):
    tours = Participant.objects.filter(is_live=True, session__kind=Kind.TOUR).exclude(registration=None)
    most = tours.values("registration").annotate(n=Count("pk")).order_by("-n").first()
    assert most["n"] == Series.objects.get(kind=Kind.TOUR).most_each == 2


def test_id_numbers_are_right_and_nobodys(look):
    given = Participant.objects.exclude(id_kind="").select_related("signup")
    assert given.exists()
    assert set(given.values_list("session__asks_id", flat=True)) == {True}
    for person in given:
        number = ids.unseal(person.id_sealed, bound_to=papers.bound_to(person.signup, person))
        assert number.number.startswith("110000")
        assert ids.read(number.kind, number.number) == number


def test_the_bus_that_broke_down_leaves_people_over_and_nobody_is_thrown_out(look):
    places = of_session("T08-2")
    assert (places.places, places.over) == (12, places.taken - 12)
    assert places.over > 0


def test_codes_count_who_used_them(look):
    assert sorted(SessionCode.objects.values_list("code", flat=True)) == ["JJJ-SEMINAR", "OPENING-22", "PARTNERS-22"]
    assert not Signup.objects.filter(session__access="open", code__isnull=False).exists()


def lead():
    return Registration.objects.get(email="visitor@example.org", registered_by=None)


def test_one_family_has_a_bit_of_everything_and_its_page_is_said(look):
    plan = own_plans.plan_of(look.show, [lead().pk, *lead().companions.values_list("pk", flat=True)], ended=True)
    assert {one.signup.session.code: one.signup.state for one in plan} == {
        "S01": "attended",
        "F01-1": "confirmed",
        "T09-1": "waiting",
        "T04-2": "confirmed",
        "F02-2": "requested",
        "T10-2": "lapsed",
        "T11-2": "waiting",
        "F08-2": "confirmed",
        "T07-4": "offered",
        "F09-1": "confirmed",
    }
    assert any(one.clashes for one in plan)
    said = StringIO()
    call_command("demo", logins=True, stdout=said)
    assert links.visit_key(lead()) in said.getvalue()


def test_the_family_was_passed_over_once_and_is_handed_a_place(look):
    passed = Signup.objects.get(registration=lead(), session__code="T11-2")
    assert [turn.was_passed for turn in own_plans.moves_of(passed)] == [True]
    assert [(one.to, one.state) for one in Handover.objects.all()] == [(lead(), "open")]


def test_a_later_clock_makes_days_past(look):
    """With who came and who did not, some of them again and again."""
    empty()
    clock = datetime(2019, 10, 26, 10, 12)  # noqa: DTZ001  (by the show's clocks)
    show = make(clock=clock).show
    at = clock.replace(tzinfo=show.zone)

    for room in (visitors_invariants, onsite_invariants, programme_invariants):
        assert list(room.broken(at)) == []
    assert set(Visit.objects.values_list("day__number", flat=True)) == {1, 2, 3}
    missed = Participant.objects.filter(signup__state="no_show", registration__isnull=False).order_by()
    assert missed.values("registration").annotate(n=Count("pk")).filter(n__gte=2).exists()
    over = Signup.objects.filter(session__capacity__ends_at__lte=at)
    assert not over.filter(state="confirmed").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("clock", ["2019-10-23T10:00", "2019-10-28T10:00"])
def test_a_clock_outside_of_the_show_is_refused(clock):
    with pytest.raises(CommandError, match="within the show"):
        call_command("demo", clock=datetime.fromisoformat(clock))
