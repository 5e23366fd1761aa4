"""The tabs: pages side by side, an amber dot for a draft, no cross on the first."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QTabBar, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import Line, dot, draw_text, fill, hairline, text_width
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.page import Page
from medidesk.words import tr

HEIGHT = int(tokens["shell"]["tabs"])
_TOP = 6
_LEAD, _ICON, _GAP, _CROSS = 12, 14, 8, 24
_WORDS_MOST = 180


class TabStrip(QTabBar):
    """The tabs of the open pages.

    Signals:
        close_asked(int): the cross of a tab, or the middle mouse button.
    """

    close_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: list[Page] = []
        self._hovered = -1
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("halo", False)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(tr("Open pages"))

    def show_page(self, page: Page) -> int:
        """A tab for `page` at the end; returns its place."""
        self._pages.append(page)
        at = self.addTab(page.title)
        page.retitled.connect(self._retitle)
        self._tell(at)
        return at

    def take_page(self, at: int) -> None:
        """Take a tab away."""
        page = self._pages.pop(at)
        page.retitled.disconnect(self._retitle)
        self.removeTab(at)

    def tabSizeHint(self, index: int) -> QSize:
        words = min(_WORDS_MOST, text_width(theme().font("meta", "semibold"), self.tabText(index)) + 1)
        cross = _CROSS + 4 if index else 0
        return QSize(round(_LEAD + _ICON + _GAP + words + cross + _LEAD), HEIGHT)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.tabAt(event.position().toPoint())
        middle = event.button() == Qt.MouseButton.MiddleButton
        on_cross = event.button() == Qt.MouseButton.LeftButton and self._cross(at).contains(
            event.position().toPoint()
        )
        if at > 0 and (middle or on_cross):
            self.close_asked.emit(at)
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hovered = self.tabAt(event.position().toPoint())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hovered = -1
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        current = self.currentIndex()
        for at in range(self.count()):
            if at != current:
                self._paint_tab(painter, at)
        if current >= 0:
            self._paint_front(painter, QRectF(self.tabRect(current)))
            self._paint_tab(painter, current)

    def _paint_front(self, painter: QPainter, rect: QRectF) -> None:
        look, line = theme(), hairline(painter)
        area = QRectF(rect.x() + line / 2, _TOP + line / 2, rect.width() - line, HEIGHT - _TOP + 4)
        path = QPainterPath()
        path.addRoundedRect(area, 8, 8)
        painter.save()
        painter.setClipRect(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = look.colour("focus.ring" if self.hasFocus() else "border.default")
        painter.setPen(QPen(edge, line * (2 if self.hasFocus() else 1)))
        painter.setBrush(look.colour("bg.surface"))
        painter.drawPath(path)
        painter.restore()

    def _paint_tab(self, painter: QPainter, at: int) -> None:
        look, page = theme(), self._pages[at]
        rect = QRectF(self.tabRect(at))
        front = at == self.currentIndex()
        line = Line(QRectF(rect.x(), _TOP, rect.width(), HEIGHT - _TOP), rtl=self.isRightToLeft())
        line.start(_LEAD)
        ink = look.colour("text.primary" if front else "text.secondary")
        spot = line.start(_ICON, _GAP)
        middle = _TOP + (HEIGHT - _TOP) / 2
        draw_icon(painter, spot.x(), middle - _ICON / 2, page.icon, _ICON, "accent.text" if front else ink)
        line.end(_LEAD)
        if at:
            cross = QRectF(self._cross(at)).center()
            self._paint_end(painter, cross, at, draft=page.has_draft)
            line.end(_CROSS - 4)
        elif page.has_draft:
            dot(painter, line.end(8).center().x(), middle, 3.5, look.colour("warning.base"))
        font = look.font("meta", "semibold" if front else "medium")
        room = line.rest
        room.setWidth(min(room.width(), _WORDS_MOST + 2))
        draw_text(painter, room, page.title, font, ink, line.align, owner=self)
        beside = front or at + 1 == self.currentIndex()
        if not beside:
            x = rect.left() if self.isRightToLeft() else rect.right()
            fill(painter, QRectF(x, middle - 8, 1, 16), look.colour("border.default"))

    def _paint_end(self, painter: QPainter, centre: QPointF, at: int, *, draft: bool) -> None:
        if draft and self._hovered != at:
            dot(painter, centre.x(), centre.y(), 3.5, theme().colour("warning.base"))
        else:
            draw_icon(painter, centre.x() - 7, centre.y() - 7, "x", 14, "text.tertiary")

    def _cross(self, at: int) -> QRect:
        if at <= 0:
            return QRect()
        rect = self.tabRect(at)
        x = rect.left() + 6 if self.isRightToLeft() else rect.right() - _CROSS - 5
        return QRect(x, _TOP + 3, _CROSS, _CROSS)

    def _retitle(self) -> None:
        for at in range(self.count()):
            self._tell(at)
        self.update()

    def _tell(self, at: int) -> None:
        page = self._pages[at]
        if self.tabText(at) != page.title:
            self.setTabText(at, page.title)
        said = tr("{title}, draft not yet saved", title=page.title) if page.has_draft else page.title
        self.setAccessibleTabName(at, said)
        self.setTabToolTip(at, said)
