"""Whether there is a place in a session to be had now, as everybody is told it: in numbers, and never who has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from expo import formats
from expo.templatetags.signs import seats
from programme.models import Access
from programme.reading import Left, Listed


class Standing(StrEnum):
    """How it stands with signing up, by the clock and by what is left."""

    CANCELLED = "cancelled"
    OVER = "over"
    JUST_COME = "just_come"
    CLOSED = "closed"
    LATER = "later"
    FULL = "full"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Booking:
    """The places of a session at the moment `at`; `left` is None where there are none to be signed up for."""

    listed: Listed
    left: Left | None
    at: datetime

    @property
    def standing(self) -> Standing:
        told, at = self.listed.told, self.at.astimezone(UTC)
        if self.listed.is_cancelled:
            return Standing.CANCELLED
        if at >= told.ends_at:
            return Standing.OVER
        if self.left is None or told.access == Access.NONE or not told.places:
            return Standing.JUST_COME
        if self.left.is_closed or at >= min(told.signup_closes_at or told.starts_at, told.starts_at):
            return Standing.CLOSED
        if told.signup_opens_at is not None and at < told.signup_opens_at:
            return Standing.LATER
        return Standing.OPEN if self.left.left else Standing.FULL

    @property
    def is_free(self) -> bool:
        """Whether nothing but the rules of who may come keeps anybody from a place, now or once one can sign up."""
        standing = self.standing
        if standing == Standing.JUST_COME:
            return True
        return standing in {Standing.OPEN, Standing.LATER} and self.left is not None and self.left.left > 0

    @property
    def is_begun(self) -> bool:
        return not self.listed.is_coming(self.at)

    @property
    def is_by_invitation(self) -> bool:
        return self.listed.told.access == Access.INVITATION

    @property
    def is_approved(self) -> bool:
        return self.listed.told.access == Access.APPROVAL

    @property
    def opens_at(self) -> str:
        """1 October 2019, 10:00."""
        opens = self.listed.told.signup_opens_at
        return formats.moment_long(opens.astimezone(self.listed.starts.tzinfo)) if opens else ""

    @property
    def briefly(self) -> str:
        """27 left; full, 12 wait; nothing where a list need not say anything of it."""
        standing, left = self.standing, self.left
        if standing == Standing.LATER and (opens := self.listed.told.signup_opens_at):
            moment = formats.moment_short(opens.astimezone(self.listed.starts.tzinfo))
            return gettext("sign-up opens %(moment)s") % {"moment": moment}
        if standing == Standing.CLOSED and not self.is_begun:
            return gettext("sign-up closed")
        if left is None or standing not in {Standing.OPEN, Standing.FULL}:
            return ""
        if standing == Standing.OPEN:
            return gettext("%(left)s left") % {"left": formats.number(left.left)}
        if not left.waiting:
            return gettext("full")
        return ngettext("full, %(n)s waits", "full, %(n)s wait", left.waiting) % {"n": formats.number(left.waiting)}

    @property
    def bar(self) -> SafeString:
        """27 of 300 seats left, in words and as a bar."""
        told, left = self.listed.told, self.left
        if left is None:
            return SafeString("")
        what = "places" if told.standing or self.listed.enterprise else "seats"
        return seats(left.left, left.places, what)
