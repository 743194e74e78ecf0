"""The desk of this room, a module a subject."""

from programme.admin import (
    hosts,
    importing,
    materials,
    papers,
    releases,
    series,
    sessions,
    signups_rows,
    speakers,
    talks,
    tours,
)

__all__ = [
    "hosts",
    "importing",
    "materials",
    "papers",
    "releases",
    "series",
    "sessions",
    "signups_rows",
    "speakers",
    "talks",
    "tours",
]
