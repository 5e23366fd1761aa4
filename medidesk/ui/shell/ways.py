"""Ways from a page of one module to what another module shows, whichever that is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from medidesk.ui.page import Module

if TYPE_CHECKING:
    from medidesk.station import Station

Way = Literal[
    "open_file", "open_appointment", "book_for", "show_visit", "open_bill", "open_invoice", "open_claim"
]


def has(station: Station, module: Module) -> bool:
    """Whether whoever is signed in there has a module."""
    may = any(station.can(area, module.need) for area in (module.area, *module.other_areas))
    return may and (station.rights.administers or not module.administers)


class Ways:
    """What a shell offers of them; each leads nowhere where no module of this person has it."""

    _modules: Sequence[Module]

    def open_file(self, patient_id: UUID) -> None:
        """Open a patient's file, whichever module that is."""
        self._go("open_file", patient_id)

    def open_appointment(self, appointment_id: UUID) -> None:
        """Show an appointment on its day, whichever module that is."""
        self._go("open_appointment", appointment_id)

    def book_for(self, patient_id: UUID) -> None:
        """Begin to give a patient a time, whichever module does that."""
        self._go("book_for", patient_id)

    def show_visit(self, visit_id: UUID) -> None:
        """Show a visit in the queue, whichever module that is."""
        self._go("show_visit", visit_id)

    def open_bill(self, patient_id: UUID) -> None:
        """Show what a patient is to pay, whichever module that is."""
        self._go("open_bill", patient_id)

    def open_invoice(self, invoice_id: UUID) -> None:
        """Show an invoice with what was paid for it, whichever module that is."""
        self._go("open_invoice", invoice_id)

    def open_claim(self, invoice_id: UUID) -> None:
        """Show the claim of an invoice, or that it is to be claimed, whichever module that is."""
        self._go("open_claim", invoice_id)

    def show_list(self: Any, name: str) -> None:
        """Open the list behind a figure, whichever module has it."""
        any(module.show_list is not None and module.show_list(self, name) for module in self._modules)

    def _go(self: Any, way: Way, row_id: UUID) -> None:
        for module in self._modules:
            lead = getattr(module, way)
            if lead is not None:
                lead(self, row_id)
                return
