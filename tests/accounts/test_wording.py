"""Our own Chinese words for the texts of the login: its package's and Django's."""

from pathlib import Path

import allauth
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib import auth
from django.utils import translation

from chitec.local.translations import PLACEHOLDER

CATALOG = "zh_Hans/LC_MESSAGES/django.po"


def texts(path):
    with path.open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


OURS = texts(settings.BASE_DIR / "accounts" / "wording" / CATALOG)
THEIRS = texts(Path(allauth.__file__).parent / "locale" / CATALOG) | texts(
    Path(auth.__file__).parent / "locale" / CATALOG
)


def test_every_wording_is_of_a_text_that_there_is():
    assert set(OURS) - set(THEIRS) == set()


@pytest.mark.parametrize("message", OURS.values(), ids=lambda message: str(message.id)[:40])
def test_a_wording_keeps_the_placeholders(message):
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    wanted = set(PLACEHOLDER.findall(str(message.id)))
    assert [set(PLACEHOLDER.findall(text)) for text in texts] == [wanted]


def test_the_site_says_our_words():
    with translation.override("zh-hans"):
        assert translation.gettext("Change Email") == "更改邮箱"
