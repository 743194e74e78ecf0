"""Imported by pytest before Django's settings (`-p tests.environment` in pyproject.toml)."""

from chitec.local import testing

testing.prepare()
