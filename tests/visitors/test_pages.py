import re

import pytest
from django.core.cache import caches
from django.urls import reverse
from pypdfium2 import PdfDocument
from zxingcpp import read_barcode

from accounts.models import Mail
from expo.models import Show
from tests.factories import visitors as make
from tests.factories.desk import HOSTILE
from tests.factories.expo import on
from visitors.actions import tickets
from visitors.actions.badges import replace_link
from visitors.actions.confirming import confirm_address
from visitors.badges import code
from visitors.links import visit_key
from visitors.models import Badge, Consent, DayPlaces, Person, Registration

pytestmark = pytest.mark.django_db

REGISTER = "/en/register/"
BELOW = {
    "": "visit",
    "badge.pdf": "visit-badge-pdf",
    "badge.png": "visit-badge-png",
    "badge.svg": "visit-badge-svg",
    "calendar.ics": "visit-calendar",
    "details/": "visit-details",
    "give-back/": "visit-give-back",
    "erase/": "visit-erase",
    "data.json": "visit-data-json",
    "data.csv": "visit-data-csv",
}


@pytest.fixture
def row(public):
    return make.registered(public).lead


def at(row, below=""):
    return f"/en/visit/{visit_key(row)}/{below}"


def code_on(picture):
    return code.read(read_barcode(picture).text, code.verifying_keys())


def test_the_form_is_there_with_every_ticket_in_words(client, public, press):
    page = client.get(REGISTER)
    assert page.status_code == 200
    assert "Ticket public" in page.text
    assert "100 places left" in page.text
    assert "no-store" in page["Cache-Control"]


def test_registering_leads_to_the_badge(client, public):
    answer = client.post(REGISTER, make.form_data(public))
    row = Registration.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, at(row))
    page = client.get(answer["Location"])
    assert "王小明" in page.text
    assert Badge.objects.get().serial_in_groups in page.text


def test_a_group_is_registered_with_its_lead(client, public):
    client.post(REGISTER, make.form_data(public, **{"companion-1-name": "李雷", "companion-4-name": "韩梅梅"}))
    lead = Registration.objects.get(name="王小明")
    page = client.get(at(lead))
    for name in ("李雷", "韩梅梅"):
        assert at(Registration.objects.get(name=name)) in page.text


def test_the_same_form_twice_is_one_registration_and_the_same_answer(client, public):
    data = make.form_data(public)
    first, second = client.post(REGISTER, data), client.post(REGISTER, data)
    assert first["Location"] == second["Location"]
    assert (Registration.objects.count(), Mail.objects.count()) == (1, 1)


def test_the_same_person_again_is_shown_nothing(client, row, public):
    answer = client.post(REGISTER, make.form_data(public))
    assert answer["Location"] == reverse("registered-by-mail")
    page = client.get("/en/register/by-mail/")
    assert row.badge.serial_in_groups not in page.text
    assert visit_key(row) not in page.text


@pytest.mark.parametrize("field", ["ticket_type", "days", "name", "email", "country", "consent"])
def test_what_is_missing_is_said_beside_the_field_and_the_rest_kept(client, public, field):
    data = make.form_data(public, firm="Example University")
    del data[field]
    page = client.post(REGISTER, data)
    assert page.status_code == 422
    assert f'id="id_{field}_error"' in page.text
    assert 'value="Example University"' in page.text
    assert Registration.objects.count() == 0


def test_what_is_wrong_is_listed_in_our_own_words_and_in_the_order_of_the_page(client, public):
    page = client.post(REGISTER, {"phone": "123", "firm": "x" * 200, "country": "CN"})
    listed = re.search("<ul>(.*?)</ul>", page.text[page.text.index('id="errors"') :], re.DOTALL)
    assert re.findall("</a>: (.+?)</li>", listed[1]) == [
        "Choose a ticket.",
        "Choose at least one day.",
        "Write your name.",
        "Write your e-mail address.",
        "This is not a complete phone number. Look at the digits once more.",
        "At most 120 characters fit here; there are 200.",
        "We may register you only if you agree to this.",
        "The text below has changed. Please read it again and agree.",
    ]


def test_a_form_without_its_token_books_nothing(client, public):
    page = client.post(REGISTER, make.form_data(public, once="x"))
    assert (page.status_code, Registration.objects.count()) == (422, 0)


def test_a_form_sent_again_shows_no_link_that_replaced_its_own(client, public):
    data = make.form_data(public)
    first = client.post(REGISTER, data)
    assert client.post(REGISTER, data)["Location"] == first["Location"]
    replace_link(actor=make.VISITOR, registration=Registration.objects.get(), at=make.EVE)
    assert client.post(REGISTER, data)["Location"] == "/en/my-visit/"


def test_other_words_than_those_read_are_not_agreed_to(client, public):
    page = client.post(REGISTER, make.form_data(public, wording=1))
    assert (page.status_code, Consent.objects.count()) == (422, 0)


def test_sold_out_meanwhile_is_a_sentence_on_the_same_page(client, public):
    DayPlaces.objects.filter(day__number=2).update(places=0)
    page = client.post(REGISTER, make.form_data(public))
    assert page.status_code == 409
    assert "25 October" in page.text
    assert 'value="王小明"' in page.text


def test_a_show_that_is_over_says_so(client, public):
    shift = public.show.clock_shift + (on(5, "10:00") - on(0, "10:00"))
    Show.objects.update(clock_shift=shift)
    page = client.get(REGISTER)
    assert page.status_code == 200
    assert "The show is over" in page.text


def test_after_the_show_the_visit_asks_nobody_to_a_gate(client, row):
    assert "Show this at any gate" in client.get(at(row)).text
    Show.objects.update(clock_shift=row.show.clock_shift + (on(5, "10:00") - on(0, "10:00")))
    caches["process"].clear()
    page = client.get(at(row)).text
    assert "The show is over" in page
    for passed in ("Show this at any gate", "Add to calendar", "Your places have lapsed"):
        assert passed not in page


def test_a_show_without_tickets_is_not_open_yet(client, show):
    assert "Registration is not open yet" in client.get(REGISTER).text


def test_thirty_forms_faster_than_a_person_types_are_enough(client, public, monkeypatch):
    monkeypatch.setattr("visitors.views.registering.FAST_PER_NETWORK", make.limit("register_fast", 1))
    answers = [client.post(REGISTER, make.form_data(public, email=f"{n}@example.org")).status_code for n in range(2)]
    assert answers == [302, 429]


def test_a_network_registers_so_many_people_however_few_forms_they_take(client, public, monkeypatch):
    monkeypatch.setattr("visitors.views.registering.PER_NETWORK", make.limit("register", 3))
    forms = [make.form_data(public, email=f"{n}@example.org", **{"companion-1-name": "李雷"}) for n in range(2)]
    assert [client.post(REGISTER, form).status_code for form in forms] == [302, 429]


def test_nobody_is_written_to_without_end_from_many_networks(client, public, monkeypatch):
    monkeypatch.setattr("visitors.views.registering.PER_EMAIL_ANYWHERE", make.limit("register_email_anywhere", 1))
    forms = [make.form_data(public, name=name) for name in ("李雷", "韩梅梅")]
    answers = [client.post(REGISTER, form, REMOTE_ADDR=f"10.0.0.{n}") for n, form in enumerate(forms)]
    assert [answer.status_code for answer in answers] == [302, 429]


def test_who_has_to_wait_keeps_what_was_typed(client, public, monkeypatch):
    monkeypatch.setattr("visitors.views.registering.PER_NETWORK", make.limit("register", 0))
    page = client.post(REGISTER, make.form_data(public, firm="Example University"))
    assert (page.status_code, int(page["Retry-After"]) > 0, Registration.objects.count()) == (429, True, 0)
    assert 'value="Example University"' in page.text
    assert "send it once more in" in page.text


def test_nobody_is_kept_from_registering_by_posts_from_elsewhere(client, public, monkeypatch):
    monkeypatch.setattr("visitors.views.registering.PER_EMAIL", make.limit("register_email", 1))
    monkeypatch.setattr("visitors.rules.MOST_AT_ADDRESS", 99)
    for turn in range(3):
        client.post(REGISTER, make.form_data(public, name=f"Stranger {turn}"), REMOTE_ADDR="192.0.2.66")
    assert client.post(REGISTER, make.form_data(public), REMOTE_ADDR="192.0.2.1").status_code == 302


def test_one_address_cannot_hold_all_places(client, public, monkeypatch):
    monkeypatch.setattr("visitors.rules.MOST_AT_ADDRESS", 2)
    data = make.form_data(public, **{"companion-1-name": "李雷"})
    first = client.post(REGISTER, data)
    confirm_address(actor=make.VISITOR, registration=Registration.objects.first(), at=make.EVE)
    page = client.post(REGISTER, make.form_data(public, name="韩梅梅"))
    assert page.status_code == 409
    assert 'id="id_email_error"' in page.text
    assert Registration.objects.count() == 2
    assert client.post(REGISTER, data)["Location"] == first["Location"]


FIELDS = [
    "once", "began", "wording", "ticket_type", "days", "name", "name_latin", "email", "phone", "firm", "position",
    "country", "province", "invitation_code", "consent", "news", "website",
    "companion-1-name", "companion-1-name_latin",
]  # fmt: skip


# The ones that broke something somewhere; each field gets these, and all fields at once get all.
WORST = ("x" * 5000, "\x00\x01", "<script>alert(1)</script>", "\ufffe\uffff", "99999999999999999999999")


def survives(client, data):
    answer = client.post(REGISTER, data)
    assert answer.status_code in {302, 409, 422, 429}
    assert "<script>alert" not in answer.text
    if answer.status_code == 302 and "/visit/" in answer["Location"]:
        assert "<script>alert" not in client.get(answer["Location"]).text


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_can_be_filled_so_that_the_form_breaks(client, public, delegates, field):
    for value in WORST:
        survives(client, make.form_data(public, **{field: value}))


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_in_all_fields_breaks_it(client, public, value):
    survives(client, dict.fromkeys(FIELDS, value))
    words = ("name", "name_latin", "firm", "position", "companion-1-name", "companion-1-name_latin")
    survives(client, make.form_data(public, **dict.fromkeys(words, value)))


@pytest.mark.parametrize("field", [name for name in FIELDS if name in make.Details.__dataclass_fields__])
def test_no_field_of_the_correction_breaks_it_either(client, row, field):
    data = {"name": "王小明", "email": "wang@example.org", "country": "CN"}
    for value in WORST:
        answer = client.post(at(row, "details/"), data | {field: value})
        assert answer.status_code in {302, 409, 422, 429}, repr(value)


@pytest.mark.parametrize("value", HOSTILE)
def test_asking_for_the_link_takes_anything(client, show, value):
    assert client.post("/en/my-visit/", {"email": value}).status_code in {302, 422}


# The link


@pytest.mark.parametrize("below", BELOW)
def test_a_stranger_finds_nothing_behind_another_key(client, row, below):
    key = visit_key(row)
    other = key[:-1] + ("A" if key[-1] != "A" else "B")
    for wrong in (other, key[:-1], key.swapcase(), "x", "王", "A" * 32, key + "A"):
        assert client.get(f"/en/visit/{wrong}/{below}").status_code == 404, wrong


@pytest.mark.parametrize("below", ["details/", "give-back/", "erase/", "news/"])
def test_a_stranger_changes_nothing(client, row, below):
    wrong = "A" * 32
    assert client.post(f"/en/visit/{wrong}/{below}", {"sure": "yes"}).status_code == 404
    assert Badge.objects.live().count() == 1


@pytest.mark.parametrize("below", BELOW)
def test_what_is_behind_the_link_is_kept_nowhere(client, row, below):
    answer = client.get(at(row, below))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] in {"no-referrer", "same-origin"}


def test_a_replaced_link_opens_nothing(client, row):
    old = at(row)
    Registration.objects.update(link_version=2)
    assert client.get(old).status_code == 404
    row.refresh_from_db()
    assert client.get(at(row)).status_code == 200


def test_a_link_made_with_the_last_secret_still_opens(client, row, settings):
    old = at(row)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret that is long enough to be one, for this test only"
    assert client.get(old).status_code == 200


def test_the_page_costs_the_same_with_one_companion_and_with_three(client, public, django_assert_num_queries):
    few = make.registered(public, "Li Lei", email="few@example.org").lead
    many = make.registered(public, "Li Lei", "Han Meimei", "Jim Green", email="many@example.org").lead
    client.get(at(few))
    for lead in (few, many):
        with django_assert_num_queries(5):
            client.get(at(lead))


# The badge


def test_the_pdf_carries_a_code_that_gates_read(client, row):
    answer = client.get(at(row, "badge.pdf"))
    assert answer["Content-Type"] == "application/pdf"
    page = PdfDocument(answer.content)[0]
    found = code_on(page.render(scale=3).to_pil())
    assert (found.serial, found.days, found.category) == (row.badge.serial, {1, 2}, "public")


def test_the_calendar_has_an_entry_for_each_day_that_stays_the_same(client, row):
    text = client.get(at(row, "calendar.ics")).text
    assert text.count("BEGIN:VEVENT") == 2
    assert "TZID:Asia/Shanghai" in text
    assert "DTSTART;TZID=Asia/Shanghai:20191024T090000" in text
    uids = re.findall("UID:(.+)", text)
    assert uids == re.findall("UID:(.+)", client.get(at(row, "calendar.ics")).text)
    assert visit_key(row) not in text


def test_without_a_badge_there_is_nothing_to_save(client, press):
    row = make.registered(press).lead
    assert "being looked at" in client.get(at(row)).text
    assert client.get(at(row, "badge.pdf")).status_code == 404


def test_the_page_says_what_is_due_at_the_gate(client, show):
    row = make.registered(make.ticket_type(show, price=50)).lead
    assert "To be paid at the gate: <b>¥\xa0100.00" in client.get(at(row)).text


# What the holder does


def test_a_correction_stands_on_the_badge_at_once(client, row):
    answer = client.post(at(row, "details/"), {"name": "王晓明", "email": "wang@example.org", "country": "DE"})
    assert answer.status_code == 302
    page = client.get(at(row)).text
    assert "王晓明" in page
    assert "Germany" in page
    assert Person.objects.get().name == "王晓明"


def test_a_new_address_is_told_to_both(client, row):
    client.post(at(row, "details/"), {"name": "王小明", "email": "new@example.org", "country": "CN"})
    told = set(Mail.objects.values_list("kind", "to"))
    assert ("visitors.email_changed", "wang@example.org") in told
    assert ("visitors.badge_again", "new@example.org") in told


def test_a_link_that_went_to_a_mistyped_address_ends_with_the_correction(client, row):
    old = at(row)
    answer = client.post(f"{old}details/", {"name": "王小明", "email": "new@example.org", "country": "CN"})
    assert client.get(old).status_code == 404
    assert client.get(answer["Location"]).status_code == 200


def test_a_companion_with_an_own_address_has_the_link_alone(client, public):
    lead, companion = make.registered(public, "Li Lei").party
    assert visit_key(companion) in client.get(at(lead)).text
    client.post(at(companion, "details/"), {"name": "Li Lei", "email": "li@example.org", "country": "CN"})
    companion.refresh_from_db()
    page = client.get(at(lead)).text
    assert (companion.email, visit_key(companion) in page, "Li Lei" in page) == ("li@example.org", False, False)


def test_who_corrects_the_own_address_still_finds_the_companions(client, public):
    lead, companion = make.registered(public, "Li Lei").party
    client.post(at(lead, "details/"), {"name": lead.name, "email": "right@example.org", "country": "CN"})
    lead.refresh_from_db()
    assert visit_key(companion) in client.get(at(lead)).text


def test_a_visit_does_not_write_to_one_address_after_the_other(client, row, monkeypatch):
    monkeypatch.setattr("visitors.views.changing.NEW_EMAIL", make.limit("new", 1))
    data = {"name": "王小明", "country": "CN"}
    here = client.post(at(row, "details/"), data | {"email": "one@example.org"})["Location"]
    page = client.post(f"{here}details/", data | {"email": "two@example.org", "firm": "Example University"})
    assert (page.status_code, int(page["Retry-After"]) > 0) == (429, True)
    assert 'value="two@example.org"' in page.text
    assert not Mail.objects.filter(to="two@example.org").exists()


def test_nobody_is_written_to_by_visit_after_visit(client, public, monkeypatch):
    monkeypatch.setattr("visitors.views.changing.NEW_EMAIL_TO", make.limit("new_to", 1))
    statuses = []
    for name in ("李雷", "韩梅梅"):
        row = make.registered(public, name=name, email=f"{len(statuses)}@example.org").lead
        data = {"name": name, "country": "CN", "email": "victim@example.org"}
        statuses.append(client.post(at(row, "details/"), data).status_code)
    assert statuses == [302, 429]


def test_who_asks_for_the_link_too_often_keeps_what_was_typed(client, row, monkeypatch):
    monkeypatch.setattr("visitors.views.finding.FIND_PER_NETWORK", make.limit("find", 1))
    answers = [client.post(reverse("find-visit"), {"email": "wang@example.org"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 429]
    assert ('value="wang@example.org"' in answers[1].text, "Retry-After" in answers[1]) == (True, True)


@pytest.mark.parametrize("act", ["give-back/", "erase/"])
def test_what_ends_a_visit_says_whose_it_is(client, row, act):
    assert "王小明 · wang@example.org" in client.get(at(row, act)).text


def test_nobody_becomes_somebody_else_of_the_same_address(client, row, public):
    make.registered(public, name="李雷")
    page = client.post(at(row, "details/"), {"name": "李雷", "email": "wang@example.org", "country": "CN"})
    assert page.status_code == 409
    row.refresh_from_db()
    assert row.name == "王小明"


def test_giving_back_ends_the_badge_and_frees_the_places(client, row):
    assert client.get(at(row, "give-back/")).status_code == 200
    client.post(at(row, "give-back/"))
    assert Badge.objects.live().count() == 0
    assert set(DayPlaces.objects.values_list("taken", flat=True)) == {0}
    assert "You gave your ticket back" in client.get(at(row)).text
    assert client.post(at(row, "give-back/")).status_code == 409


def test_what_was_refused_is_not_offered_again(client, row):
    row.tickets.update(price=50, paid_at=make.EVE, paid_by="cash")
    page = client.post(at(row, "give-back/"))
    assert (page.status_code, "This ticket is paid for" in page.text) == (409, True)
    assert ("Give the ticket back" in page.text, "Go to my visit" in page.text) == (False, True)


def test_a_declined_visitor_reads_why(client, press):
    row = make.registered(press).lead
    tickets.decline(actor=make.VISITOR, ticket=row.ticket, reason="Send us your <press> card.", at=make.EVE)
    assert "Send us your &lt;press&gt; card." in client.get(at(row)).text


def test_the_days_of_a_ticket_that_ended_are_not_called_the_visitors(client, row):
    assert "Your 2 days" in client.get(at(row)).text
    client.post(at(row, "give-back/"))
    page = client.get(at(row)).text
    assert ("The ticket was for" in page, "Your 2 days" in page) == (True, False)


def test_news_is_withdrawn_as_easily_as_given(client, row):
    for wanted, left in (("no", 0), ("no", 0), ("yes", 1), ("yes", 1)):
        assert client.post(at(row, "news/"), {"wanted": wanted}).status_code == 302
        assert Consent.objects.filter(wording__purpose="news", withdrawn_at=None).count() == left


def test_the_data_hold_everything_and_no_formula(client, public):
    row = make.registered(public, firm="=1+1").lead
    held = client.get(at(row, "data.json")).json()
    assert set(held) == {
        "person", "registration", "tickets", "badges", "consents", "mails", "history", "visits", "scans",
        "person_history", "ticket_history", "badge_history", "consent_history", "codes", "sign_ups", "comes_along",
        "handovers", "favourites",
    }  # fmt: skip
    assert held["registration"]["firm"] == "=1+1"
    assert "'=1+1" in client.get(at(row, "data.csv")).text


# The link, once more


def test_known_and_unknown_addresses_get_the_same_answer(client, row, django_assert_num_queries):
    answers = []
    for email in ("wang@example.org", "nobody@example.org"):
        with django_assert_num_queries(4):
            answers.append(client.post("/en/my-visit/", {"email": email}))
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/en/my-visit/sent/")}


def test_an_address_gets_three_mails_an_hour_and_always_the_same_answer(client, row):
    answers = {client.post("/en/my-visit/", {"email": " WANG@example.org"}).status_code for _ in range(5)}
    assert answers == {302}
    assert Mail.objects.filter(kind="visitors.links").count() == 3


@pytest.mark.parametrize("path", ["/en/register/", "/en/my-visit/"])
def test_other_methods_are_refused(client, public, path):
    for method in ("put", "patch", "delete", "trace", "options"):
        assert getattr(client, method)(path).status_code == 405
