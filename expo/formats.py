"""Days, moments and money as each language writes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils import dateformat
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

# As a headline begins with them.
SPELLED = (
    _("No"), _("One"), _("Two"), _("Three"), _("Four"), _("Five"), _("Six"), _("Seven"), _("Eight"), _("Nine"),
    _("Ten"), _("Eleven"), _("Twelve"), _("Thirteen"), _("Fourteen"), _("Fifteen"), _("Sixteen"),
)  # fmt: skip


def in_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def day_long(day: date) -> str:
    """24 October 2019, 2019年10月24日."""
    return dateformat.format(day, "Y年n月j日" if in_chinese() else "j F Y")


def day_short(day: date) -> str:
    """24 October, 10月24日."""
    return dateformat.format(day, "n月j日" if in_chinese() else "j F")


def day_brief(day: date) -> str:
    """24 Oct, 10月24日."""
    return dateformat.format(day, "n月j日" if in_chinese() else "j M")


def day_named(day: date) -> str:
    """Thursday 24 October, 10月24日 星期四."""
    return dateformat.format(day, "n月j日 l" if in_chinese() else "l j F")


def clock(moment: datetime) -> str:
    """09:05, in the zone that the moment comes in."""
    return f"{moment:%H:%M}"


def moment_long(moment: datetime) -> str:
    """24 October 2019, 09:05, or 2019年10月24日 09:05, in the zone that the moment comes in."""
    return f"{day_long(moment)}{' ' if in_chinese() else ', '}{clock(moment)}"


def moment_short(moment: datetime) -> str:
    """24 Oct, 09:05, or 10月24日 09:05, for the narrow columns of lists."""
    return dateformat.format(moment, "n月j日 H:i" if in_chinese() else "j M, H:i")


def day_range(first: date, last: date) -> str:
    """24 – 27 October 2019, 2019年10月24日至27日; what both ends share is said once."""
    if first == last:
        return day_long(first)
    if in_chinese():
        shared = "j日" if (first.year, first.month) == (last.year, last.month) else "n月j日"
        end = dateformat.format(last, shared) if first.year == last.year else day_long(last)
        return f"{day_long(first)}至{end}"
    if first.year != last.year:
        begin = day_long(first)
    elif first.month != last.month:
        begin = day_short(first)
    else:
        begin = str(first.day)
    return f"{begin} – {day_long(last)}"


def listed(names: Iterable[object]) -> str:
    """Names one after the other, with the comma of the language."""
    return gettext(", ").join(str(name) for name in names)


def money(yuan: Decimal | int) -> str:
    """¥ 1,200.00, 1,200.00 元; never with the sign on one line and the amount on the next."""
    amount = f"{yuan:,.2f}"
    return f"{amount}\N{NO-BREAK SPACE}元" if in_chinese() else f"¥\N{NO-BREAK SPACE}{amount}"


def price(yuan: Decimal | int) -> str:
    """As `money`; nothing to pay is said in words."""
    return money(yuan) if yuan else gettext("free of charge")


def number(figure: Decimal | int) -> str:
    """54,650; of a decimal number only the whole part."""
    return f"{int(figure):,}"


def spelled(count: int) -> str:
    """Fourteen, 十四; figures above sixteen."""
    return str(SPELLED[count]) if 0 <= count < len(SPELLED) else number(count)
