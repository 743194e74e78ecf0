from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode import QRCode, constants, util

from tests.drawing import drawn
from visitors.badges import qr

texts = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=qr.CAPACITY)


def decoded(picture):
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@settings(max_examples=40)
@given(texts)
def test_every_module_is_the_one_that_qrcode_sets(text):
    reference = QRCode(version=5, error_correction=constants.ERROR_CORRECT_M, mask_pattern=qr.MASK, border=0)
    reference.add_data(util.QRData(text.encode(), mode=util.MODE_ALPHA_NUM), optimize=0)
    reference.make(fit=False)
    assert qr.matrix(text) == ["".join(str(int(module)) for module in row) for row in reference.modules]


def test_the_svg_reads_back_and_is_light(sheet):
    text = sheet().code
    svg = qr.svg(text, title='Badge <1> & "2"')
    assert decoded(drawn(svg)) == [text]
    assert len(svg) <= 4096
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.attrib["viewBox"] == "0 0 45 45"
    assert {"width", "height", "style"}.isdisjoint(root.attrib)
    assert root[0].text == 'Badge <1> & "2"'


def test_without_a_title_the_svg_is_decoration():
    assert 'aria-hidden="true"' in qr.svg("ABC")


@pytest.mark.parametrize("text", ["a", "王", "0" * 123, "\x00", "A\n"])
def test_what_the_symbol_cannot_hold_is_refused(text):
    with pytest.raises(ValueError, match=r"fit|alphanumeric"):
        qr.matrix(text)
