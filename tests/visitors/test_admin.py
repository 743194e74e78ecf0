import csv
import io
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone
from pghistory.models import Context

from accounts.acting import Actor
from expo.models import Show
from tests.factories import visitors as make
from tests.factories.accounts import UserFactory
from tests.factories.desk import filled
from tests.factories.expo import ShowFactory, on
from visitors.actions import confirming, tickets
from visitors.actions.details import correct_details
from visitors.exports import registrations_csv
from visitors.invariants import broken
from visitors.models import Badge, Consent, DayPlaces, Invitation, Registration, Ticket, TicketType

pytestmark = pytest.mark.django_db

LIST = "/admin/visitors/registration/"
ROLES = ("organiser", "auditor", "gate_staff", "area_manager", "exhibitor")


@pytest.fixture
def at_desk(client):
    def log_in(role):
        client.force_login(UserFactory(**{role: True}))
        return client

    return log_in


def act(client, action, *rows, **data):
    return client.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows], **data}, follow=True)


def exported(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(("role", "status"), [*zip(ROLES, (200, 200, 200, 403, 302), strict=True)])
def test_who_sees_the_registrations(at_desk, public, role, status):
    row = make.registered(public).lead
    client = at_desk(role)
    assert client.get(LIST).status_code == status
    assert client.get(f"{LIST}{row.pk}/change/").status_code == status


@pytest.mark.parametrize("model", ["tickettype", "invitation", "person", "consentwording", "consent"])
def test_every_list_and_form_opens(at_desk, delegates, model):
    make.invitation(delegates)
    make.registered(delegates, invitation_code="TSINGHUA-7")
    client = at_desk("organiser")
    assert client.get(f"/admin/visitors/{model}/").status_code == 200
    pk = {"tickettype": TicketType.objects.get().pk}.get(model)
    if pk:
        assert client.get(f"/admin/visitors/{model}/{pk}/change/").status_code == 200


def test_the_list_costs_the_same_at_one_and_three_rows(at_desk, public, django_assert_max_num_queries):
    client = at_desk("organiser")
    make.registered(public)
    client.get(LIST)
    with django_assert_max_num_queries(6):
        client.get(LIST)
    make.registered(public, "Li Lei", email="other@example.org")
    with django_assert_max_num_queries(6):
        client.get(LIST)


@pytest.mark.parametrize("typed", ["小明", "WANG@", "wang@example.org", "example univ", "univ 王小明"])
def test_somebody_is_found_by_any_part(at_desk, public, typed):
    row = make.registered(public).lead
    make.registered(public, name="Li Lei", email="li@example.com", firm="")
    page = at_desk("gate_staff").get(LIST, {"q": typed})
    assert [found.pk for found in page.context["cl"].result_list] == [row.pk]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("小", 2), ("小明", 1), ("明小", 1), ("王小", 1), ("清华", 1), ("大学清", 0), ("민수", 1), ("小明w", 0), ("%", 0)],
)
def test_two_characters_of_a_name_without_blanks_are_enough(at_desk, public, typed, found):
    for name, firm in (("王小明", "清华大学"), ("李明小", ""), ("김민수", "")):
        make.registered(public, name=name, email=f"{found}@example.org", firm=firm)
    page = at_desk("gate_staff").get(LIST, {"q": typed})
    assert len(page.context["cl"].result_list) == found


def test_a_wide_search_is_counted_no_further_than_anybody_turns_pages(at_desk, public, monkeypatch):
    monkeypatch.setattr("visitors.looking_up.SHOWN", 2)
    monkeypatch.setattr("visitors.looking_up.COUNTED", 5)
    make.registered(public, *(f"Guest {n}" for n in range(6)))
    client = at_desk("organiser")
    first = client.get(LIST, {"q": "wang@"})
    assert len(first.context["cl"].result_list) == 2
    assert "more than 5 registrations" in first.text
    assert "Select all that were found" in first.text
    assert len(client.get(LIST, {"q": "wang@", "p": 4}).context["cl"].result_list) == 1
    assert "7 registrations" in client.get(LIST).text


def test_a_search_says_how_many_it_found_and_counts_no_tickets(at_desk, public):
    make.registered(public, "Li Lei")
    client = at_desk("organiser")
    page = client.get(LIST, {"q": "li lei"})
    assert "1 registration\n" in page.text
    assert page.context["totals"] == []
    assert dict(client.get(LIST).context["totals"])["valid"] == "2"


def test_a_valid_ticket_without_a_badge_does_not_look_as_if_it_opened_a_gate(at_desk, public):
    row = make.registered(public).lead
    client = at_desk("organiser")
    act(client, "revoke", row, apply="yes", reason="Because")
    assert '<span class="state bad">badge revoked</span>' in client.get(LIST).text


def test_the_list_shows_what_was_typed_as_text(at_desk, public):
    make.registered(public, name="O'Neil & Sons", firm="<b>Works</b>")
    page = at_desk("organiser").get(LIST).text
    assert "O&#x27;Neil &amp; Sons" in page
    assert "&lt;b&gt;Works&lt;/b&gt;" in page


def test_a_row_leads_back_to_the_list_that_it_was_found_in(at_desk, public):
    row = make.registered(public).lead
    page = at_desk("organiser").get(LIST, {"q": "wang"}).text
    assert f'href="{LIST}{row.pk}/change/?_changelist_filters=q%3Dwang"' in page


def test_somebody_is_found_by_the_badge_number_as_it_is_read_out(at_desk, public):
    row = make.registered(public).lead
    make.registered(public, name="Li Lei")
    page = at_desk("gate_staff").get(LIST, {"q": row.badge.serial_in_groups.lower().replace("-", " ")})
    assert [found.pk for found in page.context["cl"].result_list] == [row.pk]


def test_requests_are_approved_from_the_queue(at_desk, press):
    row = make.registered(press).lead
    client = at_desk("organiser")
    assert [found.pk for found in client.get(LIST, {"ticket": "awaiting"}).context["cl"].result_list] == [row.pk]
    act(client, "approve", row)
    assert Badge.objects.live().filter(registration=row).count() == 1


def test_a_decline_asks_for_the_reason_first(at_desk, press):
    row = make.registered(press).lead
    client = at_desk("organiser")
    assert "The visitor reads it" in act(client, "decline", row).text
    assert act(client, "decline", row, apply="yes").status_code == 422
    act(client, "decline", row, apply="yes", reason="No card")
    assert (row.tickets.get().state, row.tickets.get().reason) == ("declined", "No card")


@pytest.mark.parametrize("action", ["revoke", "reissue", "erase"])
def test_acts_with_a_reason_carry_it_out(at_desk, public, action):
    row = make.registered(public).lead
    act(at_desk("organiser"), action, row, apply="yes", reason="Because")
    badge = Badge.objects.get(version=1)
    assert badge.revoked_at is not None


def test_of_a_ticket_that_has_ended_the_desk_says_how(at_desk, press):
    row = make.registered(press).lead
    client = at_desk("organiser")
    act(client, "decline", row, apply="yes", reason="Because")
    assert "The ticket has ended: declined." in act(client, "approve", row).text


def test_paid_at_the_desk_is_paid(at_desk, show):
    row = make.registered(make.ticket_type(show, price=50)).lead
    act(at_desk("organiser"), "mark_paid", row, apply="yes", by="wechat")
    assert row.tickets.get().paid_by == "wechat"


def test_the_page_of_a_payment_tells_who_owes_what_and_how_much_it_is_in_all(at_desk, show):
    kinds = [make.ticket_type(show, code=f"t{yuan}", price=yuan) for yuan in (50, 70)]
    rows = [make.registered(kind, email=f"{kind.code}@example.org", days=(1,)).lead for kind in kinds]
    page = act(at_desk("organiser"), "mark_paid", *rows).text
    for said in ("<strong>¥\xa050.00</strong>", "<strong>¥\xa070.00</strong>", "<strong>¥\xa0120.00</strong>"):
        assert said in page


def test_nobody_is_marked_as_paid_before_it_is_said_how(at_desk, show):
    row = make.registered(make.ticket_type(show, price=50)).lead
    answer = act(at_desk("organiser"), "mark_paid", row, apply="yes", by="")
    assert (answer.status_code, row.tickets.get().paid_at) == (422, None)


@pytest.mark.parametrize(("action", "warned"), [("erase", True), ("revoke", False)])
def test_what_cannot_be_brought_back_is_warned_of(at_desk, public, action, warned):
    page = act(at_desk("organiser"), action, make.registered(public).lead).text
    assert ("nobody can bring back what is erased" in page, 'type="submit" class="danger"' in page) == (warned, warned)


@pytest.mark.parametrize(("most", "left"), [(2, 3), (3, 0)])
def test_more_rows_than_one_request_can_deal_with_are_left_alone(at_desk, public, monkeypatch, most, left):
    monkeypatch.setattr("visitors.admin.registrations.RegistrationAdmin.most_at_once", most)
    row = make.registered(public, "Li Lei", "Han Meimei").lead
    answer = act(at_desk("organiser"), "erase", row, reason="They asked", apply="yes", select_across="1")
    assert Registration.objects.kept().count() == left
    assert ("Nothing was done: at most 2 rows can be dealt with at once." in answer.text) == bool(left)


def test_the_export_has_no_bound(at_desk, public, monkeypatch):
    monkeypatch.setattr("visitors.admin.registrations.RegistrationAdmin.most_at_once", 1)
    row = make.registered(public, "Li Lei").lead
    assert len(exported(act(at_desk("organiser"), "export", row, select_across="1"))) == 3


@pytest.mark.parametrize("role", ["auditor", "gate_staff"])
@pytest.mark.parametrize("action", ["approve", "decline", "revoke", "erase"])
def test_who_only_looks_changes_nothing(at_desk, press, role, action):
    row = make.registered(press).lead
    act(at_desk(role), action, row, apply="yes", reason="Because")
    assert Ticket.objects.get().state == "awaiting"
    assert Registration.objects.kept().count() == 1


def test_staff_correct_details_with_their_name_in_the_history(at_desk, public):
    row = make.registered(public).lead
    client = at_desk("organiser")
    page = client.get(f"{LIST}{row.pk}/change/")
    data = page.context["adminform"].form.initial | {"name": "王晓明", "country": "CN"}
    for inline in page.context["inline_admin_formsets"]:
        data |= {f"{inline.formset.prefix}-{key}": 0 for key in ("TOTAL_FORMS", "INITIAL_FORMS")}
    assert client.post(f"{LIST}{row.pk}/change/", {key: str(value) for key, value in data.items()}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.person.name) == ("王晓明", "王晓明")
    assert row.events.latest("pgh_id").pgh_context.metadata["actor"].startswith("user:")


def test_staff_overwrite_nothing_unseen_that_the_visitor_put_right_meanwhile(at_desk, public):
    row = make.registered(public, phone="+8613800138000").lead
    client = at_desk("organiser")
    page = client.get(f"{LIST}{row.pk}/change/")
    own = make.details(name="王晓明", phone="+8613900139000", country="FR", province="")
    correct_details(actor=Actor.visitor(row.pk), registration=row, details=own, at=make.EVE)
    answer = client.post(f"{LIST}{row.pk}/change/", filled(page, position="Professor"))
    assert answer.status_code == 409
    assert "Name: 王晓明; Phone: +8613900139000; Country or region: France." in answer.text
    row.refresh_from_db()
    assert (row.name, row.position) == ("王晓明", "")


def corrected(client, row, **typed):
    path = f"{LIST}{row.pk}/change/"
    answer = client.post(path, filled(client.get(path), **typed))
    row.refresh_from_db()
    return answer


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("name", "www.example.org", "Write the name alone, without an address or markup."),
        ("name_latin", "<b>Wang</b>", "Write the name alone, without an address or markup."),
        ("name", "\u200b\u2060", "Write the name in letters."),
        ("name", "", "This field is required."),
        ("firm", "x" * 121, "At most 120 characters fit here; there are 121."),
    ],
)
def test_staff_are_refused_what_the_visitors_own_form_refuses(at_desk, public, field, typed, told):
    row = make.registered(public).lead
    answer = corrected(at_desk("organiser"), row, **{field: typed})
    assert answer.context["adminform"].form.errors == {field: [told]}
    assert row.name == "王小明"


def test_what_staff_correct_is_cleaned_like_what_the_visitor_writes(at_desk, public):
    row = make.registered(public).lead
    corrected(at_desk("organiser"), row, name=" Wang \n Xiaoming", firm="A  &  B", country="FR", province="BJ")
    assert (row.name, row.firm, row.country.code, row.province) == ("Wang Xiaoming", "A & B", "FR", "")


def test_the_page_of_a_registration_speaks_of_languages_and_badges_as_people_do(at_desk, public):
    row = make.registered(public, language="zh-hans").lead
    page = at_desk("organiser").get(f"{LIST}{row.pk}/change/").text
    assert row.badge.serial_in_groups in page
    assert page.count("简体中文") == 1 + row.consents.count()


def test_the_history_keeps_to_itself_what_is_the_sites_own(at_desk, public):
    row = make.registered(public).lead
    client = at_desk("organiser")
    act(client, "replace_link", row)
    page = client.get(f"{LIST}{row.pk}/history/").text
    assert "Registration 王小明: link replaced" in page
    assert f"Badge {row.badge}: registered" in page
    assert not any(said in page for said in (str(row.handle), "Handle", "Link version"))


def test_the_export_holds_everybody_as_text_and_is_on_record(at_desk, public):
    row = make.registered(public, "Li Lei", firm='=HYPERLINK("http://evil")', phone="+8613800138000").lead
    client = at_desk("auditor")
    rows = exported(client.post(LIST, {"action": "export", "_selected_action": [row.pk], "select_across": "1"}))
    assert [line[2] for line in rows[1:]] == ["王小明", "Li Lei"]
    assert rows[1][4].startswith("'=HYPERLINK")
    assert rows[1][7] == "'+8613800138000"
    assert rows[1][-1] == row.badge.serial_in_groups
    assert Context.objects.get(metadata__act="registrations_exported").metadata["rows"] == 2


def test_the_export_writes_times_of_the_show_and_countries_by_name(at_desk, show):
    row = make.registered(make.ticket_type(show, price=50), country="KR", at=on(0, "23:05")).lead
    tickets.mark_paid(actor=make.VISITOR, ticket=row.ticket, by="cash", at=on(1, "00:10"))
    Show.objects.update(time_zone="Asia/Seoul")
    client = at_desk("auditor")
    line = exported(client.post(LIST, {"action": "export", "_selected_action": [row.pk]}))[1]
    later = f"{on(1, '00:05'):%Y-%m-%d}"
    assert (line[0], line[8], line[15]) == (f"{later} 00:05", "South Korea", f"{later} 01:10")


@pytest.mark.parametrize(("code", "name"), [("SD", "Shandong"), ("BJ", "Beijing"), ("", "")])
def test_the_export_writes_provinces_by_name(public, code, name):
    make.registered(public, province=code)
    line = "".join(registrations_csv(Registration.objects.all())).splitlines()[1].split(",")
    assert (line[8], line[9]) == ("China (mainland)", name)


@pytest.mark.parametrize("names", [(), ("Li Lei", "Han Meimei")])
def test_the_export_asks_the_same_queries_at_any_length(public, django_assert_num_queries, names):
    make.registered(public, *names)
    with django_assert_num_queries(2):
        assert len("".join(registrations_csv(Registration.objects.all())).splitlines()) == 2 + len(names)


def test_gate_staff_export_nothing(at_desk, public):
    row = make.registered(public).lead
    answer = act(at_desk("gate_staff"), "export", row)
    assert not answer.streaming
    assert not Context.objects.filter(metadata__act="registrations_exported").exists()


def test_places_below_those_taken_are_refused_in_words(at_desk, public):
    make.registered(public)
    client = at_desk("organiser")
    path = reverse("admin:visitors_tickettype_change", args=[public.pk])
    page = client.get(path)
    data = dict(page.context["adminform"].form.initial)
    formset = page.context["inline_admin_formsets"][0].formset
    data |= {f"{formset.prefix}-TOTAL_FORMS": 4, f"{formset.prefix}-INITIAL_FORMS": 4}
    for form in formset:
        data |= {form.add_prefix("id"): form.instance.pk, form.add_prefix("ticket_type"): public.pk}
        data |= {form.add_prefix("day"): form.instance.day_id, form.add_prefix("places"): 0}
    answer = client.post(path, data)
    assert answer.status_code == 200
    assert "More places are taken than there would be" in answer.text


def places_form(client, kind, places):
    """What the form of a ticket type posts when each day gets `places`."""
    page = client.get(reverse("admin:visitors_tickettype_change", args=[kind.pk]))
    data = dict(page.context["adminform"].form.initial)
    formset = page.context["inline_admin_formsets"][0].formset
    data |= {f"{formset.prefix}-TOTAL_FORMS": 4, f"{formset.prefix}-INITIAL_FORMS": 4}
    for form in formset:
        data |= {form.add_prefix("id"): form.instance.pk, form.add_prefix("ticket_type"): kind.pk}
        data |= {form.add_prefix("day"): form.instance.day_id, form.add_prefix("places"): places}
    return data


def test_places_are_locked_in_the_order_in_which_tickets_take_them(at_desk, public, monkeypatch):
    first = DayPlaces.objects.order_by("day").first()
    DayPlaces.objects.filter(pk=first.pk).delete()
    DayPlaces.objects.create(ticket_type=public, day=first.day, places=first.places)
    locked = []
    monkeypatch.setattr("visitors.actions.offering.set_places", lambda places, **_: locked.append(places.pk))
    client = at_desk("organiser")
    client.post(reverse("admin:visitors_tickettype_change", args=[public.pk]), places_form(client, public, 7))
    assert (len(locked), locked) == (4, sorted(locked))


def in_between(monkeypatch, model, happens):
    """Let something happen after a form's rows were read and before they are saved."""
    full_clean = model.full_clean

    def then(self, *args, **kwargs):
        full_clean(self, *args, **kwargs)
        monkeypatch.setattr(model, "full_clean", full_clean)
        happens()

    monkeypatch.setattr(model, "full_clean", then)


def test_places_raised_while_they_are_sold_keep_count_of_those_taken(at_desk, public, monkeypatch):
    client = at_desk("organiser")
    data = places_form(client, public, 200)
    in_between(monkeypatch, DayPlaces, lambda: make.registered(public, "Li Lei"))
    assert client.post(reverse("admin:visitors_tickettype_change", args=[public.pk]), data).status_code == 302
    assert set(DayPlaces.objects.filter(day__number__lte=2).values_list("places", "taken")) == {(200, 2)}
    assert list(broken(make.EVE)) == []


def test_a_code_that_is_widened_while_it_is_used_keeps_count_of_its_uses(at_desk, delegates, monkeypatch):
    code = make.invitation(delegates)
    client = at_desk("organiser")
    data = {"ticket_type": delegates.pk, "code": code.code, "for_whom": code.for_whom, "places": 9}
    in_between(monkeypatch, Invitation, lambda: make.registered(delegates, invitation_code="TSINGHUA-7"))
    path = reverse("admin:visitors_invitation_change", args=[code.pk])
    assert client.post(path, data | {"valid_until_0": "", "valid_until_1": ""}).status_code == 302
    code.refresh_from_db()
    assert (code.places, code.used) == (9, 1)


def test_times_on_the_desk_are_read_and_shown_by_the_clocks_of_the_show(at_desk, delegates):
    row = make.registered(delegates, invitation_code=make.invitation(delegates).code).lead
    Show.objects.update(time_zone="Europe/Berlin")
    caches["process"].clear()
    client, code = at_desk("organiser"), Invitation.objects.get()
    path = reverse("admin:visitors_invitation_change", args=[code.pk])
    typed = {"valid_until_0": "2019-10-24", "valid_until_1": "12:00"}
    assert client.post(path, filled(client.get(path), **typed)).status_code == 302
    code.refresh_from_db()
    assert f"{code.valid_until:%H:%M %Z}" == "10:00 UTC"
    assert 'value="12:00"' in client.get(path).text
    assert "24 Oct 2019, 12:00" in client.get(f"{path.removesuffix('change/')}history/").text
    # Registered at 10:00 in Beijing.
    assert "23 Oct 2019, 04:00" in client.get(LIST).text
    assert "23 Oct 2019, 04:00" in client.get(f"{LIST}{row.pk}/change/").text
    assert timezone.get_current_timezone_name() == settings.TIME_ZONE


def test_a_new_code_and_a_new_day_can_be_made(at_desk, delegates):
    client = at_desk("organiser")
    data = {"ticket_type": delegates.pk, "code": "NEW-1", "for_whom": "A delegation", "places": 9}
    assert client.post(reverse("admin:visitors_invitation_add"), data).status_code == 302
    assert Invitation.objects.get().used == 0


def test_what_waits_is_of_the_current_show_and_of_people_who_are_known(at_desk, press):
    made = make.registered(press, "Li Lei", "Han Meimei")
    other = ShowFactory(number=21, is_current=False)
    Registration.objects.filter(name="Li Lei").update(show=other)
    Registration.objects.filter(name="Han Meimei").update(erased_at=make.EVE)
    client = at_desk("organiser")
    waiting = next(matter for matter in client.get("/admin/").context["matters"] if "ticket=awaiting" in matter.url)
    assert waiting.count == 1
    assert [row.pk for row in client.get(waiting.url).context["cl"].result_list] == [made.lead.pk]


def registered_ada():
    make.registered(make.ticket_type(make.open_show()), name="Ada Novak")
    return Registration.objects.get()


@pytest.mark.parametrize("model", ["person", "consent"])
def test_people_and_what_they_agreed_to_lead_to_their_registration(at_desk, model):
    row = registered_ada()
    client = at_desk("auditor")
    page = client.get(reverse(f"admin:visitors_{model}_changelist")).content.decode()
    assert reverse("admin:visitors_registration_change", args=[row.pk]) in page


@pytest.mark.parametrize("by", ["part of the name", "serial", "somebody else"])
def test_consents_are_found_by_who_gave_them(at_desk, by):
    row = registered_ada()
    words = {"part of the name": "nov", "serial": row.badge.serial, "somebody else": "Brown"}[by]
    page = at_desk("auditor").get(reverse("admin:visitors_consent_changelist"), {"q": words})
    assert bool(page.context["cl"].result_list) == (by != "somebody else")


@pytest.mark.parametrize(("code", "kept"), [("tsinghua-7", 1), ("TSINGHUA-7", 1), ("TSINGHUA-8", 2)])
def test_a_code_of_a_ticket_type_is_one_in_capital_and_small_letters(at_desk, code, kept):
    kind = make.ticket_type(make.open_show(), access="code")
    make.invitation(kind)
    sent = {"ticket_type": kind.pk, "code": code, "for_whom": "Another delegation", "places": 5}
    at_desk("organiser").post(reverse("admin:visitors_invitation_add"), sent)
    assert Invitation.objects.count() == kept


def test_the_database_has_one_code_in_capital_and_small_letters(delegates):
    make.invitation(delegates)
    with pytest.raises(IntegrityError, match="one_invitation_a_code"):
        Invitation.objects.create(ticket_type=delegates, code="tsinghua-7", for_whom="Another delegation", places=5)


def test_staff_who_confirm_an_e_mail_late_are_told_whose_places_are_gone(at_desk):
    kind = make.ticket_type(make.open_show(), places=1)
    late = make.registered(kind, name="Ada Novak").lead
    confirming.lapse_overdue(show=kind.show, came=Consent.objects.none(), at=make.EVE + timedelta(hours=2))
    make.registered(kind, name="Li Lei", email="li@example.org")
    page = act(at_desk("organiser"), "confirm", late).content.decode()
    assert "1 registration: e-mail confirmed." in page
    assert "Ada Novak: the ticket had lapsed, and its days have no places left." in page
