"""Slides are PDFs under names of ours, and go with their rows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.refusals import Refusal
from programme.actions import materials, planning
from programme.models import Material
from tests.factories.expo import on
from tests.factories.programme import SYSTEM, SessionFactory, placed, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]
SLIDES = b"%PDF-1.7\nslides"


def sent(content=SLIDES, name="../../evil.html"):
    return SimpleUploadedFile(name, content)


def kept(session, content=SLIDES):
    return materials.save(actor=SYSTEM, material=Material(session=session, title_en="Slides"), file=sent(content))


def files(media: Path) -> list[bytes]:
    return [path.read_bytes() for path in (media / "materials").glob("*")]


def address(material):
    return reverse("material", args=[material.session.slug, material.pk])


@pytest.fixture
def session(show):
    session = placed(on(1, "10:00"))
    publish(show)
    return session


def test_a_file_has_a_name_of_ours_whatever_it_was_called(session, media):
    name = kept(session).file.name
    assert (name.startswith("materials/"), name.endswith(".pdf"), "evil" in name) == (True, True, False)
    assert files(media) == [SLIDES]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html>", "no_pdf"),
        (b"", "no_pdf"),
        (b"PK\x03\x04", "no_pdf"),
        (b"%PDF-" + bytes(materials.MOST_BYTES), "too_many_bytes"),
    ],
    ids=["html", "nothing", "zip", "large"],
)
def test_what_is_no_pdf_or_too_large_is_refused_and_not_kept(session, media, content, code):
    with pytest.raises(Refusal) as caught:
        kept(session, content)
    assert (caught.value.code, files(media), Material.objects.count()) == (code, [], 0)


def test_slides_are_saved_not_shown(session, client):
    answer = client.get(address(kept(session)))
    assert b"".join(answer.streaming_content) == SLIDES
    assert answer["Content-Disposition"].startswith("attachment; ")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")


def test_slides_of_a_session_that_is_not_public_are_not_there(show, client):
    assert client.get(address(kept(placed(on(1, "12:00"))))).status_code == 404


def test_slides_are_at_their_own_session_alone(session, show, client):
    other = placed(on(1, "12:00"))
    publish(show)
    assert client.get(reverse("material", args=[other.slug, kept(session).pk])).status_code == 404


def test_a_file_that_is_lost_is_not_found(session, client, media):
    material = kept(session)
    (media / material.file.name).unlink()
    assert client.get(address(material)).status_code == 404


def test_a_recording_lies_elsewhere(session, client):
    row = materials.save(actor=SYSTEM, material=Material(session=session, url="https://example.com/film"))
    assert client.get(address(row)).status_code == 404


def test_neither_file_nor_address_is_refused(session):
    with pytest.raises(Refusal) as caught:
        materials.save(actor=SYSTEM, material=Material(session=session))
    assert caught.value.code == "no_material"


def test_a_new_file_takes_the_place_of_the_one_before(session, media, django_capture_on_commit_callbacks):
    material = kept(session)
    with django_capture_on_commit_callbacks(execute=True):
        materials.save(actor=SYSTEM, material=material, file=sent(SLIDES + b" once more"))
    assert files(media) == [SLIDES + b" once more"]


def test_a_file_goes_with_its_row(session, media, django_capture_on_commit_callbacks):
    material = kept(session)
    with django_capture_on_commit_callbacks(execute=True):
        materials.delete(actor=SYSTEM, materials=[material])
    assert files(media) == []


def test_a_file_whose_row_is_gone_is_swept_away_a_day_later(show, media):
    session = SessionFactory()
    kept(session)
    planning.delete(actor=SYSTEM, sessions=[session], show=show)
    now = datetime.now(UTC)
    assert [materials.sweep(at=now), materials.sweep(at=now + timedelta(days=1, minutes=1))] == [0, 1]
    assert files(media) == []


def test_a_file_that_has_a_row_stays(session, media):
    kept(session)
    assert materials.sweep(at=datetime.now(UTC) + timedelta(days=9)) == 0
