"""Keeping a file: in place, at two stations at once, with drafts, entries and merges."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from medidesk.models.patients import MergeState
from medidesk.repositories import patients
from medidesk.ui.kit.card import Card
from medidesk.ui.patients.details import Details
from medidesk.ui.patients.file_page import FilePage
from medidesk.ui.patients.merges import MergePanel
from tests.support.waiting import wait_until
from tests.ui.screens.conftest import ALT, CONTROL, MARIA, OMAR, Hands

OpenShell = Callable[..., Hands]


def details(page: FilePage) -> Details:
    page.show_section("details")
    assert page.details is not None
    return page.details


def test_an_edit_is_saved_by_ctrl_enter_and_seen_at_once_elsewhere(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    maria = desk.register(MARIA)
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    theirs = doctor.open_file(maria)
    desk.sit_down()
    form = details(desk.open_file(maria)).form
    desk.fill(form.editor("phone"), "+34 600 111 222")
    desk.press(Qt.Key.Key_Return, CONTROL)
    doctor.see(lambda: "+34 600 111 222" in theirs.header._facts.accessibleName())
    doctor.see(lambda: "Sofia Marchetti changed María Fernández Ortega Phone" in doctor.toasts())
    desk.see(lambda: "Saved: María Fernández Ortega" in desk.toasts())
    assert not any("changed" in toast for toast in desk.toasts()), "never told of one's own save"


def test_an_untouched_field_takes_the_new_value_in_place(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    maria = desk.register(MARIA)
    section = details(desk.open_file(maria))
    desk.fill(section.form.editor("city"), "Girona")
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    doctor.station.run(patients.edit, maria, {"address": "9 New Street"})
    desk.see(lambda: section.form.values()["address"] == "9 New Street")
    assert section.form.values()["city"] == "Girona"
    assert section.foot.remote_text() == "Address is new: changed by Dr Anjali Kumar"
    assert section.conflict() is None


def test_a_field_both_touched_is_picked_from_base_theirs_and_mine(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    maria = desk.register(MARIA)
    section = details(desk.open_file(maria))
    desk.fill(section.form.editor("phone"), "+34 600 111 222")
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    doctor.station.run(patients.edit, maria, {"phone": "+34 699 999 999"})
    desk.see(lambda: section.conflict() is not None)
    card = section.conflict()
    assert card is not None
    assert card.choices() == {"phone": "mine"}
    card.choose_all("theirs")
    desk.sit_down()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert section.conflict() is None
    assert section.form.values()["phone"] == "+34 699 999 999"
    assert section.form.dirty_fields() == set()


def test_the_picker_is_whole_in_a_low_window_and_keeps_the_form_from_being_saved(
    open_shell: OpenShell,
) -> None:
    desk, doctor = open_shell("sofia", size=(960, 640)), open_shell("anjali")
    maria = desk.register(MARIA)
    section = details(desk.open_file(maria))
    desk.fill(section.form.editor("phone"), "+34 600 111 222")
    desk.fill(section.form.editor("city"), "Girona")
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    doctor.station.run(patients.edit, maria, {"phone": "+34 699 999 999", "city": "Lleida"})
    desk.see(lambda: section.conflict() is not None)
    card = section.conflict()
    assert card is not None
    desk.see(lambda: card.height() >= card.sizeHint().height())
    assert not section.foot.primary.isEnabled()
    desk.sit_down()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert section.foot.primary.isEnabled()


def test_mine_wins_when_it_is_chosen(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    maria = desk.register(MARIA)
    section = details(desk.open_file(maria))
    desk.fill(section.form.editor("phone"), "+34 600 111 222")
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    doctor.station.run(patients.edit, maria, {"phone": "+34 699 999 999"})
    desk.see(lambda: section.conflict() is not None)
    desk.sit_down()
    desk.press(Qt.Key.Key_Return, CONTROL)  # takes the choices
    desk.press(Qt.Key.Key_Return, CONTROL)  # saves them
    wait_for = doctor.station
    doctor.see(lambda: wait_for.read(patients.by_id, maria).phone == "+34 600 111 222")  # type: ignore[union-attr]


def test_picking_in_one_field_loses_nothing_typed_into_another(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    maria = desk.register(MARIA)
    section = details(desk.open_file(maria))
    desk.fill(section.form.editor("city"), "Girona")
    desk.fill(section.form.editor("phone"), "+34 600 111 222")
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    doctor.station.run(patients.edit, maria, {"phone": "+34 699 999 999"})
    desk.see(lambda: section.conflict() is not None)
    card = section.conflict()
    assert card is not None
    card.choose_all("theirs")
    desk.sit_down()
    desk.press(Qt.Key.Key_Return, CONTROL)  # takes the choices
    assert section.form.dirty_fields() == {"city"}
    desk.press(Qt.Key.Key_Return, CONTROL)  # saves the rest
    doctor.see(lambda: doctor.station.read(patients.by_id, maria).city == "Girona")  # type: ignore[union-attr]
    assert doctor.station.read(patients.by_id, maria).phone == "+34 699 999 999"  # type: ignore[union-attr]


def test_a_draft_remembers_what_it_was_typed_over(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    maria = desk.register(MARIA)
    page = desk.open_file(maria)
    desk.fill(details(page).form.editor("phone"), "+34 600 111 222")
    wait_until(desk.station.drafts.all)
    assert page.has_draft
    desk.shell.close_page(page)
    doctor.see(lambda: doctor.station.read(patients.by_id, maria) is not None)
    doctor.station.run(patients.edit, maria, {"phone": "+34 699 999 999", "city": "Girona"})
    desk.see(lambda: desk.station.read(patients.by_id, maria).city == "Girona")  # type: ignore[union-attr]
    section = details(desk.open_file(maria))
    assert section.form.values()["city"] == "Girona", "what was not touched is not put back"
    assert section.form.values()["phone"] == "+34 600 111 222"
    assert section.conflict() is not None


def test_an_alert_is_added_and_ended_in_the_panel(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    page = desk.open_file(desk.register(OMAR))
    desk.press(Qt.Key.Key_L, ALT)
    desk.type("Falls risk")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: [chip.text for chip in page.header._chips._shown] == ["Falls risk"])
    desk.see(lambda: page.panel() is None)


def test_escape_closes_the_panel_then_the_section_then_the_tab(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    page = desk.open_file(desk.register(OMAR))
    details(page)
    desk.press(Qt.Key.Key_L, ALT)
    assert page.panel() is not None
    desk.press(Qt.Key.Key_Escape)
    desk.see(lambda: page.panel() is None)
    desk.press(Qt.Key.Key_Escape)
    assert page._stack.currentWidget() is page.overview
    desk.press(Qt.Key.Key_Escape)
    assert desk.shell.pages()[0] is desk.shell.front()


def test_two_files_are_merged_and_the_toast_undoes_it(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    maria = desk.register(MARIA)
    twin = desk.register({"given_name": "Maria", "family_name": "Fernandez", "phone": "+34 612 555 018"})
    page = desk.open_file(maria)
    desk.press(Qt.Key.Key_M, ALT)
    panel = page.panel()
    assert isinstance(panel, MergePanel)
    desk.see(lambda: panel.table.current_row() is not None and panel.table.current_row().id == twin)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: any(toast.startswith("Merged with Maria Fernandez") for toast in desk.toasts()))
    assert desk.station.read(patients.count) == 1
    assert page.overview.merges.isVisible()
    toast = next(one for one in desk.shell.toaster.toasts() if one.title.startswith("Merged"))
    toast.action.click()
    desk.see(lambda: desk.station.read(patients.count) == 2)
    file = desk.station.read(patients.file, maria)
    assert file is not None
    assert [merge.state for merge in file.merges] == [MergeState.UNDONE]


def test_a_photo_is_scaled_and_shown(open_shell: OpenShell, tmp_path: Path) -> None:
    desk = open_shell("sofia")
    maria = desk.register(MARIA)
    page = desk.open_file(maria)
    picture = tmp_path / "maria.png"
    image = QImage(1600, 1200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkCyan)
    image.save(str(picture))
    page.photo.set_from(str(picture))
    desk.see(lambda: "Photo set" in desk.toasts())
    kept = desk.station.ask(patients.photo, maria)
    assert kept is not None
    small = QImage.fromData(kept.content)
    assert (small.width(), small.height()) == (512, 384)


def test_a_text_file_is_no_photo(open_shell: OpenShell, tmp_path: Path) -> None:
    desk = open_shell("sofia")
    page = desk.open_file(desk.register(MARIA))
    words = tmp_path / "maria.jpg"
    words.write_text("not a picture", encoding="utf-8")
    page.photo.set_from(str(words))
    desk.see(lambda: any(toast.startswith("No photo set") for toast in desk.toasts()))


def test_tab_goes_through_a_file_as_the_eye_does(open_shell: OpenShell) -> None:
    desk = open_shell("anjali")
    page = desk.open_file(desk.register(MARIA))
    page.overview.setFocus()
    cards: list[str] = []
    for _stop in range(16):
        desk.press(Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        card = focus
        while card is not None and not isinstance(card, Card):
            card = card.parentWidget()
        if card is None:
            break
        if not cards or cards[-1] != card.accessibleName():
            cards.append(card.accessibleName())
    assert cards == [
        "Allergies", "Problems", "Contact", "Next of kin", "Alerts", "Insurance", "Numbers", "About"
    ]  # fmt: skip
