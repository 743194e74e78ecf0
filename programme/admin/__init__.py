"""The desk of this room, a module a subject."""

from programme.admin import importing

__all__ = ["importing"]
