from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.refusals import Refusal
from visitors.models import Registration


def locked(registration: Registration) -> Registration:
    """The registration's row as it is now, locked until the running transaction ends.

    Rows that belong to it may be added all the same. Whoever was erased comes back by no act.
    Raises Refusal: erased.
    """
    row = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if row.erased_at is not None:
        raise Refusal("erased", _("This registration was erased."))
    return row
