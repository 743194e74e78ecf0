"""The desk of this room, a module a subject."""

from exhibitors.admin import applications, firms, space

__all__ = ["applications", "firms", "space"]
