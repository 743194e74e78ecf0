import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.acting import Actor
from accounts.models import Mail
from exhibitors.actions import applying, placing
from expo.models import Show
from tests.exhibitors.conftest import login
from tests.factories.accounts import UserFactory
from tests.factories.desk import filled
from tests.factories.exhibitors import (
    NOW,
    SYSTEM,
    USCC,
    MemberFactory,
    accepted,
    draft,
    offered,
    row_of_booths,
    submitted,
)
from tests.factories.expo import on


def at(name, *args):
    return reverse(f"admin:exhibitors_application_{name}", args=args)


@pytest.fixture
def application(member, booths):
    return submitted(member, booths[:2])


def test_the_areas_manager_sees_and_offers(client, application, area):
    login(client, area.manager)
    assert b"A01, A02" in client.get(at("changelist")).content
    assert b"Offer these booths" in client.get(at("change", application.pk)).content
    client.post(at("offer", application.pk))
    application.refresh_from_db()
    assert application.state == "offered"


@pytest.mark.parametrize("step", ["change", "offer", "reject", "other", "extend"])
def test_for_another_areas_manager_it_does_not_exist(client, application, other_area, step):
    login(client, other_area.manager)
    path = at(step, application.pk)
    assert [client.get(path).status_code, client.post(path, {"reason": "x"}).status_code] == [404, 404]
    application.refresh_from_db()
    assert application.state == "submitted"


def test_the_auditor_sees_and_does_nothing(client, application):
    login(client, UserFactory(auditor=True))
    page = client.get(at("change", application.pk))
    assert page.status_code == 200
    assert b"Offer these booths" not in page.content
    assert client.post(at("offer", application.pk)).status_code == 404


@pytest.mark.parametrize(("page", "words"), [("change", "A: rejected"), ("history", "Secret gyroscope")])
def test_what_a_firm_asks_of_another_area_is_not_told(client, member, booths, area, other_area, page, words):
    elsewhere = submitted(member, booths[:1], exhibits="Secret gyroscope")
    placing.reject(actor=SYSTEM, application=elsewhere, reason="Too loud for us", at=NOW)
    submitted(member, row_of_booths(other_area, 1, y=20))
    path = reverse(f"admin:exhibitors_firm_{page}", args=[member.firm.pk])
    told = [login(client, one.manager).get(path).content.decode() for one in (area, other_area)]
    assert [words in text for text in told] == [True, False]
    assert "Too loud" not in told[1]


def test_declining_asks_for_a_reason(client, application, area):
    login(client, area.manager)
    assert client.post(at("reject", application.pk), {"reason": ""}).status_code == 422
    client.post(at("reject", application.pk), {"reason": "No <room>"})
    application.refresh_from_db()
    assert (application.state, application.answer) == ("rejected", "No <room>")


def test_other_booths_are_offered_from_a_list_with_prices(client, application, area, booths):
    login(client, area.manager)
    page = client.get(at("other", application.pk)).content.decode()
    assert "A05 · 3 × 3 m · Shell scheme · ¥\xa010,800.00" in page
    client.post(at("other", application.pk), {"booths": [booths[4].pk], "words": "Better light"})
    assert [row.booth.number for row in application.allotments.live()] == ["A05"]


def test_more_time_is_given(client, application, area):
    login(client, area.manager)
    sent = {"until_0": "2019-10-30", "until_1": "12:00"}
    assert client.post(at("extend", application.pk), sent).status_code == 302
    assert {f"{row.held_until:%m-%d %H:%M}" for row in application.allotments.live()} == {"10-30 04:00"}


def test_the_time_is_the_one_on_the_clocks_of_the_show(client, application, area, show):
    type(show).objects.update(time_zone="Europe/Berlin")
    caches["process"].clear()
    login(client, area.manager)
    page = client.get(at("extend", application.pk)).content.decode()
    # Held until 10:00 in Beijing on the 26th, 04:00 in Berlin; the clocks there go back in the night after.
    assert ('value="2019-10-28"' in page, 'value="03:00"' in page) == (True, True)
    client.post(at("extend", application.pk), {"until_0": "2019-10-30", "until_1": "12:00"})
    assert {f"{row.held_until:%m-%d %H:%M}" for row in application.allotments.live()} == {"10-30 11:00"}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_year_that_cannot_be_is_told(client, application, area, day):
    login(client, area.manager)
    answer = client.post(at("extend", application.pk), {"until_0": day, "until_1": "00:00"})
    assert answer.status_code == 422
    assert b"Choose a year from 1950 to 2200." in answer.content


def test_several_are_offered_from_the_list_and_the_rest_is_told(client, application, area, stranger, booths):
    waiting = draft(stranger, booths[3:4])
    login(client, area.manager)
    sent = {"action": "offer_wished", "_selected_action": [application.pk, waiting.pk]}
    page = client.post(at("changelist"), sent, follow=True).content.decode()
    assert "1 application: offer made" in page
    assert "has not been submitted yet" in page


@pytest.mark.parametrize(("moment", "told"), [(on(4, "16:59"), 1), (on(4, "17:00"), 0)])
def test_an_offer_waits_for_the_firm_until_the_show_is_over(client, member, booths, area, moment, told):
    offered(member, booths[:1])
    Show.objects.update(clock_shift=moment - timezone.now())
    page = login(client, area.manager).get("/admin/")
    assert [matter.count for matter in page.context["matters"] if "state__exact=offered" in matter.url] == [told]


def test_several_are_declined_from_the_list(client, application, area):
    login(client, area.manager)
    answer = client.post(at("changelist"), {"action": "reject", "_selected_action": [application.pk]})
    client.post(answer["Location"], {"reason": "Full"})
    application.refresh_from_db()
    assert application.state == "rejected"


def shown(application):
    return {"shown": f"{application.pk}:{application.step}"}


ACTS = {"offer": {}, "reject": {"reason": "No"}, "extend": {"until_0": "2019-10-30", "until_1": "12:00"}}


@pytest.mark.parametrize("act", ACTS)
def test_what_another_manager_changed_meanwhile_is_looked_at_first(client, application, area, booths, act):
    seen = shown(application)
    placing.offer(actor=SYSTEM, application=application, booths=booths[4:6], at=NOW)
    login(client, area.manager)
    page = client.post(at(act, application.pk), ACTS[act] | seen, follow=True).content.decode()
    assert "It was changed meanwhile." in page
    application.refresh_from_db()
    assert (application.state, application.step) == ("offered", 2)


def test_other_booths_are_offered_once_the_change_was_seen(client, application, area, booths):
    sent = {"booths": [booths[6].pk], "words": "Better light"} | shown(application)
    placing.offer(actor=SYSTEM, application=application, booths=booths[4:6], at=NOW)
    login(client, area.manager)
    answer = client.post(at("other", application.pk), sent)
    page = answer.content.decode()
    assert (answer.status_code, "Better light" in page) == (409, True)
    assert f'name="shown" value="{application.pk}:2"' in page
    client.post(at("other", application.pk), sent | {"shown": f"{application.pk}:2"})
    assert [row.booth.number for row in application.allotments.live()] == ["A07"]


@pytest.mark.parametrize("typed", ["", "x", ":", "1:x", f"1:{'9' * 5000}", "1:-1"])
def test_a_page_that_says_nonsense_of_what_it_showed_is_judged_by_the_state(client, application, area, typed):
    login(client, area.manager)
    assert client.post(at("offer", application.pk), {"shown": typed}).status_code == 302


def test_an_offer_that_stands_is_not_mailed_again(client, member, booths, area):
    application = offered(member, booths[:1])
    login(client, area.manager)
    assert b"Offer these booths" not in client.get(at("change", application.pk)).content
    sent = {"action": "offer_wished", "_selected_action": [application.pk]}
    assert b"has an offer already" in client.post(at("changelist"), sent, follow=True).content
    assert Mail.objects.filter(kind="application.offered.firm").count() == 1


def test_numbers_that_no_application_can_have_are_nobodys(client, application, area):
    login(client, area.manager)
    many = at("reject_many")
    assert [client.get(many, {"ids": ids}).status_code for ids in ("9" * 5000, "9" * 19, "-1", "")] == [404] * 4


def test_an_act_says_what_it_leads_to_and_what_it_costs(client, application, area):
    login(client, area.manager)
    page = client.get(at("offer", application.pk)).content.decode()
    assert "has 72 hours to accept" in page
    assert "¥\u00a021,600.00" in page


def test_the_desk_speaks_of_the_firm_and_not_to_it(client, application, area):
    login(client, area.manager)
    page = client.get(at("change", application.pk)).content.decode()
    assert ["What they will show" in page, "What you will show" in page, "English" in page] == [True, False, True]


@pytest.mark.parametrize("model", ["firm", "booth", "application", "allotment", "spacerate", "member"])
def test_every_list_and_form_opens_for_the_organiser(client, member, booths, model):
    accepted(member, booths[:1])
    login(client, UserFactory(organiser=True))
    page = client.get(reverse(f"admin:exhibitors_{model}_changelist"), {"q": "firm"} if model == "firm" else {})
    assert page.status_code == 200
    things = {"firm": member.firm, "booth": booths[0], "application": member.firm.applications.get()}
    things |= {"allotment": member.firm.allotments.get(), "spacerate": booths[0].area.rates.get(), "member": member}
    thing = things[model]
    assert client.get(reverse(f"admin:exhibitors_{model}_change", args=[thing.pk])).status_code == 200
    assert client.get(reverse(f"admin:exhibitors_{model}_history", args=[thing.pk])).status_code == 200


def test_a_manager_sees_booths_of_the_own_areas_only(client, area, other_area, booths):
    others = row_of_booths(other_area, 1, y=20)
    login(client, other_area.manager)
    page = client.get(reverse("admin:exhibitors_booth_changelist")).content.decode()
    assert "B01" in page
    assert "A01" not in page
    assert client.get(reverse("admin:exhibitors_booth_change", args=[booths[0].pk])).status_code == 404
    assert client.get(reverse("admin:exhibitors_booth_change", args=[others[0].pk])).status_code == 200


def booth_form(area, **more):
    return {
        "hall": area.hall_id, "area": area.pk, "number": "A40", "x": "60", "y": "4", "width": "3", "depth": "3",
        "kind": "raw", "open_sides": "1",
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [({"x": "119"}, "outside"), ({"x": "4"}, "booth"), ({"number": "B40"}, "letter"), ({"width": "x"}, "number")],
)
def test_a_booth_that_cannot_stand_there_is_told_on_the_form(client, area, booths, more, words):
    login(client, area.manager)
    answer = client.post(reverse("admin:exhibitors_booth_add"), booth_form(area, **more))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert area.booths.count() == 8


def test_a_booth_is_drawn_by_the_areas_manager(client, area, booths):
    login(client, area.manager)
    assert client.post(reverse("admin:exhibitors_booth_add"), booth_form(area)).status_code == 302
    assert area.booths.count() == 9


def test_a_held_booth_has_no_form_but_the_way_to_its_holder(client, application, area, booths):
    login(client, area.manager)
    page = client.get(reverse("admin:exhibitors_booth_change", args=[booths[0].pk])).content.decode()
    assert [words in page for words in ('name="_save"', at("change", application.pk))] == [False, True]


def test_a_booth_that_was_taken_while_it_was_moved_stays_and_says_why(client, application, area, booths):
    login(client, area.manager)
    path = reverse("admin:exhibitors_booth_change", args=[booths[0].pk])
    answer = client.post(path, booth_form(area, number="A01"))
    assert (answer.status_code, "held or contracted; free it" in answer.content.decode()) == (200, True)
    booths[0].refresh_from_db()
    assert booths[0].x == 4


@pytest.mark.parametrize(("act", "leads"), [(submitted, False), (accepted, True)])
def test_only_who_exhibits_has_a_page_on_the_site_to_look_at(client, member, booths, act, leads):
    act(member, booths[:1])
    login(client, UserFactory(organiser=True))
    page = client.get(reverse("admin:exhibitors_firm_change", args=[member.firm.pk])).content.decode()
    assert (member.firm.get_absolute_url() in page) == leads


def corrected(client, firm, **typed):
    path = reverse("admin:exhibitors_firm_change", args=[firm.pk])
    return client.post(path, filled(client.get(path), **typed))


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"country": "CN", "uscc": USCC}, "province", "Choose the province."),
        ({"name_en": "Visit www.example.org"}, "name_en", "Write the name alone, without an address or markup."),
        ({"name_zh": "<b>公司</b>"}, "name_zh", "Write the name alone, without an address or markup."),
        (
            {"contact_name": "https://example.org"},
            "contact_name",
            "Write the name alone, without an address or markup.",
        ),
        ({"name_zh": "", "name_en": ""}, "name_zh", "Give the firm's name in Chinese, in English or in both."),
        ({"website": "ftp://example.org"}, "website", "Enter a valid URL."),
    ],
)
def test_staff_are_refused_what_the_firms_own_form_refuses(client, member, typed, field, told):
    login(client, UserFactory(organiser=True))
    answer = corrected(client, member.firm, **typed)
    assert answer.context["adminform"].form.errors == {field: [told]}


def test_what_staff_correct_of_a_firm_is_cleaned_like_what_it_writes(client, member):
    login(client, UserFactory(organiser=True))
    assert corrected(client, member.firm, country="DE", province="BJ").status_code == 302
    typed = {"country": "CN", "province": "SD", "uscc": f"{USCC[:8]} {USCC[8:].lower()}"}
    assert corrected(client, member.firm, **typed).status_code == 302
    member.firm.refresh_from_db()
    assert (member.firm.country, member.firm.province, member.firm.uscc) == ("CN", "SD", USCC)


def test_a_firm_is_found_by_its_booth(client, member, stranger, booths):
    accepted(member, booths[:2])
    accepted(stranger, booths[2:3])
    login(client, UserFactory(organiser=True))
    page = client.get(reverse("admin:exhibitors_firm_changelist"), {"q": "A02"}).content.decode()
    assert [firm.name_en in page for firm in (member.firm, stranger.firm)] == [True, False]
    assert '<td class="field-m2">18</td>' in page


@pytest.mark.parametrize(("letter", "found"), [("area", 1), ("other_area", 0)])
def test_allotments_are_listed_by_area(client, request, member, booths, letter, found):
    accepted(member, booths[:1])
    chosen = request.getfixturevalue(letter)
    login(client, UserFactory(organiser=True))
    page = client.get(reverse("admin:exhibitors_allotment_changelist"), {"area": chosen.pk}).content.decode()
    assert page.count('class="field-yuan"') == found


def test_an_exhibitor_has_no_way_in(client, member, application):
    login(client, member.user)
    assert client.get(at("changelist")).status_code in {302, 403, 404}


def test_whoever_is_added_to_a_firm_has_its_desk(client, member):
    colleague = UserFactory()
    login(client, UserFactory(organiser=True))
    path = reverse("admin:exhibitors_member_add")
    answers = [client.post(path, {"firm": member.firm.pk, "user": colleague.pk}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 200]
    colleague.refresh_from_db()
    assert colleague.roles == ["exhibitor"]
    assert login(client, colleague).get("/en/accounts/home/")["Location"] == "/en/desk/"


@pytest.mark.parametrize("firm", ["x", "", "\x00", "-1", "9" * 23, "9" * 5000, "²"])
def test_a_firm_that_cannot_be_is_refused_beside_the_field(client, member, firm):
    login(client, UserFactory(organiser=True))
    answer = client.post(reverse("admin:exhibitors_member_add"), {"firm": firm, "user": UserFactory().pk})
    assert answer.context["adminform"].form.errors.keys() == {"firm"}


def test_a_firm_that_was_chosen_stays_chosen(client, member):
    login(client, UserFactory(organiser=True))
    answer = client.post(reverse("admin:exhibitors_member_add"), {"firm": member.firm.pk, "user": "x"})
    assert f'<option value="{member.firm.pk}" selected>' in answer.text


def test_a_membership_is_removed_and_never_somebody_elses(client, member, stranger):
    login(client, UserFactory(organiser=True))
    path = reverse("admin:exhibitors_member_change", args=[member.pk])
    assert client.post(path, {"firm": stranger.firm.pk, "user": member.user.pk}).status_code == 403
    assert client.post(reverse("admin:exhibitors_member_delete", args=[member.pk]), {"post": "yes"}).status_code == 302
    assert not member.firm.members.exists()


@pytest.mark.parametrize("model", ["application", "allotment", "booth", "firm", "member"])
def test_each_list_costs_the_same_at_one_and_three_rows(client, booths, django_assert_num_queries, model):
    client = login(client, UserFactory(organiser=True))
    path = reverse(f"admin:exhibitors_{model}_changelist")
    submitted(MemberFactory(), booths[:1])
    client.get(path)
    with CaptureQueriesContext(connection) as one:
        client.get(path)
    for booth in booths[1:3]:
        submitted(MemberFactory(), [booth])
    with django_assert_num_queries(len(one)):
        client.get(path)


def test_a_long_history_costs_no_more_than_a_short_one(client, booths, django_assert_num_queries):
    client = login(client, UserFactory(organiser=True))
    path = reverse("admin:exhibitors_booth_history", args=[booths[0].pk])

    def come_and_go():
        member = MemberFactory()
        applying.withdraw(actor=Actor.of(member.user), application=submitted(member, booths[:1]), at=NOW)

    come_and_go()
    client.get(path)
    with CaptureQueriesContext(connection) as short:
        client.get(path)
    for _ in range(3):
        come_and_go()
    with django_assert_num_queries(len(short)):
        assert "withdrawn" in client.get(path).text
