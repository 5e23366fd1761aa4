"""The head of the claims' page: what can be done with all that the list shows."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.paint import rule
from medidesk.ui.kit.theme import theme
from medidesk.words import tr

_HEIGHT = 56


class PageHead(QWidget):
    """The head.

    Signals:
        claim_all_asked(): every bill that is shown is to be claimed.
        save_asked(): the claims that are shown are wanted as a file.
    """

    claim_all_asked = Signal()
    save_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(_HEIGHT)
        self.claim_all = Button(tr("Claim all that are shown"), icon="check-check", key="Alt+A")
        self.claim_all.clicked.connect(self.claim_all_asked)
        self.save = Button(tr("CSV"), icon="download", key="Ctrl+E")
        self.save.clicked.connect(self.save_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.setSpacing(8)
        row.addWidget(Label(tr("Claims"), "title", "semibold"))
        row.addStretch(1)
        row.addWidget(self.claim_all)
        row.addWidget(self.save)
        self.show_state(can_claim=False, can_save=False)

    def show_state(self, *, can_claim: bool, can_save: bool) -> None:
        """Offer what can be done with what the list shows."""
        for button, can in ((self.claim_all, can_claim), (self.save, can_save)):
            if button.isHidden() == can:
                button.setVisible(can)

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, self.width(), self.height(), theme().colour("border.subtle"))
