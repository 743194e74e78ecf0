"""What outputs tell beside the published documents, read for all sessions at once."""

from __future__ import annotations

from collections.abc import Iterable

from programme.models import Material


def materials_of(sessions: Iterable[int]) -> dict[int, list[Material]]:
    """Slides and recordings by the session's key."""
    found: dict[int, list[Material]] = {}
    for row in Material.objects.filter(session__in=list(sessions)).order_by("pk"):
        found.setdefault(row.session_id, []).append(row)
    return found
