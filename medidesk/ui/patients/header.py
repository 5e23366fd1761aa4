"""The head of a file: who this is, and what must never scroll away."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from medidesk.repositories.patients import PatientFile
from medidesk.ui import moments
from medidesk.ui.kit.avatar import Avatar
from medidesk.ui.kit.button import Button, IconButton
from medidesk.ui.kit.chip import Chip
from medidesk.ui.kit.icons import icon
from medidesk.ui.kit.label import Label
from medidesk.ui.kit.theme import theme
from medidesk.ui.lead_trail import LeadTrailLayout
from medidesk.ui.patients.chips import ChipRow, header_chips
from medidesk.ui.patients.header_facts import Fact, HeaderFacts
from medidesk.ui.patients.words import age_words, file_words, joined, sex_words
from medidesk.words import tr


class FileHeader(QWidget):
    """The header.

    Signals:
        edit_asked(): the details are to be changed.
        alert_asked(): an alert is to be added.
        photo_asked(): a photo is to be set.
        card_asked(): the patient's card is to be printed.
        merge_asked(): this file and another are one person.
        restrict_asked(bool): what is clinical in it is to be closed, or open like others'.
    """

    edit_asked = Signal()
    alert_asked = Signal()
    photo_asked = Signal()
    card_asked = Signal()
    merge_asked = Signal()
    restrict_asked = Signal(bool)

    def __init__(self, *, may_change: bool, may_restrict: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._may_change, self._may_restrict, self._restricted = may_change, may_restrict, False
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 16, 24, 8)
        row.setSpacing(16)
        self.avatar = Avatar("", 64)
        row.addWidget(self.avatar, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        name = QHBoxLayout()
        name.setSpacing(10)
        self._name = Label("", "title", "semibold", elide=True)
        self._waiting = Chip(tr("Waiting to be sent"), "warning", "cloud-upload", large=True)
        name.addWidget(self._name)
        name.addWidget(self._waiting)
        name.addStretch(1)
        top = LeadTrailLayout(12)
        top.addLayout(name)
        if may_change:
            top.addWidget(self._buttons())
        words.addLayout(top)
        self._facts = HeaderFacts()
        words.addWidget(self._facts)
        words.addSpacing(6)
        self._chips = ChipRow()
        words.addWidget(self._chips)
        row.addLayout(words, 1)

    def show_file(self, file: PatientFile, *, waiting: bool) -> None:
        """Show whose file this is, now."""
        patient = file.patient
        self._name.setText(patient.name)
        self._restricted = patient.restricted
        self._waiting.setVisible(waiting)
        born = moments.born(patient.born_on, estimated=patient.born_estimated) if patient.born_on else ""
        self._facts.show_facts(
            Fact("", joined(sex_words(patient.sex), age_words(patient))),
            Fact("calendar-days", born, figures=True),
            Fact("file-text", joined(file_words(patient), *file.other_numbers)),
            Fact("phone", patient.phone, figures=True),
            Fact("droplet", str(patient.blood_group).replace("-", "−")),
        )
        add: list[QWidget] = []
        if self._may_change:
            button = Button(tr("+ Alert"), kind="link", size="small")
            button.setAccessibleName(tr("Add an alert"))
            button.clicked.connect(self.alert_asked)
            add.append(button)
        self._chips.show_chips(header_chips(file), add)

    def show_photo(self, name: str, photo: bytes | None) -> None:
        """Show the photo, or the initials."""
        self.avatar.set_person(name, photo)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.surface"))

    def _buttons(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        edit = Button(tr("Edit details"), icon="pencil", key="Alt+E")
        edit.clicked.connect(self.edit_asked)
        row.addWidget(edit)
        self._more = IconButton("ellipsis", tr("More"), kind="secondary")
        self._more.clicked.connect(self._open_more)
        row.addWidget(self._more)
        return holder

    def _open_more(self) -> None:
        menu = QMenu(self)
        menu.addAction(icon("camera"), tr("Set photo…"), self.photo_asked.emit)
        menu.addAction(icon("id-card"), tr("Print a card"), self.card_asked.emit)
        menu.addAction(icon("merge"), tr("Merge with another file…"), self.merge_asked.emit)
        if self._may_restrict:
            words = tr("Lift the restriction") if self._restricted else tr("Restrict this file")
            wanted = not self._restricted
            menu.addAction(
                icon("lock-open" if self._restricted else "lock"), words,
                lambda: self.restrict_asked.emit(wanted),
            )  # fmt: skip
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))
