"""The foot of a form: kept as a draft, close, save; and one blue line for what others changed."""

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, box, draw_text, rule
from medidesk.ui.kit.theme import Weight, theme, tokens
from medidesk.words import tr


class NoteLine(QWidget):
    """An icon and one sentence on the soft ground of a tone.

    Args:
        tone: the colour; None for grey words after a green icon, without ground.
        icon: a Lucide name.
        plain: without ground.
        strong: body size and semibold, as a heading.
    """

    def __init__(
        self,
        tone: str | None,
        icon: str,
        *,
        plain: bool = False,
        strong: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tone, self._icon, self._text = tone, icon, ""
        self._plain, self._strong = plain or tone is None, strong
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """The sentence on show."""
        return self._text

    def set_text(self, text: str) -> None:
        """Say a sentence; "" says nothing."""
        self._text = text
        self.setAccessibleName(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        painter, look = QPainter(self), theme()
        line = Line(QRectF(self.contentsRect()), rtl=self.isRightToLeft())
        ink = look.colour("text.secondary") if self._tone is None else look.tone(self._tone, "text")
        if not self._plain:
            box(painter, self.rect(), look.tone(self._tone or "neutral", "soft"), None, 4)
            line.start(8)
            line.end(8)
        size = 16 if self._strong else 14
        spot = line.start(size, 6 if self._plain else 8)
        icon_ink = look.tone(self._tone or "success", "text")
        draw_icon(painter, spot.x(), (self.height() - size) / 2, self._icon, size, icon_ink)
        font = look.font("body", "semibold") if self._strong else look.font("meta", self._weight())
        draw_text(painter, line.rest, self._text, font, ink, line.align, owner=self)

    def _weight(self) -> Weight:
        return "regular" if self._plain else "medium"


class FormFoot(QWidget):
    """Draft state, Close and the primary button, 56 high; the blue line stands above when needed.

    Args:
        primary: the button that saves.
        others: buttons between Close and the primary one.

    Signals:
        closed(): Close was pressed.
        submitted(): the primary button was pressed.
    """

    closed = Signal()
    submitted = Signal()

    def __init__(
        self, primary: Button, *others: Button, padding: int = 24, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._remote = NoteLine("info", "refresh-cw", parent=self)
        self._remote.hide()
        self._draft = NoteLine(None, "check")
        self.primary = primary
        self.close_button = Button(tr("Close"), kind="ghost", key="Escape")
        self.close_button.clicked.connect(self.closed)
        primary.clicked.connect(self.submitted)
        bar = QWidget(self)
        bar.setFixedHeight(int(tokens["form"]["foot"]))
        row = QHBoxLayout(bar)
        row.setContentsMargins(padding, 0, padding, 0)
        row.setSpacing(8)
        row.addWidget(self._draft, 1)
        row.addWidget(self.close_button)
        for button in others:
            row.addWidget(button)
        row.addWidget(primary)
        above = QWidget(self)
        inner = QHBoxLayout(above)
        inner.setContentsMargins(padding, 0, padding, 8)
        inner.addWidget(self._remote)
        self._above = above
        above.hide()
        self._bar = bar
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(above)
        column.addWidget(bar)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_draft(self, text: str) -> None:
        """Say how the draft stands, such as "Kept as a draft, 10:41:52"; "" says nothing."""
        self._draft.set_text(text)

    def draft_text(self) -> str:
        """What is said about the draft."""
        return self._draft.text()

    def show_remote(self, text: str) -> None:
        """Say what another station changed; "" takes the blue line away."""
        self._remote.set_text(text)
        self._remote.setVisible(bool(text))
        self._above.setVisible(bool(text))

    def remote_text(self) -> str:
        """What is said about another station's change."""
        return self._remote.text()

    def paintEvent(self, event: QPaintEvent) -> None:
        top = self._bar.y() + 1
        rule(QPainter(self), 0, self.width(), top, theme().colour("border.subtle"))
