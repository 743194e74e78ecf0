import pytest
from django.core.cache import caches

from tests.factories import visitors as make


@pytest.fixture(autouse=True)
def fresh_cache():
    """What one test read about its show is nothing to the next."""
    caches["process"].clear()
    yield
    caches["process"].clear()


@pytest.fixture
def show(db):
    return make.open_show()


@pytest.fixture
def public(show):
    return make.ticket_type(show)


@pytest.fixture
def press(show):
    return make.ticket_type(show, code="press", category="press", access="approval")


@pytest.fixture
def delegates(show):
    return make.ticket_type(show, code="delegates", category="delegate", access="invitation")
