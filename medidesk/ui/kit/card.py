"""A card: one subject on its own ground, with a title and perhaps something at its end."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import box
from medidesk.ui.kit.theme import theme, tokens


class Panel(QWidget):
    """A round ground with a hairline, named by tokens.

    Args:
        ground: the fill, or None.
        edge: the hairline, or None.
        radius: of the corners.
    """

    def __init__(
        self,
        ground: str | None = "bg.surface",
        edge: str | None = "border.subtle",
        radius: float = float(tokens["radius"]["card"]),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ground, self._edge, self._radius = ground, edge, radius

    def set_tokens(self, ground: str | None, edge: str | None, radius: float | None = None) -> None:
        """Take another fill, hairline and perhaps other corners."""
        self._ground, self._edge = ground, edge
        self._radius = self._radius if radius is None else radius
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme()
        ground = look.colour(self._ground) if self._ground else None
        edge = look.colour(self._edge) if self._edge else None
        box(QPainter(self), self.rect(), ground, edge, self._radius)


class Card(Panel):
    """A titled panel; put what it holds into `body`.

    Args:
        title: 13/600 at the top; "" for a card without a head.
        trailing: stands at the end of the head line.
        count: a quiet number after the title.
    """

    def __init__(
        self,
        title: str = "",
        trailing: QWidget | None = None,
        *,
        count: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._outer = outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 12 if title else 16, 16, 16)
        outer.setSpacing(8)
        self._title = Label(title, "body", "semibold", parent=self)
        self._count = Label("", "meta", "regular", "text.tertiary", figures=True, parent=self)
        if title:
            self.setAccessibleName(title)
            head = QHBoxLayout()
            head.setSpacing(8)
            head.addWidget(self._title)
            head.addWidget(self._count)
            head.addStretch(1)
            if trailing is not None:
                head.addWidget(trailing)
            outer.addLayout(head)
        else:
            self._title.hide()
        self.set_count(count)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body, 1)

    def set_padding(self, *, bottom: int = 16, gap: int = 8) -> None:
        """Leave another room below the body, and between the head and the body."""
        self._outer.setSpacing(gap)
        margins = self._outer.contentsMargins()
        margins.setBottom(bottom)
        self._outer.setContentsMargins(margins)

    def set_title(self, title: str) -> None:
        """Take another title."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def set_count(self, count: int | None) -> None:
        """Show another number after the title, or none."""
        self._count.setText("" if count is None else f"{count:,}")
        self._count.setVisible(count is not None)
