"""The API's public part against its own description, with whatever schemathesis thinks of."""

from itertools import product

import pytest
import schemathesis
from django.core.cache import caches
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chitec.api import api
from chitec.wsgi import application
from tests.factories.expo import AreaFactory, HallFactory, RoomFactory, on
from tests.factories.programme import SpeakerFactory, departing, placed, publish, speaking, talk

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
QUICK = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.fixture
def description():
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = application
    return schema.include(tag="programme")


@pytest.mark.django_db(transaction=True)
def test_the_public_api_keeps_to_its_description(show, description):
    caches["process"].clear()
    hall = HallFactory()
    forum = placed(on(1, "10:00"), area=AreaFactory(hall=hall), room=RoomFactory(hall=hall))
    speaker = SpeakerFactory()
    talk(forum, speaker, after=0, minutes=10)
    speaking(departing(on(2, "10:00")), speaker)
    publish(show)
    for operation, mode in product(description.get_all_operations(), schemathesis.GenerationMode):

        @bounded(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=QUICK)
        @given(case=operation.ok().as_strategy(generation_mode=mode))
        def run(case):
            case.call_and_validate(checks=CHECKS)

        run()


def test_everything_in_the_description_is_described():
    said = api.get_openapi_schema()
    assert said["openapi"] == "3.1.0"
    for path, methods in said["paths"].items():
        for operation in methods.values():
            if operation["tags"] != ["programme"]:
                continue
            assert operation["description"], path
            assert operation["summary"], path
            assert set(operation["responses"]) == {200, 304, 404, 422, 503}, path
            for parameter in operation["parameters"]:
                assert parameter["in"] == "path" or parameter["description"], (path, parameter["name"])


def test_each_address_is_named_once():
    names = [one["operationId"] for path in api.get_openapi_schema()["paths"].values() for one in path.values()]
    assert sorted(names) == sorted(set(names))
    assert {"sessions", "session", "speakers", "speaker", "tours"} < set(names)
