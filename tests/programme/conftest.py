import pytest

from tests.factories.expo import ShowFactory


@pytest.fixture
def show():
    return ShowFactory()
