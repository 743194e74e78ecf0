from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.refusals import Refusal
from exhibitors import rules
from tests.factories.exhibitors import NOW, USCC


def test_a_price_is_rounded_half_up_to_the_fen():
    price = rules.price_of(width=Decimal("4.5"), depth=Decimal("3.3"), rate=Decimal("1233.30"))
    assert price == Decimal("18314.51")


@pytest.mark.parametrize(
    ("code", "country", "refused"),
    [
        ("", "CN", "uscc_missing"),
        ("123", "CN", "uscc_length"),
        ("9111000060003734IL", "CN", "uscc_format"),
        ("91110O00600037341L", "CN", "uscc_format"),
        ("911100006000373412", "CN", "uscc_checksum"),
        ("N2110115MA01ABCD26", "CN", "uscc_checksum"),
        (USCC, "DE", "uscc_abroad"),
    ],
)
def test_a_wrong_credit_code_is_refused_by_what_is_wrong(code, country, refused):
    with pytest.raises(Refusal) as refusal:
        rules.checked_uscc(code, country=country)
    assert refusal.value.code == refused
    assert refusal.value.sentence


def test_a_credit_code_with_blanks_and_small_letters_is_understood():
    assert rules.checked_uscc("9111 0000 6000 3734 1l", country="CN") == USCC


@pytest.mark.parametrize(
    "code",
    ["91110108MA01ABCD2H", "N2110115MA01ABCD25", "A1110000600037341K", "Y1110000600037341Y", "121000004000000010"],
)
def test_codes_of_all_registering_authorities_are_taken(code):
    assert rules.checked_uscc(code, country="CN") == code


@pytest.mark.parametrize(
    ("en", "zh", "slug"),
    [
        ("Tsinghua Ice Dynamics", "清华", "tsinghua-ice-dynamics"),
        ("", "中关村科技", "zhong-guan-cun-ke-ji"),
    ],
)
def test_the_address_follows_from_the_name(en, zh, slug):
    assert rules.slug_of(name_en=en, name_zh=zh) == slug


def test_a_name_without_letters_still_has_an_address():
    assert rules.slug_of(name_en="🚀", name_zh="").startswith("firm-")


def test_chinese_names_sort_by_pinyin():
    keys = {name: rules.sort_keys(name_en="", name_zh=name)[1] for name in ("中关村", "北京", "上海")}
    assert sorted(keys, key=keys.get) == ["北京", "上海", "中关村"]


def test_accepting_follows_an_offer_only():
    with pytest.raises(Refusal) as refusal:
        rules.after("accept", "submitted")
    assert refusal.value.code == "not_now"
    assert rules.after("accept", "offered") == "accepted"


@pytest.mark.parametrize(("until", "code"), [(-1, "not_later"), (1, "not_later"), (15 * 24, "too_late")])
def test_more_time_is_later_and_at_most_two_weeks(until, code):
    with pytest.raises(Refusal) as refusal:
        rules.check_extension(until=NOW + timedelta(hours=until), at=NOW, ends=NOW + timedelta(hours=2))
    assert refusal.value.code == code


def test_booths_side_by_side_touch_and_those_over_an_aisle_do_not():
    one = rules.Rectangle(0, 0, 3, 3)
    assert one.touches(rules.Rectangle(3, 0, 3, 3))
    assert not one.touches(rules.Rectangle(3, 3, 3, 3))
    assert not one.touches(rules.Rectangle(0, 6, 3, 3))
