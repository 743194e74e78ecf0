import pytest
import time_machine
from django.conf import settings
from django.core.cache import caches
from django.test import Client

from tests.factories.expo import on
from tests.factories.onsite import TOKEN, DeviceFactory


@pytest.fixture(autouse=True)
def _nothing_remembered():
    caches["process"].clear()


@pytest.fixture
def ten():
    """Ten o'clock on the first day of the show, and standing."""
    with time_machine.travel(on(1, "10:00"), tick=False) as clock:
        yield clock


@pytest.fixture
def device(db):
    return DeviceFactory()


@pytest.fixture
def show(device):
    return device.show


@pytest.fixture
def phone(device):
    """A browser with the device's cookie."""
    client = Client()
    client.cookies[settings.DEVICE_COOKIE_NAME] = TOKEN
    return client
