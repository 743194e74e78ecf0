"""What somebody sees of the symbols that the site draws."""

import re

from PIL import Image


def drawn(svg, scale=8):
    """What a renderer makes of a symbol's path, without one: M, m and h only, one unit wide."""
    picture = Image.new("L", (45 * scale, 45 * scale), 255)
    x = y = 0.0
    (dark,) = re.findall(r'stroke="#000" d="([^"]*)"', svg)
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", dark):
        values = [float(number) for number in numbers.split()]
        if command == "h":
            picture.paste(0, tuple(int(v * scale) for v in (x, y - 0.5, x + values[0], y + 0.5)))
            x += values[0]
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            x, y = values
    return picture
