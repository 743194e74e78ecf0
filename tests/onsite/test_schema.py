"""The API against its own description, with whatever schemathesis thinks of."""

from itertools import product

import pytest
import schemathesis
from django.conf import settings
from django.core.cache import caches
from django.test import Client
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
from tests.factories.expo import on
from tests.factories.onsite import TOKEN
from tests.factories.signups import published

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
QUICK = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
SIGNED_IN = {settings.DEVICE_COOKIE_NAME: TOKEN}


@pytest.fixture
def description():
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = application
    return schema.include(tag=["gate", "door"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("ten")
@pytest.mark.parametrize("cookies", [SIGNED_IN, {}], ids=["device", "stranger"])
def test_the_api_keeps_to_its_description(device, description, cookies):
    caches["process"].clear()
    signed_in = Client()
    for name, value in cookies.items():
        signed_in.cookies[name] = value
    assert signed_in.get("/api/v1/gate/today").status_code == (200 if cookies else 401)
    slug = published(on(1, "10:20")).slug
    for operation, mode in product(description.get_all_operations(), schemathesis.GenerationMode):
        keeps_to_it(operation.ok(), mode, slug, cookies)


def keeps_to_it(operation, mode, slug, cookies):
    @bounded(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=QUICK)
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        # Else it would hardly ever ask for the door of a session that there is.
        if mode.is_positive and "slug" in case.path_parameters:
            case.path_parameters["slug"] = slug
        case.call_and_validate(checks=CHECKS, cookies=cookies)

    run()
