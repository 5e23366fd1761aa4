"""Finding a patient: type, arrows, Enter."""

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import Qt

from medidesk.repositories import patients
from medidesk.ui.kit.chip import Chip, ChipLook
from medidesk.ui.patients.chips import preview_chips
from tests.ui.screens.conftest import ALT, CONTROL, MARIA, OMAR, TAMAR, Hands

OpenShell = Callable[..., Hands]


def test_typing_finds_and_enter_opens_the_file(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    desk.register(OMAR)
    maria = desk.register(MARIA)
    page = desk.patients()
    desk.type("ortega maria")
    desk.see(lambda: _previewed(desk) == maria)
    assert page.table.rows.rowCount() == 1
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: desk.file().patient_id == maria)
    assert desk.file().title == "María Fernández Ortega"


def test_arrows_choose_while_the_search_keeps_the_focus(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    for one in (MARIA, OMAR, TAMAR):
        desk.register(one)
    page = desk.patients()
    desk.see(lambda: page.table.rows.rowCount() == 3)
    first = page.preview.row()
    desk.press(Qt.Key.Key_Down)
    assert page.preview.row() != first
    assert page.search.hasFocus()


def test_the_preview_names_alerts_but_no_substance_for_reception(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    maria = desk.register(MARIA)
    doctor.see(lambda: doctor.patients().table.rows.rowCount() == 1)
    file = doctor.open_file(maria)
    doctor.sit_down()
    desk_page = desk.patients()
    file.arrive()
    doctor.press(Qt.Key.Key_A, ALT)
    panel = file.panel()
    assert panel is not None
    doctor.type("Penicillin")
    doctor.press(Qt.Key.Key_Return, CONTROL)
    doctor.see(lambda: file.panel() is None)
    desk.see(lambda: desk_page.table.rows.row_at(0).patient.has_allergy)
    desk.see(lambda: "Allergies on file" in [chip.text for chip in _chips(desk)])
    words = [chip.text for chip in _chips(desk)]
    assert words == ["Allergies on file", "Needs a wheelchair"]
    doctor.see(lambda: _header_chips(doctor) == ["Penicillin", "Needs a wheelchair"])


def test_nobody_found_says_so_and_offers_to_register(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    desk.register(OMAR)
    page = desk.patients()
    desk.type("Ngozi Eze")
    desk.see(lambda: page.search.hint().startswith("0 matches"))
    desk.press(Qt.Key.Key_N, ALT)
    values = desk.registration().form.values()
    assert (values["given_name"], values["family_name"]) == ("Ngozi", "Eze")


def test_where_nobody_is_found_nobody_is_shown_and_no_key_reaches_the_last_one(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    desk.register(OMAR)
    page = desk.patients()
    desk.see(lambda: page.preview.row() is not None)
    desk.type("Ngozi Eze")
    desk.see(lambda: page.search.hint().startswith("0 matches"))
    assert page.preview.row() is None
    desk.press(Qt.Key.Key_E, ALT)
    desk.press(Qt.Key.Key_Return)
    assert desk.shell.front() is page
    assert {item.key for item in desk.shell.hints.shown()} == {"Alt+N", "Ctrl+F", "Escape"}


def test_a_scanners_enter_opens_what_it_typed_and_not_who_was_chosen_before(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    omar, maria = desk.register(OMAR), desk.register(MARIA)
    page = desk.patients()
    desk.see(lambda: page.table.rows.rowCount() == 2)
    found = desk.station.read(patients.by_id, omar)
    assert found is not None
    assert _previewed(desk) == maria
    desk.type(found.number)
    desk.press(Qt.Key.Key_Return)
    assert desk.file().patient_id == omar


def test_another_stations_registration_appears_and_the_choice_stays(open_shell: OpenShell) -> None:
    here, there = open_shell("sofia", name="Reception 1"), open_shell("rui", name="Cash desk")
    omar = there_row = here.register(OMAR)
    page = there.patients()
    there.see(lambda: page.table.rows.rowCount() == 1)
    page.table.choose_row(0)
    here.register(TAMAR)
    there.see(lambda: page.table.rows.rowCount() == 2)
    assert page.table.current_row().id == omar == there_row


def test_ctrl_k_finds_patients_and_actions(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    maria = desk.register(MARIA)
    desk.press(Qt.Key.Key_K, CONTROL)
    desk.see(desk.shell.palette_box.isVisible)
    desk.type("ortega")
    desk.see(
        lambda: [item.title for item in desk.shell.palette_box.results.items] == ["María Fernández Ortega"]
    )
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: desk.file().patient_id == maria)


def test_who_may_not_add_patients_has_no_way_to(open_shell: OpenShell) -> None:
    cashier = open_shell("rui")
    assert "Alt+N" not in [item.key for item in cashier.patients().keys.items()]
    assert all(item.title != "Register a patient" for item in cashier.shell._find("register"))


def _chips(desk: Hands) -> list[ChipLook]:
    row = desk.patients().preview.row()
    assert row is not None
    return preview_chips(row)


def _header_chips(desk: Hands) -> list[str]:
    return [chip.look().text for chip in desk.file().header.findChildren(Chip) if chip.isVisible()]


def _previewed(desk: Hands) -> UUID | None:
    row = desk.patients().preview.row()
    return row.id if row is not None else None
