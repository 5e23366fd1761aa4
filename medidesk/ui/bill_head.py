"""The head of a bill: whose it is or which, chips, a line, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.avatar import Avatar
from medidesk.ui.kit.button import Button, Kind
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
        self._chips, self._acts, self._ways = FlowLayout(8, chips), FlowLayout(8, acts), QHBoxLayout()
        self._ways.setSpacing(8)
        self._chip_box, self._act_box = chips, acts
        words = QVBoxLayout()
        words.setSpacing(2)
        for widget in (self.title, self.line, chips):
            words.addWidget(widget)
        upper = QHBoxLayout()
        upper.setSpacing(12)
        upper.addLayout(self._avatar_place)
        upper.addLayout(words, 1)
        ways = QVBoxLayout()
        ways.addLayout(self._ways)
        ways.addStretch(1)
        upper.addLayout(ways)
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

    def show_acts(self, acts: Sequence[Act], ways: Sequence[Act], first: Act | None = None) -> None:
        """Offer these; the same again changes nothing, so that a button keeps the focus.

        Args:
            acts: what can be done.
            ways: where else the patient is shown.
            first: what is to be done next; the one primary button.
        """
        shown = [None if first is None else first[:3], *(act[:3] for act in (*acts, *ways))]
        if shown == self._shown:
            return
        self._shown = shown
        self._acts.clear()
        while (item := self._ways.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if first is not None:
            self._acts.addWidget(_button(first, "primary"))
        for act in acts:
            self._acts.addWidget(_button(act, "secondary"))
        for act in ways:
            self._ways.addWidget(_button(act, "ghost"))
        self._act_box.setVisible(first is not None or bool(acts))


def _button(act: Act, kind: Kind) -> Button:
    text, icon, key, what = act
    button = Button(text, kind=kind, icon=icon, key=key, size="small")
    button.clicked.connect(lambda _on=False: what())
    return button
