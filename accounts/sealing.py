"""Text that has to rest in the database for a moment and must not be readable there: codes and links that log in."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.blake2b(key.encode(), digest_size=32, person=b"accounts.sealing").digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def seal(value: Any) -> str:
    """`value` (JSON) under a key that is not in the database."""
    return _box().encrypt(json.dumps(value).encode()).decode()


def unseal(sealed: str, *, within: int) -> Any:
    """What was sealed, None if that was more than `within` seconds ago or under a key that is gone."""
    try:
        return json.loads(_box().decrypt(sealed.encode(), ttl=within))
    except InvalidToken:
        return None
