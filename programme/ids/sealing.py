"""ID numbers as the database keeps them: sealed under a key that is not in it, and a print that finds the same again.

A sealed number (numbers are unsigned, big-endian):

======  =====  =========================================================================================
offset  bytes  meaning
======  =====  =========================================================================================
0       1      format, always 0x01
1       4      which key: the first bytes of a hash of it
5       12     nonce, drawn anew for each
17      n      AES-256-GCM of kind, colon, number; the last 16 bytes are its tag
======  =====  =========================================================================================

Bytes 0 to 4 and what it is bound to are its associated data: in another row, or under another head, it opens nothing.
The key is settings.ID_KEY; those of settings.ID_KEYS_OLD open what they have sealed until all of it is sealed anew.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from programme.ids.numbers import IdNumber, Kind

FORMAT = b"\x01"
_ID_BYTES, _NONCE_BYTES, _TAG_BYTES = 4, 12, 16
_HEAD = len(FORMAT) + _ID_BYTES


class Unreadable(Exception):
    """A sealed number that does not open; it says why, and nothing of what is in it."""


class KeyGone(Unreadable):
    """Its key is neither ID_KEY nor one of ID_KEYS_OLD."""


class Altered(Unreadable):
    """It is not what was sealed, or is not bound to what it is asked for."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is derived from one secret: each for one purpose, and none leads to another."""

    head: bytes
    box: AESGCM = field(repr=False)
    prints: bytes = field(repr=False)


@cache
def _derived(secret: bytes) -> Key:
    def part(purpose: bytes, size: int) -> bytes:
        return blake2b(key=secret, digest_size=size, person=purpose).digest()

    return Key(
        head=FORMAT + part(b"ids.which", _ID_BYTES), box=AESGCM(part(b"ids.seal", 32)), prints=part(b"ids.print", 32)
    )


def _keys() -> tuple[Key, ...]:
    """The present one first."""
    return tuple(_derived(secret) for secret in dict.fromkeys((settings.ID_KEY, *settings.ID_KEYS_OLD)))


def seal(number: IdNumber, *, bound_to: bytes) -> bytes:
    """`bound_to` says whose it is, such as the sign-up's guid and who of its party; it opens only with the same."""
    key = _keys()[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return key.head + nonce + key.box.encrypt(nonce, f"{number.kind}:{number.number}".encode(), key.head + bound_to)


def unseal(sealed: bytes | memoryview, *, bound_to: bytes) -> IdNumber:
    """Raises KeyGone, Altered."""
    raw = bytes(sealed)
    head, nonce, rest = raw[:_HEAD], raw[_HEAD : _HEAD + _NONCE_BYTES], raw[_HEAD + _NONCE_BYTES :]
    if head[:1] != FORMAT or len(rest) < _TAG_BYTES:
        raise Altered("This is not a sealed ID number.")
    # Two keys may share their first bytes.
    boxes = [key.box for key in _keys() if key.head == head]
    if not boxes:
        raise KeyGone("The key that this ID number was sealed under is neither in ID_KEY nor in ID_KEYS_OLD.")
    for box in boxes:
        try:
            plain = box.decrypt(nonce, rest, head + bound_to)
        except InvalidTag:
            continue
        kind, _colon, number = plain.decode().partition(":")
        return IdNumber(Kind(kind), number)
    raise Altered("This sealed ID number was altered, or belongs to another row.")


def needs_resealing(sealed: bytes | memoryview) -> bool:
    """Whether another key than today's has sealed it; whoever seals it anew writes its print anew too."""
    return bytes(sealed[:_HEAD]) != _keys()[0].head


def fingerprint(number: IdNumber, *, departure: int) -> str:
    """64 characters, the same for the same number on the same departure, whatever kind its owner has called it.

    On another departure it is another, so that two lists do not tell who is on both.
    """
    return fingerprints(number, departure=departure)[0]


def fingerprints(number: IdNumber, *, departure: int) -> tuple[str, ...]:
    """That print by each known key, the present one's first: rows written before a rotation have an older one."""
    said = departure.to_bytes(8) + number.number.encode()
    return tuple(blake2b(said, key=key.prints, digest_size=32, person=b"ids.departure").hexdigest() for key in _keys())
