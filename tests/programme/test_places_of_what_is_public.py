"""Sessions that were public before there was signing up have places too, once the database has followed."""

from importlib import import_module

import pytest
from django.db import connection
from django.forms import model_to_dict

from programme.models import Access, SessionPlaces
from tests.factories.expo import HallFactory, RoomFactory, on
from tests.factories.programme import departing, publish
from tests.factories.signups import EVE, published

pytestmark = pytest.mark.django_db


def test_they_are_as_if_published_now_but_that_nobody_has_to_sign_up():
    room = RoomFactory(hall=HallFactory())
    old = {"access": Access.NONE, "party_most": 1}
    published(on(1, "10:00"), room=room, seats=50, standing=10, reserve_guests=4, reserve_walk_ins=6, **old)
    tour = departing(on(2, "10:00"), asks_id=True, id_why_en="The gate asks.", id_why_zh="门卫核对。", **old)
    publish(tour.show, tour, at=EVE)
    meant = [model_to_dict(row) for row in SessionPlaces.objects.order_by("pk")]
    SessionPlaces.objects.all().delete()

    with connection.cursor() as cursor:
        cursor.execute(import_module("programme.migrations.0009_places_of_what_is_public").PLACES)

    assert [model_to_dict(row) for row in SessionPlaces.objects.order_by("pk")] == meant
    assert len(meant) == 2
