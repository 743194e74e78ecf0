"""Pictures are bounded before they are opened, and nothing but pixels is left of them."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from accounts.refusals import Refusal
from programme import pictures
from programme.actions import pictures as keeping
from programme.models import Picture
from tests.factories.programme import SpeakerFactory, picture_file


def refused(content: bytes, shape=pictures.PORTRAIT) -> str:
    with pytest.raises(Refusal) as caught:
        pictures.drawn(BytesIO(content), shape)
    return caught.value.code


def opened(drawn: pictures.Drawn) -> Image.Image:
    return Image.open(BytesIO(drawn.jpeg))


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and has next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def webp_of(width: int, height: int) -> bytes:
    """The head of a WebP that says it is so large."""
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4)
    body += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_portrait_is_a_square_jpeg_whatever_came(kind):
    made = opened(pictures.drawn(picture_file(1600, 900, kind), pictures.PORTRAIT))
    assert (made.format, made.size, made.mode) == ("JPEG", (640, 640), "RGB")


def test_an_enterprise_is_shown_wide():
    assert opened(pictures.drawn(picture_file(3000, 3000), pictures.WIDE)).size == (1280, 720)


def test_a_small_picture_is_not_blown_up():
    assert opened(pictures.drawn(picture_file(200, 300), pictures.PORTRAIT)).size == (200, 200)


def test_what_else_a_picture_says_stays_behind():
    told = Image.Exif()
    told[0x010E] = "39.9 N 116.4 E"
    drawn = pictures.drawn(picture_file(700, 700, exif=told, comment=b"secret"), pictures.PORTRAIT)
    assert (dict(opened(drawn).getexif()), b"secret" in drawn.jpeg, b"39.9" in drawn.jpeg) == ({}, False, False)


def test_a_picture_that_was_taken_sideways_stands_upright():
    told = Image.Exif()
    told[0x0112] = 6
    drawn = opened(pictures.drawn(picture_file(800, 400, exif=told, split=True), pictures.WIDE))
    left, right = drawn.getpixel((100, 60)), drawn.getpixel((drawn.width - 100, 60))
    # Its left half, which is red, is on top now.
    assert (left[0] > 200, right[0] > 200) == (True, True)


def test_what_shows_through_becomes_white():
    see_through = BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(see_through, "PNG")
    see_through.seek(0)
    assert opened(pictures.drawn(see_through, pictures.PORTRAIT)).getpixel((9, 9)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_picture"),
        (b"GIF89a" + bytes(50), "no_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no_picture"),
        (b"RIFF\x00\x00\x00\x00WEBP", "too_small"),
        (picture_file(500, 500).getvalue()[:900], "no_picture"),
        (png_of(300, 300), "no_picture"),
        (png_of(60_000, 60_000), "too_many_pixels"),
        (png_of(10_000, 9_500), "too_many_pixels"),
        (webp_of(16_000, 16_000), "too_many_pixels"),
        (picture_file(90, 300).getvalue(), "too_small"),
        (bytes(pictures.MOST_BYTES + 1), "too_many_bytes"),
    ],
    ids=["nothing", "gif", "svg", "webp", "cut", "empty", "bomb", "large", "large-webp", "small", "bytes"],
)
def test_what_is_no_good_picture_is_refused(content, code):
    assert refused(content) == code


@pytest.mark.django_db
def test_the_same_picture_is_kept_once():
    drawn = pictures.drawn(picture_file(300, 300), pictures.PORTRAIT)
    assert keeping.keep(drawn) == keeping.keep(drawn)


@pytest.mark.django_db
def test_a_picture_that_shows_nobody_goes(show):
    used = keeping.keep(pictures.drawn(picture_file(300, 300), pictures.PORTRAIT))
    keeping.keep(pictures.drawn(picture_file(400, 400), pictures.PORTRAIT))
    SpeakerFactory(portrait=used)
    assert keeping.drop_unused() == 1
    assert Picture.objects.get() == used


@pytest.mark.django_db
def test_a_picture_is_served_for_good_as_what_it_is(client):
    kept = keeping.keep(pictures.drawn(picture_file(300, 300), pictures.PORTRAIT))
    answer = client.get(kept.get_absolute_url())
    assert (answer.content, answer["Content-Type"]) == (bytes(kept.jpeg), "image/jpeg")
    assert (answer["X-Content-Type-Options"], "immutable" in answer["Cache-Control"]) == ("nosniff", True)


@pytest.mark.django_db
@pytest.mark.parametrize("digest", ["0" * 32, "x" * 4000, "../../etc/passwd", "%00"])
def test_a_picture_that_there_is_not_is_not_found(client, digest):
    assert client.get(f"/pictures/{digest}.jpg").status_code == 404
