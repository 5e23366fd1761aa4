"""The focus halo: 3 px of translucent ring outside whatever has the keyboard.

Widgets cannot paint outside themselves, so one overlay follows the focus. It belongs to the nearest
scrolled page or window, which lets it reach past the parent's edge and still scroll along.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from medidesk.ui.kit.paint import box
from medidesk.ui.kit.theme import theme

REACH, RING = 3, 2


def halo_radius(widget: QWidget) -> float | None:
    """The corner radius of the widget's own edge, or None for one that shows focus in another way."""
    wanted = widget.property("halo")
    if wanted is not None:
        return None if wanted is False else float(wanted)
    if isinstance(widget, (QCheckBox, QRadioButton)):
        return 4.0
    if isinstance(
        widget, (QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextEdit, QAbstractButton)
    ):
        return 6.0
    return None


def _ground_of(widget: QWidget) -> QWidget | None:
    """The scrolled page or the window that `widget` lies on."""
    here = widget.parentWidget()
    while here is not None and not here.isWindow():
        above = here.parentWidget()
        if above is not None and isinstance(above.parentWidget(), QAbstractScrollArea):
            return here
        here = above
    return here


class Halo(QWidget):
    """The ring around one widget; deletes itself with it."""

    def __init__(self, target: QWidget, radius: float, ground: QWidget) -> None:
        super().__init__(ground)
        self._target = target
        self._radius = radius
        self._ring = RING if target.property("ringOutside") else 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._watched: list[QWidget] = []
        here: QWidget | None = target
        while here is not None and here is not ground:
            here.installEventFilter(self)
            self._watched.append(here)
            here = here.parentWidget()
        self.follow()
        self.show()
        self.raise_()

    def follow(self) -> None:
        """Lie around the target, wherever it is now."""
        ground = self.parentWidget()
        if ground is None:
            return
        corner = self._target.mapTo(ground, QPoint(0, 0))
        reach = REACH + self._ring
        self.setGeometry(QRect(corner, self._target.size()).adjusted(-reach, -reach, reach, reach))
        self.setVisible(self._target.isVisible())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide}:
            self.follow()
        return super().eventFilter(watched, event)

    def let_go(self) -> None:
        """Stop following and vanish."""
        for widget in self._watched:
            if isValid(widget):
                widget.removeEventFilter(self)
        self._watched.clear()
        self.hide()
        self.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme()
        box(painter, self.rect(), None, look.colour("focus.halo"), self._radius + REACH, REACH)
        if self._ring:
            inside = self.rect().adjusted(REACH, REACH, -REACH, -REACH)
            box(painter, inside, None, look.colour("focus.ring"), self._radius, self._ring)


def put_halo(target: QWidget) -> Halo | None:
    """A halo around `target`, or None if it shows focus in another way."""
    radius = halo_radius(target)
    ground = _ground_of(target)
    if radius is None or ground is None:
        return None
    return Halo(target, radius, ground)


class FocusFollower(QObject):
    """Keeps exactly one halo on the screen: around the widget with the focus."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._halo: Halo | None = None
        app.focusChanged.connect(self._moved)

    def _moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        halo, self._halo = self._halo, None
        if halo is not None and isValid(halo):
            halo.let_go()
        if now is None:
            return
        edit_of = now.parentWidget()
        target = edit_of if isinstance(edit_of, (QComboBox, QAbstractSpinBox)) else now
        self._halo = put_halo(target)


def follow_focus(app: QApplication) -> FocusFollower:
    """Let the halo follow the application's focus from now on."""
    return FocusFollower(app)
