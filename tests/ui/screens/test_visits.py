"""The queue at real windows: patients arrive, are called, seen and done, by keys and by mouse."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medidesk.models.settings import BOUNDS, SettingName
from medidesk.models.types import new_id
from medidesk.models.visits import VisitState
from medidesk.repositories import appointments, branch_clock, visits
from medidesk.repositories.appointments import AppointmentRow
from medidesk.repositories.visits import VisitRow
from medidesk.ui.appointments.geometry import Place
from medidesk.ui.appointments.page import CalendarPage
from medidesk.ui.appointments.panels import ChangePanel
from medidesk.ui.kit.button import Button
from medidesk.ui.patient_finder import PatientFinder
from medidesk.ui.visits.page import QueuePage, open_queue
from medidesk.ui.visits.panels import ArrivalPanel, VisitPanel
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
HERE = (
    "select p.family_name, v.ticket, v.state, s.family_name, v.priority from visit v "
    "join patient p on p.id = v.patient_id left join staff s on s.id = v.staff_id order by v.arrived_at"
)
NOON = branch_clock.instant(dt.datetime.now(dt.UTC).date(), 720, dt.UTC)


@pytest.fixture
def doctor(clinic: Clinic) -> UUID:
    """A doctor beside Dr Kumar, who has an account."""
    staff = new_id()
    clinic.admin().execute(
        "insert into staff (id, org_id, kind, title, family_name) values (%s, %s, 'doctor', 'Dr', 'Diallo')",
        (staff, clinic.org_id),
    )
    return staff


def queue(desk: Hands) -> QueuePage:
    page = open_queue(desk.shell)
    desk.sit_down()
    return page


def names(page: QueuePage) -> list[str]:
    return [row.name for row in page._shown(page.view)]


def arrived(desk: Hands, name: str, **more: Any) -> VisitRow:
    patient = desk.register({"family_name": name})
    outcome = desk.station.run(visits.check_in, {"patient_id": patient} | more, patience=20)
    row = getattr(outcome, "row", None)
    assert isinstance(row, VisitRow)
    return row


def booked(desk: Hands, name: str, staff: UUID, starts: dt.datetime = NOON) -> AppointmentRow:
    values = {"patient_id": desk.register({"family_name": name}), "staff_id": staff, "starts_at": starts}
    outcome = desk.station.run(
        appointments.book, values | {"minutes": 30, "outside_hours": True}, patience=20
    )
    row = getattr(outcome, "row", None)
    assert isinstance(row, AppointmentRow)
    return row


def find(desk: Hands, page: QueuePage, letters: str) -> None:
    """Three letters and Enter in the finder that is open."""
    finder = page.panel
    assert isinstance(finder, PatientFinder)
    desk.type(letters)
    desk.see(finder.table.current_row)
    desk.press(Qt.Key.Key_Return)


def test_who_has_an_appointment_is_checked_in_with_five_keys(
    open_shell: OpenShell, clinic: Clinic, doctor: UUID
) -> None:
    desk = open_shell("sofia")
    booked(desk, "Okafor", doctor)
    page = queue(desk)
    desk.press(Qt.Key.Key_A, ALT)
    find(desk, page, "oka")
    desk.see(lambda: names(page) == ["Okafor"])
    # The window shows it before the server has it.
    desk.see(lambda: server_rows(clinic, HERE) == [("Okafor", "A-01", "waiting", "Diallo", "normal")])
    desk.see(lambda: desk.toasts() == ["A-01 · Okafor has arrived Dr Diallo"])
    assert page.panel is None


def test_who_comes_without_one_is_asked_for_and_gets_a_ticket(
    open_shell: OpenShell, clinic: Clinic, doctor: UUID
) -> None:
    desk = open_shell("sofia")
    desk.register({"family_name": "Haddad"})
    page = queue(desk)
    desk.press(Qt.Key.Key_A, ALT)
    find(desk, page, "had")
    panel = page.panel
    assert isinstance(panel, ArrivalPanel)
    desk.type("D")  # as a drop-down list is chosen from
    desk.see(lambda: panel.form.values()["staff_id"] == doctor)
    desk.press(Qt.Key.Key_Tab)
    desk.press(Qt.Key.Key_Space)  # urgent
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert server_rows(clinic, HERE) == [("Haddad", "W-01", "waiting", "Diallo", "urgent")]
    assert not desk.station.drafts.all()


def test_one_key_leads_from_the_queue_to_the_room_and_to_the_end(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk = open_shell("sofia")
    page = queue(desk)
    arrived(desk, "Okafor")
    desk.see(lambda: names(page) == ["Okafor"])
    desk.press(Qt.Key.Key_F7)
    desk.see(lambda: page.day[0].state is VisitState.IN_ROOM)
    desk.press(Qt.Key.Key_F7)
    desk.see(lambda: names(page) == [])
    desk.press(Qt.Key.Key_3, CONTROL)
    assert names(page) == ["Okafor"]
    desk.press(Qt.Key.Key_Z, ALT)
    desk.see(lambda: page.day[0].state is VisitState.IN_ROOM)
    desk.see(lambda: server_rows(clinic, "select state from visit") == [("in_room",)])


def test_a_step_is_undone_from_its_toast(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia")
    page = queue(desk)
    arrived(desk, "Okafor")
    desk.see(lambda: names(page) == ["Okafor"])
    desk.press(Qt.Key.Key_L, ALT)
    desk.see(desk.shell.toaster.toasts)
    assert server_rows(clinic, "select state from visit") == [("left",)]
    button = desk.shell.toaster.toasts()[0].findChild(Button)
    assert button is not None
    button.click()
    desk.see(lambda: server_rows(clinic, "select state from visit") == [("waiting",)])


def test_a_doctor_sees_and_calls_their_own_and_whoevers(open_shell: OpenShell, doctor: UUID) -> None:
    desk = open_shell("anjali")
    page = queue(desk)
    arrived(desk, "Silva", staff_id=doctor)
    anybody = arrived(desk, "Okafor")
    desk.see(lambda: names(page) == ["Okafor"])
    assert [pill.isVisible() for pill in page._pills] == [True, True, True]
    desk.press(Qt.Key.Key_F8)
    desk.see(lambda: page.day[1].called_at is not None)
    assert page.table.current_row().id == anybody.id
    desk.press(Qt.Key.Key_F8)
    desk.see(lambda: "Nobody is to be called" in desk.toasts())
    desk.press(Qt.Key.Key_F7)
    desk.see(lambda: page.day[-1].state is VisitState.IN_ROOM)
    assert page.day[-1].staff_name == "Dr Anjali Kumar", "who sees them is written down"


def test_urgent_ones_come_first_and_the_badge_counts_who_waits(open_shell: OpenShell) -> None:
    desk, colleague = open_shell("sofia"), open_shell("joseph")
    page = queue(desk)
    arrived(colleague, "Silva")
    arrived(colleague, "Okafor", priority="urgent")
    desk.see(lambda: names(page) == ["Okafor", "Silva"])
    assert desk.shell._items["visits"].badge() == 2
    assert page._figures.text() == "2 waiting · longest 0 min"


def test_who_waits_too_long_is_told_once(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia")
    desk.patients()
    admin = clinic.admin()
    admin.execute("select set_config('medidesk.told', 'true', false)")
    patient = desk.register({"family_name": "Okafor"})
    desk.see(lambda: server_rows(clinic, "select count(*) from patient") == [(1,)])
    admin.execute(
        "insert into visit (id, org_id, patient_id, arrived_at) values (%s, %s, %s, now() - interval '40 minutes')",
        (new_id(), clinic.org_id, patient),
    )
    desk.see(lambda: desk.toasts() == ["Okafor has waited 40 min W-01 · Whoever is free"])
    page = queue(desk)
    page._look_at_the_clock()
    assert len(desk.toasts()) == 1
    assert page.limit == BOUNDS[SettingName.WAITING_MINUTES].default


def test_a_visit_is_changed_in_its_panel_and_takes_in_what_others_did(
    open_shell: OpenShell, clinic: Clinic, doctor: UUID
) -> None:
    desk, colleague = open_shell("sofia"), open_shell("joseph")
    row = arrived(desk, "Okafor")
    page = queue(desk)
    desk.see(lambda: names(page) == ["Okafor"])
    assert page.table.hasFocus(), desk.shell.focusWidget()
    desk.press(Qt.Key.Key_Return)
    panel = page.panel
    assert isinstance(panel, VisitPanel)
    desk.fill(panel.form.editor("note"), "Brings papers")
    colleague.station.run(visits.call, row.id, patience=20)
    desk.see(lambda: "called" in panel._about.text())
    assert [text for text, _, _ in panel._verbs()] == ["Call", "In the room", "Left", "Take a step back"]
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert server_rows(clinic, "select note, called_at is not null from visit") == [("Brings papers", True)]


def test_a_panel_that_was_opened_while_another_was_being_saved_stays(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk = open_shell("sofia")
    first, second = arrived(desk, "Okafor"), arrived(desk, "Haddad")
    page = queue(desk)
    page.open_visit(first)
    panel = page.panel
    assert isinstance(panel, VisitPanel)
    desk.fill(panel.form.editor("note"), "Brings papers")
    desk.press(Qt.Key.Key_Return, CONTROL)
    page.open_visit(second)
    later = page.panel
    desk.see(lambda: ("Brings papers",) in server_rows(clinic, "select note from visit"))
    desk.see(lambda: not desk.station.pending("visit"))
    assert isinstance(later, VisitPanel)
    assert page.panel is later


def test_what_was_typed_of_an_arrival_is_there_again(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    desk.register({"family_name": "Haddad"})
    page = queue(desk)
    desk.press(Qt.Key.Key_A, ALT)
    find(desk, page, "had")
    assert isinstance(page.panel, ArrivalPanel)
    desk.fill(page.panel.form.editor("note"), "Waits outside")
    desk.press(Qt.Key.Key_Escape)
    assert page.has_draft
    desk.shell.close_page(page)
    again = queue(desk)
    assert isinstance(again.panel, ArrivalPanel)
    assert again.panel.form.values()["note"] == "Waits outside"


def test_the_calendar_leads_an_appointment_through_its_visit(
    open_shell: OpenShell, clinic: Clinic, doctor: UUID
) -> None:
    desk = open_shell("sofia")
    row = booked(desk, "Okafor", doctor)
    page = desk.shell.open("appointments", lambda: CalendarPage(desk.shell))
    assert isinstance(page, CalendarPage)
    desk.sit_down()
    desk.see(lambda: row.id in page.shown)
    page.grid.choose(row.id)
    page.grid.setFocus()
    desk.press(Qt.Key.Key_F7)
    desk.see(lambda: page.shown[row.id].visit_state is VisitState.WAITING)
    desk.see(lambda: [one.ticket_no for one in page.waiting.rows] == ["A-01"])
    desk.press(Qt.Key.Key_F8)
    desk.see(lambda: page.waiting.rows[0].called_at is not None)
    page.grid.setFocus()
    desk.press(Qt.Key.Key_F7)
    desk.see(lambda: page.shown[row.id].visit_state is VisitState.IN_ROOM)
    desk.press(Qt.Key.Key_F7)
    desk.see(lambda: page.shown[row.id].visit_state is VisitState.COMPLETED)
    assert page.waiting.rows == []
    assert "1 done" in page.heading._figures.text()
    page.beside.open_one(page.shown[row.id])
    assert isinstance(page.beside.now, ChangePanel)
    assert not page.beside.now._can_end()


def test_a_card_beside_the_calendar_leads_to_the_queue(open_shell: OpenShell) -> None:
    desk = open_shell("sofia")
    row = arrived(desk, "Okafor")
    page = desk.shell.open("appointments", lambda: CalendarPage(desk.shell))
    assert isinstance(page, CalendarPage)
    page.grid.go_to(Place(0, 540))
    desk.see(lambda: page.waiting.rows)
    QTest.mouseClick(page.waiting._cards[0], Qt.MouseButton.LeftButton)
    front = desk.shell.front()
    assert isinstance(front, QueuePage)
    assert front.table.current_row().id == row.id


def test_the_board_shows_tickets_and_no_names(open_shell: OpenShell, doctor: UUID) -> None:
    desk = open_shell("sofia")
    page = queue(desk)
    called, waits = arrived(desk, "Okafor", staff_id=doctor), arrived(desk, "Silva")
    desk.press(Qt.Key.Key_O, ALT)
    board = page.board
    assert board is not None
    desk.station.run(visits.call, called.id, patience=20)
    desk.see(lambda: board.lines() == [f"{called.ticket_no} → Dr Diallo", f"Waiting: {waits.ticket_no}"])
    assert "Okafor" not in board.accessibleName()
    QTest.keyClick(board, Qt.Key.Key_Escape)
    desk.see(lambda: page.board is None)


def test_arrivals_go_on_without_the_server(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic, doctor: UUID
) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    booked(desk, "Okafor", doctor)
    page = queue(desk)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.press(Qt.Key.Key_A, ALT)
    find(desk, page, "oka")
    desk.see(lambda: names(page) == ["Okafor"])
    desk.see(lambda: page.table.rows.pending)
    printed = page.day[0].ticket_no
    assert printed.startswith("P-")
    desk.press(Qt.Key.Key_F7)
    desk.see(lambda: page.day[0].state is VisitState.IN_ROOM)
    line.mend()
    desk.station.retry_now()
    desk.see(lambda: not page.table.rows.pending)
    assert server_rows(clinic, "select ticket, provisional_no, state from visit") == [
        ("A-01", printed, "in_room")
    ]
    assert page.day[0].ticket_no == printed


def test_a_cashier_looks_and_changes_nothing(open_shell: OpenShell) -> None:
    desk, reception = open_shell("rui"), open_shell("sofia")
    arrived(reception, "Okafor")
    page = queue(desk)
    desk.see(lambda: names(page) == ["Okafor"])
    desk.press(Qt.Key.Key_F7)
    desk.press(Qt.Key.Key_A, ALT)
    assert page.panel is None
    assert page.day[0].state is VisitState.WAITING
