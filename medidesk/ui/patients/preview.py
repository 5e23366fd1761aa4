"""Beside the list: who this is, how to reach them, and what the desk must know."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.repositories import patients
from medidesk.ui import moments
from medidesk.ui.kit.avatar import Avatar
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label, breakable, unbroken
from medidesk.ui.kit.paint import hairline, rule
from medidesk.ui.kit.theme import theme
from medidesk.ui.page import Desk
from medidesk.ui.patients.chips import ChipRow, preview_chips
from medidesk.ui.patients.fact import Fact
from medidesk.ui.patients.source import Listed
from medidesk.ui.patients.words import (
    address_words,
    file_words,
    joined,
    kind_words,
    language_words,
    who_facts,
)
from medidesk.words import tr

_PADDING = 24


class _Head(Label):
    """The small heading of a group of facts."""

    def __init__(self, text: str) -> None:
        super().__init__(text, "caption", "semibold", "text.tertiary")


class _Foot(QWidget):
    """Buttons over a hairline."""

    def paintEvent(self, event: QPaintEvent) -> None:
        rule(QPainter(self), 0, self.width(), 1, theme().colour("border.subtle"))


class Preview(QWidget):
    """The panel.

    Signals:
        open_asked(Listed): the file is wanted.
        edit_asked(Listed): the details are to be changed.
    """

    open_asked = Signal(object)
    edit_asked = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._row: Listed | None = None
        self._somebody = QWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._somebody, 1)
        self._build()
        self.show_row(None)
        self.setAccessibleName(tr("The patient chosen"))

    def row(self) -> Listed | None:
        """Who is shown."""
        return self._row

    def show_row(self, row: Listed | None) -> None:
        """Show somebody; for nobody the panel is empty, and the list says why."""
        self._row = row
        self._somebody.setVisible(row is not None)
        if row is None:
            return
        patient = row.patient
        self._avatar.set_person(patient.name)
        self._name.setText(patient.name)
        who = joined(*map(unbroken, who_facts(patient)))
        self._who.setText(who)
        self._who.setVisible(bool(who))
        self._number.setText(
            joined(unbroken(file_words(patient)), unbroken(language_words(patient.language)))
        )
        self._chips.show_chips(preview_chips(row))
        self._phone.say(patient.phone, tr("phone"))
        self._phone_other.say(patient.phone_other, tr("other phone"))
        self._email.say(patient.email)
        self._address.say(address_words(patient))
        reachable = patient.phone or patient.phone_other or patient.email or address_words(patient)
        self._unreachable.setVisible(not reachable)
        self._note_head.setVisible(bool(patient.desk_note))
        self._note.setText(breakable(patient.desk_note))
        self._note.setVisible(bool(patient.desk_note))
        self._show_file(row)

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.fillRect(self.rect(), look.colour("bg.subtle"))
        line = hairline(painter)
        x = self.width() - line if self.isRightToLeft() else 0
        painter.fillRect(QRectF(x, 0, line, self.height()), look.colour("border.default"))

    def _show_file(self, row: Listed) -> None:
        """Next of kin and numbers: read for the one row that is chosen."""
        file = self._desk.station.read(patients.file, row.id)
        kin = file.next_of_kin if file is not None else ()
        numbers = file.identifiers if file is not None else ()
        self._kin_head.setVisible(bool(kin))
        for line, one in zip(self._kin, (*kin, *[None] * len(self._kin)), strict=False):
            line.say(one.name if one else "", joined(one.relation, one.phone) if one else "")
        self._numbers_head.setVisible(bool(numbers))
        for line, number in zip(self._numbers, (*numbers, *[None] * len(self._numbers)), strict=False):
            line.say(number.value if number else "", kind_words(number.kind).lower() if number else "")
        by = tr("Last change {time}", time=moments.when(row.patient.updated_at))
        self._changed.setText(by)

    def _build(self) -> None:
        inner = QWidget()
        facts = QVBoxLayout(inner)
        facts.setContentsMargins(_PADDING, 20, _PADDING, 16)
        facts.setSpacing(0)
        facts.addLayout(self._heading())
        self._chips = ChipRow(above=16)
        facts.addWidget(self._chips)
        facts.addSpacing(20)
        facts.addWidget(_Head(tr("Contact")))
        facts.addSpacing(4)
        self._phone = Fact("phone", tr("Phone"), figures=True)
        self._phone_other = Fact("smartphone", tr("Other phone"), figures=True)
        self._email = Fact("mail", tr("Email"))
        self._address = Fact("map-pin", tr("Address"))
        self._unreachable = Label(tr("No phone or address on file"), "body", "regular", "text.tertiary")
        for widget in (self._phone, self._phone_other, self._email, self._address, self._unreachable):
            facts.addWidget(widget)
        facts.addSpacing(16)
        self._kin_head, self._kin = (
            _Head(tr("Next of kin")),
            [Fact("users", tr("Next of kin")) for _ in range(2)],
        )
        self._numbers_head = _Head(tr("Numbers"))
        self._numbers = [Fact("id-card", tr("Number")) for _ in range(3)]
        for head, lines in ((self._kin_head, self._kin), (self._numbers_head, self._numbers)):
            facts.addWidget(head)
            facts.addSpacing(4)
            for line in lines:
                facts.addWidget(line)
            facts.addSpacing(16)
        self._note_head = _Head(tr("Note for the desk"))
        self._note = Label("", "body", "regular", "text.secondary", wrap=True)
        facts.addWidget(self._note_head)
        facts.addSpacing(6)
        facts.addWidget(self._note)
        facts.addStretch(1)
        self._changed = Label("", "meta", "regular", "text.tertiary")
        facts.addWidget(self._changed)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self._somebody)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addWidget(self._foot())

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        self._avatar = Avatar("", 56)
        row.addWidget(self._avatar, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        self._name = Label("", "section", "semibold", wrap=True)
        self._who = Label("", "meta", "regular", "text.secondary", wrap=True)
        self._number = Label("", "meta", "regular", "text.secondary", wrap=True)
        for label in (self._name, self._who, self._number):
            words.addWidget(label)
        row.addLayout(words, 1)
        return row

    def _foot(self) -> QWidget:
        foot = _Foot()
        row = QHBoxLayout(foot)
        row.setContentsMargins(_PADDING, 12, _PADDING, 12)
        row.setSpacing(8)
        opens = Button(tr("Open file"), kind="primary", icon="file-text", key="Return")
        opens.clicked.connect(lambda: self.open_asked.emit(self._row))
        row.addWidget(opens)
        if self._desk.station.can("demographics", "change"):
            edit = Button(tr("Edit details"), icon="pencil", key="Alt+E")
            edit.clicked.connect(lambda: self.edit_asked.emit(self._row))
            row.addWidget(edit)
        row.addStretch(1)
        return foot
