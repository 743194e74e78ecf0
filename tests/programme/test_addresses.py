"""Addresses that are put together for programs are those of the pages."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from programme.addresses import Addresses
from programme.models import Enterprise, Picture, Speaker
from programme.reading import Stays

SLIDES = Stays(pk=7, kind="slides", title_en="", title_zh="", url="")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whole_addresses_are_those_of_the_pages(language):
    with translation.override(language):
        told = Addresses.in_use()
        pairs = [
            (told.programme(), reverse("programme")),
            (told.session("robots"), reverse("session", args=["robots"])),
            (told.calendar("robots"), reverse("session-calendar", args=["robots"])),
            (told.material("robots", SLIDES), reverse("material", args=["robots", 7])),
            (told.speaker(Speaker(slug="li-na")), reverse("speaker", args=["li-na"])),
            (told.tour(Enterprise(slug="works")), reverse("tour", args=["works"])),
            (told.picture(Picture(digest="0" * 32)), reverse("picture", args=["0" * 32])),
        ]
    assert [whole for whole, _path in pairs] == [settings.SITE_URL + path for _whole, path in pairs]


def test_what_lies_elsewhere_has_an_address_of_its_own():
    film = Stays(pk=7, kind="recording", title_en="", title_zh="", url="https://example.org/film")
    assert Addresses("https://expo.example.org/en/").material("robots", film) == "https://example.org/film"
