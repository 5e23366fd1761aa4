"""The banner under the tabs: one bold sentence, one plain, one link. It pushes, never covers."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, draw_text, fill, rule, text_width
from medidesk.ui.kit.theme import theme, tokens

_ICONS = {
    "warning": "cloud-off",
    "danger": "triangle-alert",
    "info": "info",
    "success": "circle-check",
    "neutral": "info",
}

_PLAIN_LEAST = 80


class Banner(QWidget):
    """Hidden until it has something to say."""

    def __init__(
        self, tone: str = "warning", *, icon: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tone, self._icon = tone, icon
        self._bold = self._plain = self._trailing = ""
        self._on_link: Callable[[], object] | None = None
        self.link = Button("", kind="link", parent=self)
        self.link.clicked.connect(self._follow)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.addStretch(1)
        row.addWidget(self.link)
        self.setFixedHeight(int(tokens["banner"]))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_message(
        self,
        bold: str,
        plain: str = "",
        link: str | None = None,
        on_link: Callable[[], object] | None = None,
        trailing: str = "",
    ) -> None:
        """Say something.

        Args:
            bold: the one sentence that matters.
            plain: what it means.
            link: the word of the link.
            on_link: what the link does.
            trailing: a quiet word before the link, such as "next try in 8 s".
        """
        self._bold, self._plain, self._trailing = bold, plain, trailing
        self._on_link = on_link
        self.link.setText(link or "")
        self.link.setVisible(link is not None)
        self.setAccessibleName(f"{bold} {plain}".strip())
        self.setToolTip(plain)
        self.show()
        self.update()

    def set_tone(self, tone: str, icon: str | None = None) -> None:
        """Take another colour and icon."""
        self._tone, self._icon = tone, icon
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(480, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        fill(painter, self.rect(), look.tone(self._tone, "soft"))
        rule(painter, 0, self.width(), self.height(), look.tone(self._tone, "border"))
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        line.start(24)
        line.end(24)
        spot = line.start(16, 10)
        ink = look.tone(self._tone, "text")
        icon = self._icon or _ICONS.get(self._tone, "info")
        draw_icon(painter, spot.x(), (self.height() - 16) / 2, icon, 16, ink)
        if self.link.isVisibleTo(self):
            line.end(self.link.width(), 24)
        bold = look.font("body", "semibold")
        room = line.start(min(text_width(bold, self._bold) + 1, line.rest.width()), 6)
        draw_text(painter, room, self._bold, bold, ink, line.align, owner=self)
        meta = look.font("meta")
        trailing = text_width(meta, self._trailing) + 1
        if self._trailing and trailing + 16 <= line.rest.width():
            room = line.end(trailing, 16)
            draw_text(painter, room, self._trailing, meta, look.colour("text.secondary"), line.align_end)
        # The plain sentence alone gives way; the tool tip has it whole.
        if line.rest.width() > _PLAIN_LEAST:
            draw_text(
                painter, line.rest, self._plain, look.font("body"), look.colour("text.primary"), line.align
            )

    def _follow(self) -> None:
        if self._on_link is not None:
            self._on_link()
