import pytest

from expo.calendars import time_zone


def test_a_zone_without_summer_time_has_one_offset():
    text = time_zone("Asia/Shanghai", 2019, 2019).to_ical().decode()
    assert (text.count("BEGIN:STANDARD"), text.count("BEGIN:DAYLIGHT"), text.count("TZOFFSETTO:+0800")) == (1, 0, 1)


@pytest.mark.parametrize(
    ("name", "summer", "winter"),
    [
        # By the clock that is put forward or back: at 2 in winter, at 3 in summer.
        ("Europe/Berlin", "20260329T020000", "20261025T030000"),
        ("America/New_York", "20260308T020000", "20261101T020000"),
        # There summer time begins half an hour later, and a year begins in summer.
        ("Australia/Lord_Howe", "20261004T020000", "20260405T020000"),
    ],
)
def test_the_clocks_change_by_the_old_clock(name, summer, winter):
    parts = time_zone(name, 2026, 2026).to_ical().decode().split("BEGIN:")
    changes = {part.split("\r\n")[0]: part for part in parts if "TZOFFSETFROM" in part and "T000000" not in part}
    assert f"DTSTART:{summer}\r\n" in changes["DAYLIGHT"]
    assert f"DTSTART:{winter}\r\n" in changes["STANDARD"]


def test_a_show_over_new_year_has_both_years():
    text = time_zone("Europe/Berlin", 2026, 2027).to_ical().decode()
    assert (text.count("BEGIN:DAYLIGHT"), text.count("BEGIN:STANDARD")) == (2, 3)
