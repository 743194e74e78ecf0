"""A statement that comes back is prepared: parsed and planned once a connection. Those of the desk never are."""

import pytest
from django.db import connection

from tests.factories.accounts import UserFactory
from tests.factories.staff import logged_in

pytestmark = pytest.mark.django_db


def test_what_is_asked_often_is_prepared():
    with connection.cursor() as cursor:
        for number in range(10):
            cursor.execute("SELECT %s::int AS asked_often", [number])
    assert prepared("asked_often") == 1


def test_a_search_on_the_desk_is_planned_by_what_is_searched_for():
    desk = logged_in(UserFactory(organiser=True))
    for number in range(10):
        desk.get("/admin/visitors/registration/", {"q": f"name {number}"})
    assert (prepared("visitors_registration"), connection.connection.prepare_threshold) == (0, 5)


def prepared(words):
    """How many statements of this connection with these words are prepared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE strpos(statement, %s) > 0", [words])
        return cursor.fetchone()[0]
