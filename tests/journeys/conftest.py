"""Journeys: a real browser against the whole site, and one show for them, its clock at ten on the first day."""

import os
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client
from django.utils import translation
from playwright.sync_api import BrowserContext

from accounts.models import User
from tests.factories.exhibitors import NOW, manager_of, row_of_booths
from tests.factories.expo import AreaFactory, GateFactory, HallFactory
from tests.factories.visitors import open_show, ticket_type

# Playwright's loop runs in the tests' own thread, and Django takes it for code that must not wait for a database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(autouse=True)
def _nothing_remembered():
    caches["process"].clear()
    with translation.override("en"):
        yield
    caches["process"].clear()


@pytest.fixture
def fair(transactional_db) -> SimpleNamespace:
    """The show and what stands in it: `show`, `hall`, `area` A with its `manager` and eight free `booths`, `ticket`."""
    show = open_show(at=NOW)
    hall = HallFactory(show=show, slug="hall-1", name_en="Hall 1", name_zh="1号馆")
    GateFactory(hall=hall)
    area = AreaFactory(hall=hall, letter="A", slug="science-city", name_en="Science City", name_zh="科学城")
    manager = manager_of(area)
    booths = row_of_booths(area, 8)
    ticket = ticket_type(show, name_en="Public visitor", name_zh="普通观众")
    return SimpleNamespace(show=show, hall=hall, area=area, manager=manager, booths=booths, ticket=ticket)


@pytest.fixture
def logged_in(browser, live_server) -> Callable[..., BrowserContext]:
    """A browser in which the user is logged in, without the walk through the login: that one is tested by itself."""
    opened = []

    def open_for(user: User | None, **options: object) -> BrowserContext:
        context = browser.new_context(**options)
        opened.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            session = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return context

    yield open_for
    for context in opened:
        context.close()
