"""Merging another file into the one that is open, taking it back, and what of it the file shows."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from medidesk.models.patients import MergeState
from medidesk.repositories import patients
from medidesk.repositories.patients import PatientFile
from medidesk.ui import moments
from medidesk.ui.answers import refuse, tell
from medidesk.ui.page import Desk
from medidesk.ui.patients.merges import MergeLine
from medidesk.words import tr


class Merging(QObject):
    """The merges of one file.

    Signals:
        finished(): a merge that was asked for was answered.
    """

    finished = Signal()

    def __init__(self, desk: Desk, patient_id: UUID, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._patient_id = desk, patient_id

    def lines(self, file: PatientFile) -> list[MergeLine]:
        """The merges in force and the proposals, with the other file of each."""
        others = [
            (one, one.merged_id if one.kept_id == self._patient_id else one.kept_id)
            for one in file.merges
            if one.state in {MergeState.MERGED, MergeState.PROPOSED}
        ]
        rows = self._desk.station.read(patients.rows, [other for _merge, other in others]) if others else {}
        return [
            MergeLine(
                merge.id,
                rows[other],
                merge.state is MergeState.PROPOSED,
                ", ".join(
                    part
                    for part in (rows[other].number, merge.reason, moments.when(merge.updated_at))
                    if part
                ),
            )
            for merge, other in others
            if other in rows
        ]

    def merge(self, other: UUID, reason: str) -> None:
        """Move the other file's contents into this one."""
        row = self._desk.station.read(patients.by_id, other)
        self._desk.bridge.run(
            patients.merge,
            self._patient_id,
            other,
            reason,
            done=partial(self._merged, row.name if row is not None else ""),
            failed=partial(refuse, self._desk, tr("Not merged")),
        )

    def undo(self, merge_id: UUID) -> None:
        """Take a merge back: both files are there again."""
        self._desk.bridge.run(
            patients.unmerge,
            merge_id,
            done=partial(tell, self._desk, tr("Merge undone: both files are back")),
            failed=partial(refuse, self._desk, tr("Not undone")),
        )

    def dismiss(self, merge_id: UUID) -> None:
        """Say that a proposal is wrong."""
        self._desk.bridge.run(
            patients.dismiss_merge,
            merge_id,
            done=partial(tell, self._desk, tr("Kept apart")),
            failed=partial(refuse, self._desk, tr("Not done")),
        )

    def _merged(self, name: str, outcome: Any) -> None:
        self.finished.emit()
        if getattr(outcome, "reason", None) is not None:
            tell(self._desk, "", outcome)
            return
        merge_id = outcome.row if isinstance(outcome.row, UUID) else outcome.row.id
        self._desk.toast(
            tr("Merged with {name}", name=name),
            tr("Both numbers lead here now."),
            icon="merge",
            verb=tr("Undo"),
            act=partial(self.undo, merge_id),
        )
