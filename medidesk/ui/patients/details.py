"""The patient's own data as a form: edited in place, drafts kept, others' changes taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.repositories import patients, people
from medidesk.repositories.patients import PatientRow
from medidesk.ui import moments
from medidesk.ui.entry.both_touched import BothTouched, Theirs, news_words
from medidesk.ui.entry.form_draft import FormDraft
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.conflict import ConflictCard
from medidesk.ui.kit.form import Form, FormFoot
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk
from medidesk.ui.patients import forms
from medidesk.words import tr

_PADDING, _LEAST = 24, 32


class Details(QWidget):
    """The section.

    Args:
        desk: where it stands.
        row: the patient as the replica holds them now.
        draft_key: under which name what is typed is kept.

    Signals:
        draft_changed(bool): there is a draft, or there is none any more.
        closed(): back to the overview.
    """

    draft_changed = Signal(bool)
    closed = Signal()

    def __init__(self, desk: Desk, row: PatientRow, draft_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk, self._row = desk, row
        self._saving: dict[str, Any] = {}
        spec = forms.details()
        self._labels = {field.name: field.label for field in spec.inputs()}
        self.form = Form(spec, parse_date=patients.parse_date, show_date=moments.day)
        self._notice = Notice("danger", "circle-alert")
        self._notice.hide()
        primary = Button(tr("Save"), kind="primary", icon="check", key="Ctrl+Return")
        self.foot = FormFoot(primary)
        self._both = BothTouched(self.form, _PADDING)
        self._both.settled.connect(self._after_change)
        self._both.later.connect(self.closed)
        self._both.asking.connect(primary.setDisabled)
        self._draft = FormDraft(desk.station.drafts, draft_key, self.form)
        self._lay_out()
        self.form.set_base(self._values_of(row))
        self.form.changed.connect(self._changed)
        self.foot.submitted.connect(self.save)
        self.foot.closed.connect(self.closed)
        self._take_draft_up()

    def arrive(self) -> None:
        """The first field takes what is typed."""
        card = self._both.card()
        if card is not None:
            card.keep.setFocus()
        else:
            self.form.focus()

    def conflict(self) -> ConflictCard | None:
        """The picker of base, theirs and mine, while both touched one field."""
        return self._both.card()

    def show_row(self, row: PatientRow, *, own: bool, by: str) -> None:
        """Take in the patient as they are now.

        Args:
            row: the patient now.
            own: whether this station changed them.
            by: who did.
        """
        if row == self._row:
            return
        self._row = row
        before = self.form.base_values()
        values = self._values_of(row)
        both = [] if self._saving else self.form.apply_remote(values)
        if self._saving:
            return
        fresh = [
            self._labels[name] for name, value in values.items() if value != before[name] and name not in both
        ]
        if fresh and not own:
            self.foot.show_remote(news_words(fresh, by))
        self._show_conflict(both, by)
        self._after_change()

    def take_up(self, refused: UUID, wanted: Mapping[str, Any]) -> None:
        """Type in what a refused change wanted; saving it settles the refused change.

        Args:
            refused: its operation.
            wanted: values by field; those that are no fields of this form are left out.
        """
        self._draft.resolves = refused
        self.form.set_values({name: value for name, value in wanted.items() if name in self._labels})
        self._notice.say(
            tr("From a change that was refused"),
            tr("Put right what is not, and save it: it is sent again in place of the refused one."),
            tone="info",
            icon="rotate-ccw",
        )
        self._after_change()

    def save(self) -> None:
        """Save what was changed; with a conflict open, take its choices first."""
        if self._both.card() is not None:
            self._both.decide()
            return
        if self._saving or not self.form.check():
            return
        values = self.form.values()
        changes = {name: values[name] for name in self.form.dirty_fields()}
        if not changes and self._draft.resolves is None:
            self._forget_draft()
            self.closed.emit()
            return
        self._saving = changes
        self.foot.primary.setEnabled(False)
        self._notice.hide()
        self._desk.bridge.run(
            patients.edit,
            self._row.id,
            changes,
            done=self._saved,
            failed=self._failed,
            resolves=self._draft.resolves,
        )

    def _saved(self, outcome: Any) -> None:
        submitted, self._saving = self._saving, {}
        self.foot.primary.setEnabled(True)
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self._refused(str(reason))
            return
        self._draft.resolves = None
        current = self.form.values()
        row = self._desk.station.read(patients.by_id, self._row.id) or self._row
        self._row = row
        self.form.set_base(self._values_of(row))
        typed_since = {name: current[name] for name, value in submitted.items() if current[name] != value}
        self.form.set_values(typed_since)
        self.foot.show_remote("")
        if typed_since:
            self._changed("")
        else:
            self._forget_draft()
        self._tell(outcome, row)
        if not typed_since:
            self.closed.emit()

    def _refused(self, reason: str) -> None:
        """The server has said no and nothing was saved: every character stays, and what others did is taken in."""
        self._notice.say(tr("Not saved yet"), reason)
        fresh = self._desk.station.read(patients.by_id, self._row.id)
        if fresh is not None:
            self._row = fresh
            names = self._desk.station.read(people.names)
            by = names.get(fresh.updated_by, "") if fresh.updated_by is not None else ""
            self._show_conflict(self.form.apply_remote(self._values_of(fresh)), by or tr("another station"))

    def _tell(self, outcome: Any, row: PatientRow) -> None:
        desk = self._desk
        if getattr(outcome, "merged", None) is None:
            line = tr("It is sent by itself when the server is back.")
            desk.toast(
                tr("Saved on this PC: {name}", name=row.name), line, tone="warning", icon="cloud-upload"
            )
        else:
            fields = ", ".join(patients_label(name) for name in outcome.merged)
            line = tr("Merged with what others changed: {fields}", fields=fields) if fields else ""
            desk.toast(tr("Saved: {name}", name=row.name), line)

    def _failed(self, problem: MediDeskError) -> None:
        self._saving = {}
        self._draft.resolves = (
            None  # decided meanwhile, perhaps: what is typed stays, and is saved for itself
        )
        self.foot.primary.setEnabled(True)
        field = problem.field if isinstance(problem, DomainError) else None
        if field is not None and field in self._labels:
            self.form.set_problem(field, problem.sentence)
            self.form.focus(field)
        else:
            self._notice.say_problem(problem)

    def _changed(self, _name: str) -> None:
        self._after_change()

    def _after_change(self) -> None:
        """Keep what was typed, and say so."""
        kept = self._draft.keep()
        now = moments.clock(moments.now(), seconds=True)
        self.foot.show_draft(tr("Kept as a draft, {time}", time=now) if kept else "")
        self.draft_changed.emit(kept)

    def _forget_draft(self) -> None:
        self._draft.drop()
        self.foot.show_draft("")
        self.draft_changed.emit(False)

    def _take_draft_up(self) -> None:
        found = self._draft.take_up(self._values_of(self._row))
        if found is None:
            return
        draft, both = found
        self._show_conflict(both, tr("another station"))
        self.foot.show_draft(tr("Draft of {time}", time=moments.when(draft.kept_at)))
        self.draft_changed.emit(True)

    def _show_conflict(self, both: list[str], by: str) -> None:
        title = tr("{name} was changed at two stations", name=self._row.name)
        theirs = Theirs(self._values_of(self._row), by, self._row.updated_at)
        self._both.show_fields(title, both, theirs)

    def _values_of(self, row: PatientRow) -> dict[str, Any]:
        return {name: value for name, value in asdict(row).items() if name in self._labels}

    def _lay_out(self) -> None:
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(_PADDING, 20, _PADDING, 24)
        inner.setSpacing(16)
        inner.addWidget(self._notice)
        inner.addWidget(self.form)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setMinimumHeight(_LEAST)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addWidget(self._both)
        column.addWidget(self.foot)


def patients_label(name: str) -> str:
    """What a column of a patient is called."""
    return tr(patients.FIELD_LABELS.get(name, name))
