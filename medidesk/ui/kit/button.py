"""Buttons that carry their key: primary, secondary, soft, ghost and danger."""

from math import ceil
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.keycap import keycap_width, paint_keycap, shown_key
from medidesk.ui.kit.paint import Line, box, draw_text, text_width
from medidesk.ui.kit.theme import Role, theme, tokens

Kind = Literal["secondary", "primary", "soft", "ghost", "danger", "link"]
Size = Literal["default", "small", "search", "counter", "pay"]

_HEIGHT: dict[str, int] = {
    "small": tokens["control"]["small"],
    "default": tokens["control"]["default"],
    "search": tokens["control"]["large"],
    "counter": tokens["control"]["counter"],
    "pay": tokens["control"]["pay"],
}
_PADDING: dict[str, int] = {"small": 8, "default": 12, "search": 12, "counter": 12, "pay": 20}
_ROLE: dict[str, Role] = {
    "small": "meta",
    "default": "body",
    "search": "body",
    "counter": "body",
    "pay": "section",
}
_RADIUS = float(tokens["radius"]["control"])
_ICON_GAP, _CAP_GAP, _TRAILING = 6, 8, 14


def _face(kind: Kind, state: str) -> tuple[QColor | None, QColor | None, QColor]:
    """Ground, edge and ink of a button in the state "rest", "hover", "pressed" or "off"."""
    look = theme()
    if state == "off":
        if kind in {"ghost", "link"}:
            return None, None, look.colour("text.disabled")
        return look.colour("bg.subtle"), look.colour("border.subtle"), look.colour("text.disabled")
    at = {"rest": 0, "hover": 1, "pressed": 2}[state]
    if kind == "primary":
        ground = look.colour(("accent.base", "accent.hover", "accent.pressed")[at])
        return ground, None, look.colour("text.on.accent")
    if kind == "soft":
        ground = look.colour(("accent.soft", "accent.soft.strong", "accent.soft.strong")[at])
        return ground, None, look.colour("accent.text")
    if kind == "danger":
        ground = look.colour(("bg.raised", "danger.soft", "danger.soft")[at])
        return ground, look.colour("danger.border"), look.colour("danger.text")
    hovered = (None, look.colour("bg.hover"), look.colour("bg.pressed"))[at]
    if kind == "ghost":
        return hovered, None, look.colour("text.secondary")
    if kind == "link":
        return None, None, look.colour("accent.text" if at == 0 else "accent.hover")
    return hovered or look.colour("bg.raised"), look.colour("border.default"), look.colour("text.primary")


class Button(QPushButton):
    """A button with an optional icon before its word and its key in a cap after it.

    Args:
        text: the verb.
        kind: how loud it is; one primary in a pane.
        icon: the name of a Lucide icon.
        key: the key sequence that does the same; shown only, the screen's key registry binds it.
        size: 24, 32, 36, 40 or 56 px high.
        trailing: an icon after the word, such as "chevron-down" for a menu.
    """

    def __init__(
        self,
        text: str,
        *,
        kind: Kind = "secondary",
        icon: str | None = None,
        key: str | None = None,
        size: Size = "default",
        trailing: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._kind: Kind = kind
        self._icon, self._key, self._trailing = icon, key, trailing
        self._size: Size = size
        self._hovered = False
        self.setCursor(Qt.CursorShape.PointingHandCursor if kind == "link" else Qt.CursorShape.ArrowCursor)
        self.setAutoDefault(True)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setProperty("ringOutside", kind == "link")
        self._tell_key()

    def kind(self) -> Kind:
        """How loud the button is."""
        return self._kind

    def set_kind(self, kind: Kind) -> None:
        """Make the button louder or quieter."""
        self._kind = kind
        self.update()

    def key(self) -> str | None:
        """The key sequence on the cap."""
        return self._key

    def set_key(self, key: str | None) -> None:
        """Show another key, or none."""
        self._key = key
        self._tell_key()
        self.updateGeometry()
        self.update()

    def set_icon(self, icon: str | None) -> None:
        """Show another icon, or none."""
        self._icon = icon
        self.updateGeometry()
        self.update()

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setAccessibleName(text)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        height = _HEIGHT[self._size]
        if not self.text():
            return QSize(height, height)
        return QSize(ceil(self._content_width() + 2 * self._padding()), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        state = self._state()
        ground, edge, ink = _face(self._kind, state)
        look = theme()
        # A link has no room for a ring inside; its halo draws it outside.
        focused = self._kind != "link" and (self.hasFocus() or self.property("state") == "focus")
        ring = look.colour("focus.ring") if focused else edge
        box(painter, self.rect(), ground, ring, _RADIUS, 2 if focused else 1)
        line = Line(self.rect(), rtl=self.isRightToLeft())
        spare = max(0.0, self.width() - self._content_width())
        if self._size == "pay":
            line.start(self._padding())
            line.end(self._padding())
        else:
            line.start(spare / 2)
            line.end(spare / 2)
        self._paint_content(painter, line, ink, state)

    def _paint_content(self, painter: QPainter, line: Line, ink: QColor, state: str) -> None:
        icon_size = self._icon_size()
        middle = (self.height() - icon_size) / 2
        if self._icon:
            gap = _ICON_GAP if self.text() else 0
            spot = line.start(icon_size, gap)
            draw_icon(painter, spot.x(), middle, self._icon, icon_size, self._icon_ink(ink))
        if self._trailing:
            spot = line.end(_TRAILING, _ICON_GAP)
            top = (self.height() - _TRAILING) / 2
            draw_icon(painter, spot.x(), top, self._trailing, _TRAILING, self._icon_ink(ink))
        if self._key:
            spot = line.end(self._cap_width(self._key), _CAP_GAP)
            on_accent = self._kind == "primary" and state != "off"
            if self._has_cap():
                paint_keycap(painter, spot, self._key, on_accent=on_accent, muted=state == "off")
            else:
                font = theme().font(_ROLE[self._size], "medium")
                draw_text(painter, spot, shown_key(self._key), font, ink, line.align)
        draw_text(painter, line.rest, self.text(), self._words(), ink, line.align, owner=self)

    def _icon_ink(self, ink: QColor) -> QColor:
        quiet = self._kind == "secondary" and self.isEnabled()
        return theme().colour("text.secondary") if quiet else ink

    def _state(self) -> str:
        shown = self.property("state")
        if not self.isEnabled():
            return "off"
        if shown in {"hover", "pressed"}:
            return str(shown)
        if self.isDown() or self.isChecked():
            return "pressed"
        return "hover" if self._hovered else "rest"

    def _words(self) -> QFont:
        return theme().font(_ROLE[self._size], "semibold" if self._kind == "primary" else "medium")

    def _padding(self) -> int:
        return 0 if self._kind == "link" else _PADDING[self._size]

    def _icon_size(self) -> int:
        return {"small": 14, "pay": 20}.get(self._size, 16)

    def _content_width(self) -> float:
        width = text_width(self._words(), self.text())
        if self._icon:
            width += self._icon_size() + (_ICON_GAP if self.text() else 0)
        if self._trailing:
            width += _TRAILING + _ICON_GAP
        if self._key:
            width += self._cap_width(self._key) + _CAP_GAP
        return width

    def _cap_width(self, key: str) -> float:
        return keycap_width(key) if self._has_cap() else text_width(self._words(), shown_key(key))

    def _has_cap(self) -> bool:
        """In the head of a card a link's key is a word like the link itself."""
        return self._kind != "link" or self._size != "small"

    def _tell_key(self) -> None:
        self.setAccessibleDescription(shown_key(self._key) if self._key else "")


class IconButton(Button):
    """A square button of an icon alone; `name` is what a screen reader and the tool tip say."""

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        kind: Kind = "ghost",
        size: Size = "default",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", kind=kind, icon=icon, size=size, parent=parent)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def hit_area(self) -> QRectF:
        """The area that takes a click; never less than 24 px square."""
        return QRectF(self.rect())
