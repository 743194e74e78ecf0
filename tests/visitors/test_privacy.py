import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
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


@pytest.fixture(autouse=True)
def noted(tmp_path, settings):
    """The list of erasures, in a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media-erasures.jsonl"


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


def test_who_somebody_was_before_a_correction_is_forgotten_at_once(row):
    details.correct_details(
        actor=make.VISITOR, registration=row, details=make.details(name="Other", email=EMAIL), at=make.EVE
    )
    assert "visitors_personevent" not in anywhere(NAME)


def test_erasing_reaches_every_name_and_address_there_was(row):
    send_links(email=EMAIL, language="en")
    for fields in ({"name": "Zebulon Quux", "email": EMAIL}, {"name": "Zebulon Quux", "email": "zebulon@example.org"}):
        details.correct_details(actor=make.VISITOR, registration=row, details=make.details(**fields), at=make.EVE)
    erase(row)
    assert anywhere(NAME, EMAIL, "zebulon") == []


def test_a_person_outgrown_past_the_site_is_forgotten_with_the_registration(row):
    """As rows are that were corrected while outgrown people still stayed."""
    Person.objects.filter(pk=row.person_id).update(name="Zebulon")
    row.person, left = Person.objects.create(email=EMAIL, name=NAME, name_key="key"), row.person
    row.save()
    left.delete()
    erase(row)
    assert anywhere("zebulon", NAME) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda row, at: details.correct_details(actor=make.VISITOR, registration=row, details=make.details(), at=at),
        lambda row, at: details.set_news(
            actor=make.VISITOR, registration=row, wording=None, wanted=False, language="en", at=at
        ),
        lambda row, at: badges.replace_link(actor=make.VISITOR, registration=row, at=at),
        lambda row, at: badges.send_badge_again(actor=make.VISITOR, registration=row, at=at),
        lambda row, at: badges.reissue_badge(actor=make.VISITOR, registration=row, reason="lost", at=at),
    ],
    ids=["correct_details", "set_news", "replace_link", "send_badge_again", "reissue_badge"],
)
def test_no_act_that_comes_late_brings_an_erased_registration_back(row, act):
    erase(row)
    with pytest.raises(Refusal) as caught:
        act(row, make.EVE)
    assert caught.value.code == "erased"
    assert (anywhere(NAME, EMAIL, "王小明", "wang@"), Mail.objects.count()) == ([], 0)


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


def test_a_mail_that_is_still_to_come_comes_to_the_others_of_the_party(public):
    made = make.registered(public, "李雷")
    erase(made.lead)
    message = mails.build(Mail.objects.get(kind="visitors.registered"))
    assert ("李雷" in message.body, "王小明" in message.body) == (True, False)


def test_no_mail_stays_for_a_party_that_was_erased_one_after_the_other(public):
    made = make.registered(public, "李雷", email=EMAIL)
    for row in reversed(made.party):
        erase(row)
    assert anywhere(EMAIL) == []


def test_a_mail_that_is_still_to_come_stays_for_nobody_who_has_another_address_by_now(public):
    made = make.registered(public, "李雷", email=EMAIL)
    details.correct_details(
        actor=make.VISITOR,
        registration=made.party[1],
        details=make.details(name="李雷", email="li.lei@example.org"),
        at=make.EVE,
    )
    erase(made.lead)
    assert not Mail.objects.filter(kind="visitors.registered").exists()


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


def test_everything_held_tells_the_history_of_all_its_parts(row):
    details.correct_details(
        actor=make.VISITOR, registration=row, details=make.details(name="Xylo", email=EMAIL), at=make.EVE
    )
    details.set_news(actor=make.VISITOR, registration=row, wording=None, wanted=False, language="en", at=make.EVE)
    send_links(email=EMAIL, language="en")
    row.refresh_from_db()
    held = privacy.everything_held(row)
    assert [told["name"] for told in held["person_history"]] == ["Xylo"]
    assert [told["state"] for told in held["ticket_history"]] == ["valid"]
    assert [told["what"] for told in held["consent_history"]] == ["registered", "registered", "news_withdrawn"]
    assert [told["version"] for told in held["badge_history"]] == [1]
    assert "visitors.links" in [mail["kind"] for mail in held["mails"]]


def test_an_erasure_is_noted_outside_the_database_without_saying_who(row, noted):
    handle = row.handle
    erase(row)
    line = json.loads(noted.read_text())
    assert (line["kind"], line["handle"]) == ("registration", str(handle))
    assert NAME not in noted.read_text()


def test_what_a_restored_backup_brings_back_is_erased_again(row, noted, capsys):
    before = Registration.objects.filter(pk=row.pk).values().get()
    erase(row)
    person = Person.objects.create(email=EMAIL, name=NAME, name_key="xylophonia quetzal")
    restored = {key: value for key, value in before.items() if key not in {"id", "search", "person_id"}}
    Registration.objects.filter(pk=row.pk).update(**restored, person=person)
    call_command("replay_erasures")
    assert "1 on the list, 1 of them" in capsys.readouterr().out
    assert anywhere(NAME, EMAIL) == []
    call_command("replay_erasures")
    assert "1 on the list, 0 of them" in capsys.readouterr().out


def test_without_a_list_nothing_can_be_replayed(tmp_path):
    with pytest.raises(CommandError):
        call_command("replay_erasures", tmp_path / "none.jsonl")


def test_an_erasure_that_is_refused_is_not_noted(row, noted):
    erase(row)
    with pytest.raises(Refusal):
        erase(row)
    assert len(noted.read_text().splitlines()) == 1
