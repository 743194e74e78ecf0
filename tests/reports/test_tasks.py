"""What the night's jobs are: every room that keeps data for a time carries it out."""

import pytest
from procrastinate.contrib.django import app

from tests.factories.expo import ShowFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("room", ["accounts", "visitors", "onsite"])
def test_each_room_forgets_by_night_and_says_how_much(room, caplog):
    ShowFactory()
    caplog.set_level("INFO", logger="chitec.forget")
    app.tasks[f"{room}.forget"](timestamp=0)
    assert "forgotten" in caplog.text


def test_the_nights_jobs_have_a_time():
    periodic = {name for name, _ in app.periodic_registry.periodic_tasks}
    assert periodic >= {"accounts.forget", "visitors.forget", "onsite.forget", "reports.check_invariants"}
