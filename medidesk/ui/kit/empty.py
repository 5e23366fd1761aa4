"""What stands where nothing is yet: says so, says why, and what to do."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import box, dot
from medidesk.ui.kit.theme import theme


class _Disc(QWidget):
    """A 56 px disc with an icon of 24."""

    def __init__(self, icon: str, tone: str) -> None:
        super().__init__()
        self._icon, self._tone = icon, tone
        self.setFixedSize(56, 56)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        dot(painter, 28, 28, 28, look.tone(self._tone, "soft"))
        draw_icon(painter, 16, 16, self._icon, 24, look.tone(self._tone, "text"))


class EmptyState(QWidget):
    """An icon, a sentence, the reason, and at most two buttons.

    Args:
        icon: a Lucide name.
        sentence: what is so.
        reason: why; may be empty.
        primary: what to do.
        other: what else to do.
        tone: "accent", or "warning"/"danger" where something is wrong.
    """

    def __init__(
        self,
        icon: str,
        sentence: str,
        reason: str = "",
        primary: Button | None = None,
        other: Button | None = None,
        *,
        tone: str = "accent",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(f"{sentence} {reason}".strip())
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(_Disc(icon, tone), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        for text, label in (
            (sentence, Label(sentence, "section", "semibold", wrap=True, parent=self)),
            (reason, Label(reason, "body", "regular", "text.secondary", wrap=True, parent=self)),
        ):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setVisible(bool(text))
            column.addWidget(label)
        column.addSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in (primary, other):
            if button is not None:
                row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)


class LoadingRows(QWidget):
    """Grey bars in the place of rows, only for the very first fill of a list."""

    def __init__(self, rows: int = 2, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(240, 24 * self._rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, ground = QPainter(self), theme().colour("bg.canvas")
        for at in range(self._rows):
            for start, share in ((0.0, 0.38 - 0.07 * (at % 2)), (0.46, 0.26), (0.84, 0.16)):
                left = start if not self.isRightToLeft() else 1 - start - share
                bar = QRectF(self.width() * left, 24 * at + 6, self.width() * share, 10)
                box(painter, bar, ground, None, 5)
