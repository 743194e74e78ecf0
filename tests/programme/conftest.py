from datetime import date, timedelta

import pytest
from django.core.cache import caches

from expo.models import Show, ShowDay
from tests.factories.expo import ShowFactory, on


@pytest.fixture
def show():
    return ShowFactory()


@pytest.fixture
def set_clock(monkeypatch):
    """Sets the show's clock; it stands at ten on the first day."""

    def set_clock(moment):
        monkeypatch.setattr(Show, "now", lambda show: moment.astimezone(show.zone))
        caches["process"].clear()

    set_clock(on(1, "10:00"))
    return set_clock


@pytest.fixture
def media(settings, tmp_path):
    """A folder of the test's own for what is kept as files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def berlin():
    """A show in Berlin over the night in which summer time begins, 28 to 30 March 2026."""
    show = ShowFactory(time_zone="Europe/Berlin", days=3)
    for day in ShowDay.objects.filter(show=show):
        ShowDay.objects.filter(pk=day.pk).update(date=date(2026, 3, 27) + timedelta(days=day.number))
    return Show.objects.current()
