"""Toasts confirm and tell; they come at the trailing bottom corner and never take the focus."""

from collections.abc import Callable

from PySide6.QtCore import (
    QEasingCurve,
    QEvent,
    QObject,
    QPoint,
    QPropertyAnimation,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medidesk.ui.kit.button import Button, IconButton
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, box, dot, draw_text, shadow
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import tr

WIDTH, HEIGHT = int(tokens["toast"]["width"]), int(tokens["toast"]["height"])
MARGIN, _GAP = 32, 8
_ICONS = {
    "success": "check",
    "info": "info",
    "warning": "triangle-alert",
    "danger": "octagon-alert",
    "neutral": "info",
}


class Toast(QWidget):
    """One toast with its shadow; the widget is 32 px larger than the card on each side.

    Signals:
        gone(): it is over.
    """

    gone = Signal()

    def __init__(
        self,
        title: str,
        line: str = "",
        tone: str = "success",
        icon: str | None = None,
        action: str | None = None,
        on_action: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title, self.line = title, line
        self._tone, self._icon = tone, icon or _ICONS.get(tone, "info")
        self._on_action = on_action
        self.setFixedSize(WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN)
        self.setAccessibleName(f"{title}. {line}" if line else title)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN + 8, MARGIN + 4, MARGIN + 8, MARGIN + 20)
        row.setSpacing(4)
        row.addStretch(1)
        self.action = Button(action or "", kind="link", size="small", parent=self)
        self.action.setVisible(action is not None)
        self.action.clicked.connect(self._act)
        self.cross = IconButton("x", tr("Close this message"), size="small", parent=self)
        self.cross.clicked.connect(self.leave)
        for button in (self.action, self.cross):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.addWidget(button)
        self._stay = QTimer(self)
        self._stay.setSingleShot(True)
        self._stay.setInterval(theme().duration("toast_stay"))
        self._stay.timeout.connect(self.leave)
        self._left = False

    def start(self) -> None:
        """Begin the six seconds."""
        self._stay.start()

    def waits(self) -> bool:
        """Whether the six seconds are running; they stand still under the mouse."""
        return self._stay.isActive()

    def leave(self) -> None:
        """Go away now."""
        if not self._left:
            self._left = True
            self._stay.stop()
            self.gone.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._stay.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if not self._left:
            self._stay.start()
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        card = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        radius = float(tokens["radius"]["card"])
        shadow(painter, card, radius, "3")
        box(painter, card, look.colour("bg.raised"), look.colour("border.default"), radius)
        line = Line(card, rtl=self.isRightToLeft())
        line.start(12)
        spot = line.start(32, 12)
        middle = card.center().y()
        dot(painter, spot.center().x(), middle, 16, look.tone(self._tone, "soft"))
        ink = look.tone(self._tone, "text")
        draw_icon(painter, spot.x() + 8, middle - 8, self._icon, 16, ink)
        line.end(12)
        lower_room = QRectF(line.rest)
        for button in (self.cross, self.action):
            if button.isVisibleTo(self):
                line.end(button.width(), 4)
        room = line.rest
        top = card.y() + (11 if self.line else 20)
        bold, plain = look.font("body", "semibold"), look.font("meta")
        upper = QRectF(room.x(), top, room.width(), 20)
        draw_text(painter, upper, self.title, bold, look.colour("text.primary"), line.align, owner=self)
        if self.line:
            lower = QRectF(lower_room.x(), top + 21, lower_room.width(), 16)
            quiet = look.colour("text.tertiary")
            draw_text(painter, lower, self.line, plain, quiet, line.align, owner=self)

    def _act(self) -> None:
        if self._on_action is not None:
            self._on_action()
        self.leave()


class Toaster(QObject):
    """Shows toasts over `parent`, the newest at the bottom, three at most.

    Args:
        parent: the work area.
        keep_clear: px at its foot that stay clear of toasts: the buttons of a page are never covered.
    """

    def __init__(self, parent: QWidget, keep_clear: int = 0) -> None:
        super().__init__(parent)
        self._keep_clear = keep_clear
        self._ground = parent
        self._toasts: list[Toast] = []
        self._slides: dict[Toast, QPropertyAnimation] = {}
        parent.installEventFilter(self)

    def show(
        self,
        title: str,
        line: str = "",
        tone: str = "success",
        icon: str | None = None,
        action: str | None = None,
        on_action: Callable[[], object] | None = None,
    ) -> Toast:
        """Show a toast for six seconds.

        Args:
            title: what happened.
            line: about what.
            tone: the colour of its disc.
            icon: another icon than the tone's.
            action: one verb, such as "Undo".
            on_action: what the verb does.
        """
        toast = Toast(title, line, tone, icon, action, on_action, self._ground)
        toast.gone.connect(self._gone)
        self._toasts.append(toast)
        while len(self._toasts) > tokens["toast"]["most"]:
            self._toasts[0].leave()
        self._place()
        toast.show()
        toast.raise_()
        toast.start()
        self._slide_in(toast)
        return toast

    def toasts(self) -> tuple[Toast, ...]:
        """Those on show, oldest first."""
        return tuple(self._toasts)

    def clear(self) -> None:
        """Take all away at once, as when somebody signs out."""
        for toast in tuple(self._toasts):
            toast.leave()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Resize, QEvent.Type.LayoutDirectionChange}:
            self._place()
        return super().eventFilter(watched, event)

    def _gone(self) -> None:
        toast = self.sender()
        if isinstance(toast, Toast) and toast in self._toasts:
            self._toasts.remove(toast)
            self._slides.pop(toast, None)
            toast.hide()
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        corner = int(tokens["toast"]["corner"])
        y = self._ground.height() - self._keep_clear - corner - MARGIN + _GAP
        left = corner - MARGIN
        x = left if self._ground.isRightToLeft() else self._ground.width() - corner - WIDTH - MARGIN
        for toast in reversed(self._toasts):
            y -= HEIGHT + _GAP
            sliding = self._slides.pop(toast, None)
            if sliding is not None:
                sliding.stop()
            toast.move(x, y)

    def _slide_in(self, toast: Toast) -> None:
        length = theme().duration("toast_in")
        if not length:
            return
        slide = QPropertyAnimation(toast, b"pos", toast)
        slide.setDuration(length)
        slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        slide.setStartValue(toast.pos() + QPoint(0, 12))
        slide.setEndValue(toast.pos())
        slide.finished.connect(lambda: self._slides.pop(toast, None))
        self._slides[toast] = slide
        slide.start()
