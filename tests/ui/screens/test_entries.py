"""Alerts, allergies, numbers and next of kin in the panel beside a file: typed, interrupted, changed by two."""

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import Qt

from medidesk.repositories import patients
from medidesk.ui.entry.both_touched import BothTouched
from medidesk.ui.entry.panel import EntryPanel
from medidesk.ui.patients.file_page import FilePage
from tests.ui.screens.conftest import ALT, CONTROL, MARIA, OMAR, Hands

OpenShell = Callable[..., Hands]


def test_what_was_typed_into_a_panel_is_there_again(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    omar = desk.register(OMAR)
    page = desk.open_file(omar)
    desk.press(Qt.Key.Key_L, ALT)
    desk.type("Falls risk")
    desk.press(Qt.Key.Key_Escape)
    assert page.panel() is None
    assert page.has_draft
    desk.press(Qt.Key.Key_L, ALT)
    assert _panel(page).form.values()["text"] == "Falls risk"
    desk.press(Qt.Key.Key_W, CONTROL)
    again = desk.open_file(omar)
    assert _panel(again).form.values()["text"] == "Falls risk", "a file takes up what was typed beside it"
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: again.panel() is None)
    desk.see(lambda: not desk.station.drafts.all())
    assert not again.has_draft


def test_a_panels_draft_is_brought_back_with_its_file(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    omar = desk.register(OMAR)
    key = f"patients/file/{omar}/alert/new"
    desk.station.drafts.keep(key, {"typed": {"text": "Falls risk"}, "before": {"text": ""}})
    desk.shell._reopen(key)
    page = next(one for one in desk.shell.pages() if isinstance(one, FilePage))
    assert _panel(page).form.values()["text"] == "Falls risk"
    assert page.has_draft


def test_an_open_panel_takes_in_what_a_colleague_changed(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    page, kin = _next_of_kin(desk)
    form = _panel(page).form
    desk.fill(form.editor("name"), "Xavier Ortega")
    doctor.see(lambda: doctor.station.read(patients.file, page.patient_id))
    doctor.station.run(patients.edit_next_of_kin, kin, {"phone": "+34 699 999 999"})
    desk.see(lambda: form.values()["phone"] == "+34 699 999 999")
    assert form.values()["name"] == "Xavier Ortega"
    assert _panel(page).foot.remote_text() == "Phone is new: changed by Dr Anjali Kumar"
    desk.press(Qt.Key.Key_Return, CONTROL)
    doctor.see(lambda: _kin_of(doctor, page.patient_id) == ("Xavier Ortega", "+34 699 999 999"))


def test_what_both_changed_in_a_panel_is_picked(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    page, kin = _next_of_kin(desk)
    desk.fill(_panel(page).form.editor("phone"), "+34 600 111 222")
    doctor.see(lambda: doctor.station.read(patients.file, page.patient_id))
    doctor.station.run(patients.edit_next_of_kin, kin, {"phone": "+34 699 999 999"})
    both = _panel(page).findChild(BothTouched)
    assert both is not None
    desk.see(lambda: both.card() is not None)
    card = both.card()
    assert card is not None
    card.choose_all("theirs")
    desk.sit_down()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert _panel(page).form.values()["phone"] == "+34 699 999 999"
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel() is None)
    assert _kin_of(desk, page.patient_id) == ("Javier Ortega", "+34 699 999 999")


def test_a_panel_over_an_entry_that_is_gone_says_so(open_shell: OpenShell) -> None:
    desk, doctor = open_shell("sofia"), open_shell("anjali")
    page, kin = _next_of_kin(desk)
    desk.fill(_panel(page).form.editor("name"), "Xavier Ortega")
    doctor.see(lambda: doctor.station.read(patients.file, page.patient_id))
    doctor.station.run(patients.remove_next_of_kin, kin)
    desk.see(lambda: "Not there any more" in _panel(page)._refusal.words())
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert _panel(page).form.values()["name"] == "Xavier Ortega"


def _next_of_kin(desk: Hands) -> tuple[FilePage, UUID]:
    """María's file with the panel of her next of kin open."""
    page = desk.open_file(desk.register(MARIA))
    file = desk.station.read(patients.file, page.patient_id)
    assert file is not None
    kin = file.next_of_kin[0].id
    page._change("kin", kin)
    return page, kin


def _kin_of(hands: Hands, patient_id: UUID) -> tuple[str, str]:
    file = hands.station.read(patients.file, patient_id)
    assert file is not None
    return file.next_of_kin[0].name, file.next_of_kin[0].phone


def _panel(page: FilePage) -> EntryPanel:
    panel = page.panel()
    assert isinstance(panel, EntryPanel)
    return panel
