"""The signed code that a badge carries in its QR symbol.

A gate must be able to tell a true badge from a false one without a network, so the code holds all that a gate
needs and an Ed25519 signature (RFC 8032) over it. It is 78 bytes, written in base45 (RFC 9285) as exactly 117
characters of the QR alphanumeric set:

======  =====  =========================================================================================
offset  bytes  meaning (numbers are unsigned, big-endian)
======  =====  =========================================================================================
0       1      format, always 0x01; whatever else the same key ever signs begins with another byte
1       2      show number, 1 to 999
3       1      key id: the first byte of SHA-256 over the 32 raw bytes of the public key
4       5      serial: its first eight characters as eight 5-bit numbers (Crockford base32), first one highest
9       1      category, see `CATEGORIES`
10      2      days: bit n-1 (lowest bit is 0) stands for day n of the show, 1 to 16; at least one is set
12      2      version, 1 to 65535; each new issue of the badge counts it up
14      64     Ed25519 signature over bytes 0 to 13
======  =====  =========================================================================================

To check one elsewhere: cut blanks and line ends off, turn small letters into capitals, decode base45 strictly,
require 78 bytes and format 1, look up the public keys with that key id (there may be more than one), and accept
when the signature over the first 14 bytes is good under one of them. Only then read the fields.

The first character is always one of V W X Y (because the show number is below 1,280) and the last one never a
blank, so nothing is lost when a reader or a form field trims what was typed.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import base45
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from . import serials

FORMAT = 1
#: Characters in every code; 122 fit QR version 5 with error correction M.
LENGTH = 117
#: The numbers are printed on paper: new categories get new numbers, old numbers are never used again.
CATEGORIES = {
    "professional": 1,
    "public": 2,
    "press": 3,
    "delegate": 4,
    "merchant": 5,
    "speaker": 6,
    "exhibitor_staff": 7,
    "organiser": 8,
}
MAX_SHOW = 999
MAX_DAY = 16
MAX_VERSION = 65535

_NAMES = {number: name for name, number in CATEGORIES.items()}
_CLAIM = struct.Struct(">BHB5sBHH")
_SIGNATURE_BYTES = 64


class BadCode(ValueError):
    """What was read is no badge of ours.

    `reason` is "malformed" (not such a code at all) or "unsigned" (no key of ours signed it).
    """

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Credential:
    """What a badge says of itself. Raises ValueError for what the code cannot carry."""

    show: int
    serial: str
    category: str
    days: frozenset[int]
    version: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", frozenset(self.days))
        if not 1 <= self.show <= MAX_SHOW:
            raise ValueError(f"a show number is 1 to {MAX_SHOW}, not {self.show}")
        if not serials.is_valid(self.serial):
            raise ValueError(f"not a serial: {self.serial!r}")
        if self.category not in CATEGORIES:
            raise ValueError(f"no such category: {self.category!r}")
        if not self.days or not all(1 <= day <= MAX_DAY for day in self.days):
            raise ValueError(f"days are numbered 1 to {MAX_DAY} and there is at least one")
        if not 1 <= self.version <= MAX_VERSION:
            raise ValueError(f"a version is 1 to {MAX_VERSION}, not {self.version}")


@dataclass(frozen=True)
class VerifyingKey:
    id: int
    public: Ed25519PublicKey

    @classmethod
    def of(cls, public: Ed25519PublicKey) -> "VerifyingKey":
        return cls(hashlib.sha256(public.public_bytes_raw()).digest()[0], public)

    @classmethod
    def from_raw(cls, raw: bytes) -> "VerifyingKey":
        """From the 32 raw bytes of a public key; raises ValueError."""
        return cls.of(Ed25519PublicKey.from_public_bytes(raw))


@dataclass(frozen=True)
class SigningKey:
    id: int
    private: Ed25519PrivateKey

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> "SigningKey":
        return cls(VerifyingKey.of(private.public_key()).id, private)

    @classmethod
    def from_raw(cls, raw: bytes) -> "SigningKey":
        """From the 32 raw bytes of a private key; raises ValueError."""
        return cls.of(Ed25519PrivateKey.from_private_bytes(raw))

    @property
    def verifying(self) -> VerifyingKey:
        return VerifyingKey(self.id, self.private.public_key())


@cache
def signing_key() -> SigningKey:
    """The key that signs badges now, from settings.BADGE_KEY."""
    from django.conf import settings

    return SigningKey.from_raw(settings.BADGE_KEY)


@cache
def verifying_keys() -> tuple[VerifyingKey, ...]:
    """The keys whose badges are good: today's, then those of settings.BADGE_KEYS_OLD."""
    from django.conf import settings

    return (signing_key().verifying, *map(VerifyingKey.from_raw, settings.BADGE_KEYS_OLD))


def sign(credential: Credential, key: SigningKey) -> str:
    """The code of `credential`, always `LENGTH` characters. The same credential and key give the same code."""
    claim = _CLAIM.pack(
        FORMAT,
        credential.show,
        key.id,
        serials.pack(credential.serial),
        CATEGORIES[credential.category],
        sum(1 << (day - 1) for day in credential.days),
        credential.version,
    )
    return base45.b45encode(claim + key.private.sign(claim)).decode()


def read(text: str, keys: Iterable[VerifyingKey]) -> Credential:
    """The credential in a code that one of `keys` signed; raises BadCode."""
    code = text.strip().upper()
    if len(code) != LENGTH or not code.isascii():
        raise BadCode("malformed")
    try:
        raw = base45.b45decode(code)
    except ValueError as error:
        raise BadCode("malformed") from error
    if len(raw) != _CLAIM.size + _SIGNATURE_BYTES or raw[0] != FORMAT:
        raise BadCode("malformed")
    claim, signature = raw[: _CLAIM.size], raw[_CLAIM.size :]
    _, show, key_id, serial, category, mask, version = _CLAIM.unpack(claim)
    if not any(_signed(claim, signature, key) for key in keys if key.id == key_id):
        raise BadCode("unsigned")
    try:
        return Credential(
            show=show,
            serial=serials.unpack(serial),
            category=_NAMES.get(category, ""),
            days=frozenset(day for day in range(1, MAX_DAY + 1) if mask >> (day - 1) & 1),
            version=version,
        )
    except ValueError as error:
        raise BadCode("malformed") from error


def _signed(claim: bytes, signature: bytes, key: VerifyingKey) -> bool:
    try:
        key.public.verify(signature, claim)
    except InvalidSignature:
        return False
    return True
