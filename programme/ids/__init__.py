"""Numbers of identity documents: how they are read, and how they rest in the database where nobody can read them.

No model is in here, and no number ever in a `repr`, an exception or the sentence of a refusal.
"""

from programme.ids.numbers import IdNumber, Kind, age_on, masked, read
from programme.ids.sealing import (
    Altered,
    KeyGone,
    Unreadable,
    fingerprint,
    fingerprints,
    needs_resealing,
    seal,
    unseal,
)

__all__ = [
    "Altered",
    "IdNumber",
    "KeyGone",
    "Kind",
    "Unreadable",
    "age_on",
    "fingerprint",
    "fingerprints",
    "masked",
    "needs_resealing",
    "read",
    "seal",
    "unseal",
]
