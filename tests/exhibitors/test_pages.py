import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from exhibitors import rules
from exhibitors.actions import placing
from exhibitors.models import Application, Firm
from expo.models import Show
from tests.exhibitors.conftest import login
from tests.factories.accounts import UserFactory
from tests.factories.exhibitors import NOW, SYSTEM, USCC, accepted, draft, offered, row_of_booths, submitted

HOSTILE = [
    "",
    " ",
    "x" * 5000,
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }}%(firm)s{0}",
    "🚀" * 50,
    "\u202egnp.exe",
    "a\x00b",
    "\ufffe\uffff",
    "'; DROP TABLE x; --",
    "=1+1",
    "-1",
    "9" * 400,
    "0x41",
    "../../etc/passwd",
]

FIRM = {
    "name_zh": "清华冰力",
    "name_en": "Ice Dynamics",
    "country": "CN",
    "province": "BJ",
    "uscc": USCC,
    "industry": "ai",
    "contact_name": "Chen Wei",
    "contact_email": "chen@example.com",
}


def form(area, *numbers, **more):
    return {"area": area.slug, "booths": numbers, "exhibits": "Robots", "token": str(uuid4()), "act": "submit", **more}


def test_who_is_not_logged_in_keeps_what_was_picked_through_the_login(client, area, booths):
    page = client.get("/en/exhibit/?pick=A01,A02").content.decode()
    assert "signup/?next=%2Fen%2Fexhibit%2F%3Fpick%3DA01%2CA02%23apply" in page
    answer = client.post("/en/exhibit/", form(area, "A01", "A02"))
    assert "pick%3DA01%2CA02" in answer["Location"]


def test_firm_booths_and_application_in_one_post(client, area, booths):
    login(client, UserFactory())
    answer = client.post("/en/exhibit/", form(area, "A01", "A02", **FIRM))
    application = Application.objects.get()
    assert answer["Location"] == application.get_absolute_url()
    assert (application.state, application.firm.uscc) == ("submitted", USCC)


def test_the_same_post_twice_is_one_application(client, area, booths):
    login(client, UserFactory())
    sent = form(area, "A01", **FIRM)
    answers = [client.post("/en/exhibit/", sent).status_code for _ in range(2)]
    assert (answers, Application.objects.count(), Firm.objects.count()) == ([302, 302], 1, 1)


def test_an_error_keeps_everything_that_was_typed(client, area, booths):
    login(client, UserFactory())
    answer = client.post("/en/exhibit/", form(area, "A02", **FIRM | {"uscc": "911100006000373412"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "one of them is mistyped" in page
    assert 'value="清华冰力"' in page
    assert 'value="A02" checked' in page.replace("  ", " ") or "checked" in page
    assert not Firm.objects.exists()


def test_a_booth_taken_a_moment_ago_is_a_409_with_what_is_free_near_by(client, area, booths, member, stranger):
    submitted(stranger, booths[2:3])
    login(client, member.user)
    answer = client.post("/en/exhibit/", form(area, "A03", "A04"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "A03: taken a moment ago." in page
    assert "pick=A04,A02#apply" in page
    assert Application.objects.get(firm=member.firm).state == "draft"
    assert stranger.firm.name_en not in page


def test_choosing_another_area_keeps_what_was_typed(client, area, other_area, booths):
    row_of_booths(other_area, 2, y=20)
    login(client, UserFactory())
    page = client.post("/en/exhibit/", form(area, "A01", act="area", to_area="other", name_en="Half a na")).content
    assert b"B01" in page
    assert b'value="Half a na"' in page


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_in_any_field_are_answered_in_words(client, area, booths, value):
    login(client, UserFactory())
    fields = dict.fromkeys([*FIRM, "website", "park", "about_en", "contact_phone", "exhibits", "area", "token"], value)
    for sent in (
        fields | {"booths": value, "act": "submit"},
        fields | {"act": "area", "to_area": value},
        form(area, "A01", **FIRM) | {"exhibits": value, "park": value[:80], "about_en": value},
    ):
        answer = client.post("/en/exhibit/", sent)
        assert answer.status_code in {200, 302, 409, 422}
        assert b"<script>alert" not in answer.content
        assert b"<img src=x" not in answer.content


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_queries_are_answered(client, area, booths, value):
    for path, names in (
        ("/en/plan/hall-1/", ("q", "pick", "booth", "state", "area")),
        ("/en/exhibitors/", ("q", "area", "industry", "page")),
        ("/en/exhibit/", ("pick", "area")),
    ):
        for name in names:
            answer = client.get(path, {name: value})
            assert answer.status_code == 200
            assert b"<script>alert" not in answer.content


def test_a_draft_is_submitted_and_an_offer_accepted_from_the_desk(client, member, booths):
    login(client, member.user)
    application = draft(member, booths[:1])
    client.post(reverse("application-submit", args=[application.pk]), {"token": str(uuid4())})
    application.refresh_from_db()
    assert application.state == "submitted"
    assert b"Held until Saturday 26 October" in client.get(application.get_absolute_url()).content


def test_accepting_twice_with_one_token_is_one_answer(client, member, booths):
    login(client, member.user)
    application = offered(member, booths[:1])
    accept = reverse("application-accept", args=[application.pk])
    sent = {"token": str(uuid4()), "step": application.step}
    assert [client.post(accept, sent).status_code for _ in range(2)] == [302, 302]


def submitting(client, member, booths, times):
    """The statuses of submitting and withdrawing again and again."""
    login(client, member.user)
    answers = []
    for _ in range(times):
        application = draft(member, booths[:1])
        answers.append(client.post(reverse("application-submit", args=[application.pk])).status_code)
        client.post(reverse("application-withdraw", args=[application.pk]))
    return answers


def test_a_strangers_address_gets_few_letters_a_day_whoever_names_it(client, booths, member, stranger):
    Firm.objects.update(contact_email="victim@example.com")
    assert submitting(client, member, booths, 5) == [302] * 5
    assert submitting(client, stranger, booths, 4) == [302] * 3 + [409]
    application = draft(stranger, booths[:1])
    page = client.post(reverse("application-submit", args=[application.pk])).content.decode()
    assert "Too many letters went to victim@example.com today." in page
    client.post("/en/desk/firm/", FIRM | {"contact_email": stranger.user.email})
    assert client.post(reverse("application-submit", args=[application.pk])).status_code == 302


def test_nobody_submits_all_day(client, booths, member):
    Firm.objects.update(contact_email=member.user.email)
    assert submitting(client, member, booths, 21) == [302] * 20 + [429]


def test_accepting_what_was_withdrawn_is_a_409(client, member, booths):
    login(client, member.user)
    application = offered(member, booths[:1])
    client.post(reverse("application-withdraw", args=[application.pk]))
    sent = {"token": str(uuid4()), "step": application.step}
    answer = client.post(reverse("application-accept", args=[application.pk]), sent)
    assert answer.status_code == 409


def test_accepting_from_a_stale_page_is_a_409_with_the_new_offer(client, member, booths):
    login(client, member.user)
    application = offered(member, booths[:1])
    page = client.get(application.get_absolute_url()).content.decode()
    [step] = re.findall(r'name="step" value="(\d+)"', page)
    placing.offer(actor=SYSTEM, application=application, booths=booths[4:6], at=NOW)
    accept = reverse("application-accept", args=[application.pk])
    answer = client.post(accept, {"token": str(uuid4()), "step": step})
    assert answer.status_code == 409
    assert b"A05" in answer.content
    assert client.post(accept, {"token": str(uuid4())}).status_code == 409
    application.refresh_from_db()
    assert application.state == "offered"


def test_a_draft_whose_booth_went_to_another_area_says_so(client, member, booths, other_area):
    login(client, member.user)
    application = draft(member, booths[:2])
    booths[0].area, booths[0].number = other_area, "B77"
    placing.place_booth(actor=SYSTEM, booth=booths[0])
    answer = client.post(reverse("application-submit", args=[application.pk]), {"token": str(uuid4())})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "B77: not in the area of the application." in page
    assert "?pick=A02#apply" in page


@pytest.mark.parametrize("name", ["application", "application-submit", "application-withdraw", "application-accept"])
def test_another_firms_application_does_not_exist(client, member, stranger, booths, name, area):
    application = offered(member, booths[:1])
    for user in (stranger.user, area.manager):
        login(client, user)
        path = reverse(name, args=[application.pk])
        answers = [client.get(path).status_code, client.post(path).status_code]
        assert answers == [404, 405 if name == "application" else 404]
    application.refresh_from_db()
    assert application.state == "offered"


@pytest.mark.parametrize("act", ["submit", "accept", "withdraw"])
def test_reading_the_address_of_an_act_leads_to_the_application_and_does_nothing(client, member, booths, act):
    login(client, member.user)
    application = offered(member, booths[:1])
    answer = client.get(reverse(f"application-{act}", args=[application.pk]))
    assert (answer.status_code, answer["Location"]) == (302, application.get_absolute_url())
    application.refresh_from_db()
    assert application.state == "offered"


def test_acts_know_no_other_method(client, member, booths):
    login(client, member.user)
    path = reverse("application-accept", args=[offered(member, booths[:1]).pk])
    assert client.generic("TRACE", path).status_code == 405


def test_every_state_has_its_page(client, member, booths):
    login(client, member.user)
    application = draft(member, booths[:1])
    for state in Application.State:
        Application.objects.update(state=state)
        for language in ("en", "zh"):
            assert client.get(f"/{language}/desk/applications/{application.pk}/").status_code == 200
            assert client.get(f"/{language}/desk/").status_code == 200


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "expired"])
def test_an_application_that_ended_still_says_what_was_asked_for(client, member, booths, state):
    login(client, member.user)
    application = draft(member, booths[:1])
    Application.objects.update(state=state)
    page = client.get(f"/en/desk/applications/{application.pk}/").text
    assert ("Booths asked for" in page, booths[0].get_absolute_url() in page) == (True, True)


def test_the_desk_of_an_account_without_a_firm_leads_to_applying(client, show):
    login(client, UserFactory())
    assert b"acts for no firm yet" in client.get("/en/desk/").content


def test_the_desk_leads_to_the_own_account_and_out(client, member):
    login(client, member.user)
    page = client.get("/en/desk/").content.decode()
    assert 'href="/en/accounts/me/"' in page
    assert 'action="/en/accounts/logout/"' in page


def test_the_firm_is_corrected_from_the_desk(client, member):
    login(client, member.user)
    sent = FIRM | {"country": "FR", "uscc": "", "name_en": "New Name"}
    assert client.post("/en/desk/firm/", sent).status_code == 302
    member.firm.refresh_from_db()
    assert (member.firm.name_en, member.firm.sort_en, member.firm.province) == ("New Name", "new name", "")


@pytest.mark.parametrize("field", ["name_zh", "name_en", "contact_name"])
@pytest.mark.parametrize("value", ["Win at https://evil.example", "www.evil.example", "<b>Firm</b>"])
def test_names_are_no_addresses(client, member, field, value):
    login(client, member.user)
    answer = client.post("/en/desk/firm/", FIRM | {field: value})
    assert answer.status_code == 422
    assert b"without an address or markup" in answer.content


def test_only_contracted_firms_are_in_the_catalogue(client, member, stranger, booths):
    accepted(member, booths[:1])
    submitted(stranger, booths[1:2])
    page = client.get("/en/exhibitors/").content.decode()
    assert member.firm.name_en in page
    assert stranger.firm.name_en not in page
    assert client.get(member.firm.get_absolute_url()).status_code == 200
    assert client.get(stranger.firm.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("query", ["a01", "firm"])
def test_the_catalogue_is_searched_by_booth_and_by_name(client, member, booths, query):
    accepted(member, booths[:1])
    assert member.firm.name_en in client.get("/en/exhibitors/", {"q": query}).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_catalogue_takes_the_same_queries_for_one_firm_and_for_three(
    client, area, booths, count, django_assert_max_num_queries
):
    from tests.factories.exhibitors import MemberFactory

    for booth in booths[:count]:
        accepted(MemberFactory(), [booth])
    client.get("/en/exhibitors/")
    with django_assert_max_num_queries(4):
        client.get("/en/exhibitors/")


def test_areas_say_what_is_free_and_who_is_there(client, area, booths, member):
    accepted(member, booths[:2])
    assert b"6 of 8 booths still free" in client.get("/en/areas/").content
    page = client.get(area.get_absolute_url()).content.decode()
    assert member.firm.name_en in page
    assert client.get("/en/areas/none/").status_code == 404


def test_a_name_that_is_not_right_is_not_called_missing_too(client, area, booths):
    login(client, UserFactory())
    answer = client.post("/en/exhibit/", form(area, "A01", **FIRM | {"name_zh": "", "name_en": "Ice <b>Dynamics</b>"}))
    told = answer.context["firm_form"].errors
    assert (answer.status_code, told.get("name_zh"), len(told["name_en"])) == (422, None, 1)


def test_submitting_from_a_second_tab_says_that_it_is_in_already(client, member, booths):
    login(client, member.user)
    path = reverse("application-submit", args=[submitted(member, booths[:1]).pk])
    answer = client.post(path, {"token": str(uuid4())})
    assert (answer.status_code, "has been submitted already" in answer.content.decode()) == (409, True)


@pytest.mark.parametrize(
    ("left", "words"), [(timedelta(minutes=50), "less than an hour"), (timedelta(hours=1), "That is 1 hour from now.")]
)
def test_the_last_hour_is_not_counted_as_none(client, member, booths, left, words):
    application = offered(member, booths[:1])
    Show.objects.update(clock_shift=NOW + rules.OFFER - left - timezone.now() - timedelta(minutes=1))
    caches["process"].clear()
    login(client, member.user)
    assert words in client.get(application.get_absolute_url()).content.decode()
