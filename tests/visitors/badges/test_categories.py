from visitors.badges import code, pdf
from visitors.models import Category


def test_every_category_has_a_number_in_the_code_and_a_band_on_the_badge():
    assert set(code.CATEGORIES) == set(pdf.BANDS) == set(Category.values)


def test_numbers_are_those_on_badges_already_printed():
    assert list(code.CATEGORIES.values()) == list(range(1, 9))
