"""A speaker on a phone: opens the link of the mail, puts the page right with a portrait, and confirms it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts import mails
from programme.actions import speaking
from programme.links import speaker_key
from programme.models import Speaker
from tests.factories.expo import RoomFactory, on
from tests.factories.programme import SYSTEM, SpeakerFactory, picture_file, placed, publish, talk

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def speaker(fair):
    speaker = SpeakerFactory(show=fair.show, name_en="Ada Wong", name_zh="王爱达")
    room = RoomFactory(show=fair.show, hall=fair.hall, name_en="Room 2A")
    session = placed(on(1, "14:00"), show=fair.show, room=room, title_en="Bridges of the future")
    talk(session, speaker, after=20, minutes=25)
    publish(fair.show)
    return speaker


def test_a_speaker_confirms_by_the_link_of_the_mail(speaker, page, live_server):
    page.set_viewport_size(PHONE)
    mail = speaking.send_link(actor=SYSTEM, speaker=speaker)
    path = reverse("speaker-own", args=[speaker_key(speaker)])
    assert path in mails.build(mail).body
    page.goto(live_server.url + path)
    expect(page.locator("main")).to_contain_text("14:20–14:45")
    expect(page.locator("main")).to_contain_text("Room 2A, Hall 1")
    page.get_by_label("Your name in English").fill("")
    page.get_by_label("Your name in Chinese").fill("")
    page.get_by_label("About you, in English").fill("Builds bridges.")
    portrait = {"name": "me.png", "mimeType": "image/png", "buffer": picture_file(700, 900, "PNG").read()}
    page.get_by_label("Portrait", exact=False).first.set_input_files(portrait)
    page.get_by_role("button", name="Save and confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("Please look at this again")
    expect(page.get_by_label("About you, in English")).to_have_value("Builds bridges.")
    expect(page.get_by_role("img", name="Portrait of Ada Wong")).to_be_visible()
    page.get_by_label("Your name in English").fill("Ada W. Wong")
    page.get_by_role("button", name="Save and confirm").click()
    expect(page.locator("main")).to_contain_text("You confirmed this on")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    row = Speaker.objects.get()
    assert (row.name_en, row.about_en, row.portrait.width) == ("Ada W. Wong", "Builds bridges.", 640)
