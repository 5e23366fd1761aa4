"""Adding, changing and ending what hangs on a file (an allergy, an alert, insurance), each in its panel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from medidesk.repositories.patients import PatientFile
from medidesk.ui.answers import refuse, say_kept_here, tell
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.kit.button import Button
from medidesk.ui.page import Desk
from medidesk.ui.patients import opening
from medidesk.ui.patients.entry_kinds import EntryKind, kinds
from medidesk.ui.patients.insured import Insured
from medidesk.words import tr

_NEW = "new"
_BESIDE_FROM = 320


class EntryEditing(QObject):
    """Makes the panels of one file's entries, and carries out what they ask.

    Signals:
        finished(): the panel's entry was saved, ended or removed.
        asked(kind, id): another form over an entry is wanted.
    """

    finished = Signal()
    asked = Signal(str, object)

    def __init__(self, desk: Desk, insured: Insured, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._insured = desk, insured
        self.draft_prefix = f"{opening.FILE}{insured.patient_id}/"

    def panel(self, file: PatientFile, name: str, entry: UUID | None) -> EntryPanel | None:
        """The panel of an entry, or of a new one of this kind, with what was typed there and not saved.

        None when the entry is gone and nothing was typed over it.
        """
        kind = kinds(self._insured)[name]
        key = f"{self.draft_prefix}{name}/{entry or _NEW}"
        values = None if entry is None else kind.values_of(file, entry)
        if entry is not None and values is None:
            if self._desk.station.drafts.get(key) is None:
                return None
            entry = None  # what was typed over an entry that is gone may be added as a new one
        if entry is None and kind.add is None:
            return None
        remove = (
            None
            if entry is None or kind.remove is None
            else (kind.remove_word, partial(self._remove, kind, entry, key))
        )
        panel = EntryPanel(
            kind.new_title if entry is None else kind.change_title,
            kind.spec(),
            dict(kind.empty()) if values is None else values,
            partial(self._save, kind, entry),
            self._desk.station.drafts,
            key,
            is_new=entry is None,
            remove=remove,
            line="" if entry is None else kind.about(kind.find(file, entry)),
        )
        if kind.beside:
            panel.form.fold_below(_BESIDE_FROM)
        if kind.follows is not None:
            panel.form.changed.connect(partial(kind.follows, panel.form))
        if entry is not None and kind.also is not None:
            panel.body.insertWidget(1, self._way(kind, entry))
        panel.saved.connect(self._saved)
        return panel

    def _way(self, kind: EntryKind, entry: UUID) -> Button:
        """The button to another form over an entry."""
        name, words, icon, key = kind.also or ("", "", "", "")
        button = Button(words, icon=icon, key=key)
        button.clicked.connect(lambda _on=False: self.asked.emit(name, entry))
        return button

    def renew(
        self, panel: EntryPanel, file: PatientFile, name_of: Callable[[UUID | None], str], *, own: bool
    ) -> None:
        """Let a panel that is open take in its entry as the file holds it now.

        Args:
            panel: the panel.
            file: the file now.
            name_of: what a person is called.
            own: whether only this station changed the file.
        """
        name, written = panel.draft_key.removeprefix(self.draft_prefix).split("/")
        if written == _NEW:
            return
        kind, entry_id = kinds(self._insured)[name], UUID(written)
        entry = kind.find(file, entry_id)
        by = None if entry is None else entry.updated_by
        mine = by in {None, self._desk.station.user.account_id}
        panel.show_values(kind.values_of(file, entry_id), own=own and mine, by=name_of(by))

    def entry_of(self, panel: EntryPanel, name: str) -> UUID | None:
        """Over which entry of a kind a panel is; None for a new one or another kind."""
        kind, written = panel.draft_key.removeprefix(self.draft_prefix).split("/")
        return UUID(written) if kind == name and written != _NEW else None

    def drafted(self) -> list[tuple[str, UUID | None]]:
        """The kind and entry of every panel in which something was typed and not saved, the latest first."""
        kept = [
            draft.key.removeprefix(self.draft_prefix).split("/")
            for draft in self._desk.station.drafts.all()
            if draft.key.startswith(self.draft_prefix)
        ]
        return [(name, None if entry == _NEW else UUID(entry)) for name, entry in kept]

    def _save(
        self,
        kind: EntryKind,
        entry: UUID | None,
        values: dict[str, Any],
        changed: frozenset[str],
        resolves: UUID | None,
        done: Any,
        failed: Any,
    ) -> None:
        run = self._desk.bridge.run
        if entry is not None and kind.edit is not None:
            # Only what this person changed: the rest is perhaps somebody else's by now.
            changes = {name: values[name] for name in changed}
            run(kind.edit, entry, *kind.changing(changes), done=done, failed=failed, resolves=resolves)
        elif kind.add is not None:
            then = done if entry is None else partial(self._replaced, kind, entry, done)
            run(kind.add, self._insured.patient_id, *kind.arguments(values), done=then, failed=failed)

    def _replaced(self, kind: EntryKind, entry: UUID, done: Any, outcome: Any) -> None:
        """A number or an alert is a statement: the new one stands, so the old one ends."""
        if getattr(outcome, "reason", None) is None:
            self._end(kind, entry, "")
        done(outcome)

    def _saved(self, outcome: Any) -> None:
        self.finished.emit()
        if getattr(outcome, "merged", None) is None:
            say_kept_here(self._desk)

    def _remove(self, kind: EntryKind, entry: UUID, draft_key: str) -> None:
        self._desk.station.drafts.drop(draft_key)
        self._end(kind, entry, kind.removed)
        self.finished.emit()

    def _end(self, kind: EntryKind, entry: UUID, words: str) -> None:
        if kind.remove is not None:
            self._desk.bridge.run(
                kind.remove,
                entry,
                done=partial(tell, self._desk, words),
                failed=partial(refuse, self._desk, tr("Not done")),
            )
