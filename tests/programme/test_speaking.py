"""A speaker's own page: whoever has the link corrects and confirms what is said, and nobody else sees it."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from accounts import limits
from accounts.acting import Actor
from accounts.models import Mail
from programme.actions import pictures as keeping
from programme.actions import planning, speaking
from programme.links import find_speaker, speaker_key
from programme.models import Picture, Speaker
from programme.pictures import PORTRAIT, drawn
from programme.views.speaking import CHANGED, DRAWN
from tests.factories.desk import HOSTILE
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    SpeakerFactory,
    move,
    picture_file,
    placed,
    publish,
    talk,
)
from tests.factories.programme import (
    speaking as speaks,
)
from tests.factories.refusals import code_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def speaker(show):
    return SpeakerFactory(name_en="Ada Wong", name_zh="王爱达", firm_en="Example Labs")


def own(speaker):
    return reverse("speaker-own", args=[speaker_key(speaker)])


def typed(client, speaker, **fields):
    """What a browser sends of the page, with this typed into it."""
    page = client.get(own(speaker))
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if name not in {"portrait", "drops_portrait"}}
    data["country"] = speaker.country.code
    return {**data, "shown": page.context["shown"], "act": "save", **fields}


def send(client, speaker, **fields):
    answer = client.post(own(speaker), typed(client, speaker, **fields))
    speaker.refresh_from_db()
    return answer


def test_a_speaker_corrects_what_is_said(client, speaker):
    answer = send(client, speaker, name_en="Ada  W. Wong", position_en="Chief engineer", language="zh-hans")
    assert answer.headers["Location"] == own(speaker)
    assert (speaker.name_en, speaker.position_en, speaker.language) == ("Ada W. Wong", "Chief engineer", "zh-hans")
    assert (speaker.corrected_at is None, speaker.confirmed_at) == (False, None)


def test_the_address_stays_and_what_is_searched_and_sorted_follows(client, speaker):
    before = speaker.slug
    send(client, speaker, name_en="Zoë Li", name_zh="李佐")
    assert (speaker.slug, speaker.sort_en, speaker.sort_zh) == (before, "zoë li", "li zuo")
    assert "zoe li" in speaker.search


def test_confirming_says_so_and_changes_nothing(client, speaker):
    answer = send(client, speaker, act="confirm")
    assert answer.status_code == 302
    assert (speaker.confirmed_at is None, speaker.corrected_at) == (False, None)
    assert "You confirmed this on" in client.get(own(speaker)).text


def test_confirming_twice_is_confirming(client, speaker):
    data = typed(client, speaker, act="confirm")
    assert [client.post(own(speaker), data).status_code for _ in range(3)] == [302, 302, 302]


def test_what_was_confirmed_is_saved_as_well(client, speaker):
    send(client, speaker, act="confirm", about_en="Builds bridges.")
    assert (speaker.about_en, speaker.confirmed_at is None) == ("Builds bridges.", False)


def test_a_speaker_without_a_name_is_asked_for_one_and_loses_nothing(client, speaker):
    answer = send(client, speaker, name_en="", name_zh=" ", about_en="Builds bridges.")
    assert answer.status_code == 422
    assert [*answer.context["form"].errors] == ["name_zh"]
    assert "Builds bridges." in answer.text


def test_a_name_is_no_address(client, speaker):
    assert "name_en" in send(client, speaker, name_en="www.example.com").context["form"].errors


def test_a_portrait_is_kept_and_shown(client, speaker):
    send(client, speaker, portrait=picture_file(800, 900, "PNG"))
    assert (speaker.portrait.width, speaker.portrait.height) == (640, 640)
    assert speaker.portrait.get_absolute_url() in client.get(own(speaker)).text


def test_a_new_portrait_takes_the_place_of_the_one_before(client, speaker):
    send(client, speaker, portrait=picture_file(800, 800))
    send(client, speaker, portrait=picture_file(300, 300))
    assert [(row.width, row.height) for row in Picture.objects.all()] == [(300, 300)]


def test_a_portrait_is_taken_off(client, speaker):
    send(client, speaker, portrait=picture_file(800, 800))
    send(client, speaker, drops_portrait="on")
    assert (speaker.portrait, Picture.objects.count()) == (None, 0)


def test_a_picture_that_two_share_stays_with_the_other(client, speaker):
    other = SpeakerFactory(portrait=keeping.keep(drawn(picture_file(300, 300), PORTRAIT)))
    send(client, speaker, portrait=picture_file(300, 300))
    send(client, speaker, drops_portrait="on")
    other.refresh_from_db()
    assert other.portrait is not None


def test_a_bad_picture_is_said_beside_it(client, speaker):
    file = picture_file(20, 20)
    answer = send(client, speaker, portrait=file, about_en="Builds bridges.")
    assert answer.context["form"].errors["portrait"] == [
        "The picture is too small: it has to be 100 pixels wide and high at least."
    ]
    assert "Builds bridges." in answer.text


def test_a_good_picture_is_not_lost_with_a_bad_form(client, speaker):
    answer = send(client, speaker, portrait=picture_file(300, 300), name_en="", name_zh="")
    assert (answer.status_code, speaker.portrait is None, speaker.name_en) == (422, False, "Ada Wong")
    assert "Your portrait is saved." in answer.text


def test_what_staff_changed_meanwhile_is_not_overwritten_unseen(client, speaker):
    data = typed(client, speaker, name_en="Ada Wang")
    Speaker.objects.filter(pk=speaker.pk).update(name_en="Ada Wong-Li")
    answer = client.post(own(speaker), data)
    assert answer.status_code == 409
    assert "Now it says: Name in English: Ada Wong-Li." in answer.text
    again = data | {"shown": answer.context["shown"]}
    assert client.post(own(speaker), again).status_code == 302


@pytest.mark.parametrize("value", HOSTILE)
def test_no_value_breaks_the_page(client, speaker, value):
    names = [name for name in typed(client, speaker) if name != "act"]
    for act in ("save", value):
        answer = client.post(own(speaker), dict.fromkeys(names, value) | {"act": act})
        assert answer.status_code in {302, 409, 422}
        assert "<script>alert" not in client.get(own(speaker)).text + answer.text


@pytest.mark.parametrize("field", ["portrait", "drops_portrait", "country", "language", "shown"])
def test_a_field_that_comes_as_something_else_is_no_fault(client, speaker, field):
    answer = client.post(own(speaker), typed(client, speaker) | {field: ["a", "b"]})
    assert answer.status_code in {302, 409, 422}


def test_only_the_whole_key_opens_the_page(client, speaker):
    key, stranger = speaker_key(speaker), speaker_key(SpeakerFactory())
    wrong = [key[:-1], key + "A", key[:-2] + "AA", stranger[:11] + key[11:], "x", "ü" * 32, "A" * 5000]
    answers = {client.get(reverse("speaker-own", args=[one])).status_code for one in wrong}
    posted = {client.post(reverse("speaker-own", args=[one])).status_code for one in wrong}
    assert (answers, posted) == ({404}, {404})


def test_a_link_that_was_replaced_opens_nothing(client, speaker):
    before = own(speaker)
    after = own(speaking.renew_link(actor=SYSTEM, speaker=speaker))
    assert [client.get(path).status_code for path in (before, after)] == [404, 200]


def test_a_link_of_a_speaker_is_none_of_a_visit(client, speaker):
    assert client.get(reverse("visit", args=[speaker_key(speaker)])).status_code == 404


def test_a_link_stays_good_when_the_sites_secret_is_replaced(speaker, settings):
    key = speaker_key(speaker)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert find_speaker(key) == speaker
    settings.SECRET_KEY_FALLBACKS = []
    assert find_speaker(key) is None


def test_the_page_is_in_no_index_and_kept_nowhere(client, speaker):
    answer = client.get(own(speaker))
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("private, no-store", "same-origin")


def test_the_page_shows_what_is_published_and_nothing_that_is_only_planned(client, speaker):
    room = RoomFactory(name_en="Room 2A")
    session = placed(on(1, "10:00"), room=room, title_en="Opening")
    talk(session, speaker, after=20, minutes=25)
    caches["process"].clear()
    assert "Opening" not in client.get(own(speaker)).text
    publish(speaker.show)
    move(session, on(2, "10:00"))
    caches["process"].clear()
    page = client.get(own(speaker)).text
    assert "Thursday 24 October 10:20–10:45" in page
    assert ("Room 2A" in page, "25 October, 10:20" in page) == (True, False)


def test_the_page_says_that_a_session_is_cancelled_and_why(client, speaker):
    session = placed(on(1, "10:00"), title_en="Opening")
    speaks(session, speaker)
    publish(speaker.show)
    session.refresh_from_db()
    planning.cancel(actor=SYSTEM, session=session, why_en="Storm", why_zh="", step=None)
    publish(speaker.show)
    caches["process"].clear()
    page = client.get(own(speaker)).text
    assert ("Cancelled" in page, "Storm" in page) == (True, True)


def test_nobody_elses_sessions_stand_there(client, speaker):
    speaks(placed(on(1, "10:00"), title_en="Elsewhere"), SpeakerFactory())
    publish(speaker.show)
    caches["process"].clear()
    assert "Elsewhere" not in client.get(own(speaker)).text


def test_too_often_is_said_and_nothing_is_lost(client, speaker):
    data = typed(client, speaker, about_en="Builds bridges.")
    limits.count((CHANGED, str(speaker.pk), CHANGED.times), at=timezone.now())
    answer = client.post(own(speaker), data)
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
    assert "Builds bridges." in answer.text


def test_pictures_have_a_bound_of_their_own(client, speaker):
    data = typed(client, speaker, portrait=picture_file(300, 300))
    limits.count((DRAWN, str(speaker.pk), DRAWN.times), at=timezone.now())
    assert client.post(own(speaker), data).status_code == 429


def test_who_corrected_is_on_record(client, speaker):
    send(client, speaker, position_en="Dean")
    event = Speaker.pgh_event_model.objects.order_by("pgh_id").last()
    assert event.pgh_context.metadata["actor"] == f"speaker:{speaker.pk}"
    assert event.pgh_context.metadata["act"] == "speaker_corrected"


def test_staff_who_correct_leave_no_mark_of_the_speakers(speaker):
    row = speaking.correct(actor=SYSTEM, speaker=speaker, details={"firm_en": "Other"}, at=NOW)
    assert (row.firm_en, row.corrected_at) == ("Other", None)


def test_a_speaker_is_mailed_the_link_once_in_a_while(speaker):
    mail = speaking.send_link(actor=SYSTEM, speaker=speaker)
    assert (mail.kind, mail.to, mail.language, mail.facts) == (
        "programme.speaker_link", speaker.email, "en", {"speaker": speaker.pk},
    )  # fmt: skip
    assert code_of(speaking.send_link, actor=SYSTEM, speaker=speaker) == "sent_lately"
    Mail.objects.update(queued_at=timezone.now() - timedelta(minutes=11))
    assert speaking.send_link(actor=SYSTEM, speaker=speaker).version == "2"


def test_a_speaker_without_an_address_gets_no_link(show):
    assert code_of(speaking.send_link, actor=SYSTEM, speaker=SpeakerFactory(email="")) == "no_email"


def test_a_namesake_gets_another_address(show):
    first, second = (
        speaking.save(actor=Actor.system("test"), speaker=Speaker(show=show, name_en="Ada Wong")) for _ in range(2)
    )
    assert first.slug == "ada-wong"
    assert second.slug.startswith("ada-wong-")
    assert first.handle != second.handle
