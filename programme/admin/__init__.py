"""The desk of this room, a module a subject."""

from programme.admin import hosts, importing, materials, sessions, speakers, tours

__all__ = ["hosts", "importing", "materials", "sessions", "speakers", "tours"]
