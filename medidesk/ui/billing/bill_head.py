"""The head of a bill: whose it is or which, chips, a line, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.avatar import Avatar
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.chip import Chip, ChipLook
from medidesk.ui.kit.label import Label

type Act = tuple[str, str, str, Callable[[], object]]
"""Words, icon, key, and what is done."""


class BillHead(QWidget):
    """The head."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._shown: object = None
        self._avatar_place = QVBoxLayout()
        self.title = Label("", "title", "semibold", wrap=True)
        self.line = Label("", "body", "regular", "text.secondary", wrap=True, figures=True)
        chips, acts = QWidget(), QWidget()
        self._chips, self._acts = FlowLayout(8, chips), FlowLayout(8, acts)
        self._chip_box, self._act_box = chips, acts
        words = QVBoxLayout()
        words.setSpacing(2)
        for widget in (self.title, self.line, chips):
            words.addWidget(widget)
        upper = QHBoxLayout()
        upper.setSpacing(12)
        upper.addLayout(self._avatar_place)
        upper.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 12)
        column.setSpacing(12)
        column.addLayout(upper)
        column.addWidget(acts)

    def show_words(self, name: str, title: str, line: str, chips: Sequence[ChipLook]) -> None:
        """Show them.

        Args:
            name: the patient's, for the avatar.
            title: the large words.
            line: below.
            chips: below that.
        """
        if name != self._name:
            self._name = name
            while (item := self._avatar_place.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
            self._avatar_place.addWidget(Avatar(name, 40), 0, Qt.AlignmentFlag.AlignTop)
        self.title.setText(title)
        self.line.setText(line)
        self._chips.clear()
        for look in chips:
            self._chips.addWidget(Chip.from_look(look))
        self._chip_box.setVisible(bool(chips))

    def show_acts(self, acts: Sequence[Act]) -> None:
        """Offer these; the same again changes nothing, so that a button keeps the focus."""
        shown = [act[:3] for act in acts]
        if shown == self._shown:
            return
        self._shown = shown
        self._acts.clear()
        for text, icon, key, act in acts:
            button = Button(text, kind="secondary", icon=icon, key=key, size="small")
            button.clicked.connect(lambda _on=False, act=act: act())
            self._acts.addWidget(button)
        self._act_box.setVisible(bool(acts))
