"""The documents that people show at a Chinese gate, and what their numbers look like."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum import numdb
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from accounts.refusals import Refusal

# The names of the form's fields, beside which a refusal stands.
KIND, NUMBER = "id_kind", "id_number"
# With all the blanks, dashes and marks that a number is ever pasted with.
TYPED_AT_MOST = 100

# Full width forms of the ASCII characters, as Chinese keyboards type them. Nothing else is taken for a digit: what
# looks like one (², ①, other scripts') was not meant, and the card's owner sees best what was.
_FULL_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {ord("−"): "-"}
# Dashes, and marks of direction and width, which come along when a number is pasted.
_BETWEEN = frozenset({"Pd", "Cf"})
_RESIDENT = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
# Passports of any country have 6 to 9 characters, permits 8 to 12, the permanent residence cards 15 or 18.
SHORTEST, LONGEST = 5, 20
# Nobody is older; the numbers have four digits for the year.
FIRST_YEAR = 1900
# Residence permits for people from Taiwan are numbered like the cards, from a region that stdnum's table has not got.
_FROM_TAIWAN = "83"


class Kind(TextChoices):
    RIC = "ric", _("Resident identity card or residence permit (mainland China)")
    PASSPORT = "passport", _("Passport")
    HONG_KONG_MACAO = "hk_macao", _("Mainland travel permit for Hong Kong and Macao residents")
    TAIWAN = "taiwan", _("Mainland travel permit for Taiwan residents")
    PERMANENT_RESIDENCE = "residence", _("Foreigner's permanent residence card")


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A number as `read` gives it: digits and capitals without anything between them."""

    kind: Kind
    number: str = field(repr=False)


def read(kind: str, typed: str, *, day: date | None = None) -> IdNumber:
    """The number that somebody typed; `day` is the departure's, before which its owner is born.

    Raises Refusal: no_id_kind, id_missing, id_characters, id_length, id_not_mainland.
    """
    if kind not in Kind.values:
        raise Refusal("no_id_kind", _("Choose the kind of the document from the list."), field=KIND)
    if len(typed) > TYPED_AT_MOST:
        raise _length(kind)
    number = folded(typed)
    if not number:
        raise Refusal("id_missing", _("Type the number of the document."), field=NUMBER)
    if not number.isascii() or not number.isalnum():
        raise Refusal(
            "id_characters", _("The number has digits and Latin letters alone. Type no others."), field=NUMBER
        )
    number = number.upper()
    if kind == Kind.RIC:
        check_resident(number, day=day)
    elif not SHORTEST <= len(number) <= LONGEST:
        raise _length(kind)
    return IdNumber(Kind(kind), number)


def folded(typed: str) -> str:
    """Without blanks, dashes and marks that nobody sees, and with full width characters as plain ones."""
    plain = typed.translate(_FULL_WIDTH)
    return "".join(one for one in plain if not one.isspace() and unicodedata.category(one) not in _BETWEEN)


def _length(kind: str) -> Refusal:
    if kind == Kind.RIC:
        return _not_mainland(_("The number of a resident identity card has 18 characters. Count them again."))
    told = _("The number of such a document has %(from)d to %(to)d letters and digits. Count them again.")
    return Refusal("id_length", told % {"from": SHORTEST, "to": LONGEST}, field=NUMBER)


def check_resident(number: str, *, day: date | None) -> None:
    """Raises Refusal: id_not_mainland."""
    if len(number) != 18:
        raise _length(Kind.RIC)
    if not _RESIDENT.fullmatch(number):
        raise _not_mainland(_("The number of a resident identity card has 17 digits, and then a digit or an X."))
    # The region by its province alone: stdnum's own check wants a county that was one in the year of birth, and would
    # refuse whoever was registered later than that (110222, a county from 1982 to 1998, for a birth in 1970).
    if "province" not in numdb.get("cn/loc").info(number[:2])[0][1] and not number.startswith(_FROM_TAIWAN):
        raise _not_mainland(_("There is no region with the two digits that the number begins with."))
    if not _possible(number, day):
        raise _not_mainland(_("The date of birth in the number, its 7th to 14th digits, cannot be one."))
    if ric.calc_check_digit(number) != number[-1]:
        raise _not_mainland(
            _("The last character does not fit the others. Compare all of them with the card, one by one.")
        )


def _not_mainland(sentence: Promise) -> Refusal:
    return Refusal("id_not_mainland", sentence, field=NUMBER)


def _possible(number: str, day: date | None) -> bool:
    try:
        born = ric.get_birth_date(number)
    except InvalidComponent:
        return False
    return born.year >= FIRST_YEAR and (day is None or born <= day)


def age_on(number: IdNumber, day: date) -> int | None:
    """Whole years on that day; None where the number does not tell. Born on 29 February: older on 1 March."""
    if number.kind != Kind.RIC:
        return None
    born = ric.get_birth_date(number.number)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def masked(number: IdNumber) -> str:
    """For its owner and for staff, who compare it with a card: most of it is stars."""
    digits = number.number
    # Two at each end of a number of five would be nearly all of it.
    shown = 4 if number.kind == Kind.RIC else 2 if len(digits) >= 8 else 1
    return digits[:shown] + "*" * (len(digits) - 2 * shown) + digits[-shown:]
