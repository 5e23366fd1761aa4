"""The bill at the cashier's windows: charges gathered, changed, kept, issued and found, by keys."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from medidesk.ui.billing.entries import View
from medidesk.ui.billing.finder import ServiceFinder
from medidesk.ui.billing.page import CashierPage
from medidesk.ui.kit.clipping import clipped_texts
from medidesk.ui.kit.keys import canonical
from medidesk.ui.patients.bills import BillsSection
from medidesk.ui.visits.page import open_queue
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.billing_desk import (
    add_service,
    cashier,
    charged,
    shows,
)
from tests.ui.screens.conftest import ALT, CONTROL, Hands

OpenShell = Callable[..., Hands]
F9, ENTER, SHIFT = Qt.Key.Key_F9, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier
CHARGED = "select text, quantity, withdrawn_reason from charge order by charged_at"


def test_a_service_is_added_changed_and_taken_off_by_keys(
    desk: Hands, page: CashierPage, clinic: Clinic
) -> None:
    add_service(clinic, "P01", "Electrocardiogram", "30.00")
    desk.press(Qt.Key.Key_A, ALT)
    finder = page.beside.now
    assert isinstance(finder, ServiceFinder)
    desk.type("p01")  # found as soon as its price is here
    desk.see(lambda: finder.table.current_row() is not None and finder.table.current_row().code == "P01")
    desk.press(ENTER)
    desk.type("2")
    desk.press(ENTER)
    desk.see(lambda: shows(page, "Okafor", "105.00"))
    desk.see(finder.search.hasFocus)  # the next one can be typed
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Escape)
    page.bill.charges.lines.setFocus()
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Space)  # not on this bill
    assert shows(page, "Okafor", "45.00")
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Q, ALT)
    desk.type("1")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: shows(page, "Okafor", "75.00"))
    page.bill.charges.lines.setFocus()
    page.bill.charges.lines.choose_row(1)
    desk.press(Qt.Key.Key_Delete)
    desk.type("Was not done")
    desk.press(ENTER, CONTROL)
    desk.see(lambda: shows(page, "Okafor", "45.00"))
    assert server_rows(clinic, CHARGED)[1] == ("Electrocardiogram", Decimal("1.000"), "Was not done")


def test_a_manager_takes_something_off(open_shell: OpenShell, desk: Hands, clinic: Clinic) -> None:
    boss = open_shell("olive", name="Office")
    found = cashier(boss)
    boss.see(lambda: shows(found, "Okafor", "45.00"))
    boss.press(Qt.Key.Key_D, ALT)
    boss.type("10 %")
    boss.press(Qt.Key.Key_Tab)
    boss.type("Waited for two hours")
    boss.press(ENTER, CONTROL)
    boss.see(lambda: shows(found, "Okafor", "40.50"))
    page = cashier(desk)
    desk.see(lambda: shows(page, "Okafor", "40.50"))
    desk.press(Qt.Key.Key_D, ALT)
    assert page.beside.now is None, "reception gives none"


def test_a_draft_is_kept_changed_issued_and_paid(desk: Hands, page: CashierPage, clinic: Clinic) -> None:
    desk.press(Qt.Key.Key_S, ALT)
    desk.see(lambda: page.bill.shows("draft"))
    assert [entry.name for entry in page.list.found[View.DRAFTS]] == ["Okafor"]
    desk.fill(page.bill.charges.note, "As agreed")
    desk.press(F9)
    assert page.bill.shows("draft"), "what was changed is saved first"
    desk.press(Qt.Key.Key_S, ALT)
    desk.see(lambda: server_rows(clinic, "select note from invoice") == [("As agreed",)])
    desk.see(page.bill.charges.is_as_drafted)
    desk.see(page.pay.is_live)
    page.bill.charges.lines.setFocus()
    desk.press(F9)
    desk.press(F9)
    desk.see(lambda: page.bill.shows("invoice"))
    desk.see(page.pay.takes_money)
    desk.press(ENTER)
    desk.see(page.pay.is_done)
    assert server_rows(clinic, "select number, state from invoice") == [("I26-00001", "issued")]


def test_it_is_issued_to_be_paid_later(desk: Hands, page: CashierPage, clinic: Clinic) -> None:
    desk.press(F9, SHIFT)
    desk.see(lambda: page.bill.shows("invoice"))
    assert server_rows(clinic, "select number from invoice") == [("I26-00001",)]
    desk.press(Qt.Key.Key_F2)
    desk.type("i26-00001")
    desk.see(lambda: getattr(page.list.current(), "about", "") == "I26-00001")
    assert shows(page, "Okafor", "45.00")


def test_keys_of_the_page_mean_one_thing_and_leave_the_frame_its_own(desk: Hands, page: CashierPage) -> None:
    frame = {canonical(item.key) for item in desk.shell.keys.items()}
    assert frame & {canonical(item.key) for item in page.keys.items()} == set()


def test_f9_leads_from_the_queue_and_from_the_file_to_the_bill(desk: Hands, page: CashierPage) -> None:
    queue = open_queue(desk.shell)
    desk.see(lambda: queue.table.current_row() is not None)
    desk.press(F9)
    assert desk.shell.front() is page
    assert shows(page, "Okafor", "45.00")
    patient = page.bill.patient_id()
    assert patient is not None
    file = desk.open_file(patient)
    file.show_section("billing")
    assert isinstance(file.bills, BillsSection)
    assert [row.title for row in file.bills._rows.rows(0, 9)] == ["Consultation"]
    assert file.bills.open_count == 1
    desk.press(F9)
    assert desk.shell.front() is page


def test_a_bill_of_several_branches_of_work_is_one_row_a_patient(
    desk: Hands, page: CashierPage, clinic: Clinic, visit: UUID
) -> None:
    patient = page.bill.patient_id()
    assert patient is not None
    charged(desk, patient, visit, "2")
    desk.see(lambda: shows(page, "Okafor", "135.00"))
    (entry,) = page.list.found[View.TO_BILL]
    assert (entry.amount, entry.here) == ("135.00", True)
    assert entry.about == "W-01 · 2 charges · 26-00001"


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (960, 640)])
def test_no_word_of_the_page_is_cut_off(
    desk: Hands, page: CashierPage, size: tuple[int, int], qapp: QApplication
) -> None:
    desk.shell.resize(*size)
    desk.press(F9)
    for direction in (Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight):
        qapp.setLayoutDirection(direction)
        QApplication.processEvents()
        desk.shell.grab()
        assert clipped_texts(desk.shell) == []
    desk.press(Qt.Key.Key_Escape)
    assert page.list.isVisible()
    desk.press(Qt.Key.Key_E, ALT)
    assert page.beside.now is not None
    assert page.beside.now.isVisible(), "also where the list fills the window"
    desk.shell.grab()
    assert clipped_texts(desk.shell) == []


def test_everything_on_the_page_that_takes_the_focus_has_a_name(desk: Hands, page: CashierPage) -> None:
    stops = [one for one in page.findChildren(QWidget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [one for one in stops if one.isVisible() and not one.accessibleName()] == []
