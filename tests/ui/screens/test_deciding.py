"""The page of changes: what the server refused is decided there, typed anew, or given up with a reason."""

from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtCore import Qt

from medidesk.repositories import patients
from medidesk.ui.changes.panel import ChangesPanel
from medidesk.ui.changes.refused import RefusedCard
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.kit.button import Button
from medidesk.ui.kit.conflict import ConflictCard
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.conftest import CONTROL, MARIA, Hands, cut_line, open_shell
from tests.ui.screens.line import Line

__all__ = ["cut_line", "open_shell"]

type OpenShell = Callable[..., Hands]

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
VERDICTS = "select verdict, reason from decision order by created_at"


@pytest.fixture
def desks(open_shell: OpenShell, cut_line: Callable[[], Line]) -> tuple[Hands, Hands, Line]:
    """A nurse whose cable can be pulled, and a doctor."""
    line = cut_line()
    nurse, doctor = open_shell("joseph", server=line.address), open_shell("anjali")
    nurse.station.wait_current(timeout=20)
    return nurse, doctor, line


def refused(desks: tuple[Hands, Hands, Line], change: Callable[[Hands, UUID, str], None]) -> UUID:
    """Both change one thing of María's file while the nurse is offline; the nurse's is refused."""
    nurse, doctor, line = desks
    maria = nurse.register(MARIA | {"allergies": [{"substance": "Latex"}]})
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    line.cut()
    nurse.see(lambda: nurse.station.sync.state == "offline")
    change(nurse, maria, "nurse")
    change(doctor, maria, "doctor")
    line.mend()
    nurse.see(lambda: nurse.station.sync.attention == 1)
    nurse.station.wait_current(timeout=20)  # the doctor's change is here too
    nurse.sit_down()
    nurse.press(Qt.Key.Key_S, CONTROL_SHIFT)
    return maria


def phone(desk: Hands, patient_id: UUID, who: str) -> None:
    number = {"nurse": "+34 600 111 222", "doctor": "+34 699 999 999"}[who]
    desk.station.run(patients.edit, patient_id, {"phone": number}, patience=0.1)


def reaction(desk: Hands, patient_id: UUID, who: str) -> None:
    file = desk.station.read(patients.file, patient_id)
    assert file is not None
    words = {"nurse": "Rash", "doctor": "Hives"}[who]
    desk.station.run(patients.edit_allergy, file.allergies[0].id, {"reaction": words}, patience=0.1)


def card(desk: Hands) -> ConflictCard:
    panel = desk.shell.sheet.panel()
    assert isinstance(panel, ChangesPanel)
    found = panel.findChild(ConflictCard)
    assert found is not None
    return found


def edit_button(desk: Hands) -> Button:
    button = card(desk).other
    assert button is not None
    return button


def test_a_refused_change_is_typed_anew_where_it_came_from(
    desks: tuple[Hands, Hands, Line], clinic: Clinic
) -> None:
    nurse, doctor, _ = desks
    maria = refused(desks, phone)
    nurse.press(Qt.Key.Key_Space, at=edit_button(nurse))
    details = nurse.file().details
    assert details is not None
    assert details.isVisible()
    assert details.form.values()["phone"] == "+34 600 111 222", "what was wanted stands typed"
    nurse.fill(details.form.editor("phone"), "+34 600 333 444")
    nurse.press(Qt.Key.Key_Return, CONTROL)
    nurse.see(lambda: nurse.station.sync.attention == 0 and nurse.station.sync.waiting == 0)
    doctor.see(lambda: doctor.station.read(patients.by_id, maria).phone == "+34 600 333 444")  # type: ignore[union-attr]
    assert server_rows(clinic, VERDICTS) == [("edited", "")]
    nurse.see(lambda: nurse.station.drafts.all() == [])


def test_an_allergy_is_typed_anew_in_its_panel(desks: tuple[Hands, Hands, Line], clinic: Clinic) -> None:
    nurse, doctor, _ = desks
    maria = refused(desks, reaction)
    nurse.press(Qt.Key.Key_Space, at=edit_button(nurse))
    panel = nurse.file().panel()
    assert isinstance(panel, EntryPanel)
    assert panel.form.values()["reaction"] == "Rash"
    nurse.fill(panel.form.editor("reaction"), "Rash, then hives")
    nurse.press(Qt.Key.Key_Return, CONTROL)
    nurse.see(lambda: nurse.station.sync.attention == 0 and nurse.station.sync.waiting == 0)

    def doctor_sees() -> bool:
        file = doctor.station.read(patients.file, maria)
        return file is not None and file.allergies[0].reaction == "Rash, then hives"

    doctor.see(doctor_sees)
    assert server_rows(clinic, VERDICTS) == [("edited", "")]


def test_what_was_typed_anew_survives_the_tab_and_still_settles_the_refused_change(
    desks: tuple[Hands, Hands, Line], clinic: Clinic
) -> None:
    nurse = desks[0]
    maria = refused(desks, phone)
    nurse.press(Qt.Key.Key_Space, at=edit_button(nurse))
    nurse.shell.close_page(nurse.file())
    assert nurse.station.sync.attention == 1
    page = nurse.open_file(maria)
    page.show_section("details")
    assert page.details is not None
    assert page.details.form.values()["phone"] == "+34 600 111 222"
    nurse.press(Qt.Key.Key_Return, CONTROL)
    nurse.see(lambda: nurse.station.sync.attention == 0 and nurse.station.sync.waiting == 0)
    assert server_rows(clinic, VERDICTS) == [("edited", "")]


def test_a_refused_merge_leads_to_its_file_and_is_given_up_with_a_reason(
    desks: tuple[Hands, Hands, Line], clinic: Clinic
) -> None:
    nurse, doctor, line = desks
    kept, first, second = (nurse.register({"family_name": name}) for name in ("Sow", "Saw", "Sou"))
    doctor.see(lambda: doctor.station.read(patients.by_id, second) is not None)
    line.cut()
    nurse.see(lambda: nurse.station.sync.state == "offline")
    nurse.station.run(patients.merge, kept, first, "misheard", patience=0.1)
    doctor.station.run(patients.merge, second, first, "misheard")
    line.mend()
    nurse.see(lambda: nurse.station.sync.attention == 1)
    nurse.sit_down()
    nurse.press(Qt.Key.Key_S, CONTROL_SHIFT)
    panel = nurse.shell.sheet.panel()
    assert isinstance(panel, ChangesPanel)
    found = panel.findChild(RefusedCard)
    assert found is not None
    nurse.press(Qt.Key.Key_Space, at=found.edit)
    assert nurse.shell.sheet.panel() is None
    assert nurse.file() is not None
    nurse.press(Qt.Key.Key_S, CONTROL_SHIFT)
    panel = nurse.shell.sheet.panel()
    assert isinstance(panel, ChangesPanel)
    found = panel.findChild(RefusedCard)
    assert found is not None
    nurse.press(Qt.Key.Key_Space, at=found._ask)
    nurse.type("the doctor was quicker")
    nurse.press(Qt.Key.Key_Return)
    nurse.see(lambda: nurse.station.sync.attention == 0 and nurse.station.sync.waiting == 0)
    assert server_rows(clinic, VERDICTS) == [("discarded", "the doctor was quicker")]
