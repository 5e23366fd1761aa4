"""Refused work taken up again: its file is opened, and what was wanted stands typed in the form it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from medidesk.repositories import labels, patients
from medidesk.ui.page import Desk
from medidesk.ui.patients import opening

if TYPE_CHECKING:
    from uuid import UUID

    from medidesk.station import Attention


class FormOf(NamedTuple):
    """Where rows of a table are changed: the name of the form in the file, and the area whose right it takes."""

    name: str
    area: str


FORMS: Mapping[str, FormOf] = {
    "patient": FormOf("details", "demographics"),
    "allergy": FormOf("allergy", "clinical"),
    "condition": FormOf("condition", "clinical"),
    "next_of_kin": FormOf("kin", "demographics"),
    "insurance_policy": FormOf("policy", "demographics"),
}
_ANSWER = frozenset({"checked_on", "eligibility_note"})


def can_edit(desk: Desk, entry: Attention) -> bool:
    """Whether there is a form that this work came from, and this person may use it."""
    form = FORMS.get(entry.table)
    return (
        bool(entry.wanted)
        and form is not None
        and desk.station.can(form.area, "change")
        and (_file_of(desk, entry) is not None)
    )


def take_up(desk: Desk, entry: Attention) -> bool:
    """Open the file the work is about; says whether there is one."""
    patient_id = _file_of(desk, entry)
    if patient_id is None:
        return False
    page = opening.open_file(desk, patient_id)
    if can_edit(desk, entry):
        # What an insurer said has a form of its own.
        asked = entry.table == "insurance_policy" and _ANSWER.issuperset(entry.wanted)
        form = "eligibility" if asked else FORMS[entry.table].name
        page.take_up(form, replace(entry, wanted=_as_typed(entry.wanted)))
    return True


def _as_typed(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What refused work wanted, by the names that the forms have for it."""
    typed = dict(wanted)
    if "copay_percent" in wanted:
        typed["copay"] = labels.shown(wanted["copay_percent"])
    return typed


def _file_of(desk: Desk, entry: Attention) -> UUID | None:
    if entry.row_id is None:
        return None
    patient_id = desk.station.read(patients.patient_of, entry.table, entry.row_id)
    if patient_id is None or desk.station.read(patients.by_id, patient_id) is None:
        return None
    return patient_id
