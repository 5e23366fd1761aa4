"""A page with a panel beside it; where there is no room for both, the panel lies over the page when wanted."""

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from medidesk.ui.kit.paint import shadow

_SHADOW = 24


class _Shade(QWidget):
    """The shadow that says that the panel lies above the page."""

    def paintEvent(self, event: QPaintEvent) -> None:
        edge = QRectF(-_SHADOW if self.isRightToLeft() else _SHADOW, 0, self.width(), self.height())
        shadow(QPainter(self), edge, 0, "3")


class SideBySide(QWidget):
    """The two.

    Args:
        main: takes what is left.
        side: stands at the trailing side.
        folds_below: the width in px below which `side` folds away.
        widths: of `side`, slim and wide.
        wide_from: the width in px from which it is wide.
        over: the part of `main` that the panel lies over; all of it when None.

    Signals:
        folded(bool): there is no room for both any more, or there is again.
    """

    folded = Signal(bool)

    def __init__(
        self,
        main: QWidget,
        side: QWidget,
        *,
        folds_below: int,
        widths: tuple[int, int],
        wide_from: int,
        over: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._main, self._side = main, side
        self._folds_below, self._widths, self._wide_from = folds_below, widths, wide_from
        self._over = over
        if over is not None:
            over.installEventFilter(self)
        self._is_folded = self._is_wanted = False
        self._shade = _Shade(self)
        for widget in (main, side):
            widget.setParent(self)
        self._shade.stackUnder(side)
        self._shade.hide()

    def is_folded(self) -> bool:
        """Whether the panel shows only when it is wanted."""
        return self._is_folded

    def toggle(self) -> None:
        """Lay the panel over the page, or take it away; beside the page it stays."""
        self._is_wanted = not self._is_wanted
        self._place()

    def show_side(self) -> None:
        """Where the panel is folded away, lay it over the page."""
        if self.is_folded() and not self._is_wanted:
            self.toggle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        folds = self.width() < self._folds_below
        if folds != self._is_folded:
            self._is_folded, self._is_wanted = folds, False
            self.folded.emit(folds)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() == QEvent.Type.Move:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        slim, wide = self._widths
        size = wide if self.width() >= self._wide_from else slim
        over = self._is_folded and self._is_wanted
        shown = over or not self._is_folded
        rest = self.width() if self._is_folded else self.width() - size
        rtl = self.isRightToLeft()
        self._main.setGeometry(self.width() - rest if rtl else 0, 0, rest, self.height())
        top = self._over.y() if self._is_folded and self._over is not None else 0
        place = QRect(0 if rtl else self.width() - size, top, size, self.height() - top)
        self._side.setGeometry(place)
        self._side.setVisible(shown)
        self._shade.setGeometry(
            place.adjusted(0, 0, _SHADOW, 0) if rtl else place.adjusted(-_SHADOW, 0, 0, 0)
        )
        self._shade.setVisible(over)
