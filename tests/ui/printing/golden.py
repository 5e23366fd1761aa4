"""Pictures of papers as they are meant to look, and what is compared with them.

A picture is kept small: the darkness of squares of `SQUARE` pixels. How a font's edges are smoothed is lost in
that; a line that has moved, an amount on the wrong side or a column too many is not. `MEDIDESK_GOLDEN=write`
keeps what is drawn now; look at it before it is committed.
"""

import os
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

FOLDER = Path(__file__).parent / "golden"
SQUARE = 6
_FAR, _MOST = 56, 0.004
"""How much lighter or darker a square may be, of 255; how many may be further away."""
_INK = 215
"""What is darker than this is printed."""
_ALIKE = 0.95


def assert_looks_like(image: QImage, name: str) -> None:
    """A paper looks as it is stored."""
    size = (image.width() // SQUARE, image.height() // SQUARE)
    small = image.scaled(
        *size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    path = FOLDER / f"{name}.png"
    if os.environ.get("MEDIDESK_GOLDEN") == "write":
        FOLDER.mkdir(exist_ok=True)
        small.convertToFormat(QImage.Format.Format_Grayscale8).save(str(path))
    kept = QImage(str(path))
    assert not kept.isNull(), f"there is no {path.name}"
    drawn, wanted = _rows(small), _rows(kept)
    assert abs(len(drawn) - len(wanted)) <= 2, f"{path.name}: another length"
    squares = [(x, y) for y in range(min(len(drawn), len(wanted))) for x in range(size[0])]
    far = sum(_is_far(drawn[y][x], wanted, x, y) for x, y in squares)
    assert far <= _MOST * len(squares), f"{path.name}: {far} of {len(squares)} squares look different"


def columns_of_ink(image: QImage) -> tuple[int, int]:
    """The first and the last column of a picture in which something is printed."""
    rows = _rows(image)
    darkest = rows[0]
    for row in rows:
        darkest = bytes(map(min, darkest, row))
    inked = [x for x, light in enumerate(darkest) if light < _INK]
    return inked[0], inked[-1]


def lines_of_ink(image: QImage) -> list[frozenset[int]]:
    """The lines of a picture, each by the columns in which something is printed."""
    lines: list[frozenset[int]] = []
    inked: set[int] = set()
    for row in _rows(image):
        here = {x for x, light in enumerate(row) if light < _INK}
        if here and len(here) < len(row) * 0.7:  # a rule across is no line of words
            inked |= here
        elif inked:
            lines.append(frozenset(inked))
            inked = set()
    return lines


def say_the_same(one: frozenset[int], other: frozenset[int]) -> bool:
    """Whether two lines have the same words in the same columns, but for how their edges are smoothed."""
    return len(one & other) >= _ALIKE * len(one | other)


def _rows(image: QImage) -> list[bytes]:
    """The lightness of each pixel, row by row."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    bits, step = bytes(grey.constBits()), grey.bytesPerLine()
    return [bits[y * step : y * step + grey.width()] for y in range(grey.height())]


def _is_far(light: int, wanted: list[bytes], x: int, y: int) -> bool:
    """Whether no square there, or right beside, is nearly as light: words may be a fraction of a square aside."""
    around = (row[max(0, x - 1) : x + 2] for row in wanted[max(0, y - 1) : y + 2])
    return all(abs(one - light) > _FAR for row in around for one in row)
