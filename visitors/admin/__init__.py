"""The desk of this room, a module a subject."""

from visitors.admin import consents, offer, people, registrations

__all__ = ["consents", "offer", "people", "registrations"]
