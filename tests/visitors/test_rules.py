import pytest

from visitors import rules


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wang Xiaoming", "  wang   XIAOMING "),
        ("José", "Jose\u0301"),
        ("José", "jose"),
        ("ＷＡＮＧ", "wang"),
        ("Straße", "STRASSE"),
        ("王小明", "王小明\u200b"),
        ("ガ", "カ\u3099"),
    ],
)
def test_two_spellings_of_one_name_have_one_key(one, other):
    assert rules.name_key(one) == rules.name_key(other)


@pytest.mark.parametrize(("one", "other"), [("王小明", "王晓明"), ("กา", "กิ"), ("か", "が"), ("Li Lei", "Lilei")])
def test_two_names_have_two_keys(one, other):
    assert rules.name_key(one) != rules.name_key(other)


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u0301", "\u202e"])
def test_a_name_that_nobody_sees_has_no_key(name):
    assert rules.name_key(name) == ""


def test_a_key_fits_its_column():
    assert len(rules.name_key("\ufdfa" * 80)) == 80
