"""ID numbers: how they are read, and that nobody reads them where they rest."""

from __future__ import annotations

import io
import logging
import pickle
import re
from datetime import date

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts.refusals import Refusal
from programme import ids
from programme.ids import IdNumber, Kind, age_on, fingerprint, fingerprints, masked, needs_resealing, read, seal, unseal

# The example of the standard, GB 11643, and one of stdnum's documentation: invented both.
RESIDENT, OTHER = "11010519491231002X", "360426199101010071"
PASSPORT = "E12345678"
MINE, THEIRS = b"guid-of-mine/1", b"guid-of-theirs/1"
OLD, NEW, NEWER = bytes(range(100, 132)), bytes(32), bytes(range(32, 64))
NOW_OLD = {"ID_KEY": OLD, "ID_KEYS_OLD": []}
NOW_NEW = {"ID_KEY": NEW, "ID_KEYS_OLD": [OLD]}
OLD_GONE = {"ID_KEY": NEW, "ID_KEYS_OLD": []}


def refused(kind, typed, **options):
    """The refusal; nothing here asks the database."""
    with pytest.raises(Refusal) as caught:
        read(kind, typed, **options)
    return caught.value


def code_of(kind, typed, **options):
    return refused(kind, typed, **options).code


def with_check_digit(first):
    """By the weights of the standard."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


def resident(region="110105", born="19491231", order="002"):
    return read("ric", with_check_digit(region + born + order))


residents = st.builds(
    lambda region, born, order: with_check_digit(f"{region}{born:%Y%m%d}{order:03}"),
    st.sampled_from(("110105", "440305", "110222", "542421", "650105", "710000", "810000", "820000", "830000")),
    st.dates(date(1900, 1, 1), date(2026, 12, 31)),
    st.integers(0, 999),
)
others = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=5, max_size=20)
numbers = st.one_of(
    st.builds(IdNumber, st.just(Kind.RIC), residents),
    st.builds(IdNumber, st.sampled_from([kind for kind in Kind if kind != Kind.RIC]), others),
)


@given(numbers)
def test_a_number_is_read_as_it_stands_on_the_card(number):
    assert read(number.kind, number.number) == number


@given(numbers, st.data())
def test_it_may_be_typed_in_full_width_and_small_with_blanks_dashes_and_marks_between(number, data):
    def as_typed(one):
        return data.draw(st.sampled_from((one, one.lower(), chr(ord(one) + 0xFEE0), chr(ord(one.lower()) + 0xFEE0))))

    between = st.sampled_from(["", " ", "-", "\u3000", "－", "–", "−", "\u200f", "\u202e", "\ufeff", "\t"])
    typed = "".join(data.draw(between) + as_typed(one) for one in number.number)
    assert read(number.kind, typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２ｘ",
        "110105 19491231 002X",
        "\u200f11010519491231002X\u202c",
    ],
)
def test_a_card_ends_in_an_x_of_any_size(typed):
    assert read("ric", typed).number == RESIDENT


@pytest.mark.parametrize("typed", ["", " ", "－ \u3000", "\u200f\u202e"])
@pytest.mark.parametrize("kind", Kind.values)
def test_nothing_is_no_number(kind, typed):
    assert code_of(kind, typed) == "id_missing"


@pytest.mark.parametrize("kind", ["", "RIC", "driver", "ric\0", "护照"])
def test_another_kind_of_document_is_none(kind):
    refusal = refused(kind, RESIDENT)
    assert (refusal.code, refusal.field) == ("no_id_kind", "id_kind")


@pytest.mark.parametrize(
    "typed",
    [
        "E1234\x005678", "E12345😀", "E1234567é", "Ｅ１２３４／５", "E123_456", "护照12345", "E1234²5", "E12345①",
        "E1234١٢", "ſ123456", "ﬁ12345", "E\ud80012345", "<b>12345</b>", "'; DROP",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", Kind.values)
def test_only_latin_letters_and_digits_are_taken(kind, typed):
    refusal = refused(kind, typed)
    assert (refusal.code, refusal.field) == ("id_characters", "id_number")


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind != Kind.RIC])
def test_other_numbers_have_5_to_20_characters(kind):
    assert [code_of(kind, "A" * length) for length in (1, 4, 21, 101, 1_000_000)] == ["id_length"] * 5
    assert [len(read(kind, "A" * length).number) for length in (5, 20)] == [5, 20]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1", "has 18 characters"),
        (RESIDENT[:-1], "has 18 characters"),
        (RESIDENT + "1", "has 18 characters"),
        ("110105491231002", "has 18 characters"),
        ("1" * 1_000_000, "has 18 characters"),
        ("1101051949X2310020", "17 digits"),
        ("11010519491231002Y", "17 digits"),
        ("E" * 18, "17 digits"),
        (with_check_digit("00010519491231002"), "no region"),
        (with_check_digit("99010519491231002"), "no region"),
        (with_check_digit("11010519490229002"), "date of birth"),
        (with_check_digit("11010519491331002"), "date of birth"),
        (with_check_digit("11010500000000002"), "date of birth"),
        (with_check_digit("11010518991231002"), "date of birth"),
        (with_check_digit("11010520191023002"), "date of birth"),
        ("110105194912310021", "does not fit"),
        ("11010519491231020X", "does not fit"),
    ],
)
def test_what_is_no_mainland_number_is_refused_with_what_is_wrong(typed, words):
    refusal = refused("ric", typed, day=date(2019, 10, 22))
    assert (refusal.code, refusal.field, words in refusal.sentence) == ("id_not_mainland", "id_number", True)


@given(residents, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number, place, by):
    digit = 10 if number[place] == "X" else int(number[place])
    wrong = number[:place] + str((digit + by) % 10 if digit < 10 else by) + number[place + 1 :]
    assert code_of("ric", wrong) == "id_not_mainland"


def test_who_was_registered_after_the_county_was_renamed_is_read():
    assert resident(region="110222", born="19700101").kind == "ric"


def test_nobody_is_born_after_the_departure():
    number = with_check_digit("11010520191023002")
    assert read("ric", number, day=date(2019, 10, 23)).number == number
    assert code_of("ric", number, day=date(2019, 10, 22)) == "id_not_mainland"


@given(st.text(min_size=5), st.sampled_from(Kind.values))
def test_whatever_is_typed_is_read_plainly_or_refused(typed, kind):
    try:
        outcome = read(kind, typed).number
    except Refusal as refusal:
        outcome = refusal.code
    assert re.fullmatch("[0-9A-Z]{5,20}|id_(missing|characters|length|not_mainland)", outcome)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("20040229", date(2022, 2, 28), 17),
        ("20040229", date(2022, 3, 1), 18),
        ("20041024", date(2022, 10, 23), 17),
        ("20041024", date(2022, 10, 24), 18),
        ("20221024", date(2022, 10, 24), 0),
    ],
)
def test_a_mainland_number_tells_the_age_on_the_day(born, day, age):
    assert age_on(resident(born=born), day) == age


def test_no_other_number_tells_an_age():
    same = with_check_digit("11010520041024002")
    assert [age_on(read(kind, same), date(2022, 10, 24)) for kind in Kind] == [18, None, None, None, None]


@pytest.mark.parametrize(
    ("kind", "number", "shown"),
    [
        ("ric", RESIDENT, "1101**********002X"),
        ("passport", PASSPORT, "E1*****78"),
        ("taiwan", "12345678", "12****78"),
        ("passport", "AB12345", "A*****5"),
        ("passport", "AB123", "A***3"),
        ("residence", RESIDENT, "11**************2X"),
    ],
)
def test_a_number_is_shown_masked(kind, number, shown):
    assert masked(read(kind, number)) == shown


@given(numbers, st.binary(max_size=40))
def test_what_is_sealed_opens_for_whom_it_was_sealed(number, bound_to):
    sealed = seal(number, bound_to=bound_to)
    assert unseal(sealed, bound_to=bound_to) == number
    assert unseal(memoryview(sealed), bound_to=bound_to) == number
    assert number.number.encode() not in sealed


def test_the_layout_is_the_documented_one():
    sealed = seal(read("passport", PASSPORT), bound_to=MINE)
    assert (sealed[0], len(sealed)) == (1, 1 + 4 + 12 + len("passport:E12345678") + 16)


def test_the_same_number_never_rests_the_same_way_twice():
    number = read("ric", RESIDENT)
    rested = {seal(number, bound_to=MINE)[5:] for _ in range(100)}
    assert len({one[:12] for one in rested}) == len({one[12:] for one in rested}) == 100


def test_a_change_of_any_bit_opens_nothing():
    sealed = seal(read("ric", RESIDENT), bound_to=MINE)
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ids.Unreadable):
            unseal(bytes(changed), bound_to=MINE)


@given(st.binary(max_size=80))
def test_other_bytes_open_nothing(raw):
    head = seal(read("ric", RESIDENT), bound_to=MINE)[:5]
    for sealed in (raw, head + raw):
        with pytest.raises(ids.Unreadable):
            unseal(sealed, bound_to=MINE)


@pytest.mark.parametrize("bound_to", [THEIRS, b"", MINE + b"0", MINE[:-1]])
def test_what_is_copied_into_another_row_opens_nothing(bound_to):
    sealed = seal(read("ric", RESIDENT), bound_to=MINE)
    with pytest.raises(ids.Altered, match="belongs to another row"):
        unseal(sealed, bound_to=bound_to)


def test_after_a_rotation_the_old_key_still_opens_and_the_new_one_seals():
    number = read("ric", RESIDENT)
    with override_settings(**NOW_OLD):
        before = seal(number, bound_to=MINE)
        assert not needs_resealing(before)
    with override_settings(**NOW_NEW):
        after = seal(unseal(before, bound_to=MINE), bound_to=MINE)
        assert [needs_resealing(one) for one in (before, memoryview(before), after)] == [True, True, False]
    with override_settings(**OLD_GONE):
        assert unseal(after, bound_to=MINE) == number
        with pytest.raises(ids.KeyGone, match="neither in ID_KEY nor in ID_KEYS_OLD"):
            unseal(before, bound_to=MINE)


def test_keys_that_share_their_first_bytes_are_all_tried(monkeypatch):
    with override_settings(**NOW_OLD):
        sealed = seal(read("ric", RESIDENT), bound_to=MINE)
    derived = ids.sealing._derived
    twin = ids.sealing.Key(head=sealed[:5], box=derived(NEW).box, prints=derived(NEW).prints)
    monkeypatch.setattr("programme.ids.sealing._keys", lambda: (twin, derived(OLD)))
    assert unseal(sealed, bound_to=MINE).number == RESIDENT


def test_the_same_number_has_the_same_print_on_a_departure_whatever_its_owner_calls_it():
    card, called_passport = read("ric", "11010519491231002x"), read("passport", f" {RESIDENT}")
    assert fingerprint(card, departure=7) == fingerprint(called_passport, departure=7)
    assert len(fingerprint(card, departure=7)) == 64


def test_another_number_another_departure_and_another_key_give_another_print():
    one, other = read("ric", RESIDENT), read("ric", OTHER)
    prints = [fingerprint(one, departure=7), fingerprint(other, departure=7), fingerprint(one, departure=2**63 - 1)]
    with override_settings(**OLD_GONE):
        prints.append(fingerprint(one, departure=7))
    assert len(set(prints)) == 4


def test_a_print_from_before_a_rotation_is_among_those_to_look_for():
    number = read("ric", RESIDENT)
    with override_settings(**NOW_OLD):
        before = fingerprint(number, departure=7)
    with override_settings(ID_KEY=NEWER, ID_KEYS_OLD=[NEW, OLD, NEWER]):
        known = fingerprints(number, departure=7)
        assert (len(known), known[0], before in known) == (3, fingerprint(number, departure=7), True)


def test_neither_the_number_nor_a_key_is_in_a_repr():
    number = read("ric", RESIDENT)
    assert repr(number) == str(number) == f"{number}" == f"IdNumber(kind={Kind.RIC!r})"
    assert repr(ids.sealing._keys()) == f"(Key(head={ids.sealing._keys()[0].head!r}),)"
    assert RESIDENT not in repr([number, {number: number}])


def test_a_number_is_a_value():
    number = read("ric", RESIDENT)
    assert {number, read("ric", RESIDENT)} == {number}
    assert pickle.loads(pickle.dumps(number)) == number  # noqa: S301
    with pytest.raises(AttributeError, match="cannot assign to field 'number'"):
        number.number = OTHER


@pytest.fixture
def written():
    """What the site's own handler writes, as it is configured."""
    (handler,) = [one for one in logging.getLogger().handlers if one.get_name() == "lines"]
    text = io.StringIO()
    before = handler.setStream(text)
    yield text.getvalue
    handler.setStream(before)


@pytest.mark.parametrize(
    "act",
    [
        lambda: read("ric", RESIDENT[:-1] + "1"),
        lambda: read("passport", RESIDENT + "😀"),
        lambda: read("car", RESIDENT),
        lambda: unseal(seal(read("ric", RESIDENT), bound_to=MINE), bound_to=THEIRS),
        lambda: unseal(RESIDENT.encode(), bound_to=MINE),
        lambda: fingerprint(read("ric", RESIDENT), departure=-1),
        lambda: read("ric", RESIDENT).nothing,
        lambda: read("ric", RESIDENT) + 1,
        lambda: age_on(read("ric", RESIDENT), None),
    ],
)
def test_no_error_tells_the_number_or_takes_it_into_the_log(written, act):
    with pytest.raises((Refusal, ids.Unreadable, ArithmeticError, AttributeError, TypeError)) as caught:
        act()
    logging.getLogger("chitec").error("%s with %r", "broken", read("ric", RESIDENT), exc_info=caught.value)
    assert "broken with IdNumber" in written()
    said = str(caught.value) + repr(caught.value) + getattr(caught.value, "sentence", "")
    assert RESIDENT[:-1] not in written() + said
