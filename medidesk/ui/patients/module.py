"""Patients as the shell sees them."""

from functools import partial

from medidesk.repositories import patients
from medidesk.ui import moments
from medidesk.ui.kit.palette import PaletteItem, says
from medidesk.ui.page import Desk, Module
from medidesk.ui.patients import opening, taking_up
from medidesk.ui.patients.list_page import ListPage
from medidesk.ui.patients.words import joined
from medidesk.words import tr

_FOUND_MOST = 6


def _find(desk: Desk, text: str) -> list[PaletteItem]:
    found: list[PaletteItem] = []
    if text.strip():
        for row in desk.station.read(patients.search, text, limit=_FOUND_MOST):
            detail = joined(row.number, moments.born(row.born_on, estimated=row.born_estimated))
            found.append(
                PaletteItem("user", row.name, detail, tr("Patient"), partial(opening.open_file, desk, row.id))
            )
    words = tr("Register a patient")
    if desk.station.can("demographics", "add") and says(words, text):
        found.append(PaletteItem("user-plus", words, "Alt N", tr("Action"), lambda: opening.register(desk)))
    return found


def module() -> Module:
    """The module's declaration."""
    return Module(
        "patients",
        tr("Patients"),
        "users",
        "demographics",
        ListPage,
        _find,
        opening.restore,
        taking_up.take_up,
        taking_up.can_edit,
        opening.open_file,
    )
