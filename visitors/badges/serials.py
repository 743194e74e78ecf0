"""The serial of a badge: what a person reads out when no camera can read the code.

Nine characters of Crockford's base32 (digits and capitals without I, L, O, U): eight at random (40 bits) and one
check character, stored without and shown with hyphens: XXX-XXX-XXX.

The characters are read as elements of GF(32) (modulo x^5 + x^2 + 1) and the check makes the polynomial that they
spell vanish at x. Each place then has a weight of its own and no weight is zero, so every single wrong character
and every swap of two characters is noticed.
"""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 9

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans("OIL", "011")
_FIELD = 0b100101


def draw() -> str:
    """A new serial at random. Uniqueness is the business of whoever stores it."""
    return _with_check(secrets.randbits(40))


def shown(serial: str) -> str:
    """As printed: XXX-XXX-XXX."""
    return f"{serial[:3]}-{serial[3:6]}-{serial[6:]}"


def tidy(typed: str) -> str | None:
    """The serial that somebody typed, or None.

    Forgives case, blanks, hyphens and dashes, full-width forms, O for 0 and I or L for 1.
    """
    if len(typed) > 64:
        return None
    plain = unicodedata.normalize("NFKC", typed)
    kept = "".join(c for c in plain if unicodedata.category(c) not in _BETWEEN and c not in "_\N{MINUS SIGN}")
    serial = kept.upper().translate(_LOOKALIKES)
    return serial if is_valid(serial) else None


_BETWEEN = {"Zs", "Zl", "Zp", "Pd", "Cc", "Cf"}


def is_valid(serial: str) -> bool:
    return len(serial) == LENGTH and all(c in _VALUES for c in serial) and _syndrome(serial) == 0


def pack(serial: str) -> bytes:
    """The eight random characters as 5 bytes; the check character follows from them."""
    number = 0
    for character in serial[:-1]:
        number = number << 5 | _VALUES[character]
    return number.to_bytes(5, "big")


def unpack(packed: bytes) -> str:
    return _with_check(int.from_bytes(packed, "big"))


def _with_check(number: int) -> str:
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return body + ALPHABET[_syndrome(body + "0")]


def _syndrome(characters: str) -> int:
    total = 0
    for character in characters:
        total <<= 1
        if total & 32:
            total ^= _FIELD
        total ^= _VALUES[character]
    return total
