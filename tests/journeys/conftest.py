"""Journeys: a real browser against the whole site."""

import os

# Playwright's loop runs in the tests' own thread, and Django takes it for code that must not wait for a database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
