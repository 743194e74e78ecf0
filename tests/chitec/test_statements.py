"""A statement that comes back is prepared: parsed and planned once a connection."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


def test_what_is_asked_often_is_prepared():
    with connection.cursor() as cursor:
        for number in range(10):
            cursor.execute("SELECT %s::int AS asked_often", [number])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%asked_often'")
        assert cursor.fetchone() == (1,)
