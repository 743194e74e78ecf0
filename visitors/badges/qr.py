"""The QR symbol of a badge: always version 5 (37 x 37 modules), error correction M, one mask, alphanumeric.

The `qrcode` package gives the frame of the symbol (finders, timing, format) and the generator polynomial. Filling
in the codewords is done here, because for one fixed symbol it is a table look-up: 0.1 ms a code instead of 1 ms,
and a show prints tens of thousands. The tests compare every module with what `qrcode` makes of the same text.
"""

from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import chain, zip_longest
from operator import itemgetter

from qrcode import LUT, QRCode, base, constants, util

VERSION = 5
MASK = 3
SIZE = 17 + 4 * VERSION
#: Modules of white around the symbol that ISO/IEC 18004 asks for.
QUIET = 4
#: The most alphanumeric characters that the symbol holds.
CAPACITY = 122

_ALPHANUMERIC = util.ALPHA_NUM.decode()
_SINGLES = {a: f"{i:06b}" for i, a in enumerate(_ALPHANUMERIC)}
_PAIRS = {a + b: f"{45 * i + j:011b}" for i, a in enumerate(_ALPHANUMERIC) for j, b in enumerate(_ALPHANUMERIC)}
_BLOCKS = [
    (block.data_count, block.total_count - block.data_count)
    for block in base.rs_blocks(VERSION, constants.ERROR_CORRECT_M)
]
_DATA_BYTES = sum(data for data, _ in _BLOCKS)
_CHECK_BYTES = _BLOCKS[0][1]
_PADDING = bytes((util.PAD0, util.PAD1)) * _DATA_BYTES
_LENGTHS = range(1, SIZE + 1)
_STEPS = {"0" * n: f"m{n} 0" for n in _LENGTHS} | {"1" * n: f"h{n}" for n in _LENGTHS} | {"/": f"m-{SIZE} 1"}


def matrix(text: str) -> list[str]:
    """The symbol without its quiet zone: `SIZE` rows of "1" (dark) and "0". Raises ValueError."""
    filling, frame = _symbol()
    bits = f"{int.from_bytes(_codewords(text)):0{8 * sum(map(sum, _BLOCKS))}b}0"
    modules = f"{int(''.join(filling(bits)), 2) ^ frame:0{SIZE * SIZE}b}"
    return [modules[start : start + SIZE] for start in range(0, SIZE * SIZE, SIZE)]


def path(text: str) -> str:
    """The symbol as the data of one SVG path, to be stroked one unit wide; the quiet zone is left free.

    One line a run of dark modules: half the bytes of outlines, and no seams between the rows of one shape.
    """
    runs = " / ".join(matrix(text)).replace("01", "0 1").replace("10", "1 0").split()
    return f"M{QUIET} {QUIET}.5" + "".join(map(_STEPS.__getitem__, runs))


def svg(text: str, *, title: str = "") -> str:
    """The symbol as an SVG of its own, quiet zone included, at most 4 kB. It has no size but a view box."""
    side = SIZE + 2 * QUIET
    named = f' role="img"><title>{escape(title)}</title>' if title else ' aria-hidden="true">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"{named}'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path stroke="#000" d="{path(text)}"/></svg>'
    )


def _codewords(text: str) -> bytes:
    """Data and check bytes in the order in which the symbol takes them (ISO/IEC 18004, 7.4 to 7.6)."""
    if len(text) > CAPACITY:
        raise ValueError(f"{len(text)} characters do not fit, {CAPACITY} do")
    try:
        body = "".join(_PAIRS[text[i : i + 2]] for i in range(0, len(text) - 1, 2))
        last = _SINGLES[text[-1]] if len(text) % 2 else ""
    except KeyError as error:
        raise ValueError("not in the alphanumeric set of QR codes") from error
    bits = f"{util.MODE_ALPHA_NUM:04b}{len(text):09b}{body}{last}"
    bits += "0" * min(4, 8 * _DATA_BYTES - len(bits))
    bits += "0" * (-len(bits) % 8)
    data = (int(bits, 2).to_bytes(len(bits) // 8) + _PADDING)[:_DATA_BYTES]
    blocks = []
    for length, _ in _BLOCKS:
        blocks.append(data[:length])
        data = data[length:]
    checks = [_check_bytes(block) for block in blocks]
    return bytes(
        byte for group in (blocks, checks) for column in zip_longest(*group) for byte in column if byte is not None
    )


def _check_bytes(block: bytes) -> bytes:
    """Reed-Solomon check bytes: the remainder of a division by the generator, a byte at a time."""
    multiples, top, rest = _generator_multiples(), 8 * (_CHECK_BYTES - 1), 0
    low = (1 << top) - 1
    for byte in block:
        rest = (rest & low) << 8 ^ multiples[rest >> top ^ byte]
    return rest.to_bytes(_CHECK_BYTES)


@cache
def _generator_multiples() -> list[int]:
    generator = LUT.rsPoly_LUT[_CHECK_BYTES][1:]

    def times(a: int, b: int) -> int:
        return base.gexp((base.glog(a) + base.glog(b)) % 255) if a and b else 0

    return [int.from_bytes(bytes(times(factor, part) for part in generator)) for factor in range(256)]


@cache
def _symbol() -> tuple[itemgetter, int]:
    """Which bit of the codewords each module takes, and the modules of a symbol whose codewords are all zero.

    Modules that take none point at the zero behind the last bit.
    """
    light, dark = _filled(0x00), _filled(0xFF)
    free = {place for place, module in light.items() if module != dark[place]}
    order = {place: bit for bit, place in enumerate(_zigzag(free))}
    frame = "".join("1" if module else "0" for module in light.values())
    return itemgetter(*(order.get(place, len(free)) for place in light)), int(frame, 2)


def _filled(codeword: int) -> dict[tuple[int, int], bool]:
    code = QRCode(version=VERSION, error_correction=constants.ERROR_CORRECT_M, mask_pattern=MASK)
    code.data_cache = [codeword] * sum(map(sum, _BLOCKS))
    code.makeImpl(False, MASK)
    return {(y, x): bool(module) for y, row in enumerate(code.modules) for x, module in enumerate(row)}


def _zigzag(free: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Module places in the order in which bits fill them: pairs of columns from the right, up and down in turn."""
    rows = range(SIZE - 1, -1, -1)
    for right in chain(range(SIZE - 1, 7, -2), range(5, 0, -2)):
        for row in rows:
            for column in (right, right - 1):
                if (row, column) in free:
                    yield row, column
        rows = rows[::-1]
