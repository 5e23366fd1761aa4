"""The last users as cards: one click or Alt and a digit chooses who signs in."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from medidesk.ui.kit.avatar import paint_avatar
from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.keycap import keycap_width, paint_keycap
from medidesk.ui.kit.paint import Line, box, draw_text
from medidesk.ui.kit.theme import theme, tokens
from medidesk.ui.sign_in.greeting import Person
from medidesk.words import tr

_PADDING = 16
_RADIUS = float(tokens["radius"]["card"])


class PersonCard(QAbstractButton):
    """One person; checked means chosen."""

    def __init__(self, person: Person, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.person, self._key = person, key
        self.setText(person.name)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setProperty("halo", _RADIUS)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("{name}, {role}", name=person.name, role=person.role))
        self.setToolTip(tr("{name}, {role}", name=person.name, role=person.role))

    def sizeHint(self) -> QSize:
        return QSize(176, 112)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        ground, edge, width = look.colour("bg.surface"), look.colour("border.default"), 1
        if self.isChecked():
            ground, edge, width = look.colour("bg.selected"), look.colour("accent.base"), 2
        elif self.underMouse():
            ground = look.colour("bg.hover")
        if self.hasFocus():
            edge, width = look.colour("focus.ring"), 2
        box(painter, self.rect(), ground, edge, _RADIUS, width)
        inner = QRectF(self.rect()).adjusted(_PADDING, 0, -_PADDING, 0)
        top = Line(QRectF(inner.x(), _PADDING, inner.width(), 36), rtl=self.isRightToLeft())
        spot = top.start(36)
        paint_avatar(painter, spot.x(), spot.y(), 36, self.person.name)
        if self.isChecked():
            corner = top.end(18)
            draw_icon(painter, corner.x(), _PADDING, "circle-check", 18, "accent.text")
        else:
            corner = top.end(keycap_width(self._key))
            paint_keycap(painter, QRectF(corner.x(), _PADDING, corner.width(), 18), self._key)
        name = QRectF(inner.x(), 58, inner.width(), 20)
        draw_text(
            painter,
            name,
            self.person.name,
            look.font("body", "semibold"),
            look.colour("text.primary"),
            top.align,
            owner=self,
        )
        role = QRectF(inner.x(), 77, inner.width(), 18)
        draw_text(
            painter,
            role,
            self.person.role,
            look.font("meta"),
            look.colour("text.secondary"),
            top.align,
            owner=self,
        )
