"""The little key: shows which keys do a thing, in buttons, hint bars and the F1 panel."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from medidesk.ui.kit.paint import CENTRE, box, draw_text, text_width
from medidesk.ui.kit.theme import theme, tokens

HEIGHT = int(tokens["keycap"]["height"])
_RADIUS = float(tokens["keycap"]["radius"])
_SHOWN = {
    "Return": "↵",
    "Enter": "↵",
    "Up": "↑",
    "Down": "↓",
    "Left": "←",
    "Right": "→",
    "PgUp": "Page ↑",
    "PgDown": "Page ↓",
    "Escape": "Esc",
    "Delete": "Del",
}


def shown_key(key: str) -> str:
    """A key sequence as it stands on a cap: "Ctrl+Return" becomes "Ctrl ↵", the pair "Up, Down" "↑↓"."""
    if ", " in key:
        return "".join(shown_key(one) for one in key.split(", "))
    parts = key.split("+") if not key.endswith("+") else [*key[:-2].split("+"), "+"]
    return " ".join(_SHOWN.get(part, part) for part in parts if part)


def keycap_width(key: str) -> float:
    """The width in px of the cap for `key`."""
    return max(float(HEIGHT), text_width(theme().font("caption", "medium"), shown_key(key)) + 10)


def paint_keycap(
    painter: QPainter, rect: QRectF, key: str, *, on_accent: bool = False, muted: bool = False
) -> None:
    """Draw the cap in the vertical middle of `rect`, over its whole width."""
    look = theme()
    cap = QRectF(rect.x(), rect.y() + (rect.height() - HEIGHT) / 2, rect.width(), HEIGHT)
    font = look.font("caption", "medium")
    if on_accent:
        ground = QColor(tokens["keycap"]["on_accent_fill"])
        ground.setAlphaF(tokens["keycap"]["on_accent_opacity"])
        box(painter, cap, ground, None, _RADIUS)
        draw_text(painter, cap, shown_key(key), font, look.colour("text.on.accent"), CENTRE)
        return
    box(painter, cap, look.colour("bg.raised"), look.colour("border.default"), _RADIUS)
    ink = look.colour("text.disabled" if muted else "text.secondary")
    draw_text(painter, cap, shown_key(key), font, ink, CENTRE)


class KeyCap(QWidget):
    """A key cap by itself."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(shown_key(key))

    def key(self) -> str:
        """The key sequence shown."""
        return self._key

    def set_key(self, key: str) -> None:
        """Show another key."""
        self._key = key
        self.setAccessibleName(shown_key(key))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(keycap_width(self._key)), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_keycap(painter, QRectF(self.rect()), self._key)
