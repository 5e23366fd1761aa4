"""Ways to a page of this module, for whoever has a patient's id, a draft, or a few typed words."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from uuid_utils.compat import uuid7

from medidesk.repositories import patients
from medidesk.ui.page import Desk

if TYPE_CHECKING:
    from medidesk.ui.patients.file_page import FilePage
    from medidesk.ui.patients.register_page import RegisterPage

FILE, NEW = "patients/file/", "patients/new/"


def open_file(desk: Desk, patient_id: UUID, *, section: str = "", front: bool = True) -> FilePage:
    """The file of a patient in its tab; a merged one leads to the file it went into.

    Args:
        desk: where to open it.
        patient_id: whose.
        section: "overview", "details" or "appointments"; the one that is open stays when empty.
        front: bring it to the front.
    """
    from medidesk.ui.patients.file_page import FilePage

    row = desk.station.read(patients.kept, patient_id)
    if row is not None:
        patient_id = row.id
    page = desk.open(f"{FILE}{patient_id}", lambda: FilePage(desk, patient_id), front=front)
    if not isinstance(page, FilePage):
        raise TypeError(page.key)
    if section:
        page.show_section(section)
    return page


def register(desk: Desk, typed: str = "") -> RegisterPage:
    """A new registration, with what was typed filled in."""
    from medidesk.ui.patients.guess import fields_of

    page = _registration(desk, f"{NEW}{uuid7()}", front=True)
    page.fill_in(fields_of(typed))
    return page


def print_card(desk: Desk, patient_id: UUID) -> None:
    """Print a patient's card, whose code opens their file."""
    from medidesk.ui.printing import page, papers

    row = desk.station.read(patients.kept, patient_id)
    if row is not None:
        page.show(desk, lambda: papers.card(desk.station, row))


def restore(desk: Desk, key: str) -> bool:
    """Open the page of a kept draft behind the others; says whether the draft is a patient's."""
    if key.startswith(NEW):
        _registration(desk, key, front=False)
        return True
    if key.startswith(FILE):
        patient_id, _slash, entry = key.removeprefix(FILE).partition("/")
        if desk.station.read(patients.by_id, UUID(patient_id)) is None:
            return False
        # The file takes up by itself what was typed beside it; its form is one of its sections.
        open_file(desk, UUID(patient_id), section="" if entry else "details", front=False)
        return True
    return False


def _registration(desk: Desk, key: str, *, front: bool) -> RegisterPage:
    from medidesk.ui.patients.register_page import RegisterPage

    page = desk.open(key, lambda: RegisterPage(desk, key), front=front)
    if not isinstance(page, RegisterPage):
        raise TypeError(page.key)
    return page
