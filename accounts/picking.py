"""Fields for days and hours with the browser's own pickers, which speak its reader's language.

The admin's own warn of the reader's time zone, in English, where the show's is meant.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

DAY, HOUR = "%Y-%m-%d", "%H:%M"


def a_day() -> forms.DateInput:
    return forms.DateInput(format=DAY, attrs={"type": "date"})


def an_hour() -> forms.TimeInput:
    return forms.TimeInput(format=HOUR, attrs={"type": "time"})


def a_moment() -> forms.SplitDateTimeWidget:
    """A day and an hour side by side, each with a name of its own for whoever does not see them."""
    day: dict[str, Any] = {"type": "date", "aria-label": _("Date")}
    hour: dict[str, Any] = {"type": "time", "aria-label": _("Time")}
    return forms.SplitDateTimeWidget(date_attrs=day, time_attrs=hour, date_format=DAY, time_format=HOUR)
