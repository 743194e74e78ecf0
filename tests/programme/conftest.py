from datetime import date, timedelta

import pytest

from expo.models import Show, ShowDay
from tests.factories.expo import ShowFactory


@pytest.fixture
def show():
    return ShowFactory()


@pytest.fixture
def berlin():
    """A show in Berlin over the night in which summer time begins, 28 to 30 March 2026."""
    show = ShowFactory(time_zone="Europe/Berlin", days=3)
    for day in ShowDay.objects.filter(show=show):
        ShowDay.objects.filter(pk=day.pk).update(date=date(2026, 3, 27) + timedelta(days=day.number))
    return Show.objects.current()
