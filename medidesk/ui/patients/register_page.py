"""Registering a patient: the form, and beside it who could be the same person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.errors import DomainError, MediDeskError
from medidesk.models.patients import BloodGroup, IdentifierKind, Sex
from medidesk.repositories import patients
from medidesk.repositories.patients import Candidate
from medidesk.ui import moments
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.form import Form, FormFoot
from medidesk.ui.kit.label import Label
from medidesk.ui.notice import Notice
from medidesk.ui.page import Desk, Page
from medidesk.ui.patients import forms, opening
from medidesk.ui.patients.duplicates import Duplicates
from medidesk.words import tr

if TYPE_CHECKING:
    from medidesk.station import Changed

_SIDE = 380
_FORM_MOST = 720
_BESIDE_FROM = 1060
_EMPTY: Mapping[str, object] = {
    "sex": Sex.UNKNOWN,
    "language": "",
    "country": "",
    "blood_group": BloodGroup.UNKNOWN,
    "identifier_kind": IdentifierKind.NATIONAL_ID,
}
_OWN_FIELDS = ("identifier_kind", "identifier_value", "kin_name", "kin_relation", "kin_phone")


def draft_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values as `patients.register` takes them: what is empty is left out."""
    draft = {
        name: value
        for name, value in values.items()
        if name not in _OWN_FIELDS and value not in {"", None, False}
    }
    number = values.get("identifier_value")
    if number:
        draft["identifiers"] = [{"kind": values["identifier_kind"], "system": "", "value": number}]
    kin = values.get("kin_name")
    if kin:
        draft["next_of_kin"] = [
            {
                "name": kin,
                "relation": values.get("kin_relation") or "",
                "phone": values.get("kin_phone") or "",
            }
        ]
    return draft


class RegisterPage(Page):
    """The page of one registration."""

    def __init__(self, desk: Desk, key: str, parent: QWidget | None = None) -> None:
        super().__init__(desk, key, tr("New patient"), "user-plus", parent)
        self._saving = False
        self.form = Form(forms.registration(), parse_date=patients.parse_date, show_date=moments.day)
        self.form.set_base(_EMPTY)
        self.duplicates = Duplicates(self._open_candidate)
        self._refusal = Notice("danger", "circle-alert")
        self._refusal.hide()
        primary = Button(tr("Register"), kind="primary", icon="user-plus", key="Ctrl+Return")
        self.foot = FormFoot(primary)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._look_for_duplicates)
        self._lay_out()
        self.form.changed.connect(self._changed)
        self.foot.submitted.connect(self.save)
        self.foot.closed.connect(self._leave)
        self.keys.bind("Ctrl+Return", tr("Register"), self.save)
        self.keys.bind("Ctrl+Enter", tr("Register"), self.save, hint=False)
        self.keys.bind("Escape", tr("Close, draft kept"), self._leave)
        self._take_draft_up()

    def arrive(self) -> None:
        """The first field that is empty takes what is typed."""
        names = ("family_name", "given_name", "born_on", "phone")
        values = self.form.values()
        self.form.focus(next((name for name in names if not values[name]), "family_name"))

    def refresh(self, news: Changed | None) -> None:
        """Somebody may have registered this person meanwhile."""
        if news is None or news.everything or "patient" in news.tables:
            self._soon.start()

    def fill_in(self, values: Mapping[str, object]) -> None:
        """Fill in what was typed elsewhere."""
        self.form.set_values(values)
        if values:
            self._keep()
        self._soon.start()
        self.arrive()

    def save(self) -> None:
        """Register the patient, if every field can be read."""
        if self._saving or not self.form.check():
            return
        self._saving = True
        self.foot.primary.setEnabled(False)
        self._refusal.hide()
        self.desk.bridge.run(
            patients.register, draft_of(self.form.values()), done=self._saved, failed=self._failed
        )

    def _saved(self, outcome: Any) -> None:
        self._saving = False
        self.foot.primary.setEnabled(True)
        reason = getattr(outcome, "reason", None)
        if reason is not None:
            self._refusal.say(tr("Not registered"), str(reason))
            return
        self.desk.station.drafts.drop(self.key)
        patient_id = outcome.row if isinstance(outcome.row, UUID) else outcome.row.id
        row = self.desk.station.read(patients.by_id, patient_id)
        desk = self.desk
        if row is not None and row.file_no:
            desk.toast(tr("{name} registered", name=row.name), tr("File {number}", number=row.file_no))
        elif row is not None:
            desk.toast(
                tr("Saved on this PC: {name}", name=row.name),
                tr("Provisional file {number}, gets its number from the server", number=row.number),
                tone="warning",
                icon="cloud-upload",
            )
        desk.close_page(self)
        opening.open_file(desk, patient_id)

    def _failed(self, problem: MediDeskError) -> None:
        self._saving = False
        self.foot.primary.setEnabled(True)
        field = problem.field if isinstance(problem, DomainError) else None
        if field is not None and field in self.form.values():
            self.form.set_problem(field, problem.sentence)
            self.form.focus(field)
        else:
            self._refusal.say_problem(problem)

    def _changed(self, _name: str) -> None:
        self._keep()
        self._soon.start()

    def _keep(self) -> None:
        """Keep every character, and say so."""
        self.desk.station.drafts.keep(self.key, self.form.draft())
        self.set_draft(True)
        self.foot.show_draft(tr("Kept as a draft, {time}", time=moments.clock(moments.now(), seconds=True)))
        values = self.form.values()
        name = " ".join(str(values[part]) for part in ("given_name", "family_name") if values[part])
        self.set_title(tr("New: {name}", name=name) if name else tr("New patient"))

    def _take_draft_up(self) -> None:
        draft = self.desk.station.drafts.get(self.key)
        if draft is not None:
            self.form.restore_draft(draft.values)
            self._keep()
            self.foot.show_draft(tr("Draft of {time}", time=moments.when(draft.kept_at)))
            self._soon.start()

    def _look_for_duplicates(self) -> None:
        draft = draft_of(self.form.values())
        worth = any(
            draft.get(name) for name in ("family_name", "given_name", "phone", "born_on", "identifiers")
        )
        found = self.desk.station.read(patients.duplicates, draft) if worth else []
        self.duplicates.show_candidates(found)
        self._nobody.setVisible(not found)

    def _open_candidate(self, candidate: Candidate) -> None:
        opening.open_file(self.desk, candidate.row.id)

    def _leave(self) -> None:
        """Close the tab; what was typed is kept, an untouched form leaves nothing behind."""
        if not self.form.dirty_fields():
            self.desk.station.drafts.drop(self.key)
            self.set_draft(False)
        elif self.has_draft:
            key, desk = self.key, self.desk
            desk.toast(
                tr("Draft kept: {title}", title=self.title),
                tr("Every character is there when you come back."),
                tone="info",
                icon="file-text",
                verb=tr("Open"),
                act=lambda: self._again(desk, key),
            )
        self.desk.close_page(self)

    @staticmethod
    def _again(desk: Desk, key: str) -> None:
        opening.restore(desk, key)
        desk.open(key, lambda: RegisterPage(desk, key))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        beside = self.width() >= _BESIDE_FROM
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(direction)
        self._side.setMinimumWidth(_SIDE if beside else 0)
        self._side.setMaximumWidth(_SIDE if beside else _FORM_MOST)

    def _lay_out(self) -> None:
        self._nobody = Label(
            tr("Likely duplicates show up here while you type."),
            "meta",
            "regular",
            "text.tertiary",
            wrap=True,
        )
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(12)
        for widget in (self.duplicates, self._nobody, self._refusal):
            side.addWidget(widget)
        side.addStretch(1)
        body = QWidget()
        outer = QVBoxLayout(body)
        outer.setContentsMargins(24, 16, 24, 24)
        outer.setSpacing(16)
        outer.addWidget(Label(tr("Register a patient"), "title", "semibold"))
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(32)
        self._columns.addWidget(self.form, 1)
        self._columns.addWidget(self._side)
        self._columns.addStretch(0)
        outer.addLayout(self._columns)
        outer.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(body)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addWidget(self.foot)
