"""What joining a clinic's server takes: its address, and the certificate it must prove itself by."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.ui.first_run.actions import Address, read_address
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.words import tr


class JoiningForm(QWidget):
    """The form of a server somewhere else.

    Signals:
        test_asked(Address, Path): does it answer, and is it the clinic's?
        join_asked(Address, Path): sign in there.
        no_address(DomainError): what was typed is none.
        no_certificate(): no file was chosen yet.
        changed(): something else was typed or chosen.
    """

    test_asked = Signal(object, object)
    join_asked = Signal(object, object)
    no_address = Signal(object)
    no_certificate = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._authority: Path | None = None
        self._address = QLineEdit()
        self._address.setPlaceholderText(tr("clinic.lan, 192.168.1.5:5432, or server-a, server-b"))
        self._address.setAccessibleName(tr("Address of the server"))
        self._address.textEdited.connect(self._change)
        self._address.returnPressed.connect(self.test)
        choose = Button(tr("Certificate file…"), icon="shield-check")
        choose.clicked.connect(self._choose)
        self._file = Label(tr("No file chosen"), "meta", "regular", "text.tertiary", elide=True)
        test = Button(tr("Test connection"), icon="refresh-cw")
        test.clicked.connect(self.test)
        self.join = Button(tr("Sign in there"), kind="primary")
        self.join.setEnabled(False)
        self.join.clicked.connect(lambda: self._give(self.join_asked))
        label = Label(tr("Address"), "meta", "medium")
        label.setBuddy(self._address)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label)
        column.addWidget(self._address)
        file_row = QHBoxLayout()
        file_row.addWidget(choose)
        file_row.addWidget(self._file, 1)
        column.addLayout(file_row)
        verbs = QHBoxLayout()
        verbs.addStretch(1)
        verbs.addWidget(test)
        verbs.addWidget(self.join)
        column.addLayout(verbs)

    def arrive(self) -> None:
        """The address takes what is typed."""
        self._address.setFocus()

    def fill_in(self, address: str, authority: Path | None) -> None:
        """Take an address and a certificate, as if they had been typed and chosen."""
        self._address.setText(address)
        self._take(str(authority) if authority else "")

    def test(self) -> None:
        """Ask for a test of what was given."""
        self._give(self.test_asked)

    def show_proved(self) -> None:
        """The server is the clinic's: the way in is open."""
        self.join.setEnabled(True)
        self.join.setFocus()

    def _change(self) -> None:
        self.join.setEnabled(False)
        self.changed.emit()

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("The clinic's certificate"))
        dialog.setNameFilter(tr("Certificates (*.crt *.pem)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take(self, path: str) -> None:
        self._authority = Path(path) if path else None
        self._file.setText(path or tr("No file chosen"))
        self._change()

    def _give(self, ask: SignalInstance) -> None:
        given = self._given()
        if given is not None:
            ask.emit(*given)

    def _given(self) -> tuple[Address, Path] | None:
        try:
            address = read_address(self._address.text())
        except DomainError as problem:
            self.no_address.emit(problem)
            self._address.setFocus()
            return None
        if self._authority is None:
            self.no_certificate.emit()
            return None
        return address, self._authority
