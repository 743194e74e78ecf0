"""Sessions in the database, of which only those are looked up that could be ours."""

from __future__ import annotations

import re

from django.contrib.sessions.backends import db

# As Django draws them. A quoted cookie can say any character, also the one that no text of PostgreSQL may hold.
KEY = re.compile(r"[a-z0-9]{32}")


class SessionStore(db.SessionStore):
    def _validate_session_key(self, key: str) -> bool:
        return bool(key) and KEY.fullmatch(key) is not None
