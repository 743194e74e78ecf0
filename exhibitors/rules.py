"""Who may get which booth, for how long and at what price. Pure: values and the moment in, a value or a Refusal out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from stdnum.cn import uscc as credit_code

from accounts.refusals import Refusal
from exhibitors.models import Application, Booth
from expo.places import MAINLAND

# Two days: an area's manager answers within two working days, and nobody blocks a booth over a weekend unseen.
HOLD = timedelta(hours=48)
# Three days: long enough for a signature inside the firm.
OFFER = timedelta(hours=72)
# A manager may give more time, but a booth that nobody contracts goes back on the plan within two weeks.
EXTENSION_AT_MOST = timedelta(days=14)
# Registering authority and kind of body, region in digits, organisation, check character. The first two are letters
# too where another authority than the market regulator registers: A1 trade unions, N1 rural collectives, Y1 others;
# python-stdnum takes digits alone there.
USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
# The largest stand of the 22nd show took six standard booths; more is a talk with the organiser, not a form.
BOOTHS_AT_MOST = 6
# Hall aisles are 3 m; booths nearer than this stand side by side or back to back.
NEXT_TO = Decimal("0.6")
SLUG_LENGTH = 80
SORT_KEY_LENGTH = 400

State = Application.State

# From which states each act leads where.
MOVES: dict[str, tuple[frozenset[str], str]] = {
    "submit": (frozenset({State.DRAFT}), State.SUBMITTED),
    "offer": (frozenset({State.SUBMITTED, State.OFFERED}), State.OFFERED),
    "reject": (frozenset({State.SUBMITTED, State.OFFERED}), State.REJECTED),
    "withdraw": (frozenset({State.DRAFT, State.SUBMITTED, State.OFFERED}), State.WITHDRAWN),
    "accept": (frozenset({State.OFFERED}), State.ACCEPTED),
    "expire": (frozenset({State.SUBMITTED, State.OFFERED}), State.EXPIRED),
}
# States in which a manager may give more time.
EXTENDABLE = frozenset({State.SUBMITTED, State.OFFERED})

WHY_NOT = {
    State.DRAFT: _("The application has not been submitted yet."),
    State.SUBMITTED: _("The application is being reviewed; there is no offer yet."),
    State.OFFERED: _("The application has an offer already."),
    State.ACCEPTED: _("The offer has been accepted already."),
    State.REJECTED: _("The application has been declined already."),
    State.WITHDRAWN: _("The application has been withdrawn already."),
    State.EXPIRED: _("The time ran out and the booths are free again. You may apply anew."),
}
SUBMITTED_ALREADY = _("The application has been submitted already.")


def allowed(act: str, state: str) -> bool:
    return state in MOVES[act][0]


def after(act: str, state: str) -> str:
    """The state that `act` leads to. Raises Refusal: not_now."""
    if not allowed(act, state):
        raise Refusal(
            "not_now", SUBMITTED_ALREADY if act == "submit" and state == State.SUBMITTED else WHY_NOT[State(state)]
        )
    return MOVES[act][1]


def check_extendable(state: str) -> None:
    """Raises Refusal: not_now."""
    if state not in EXTENDABLE:
        raise Refusal("not_now", WHY_NOT[State(state)])


def check_open(*, show_is_over: bool) -> None:
    """Raises Refusal: closed."""
    if show_is_over:
        raise Refusal("closed", _("The show is over; booths are given for the next one."))


def check_booths(booths: Collection[Booth]) -> None:
    """Raises Refusal: no_booth, too_many_booths, several_areas. (They need not stand side by side.)"""
    if not booths:
        raise Refusal("no_booth", _("Pick at least one booth."), field="booths")
    if len(booths) > BOOTHS_AT_MOST:
        raise Refusal(
            "too_many_booths",
            ngettext_lazy(
                "An application is for at most %d booth; for more, write to us.",
                "An application is for at most %d booths; for more, write to us.",
                BOOTHS_AT_MOST,
            )
            % BOOTHS_AT_MOST,
            field="booths",
        )
    if len({booth.area_id for booth in booths}) > 1:
        raise Refusal(
            "several_areas",
            _("All booths of an application lie in one area, because one manager decides. Pick from one area."),
            field="booths",
        )


def price_of(*, width: Decimal, depth: Decimal, rate: Decimal) -> Decimal:
    """Yuan for a booth of `width` x `depth` metres at `rate` yuan a m², rounded half up to the fen."""
    return (width * depth * rate).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def price_at(booth: Booth, rates: dict[tuple[int, str], Decimal]) -> Decimal:
    """The booth's price; `rates` is yuan a m² by area and type. Raises Refusal: no_price."""
    rate = rates.get((booth.area_id, booth.kind))
    if rate is None:
        raise Refusal("no_price", _("The price of this space is not set yet. Write to us, and we tell you when it is."))
    return price_of(width=booth.width, depth=booth.depth, rate=rate)


def check_same_offer(application: Application, *, step: int) -> None:
    """Whoever accepts has seen the offer as it stands: `step` is the application's when it was shown.

    Raises Refusal: offer_changed.
    """
    if application.state == State.OFFERED and application.step != step:
        raise Refusal("offer_changed", _("The offer was changed meanwhile. Look at it as it stands now, then decide."))


def check_unchanged(application: Application, act: str, *, step: int | None) -> None:
    """Whoever decides has seen the application as it stands: `step` is its own when it was shown, None if it was not.

    Raises Refusal: changed.
    """
    may = application.state in EXTENDABLE if act == "extend" else allowed(act, application.state)
    if may and step is not None and application.step != step:
        raise Refusal("changed", _("It was changed meanwhile. Look at it as it stands now, then decide."))


def check_news(application: Application, *, other_booths: bool) -> None:
    """An offer that stands is not made again as it is: it would only mail both sides anew. Raises Refusal: not_now."""
    if application.state == State.OFFERED and not other_booths:
        raise Refusal("not_now", WHY_NOT[State.OFFERED])


def check_area(application: Application, booths: Iterable[Booth]) -> None:
    """Each area has its own manager, who decides on its booths alone. Raises Refusal: other_area."""
    elsewhere = sorted(booth.number for booth in booths if booth.area_id != application.area_id)
    if elsewhere:
        raise Refusal(
            "other_area",
            _("%(numbers)s: not in the area of the application. Pick from that area, or apply for another one.")
            % {"numbers": ", ".join(elsewhere)},
            field="booths",
        )


def check_extension(*, until: datetime, at: datetime, ends: datetime | None) -> None:
    """Raises Refusal: not_later, too_late."""
    if until <= at or (ends is not None and until <= ends):
        raise Refusal("not_later", _("The new end has to be later than the one that stands."), field="until")
    if until > at + EXTENSION_AT_MOST:
        raise Refusal("too_late", _("Booths are held for at most two weeks from now."), field="until")


def checked_uscc(code: str, *, country: str) -> str:
    """The unified social credit code (GB 32100) as 18 capitals and digits; firms of the mainland need one, no others.

    Raises Refusal: uscc_missing, uscc_abroad, uscc_length, uscc_format, uscc_checksum.
    """
    code = credit_code.compact(code)
    if country != MAINLAND:
        if code:
            raise Refusal(
                "uscc_abroad", _("Only firms of the mainland have this code; leave the field empty."), field="uscc"
            )
        return ""
    if not code:
        raise Refusal(
            "uscc_missing",
            _("Write the 18 characters of the code as they stand on the business licence."),
            field="uscc",
        )
    if len(code) != 18:
        raise Refusal(
            "uscc_length",
            _("The code has 18 characters; this one has %(length)s.") % {"length": len(code)},
            field="uscc",
        )
    if not USCC.fullmatch(code):
        raise Refusal(
            "uscc_format",
            _("The code has digits and capital letters without I, O, S, V, Z; the third to the eighth are digits."),
            field="uscc",
        )
    if code[-1] != credit_code.calc_check_digit(code):
        raise Refusal(
            "uscc_checksum", _("The last character does not fit the others: one of them is mistyped."), field="uscc"
        )
    return code


def spelled(name: str) -> str:
    """Pinyin for what is Chinese, the rest as it is: 科大ABC becomes "ke da ABC"."""
    # Its dictionaries take 50 MiB, which only a process that names firms needs.
    from pypinyin import lazy_pinyin

    return " ".join(part.strip() for part in lazy_pinyin(name) if part.strip())


def slug_of(*, name_en: str, name_zh: str) -> str:
    """The address of a firm from its name, in pinyin where there is only a Chinese one."""
    for name in (name_en, spelled(name_zh), spelled(name_en)):
        slug = slugify(name)[: SLUG_LENGTH - 10].strip("-")
        if re.search(r"[a-z0-9]", slug):
            return slug
    return f"firm-{secrets.token_hex(4)}"


def another_slug(slug: str) -> str:
    """An address for a firm whose namesake has `slug` already."""
    return f"{slug}-{secrets.token_hex(3)}"


def sort_keys(*, name_en: str, name_zh: str) -> tuple[str, str]:
    """What the firm is sorted by in English and in Chinese (pinyin); the other name stands in for a missing one."""
    english = (name_en or spelled(name_zh)).casefold()
    chinese = spelled(name_zh or name_en).casefold()
    return english[:SORT_KEY_LENGTH], chinese[:SORT_KEY_LENGTH]


def derived(*, name_en: str, name_zh: str) -> dict[str, str]:
    """The fields of a new firm that follow from its names: slug, sort_en, sort_zh."""
    sort_en, sort_zh = sort_keys(name_en=name_en, name_zh=name_zh)
    return {"slug": slug_of(name_en=name_en, name_zh=name_zh), "sort_en": sort_en, "sort_zh": sort_zh}


class Rectangle(NamedTuple):
    """In metres, from the hall's upper left corner."""

    x: float
    y: float
    width: float
    depth: float

    def gaps(self, other: Rectangle) -> tuple[float, float]:
        """How far the two are apart across and along, in metres; negative where they overlap in that direction."""
        across = max(self.x, other.x) - min(self.x + self.width, other.x + other.width)
        along = max(self.y, other.y) - min(self.y + self.depth, other.y + other.depth)
        return across, along

    def touches(self, other: Rectangle) -> bool:
        """Side by side or back to back, with no aisle between; a corner alone does not count."""
        across, along = self.gaps(other)
        return max(across, along) <= float(NEXT_TO) and min(across, along) < 0

    def distance(self, other: Rectangle) -> float:
        """Between the middles, in metres."""
        dx = self.x + self.width / 2 - other.x - other.width / 2
        dy = self.y + self.depth / 2 - other.y - other.depth / 2
        return (dx * dx + dy * dy) ** 0.5


def nearest[T](places: Iterable[tuple[Rectangle, T]], *, to: Sequence[Rectangle], at_most: int) -> list[T]:
    """The `at_most` of `places` nearest to any of `to`, nearest first."""
    ranked = sorted(
        ((min((place.distance(other) for other in to), default=0.0), number, thing)
        for number, (place, thing) in enumerate(places)),
        key=lambda row: row[:2],
    )  # fmt: skip
    return [thing for _distance, _number, thing in ranked[:at_most]]
