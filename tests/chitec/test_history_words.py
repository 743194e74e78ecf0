"""Every act that is recorded has words: without them a Chinese reader of a history finds our own names in it."""

import ast

import pytest
from django.conf import settings

from accounts import history

ROOMS = ("accounts", "expo", "exhibitors", "onsite", "programme", "reports", "visitors")
#: What takes the name of an act as its second argument.
TAKES = {"acting", "planning", "record"}


def acts_of(room):
    for path in (settings.BASE_DIR / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in TAKES and isinstance(node.args[1], ast.Constant):
                yield node.args[1].value


@pytest.mark.parametrize("room", ROOMS)
def test_every_act_is_told_in_words(room):
    assert {act for act in acts_of(room) if act not in history._acts} == set()
