"""What /privacy/ promises of visitors' data is carried out by the nightly jobs, for each model there is."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from expo.models import Show
from onsite.models import DoorScan, Scan, Visit
from onsite.tasks import forget as forget_scans
from tests.factories import visitors as make
from tests.factories.expo import on
from tests.factories.onsite import DeviceFactory, code_of
from tests.factories.signups import published
from tests.onsite.test_actions import read
from visitors.models import Badge, Consent, Person, Registration, Ticket, VisitCode
from visitors.tasks import forget as forget_visitors

pytestmark = pytest.mark.django_db
NAME, EMAIL, FIRM = "Xylophonia Quetzal", "xylo.quetzal@example.org", "Quetzal Works"


def names_left() -> list[str]:
    """The tables in which somebody's name, address or firm stands in any column."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text ~* %s',  # noqa: S608
                ["xylophonia|quetzal"],
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def anonymous() -> bool:
    """The row stays and counts, and leads to nobody: neither by its own columns nor by its registration's."""
    row = Registration.objects.get()
    return (row.name, row.email, row.firm, row.phone) == ("", "", "", "") and row.erased_at is not None


def gone(model: type) -> bool:
    return not model.objects.exists()


#: What has to be true of each model with `days` when those are over.
CARRIED_OUT = {
    Person: lambda: gone(Person) and names_left() == [],
    Registration: anonymous,
    Ticket: lambda: anonymous() and Ticket.objects.get().reason == "",
    Badge: lambda: anonymous() and Badge.objects.get().revoked_at is not None,
    Consent: lambda: gone(Consent),
    Scan: lambda: gone(Scan),
    DoorScan: lambda: gone(DoorScan),
    Visit: lambda: anonymous() and Visit.objects.get().scan is None,
}


@pytest.fixture
def visited():
    """The show, with somebody who was there on its first day."""
    device = DeviceFactory(gate__hall__show=make.open_show())
    row = make.registered(make.ticket_type(device.show), name=NAME, email=EMAIL, firm=FIRM).lead
    read(device, code_of(row.badge))
    DoorScan.objects.create(
        uid=uuid4(), show=device.show, session=published(on(1, "10:00")), device=device, badge=row.badge,
        means="camera", outcome="not_signed_up", read_at=on(1, "10:00"), at=on(1, "10:00"),
    )  # fmt: skip
    return device.show


def test_every_model_with_a_time_is_looked_at():
    ours = [*apps.get_app_config("visitors").get_models(), *apps.get_app_config("onsite").get_models()]
    # Codes belong to no show and go by the real time: see tests/visitors/test_codes.py.
    assert {model for model in ours if getattr(getattr(model, "keeping", None), "days", None)} == {
        *CARRIED_OUT,
        VisitCode,
    }


@pytest.mark.parametrize("model", CARRIED_OUT, ids=lambda model: model.__name__)
def test_each_is_kept_until_then_and_no_longer(visited, model):
    for days, over in ((model.keeping.days - 1, False), (model.keeping.days + 1, True)):
        at = on(4, "17:00") + timedelta(days=days)
        Show.objects.filter(pk=visited.pk).update(clock_shift=at - timezone.now())
        forget_visitors(timestamp=0)
        forget_scans(timestamp=0)
        assert CARRIED_OUT[model]() is over, days
