"""What every list and form of the desk has in common."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import label_for_field
from django.core.cache import caches
from django.utils import timezone
from django.utils.translation import override

from accounts import actions, history, invariants, mails
from accounts.acting import Actor, acting
from accounts.models import Mail, Record, Role, User
from expo.models import Show
from tests.factories.accounts import UserFactory
from tests.factories.desk import filled
from tests.factories.expo import AreaFactory, HallFactory, ShowFactory
from tests.factories.staff import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser():
    ShowFactory()
    return UserFactory(name="Olive", organiser=True)


@pytest.fixture
def desk(organiser):
    return logged_in(organiser)


def area_data(area, **changed):
    names = ("show_id", "hall_id", "letter", "colour", "name_en", "name_zh", "slug", "shows_en", "shows_zh")
    data = {name.removesuffix("_id"): getattr(area, name) for name in names}
    return data | {"manager": area.manager_id or ""} | changed


def test_a_save_is_recorded_with_who_why_and_what_was_before(desk):
    area = AreaFactory(name_en="Old name")
    address = f"/admin/expo/area/{area.pk}/"
    response = desk.post(address + "change/", area_data(area, name_en="New name", why="As the ministry calls it"))
    assert response.status_code == 302
    page = desk.get(address + "history/").content.decode()
    for text in (
        "Olive",
        "saved on the desk",
        "As the ministry calls it",
        "<del>Old name</del>",
        "<ins>New name</ins>",
    ):
        assert text in page
    assert not LogEntry.objects.exists()


def changed_meanwhile(desk, area, **fields):
    """The form of the area, opened before somebody else changed these of its fields."""
    page = desk.get(f"/admin/expo/area/{area.pk}/change/")
    type(area).objects.filter(pk=area.pk).update(**fields)
    return page


def test_a_save_over_what_somebody_changed_meanwhile_is_told_first(desk):
    area, manager = AreaFactory(), UserFactory(name="Manuela", area_manager=True)
    page = changed_meanwhile(desk, area, name_en="Theirs <b>", manager=manager)
    answer = desk.post(f"/admin/expo/area/{area.pk}/change/", filled(page, name_en="Mine", why="Because"))
    assert answer.status_code == 409
    assert "Now it says: Name in English: Theirs &lt;b&gt;; Manager: Manuela." in answer.text
    assert ('value="Mine"' in answer.text, 'value="Because"' in answer.text) == (True, True)
    area.refresh_from_db()
    assert area.name_en == "Theirs <b>"


def test_what_was_told_is_overwritten_knowingly(desk):
    area = AreaFactory()
    page = changed_meanwhile(desk, area, name_en="Theirs")
    told = desk.post(f"/admin/expo/area/{area.pk}/change/", filled(page, name_en="Mine"))
    assert desk.post(f"/admin/expo/area/{area.pk}/change/", filled(told)).status_code == 302
    area.refresh_from_db()
    assert area.name_en == "Mine"


def test_what_is_wrong_with_a_form_does_not_renew_what_it_showed(desk):
    area = AreaFactory()
    page = changed_meanwhile(desk, area, name_en="Theirs")
    wrong = desk.post(f"/admin/expo/area/{area.pk}/change/", filled(page, name_en="Theirs", letter="?"))
    assert wrong.status_code == 200
    assert desk.post(f"/admin/expo/area/{area.pk}/change/", filled(wrong, name_en="Mine")).status_code == 409


def test_save_pressed_twice_contradicts_nobody(desk):
    area = AreaFactory()
    page = desk.get(f"/admin/expo/area/{area.pk}/change/")
    sent = filled(page, name_en="Mine")
    answers = [desk.post(f"/admin/expo/area/{area.pk}/change/", sent).status_code for _ in range(2)]
    assert answers == [302, 302]


def test_rows_inside_a_form_that_somebody_changed_meanwhile_are_told_by_name(desk):
    hall = HallFactory()
    gate = hall.gates.create(name_en="North gate", name_zh="北门", x=1, y=1)
    page = desk.get(f"/admin/expo/hall/{hall.pk}/change/")
    hall.gates.update(x=2)
    answer = desk.post(f"/admin/expo/hall/{hall.pk}/change/", filled(page, name_en="Hall 9"))
    assert "Now it says: North gate, X, m: 2.00." in answer.text
    assert desk.post(f"/admin/expo/hall/{hall.pk}/change/", filled(answer)).status_code == 302
    gate.refresh_from_db()
    assert gate.x == 1


@pytest.mark.parametrize("stamp", ["", "x", "=", "area.1.name_en=", "area.name_en", "9" * 5000])
def test_a_form_that_says_nonsense_of_what_it_showed_counts_as_it_stands(desk, stamp):
    area = AreaFactory()
    sent = area_data(area, name_en="Mine", shown=stamp)
    assert desk.post(f"/admin/expo/area/{area.pk}/change/", sent).status_code == 302


def test_what_a_form_showed_is_told_to_nobody_who_may_not_see_the_row():
    mine, other = AreaFactory(manager=UserFactory(area_manager=True)), AreaFactory()
    sent = area_data(other, name_en="Mine", shown=f"area.{other.pk}.name_en=x")
    assert logged_in(mine.manager).post(f"/admin/expo/area/{other.pk}/change/", sent).status_code == 404


@pytest.mark.parametrize("key", ["%00", "1%00", "x", "9" * 30])
def test_a_save_of_a_row_that_cannot_be_finds_nothing(desk, key):
    assert desk.post(f"/admin/expo/area/{key}/change/", {"shown": "x", "_save": ""}).status_code == 404


def test_history_tells_who_by_name_and_other_actors_by_kind(desk, organiser):
    area = AreaFactory()
    for actor in (Actor.system("night job"), Actor.device(7), Actor.visitor(3), Actor.of(organiser)):
        with acting(actor, "area_renamed"):
            area.name_en += "x"
            area.save()
    page = desk.get(f"/admin/expo/area/{area.pk}/history/").content.decode()
    for text in ("the site itself (night job)", "device 7 at a gate", "visitor, by the own link", "area renamed"):
        assert text in page


def test_history_of_a_change_past_the_site_says_so(desk):
    area = AreaFactory()
    type(area).objects.update(name_en="By hand")
    page = desk.get(f"/admin/expo/area/{area.pk}/history/").content.decode()
    assert "in the database, past the site" in page
    assert "By hand" in page


def test_history_tells_inline_rows_too(desk):
    hall = HallFactory()
    hall.gates.create(name_en="North gate", name_zh="北门", x=1, y=1)
    assert "North gate" in desk.get(f"/admin/expo/hall/{hall.pk}/history/").content.decode()


def test_history_calls_a_row_by_its_name(desk):
    hall = HallFactory(name_en="Hall 9")
    hall.gates.create(name_en="North gate", name_zh="北门", x=1, y=1)
    page = desk.get(f"/admin/expo/hall/{hall.pk}/history/").text
    assert "<td>Hall Hall 9: made</td>" in page
    assert "<td>Gate North gate: made</td>" in page


def test_history_names_a_language_in_its_own_words(desk):
    user = UserFactory(language="zh-hans")
    assert "<ins>简体中文</ins>" in desk.get(f"/admin/accounts/user/{user.pk}/history/").text


@pytest.mark.parametrize("is_demo", [True, False])
def test_history_says_where_a_demo_show_has_another_clock(desk, is_demo):
    Show.objects.update(is_demo=is_demo)
    caches["process"].clear()
    area = AreaFactory()
    page = desk.get(f"/admin/expo/area/{area.pk}/history/").text
    assert ("the demo show lives by its own clock" in page) == is_demo


def test_history_shows_foreign_text_as_text(desk):
    area = AreaFactory(name_en="<script>alert(1)</script>")
    assert "<script>alert" not in desk.get(f"/admin/expo/area/{area.pk}/history/").content.decode()


def test_what_the_database_refuses_stands_on_the_form(desk):
    area, other = AreaFactory(), AreaFactory()
    hall = HallFactory(show=area.show)
    response = desk.post(f"/admin/expo/area/{area.pk}/change/", area_data(area, letter=other.letter, hall=hall.pk))
    assert response.status_code == 200
    area.refresh_from_db()
    assert area.letter != other.letter


def test_a_hall_does_not_shrink_under_its_booths(desk):
    from exhibitors.models import Booth

    area = AreaFactory()
    hall = area.hall
    Booth.objects.create(hall=hall, area=area, number="A01", x=100, y=10, width=9, depth=9)
    data = {
        "show": hall.show_id, "name_en": hall.name_en, "name_zh": hall.name_zh, "slug": hall.slug,
        "width": 50, "depth": 70, "gates-TOTAL_FORMS": 0, "gates-INITIAL_FORMS": 0, "why": "Rebuilt",
    }  # fmt: skip
    response = desk.post(f"/admin/expo/hall/{hall.pk}/change/", data)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors.keys() == {"width"}
    assert "Booths would lie outside the hall" in response.content.decode()
    assert 'value="Rebuilt"' in response.content.decode()
    hall.refresh_from_db()
    assert hall.width == 120


def test_an_area_does_not_leave_its_booths(desk):
    from exhibitors.models import Booth

    area = AreaFactory()
    Booth.objects.create(hall=area.hall, area=area, number="A01", x=1, y=1, width=9, depth=9)
    elsewhere = HallFactory(show=area.show)
    response = desk.post(f"/admin/expo/area/{area.pk}/change/", area_data(area, hall=elsewhere.pk))
    assert response.context["adminform"].form.errors.keys() == {"hall"}


def test_who_may_only_look_changes_nothing():
    area = AreaFactory()
    auditor = logged_in(UserFactory(auditor=True))
    assert auditor.get(f"/admin/expo/area/{area.pk}/change/").status_code == 200
    assert auditor.post(f"/admin/expo/area/{area.pk}/change/", area_data(area, name_en="Mine")).status_code == 403


def test_what_one_may_not_see_does_not_exist():
    mine, other = AreaFactory(manager=UserFactory(area_manager=True)), AreaFactory()
    manager = logged_in(mine.manager)
    assert manager.get(f"/admin/expo/area/{mine.pk}/change/").status_code == 200
    for page in ("change", "history"):
        assert manager.get(f"/admin/expo/area/{other.pk}/{page}/").status_code == 404


def test_nothing_is_deleted_on_the_desk(desk):
    area = AreaFactory()
    assert desk.post(f"/admin/expo/area/{area.pk}/delete/", {"post": "yes"}).status_code == 403
    response = desk.post("/admin/expo/area/", {"action": "delete_selected", "_selected_action": [area.pk]})
    assert type(area).objects.filter(pk=area.pk).exists()
    assert response.status_code in {200, 302}


@pytest.mark.parametrize("ticked", ["", "x", "\N{EMOJI COMPONENT RED HAIR}", "9" * 5000])
def test_a_ticked_row_that_cannot_be_is_refused(desk, ticked):
    for model, action in (("accounts/user", "mail_password_link"), ("visitors/registration", "erase")):
        response = desk.post(f"/admin/{model}/", {"action": action, "_selected_action": [ticked]})
        assert response.status_code == 400


def test_only_what_the_rooms_prepared_is_on_the_desk(desk):
    for model in ("auth/group", "account/emailaddress", "mfa/authenticator", "pghistory/events"):
        assert desk.get(f"/admin/{model}/").status_code == 404


def test_the_desk_speaks_the_language_last_chosen(desk):
    response = desk.post("/admin/language/", {"language": "zh-hans", "next": "/admin/expo/hall/"})
    assert response.url == "/admin/expo/hall/"
    assert desk.cookies["language"]["httponly"]
    assert desk.get("/admin/").headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("model", ["expo/area", "expo/hall", "expo/show", "expo/room", "visitors/tickettype"])
def test_the_column_of_names_is_called_in_the_language_of_the_desk(desk, model):
    desk.post("/admin/language/", {"language": "zh-hans"})
    changelist = desk.get(f"/admin/{model}/").context["cl"]
    with override("zh-hans"):
        assert label_for_field("name", changelist.model, changelist.model_admin) == "名称"


def test_no_list_is_filtered_by_a_name_of_the_package_that_keeps_it(desk):
    history.record(Actor.system("test"), "registrations_exported", rows=1)
    page = desk.get("/admin/accounts/record/")
    assert [spec.title for spec in page.context["cl"].filter_specs] == ["when"]


def test_choosing_a_language_leads_nowhere_else(desk):
    response = desk.post("/admin/language/", {"language": "zh-hans", "next": "https://evil.example/"})
    assert response.url == "/"


def test_the_first_page_tells_of_failed_mails(desk):
    Mail.objects.create(kind="x", thing="y", to="a@example.org", language="en", state=Mail.State.FAILED)
    assert "Mails that could not be sent" in desk.get("/admin/").content.decode()


def test_the_desk_works_before_there_is_a_show():
    client = logged_in(UserFactory(organiser=True))
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/expo/show/add/").status_code == 200
    assert client.get(f"/admin/accounts/user/{User.objects.get().pk}/history/").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_areas_takes_the_same_queries_at_any_length(desk, django_assert_num_queries, rows):
    AreaFactory.create_batch(rows, manager=UserFactory(area_manager=True))
    desk.get("/admin/expo/area/")
    with django_assert_num_queries(6):
        assert desk.get("/admin/expo/area/").status_code == 200


def account_data(**changed):
    return {
        "email": "new@example.org",
        "name": "New",
        "language": "en",
        "roles": ["auditor"],
        "is_active": "on",
    } | changed


def test_a_new_account_gets_a_mail_and_no_password(desk):
    assert desk.post("/admin/accounts/user/add/", account_data(email="New@Example.org")).status_code == 302
    user = User.objects.get(email="new@example.org")
    assert (user.roles, user.has_usable_password()) == (["auditor"], False)
    assert Mail.objects.get().kind == "accounts.set_password"


def test_a_change_of_roles_is_on_record(desk):
    user = UserFactory(auditor=True)
    address = f"/admin/accounts/user/{user.pk}/"
    data = account_data(email=user.email, roles=["auditor", "gate_staff"])
    assert desk.post(address + "change/", data).status_code == 302
    page = desk.get(address + "history/").content.decode()
    assert "<del>Auditor</del> <ins>Gate staff, Auditor</ins>" in page


def test_a_change_of_roles_leaves_a_password_that_was_set_meanwhile(organiser):
    read_before = User.objects.get(pk=UserFactory(auditor=True).pk)
    user = User.objects.get(pk=read_before.pk)
    user.set_password("another correct horse")
    user.last_login = timezone.now()
    user.save()
    read_before.roles = [Role.GATE_STAFF]
    actions.correct_account(actor=Actor.of(organiser), user=read_before)
    user.refresh_from_db()
    assert (user.roles, user.check_password("another correct horse"), bool(user.last_login)) == (
        [Role.GATE_STAFF],
        True,
        True,
    )


def test_an_organiser_stays(desk, organiser):
    data = account_data(email=organiser.email, roles=["auditor"])
    response = desk.post(f"/admin/accounts/user/{organiser.pk}/change/", data)
    assert "Somebody has to stay organiser" in response.content.decode()
    organiser.refresh_from_db()
    assert organiser.roles == [Role.ORGANISER]


def test_accounts_are_the_organisers_and_the_auditors_alone():
    for trait, status in (("auditor", 200), ("gate_staff", 403), ("area_manager", 403)):
        assert logged_in(UserFactory(**{trait: True})).get("/admin/accounts/user/").status_code == status


ROOMS = ("accounts.", "visitors.", "application.")


@pytest.mark.parametrize("kind", [kind for kind in mails._builders if kind.startswith(ROOMS)])
def test_every_kind_of_mail_has_a_name(kind):
    assert mails.kind_in_words(kind) != kind


@pytest.mark.parametrize(
    ("thing", "model"),
    [
        ("registration:12", "visitors/registration"),
        ("application:12", "exhibitors/application"),
        ("user:12", "accounts/user"),
    ],
)
def test_a_listed_mail_leads_to_what_it_is_about(desk, thing, model):
    Mail.objects.create(kind="x", thing=thing, to="a@example.org", language="en")
    said = thing.replace(":", " ").capitalize()
    assert f'<a href="/admin/{model}/12/change/">{said}</a>' in desk.get("/admin/accounts/mail/").text


@pytest.mark.parametrize(
    ("thing", "said"), [("address:12", "all visits under the address"), ("password_reset_key", "a new password")]
)
def test_a_mail_about_no_row_says_in_words_what_it_is_about(desk, thing, said):
    Mail.objects.create(kind="x", thing=thing, to="a@example.org", language="en")
    assert f'<td class="field-about">{said}</td>' in desk.get("/admin/accounts/mail/").text


def test_mails_are_filtered_by_the_name_of_their_kind(desk):
    for kind in ("visitors.links", "accounts.set_password"):
        Mail.objects.create(kind=kind, thing="y", to=f"{kind}@example.org", language="en")
    page = desk.get("/admin/accounts/mail/", {"kind": "visitors.links"})
    assert [mail.kind for mail in page.context["cl"].result_list] == ["visitors.links"]
    assert "Link to set the password" in page.text


def test_sending_again_is_not_for_auditors():
    mail = Mail.objects.create(kind="x", thing="y", to="a@example.org", language="en", state=Mail.State.FAILED)
    auditor = logged_in(UserFactory(auditor=True))
    auditor.post("/admin/accounts/mail/", {"action": "send_again", "_selected_action": [mail.pk]})
    mail.refresh_from_db()
    assert mail.state == Mail.State.FAILED


def test_an_organiser_sends_a_failed_mail_again(desk):
    mail = Mail.objects.create(kind="x", thing="y", to="a@example.org", language="en", state=Mail.State.FAILED)
    Mail.objects.update(queued_at=timezone.now() - timedelta(days=1))
    desk.post("/admin/accounts/mail/", {"action": "send_again", "_selected_action": [mail.pk]})
    mail.refresh_from_db()
    assert mail.state == Mail.State.QUEUED
    assert list(invariants.broken(timezone.now())) == []


def test_who_sent_mails_again_and_took_data_out_is_listed(desk, organiser):
    mail = Mail.objects.create(kind="x", thing="y", to="a@example.org", language="en", state=Mail.State.FAILED)
    desk.post("/admin/accounts/mail/", {"action": "send_again", "_selected_action": [mail.pk]})
    history.record(Actor.of(organiser), "registrations_exported", rows=1234)
    page = desk.get("/admin/accounts/record/").content.decode()
    for text in ("Olive", "mail sent again", f"/admin/accounts/mail/{mail.pk}/change/", "1234 rows"):
        assert text in page
    assert desk.post(f"/admin/accounts/record/{Record.objects.first().pk}/change/", {}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_records_takes_the_same_queries_at_any_length(desk, django_assert_num_queries, rows):
    for user in UserFactory.create_batch(rows, organiser=True):
        history.record(Actor.of(user), "registrations_exported", rows=1)
    desk.get("/admin/accounts/record/")
    with django_assert_num_queries(4):
        desk.get("/admin/accounts/record/")


def test_other_acts_are_not_in_that_list(desk, organiser):
    with acting(Actor.of(organiser), "area_renamed"):
        AreaFactory()
    assert not Record.objects.exists()


def test_a_correction_on_the_desk_leaves_a_password_that_was_changed_meanwhile():
    organiser, user = UserFactory(organiser=True), UserFactory(auditor=True)
    read = User.objects.get(pk=user.pk)
    user.set_password("changed meanwhile")
    user.save()
    read.name = "Anne"
    actions.correct_account(actor=Actor.of(organiser), user=read)
    user = User.objects.get(pk=user.pk)
    assert (user.name, user.check_password("changed meanwhile")) == ("Anne", True)


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("accounts/user", "password__startswith=pbkdf2"),
        ("accounts/user", "password=x"),
        ("accounts/mail", "facts__sealed__startswith=x"),
        ("onsite/device", "token_hash__startswith=a"),
        ("visitors/registration", "handle__gt=1"),
        ("visitors/registration", "person__email__startswith=a"),
        ("visitors/registration", "id__exact=1"),
    ],
)
def test_no_column_is_asked_but_through_a_filter(kind, asked):
    assert logged_in(UserFactory(auditor=True)).get(f"/admin/{kind}/?{asked}").status_code == 400


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (
            "accounts/mail",
            "state__exact=sent&queued_at__gte=2019-10-24+00:00:00%2B08:00&queued_at__lt=2019-10-25+00:00:00%2B08:00",
        ),
        (
            "accounts/record",
            "created_at__gte=2019-10-24+00:00:00%2B08:00&created_at__lt=2019-10-25+00:00:00%2B08:00",
        ),
        ("accounts/user", "is_active__exact=1"),
        ("visitors/registration", "category__exact=press"),
        ("visitors/invitation", "ticket_type__id__exact=1"),
        ("visitors/invitation", "ticket_type__show__id__exact=1"),
        ("exhibitors/booth", "kind__exact=raw"),
        ("exhibitors/booth", "hall__id__exact=1"),
        ("exhibitors/application", "state__exact=submitted"),
    ],
)
def test_every_filter_asks_what_it_is_for(kind, asked):
    assert logged_in(UserFactory(auditor=True)).get(f"/admin/{kind}/?{asked}").status_code == 200
