"""What somebody typed. Where others get to read it, by mail above all, it never becomes a link or markup."""

from __future__ import annotations

import re

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

no_link = RegexValidator(
    r"://|www\.|[<>]",
    _("Write the name alone, without an address or markup."),
    code="link",
    inverse_match=True,
)

# A dot, slash, colon or at sign inside of a word is what mail programs make links of.
_LINKING = re.compile(r"(?<=[\w/])[.:/@](?=[\w/])")


def key_in(text: str) -> int:
    """The key of a row that a form or an address names; 0, which no row has, for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def unlinked(text: str) -> str:
    """`text` as it is to the eye, with nothing in it that a mail program would turn into a link."""
    return _LINKING.sub(lambda found: f"{found[0]}\N{ZERO WIDTH SPACE}", text)
