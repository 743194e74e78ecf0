"""What is known of those who speak, host and guide ends when `keeping` says, or when somebody asks."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.apps import apps
from pghistory.models import Context

from accounts import erasures, own_data
from accounts.acting import Actor, acting
from accounts.models import Mail
from accounts.refusals import Refusal
from programme import reading, tasks
from programme.actions import forgetting, publishing, speaking
from programme.actions import pictures as keeping
from programme.links import find_speaker, speaker_key
from programme.models import Guide, Host, Picture, Speaker
from programme.pictures import PORTRAIT, drawn
from tests.factories.accounts import UserFactory
from tests.factories.expo import on
from tests.factories.programme import (
    NOW,
    SYSTEM,
    GuideFactory,
    HostFactory,
    SpeakerFactory,
    departing,
    move,
    picture_file,
    placed,
    publish,
)
from tests.factories.programme import speaking as speaks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
YEAR = timedelta(days=365)
WORDS = "Xylophonia"
SHOW_ENDS = on(4, "17:00")


def anywhere():
    """The tables in which WORDS still stand."""
    tables = [Speaker, Host, Guide, *(model.pgh_event_model for model in (Speaker, Host, Guide)), Context, Mail]
    return [model._meta.label for model in tables if any(WORDS in str(row) for row in model.objects.values())]


@pytest.fixture
def people(show):
    """A speaker, a host and a guide who are reached at WORDS, in a tour that is public; and mails to them."""
    reached = f"{WORDS}@example.com"
    portrait = keeping.keep(drawn(picture_file(300, 300), PORTRAIT))
    with acting(Actor.system("test"), "test", why=WORDS):
        speaker = SpeakerFactory(email=reached, about_en=WORDS, portrait=portrait, name_en="Ada Wong")
        host, guide = HostFactory(contact_name=WORDS, contact_email=reached), GuideFactory(name=WORDS, email=reached)
    session = departing(on(1, "10:00"), host=host, guide=guide)
    speaks(session, speaker)
    publish(show)
    speaking.send_link(actor=SYSTEM, speaker=speaker)
    return speaker, host, guide


def erased(show, years):
    return forgetting.erase_overdue(show=show, at=show.closes_at + years * YEAR)


def keeps(model):
    return getattr(getattr(model, "keeping", None), "days", None) and not hasattr(model, "pgh_tracked_model")


def test_every_model_that_names_a_time_is_in_what_is_erased(show):
    named = {model._meta.model_name for model in apps.get_app_config("programme").get_models() if keeps(model)}
    # A file that was brought ends within a day, by a job of its own; what somebody keeps goes with the registration.
    assert {f"{name}s" for name in named} == {*erased(show, 0), "imports", "favourites"}


def test_guides_go_after_a_year_and_the_others_after_three(people, show):
    kinds = ("speakers", "hosts", "guides", "pictures", "signups", "participants", "handovers")
    nothing = dict.fromkeys(kinds, 0)
    assert forgetting.erase_overdue(show=show, at=show.closes_at + YEAR - timedelta(seconds=1)) == nothing
    assert erased(show, 1) == nothing | {"guides": 1}
    assert Guide.objects.get().name == f"N. N. {people[2].pk}"
    assert erased(show, 3) == nothing | {"speakers": 1, "hosts": 1}
    assert (anywhere(), Picture.objects.count()) == ([], 0)


def test_it_is_done_once(people, show):
    erased(show, 3)
    assert set(erased(show, 3).values()) == {0}


def test_who_spoke_where_stays_to_read(people, show):
    erased(show, 3)
    speaker = next(iter(reading.read(show).speakers.values()))
    assert (speaker.name_en, speaker.email, speaker.portrait) == ("Ada Wong", "", None)


def test_a_speaker_whom_nobody_announced_goes_as_a_whole(show):
    speaks(placed(on(1, "10:00")), SpeakerFactory(name_en=WORDS))
    assert erased(show, 3)["speakers"] == 1
    assert (Speaker.objects.count(), anywhere()) == (0, [])


def test_a_link_ends_with_what_it_opened(people, show):
    key = speaker_key(people[0])
    erased(show, 3)
    assert find_speaker(key) is None


def test_another_shows_people_stay(people, show):
    other = type(show)(show.pk + 1, number=99)
    assert forgetting.erase_overdue(show=other, at=SHOW_ENDS + 9 * YEAR)["speakers"] == 0
    assert Speaker.objects.exclude(email="").count() == 1


def test_a_speaker_who_asks_is_erased_with_the_name(people, show):
    forgetting.erase(actor=SYSTEM, speaker=people[0], at=SHOW_ENDS)
    row = Speaker.objects.get()
    assert (row.name_en, row.firm_en, row.email, row.slug) == ("N. N.", "", "", f"n-n-{row.pk}")
    assert "Ada" not in str(list(Speaker.pgh_event_model.objects.values()))
    assert Picture.objects.count() == 0


def test_what_was_written_to_a_speaker_goes_with_them_and_what_was_to_others_stays(people, show):
    Speaker.objects.update(email="ada@example.com")
    move(placed(on(2, "10:00"), host=people[1]), on(2, "11:00"))
    speaks(placed(on(2, "14:00")), people[0])
    release = publish(show)
    assert Mail.objects.filter(to="ada@example.com").count() == 1
    forgetting.erase(actor=SYSTEM, speaker=people[0], at=SHOW_ENDS)

    assert not Mail.objects.filter(to="ada@example.com").exists()
    assert Mail.objects.filter(thing=f"release:{release.pk}", to=f"{WORDS}@example.com".lower()).exists()


def test_booklets_that_name_a_speaker_are_not_kept(people, show, settings, django_capture_on_commit_callbacks):
    folder = Path(settings.MEDIA_ROOT) / "booklets"
    folder.mkdir(parents=True)
    (folder / "of-before.pdf").write_bytes(b"Ada Wong")
    with django_capture_on_commit_callbacks(execute=True):
        forgetting.erase(actor=SYSTEM, speaker=people[0], at=SHOW_ENDS)

    assert list(folder.glob("*.pdf")) == []


def test_a_speaker_of_nothing_is_erased_without_a_trace(show):
    forgetting.erase(actor=SYSTEM, speaker=SpeakerFactory(name_en=WORDS), at=NOW)
    assert (Speaker.objects.count(), anywhere()) == (0, [])


def test_who_still_speaks_is_taken_out_of_it_first(people):
    with pytest.raises(Refusal) as caught:
        forgetting.erase(actor=SYSTEM, speaker=people[0], at=NOW)
    assert caught.value.code == "still_speaks"


def test_nobody_is_erased_twice(people):
    forgetting.erase(actor=SYSTEM, speaker=people[0], at=SHOW_ENDS)
    with pytest.raises(Refusal) as caught:
        forgetting.erase(actor=SYSTEM, speaker=people[0], at=SHOW_ENDS)
    assert caught.value.code == "erased"


def test_an_erasure_is_done_again_after_a_restore(people):
    speaker = people[0]
    forgetting.erase(actor=SYSTEM, speaker=speaker, at=SHOW_ENDS)
    Speaker.objects.update(name_en="Ada Wong", email="ada@example.com", handle=speaker.handle)
    assert erasures.replay(erasures.path()) == (1, 1)
    assert (Speaker.objects.get().name_en, Speaker.objects.get().email) == ("N. N.", "")
    assert erasures.replay(erasures.path()) == (1, 0)


def test_who_published_is_told_of_it(show):
    user = UserFactory(roles=["programme_editor"])
    placed(on(1, "10:00"))
    publishing.publish(actor=Actor.of(user), show=show, sessions=None, seen=None, at=NOW, note="First")
    assert own_data.held(user)["programme"] == [
        {"show__number": show.number, "number": 1, "published_at": NOW, "note": "First"}
    ]


def test_the_nightly_job_does_all_of_it_by_each_shows_clock(people, show):
    with time_machine.travel(SHOW_ENDS + 2 * YEAR):
        tasks.forget.func(0)
    assert (Guide.objects.get().email, Speaker.objects.get().email) == ("", f"{WORDS}@example.com")
    with time_machine.travel(SHOW_ENDS + 3 * YEAR):
        tasks.forget.func(0)
    assert anywhere() == []
