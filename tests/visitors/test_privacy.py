from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from accounts import mails
from accounts.acting import Actor
from accounts.models import Mail
from accounts.refusals import Refusal
from tests.factories import visitors as make
from tests.factories.expo import on
from visitors.actions import badges, details, privacy
from visitors.actions.telling import send_links
from visitors.invariants import broken
from visitors.links import visit_key
from visitors.models import Badge, Consent, DayPlaces, Person, Registration

pytestmark = pytest.mark.django_db

NAME, EMAIL, FIRM, PHONE = "Xylophonia Quetzal", "xylo.quetzal@example.org", "Quetzal Works", "+8613800138000"


@pytest.fixture
def row(public):
    return make.registered(public, name=NAME, email=EMAIL, firm=FIRM, phone=PHONE, country="DE").lead


def anywhere(*texts):
    """The tables in which one of the texts stands in any column."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            where = " OR ".join(["strpos(lower(t::text), lower(%s)) > 0"] * len(texts))
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE {where}', texts)  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def erase(row):
    privacy.erase(actor=make.VISITOR, registration=row, at=make.EVE)


def test_what_is_erased_is_nowhere_any_more(row):
    details.correct_details(
        actor=make.VISITOR, registration=row, details=make.details(name=NAME, email=EMAIL, firm="Other"), at=make.EVE
    )
    badges.revoke_badge(actor=Actor.system("test"), registration=row, reason=f"{NAME} lost it", at=make.EVE)
    send_links(email=EMAIL, language="en")
    assert anywhere(NAME, EMAIL)
    erase(row)
    assert anywhere(NAME, EMAIL, FIRM, PHONE, "xylo") == []


def test_what_counts_stays(row):
    erase(row)
    row.refresh_from_db()
    assert (row.category, row.country.code, row.person, row.name) == ("public", "DE", None, "")
    assert list(broken(make.EVE)) == []


def test_the_badge_ends_and_the_places_are_free(row):
    erase(row)
    assert Badge.objects.live().count() == 0
    assert set(DayPlaces.objects.values_list("taken", flat=True)) == {0}


def test_the_link_opens_nothing_any_more(client, row):
    path = f"/en/visit/{visit_key(row)}/"
    erase(row)
    assert client.get(path).status_code == 404


def test_nobody_is_erased_twice(row):
    erase(row)
    with pytest.raises(Refusal) as caught:
        erase(row)
    assert caught.value.code == "erased"


def test_a_companion_stays_when_the_lead_is_erased(public):
    made = make.registered(public, "Li Lei")
    erase(made.lead)
    left = Registration.objects.kept().get()
    assert (left.name, left.badge is None) == ("Li Lei", False)


def test_the_page_asks_before_it_erases(client, row):
    path = f"/en/visit/{visit_key(row)}/erase/"
    assert client.post(path).status_code == 422
    assert Registration.objects.kept().count() == 1
    answer = client.post(path, {"sure": "yes"})
    assert (answer["Location"], Registration.objects.kept().count()) == (reverse("erased"), 0)


def test_a_mail_of_somebody_erased_is_not_sent(row):
    mail = Mail.objects.get()
    erase(row)
    assert mails.build(mail) is None


@pytest.mark.parametrize(("days", "left"), [(364, (1, 2, 1)), (366, (0, 2, 1)), (3 * 365 + 1, (0, 0, 0))])
def test_each_kind_is_kept_as_long_as_it_says(row, days, left):
    show = row.show
    privacy.erase_overdue(show=show, at=on(4, "17:00") + timedelta(days=days))
    counts = (Registration.objects.kept().count(), Consent.objects.count(), Person.objects.count())
    assert counts == left


def test_after_all_ends_no_name_is_left(row):
    privacy.erase_overdue(show=row.show, at=on(4, "17:00") + timedelta(days=4 * 365))
    assert anywhere(NAME, EMAIL, FIRM, PHONE) == []


def test_everything_held_names_the_words_agreed_to(row):
    held = privacy.everything_held(row)
    assert {consent["text"] for consent in held["consents"]} == {
        "I agree to be registered.",
        "Write to me about the next show.",
    }
    assert held["registration"]["email"] == EMAIL
    assert [mail["kind"] for mail in held["mails"]] == ["visitors.registered"]
