"""Refused work taken up again: its file is opened, and what was wanted stands typed in the form it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medidesk.repositories import patients
from medidesk.ui.page import Desk
from medidesk.ui.patients import opening
from medidesk.ui.patients.file_page import FORMS

if TYPE_CHECKING:
    from uuid import UUID

    from medidesk.station import Attention


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
        page.take_up(entry)
    return True


def _file_of(desk: Desk, entry: Attention) -> UUID | None:
    if entry.row_id is None:
        return None
    patient_id = desk.station.read(patients.patient_of, entry.table, entry.row_id)
    if patient_id is None or desk.station.read(patients.by_id, patient_id) is None:
        return None
    return patient_id
