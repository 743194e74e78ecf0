"""Why each kind of personal data is kept, and for how long."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Keeping:
    """Stands beside each model as `keeping`: purpose and legal basis of the data, days that it is kept.

    `days` counts from the close of the show the row belongs to, or from the moment it was made where it belongs to
    none. None means: as long as the thing itself, because it holds no personal data or its owner erases it.
    """

    purpose: str | Promise
    basis: str | Promise
    days: int | None = None


NOTHING_PERSONAL = Keeping(purpose=_("to run the show"), basis=_("holds no personal data"))
