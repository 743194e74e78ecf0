"""Times as clocks on the wall of the show read them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal


def moment(wall: datetime, zone: ZoneInfo, *, field: str | None = None) -> datetime:
    """The moment at which the clocks of the zone read `wall`, which says no zone.

    Raises Refusal: no_such_time, time_comes_twice (when summer time begins and ends).
    """
    first = wall.replace(tzinfo=zone, fold=0)
    change = first.timestamp() - first.replace(fold=1).timestamp()
    if change > 0:
        told = _("The clocks are put forward that day, and this time is left out. Choose another one.")
        raise Refusal("no_such_time", told, field=field)
    if change < 0:
        told = _("The clocks are put back that day, and this time comes twice. Choose another one.")
        raise Refusal("time_comes_twice", told, field=field)
    return first
