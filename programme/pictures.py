"""Pictures that people send: looked at before they are opened, and written anew as JPEG, so that only pixels stay."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from accounts.refusals import Refusal

# What a phone's camera makes of a face has 2 to 4 MB, and 12 to 48 million pixels.
MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 50_000_000
# One of these is taken apart in one piece, three or four bytes a pixel; a JPEG is made smaller while it is read.
MOST_PIXELS_IN_ONE_PIECE = 20_000_000
LEAST_SIDE = 100
KINDS = ("JPEG", "PNG", "WEBP")
QUALITY = 85

TOO_MANY_BYTES = Refusal("too_many_bytes", _("The picture has more than 5 MB. Send a smaller one."))
NO_PICTURE = Refusal("no_picture", _("This is no picture that we can read. Send a JPEG, PNG or WebP file."))
TOO_MANY_PIXELS = Refusal("too_many_pixels", _("The picture has too many pixels. Send a smaller one."))
TOO_SMALL = Refusal("too_small", _("The picture is too small: it has to be 100 pixels wide and high at least."))


@dataclass(frozen=True, slots=True)
class Shape:
    """What a picture is cut to; `centering` is where its middle lies if something has to go, from 0 to 1."""

    width: int
    height: int
    centering: tuple[float, float]


#: A face is above the middle of most pictures.
PORTRAIT = Shape(640, 640, (0.5, 0.35))
WIDE = Shape(1280, 720, (0.5, 0.5))


@dataclass(frozen=True, slots=True)
class Drawn:
    jpeg: bytes = field(repr=False)
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.blake2b(self.jpeg, digest_size=16).hexdigest()


def drawn(file: BinaryIO, shape: Shape) -> Drawn:
    """The picture in the file, upright, cut to the shape and no larger than it was.

    Raises Refusal: too_many_bytes, no_picture, too_many_pixels, too_small.
    """
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TOO_MANY_BYTES
    check_webp(content)
    try:
        return _drawn(content, shape)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TOO_MANY_PIXELS from error
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error) as error:
        # What Pillow raises where a file is not what it says; there is no one error for that.
        raise NO_PICTURE from error


def check_webp(content: bytes) -> None:
    """Its reader makes room for all pixels as soon as it is opened, so the size is read before. Raises Refusal."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return
    head = content[12:30].ljust(18, b"\0")
    match head[:4]:
        case b"VP8X":
            size = 1 + int.from_bytes(head[12:15], "little"), 1 + int.from_bytes(head[15:18], "little")
        case b"VP8L":
            bits = int.from_bytes(head[9:13], "little")
            size = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case _:
            size = int.from_bytes(head[14:16], "little") & 0x3FFF, int.from_bytes(head[16:18], "little") & 0x3FFF
    check_size(size, MOST_PIXELS_IN_ONE_PIECE)


def check_size(size: tuple[int, int], most: int) -> None:
    """Raises Refusal: too_many_pixels, too_small."""
    if size[0] * size[1] > most:
        raise TOO_MANY_PIXELS
    if min(size) < LEAST_SIDE:
        raise TOO_SMALL


def _drawn(content: bytes, shape: Shape) -> Drawn:
    with Image.open(BytesIO(content), formats=KINDS) as image:
        check_size(image.size, MOST_PIXELS if image.format == "JPEG" else MOST_PIXELS_IN_ONE_PIECE)
        longest = 2 * max(shape.width, shape.height)
        image.draft("RGB", (longest, longest))
        upright = flat(ImageOps.exif_transpose(image))
    scale = min(1, upright.width / shape.width, upright.height / shape.height)
    size = max(1, round(shape.width * scale)), max(1, round(shape.height * scale))
    cut = ImageOps.fit(upright, size, method=Image.Resampling.LANCZOS, centering=shape.centering)
    # A copy of its pixels alone: what else came along (place, camera, profile, comments) stays behind.
    clean = Image.frombytes("RGB", cut.size, cut.tobytes())
    out = BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Drawn(out.getvalue(), *clean.size)


def flat(image: Image.Image) -> Image.Image:
    """In red, green and blue; what shows through is white."""
    if image.has_transparency_data:
        see_through = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(see_through, mask=see_through.getchannel("A"))
        return ground
    return image.convert("RGB")
