"""The dark half of the sign-in page: the time, the clinic, the station, and how they stand."""

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QLinearGradient, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk import __version__
from medidesk.ui import moments
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.theme import Theme, theme, theme_signals
from medidesk.ui.mark import Mark
from medidesk.ui.sign_in.greeting import Greeting
from medidesk.words import counted, tr

_MARGIN, _SLIM_MARGIN, _WIDE_FROM = 48, 32, 460
_SHARE, _LEAST = 0.389, 392
_RING_STEP = 46
_CLOCK_SIZE = 2  # times the display size
_ON_BRAND = Theme("dark")  # the panel is dark in either look


class _Clock(Label):
    """The time of day, twice as large as anything else here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "display", "semibold", "brand.on.ink", figures=True, parent=parent)
        theme_signals().theme_changed.connect(self._grow)
        self._grow()

    def _grow(self) -> None:
        font = theme().font("display", "semibold", figures=True)
        font.setPixelSize(font.pixelSize() * _CLOCK_SIZE)
        self.setFont(font)


class _Icon(QWidget):
    """An icon in a brand colour."""

    def __init__(self, name: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._colour: str | QColor = colour
        self.setFixedSize(16, 16)

    def show_icon(self, name: str, colour: str | QColor) -> None:
        """Show another icon; an empty name shows none."""
        self._name, self._colour = name, colour
        self.setVisible(bool(name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._name:
            draw_icon(QPainter(self), 0, 0, self._name, 16, self._colour)


class StateLine(QWidget):
    """One line at the foot: what, and how it is."""

    def __init__(self, icon: str, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(_Icon(icon, "brand.on.ink.soft"))
        row.addWidget(Label(what, "body", "medium", "brand.on.ink"))
        row.addStretch(1)
        self._sign = _Icon("", "brand.on.ink.soft")
        self._state = Label("", "body", "regular", "brand.on.ink.soft", figures=True)
        inner = QHBoxLayout()
        inner.setSpacing(8)
        inner.addWidget(self._sign)
        inner.addWidget(self._state)
        row.addLayout(inner)
        self.setFixedHeight(24)
        self._what = what

    def show_state(self, words: str, icon: str = "", colour: str | QColor = "brand.on.ink.soft") -> None:
        """Say how it is, with a sign before the words if there is one."""
        self._state.setText(words)
        self._sign.show_icon(icon, colour)
        self.setAccessibleName(f"{self._what}: {words}")

    def words(self) -> str:
        """What the line says now."""
        return self._state.text()


class BrandPanel(QWidget):
    """The panel; `show_server` is told what the probe found."""

    def __init__(self, greeting: Greeting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)
        column = QVBoxLayout(self)
        self._column, self._margin = column, _MARGIN
        column.setContentsMargins(_MARGIN, 44, _MARGIN, 36)
        column.setSpacing(0)
        column.addLayout(self._heading())
        column.addStretch(3)
        self._clock = _Clock()
        self._day = Label("", "section", "regular", "brand.on.ink.soft")
        self._clinic = Label("", "title", "semibold", "brand.on.ink", wrap=True)
        self._station = Label("", "strong", "regular", "brand.on.ink.soft", elide=True)
        for widget, gap in ((self._clock, 4), (self._day, 40), (self._clinic, 4), (self._station, 0)):
            column.addWidget(widget)
            column.addSpacing(gap)
        column.addStretch(4)
        self._rule = QWidget()
        self._rule.setFixedHeight(20)
        column.addWidget(self._rule)
        self.server = StateLine("server", tr("Server"))
        self.contact = StateLine("refresh-cw", tr("This station"))
        self.waiting = StateLine("cloud-upload", tr("Waiting changes"))
        for line in (self.server, self.contact, self.waiting):
            column.addWidget(line)
            column.addSpacing(12)
        column.addSpacing(28)
        column.addWidget(
            Label(tr("Version {version}", version=__version__), "meta", "regular", "brand.on.ink.soft")
        )
        self.show_greeting(greeting)
        self._tick()

    def take_share(self, window: int) -> None:
        """Take this panel's share of a window so many px wide."""
        width = max(_LEAST, round(window * _SHARE))
        self._margin = _MARGIN if width >= _WIDE_FROM else _SLIM_MARGIN
        self._column.setContentsMargins(self._margin, 44, self._margin, 36)
        self.setFixedWidth(width)

    def show_greeting(self, greeting: Greeting) -> None:
        """Say which clinic and station this is, and how they stand."""
        self._clinic.setText(greeting.clinic)
        self._clinic.setVisible(bool(greeting.clinic))
        known = bool(greeting.hosts)
        for line in (self.server, self.contact, self.waiting, self._rule):
            line.setVisible(known)
        self._station.setText(greeting.station)
        self.server.show_state(tr("Asking {server}…", server=greeting.server_name))
        if greeting.last_contact is None:
            self.contact.show_state(tr("No data here yet"))
        else:
            self.contact.show_state(tr("Up to date at {time}", time=moments.when(greeting.last_contact)))
        if greeting.waiting:
            words = counted(greeting.waiting, "{count} waits to be sent", "{count} wait to be sent")
            self.waiting.show_state(words, "cloud-upload", _ON_BRAND.colour("warning.text"))
        else:
            self.waiting.show_state(tr("None on this station"))

    def show_server(self, reachable: bool) -> None:
        """Say whether the server answers."""
        if reachable:
            self.server.show_state(tr("Answers"), "circle-check", _ON_BRAND.colour("success.text"))
        else:
            self.server.show_state(tr("Does not answer"), "cloud-off", _ON_BRAND.colour("warning.text"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QLinearGradient(QPointF(0, 0), QPointF(self.width(), self.height()))
        ground.setColorAt(0, look.colour("brand.ink.2"))
        ground.setColorAt(1, look.colour("brand.ink"))
        painter.fillRect(self.rect(), ground)
        ring = look.colour("brand.on.ink.soft")
        centre = QPointF(0 if self.isRightToLeft() else self.width(), self.height() * 0.62)
        for at in range(2, 16):
            ring.setAlphaF(max(0.02, 0.22 - at * 0.013))
            painter.setPen(QPen(ring, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, at * _RING_STEP, at * _RING_STEP)
        line = look.colour("brand.on.ink.soft")
        line.setAlphaF(0.3)
        place = self._rule.geometry()
        if not self._rule.isHidden():
            painter.fillRect(QRectF(self._margin, place.top(), self.width() - 2 * self._margin, 1), line)

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(Mark(36, on_brand=True))
        row.addWidget(Label(tr("MediDesk"), "title", "semibold", "brand.on.ink"))
        row.addStretch(1)
        return row

    def _tick(self) -> None:
        current = moments.now()
        self._clock.setText(moments.clock(current))
        self._day.setText(moments.long_day(current.date()))
