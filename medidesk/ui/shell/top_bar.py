"""The top bar: one search for everything, the station, the sync pill, and who is signed in."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from medidesk.ui.kit.avatar import paint_avatar
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.keycap import keycap_width, paint_keycap
from medidesk.ui.kit.paint import Line, box, draw_text, text_width
from medidesk.ui.kit.pill import SyncPill
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.mark import Mark
from medidesk.words import tr

HEIGHT = int(tokens["shell"]["topbar"])
_SEARCH = int(tokens["shell"]["search"])
_MARK_AT = 24
_NAME_LEAST = 40


class _Painted(QAbstractButton):
    """A button that paints itself and knows its hover."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class SearchButton(_Painted):
    """Looks like the search field it opens."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(tr("Search patients and actions"))
        self.setAccessibleName(tr("Search patients and actions"))
        self.setProperty("halo", 6.0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(_SEARCH)

    def sizeHint(self) -> QSize:
        return QSize(_SEARCH, 32)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        edge, width = look.colour("border.default"), 1
        if self.hasFocus():
            edge, width = look.colour("focus.ring"), 2
        elif self.underMouse():
            edge = look.colour("border.input")
        box(painter, self.rect(), look.colour("bg.input"), edge, 6, width)
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        line.start(10)
        line.end(6)
        spot = line.start(16, 8)
        draw_icon(painter, spot.x(), 8, "search", 16, "text.secondary")
        if text_width(look.font("body"), self.text()) + 9 + keycap_width("Ctrl+K") <= line.rest.width():
            paint_keycap(painter, line.end(keycap_width("Ctrl+K"), 8), "Ctrl+K")
        draw_text(
            painter,
            line.rest,
            self.text(),
            look.font("body"),
            look.colour("text.tertiary"),
            line.align,
            owner=self,
        )


class PersonButton(_Painted):
    """Who is signed in; opens the menu of the person and the look."""

    def __init__(self, name: str, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self.setText(name)
        self.setProperty("halo", 6.0)
        self.setAccessibleName(tr("Signed in: {name}, {role}", name=name, role=role))

    def sizeHint(self) -> QSize:
        look = theme()
        words = max(
            text_width(look.font("meta", "semibold"), self.text()),
            text_width(look.font("caption"), self._role),
        )
        return QSize(round(8 + 28 + 10 + words + 12 + 14 + 9), 40)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        if self.underMouse() or self.hasFocus():
            edge = look.colour("focus.ring") if self.hasFocus() else None
            box(painter, self.rect(), look.colour("bg.hover"), edge, 6, 2)
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        line.start(8)
        line.end(8)
        spot = line.start(28, 10)
        paint_avatar(painter, spot.x(), 6, 28, self.text())
        arrow = line.end(14, 8)
        draw_icon(painter, arrow.x(), 13, "chevron-down", 14, "text.secondary")
        rest = line.rest
        upper = QRectF(rest.x(), 3, rest.width(), 18)
        lower = QRectF(rest.x(), 20, rest.width(), 16)
        ink = look.colour("text.primary")
        draw_text(painter, upper, self.text(), look.font("meta", "semibold"), ink, line.align, owner=self)
        quiet = look.colour("text.secondary")
        draw_text(painter, lower, self._role, look.font("caption"), quiet, line.align, owner=self)


class StationName(QWidget):
    """The station's name, so that everyone knows where they are."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Station {name}", name=name))
        self.setToolTip(tr("Station {name}", name=name))

    def sizeHint(self) -> QSize:
        return QSize(round(text_width(theme().font("body"), self._name) + 16 + 8 + 1), 28)

    def minimumSizeHint(self) -> QSize:
        return QSize(16, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = Line(QRectF(self.rect()), rtl=self.isRightToLeft())
        spot = line.start(16, 8)
        draw_icon(painter, spot.x(), 6, "monitor", 16, "text.secondary")
        ink = theme().colour("text.secondary")
        if line.rest.width() > _NAME_LEAST:
            draw_text(painter, line.rest, self._name, theme().font("body"), ink, line.align)


class TopBar(QWidget):
    """The bar.

    Signals:
        search_asked(): the search field was pressed.
        changes_asked(): the pill was pressed.
        menu_asked(): the person was pressed.
    """

    search_asked = Signal()
    changes_asked = Signal()
    menu_asked = Signal()

    def __init__(self, station: str, name: str, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.search = SearchButton()
        self.pill = SyncPill()
        self.person = PersonButton(name, role)
        self.search.clicked.connect(self.search_asked)
        self.pill.clicked.connect(self.changes_asked)
        self.person.clicked.connect(self.menu_asked)
        row = QHBoxLayout(self)
        row.setSpacing(16)
        row.addWidget(Mark(28))
        row.addSpacing(20)
        row.addWidget(self.search, 1)
        row.addStretch(1)
        row.addWidget(StationName(station))
        row.addWidget(self.pill)
        row.addWidget(self.person)
        self._indent()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._indent()

    def _indent(self) -> None:
        """Margins are not mirrored by Qt: the mark stands over the rail on either side."""
        layout = self.layout()
        if layout is not None:
            left, right = (12, _MARK_AT) if self.isRightToLeft() else (_MARK_AT, 12)
            layout.setContentsMargins(left, 0, right, 0)
