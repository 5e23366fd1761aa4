"""Ways from a page of one module to what another module shows, whichever that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from medidesk.ui.page import Desk, Module

if TYPE_CHECKING:
    from medidesk.station import Station


def has(station: Station, module: Module) -> bool:
    """Whether whoever is signed in there has a module."""
    return station.can(module.area, module.need) and (station.rights.administers or not module.administers)


def open_file(desk: Desk, modules: Sequence[Module], patient_id: UUID) -> None:
    """Open a patient's file, where one of these modules has them."""
    for module in modules:
        if module.open_file is not None:
            module.open_file(desk, patient_id)
            return


def open_appointment(desk: Desk, modules: Sequence[Module], appointment_id: UUID) -> None:
    """Show an appointment on its day, where one of these modules has a calendar."""
    for module in modules:
        if module.open_appointment is not None:
            module.open_appointment(desk, appointment_id)
            return


def book_for(desk: Desk, modules: Sequence[Module], patient_id: UUID) -> None:
    """Begin to give a patient a time, where one of these modules has a calendar."""
    for module in modules:
        if module.book_for is not None:
            module.book_for(desk, patient_id)
            return
