"""Adding, changing and ending an allergy, a problem, an alert, a number or next of kin, each in its panel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from medidesk.repositories.patients import PatientFile
from medidesk.ui.page import Desk
from medidesk.ui.patients.answers import refuse, tell
from medidesk.ui.patients.entry_panels import EntryKind, kinds
from medidesk.ui.patients.side_panel import EntryPanel
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Attention


class EntryEditing(QObject):
    """Makes the panels of one file's entries, and carries out what they ask.

    Signals:
        finished(): the panel's entry was saved, ended or removed.
    """

    finished = Signal()

    def __init__(self, desk: Desk, patient_id: UUID, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._patient_id = desk, patient_id
        self._kinds = kinds()

    def panel(
        self, file: PatientFile, name: str, entry: UUID | None, refused: Attention | None = None
    ) -> EntryPanel | None:
        """The panel of an entry, or of a new one of this kind; None when the entry is gone.

        Args:
            file: whose.
            name: the kind.
            entry: the entry; None for a new one.
            refused: a change of it that was refused, to be typed in.
        """
        kind = self._kinds[name]
        values = dict(kind.empty) if entry is None else kind.values_of(file, entry)
        if values is None:
            return None
        remove = None if entry is None else (kind.remove_word, partial(self._remove, kind, entry))
        title = kind.new_title if entry is None else kind.change_title
        save = partial(self._save, kind, entry, None if refused is None else refused.op_id)
        panel = EntryPanel(title, kind.spec(), values, save, remove)
        if refused is not None:
            panel.form.set_values({key: value for key, value in refused.wanted.items() if key in values})
        panel.saved.connect(self._saved)
        return panel

    def _save(
        self,
        kind: EntryKind,
        entry: UUID | None,
        refused: UUID | None,
        values: dict[str, Any],
        done: Any,
        failed: Any,
    ) -> None:
        run = self._desk.bridge.run
        if entry is None:
            run(kind.add, self._patient_id, *kind.arguments(values), done=done, failed=failed)
        elif kind.edit is not None:
            run(kind.edit, entry, values, done=done, failed=failed, resolves=refused)
        else:
            run(
                kind.add,
                self._patient_id,
                *kind.arguments(values),
                done=partial(self._replaced, kind, entry, done),
                failed=failed,
            )

    def _replaced(self, kind: EntryKind, entry: UUID, done: Any, outcome: Any) -> None:
        """A number or an alert is a statement: the new one stands, so the old one ends."""
        if getattr(outcome, "reason", None) is None:
            self._end(kind, entry, "")
        done(outcome)

    def _saved(self, outcome: Any) -> None:
        self.finished.emit()
        if getattr(outcome, "merged", None) is None:
            self._desk.toast(
                tr("Saved on this PC"),
                tr("It is sent by itself when the server is back."),
                tone="warning",
                icon="cloud-upload",
            )

    def _remove(self, kind: EntryKind, entry: UUID) -> None:
        self._end(kind, entry, kind.removed)
        self.finished.emit()

    def _end(self, kind: EntryKind, entry: UUID, words: str) -> None:
        self._desk.bridge.run(
            kind.remove,
            entry,
            done=partial(tell, self._desk, words),
            failed=partial(refuse, self._desk, tr("Not done")),
        )
