"""The real Qt inputs with the kit's arrows, and one way to read, show and watch each kind."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent, QTextLayout, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QStyledItemDelegate,
    QWidget,
)

from medidesk.ui.kit.icons import draw_icon
from medidesk.ui.kit.theme import theme


def set_state(widget: QWidget, state: str) -> None:
    """Give a field the look "" (rest), "refused" or "fresh"; the style sheet knows them."""
    if widget.property("state") != state:
        widget.setProperty("state", state)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


def _begin(rtl: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter


class LineEdit(QLineEdit):
    """A line of text whose middle is the field's middle in every script.

    Qt centres by the tallest font in the line but starts from the first font's ascent, which lifts Arabic
    by half the difference; a top margin of the difference puts it back.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.textChanged.connect(self._level)
        self._level(text)
        self._align()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        """Begin at the page's reading side, also with a text in the other script."""
        self.setAlignment(_begin(self.isRightToLeft()))

    def _level(self, text: str) -> None:
        margins = self.textMargins()
        lift = 0
        if not text.isascii():
            layout = QTextLayout(text, self.font())
            layout.beginLayout()
            line = layout.createLine()
            layout.endLayout()
            lift = round(line.height()) - self.fontMetrics().height()
        if lift != margins.top():
            self.setTextMargins(margins.left(), max(0, lift), margins.right(), 0)


class Choice(QComboBox):
    """A drop-down list; the wheel changes it only while it has the focus."""

    def __init__(self, choices: tuple[tuple[object, str], ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(QStyledItemDelegate(self))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_choices(choices)

    def set_choices(self, choices: tuple[tuple[object, str], ...]) -> None:
        """Offer other choices."""
        self.clear()
        self._values: list[object] = [value for value, _words in choices]
        for _value, words in choices:
            self.addItem(words)

    def value(self) -> object:
        """The value chosen, or None."""
        at = self.currentIndex()
        return self._values[at] if 0 <= at < len(self._values) else None

    def set_value(self, value: object) -> None:
        """Choose a value; None chooses nothing, and a word that is not offered is offered from now on as it is.

        So a value that came from elsewhere is shown and kept.
        """
        if value not in self._values and isinstance(value, str) and value:
            self._values.append(value)
            self.addItem(value)
        self.setCurrentIndex(self._values.index(value) if value in self._values else -1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        x = 10 if self.isRightToLeft() else self.width() - 26
        ink = "text.secondary" if self.isEnabled() else "text.disabled"
        draw_icon(QPainter(self), x, (self.height() - 16) / 2, "chevron-down", 16, ink)


class NumberBox(QSpinBox):
    """A whole number with its unit; may be empty."""

    def __init__(
        self, least: int = 0, most: int = 999_999, unit: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setRange(least - 1, most)
        self.setSpecialValueText(" ")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSuffix(f" {unit}" if unit else "")
        self.setFont(theme().font("body", figures=True))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(10, 0, 4, 0)
        self.lineEdit().textEdited.connect(self._typed)
        self.setValue(least - 1)

    def showEvent(self, event: QShowEvent) -> None:
        self.setAlignment(_begin(self.isRightToLeft()))
        super().showEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(88, super().minimumSizeHint().height())

    def _typed(self, text: str) -> None:
        # Left alone, Qt would put the last number back when the focus leaves an emptied field.
        if not text.removesuffix(self.suffix()).strip():
            self.set_number(None)

    def number(self) -> int | None:
        """The number, or None when empty."""
        return None if self.value() == self.minimum() else self.value()

    def set_number(self, number: int | None) -> None:
        """Show a number, or nothing."""
        self.setValue(self.minimum() if number is None else number)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        x = 9 if self.isRightToLeft() else self.width() - 23
        painter = QPainter(self)
        ink = "text.secondary" if self.isEnabled() else "text.disabled"
        draw_icon(painter, x, self.height() / 2 - 13, "chevron-up", 14, ink)
        draw_icon(painter, x, self.height() / 2 - 1, "chevron-down", 14, ink)


class Paragraph(QPlainTextEdit):
    """Several lines of text; Tab goes on to the next field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setFixedHeight(90)


class PhoneEdit(LineEdit):
    """A phone number: it reads left to right in every language, but begins at the page's reading side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setFont(theme().font("body", figures=True))
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)

    def showEvent(self, event: QShowEvent) -> None:
        self._align()
        super().showEvent(event)

    def _align(self) -> None:
        page = self.parentWidget()
        self.setAlignment(_begin(page is not None and page.isRightToLeft()))
