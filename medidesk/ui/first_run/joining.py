"""What joining a clinic's server takes: its address, and what the server must prove itself by."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from medidesk.errors import DomainError
from medidesk.ui.first_run.actions import Proof, read_address
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.label import Label
from medidesk.words import tr


class JoiningForm(QWidget):
    """The form of a server somewhere else.

    A scanner types what the QR code of `medidesk server pairing` holds, in either field: both are filled in.

    Signals:
        test_asked(Address, Proof): does it answer, and is it the clinic's?
        join_asked(): sign in there.
        no_address(DomainError): what was typed is none.
        no_proof(): there is neither a code nor a file yet.
        changed(): something else was typed or chosen.
    """

    test_asked = Signal(object, object)
    join_asked = Signal()
    no_address = Signal(object)
    no_proof = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._authority: Path | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._address = self._line(column, tr("Address of the server"))
        self._address.setPlaceholderText(tr("clinic.lan, 192.168.1.5:5432, or server-a, server-b"))
        self._code = self._line(column, tr("Pairing code"))
        self._code.setPlaceholderText(tr("25 letters and digits, from whoever set up the server"))
        choose = Button(tr("Certificate file instead…"), kind="link", icon="shield-check")
        choose.clicked.connect(self._choose)
        self._file = Label("", "meta", "regular", "text.tertiary", elide=True)
        test = Button(tr("Test connection"), icon="refresh-cw")
        test.clicked.connect(self.test)
        self.join = Button(tr("Sign in there"), kind="primary")
        self.join.setEnabled(False)
        self.join.clicked.connect(self.join_asked)
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

    def fill_in(self, address: str, proof: Proof) -> None:
        """Take an address and its proof, as if they had been typed and chosen."""
        self._address.setText(address)
        self._code.setText(proof if isinstance(proof, str) else "")
        self._take(str(proof) if isinstance(proof, Path) else "")

    def test(self) -> None:
        """Ask for a test of what was given."""
        try:
            address = read_address(self._address.text())
        except DomainError as problem:
            self.no_address.emit(problem)
            self._address.setFocus()
            return
        proof: Proof | None = self._code.text().strip() or self._authority
        if proof is None:
            self.no_proof.emit()
            self._code.setFocus()
        else:
            self.test_asked.emit(address, proof)

    def show_proved(self) -> None:
        """The server is the clinic's: the way in is open."""
        self.join.setEnabled(True)
        self.join.setFocus()

    def mend_code(self) -> None:
        """Put the focus where the code is."""
        self._code.selectAll()
        self._code.setFocus()

    def _line(self, column: QVBoxLayout, name: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.textEdited.connect(self._typed)
        line.returnPressed.connect(self.test)
        label = Label(name, "meta", "medium")
        label.setBuddy(line)
        column.addWidget(label)
        column.addWidget(line)
        return line

    def _typed(self, text: str) -> None:
        from medidesk.server.pairing import read_invitation

        scanned = read_invitation(text)
        if scanned is not None:
            self._address.setText(scanned.address)
            self._code.setText(scanned.code)
        self._change()

    def _change(self) -> None:
        self.join.setEnabled(False)
        self.changed.emit()

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("The clinic's certificate"))
        dialog.setNameFilter(tr("Certificates (*.crt *.pem)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _chosen(self, path: str) -> None:
        self._code.clear()
        self._take(path)

    def _take(self, path: str) -> None:
        self._authority = Path(path) if path else None
        self._file.setText(path)
        self._change()
