"""F1: every key of the screen that is open, in words."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.ui.kit.button import IconButton
from medidesk.ui.kit.keycap import KeyCap, shown_key
from medidesk.ui.kit.keys import KeyRegistry
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import box, shadow
from medidesk.ui.kit.theme import theme, tokens
from medidesk.words import tr

WIDTH, _MARGIN = 360, 24


class KeysPanel(QFrame):
    """A panel at the trailing side of its window; Esc or F1 closes it and the focus goes back."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("halo", False)
        self.setAccessibleName(tr("Keys of this screen"))
        parent.installEventFilter(self)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        head = QHBoxLayout()
        head.addWidget(Label(tr("Keys of this screen"), "section", "semibold"), 1)
        cross = IconButton("x", tr("Close"), size="small")
        cross.clicked.connect(self.close_and_return)
        head.addWidget(cross)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN + 16, _MARGIN + 16, _MARGIN + 16, _MARGIN + 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        self.hide()

    def open(self, groups: Sequence[tuple[str, KeyRegistry]]) -> None:
        """Show the keys of these registries, each under its heading."""
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        row = 0
        for title, registry in groups:
            # Enter and the Enter of the number pad are one key on the caps.
            doing = [item for item in registry.items() if item.does_something()]
            items = {(shown_key(item.key), item.text): item for item in doing}.values()
            if not items:
                continue
            grid.setRowMinimumHeight(row, 28)
            heading = Label(title, "caption", "semibold", "text.tertiary")
            grid.addWidget(heading, row, 0, 1, 2, Qt.AlignmentFlag.AlignBottom)
            for item in items:
                row += 1
                grid.addWidget(Label(item.text, "body", "regular", "text.primary", wrap=True), row, 0)
                grid.addWidget(KeyCap(item.key), row, 1, Qt.AlignmentFlag.AlignTrailing)
            row += 1
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(row, 1)
        self._scroll.setWidget(body)
        self._before = self.window().focusWidget()
        self._place()
        self.show()
        self.raise_()
        self.setFocus()

    def close_and_return(self) -> None:
        """Go away and give the focus back."""
        self.hide()
        if self._before is not None:
            self._before.setFocus()
            self._before = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Escape, Qt.Key.Key_F1}:
            self.close_and_return()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), theme()
        card = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        radius = float(tokens["radius"]["card"])
        shadow(painter, card, radius, "3")
        box(painter, card, look.colour("bg.raised"), look.colour("border.default"), radius)

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        width = min(WIDTH, parent.width() - 32) + 2 * _MARGIN
        body = self._scroll.widget()
        wanted = 76 + (body.sizeHint().height() if body is not None else 0)
        height = min(wanted, parent.height() - 64) + 2 * _MARGIN
        x = 16 - _MARGIN if parent.isRightToLeft() else parent.width() - width - 16 + _MARGIN
        self.setGeometry(x, max(16, parent.height() - height - 48) - _MARGIN + 32, width, height)
