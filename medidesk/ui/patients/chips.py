"""Alerts and allergies as chips: never hidden, severe allergies solid and first."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from medidesk.models.patients import ClinicalState, Severity
from medidesk.repositories.patients import PatientFile, PatientRow
from medidesk.ui import moments
from medidesk.ui.flow import FlowLayout
from medidesk.ui.kit.chip import Chip, ChipLook
from medidesk.ui.patients.source import Listed
from medidesk.ui.patients.words import is_over
from medidesk.words import tr

_ORDER = {Severity.SEVERE: 0, Severity.MODERATE: 1, Severity.UNKNOWN: 2, Severity.MILD: 3}


def flags(row: Listed) -> list[ChipLook]:
    """Bare icons after a name in the list: allergies on file, alerts."""
    looks: list[ChipLook] = []
    if row.patient.has_allergy:
        looks.append(ChipLook("", "danger", "circle-alert", bare=True, name=tr("Allergies on file")))
    if row.alerts:
        looks.append(ChipLook("", "warning", "triangle-alert", bare=True, name=", ".join(row.alerts)))
    return looks


def _died(row: PatientRow, *, large: bool) -> list[ChipLook]:
    if row.died_on is None:
        return []
    return [ChipLook(tr("Died {date}", date=moments.day(row.died_on)), "neutral", large=large)]


def preview_chips(row: Listed) -> list[ChipLook]:
    """Whoever finds a patient sees that there are allergies, and the alerts in words."""
    looks = _died(row.patient, large=True) + _restricted(row.patient)
    if row.patient.has_allergy:
        looks.append(ChipLook(tr("Allergies on file"), "danger", "circle-alert", large=True))
    looks.extend(ChipLook(text, "warning", "triangle-alert", large=True) for text in row.alerts)
    return looks


def _restricted(row: PatientRow) -> list[ChipLook]:
    return [ChipLook(tr("Restricted"), "warning", "lock", large=True)] if row.restricted else []


def header_chips(file: PatientFile) -> list[ChipLook]:
    """The chips of a file's header, allergies first."""
    looks = _died(file.patient, large=True) + _restricted(file.patient)
    active = [one for one in file.allergies if one.state is ClinicalState.ACTIVE]
    if active:
        for allergy in sorted(active, key=lambda one: (_ORDER[one.severity], one.substance)):
            words = f"{allergy.substance}: {allergy.reaction}" if allergy.reaction else allergy.substance
            severe = allergy.severity is Severity.SEVERE
            looks.append(ChipLook(words, "danger", "circle-alert", solid=severe, large=True))
    elif file.patient.has_allergy:
        looks.append(ChipLook(tr("Allergies on file"), "danger", "circle-alert", large=True))
    looks.extend(
        ChipLook(alert.text, "warning", "triangle-alert", large=True)
        for alert in file.alerts
        if not is_over(alert.ends_on)
    )
    return looks


class ChipRow(QWidget):
    """Chips in as many lines as they need.

    Args:
        above: px of room above them, gone with them when there are none.
    """

    def __init__(self, above: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow = FlowLayout(8, self)
        self._flow.setContentsMargins(0, above, 0, 0)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._shown: tuple[ChipLook, ...] = ()

    def show_chips(self, looks: Sequence[ChipLook], after: Sequence[QWidget] = ()) -> None:
        """Show these chips, and widgets after them; the same chips again change nothing."""
        if tuple(looks) == self._shown and not after:
            self.setVisible(bool(looks))
            return
        self._shown = tuple(looks)
        self._flow.clear()
        for look in looks:
            self._flow.addWidget(Chip.from_look(look))
        for widget in after:
            self._flow.addWidget(widget)
        self.setVisible(self._flow.count() > 0)
        self.updateGeometry()
