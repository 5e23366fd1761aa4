"""Codes that a scanner reads off a paper, as pictures."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage, QPainter

_QUIET_ZONE = 4
"""Modules of white around a QR code (ISO/IEC 18004)."""
_DOTS = 8
_QUIET_BARS = 10
"""Modules of white beside a Code 128 (ISO/IEC 15417)."""
_BAR_DOTS, _BAR_HEIGHT = 6, 160


def qr_code(text: str) -> QImage:
    """A text as a QR code, with its quiet zone."""
    import segno

    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    side = len(rows) + 2 * _QUIET_ZONE
    small = _white(side, side)
    painter = QPainter(small)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                painter.fillRect(x + _QUIET_ZONE, y + _QUIET_ZONE, 1, 1, Qt.GlobalColor.black)
    painter.end()
    return small.scaled(side * _DOTS, side * _DOTS)


def code_128(text: str) -> QImage:
    """A number as a Code 128, with its quiet zones; just white for letters that the code does not have."""
    from barcode.codex import Code128

    bars = Code128(text).build()[0] if text.isascii() and text.isprintable() else ""
    image = _white((len(bars) + 2 * _QUIET_BARS) * _BAR_DOTS, _BAR_HEIGHT)
    painter = QPainter(image)
    for at, bar in enumerate(bars):
        if bar == "1":
            place = QRect((at + _QUIET_BARS) * _BAR_DOTS, 0, _BAR_DOTS, _BAR_HEIGHT)
            painter.fillRect(place, Qt.GlobalColor.black)
    painter.end()
    return image


def _white(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    return image
