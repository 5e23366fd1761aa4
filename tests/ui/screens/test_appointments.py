"""The calendar at real windows: appointments booked, moved, parked and ended by keys and by mouse."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from medidesk.models.appointments import AppointmentState
from medidesk.models.types import new_id
from medidesk.repositories import appointments, directory
from medidesk.ui.appointments.geometry import Place
from medidesk.ui.appointments.panels import BookPanel, ChangePanel
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.calendar_desk import TOMORROW, add_doctors, at, book, calendar, of, pick, point_of
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
BOOKED = (
    "select p.family_name, to_char(a.starts_at at time zone 'UTC', 'HH24:MI'), a.state from appointment a "
    "join patient p on p.id = a.patient_id where a.deleted_at is null order by a.starts_at, p.family_name"
)


@pytest.fixture(autouse=True)
def doctors(clinic: Clinic) -> list[UUID]:
    """Two doctors who are on duty from nine to noon, every day."""
    return add_doctors(clinic)


def test_a_patient_is_given_the_time_at_the_cursor_by_keys_alone(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk = open_shell("sofia")
    desk.register({"family_name": "Okafor"})
    page = calendar(desk)
    desk.press(Qt.Key.Key_Down)  # half past nine
    desk.press(Qt.Key.Key_Right)  # with the second doctor
    desk.press(Qt.Key.Key_Return)
    panel = pick(desk, page, "oka")
    assert (panel.form.values()["time"], panel.form.values()["minutes"]) == ("09:30", 30)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, BOOKED) == [("Okafor", "09:30", "booked")]
    chosen = page.grid.chosen()
    assert chosen is not None
    assert (chosen.family_name, chosen.staff_name) == ("Okafor", "Dr Lindholm")


def test_of_two_desks_that_take_one_time_the_other_is_told_who_has_it_and_takes_the_next(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    one, other = open_shell("sofia"), open_shell("joseph")
    one.register({"family_name": "Okafor"})
    page = calendar(one)
    one.press(Qt.Key.Key_B, ALT)
    panel = pick(one, page, "oka")
    book(other, "Haddad", doctors[0], 540)
    one.see(lambda: of(one, "Haddad"))
    one.press(Qt.Key.Key_Return, CONTROL)
    one.see(panel.form.problems)
    assert panel.form.problems() == {"time": "Dr Diallo has Haddad then: 09:00–09:30."}
    offers = [button for button in panel._offers.findChildren(type(panel.foot.primary)) if button.isVisible()]
    assert "09:30" in offers[0].text()
    offers[0].setFocus()
    one.press(Qt.Key.Key_Space)
    one.press(Qt.Key.Key_Return, CONTROL)
    one.see(lambda: page.beside.now is None)
    assert server_rows(clinic, BOOKED) == [("Haddad", "09:00", "booked"), ("Okafor", "09:30", "booked")]


def test_what_is_outside_the_hours_is_booked_once_it_is_meant(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia")
    desk.register({"family_name": "Okafor"})
    page = calendar(desk)
    page.grid.go_to(Place(0, 13 * 60))
    desk.press(Qt.Key.Key_Return)
    panel = pick(desk, page, "oka")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(panel.form.problems)
    assert "is on duty that day 09:00–12:00" in panel.form.problems()["outside_hours"]
    panel.form.editor("outside_hours").setFocus()
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, BOOKED) == [("Okafor", "13:00", "booked")]


def test_an_appointment_is_moved_with_the_arrows(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    book(desk, "Haddad", doctors[1], 570)
    page = calendar(desk)
    desk.press(Qt.Key.Key_F6)
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Down)
    assert page.grid.moving is not None
    assert page.grid.fit_words(page.grid.moving) == ("Haddad has this time", False)
    desk.press(Qt.Key.Key_Return)
    assert page.grid.moving is not None, "it does not fit, and goes on"
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    desk.see(
        lambda: server_rows(clinic, BOOKED) == [("Haddad", "09:30", "booked"), ("Okafor", "10:00", "booked")]
    )
    desk.see(lambda: any("Moved: Okafor: Dr Lindholm 10:00" in one for one in desk.toasts()))
    desk.press(Qt.Key.Key_F6)
    desk.press(Qt.Key.Key_Up)
    desk.press(Qt.Key.Key_Escape)
    assert page.grid.moving is None
    assert of(desk, "Okafor")[0].starts_at == at(600)


def test_it_is_dragged_stretched_parked_and_put_back_with_the_mouse(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    page = calendar(desk)
    view = page.grid.viewport()
    begin, end = point_of(page, 0, 540), point_of(page, 1, 630)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(view, QPoint(begin.x() + 20, begin.y() + 20))
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    desk.see(lambda: server_rows(clinic, BOOKED) == [("Okafor", "10:30", "booked")])
    desk.see(lambda: len(page.grid.lanes[1].live()) == 1)
    rect = page.grid.paints.rect_of(1, of(desk, "Okafor")[0])
    edge = QPoint(round(rect.center().x()), round(rect.bottom()) - 2)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(view, QPoint(edge.x(), edge.y() + 14))
    QTest.mouseMove(view, QPoint(edge.x(), edge.y() + 19))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(edge.x(), edge.y() + 19))
    desk.see(lambda: of(desk, "Okafor")[0].minutes == 45)
    row = of(desk, "Okafor")[0]
    board = page.pinboard
    page.movers.outside(row, board.mapToGlobal(QPoint(20, 200)))
    desk.see(lambda: [one.family_name for one in board.rows] == ["Okafor"])
    page.movers.from_pinboard(board.rows[0], view.mapToGlobal(point_of(page, 0, 540)))
    desk.see(lambda: server_rows(clinic, BOOKED) == [("Okafor", "09:00", "booked")])
    desk.see(lambda: not board.rows)


def test_it_is_parked_and_cancelled_by_keys(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    page = calendar(desk)
    desk.press(Qt.Key.Key_P)
    desk.see(lambda: server_rows(clinic, BOOKED) == [("Okafor", "09:00", "parked")])
    desk.see(lambda: page.pinboard.rows)
    page.movers.carry(page.pinboard.rows[0])
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: server_rows(clinic, BOOKED) == [("Okafor", "09:30", "booked")])
    desk.see(lambda: page.grid.chosen() is not None)
    desk.press(Qt.Key.Key_Delete)
    assert isinstance(page.beside.now, ChangePanel)
    desk.type("is travelling")
    desk.press(Qt.Key.Key_Return)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, "select state, cancel_reason from appointment") == [
        ("cancelled", "is travelling")
    ]


def test_a_free_time_is_found_and_booked(open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]) -> None:
    desk = open_shell("sofia")
    book(desk, "Haddad", doctors[0], 540)
    desk.register({"family_name": "Okafor"})
    page = calendar(desk)
    desk.press(Qt.Key.Key_F, ALT)
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    pick(desk, page, "oka")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    rows = server_rows(clinic, BOOKED)
    assert len(rows) == 2
    assert rows[1][0] == "Okafor"


def test_a_series_is_booked(open_shell: OpenShell, clinic: Clinic) -> None:
    desk = open_shell("sofia")
    desk.register({"family_name": "Okafor"})
    page = calendar(desk)
    desk.press(Qt.Key.Key_Return)
    panel = pick(desk, page, "oka")
    panel.form.set_values({"times": 3})
    panel.form.changed.emit("times")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    days = server_rows(clinic, "select starts_at::date from appointment order by 1")
    assert [row[0] for row in days] == [TOMORROW + dt.timedelta(weeks=one) for one in range(3)]


def test_what_was_booked_without_the_server_and_refused_is_typed_in_again(
    open_shell: OpenShell, cut_line: Callable[[], Line], clinic: Clinic, doctors: list[UUID]
) -> None:
    line = cut_line()
    desk = open_shell("sofia", server=line.address)
    desk.station.wait_current(timeout=20)
    desk.register({"family_name": "Okafor"})
    desk.station.wait_current(timeout=20)
    page = calendar(desk)
    line.cut()
    desk.see(lambda: desk.station.sync.state == "offline")
    desk.press(Qt.Key.Key_Return)
    pick(desk, page, "oka")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    desk.see(lambda: page.grid.waits)
    patient = new_id()
    admin = clinic.admin()
    admin.execute(
        "insert into patient (id, org_id, family_name) values (%s, %s, 'Haddad')", (patient, clinic.org_id)
    )
    admin.execute(
        "insert into appointment (id, org_id, patient_id, staff_id, starts_at, ends_at) "
        "values (gen_random_uuid(), %s, %s, %s, %s, %s)",
        (clinic.org_id, patient, doctors[0], at(540), at(570)),
    )
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    (entry,) = desk.station.attention()
    module = next(one for one in desk.shell._modules if one.name == "appointments")
    assert module.can_edit(desk.shell, entry)
    assert module.take_up(desk.shell, entry)
    panel = page.beside.now
    assert isinstance(panel, BookPanel)
    assert (panel.form.values()["time"], panel.form.values()["staff_id"]) == ("09:00", doctors[0])
    desk.fill(panel.form.editor("time"), "10")
    desk.press(Qt.Key.Key_Return, CONTROL)
    settled = [("Haddad", "09:00", "booked"), ("Okafor", "10:00", "booked")]
    desk.see(lambda: server_rows(clinic, BOOKED) == settled)
    desk.see(lambda: not desk.station.attention() and not desk.station.sync.waiting)


def test_what_a_colleague_does_is_seen_and_told_and_a_draft_is_kept(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk, other = open_shell("sofia"), open_shell("anjali")
    row = book(desk, "Okafor", doctors[0], 540)
    page = calendar(desk)
    other.see(lambda: of(other, "Okafor"))
    other.station.run(appointments.move, row.id, doctors[1], at(600), at(630), patience=20)
    desk.see(lambda: any("moved an appointment" in one for one in desk.toasts()))
    assert page.grid.choose(row.id)
    assert page.grid.spot == Place(1, 600)
    desk.press(Qt.Key.Key_Return)
    assert isinstance(page.beside.now, ChangePanel)
    desk.fill(page.beside.now.form.editor("note"), "wheelchair")
    desk.press(Qt.Key.Key_Escape)
    assert page.has_draft
    desk.press(Qt.Key.Key_Return)
    assert page.beside.now.form.values()["note"] == "wheelchair"
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, "select note from appointment") == [("wheelchair",)]


def test_whoever_only_reads_them_opens_the_file(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk, cashier = open_shell("sofia"), open_shell("rui")
    row = book(desk, "Okafor", doctors[0], 540)
    cashier.see(lambda: of(cashier, "Okafor"))
    page = calendar(cashier)
    assert page.grid.choose(row.id)
    cashier.press(Qt.Key.Key_P)
    cashier.press(Qt.Key.Key_Return)
    assert cashier.file().patient_id == row.patient_id
    assert of(desk, "Okafor")[0].state is AppointmentState.BOOKED


def test_a_week_of_one_doctor_and_back(open_shell: OpenShell, doctors: list[UUID]) -> None:
    desk = open_shell("sofia")
    page = calendar(desk)
    desk.press(Qt.Key.Key_2, CONTROL)
    assert len(page.grid.lanes) == 7
    assert {lane.staff_id for lane in page.grid.lanes} == {doctors[0]}
    desk.press(Qt.Key.Key_PageDown)
    assert page.day == TOMORROW + dt.timedelta(days=7)
    desk.press(Qt.Key.Key_1, CONTROL)
    assert {lane.staff_id for lane in page.grid.lanes} == set(doctors)
    desk.press(Qt.Key.Key_T)
    assert page.day == dt.datetime.now(dt.UTC).date()
    desk.press(Qt.Key.Key_G, CONTROL)
    desk.type(f"{TOMORROW:%d.%m.%Y}")
    desk.press(Qt.Key.Key_Return)
    assert page.day == TOMORROW


def test_the_page_is_not_there_for_those_without_the_right(open_shell: OpenShell) -> None:
    desk = open_shell("yusuf")
    assert not any(one.name == "appointments" for one in desk.shell._modules)
    assert desk.station.read(directory.staff)
