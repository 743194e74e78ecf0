from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from expo import formats
from tests.factories.expo import ZONE

DAY = date(2019, 10, 24)


@pytest.mark.parametrize(
    ("language", "long", "short", "named"),
    [
        ("en", "24 October 2019", "24 October", "Thursday 24 October"),
        ("zh-hans", "2019年10月24日", "10月24日", "10月24日 星期四"),
    ],
)
def test_a_day_is_written_as_its_language_does(language, long, short, named):
    with translation.override(language):
        assert (formats.day_long(DAY), formats.day_short(DAY), formats.day_named(DAY)) == (long, short, named)


@pytest.mark.parametrize(
    ("last", "english", "chinese"),
    [
        (date(2019, 10, 24), "24 October 2019", "2019年10月24日"),
        (date(2019, 10, 27), "24 – 27 October 2019", "2019年10月24日至27日"),
        (date(2019, 11, 2), "24 October – 2 November 2019", "2019年10月24日至11月2日"),
        (date(2020, 1, 2), "24 October 2019 – 2 January 2020", "2019年10月24日至2020年1月2日"),
    ],
)
def test_a_range_says_once_what_both_ends_share(last, english, chinese):
    with translation.override("en"):
        assert formats.day_range(DAY, last) == english
    with translation.override("zh-hans"):
        assert formats.day_range(DAY, last) == chinese


def test_a_moment_has_its_clock_behind_the_day():
    at = datetime(2019, 10, 24, 9, 5, tzinfo=ZONE)
    with translation.override("en"):
        assert formats.moment_long(at) == "24 October 2019, 09:05"
    with translation.override("zh-hans"):
        assert formats.moment_long(at) == "2019年10月24日 09:05"


@pytest.mark.parametrize(("language", "text"), [("en", "¥\xa01,200.00"), ("zh-hans", "1,200.00\xa0元")])
def test_money_has_its_sign_where_the_language_wants_it(language, text):
    with translation.override(language):
        assert formats.money(Decimal(1200)) == text


def test_nothing_to_pay_is_said_in_words():
    with translation.override("en"):
        assert formats.price(Decimal("0.00")) == "free of charge"


@pytest.mark.parametrize(("language", "text"), [("en", "Li Na, Bo"), ("zh-hans", "Li Na、Bo")])
def test_names_are_listed_with_the_comma_of_the_language(language, text):
    with translation.override(language):
        assert formats.listed(["Li Na", "Bo"]) == text


def test_small_counts_are_spelled():
    with translation.override("en"):
        assert [formats.spelled(n) for n in (0, 1, 14, 17)] == ["No", "One", "Fourteen", "17"]
