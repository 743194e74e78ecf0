"""Whole addresses of the public pages, for programs and mails that are read elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.urls import reverse

from programme.models import Enterprise, Picture, Speaker
from programme.reading import Stays


@dataclass(frozen=True, slots=True)
class Addresses:
    """Put together from `start`, their one part that changes with the language.

    An output of 300 sessions and 247 speakers has some 2,000 of them: to look each up by its name would take longer
    than all the rest of it.
    """

    start: str

    @classmethod
    def in_use(cls) -> Self:
        """In the language in use."""
        return cls(settings.SITE_URL + reverse("home"))

    def programme(self) -> str:
        return f"{self.start}programme/"

    def session(self, slug: str) -> str:
        return f"{self.start}programme/{slug}/"

    def calendar(self, slug: str) -> str:
        return f"{self.start}programme/{slug}/calendar.ics"

    def material(self, slug: str, row: Stays) -> str:
        """What lies elsewhere has an address of its own."""
        return row.url or f"{self.start}programme/{slug}/materials/{row.pk}/"

    def speaker(self, row: Speaker) -> str:
        return f"{self.start}speakers/{row.slug}/"

    def tour(self, row: Enterprise) -> str:
        return f"{self.start}tours/{row.slug}/"

    @staticmethod
    def picture(row: Picture) -> str:
        return f"{settings.SITE_URL}/pictures/{row.digest}.jpg"
