"""Fusion without its frames: what the style sheet cannot say about focus and ticks.

Sizes and hints are in the style sheet: Qt asks for them thousands of times for each page, and asks a function in
Python a hundred times more slowly.
"""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QMenu, QProxyStyle, QStyle, QStyleOption, QWidget

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.paint import box, dot
from medidesk.ui.kit.theme import theme


class KitStyle(QProxyStyle):
    """Draws ticks and radios from tokens and leaves the focus ring to the kit's halo."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        if element == QStyle.PrimitiveElement.PE_FrameFocusRect:
            return
        if element == QStyle.PrimitiveElement.PE_IndicatorCheckBox:
            self._draw_tick(option, painter)
        elif element == QStyle.PrimitiveElement.PE_IndicatorRadioButton:
            self._draw_radio(option, painter)
        else:
            super().drawPrimitive(element, option, painter, widget)

    def polish(self, thing: object) -> object:  # type: ignore[override]
        """Let the round corners of a menu show what lies below it."""
        if isinstance(thing, QMenu):
            thing.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        return super().polish(thing)  # type: ignore[call-overload]

    def _draw_tick(self, option: QStyleOption, painter: QPainter) -> None:
        rect = _square(option.rect)
        look = theme()
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        if option.state & (QStyle.StateFlag.State_On | QStyle.StateFlag.State_NoChange):
            box(painter, rect, look.colour("accent.base" if enabled else "text.disabled"), None, 4)
            partly = bool(option.state & QStyle.StateFlag.State_NoChange)
            draw_icon(
                painter, rect.x() + 2, rect.y() + 2, "minus" if partly else "check", 12, "text.on.accent"
            )
        else:
            edge = look.colour("border.input" if enabled else "border.default")
            box(painter, rect, look.colour("bg.input"), edge, 4)

    def _draw_radio(self, option: QStyleOption, painter: QPainter) -> None:
        rect = _square(option.rect)
        look = theme()
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        if option.state & QStyle.StateFlag.State_On:
            box(painter, rect, look.colour("accent.base" if enabled else "text.disabled"), None, 8)
            dot(painter, rect.center().x() + 0.5, rect.center().y() + 0.5, 3, look.colour("text.on.accent"))
        else:
            edge = look.colour("border.input" if enabled else "border.default")
            box(painter, rect, look.colour("bg.input"), edge, 8)


def _square(rect: QRect) -> QRect:
    """The 16 px square in the middle of an indicator's room."""
    square = QRect(0, 0, 16, 16)
    square.moveCenter(rect.center())
    return QStyle.alignedRect(
        Qt.LayoutDirection.LeftToRight, Qt.AlignmentFlag.AlignCenter, square.size(), rect
    )
