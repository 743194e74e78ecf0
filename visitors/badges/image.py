"""A badge as a picture for messengers: the printed sheet, as wide as a phone's screen."""

from datetime import datetime

from . import pdf

#: Pixels a PNG is wide, near enough: A6 is 105 mm.
WIDTH = 1080


def png(sheet: pdf.BadgeSheet, *, at: datetime) -> bytes:
    """The badge as a PNG of 1080 x 1522 pixels or so. Raises as `pdf.render` does."""
    return pdf.compiled([sheet], at=at, form="png", ppi=WIDTH / 105 * 25.4)
