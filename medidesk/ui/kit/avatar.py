"""A person's picture, or the initials on a colour that stays the same for the name."""

import unicodedata
from functools import lru_cache
from hashlib import md5

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.kit.paint import CENTRE, dot, draw_text, reads_rtl
from medidesk.ui.kit.theme import theme, tokens

_TITLES = {"dr", "dr.", "prof", "prof.", "mr", "mr.", "mrs", "mrs.", "ms", "ms.", "د."}


@lru_cache(maxsize=4096)
def initials(name: str) -> str:
    """First and last initial without titles; one letter for Arabic, whose two would join up."""
    words = [word for word in name.split() if word.lower() not in _TITLES]
    letters = [next((letter for letter in word if letter.isalpha()), "") for word in words]
    letters = [letter for letter in letters if letter]
    if not letters:
        return "?"
    if reads_rtl(name):
        return letters[0]
    last = letters[-1] if len(letters) > 1 else ""
    return unicodedata.normalize("NFC", (letters[0] + last)).upper()


@lru_cache(maxsize=4096)
def colour_index(name: str) -> int:
    """Which avatar colour a name has; the same on every station and every day."""
    digest = md5(name.encode(), usedforsecurity=False).hexdigest()
    return int(digest, 16) % len(tokens["avatar"]["light"])


@lru_cache(maxsize=512)
def _photo(photo: bytes, size: int, ratio: float) -> QPixmap:
    pixmap = QPixmap()
    pixmap.loadFromData(photo)
    if pixmap.isNull():
        return pixmap
    edge = round(size * ratio)
    grown = pixmap.scaled(
        edge,
        edge,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    left, top = (grown.width() - edge) // 2, (grown.height() - edge) // 2
    square = grown.copy(left, top, edge, edge)
    square.setDevicePixelRatio(ratio)
    return square


def paint_avatar(
    painter: QPainter, x: float, y: float, size: int, name: str, photo: bytes | None = None
) -> None:
    """Draw the disc of `size` px with its top left at (x, y)."""
    if photo:
        pixmap = _photo(photo, size, painter.device().devicePixelRatioF())
        if not pixmap.isNull():
            path = QPainterPath()
            path.addEllipse(QRectF(x, y, size, size))
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipPath(path)
            painter.drawPixmap(QRectF(x, y, size, size), pixmap, QRectF(pixmap.rect()))
            painter.restore()
            return
    look = theme()
    ground, ink = look.avatar(colour_index(name))
    dot(painter, x + size / 2, y + size / 2, size / 2, ground)
    font = look.font("caption", "semibold")
    words = initials(name)
    share = 0.46 if len(words) == 1 else 0.36
    font.setPixelSize(max(9, round(size * share)))
    draw_text(painter, QRectF(x, y, size, size), words, font, ink, CENTRE)


class Avatar(QWidget):
    """The disc by itself.

    Args:
        name: the person's name, also for screen readers.
        size: diameter in px.
        photo: the encoded picture (PNG or JPEG), if there is one.
    """

    def __init__(
        self, name: str, size: int = 28, photo: bytes | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._size = size
        self._name, self._photo = name, photo
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def set_person(self, name: str, photo: bytes | None = None) -> None:
        """Show somebody else."""
        self._name, self._photo = name, photo
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_avatar(painter, 0, 0, self._size, self._name, self._photo)
