"""The box over a restricted file: closed, with a field for why it is needed; or open, and until when."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medidesk.repositories import patients
from medidesk.ui import moments
from medidesk.ui.answers import refuse, tell
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.card import Panel
from medidesk.ui.kit.inputs import LineEdit
from medidesk.ui.kit.label import Label
from medidesk.ui.page import Desk
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.errors import MediDeskError
    from medidesk.repositories.patients import PatientRow

REASON_MOST = 400


class RestrictedBox(QWidget):
    """Of one file; hidden over files that are not restricted, and from whoever reads nothing clinical anyway.

    Args:
        desk: where the file stands.
        patient_id: whose it is.

    Signals:
        changed(): the file is open now, or closed.
    """

    changed = Signal()

    def __init__(self, desk: Desk, patient_id: UUID, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._patient_id = desk, patient_id
        self._reads = desk.station.can("clinical", "read")
        self._busy = False
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.timeout.connect(self.changed)
        self._title = Label("", "body", "semibold", wrap=True)
        self._line = Label("", "meta", "regular", "text.secondary", wrap=True)
        self.why = LineEdit()
        self.why.setMaxLength(REASON_MOST)
        self.why.setPlaceholderText(tr("Why do you need it?"))
        self.why.setAccessibleName(tr("Why you need this file"))
        self.why.returnPressed.connect(self.open)
        self._go = Button(tr("Open"), kind="primary", icon="lock-open", key="Return")
        self._go.clicked.connect(self.open)
        self._shut = Button(tr("Close it again"), icon="lock")
        self._shut.clicked.connect(self._close)
        self._problem = Label("", "meta", "medium", "danger.text", wrap=True)
        self._lay_out()
        self.hide()

    def closed(self) -> bool:
        """Whether what is clinical in this file is closed to whoever looks."""
        row = self._desk.station.read(patients.by_id, self._patient_id)
        return row is not None and row.restricted and self._until() is None

    def show_row(self, row: PatientRow) -> None:
        """Show how it stands with the file now."""
        shown = row.restricted and self._reads
        self.setVisible(shown)
        if not shown:
            return
        until = self._until()
        self._asking.setVisible(until is None)
        self._shut.setVisible(until is not None)
        self._problem.setVisible(until is None and bool(self._problem.text()))
        if until is None:
            self._title.setText(tr("This file is restricted"))
            self._line.setText(
                tr(
                    "Allergies and problems are shown once you have said why you need them. Your name and the "
                    "reason are kept, and administrators read them."
                )
            )
        else:
            self.why.clear()
            self._over.start(max(0, int((until - moments.now()) / dt.timedelta(milliseconds=1))))
            self._title.setText(
                tr("This file is restricted, and open to you until {time}", time=moments.clock(until))
            )
            self._line.setText(tr("Your name and the reason that you gave are kept."))

    def open(self) -> None:
        """Ask the server; once, however often it is pressed."""
        if self._busy:
            return
        self._busy = True
        self._say("")
        asked = self._desk.station.restricted.open(self._patient_id, self.why.text())
        self._desk.bridge.ask(asked, self._opened, self._refused)

    def restrict(self, restricted: bool) -> None:
        """Restrict the file, or make it one like others again."""
        words = tr("The file is restricted now") if restricted else tr("The file is open to clinicians again")
        self._desk.bridge.run(
            patients.restrict,
            self._patient_id,
            restricted,
            done=lambda outcome: tell(self._desk, words, outcome),
            failed=lambda problem: refuse(self._desk, tr("Not changed"), problem),
        )

    def problem_words(self) -> str:
        """What the box says about the last try."""
        return self._problem.text()

    def _until(self) -> dt.datetime | None:
        return self._desk.station.restricted.until(self._patient_id)

    def _close(self) -> None:
        asked = self._desk.station.restricted.close(self._patient_id)
        self._desk.bridge.ask(asked, self._shut_again, self._refused)

    def _opened(self, _until: Any) -> None:
        self._busy = False
        self.changed.emit()

    def _shut_again(self, _nothing: Any) -> None:
        self._over.stop()
        self.changed.emit()

    def _refused(self, problem: MediDeskError) -> None:
        self._busy = False
        self._say(str(problem))
        self.why.setFocus()

    def _say(self, words: str) -> None:
        self._problem.setText(words)
        self._problem.setVisible(bool(words))

    def _lay_out(self) -> None:
        box = Panel("warning.soft", "warning.border")
        inner = QVBoxLayout(box)
        inner.setContentsMargins(16, 12, 16, 12)
        inner.setSpacing(4)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._title)
        words.addWidget(self._line)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addLayout(words, 1)
        top.addWidget(self._shut)
        inner.addLayout(top)
        self._asking = QWidget()
        row = QHBoxLayout(self._asking)
        row.setContentsMargins(0, 6, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.why, 1)
        row.addWidget(self._go)
        inner.addWidget(self._asking)
        inner.addWidget(self._problem)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 8, 24, 8)
        whole.addWidget(box)
