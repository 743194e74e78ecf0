"""How often one address or account may do one thing, counted in the database for all processes at once."""

from __future__ import annotations

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

from accounts.refusals import Refusal


class TooOften(Exception):
    """Answered with 429. `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after

    @property
    def refusal(self) -> Refusal:
        """The same as a page or a form says it: too_often."""
        minutes = math.ceil(self.retry_after / 60)
        told = ngettext(
            "This was asked for too often. Please send it once more in %(number)d minute.",
            "This was asked for too often. Please send it once more in %(number)d minutes.",
            minutes,
        )
        return Refusal("too_often", told % {"number": minutes})


def retry_after(response: HttpResponse, error: TooOften) -> HttpResponse:
    """Tell programs, too, in how many seconds to try again."""
    response.headers["Retry-After"] = str(error.retry_after)
    return response


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in each window of `within`; `what` names the form."""

    what: str
    times: int
    within: timedelta


def client_ip(request: HttpRequest) -> str:
    """The client's address: the peer's, or what the nearest trusted proxies say it is.

    X-Forwarded-For is read from the right, past as many addresses as are listed in TRUSTED_PROXIES.
    """
    address = request.META.get("REMOTE_ADDR", "") or "0.0.0.0"  # noqa: S104  (a socket without an address)
    if address in settings.TRUSTED_PROXIES:
        for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            if hop.strip():
                address = hop.strip()
            if address not in settings.TRUSTED_PROXIES:
                break
    return address


def network(request: HttpRequest) -> str:
    """The client's network: an IPv4 address, or the /64 that an IPv6 household or phone owns."""
    address = client_ip(request)
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def count(*uses: tuple[Limit, str] | tuple[Limit, str, int], at: datetime) -> None:
    """Count a use of each limit by its key (an address, an account), or as many as stand behind it; raises TooOften.

    One statement, outside any transaction of the caller's so that a refused act is counted too.
    """
    rows = []
    for limit, key, *number in uses:
        seconds = limit.within.total_seconds()
        window = math.floor(at.timestamp() / seconds)
        digest = hashlib.blake2b(f"{limit.what}:{key}:{window}".encode(), digest_size=24).hexdigest()
        ends = datetime.fromtimestamp((window + 1) * seconds, tz=at.tzinfo)
        rows.append((digest, number[0] if number else 1, ends, limit))
    rows.sort(key=lambda row: row[0])
    values = ", ".join(["(%s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO accounts_tally AS t (key, count, ends_at) VALUES {values} "  # noqa: S608
            "ON CONFLICT (key) DO UPDATE SET count = t.count + excluded.count RETURNING key, count",
            [value for digest, number, ends, _ in rows for value in (digest, number, ends)],
        )
        counted = dict(cursor.fetchall())
    over = [ends for digest, _number, ends, limit in rows if counted[digest] > limit.times]
    if over:
        raise TooOften(max(1, math.ceil((max(over) - at).total_seconds())))
