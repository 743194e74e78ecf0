import pytest
from django.core.cache import caches
from django.utils import timezone, translation

from expo.models import Show
from tests.factories.exhibitors import NOW, MemberFactory, manager_of, row_of_booths
from tests.factories.expo import AreaFactory, GateFactory, HallFactory, ShowFactory


@pytest.fixture(autouse=True)
def fresh_process():
    """Nothing kept by the process from another test; sentences in English."""
    caches["process"].clear()
    with translation.override("en"):
        yield


@pytest.fixture
def show(db):
    """The current show, whose clock stands at NOW."""
    ShowFactory(is_demo=True)
    Show.objects.update(clock_shift=NOW - timezone.now())
    return Show.objects.get()


@pytest.fixture
def hall(show):
    hall = HallFactory(show=show, slug="hall-1", name_en="Hall 1", name_zh="1号馆")
    GateFactory(hall=hall)
    return hall


@pytest.fixture
def area(hall):
    area = AreaFactory(hall=hall, letter="A", slug="science-city", name_en="Science City", name_zh="科学城")
    manager_of(area)
    return area


@pytest.fixture
def other_area(hall):
    area = AreaFactory(hall=hall, letter="B", slug="other", name_en="Other", name_zh="其他")
    manager_of(area)
    return area


@pytest.fixture
def booths(area):
    return row_of_booths(area, 8)


@pytest.fixture
def member(show):
    return MemberFactory()


@pytest.fixture
def stranger(show):
    return MemberFactory()


def login(client, user):
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
