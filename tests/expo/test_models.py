"""What a show may be, said by its form and kept by the database."""

from datetime import date

import pytest

from tests.expo.conftest import day_rows, show_form
from tests.factories.expo import ShowFactory, on
from tests.factories.refusals import broken


@pytest.mark.parametrize("number", [0, 1000])
def test_a_shows_number_fits_into_a_badge(db, number):
    assert broken(lambda: ShowFactory(number=number)) == "show_number_fits_the_badge"


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1949, 12, 31), date(2201, 1, 1), date(9999, 12, 31)])
def test_the_database_keeps_no_day_of_an_unlikely_year(db, day):
    first = ShowFactory().days.get(number=1)
    assert broken(lambda: type(first).objects.filter(pk=first.pk).update(date=day)) == "day_in_a_likely_year"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"number": "1000"}, "less than or equal to 999"),
        ({"number": "0"}, "greater than or equal to 1"),
        ({"days-0-date": "0001-01-01"}, "Choose a year from 1950 to 2200."),
        ({"days-3-date": "9999-12-31"}, "Choose a year from 1950 to 2200."),
    ],
)
def test_what_cannot_be_is_told_on_the_form(desk, changed, words):
    show = ShowFactory()
    answer = desk.post(f"/admin/expo/show/{show.pk}/change/", show_form(show) | day_rows(show) | changed)
    assert answer.status_code == 200
    assert words in answer.content.decode()


@pytest.mark.parametrize(("path", "field"), [("consentwording", "since"), ("invitation", "valid_until")])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_moments_of_unlikely_years_are_told_on_the_form(desk, path, field, day):
    answer = desk.post(f"/admin/visitors/{path}/add/", {f"{field}_0": day, f"{field}_1": "00:00"})
    assert answer.status_code == 200
    assert "Choose a year from 1950 to 2200." in answer.content.decode()


def test_a_show_whose_days_are_not_set_has_still_to_come(db):
    show = ShowFactory()
    assert (show.is_over(on(4, "16:59")), show.is_over(on(4, "17:00"))) == (False, True)
    show.days.all().delete()
    del show.calendar
    assert not show.is_over(on(4, "17:00"))
