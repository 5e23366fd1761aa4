"""Registering: duplicates beside the form, drafts that come back, with the server and without."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt

from medidesk.repositories import patients
from medidesk.ui.patients.register_page import RegisterPage
from tests.support.waiting import wait_until
from tests.ui.screens.conftest import ALT, CONTROL, MARIA, NONE, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]


def begin(desk: Hands) -> RegisterPage:
    desk.patients().arrive()
    desk.press(Qt.Key.Key_N, ALT)
    return desk.registration()


def test_a_likely_duplicate_is_shown_before_anything_is_saved(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    maria = desk.register(MARIA)
    page = begin(desk)
    desk.fill(page.form.editor("family_name"), "Fernandez Ortega")
    desk.fill(page.form.editor("given_name"), "Maria")
    desk.fill(page.form.editor("born_on"), "12.3.84")
    desk.see(lambda: [one.row.id for one in page.duplicates.candidates()] == [maria])
    assert page.duplicates.isVisible()
    assert desk.station.read(patients.count) == 1


def test_ctrl_enter_registers_and_opens_the_file(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    page = begin(desk)
    desk.fill(page.form.editor("family_name"), "Eze")
    desk.fill(page.form.editor("given_name"), "Ngozi")
    desk.fill(page.form.editor("phone"), "+234 803 555 0199")
    desk.fill(page.form.editor("kin_name"), "Obi Eze")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: _title(desk) == "Ngozi Eze")
    file = desk.station.read(patients.file, desk.file().patient_id)
    assert file is not None
    assert file.patient.file_no
    assert [one.name for one in file.next_of_kin] == ["Obi Eze"]
    assert f"Ngozi Eze registered File {file.patient.file_no}" in desk.toasts()
    desk.see(lambda: desk.station.drafts.all() == [])


def test_a_date_that_does_not_exist_is_refused_beside_its_field(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    page = begin(desk)
    desk.fill(page.form.editor("family_name"), "Eze")
    desk.fill(page.form.editor("born_on"), "30.02.1989")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert "born_on" in page.form.problems()
    assert desk.station.read(patients.count) == 0


def test_a_closed_registration_comes_back_with_every_character(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    page = begin(desk)
    desk.fill(page.form.editor("family_name"), "Eze")
    desk.fill(page.form.editor("born_on"), "3.1")
    desk.see(lambda: len(desk.station.drafts.all()) == 1)
    desk.press(Qt.Key.Key_Escape)
    desk.see(lambda: desk.toasts() and desk.toasts()[-1].startswith("Draft kept"))
    desk.shell.toaster.toasts()[-1].action.click()
    again = desk.registration()
    assert (again.form.draft()["family_name"], again.form.draft()["born_on"]) == ("Eze", "3.1")


def test_after_a_new_start_the_draft_stands_in_its_tab(open_shell: OpenShell, tmp_path: Path) -> None:
    home = tmp_path / "one-pc"
    desk = open_shell("sofia", home=home)
    page = begin(desk)
    desk.fill(page.form.editor("family_name"), "Eze")
    wait_until(desk.station.drafts.all)
    desk.shell.wind_up()
    desk.station.close()
    again = open_shell("sofia", home=home)
    tabs = [(one.title, one.has_draft) for one in again.shell.pages()]
    home_tabs = [
        (title, False)
        for title in ("Patients", "Calendar", "Queue", "Cashier", "Claims", "Overview", "Reports")
    ]
    assert tabs == [*home_tabs, ("New: Eze", True)]
    assert any(toast.startswith("1 unfinished form is back") for toast in again.toasts())


def test_an_untouched_form_leaves_nothing_behind(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    begin(desk)
    desk.press(Qt.Key.Key_Escape, NONE)
    assert [page.key for page in desk.shell.pages()] == [
        "patients",
        "appointments",
        "visits",
        "billing",
        "claims",
        "overview",
        "reports",
    ]
    assert desk.station.drafts.all() == []


def test_without_the_server_the_file_gets_a_provisional_number(
    open_shell: OpenShell, cut_line: Callable[[], Line]
) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    line.cut()
    desk.see(lambda: desk.shell.top_bar.pill.text().startswith("Offline since"))
    desk.see(desk.shell.sheet.banner.isVisible)
    page = begin(desk)
    desk.fill(page.form.editor("family_name"), "Mwangi")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: _title(desk) == "Mwangi")
    row = desk.station.read(patients.by_id, desk.file().patient_id)
    assert row is not None
    assert row.file_no is None
    assert row.provisional_no
    assert any("Saved on this PC" in toast and row.provisional_no in toast for toast in desk.toasts())
    desk.see(lambda: desk.station.sync.waiting == 1)
    desk.see(lambda: "1 change waiting" in desk.shell.top_bar.pill.text())
    line.mend()
    desk.see(lambda: desk.station.sync.state == "live" and desk.station.sync.waiting == 0)
    desk.see(lambda: "The server is back Everything was sent." in desk.toasts())
    desk.see(lambda: desk.shell.top_bar.pill.text() == "Live")
    desk.see(lambda: not desk.shell.sheet.banner.isVisible())
    sent = desk.station.read(patients.by_id, row.id)
    assert sent is not None
    assert sent.file_no


def _title(desk: Hands) -> str:
    page = desk.shell.front()
    return page.title if page is not None else ""
