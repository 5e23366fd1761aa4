"""A box in the page that says one thing: a title, a sentence, an icon. Never a dialog."""

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import box
from medidesk.ui.kit.theme import theme, tokens

_RADIUS = float(tokens["radius"]["card"])
_TEXT_AT = 44


class Notice(QWidget):
    """The box.

    Args:
        tone: "neutral", "info", "warning", "danger" or "success".
        icon: a Lucide name.
    """

    def __init__(self, tone: str = "neutral", icon: str = "info", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone, self._icon = tone, icon
        column = QVBoxLayout(self)
        column.setSpacing(2)
        self._column = column
        self._lay_margins()
        self._title = Label("", "body", "semibold", wrap=True)
        self._line = Label("", "meta", "regular", "text.secondary", wrap=True)
        column.addWidget(self._title)
        column.addWidget(self._line)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._lay_margins()

    def _lay_margins(self) -> None:
        """Room for the icon at the reading side: a layout does not mirror its margins."""
        start, end = (16, _TEXT_AT) if self.isRightToLeft() else (_TEXT_AT, 16)
        self._column.setContentsMargins(start, 12, end, 12)

    def say(self, title: str, line: str = "", *, tone: str | None = None, icon: str | None = None) -> None:
        """Show these words, and the box."""
        self._tone, self._icon = tone or self._tone, icon or self._icon
        self._title.setText(title)
        self._line.setText(line)
        self._line.setVisible(bool(line))
        self.setAccessibleName(f"{title} {line}".strip())
        self.show()
        self.update()

    def say_problem(
        self, problem: MediDeskError, *, tone: str = "danger", icon: str = "circle-alert"
    ) -> None:
        """Show what the world did, and the next step."""
        self.say(problem.title, str(problem), tone=tone, icon=icon)

    def words(self) -> str:
        """What the box says."""
        return f"{self._title.text()} {self._line.text()}".strip()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        calm = self._tone == "neutral"
        ground = look.colour("bg.subtle") if calm else look.tone(self._tone, "soft")
        edge = look.colour("border.subtle") if calm else look.tone(self._tone, "border")
        box(painter, QRectF(self.rect()), ground, edge, _RADIUS)
        ink = look.colour("accent.text") if calm else look.tone(self._tone, "text")
        x = self.width() - 16 - 16 if self.isRightToLeft() else 16
        draw_icon(painter, x, 14 if self._line.isVisible() else (self.height() - 16) / 2, self._icon, 16, ink)
