import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from visitors.badges import font, image, pdf, serials

from .conftest import AT

HOSTILE = [
    '#image("/etc/passwd") #eval("1") $x$ `code` *b* _i_ = h',
    "<script>alert(1)</script> {{ 7*7 }} ${7*7} %s {0}",
    "\x00\x01\x1b[31m\ufffe\uffff\ud800",
    "\u202eevil\u202c \u200f\u200e\u2066x\u2069",
    "😀👩\u200d👩\u200d👧 ❤️ 🇨🇳",
    "\u0301\u0301\u0301\ufe0f\U000e0100",
    "\n\r\t \u2028\u2029\u3000",
    "",
]


def pages(document):
    with pypdfium2.PdfDocument(document) as opened:
        for number in range(len(opened)):
            yield opened[number].get_textpage().get_text_bounded().replace("\r\n", "\n")


def picture(document, dpi):
    with pypdfium2.PdfDocument(document) as opened:
        return opened[0].render(scale=dpi / 72).to_pil()


def decoded(shown):
    return [found.text for found in zxingcpp.read_barcodes(shown)]


def test_everything_on_the_badge_can_be_read_back(sheet):
    badge = sheet(due=Decimal("50.00"))
    (text,) = pages(pdf.render([badge], at=AT))
    for words in (
        "CHITEC 22",
        badge.show_name_zh,
        badge.show_name_en,
        "王小明",
        "Wang Xiaoming",
        badge.firm,
        badge.position,
        "10月24–27日",
        "24 – 27 Oct",
        serials.shown(badge.serial),
        "现场付款 ¥50\n",
        "Payment due at the gate: ¥50\n",
        "专业观众",
        "PROFESSIONAL",
    ):
        assert words in text + "\n"


def test_nothing_due_is_not_spoken_of(sheet):
    for due in (None, Decimal(0)):
        (text,) = pages(pdf.render([sheet(due=due)], at=AT))
        assert "¥" not in text


def test_the_code_reads_back_from_the_page_also_when_printed_coarsely(sheet):
    badge = sheet()
    document = pdf.render([badge], at=AT)
    # The symbol is printed 37.8 mm wide: at 99 dpi it has as many pixels as one of 25 mm has at 150 dpi.
    for dpi in (300, 150, 150 * 25 / 37.8):
        assert decoded(picture(document, dpi)) == [badge.code]


@pytest.mark.parametrize("category", sorted(pdf.BANDS))
def test_the_band_has_the_category_s_colour_and_words(sheet, category):
    colour, chinese, english = pdf.BANDS[category]
    document = pdf.render([sheet(category=category)], at=AT)
    (text,) = pages(document)
    assert chinese in text
    assert english in text
    shown = picture(document, 72).convert("RGB")
    assert "#{:02x}{:02x}{:02x}".format(*shown.getpixel((6, shown.height - 6))) == colour


def test_rare_characters_are_printed(sheet):
    assert pdf.unprintable("𠮷田䶮 Ångström Żółć Şahin Nguyễn Ωμέγα Юрій 김 ひ محمد ก 😀") == ""
    (text,) = pages(pdf.render([sheet(name="𠮷田䶮", latin_name="")], at=AT))
    assert "𠮷田䶮" in text


@pytest.mark.parametrize(
    "name", ["Łukasz Żółć", "Ayşe Şahin", "Nguyễn Thị Ánh", "Ђорђе Ћирић", "Σωκράτης Παπαδόπουλος", "ნინო"]
)
def test_names_from_abroad_are_printed(sheet, name):
    (text,) = pages(pdf.render([sheet(name=name, latin_name="")], at=AT))
    assert name in " ".join(text.split())


def test_characters_without_a_glyph_are_named_once_and_shown_as_missing(sheet):
    assert pdf.unprintable("a𓀀b𓀀\ue000\u202e\x00\ufffe❤\ufe0f") == "𓀀\ue000"
    (text,) = pages(pdf.render([sheet(name="Ann𓀀", latin_name="")], at=AT))
    assert "Ann〓" in text


def test_marks_of_direction_turn_nothing_round(sheet):
    (text,) = pages(pdf.render([sheet(name="\u202eabc\u2067def", latin_name="")], at=AT))
    assert "abcdef" in text


def test_a_name_in_another_script_gives_way_to_the_latin_one(sheet):
    (text,) = pages(pdf.render([sheet(name="𓀀𓀁𓀂", latin_name="Mohammed")], at=AT))
    assert "Mohammed" in text
    assert "〓" not in text


@pytest.mark.parametrize(
    "long", ["W" * 80, "王" * 80, "Wolfeschlegelsteinhausenbergerdorff-Anagnostopoulos " * 2, "ab " * 26]
)
def test_long_names_stay_on_the_badge(sheet, long):
    badge = sheet(name=long[:80], latin_name=long[:80], firm=long * 2, position=long * 2, due=Decimal(50))
    document = pdf.render([badge], at=AT)
    (text,) = pages(document)
    assert re.sub(r"\W", "", long[:80]) in re.sub(r"[\W\u200b]", "", text)
    assert decoded(picture(document, 150)) == [badge.code]
    with pypdfium2.PdfDocument(document) as opened:
        boxes = opened[0].get_textpage()
        edges = [boxes.get_rect(n) for n in range(boxes.count_rects())]
    assert min(left for left, *_ in edges) >= 8 / 25.4 * 72 - 2
    assert max(right for _, _, right, _ in edges) <= (105 - 8) / 25.4 * 72 + 2


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_words_are_only_words(sheet, typed):
    badge = sheet(name=typed, latin_name=typed, firm=typed, position=typed, show_short=typed, show_name_zh=typed)
    document = pdf.render([badge], at=AT)
    assert len(list(pages(document))) == 1
    assert decoded(picture(document, 150)) == [badge.code]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=90))
def test_no_name_keeps_a_badge_from_being_printed(sheet, typed):
    assert pdf.render([sheet(name=typed, firm=typed)], at=AT).startswith(b"%PDF-")


def test_a_file_has_a_page_a_badge_in_order(sheet):
    sheets = [sheet(name=f"Visitor {number}", latin_name="") for number in range(12)]
    texts = list(pages(pdf.render(sheets, at=AT)))
    assert len(texts) == 12
    assert all(
        f"Visitor {number}\n" in text and serials.shown(sheets[number].serial) in text
        for number, text in enumerate(texts)
    )


def test_pages_are_a6(sheet):
    with pypdfium2.PdfDocument(pdf.render([sheet()], at=AT)) as opened:
        assert [round(side / 72 * 25.4) for side in opened[0].get_size()] == [105, 148]


def test_the_file_is_tagged_titled_and_the_same_each_time(sheet):
    badge = sheet()
    document = pdf.render([badge], at=AT)
    assert document == pdf.render([badge], at=AT)
    with pypdfium2.PdfDocument(document) as opened:
        assert opened.is_tagged()
        assert opened.get_metadata_value("Title") == "CHITEC 22 · 王小明"
        assert opened.get_metadata_value("CreationDate").startswith("D:20191001080000")


@pytest.mark.parametrize("number", [0, pdf.MOST + 1])
def test_too_many_or_none_are_refused(sheet, number):
    with pytest.raises(ValueError, match="badges go into a file"):
        pdf.render([sheet()] * number, at=AT)


@pytest.mark.parametrize(
    "changes",
    [{"category": "friend", "code": "A"}, {"serial": "000000001"}, {"area_colours": ["red'/>"]}, {"code": "a" * 9}],
)
def test_a_sheet_that_is_wrong_is_refused(sheet, changes):
    good = {"category": "press"} | changes
    badge = sheet(category="press")
    with pytest.raises(ValueError, match=r"\w"):
        pdf.render([pdf.BadgeSheet(**vars(badge) | good)], at=AT)


def test_a_warning_of_typst_fails_the_file(sheet, monkeypatch):
    monkeypatch.setattr(font, "families", lambda: ["No Such Font", "Noto Sans"])
    with pytest.raises(RuntimeError, match="no such font"):
        pdf.render([sheet()], at=AT)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([24, 25, 26, 27], ("10月24–27日", "24 – 27 Oct")),
        ([27], ("10月27日", "27 Oct")),
        ([27, 24, 25], ("10月24–25日、10月27日", "24 – 25 Oct, 27 Oct")),
        ([], ("", "")),
    ],
)
def test_days_are_drawn_together(days, expected):
    assert pdf.spell_days([date(2019, 10, day) for day in days]) == expected


def test_days_across_months():
    assert pdf.spell_days([date(2020, 9, 30), date(2020, 10, 1)]) == ("9月30日–10月1日", "30 Sep – 1 Oct")


def test_the_fonts_cover_what_their_character_maps_say():
    covered = set()
    for file in font.files():
        with TTFont(file, fontNumber=0, lazy=True) as face:
            covered.update(face.getBestCmap())
    ranges = [pair for starts, ends in font._coverages() for pair in zip(starts, ends, strict=True)]
    assert {point for first, last in ranges for point in range(first, last + 1)} == covered
    assert all(font.has_glyph(character) for character in "A王𠮷ł😀")
    assert not any(font.has_glyph(character) for character in "𓀀\ue000")


def test_the_picture_is_as_wide_as_a_phone_and_reads_back(sheet):
    badge = sheet()
    shown = Image.open(BytesIO(image.png(badge, at=AT)))
    assert abs(shown.width - image.WIDTH) <= 1
    assert shown.height > shown.width
    assert decoded(shown) == [badge.code]


def test_the_moment_may_be_told_in_any_zone(sheet):
    badge, shanghai = sheet(), AT.astimezone(ZoneInfo("Asia/Shanghai"))
    assert pdf.render([badge], at=shanghai) == pdf.render([badge], at=AT)
