"""The desk of this room, a module a subject."""

from programme.admin import (
    hosts,
    importing,
    materials,
    papers,
    releases,
    series,
    sessions,
    speakers,
    talks,
    tours,
)
from programme.admin.signups import rows

__all__ = [
    "hosts",
    "importing",
    "materials",
    "papers",
    "releases",
    "rows",
    "series",
    "sessions",
    "speakers",
    "talks",
    "tours",
]
