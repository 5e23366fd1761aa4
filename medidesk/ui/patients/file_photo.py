"""The photo in a file's header: asked of the server, or set from a picture."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from medidesk.errors import MediDeskError
from medidesk.repositories import patients
from medidesk.ui.answers import refuse, tell
from medidesk.ui.page import Desk
from medidesk.ui.patients.photo import scaled_photo
from medidesk.words import tr


class FilePhoto(QObject):
    """One patient's photo.

    Signals:
        changed(): `content` is another.
        unknown(str): the server could not be asked, in a sentence.
    """

    changed = Signal()
    unknown = Signal(str)

    def __init__(self, desk: Desk, patient_id: UUID, owner: QWidget) -> None:
        super().__init__(owner)
        self._desk, self._patient_id, self._owner = desk, patient_id, owner
        self.content: bytes | None = None

    def ask(self) -> None:
        """Ask the server: replicas hold no photos."""
        station = self._desk.station
        self._desk.bridge.background(
            lambda: station.ask(patients.photo, self._patient_id), self._arrived, self._not_arrived
        )

    def choose(self) -> None:
        """Let somebody choose a picture."""
        dialog = QFileDialog(self._owner, tr("Choose a photo"))
        dialog.setNameFilter(tr("Pictures (*.jpg *.jpeg *.png *.webp *.bmp)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.set_from)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def set_from(self, path: str) -> None:
        """Scale the picture in the background and keep it as the patient's photo."""
        if not path:
            return
        self._desk.bridge.background(
            lambda: scaled_photo(Path(path)), self._keep, partial(refuse, self._desk, tr("No photo set"))
        )

    def _arrived(self, photo: Any) -> None:
        self._show(photo.content if photo is not None else None)

    def _not_arrived(self, _problem: MediDeskError) -> None:
        """Without the server the initials stand there, and say why."""
        self.unknown.emit(tr("The photo is at the server, which does not answer."))

    def _keep(self, content: bytes) -> None:
        self._desk.bridge.run(
            patients.set_photo,
            self._patient_id,
            content,
            "image/jpeg",
            done=partial(tell, self._desk, tr("Photo set")),
            failed=partial(refuse, self._desk, tr("No photo set")),
        )
        self._show(content)

    def _show(self, content: bytes | None) -> None:
        self.content = content
        self.changed.emit()
