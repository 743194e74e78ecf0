"""How the desk finds people by any part of what they wrote, in any script.

The index knows groups of three characters. A name in Chinese has two or three in all, so each character of a script
that sets no blanks between words stands apart in what is searched: the index then knows it by itself.
"""

from __future__ import annotations

import re

from django.db.models import Func, Model, QuerySet, TextField, Value

#: Kana, ideographs and Hangul; read by Python and PostgreSQL alike.
UNSPACED = "([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])"
APART = r" \1 "

_unspaced = re.compile(UNSPACED)


def apart(expression: Func) -> Func:
    """The expression's text as it is searched."""
    return Func(
        expression, Value(UNSPACED), Value(APART), Value("g"), function="regexp_replace", output_field=TextField()
    )


def with_every_word[M: Model](rows: QuerySet[M], term: str, *, field: str = "search") -> QuerySet[M]:
    """The rows whose `field` holds each word of what was typed; upper and lower case are one."""
    for word in term.lower().split():
        rows = rows.filter(**{f"{field}__contains": _unspaced.sub(APART, word)})
    return rows
