"""A patient's file in its tab: a header that stays, sections, and a panel for small changes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medidesk.errors import MediDeskError
from medidesk.models.patients import MergeState
from medidesk.repositories import patients, people
from medidesk.repositories.patients import PatientFile, PatientRow
from medidesk.ui import moments
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.empty import EmptyState
from medidesk.ui.page import Desk, Page
from medidesk.ui.patients.details import Details
from medidesk.ui.patients.entry_panels import EntryKind, kinds
from medidesk.ui.patients.header import FileHeader
from medidesk.ui.patients.merges import MergeLine, MergePanel
from medidesk.ui.patients.overview import Overview
from medidesk.ui.patients.photo import scaled_photo
from medidesk.ui.patients.section_bar import SectionBar
from medidesk.ui.patients.side_panel import EntryPanel, SidePanel
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed

SECTIONS = ("overview", "details")
_TABLES = frozenset(
    {
        "patient",
        "patient_identifier",
        "next_of_kin",
        "patient_alert",
        "patient_merge",
        "allergy",
        "condition",
    }
)


class FilePage(Page):
    """The page of one patient."""

    def __init__(self, desk: Desk, patient_id: UUID, parent: QWidget | None = None) -> None:
        super().__init__(desk, f"patients/file/{patient_id}", tr("Patient"), "user", parent)
        self.patient_id = patient_id
        station = desk.station
        self._may_change = station.can("demographics", "change")
        self._may_treat = station.can("clinical", "add")
        self._reads_clinical = station.can("clinical", "read")
        self._kinds = kinds()
        self._panel: SidePanel | None = None
        self._photo: bytes | None = None
        self._file: PatientFile | None = None
        self.header = FileHeader(may_change=self._may_change)
        self.sections = SectionBar((tr("Overview"), tr("Details")))
        self.overview = Overview(
            self._change,
            may_change=self._may_change,
            may_treat=self._may_treat,
            may_read=self._reads_clinical,
        )
        self.details: Details | None = None
        self._stack = QStackedWidget()
        self._stack.addWidget(self.overview)
        self._lay_out()
        self._connect()
        self._bind_keys()
        self.refresh(None)
        self._make_details()
        self._ask_for_photo()

    def arrive(self) -> None:
        """The panel or the form takes what is typed; else the section's first card."""
        if self._panel is not None:
            self._panel.arrive()
        elif self._stack.currentWidget() is self.details and self.details is not None:
            self.details.arrive()
        else:
            self.overview.setFocus()

    def show_section(self, name: str) -> None:
        """Open "overview" or "details"."""
        if name == "details" and self.details is None:
            return
        at = SECTIONS.index(name)
        self._stack.setCurrentIndex(at)
        self.sections.show_chosen(at)
        if self.isVisible():
            self.arrive()

    def refresh(self, news: Changed | None) -> None:
        """Show what the replica holds now, and tell what another station changed."""
        if news is not None and not news.everything and not _TABLES & set(news.tables):
            return
        file = self.desk.station.read(patients.file, self.patient_id, clinical=self._reads_clinical)
        if file is None:
            self._show_gone()
            return
        before, self._file = self._file, file
        if file == before:
            self._show_waiting(file)
            return
        self.set_title(file.patient.name or file.patient.number)
        self._show_waiting(file)
        self.header.show_photo(file.patient.name, self._photo)
        self.overview.show_file(file)
        self.overview.merges.show_merges(self._merge_lines(file))
        # One piece of news may hold this station's changes and others' alike; the row says whose it is.
        mine = file.patient.updated_by in {None, self.desk.station.user.account_id}
        own = news is not None and news.own and mine
        if self.details is not None:
            self.details.show_row(file.patient, own=own, by=self._name_of(file.patient.updated_by))
        if before is not None and news is not None and not own:
            self._tell_change(before.patient, file.patient)

    def panel(self) -> SidePanel | None:
        """The panel that is open."""
        return self._panel

    def merge_with(self, other: UUID | None = None) -> None:
        """Open the panel that merges another file into this one."""
        if self._file is None:
            return
        panel = MergePanel(self.desk, self._file.patient, other)
        panel.merge_asked.connect(self._merge)
        self._open_panel(panel)

    def set_photo_from(self, path: str) -> None:
        """Scale the picture in the background and keep it as the patient's photo."""
        if not path:
            return
        self.desk.bridge.background(
            lambda: scaled_photo(Path(path)), self._keep_photo, partial(self._refused, tr("No photo set"))
        )

    # What the file shows

    def _show_waiting(self, file: PatientFile) -> None:
        waiting = self.patient_id in self.desk.station.pending("patient")
        self.header.show_file(file, waiting=waiting)

    def _show_gone(self) -> None:
        while (item := self._content.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
        close = Button(tr("Close the tab"), kind="primary", key="Ctrl+W")
        close.clicked.connect(lambda: self.desk.close_page(self))
        self._content.addWidget(
            EmptyState(
                "file-text",
                tr("This file is not here any more"),
                tr("It was removed, or it is not yours to see."),
                close,
                tone="warning",
            )
        )

    def _tell_change(self, before: PatientRow, now: PatientRow) -> None:
        if before == now or (self.isVisible() and self._stack.currentWidget() is self.details):
            return
        labels = [
            tr(label)
            for name, label in patients.FIELD_LABELS.items()
            if hasattr(now, name) and getattr(now, name) != getattr(before, name)
        ]
        if labels:
            who = self._name_of(now.updated_by)
            self.desk.toast(
                tr("{who} changed {name}", who=who, name=now.name),
                ", ".join(labels),
                tone="info",
                icon="pencil",
            )

    def _name_of(self, account: UUID | None) -> str:
        names: Mapping[UUID, str] = self.desk.station.read(people.names)
        return names.get(account, tr("another station")) if account is not None else tr("another station")

    def _merge_lines(self, file: PatientFile) -> list[MergeLine]:
        others = [
            (one, one.merged_id if one.kept_id == self.patient_id else one.kept_id)
            for one in file.merges
            if one.state in {MergeState.MERGED, MergeState.PROPOSED}
        ]
        rows = self.desk.station.read(patients.rows, [other for _merge, other in others]) if others else {}
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

    # The panel

    def _change(self, name: str, entry: UUID | None) -> None:
        if name == "details":
            self.show_section("details")
            return
        kind = self._kinds[name]
        if self._file is None:
            return
        values = dict(kind.empty) if entry is None else kind.values_of(self._file, entry)
        if values is None:
            return
        remove = None if entry is None else (kind.remove_word, partial(self._remove, kind, entry))
        title = kind.new_title if entry is None else kind.change_title
        panel = EntryPanel(title, kind.spec(), values, partial(self._save_entry, kind, entry), remove)
        panel.saved.connect(self._entry_saved)
        self._open_panel(panel)

    def _save_entry(
        self, kind: EntryKind, entry: UUID | None, values: dict[str, Any], done: Any, failed: Any
    ) -> None:
        run = self.desk.bridge.run
        if entry is None:
            run(kind.add, self.patient_id, *kind.arguments(values), done=done, failed=failed)
        elif kind.edit is not None:
            run(kind.edit, entry, values, done=done, failed=failed)
        else:
            run(
                kind.add,
                self.patient_id,
                *kind.arguments(values),
                done=partial(self._replaced, kind, entry, done),
                failed=failed,
            )

    def _replaced(self, kind: EntryKind, entry: UUID, done: Any, outcome: Any) -> None:
        """A number or an alert is a statement: the new one stands, so the old one ends."""
        if getattr(outcome, "reason", None) is None:
            self._end(kind, entry, "")
        done(outcome)

    def _entry_saved(self, outcome: Any) -> None:
        self._close_panel()
        if getattr(outcome, "merged", None) is None:
            self.desk.toast(
                tr("Saved on this PC"),
                tr("It is sent by itself when the server is back."),
                tone="warning",
                icon="cloud-upload",
            )

    def _remove(self, kind: EntryKind, entry: UUID) -> None:
        self._end(kind, entry, kind.removed)
        self._close_panel()

    def _end(self, kind: EntryKind, entry: UUID, words: str) -> None:
        self.desk.bridge.run(
            kind.remove,
            entry,
            done=lambda outcome: self._told(words, outcome),
            failed=partial(self._refused, tr("Not done")),
        )

    def _told(self, words: str, outcome: Any) -> None:
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self.desk.toast(tr("Needs attention"), str(reason), tone="danger", icon="triangle-alert")
        elif words:
            self.desk.toast(words)

    def _open_panel(self, panel: SidePanel) -> None:
        self._close_panel()
        self._panel = panel
        panel.close_asked.connect(self._close_panel)
        self._row.addWidget(panel)
        panel.show()
        panel.arrive()

    def _close_panel(self) -> None:
        if self._panel is not None:
            panel, self._panel = self._panel, None
            self._row.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
            self.arrive()

    # Merging

    def _merge(self, other: UUID, reason: str) -> None:
        row = self.desk.station.read(patients.by_id, other)
        name = row.name if row is not None else ""
        self.desk.bridge.run(
            patients.merge,
            self.patient_id,
            other,
            reason,
            done=partial(self._merged, name),
            failed=partial(self._refused, tr("Not merged")),
        )

    def _merged(self, name: str, outcome: Any) -> None:
        self._close_panel()
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self._told("", outcome)
            return
        merge_id = outcome.row if isinstance(outcome.row, UUID) else outcome.row.id
        self.desk.toast(
            tr("Merged with {name}", name=name),
            tr("Both numbers lead here now."),
            icon="merge",
            verb=tr("Undo"),
            act=partial(self._unmerge, merge_id),
        )

    def _unmerge(self, merge_id: UUID) -> None:
        self.desk.bridge.run(
            patients.unmerge,
            merge_id,
            done=partial(self._told, tr("Merge undone: both files are back")),
            failed=partial(self._refused, tr("Not undone")),
        )

    def _dismiss(self, merge_id: UUID) -> None:
        self.desk.bridge.run(
            patients.dismiss_merge,
            merge_id,
            done=partial(self._told, tr("Kept apart")),
            failed=partial(self._refused, tr("Not done")),
        )

    # The photo

    def _ask_for_photo(self) -> None:
        self.desk.bridge.background(
            lambda: self.desk.station.ask(patients.photo, self.patient_id), self._show_photo, self._no_photo
        )

    def _show_photo(self, photo: Any) -> None:
        self._photo = photo.content if photo is not None else None
        if self._file is not None:
            self.header.show_photo(self._file.patient.name, self._photo)

    def _no_photo(self, _problem: MediDeskError) -> None:
        """Without the server the initials stand there; the tool tip says why."""
        self.header.avatar.setToolTip(tr("The photo is at the server, which does not answer."))

    def _choose_photo(self) -> None:
        dialog = QFileDialog(self, tr("Choose a photo"))
        dialog.setNameFilter(tr("Pictures (*.jpg *.jpeg *.png *.webp *.bmp)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.set_photo_from)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _keep_photo(self, content: bytes) -> None:
        self._photo = content
        self.desk.bridge.run(
            patients.set_photo,
            self.patient_id,
            content,
            "image/jpeg",
            done=partial(self._told, tr("Photo set")),
            failed=partial(self._refused, tr("No photo set")),
        )
        if self._file is not None:
            self.header.show_photo(self._file.patient.name, content)

    def _refused(self, title: str, problem: MediDeskError) -> None:
        self.desk.toast(title, str(problem), tone="danger")

    # The frame

    def _make_details(self) -> None:
        if self._file is None or not self._may_change:
            return
        self.details = Details(self.desk, self._file.patient, self.key)
        self.details.draft_changed.connect(self.set_draft)
        self.details.closed.connect(lambda: self.show_section("overview"))
        self._stack.addWidget(self.details)
        if self.desk.station.drafts.get(self.key) is not None:
            self.set_draft(True)

    def _connect(self) -> None:
        self.sections.chosen.connect(lambda at: self.show_section(SECTIONS[at]))
        self.header.edit_asked.connect(lambda: self.show_section("details"))
        self.header.alert_asked.connect(lambda: self._change("alert", None))
        self.header.photo_asked.connect(self._choose_photo)
        self.header.merge_asked.connect(self.merge_with)
        merges = self.overview.merges
        merges.undo_asked.connect(self._unmerge)
        merges.dismiss_asked.connect(self._dismiss)
        merges.look_asked.connect(self.merge_with)
        self.desk.bridge.sync_changed.connect(self._sync_changed)

    def _sync_changed(self, _state: object) -> None:
        if self._file is not None:
            self._show_waiting(self._file)

    def _bind_keys(self) -> None:
        keys = self.keys
        for at, name in enumerate(SECTIONS, start=1):
            title = tr("Overview") if name == "overview" else tr("Details")
            keys.bind(f"Ctrl+{at}", title, partial(self.show_section, name))
        if self._may_change:
            keys.bind("Alt+E", tr("Edit details"), partial(self.show_section, "details"))
            keys.bind("Ctrl+Return", tr("Save"), self._submit)
            keys.bind("Ctrl+Enter", tr("Save"), self._submit, hint=False)
            keys.bind("Alt+L", tr("Alert"), lambda: self._change("alert", None))
        if self._may_treat:
            keys.bind("Alt+A", tr("Allergy"), lambda: self._change("allergy", None))
            keys.bind("Alt+P", tr("Problem"), lambda: self._change("condition", None))
        if self._may_change:
            keys.bind("Alt+M", tr("Merge"), self.merge_with)
        keys.bind("Escape", tr("Back"), self._back)

    def _submit(self) -> None:
        if self._panel is not None:
            self._panel.submit()
        elif self.details is not None and self._stack.currentWidget() is self.details:
            self.details.save()

    def _back(self) -> None:
        if self._panel is not None:
            self._close_panel()
        elif self._stack.currentWidget() is self.details:
            self.show_section("overview")
        else:
            self.desk.close_page(self)

    def _lay_out(self) -> None:
        left = QWidget()
        self._content = QVBoxLayout(left)
        self._content.setContentsMargins(0, 0, 0, 0)
        self._content.setSpacing(0)
        self._content.addWidget(self.header)
        self._content.addWidget(self.sections)
        self._content.addWidget(self._stack, 1)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(left, 1)
