from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visitors.badges import serials

drawn = st.integers(0, 2**40 - 1).map(lambda number: serials.unpack(number.to_bytes(5)))


def test_a_drawn_serial_is_valid_and_unlike_the_last():
    some = {serials.draw() for _ in range(200)}
    assert len(some) == 200
    assert all(serials.is_valid(serial) and len(serial) == 9 for serial in some)


@given(drawn)
def test_every_single_wrong_character_is_noticed(serial):
    for place in range(serials.LENGTH):
        for wrong in serials.ALPHABET.replace(serial[place], ""):
            assert not serials.is_valid(serial[:place] + wrong + serial[place + 1 :])


@given(drawn)
def test_every_swap_of_two_characters_is_noticed(serial):
    for one, other in combinations(range(serials.LENGTH), 2):
        swapped = list(serial)
        swapped[one], swapped[other] = serial[other], serial[one]
        assert serials.is_valid("".join(swapped)) == (serial[one] == serial[other])


@given(drawn)
def test_packing_loses_nothing(serial):
    assert serials.unpack(serials.pack(serial)) == serial
    assert serials.tidy(serials.shown(serial)) == serial


@given(drawn)
def test_how_it_is_typed_does_not_matter(serial):
    wide = "".join(chr(ord(character) + 0xFEE0) for character in serial)
    alike = serial.replace("0", "o").replace("1", "l")
    for typed in (
        serial.lower(),
        f"  {serial[:4]}—{serial[4:]}\n",
        wide,
        alike,
        serial.replace("1", "I"),
        " ".join(serial),
    ):
        assert serials.tidy(typed) == serial


@pytest.mark.parametrize("typed", ["", "ABC", "000000001", "UUUUUUUUU", "<script>", "\x00" * 9, "０" * 500, "王" * 9])
def test_what_is_no_serial_is_none(typed):
    assert serials.tidy(typed) is None


@given(st.text())
def test_tidy_takes_anything(text):
    assert serials.tidy(text) is None or serials.is_valid(serials.tidy(text))
