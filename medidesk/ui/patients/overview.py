"""The first section of a file: cards of what belongs to the patient."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from medidesk.models.patients import ClinicalState, Severity
from medidesk.repositories.patients import PatientFile
from medidesk.ui import moments
from medidesk.ui.kit.card import Card
from medidesk.ui.kit.label import Label, breakable
from medidesk.ui.kit.tab_order import chain_tabs
from medidesk.ui.kit.theme import theme
from medidesk.ui.patients.entries import Entry, EntryCard
from medidesk.ui.patients.insured import Insured
from medidesk.ui.patients.merges import MergeCard
from medidesk.ui.patients.words import (
    address_words,
    is_over,
    joined,
    kind_words,
    language_words,
    severity_words,
    state_words,
)
from medidesk.words import tr

_THREE_FROM, _TWO_FROM = 1080, 700
_SEVERITY_ORDER = {Severity.SEVERE: 0, Severity.MODERATE: 1, Severity.UNKNOWN: 2, Severity.MILD: 3}

Change = Callable[[str, UUID | None], None]
"""Opens the panel of a kind ("allergy", "condition", "alert", "identifier", "kin", "policy", "details") for an
entry, or for a new one."""


class Overview(QScrollArea):
    """The cards in three, two or one column.

    Args:
        change: see `Change`.
        may_change: whether the person may change what reception keeps.
        may_treat: whether the person may change allergies and problems.
    """

    def __init__(
        self,
        change: Change,
        *,
        may_change: bool,
        may_treat: bool,
        may_read: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._change, self._may_change, self._may_treat = change, may_change, may_treat
        self.setWidgetResizable(True)
        self.setAccessibleName(tr("Overview"))
        self.merges = MergeCard(may_change=may_change)
        self._allergies = self._card("allergy", tr("Allergies"), tr("None noted"), may_treat)
        self._conditions = self._card("condition", tr("Problems"), tr("None noted"), may_treat)
        self._contact = EntryCard(tr("Contact"), tr("No phone or address on file"), numbered=False)
        self._kin = self._card("kin", tr("Next of kin"), tr("Nobody to call on file"), may_change)
        self._alerts = self._card("alert", tr("Alerts"), tr("None"), may_change)
        self._numbers = self._card("identifier", tr("Numbers"), tr("Only the file number"), may_change)
        self._insurance = self._card("policy", tr("Insurance"), tr("None on file"), may_change)
        self._about = EntryCard(tr("About"), tr("Nothing noted"), numbered=False)
        self._note = Card(tr("Note for the desk"))
        self._note_text = Label("", "body", "regular", "text.secondary", wrap=True)
        self._note.body.addWidget(self._note_text)
        self._columns = 0
        self._ground = _Ground()
        self._row = QHBoxLayout(self._ground)
        self._row.setContentsMargins(24, 16, 24, 24)
        self._row.setSpacing(16)
        self.setWidget(self._ground)
        self._may_read = may_read
        # Without a parent a widget that is made visible is a window of its own.
        for card in (self._allergies, self._conditions):
            card.setParent(self._ground)
            card.setVisible(may_read)
        self._arrange(3)

    def show_file(self, file: PatientFile) -> None:
        """Show what the file holds now."""
        self._show_clinical(file.clinical_visible)
        self._allergies.show_entries(self._allergy_entries(file))
        self._conditions.show_entries(self._condition_entries(file))
        self._contact.show_entries(self._contact_entries(file))
        self._kin.show_entries(
            [
                Entry(
                    one.name,
                    joined(one.relation, one.phone),
                    icon="user",
                    tone="neutral",
                    change=self._at("kin", one.id),
                )
                for one in file.next_of_kin
            ]
        )
        self._alerts.show_entries(
            [
                Entry(
                    one.text,
                    tr("until {date}", date=moments.day(one.ends_on)) if one.ends_on else "",
                    tone="warning",
                    past=is_over(one.ends_on),
                    change=self._at("alert", one.id),
                )
                for one in file.alerts
            ]
        )
        self._numbers.show_entries(
            [
                Entry(
                    one.value,
                    joined(
                        kind_words(one.kind),
                        one.system,
                        tr("another file has it too") if one.disputed else "",
                    ),
                    icon="id-card",
                    tone="warning" if one.disputed else "neutral",
                    change=self._at("identifier", one.id),
                )
                for one in file.identifiers
            ]
        )
        self._about.show_entries(self._about_entries(file))
        self._note_text.setText(breakable(file.patient.desk_note))
        self._note.setVisible(bool(file.patient.desk_note))

    def show_insured(self, insured: Insured) -> None:
        """Show who insures the patient now."""
        self._insurance.show_entries(insured.entries(partial(self._at, "policy")))

    def _show_clinical(self, shown: bool) -> None:
        """A restricted file is closed now, or open."""
        if shown != self._may_read:
            self._may_read = shown
            for card in (self._allergies, self._conditions):
                card.setVisible(shown)
            columns, self._columns = self._columns, 0
            self._arrange(columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.viewport().width()
        columns = 3 if width >= _THREE_FROM else 2 if width >= _TWO_FROM else 1
        if columns != self._columns:
            # Widgets must not change parents while Qt lays them out.
            QTimer.singleShot(0, self, lambda: self._arrange(columns))

    def _card(self, kind: str, title: str, nothing: str, may_add: bool) -> EntryCard:
        add = (lambda: self._change(kind, None)) if may_add else None
        return EntryCard(title, nothing, add, tr("Add to {title}", title=title))

    def _at(self, kind: str, entry: UUID) -> Callable[[], None] | None:
        allowed = self._may_treat if kind in {"allergy", "condition"} else self._may_change
        return (lambda: self._change(kind, entry)) if allowed else None

    def _allergy_entries(self, file: PatientFile) -> list[Entry]:
        return [
            Entry(
                one.substance,
                joined(
                    one.reaction,
                    severity_words(one.severity),
                    tr("noted {date}", date=moments.day(one.noted_on)) if one.noted_on else "",
                    "" if one.state is ClinicalState.ACTIVE else state_words(one.state),
                ),
                one.code,
                tone="danger",
                icon="circle-alert",
                past=one.state is not ClinicalState.ACTIVE,
                change=self._at("allergy", one.id),
            )
            for one in sorted(file.allergies, key=lambda one: (_SEVERITY_ORDER[one.severity], one.substance))
        ]

    def _condition_entries(self, file: PatientFile) -> list[Entry]:
        return [
            Entry(
                one.text,
                joined(
                    tr("since {date}", date=moments.day(one.onset_on)) if one.onset_on else "",
                    tr("until {date}", date=moments.day(one.ended_on)) if one.ended_on else "",
                    "" if one.state is ClinicalState.ACTIVE else state_words(one.state),
                ),
                one.code,
                past=one.state is not ClinicalState.ACTIVE,
                change=self._at("condition", one.id),
            )
            for one in file.conditions
        ]

    def _contact_entries(self, file: PatientFile) -> list[Entry]:
        patient = file.patient
        facts = (
            ("phone", patient.phone, tr("phone")),
            ("smartphone", patient.phone_other, tr("other phone")),
            ("mail", patient.email, ""),
            ("map-pin", address_words(patient), ""),
        )
        return self._facts(facts)

    def _about_entries(self, file: PatientFile) -> list[Entry]:
        patient = file.patient
        facts = (
            ("languages", language_words(patient.language), tr("language")),
            ("droplet", str(patient.blood_group).replace("-", "−"), tr("blood group")),
            ("history", moments.when(patient.created_at), tr("registered")),
        )
        return self._facts(facts)

    def _facts(self, facts: tuple[tuple[str, str, str], ...]) -> list[Entry]:
        change = (lambda: self._change("details", None)) if self._may_change else None
        return [
            Entry(words, quiet, icon=icon, tone="neutral", change=change)
            for icon, words, quiet in facts
            if words
        ]

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        while (item := self._row.takeAt(0)) is not None:
            layout = item.layout()
            while layout is not None and layout.takeAt(0) is not None:
                pass
        medical = [self._allergies, self._conditions] if self._may_read else []
        people = [self._note, self._contact, self._kin]
        rest = [self.merges, self._alerts, self._insurance, self._numbers, self._about]
        groups: list[list[QWidget]] = [[*medical], [*people], [*rest]]
        if columns == 2 or not self._may_read:
            groups = [
                [*medical, self._note, self._alerts, self._contact],
                [self.merges, self._insurance, self._kin, self._numbers, self._about],
            ]
        if columns == 1:
            groups = [
                [self.merges, *medical, self._alerts, *people, self._insurance, self._numbers, self._about]
            ]
        for group in groups:
            column = QVBoxLayout()
            column.setSpacing(16)
            for card in group:
                column.addWidget(card)
            column.addStretch(1)
            self._row.addLayout(column, 1)
        chain_tabs(self)


class _Ground(QWidget):
    """The quiet ground that cards stand on."""

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("bg.subtle"))
