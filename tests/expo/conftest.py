import pytest

from tests.factories.accounts import UserFactory
from tests.factories.expo import ShowFactory


@pytest.fixture
def desk(client, db):
    """The desk of a show, opened by an organiser."""
    ShowFactory()
    client.force_login(UserFactory(organiser=True), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.cookies["language"] = "en"
    return client


def show_form(show):
    names = ("number", "short", "name_en", "name_zh", "theme_en", "theme_zh", "city_en", "city_zh", "venue_en")
    names += ("venue_zh", "time_zone", "contact")
    return {name: getattr(show, name) for name in names} | {"is_current": "on"}


def day_rows(show):
    days = list(show.days.order_by("number"))
    rows = {"days-TOTAL_FORMS": len(days), "days-INITIAL_FORMS": len(days)}
    for at, day in enumerate(days):
        values = {"id": day.pk, "show": show.pk, "number": day.number, "date": day.date}
        values |= {"opens": day.opens, "last_entry": day.last_entry, "closes": day.closes}
        rows |= {f"days-{at}-{name}": value for name, value in values.items()}
    return rows
