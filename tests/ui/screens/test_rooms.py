"""Rooms at real windows: chosen, found taken, offered, and shown to whoever is called."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from medidesk.repositories import appointments, directory, visits
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments.panels import AppointmentPanel, BookPanel, ChangePanel
from medidesk.ui.directory.list_page import ListPage
from medidesk.ui.printing import papers
from medidesk.ui.visits.page import QueuePage
from tests.support.database import Clinic
from tests.support.raw_rows import insert
from tests.support.stations import server_rows
from tests.ui.screens.calendar_desk import add_doctors, at, book, calendar, of, pick
from tests.ui.screens.conftest import ALT, CONTROL, Hands
from tests.ui.screens.line import Line

OpenShell = Callable[..., Hands]
BOOKED = (
    "select p.family_name, to_char(a.starts_at at time zone 'UTC', 'HH24:MI'), coalesce(r.name, '') "
    "from appointment a join patient p on p.id = a.patient_id left join room r on r.id = a.room_id "
    "where a.state = 'booked' order by a.starts_at, p.family_name"
)


@pytest.fixture
def doctors(clinic: Clinic) -> list[UUID]:
    """Dr Diallo, usually in Room 1, and Dr Lindholm, usually in Room 2; Room 3 is nobody's."""
    found, admin = add_doctors(clinic), clinic.admin()
    names = ("Room 1", "Room 2", "Room 3")
    rooms = [insert(admin, "room", {"org_id": clinic.org_id, "name": name}) for name in names]
    for who, room in zip(found, rooms, strict=False):
        admin.execute("update staff set room_id = %s where id = %s", (room, who))
    return found


def room(desk: Hands, name: str) -> UUID:
    return next(row.id for row in desk.station.read(directory.rooms) if row.name == name)


def offers(panel: AppointmentPanel) -> list[QPushButton]:
    return [one for one in panel._offers.findChildren(QPushButton) if one.isVisible()]


def take_offer(desk: Hands, panel: AppointmentPanel, at: int = 0) -> None:
    """An offer, and the form saved."""
    offers(panel)[at].setFocus()
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Return, CONTROL)


def chosen(panel: AppointmentPanel) -> Any:
    return panel.form.values()["room_id"]


def test_the_usual_room_is_filled_in_and_another_person_is_in_another_one(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    desk.register({"family_name": "Okafor"})
    page = calendar(desk)
    assert [lane.line for lane in page.grid.lanes] == ["Room 1", "Room 2"]
    desk.press(Qt.Key.Key_Return)
    panel = pick(desk, page, "oka")
    assert chosen(panel) == room(desk, "Room 1")
    panel.form.editor("staff_id").setFocus()
    desk.press(Qt.Key.Key_Down)
    assert chosen(panel) is None, "Dr Kumar has no usual room"
    desk.press(Qt.Key.Key_Down)
    assert panel.form.values()["staff_id"] == doctors[1]
    assert chosen(panel) == room(desk, "Room 2")
    desk.press(Qt.Key.Key_Tab)
    desk.press(Qt.Key.Key_Down)
    assert chosen(panel) == room(desk, "Room 3")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, BOOKED) == [("Okafor", "09:00", "Room 3")]
    row = page.grid.chosen()
    assert row is not None
    desk.see(lambda: page.grid.lanes[1].line == "Room 3")
    assert page.grid.lanes[1].elsewhere(row) == ""
    desk.press(Qt.Key.Key_Return)
    change = page.beside.now
    assert isinstance(change, ChangePanel)
    assert "Dr Lindholm · Room 3" in change._about.text()
    change.form.editor("room_id").setFocus()
    desk.press(Qt.Key.Key_Up)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: server_rows(clinic, BOOKED) == [("Okafor", "09:00", "Room 2")])


def test_who_has_the_room_is_told_and_one_that_is_free_is_taken_with_one_key(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Haddad", doctors[1], 540, room_id=room(desk, "Room 1"))
    desk.register({"family_name": "Okafor"})
    page = calendar(desk)
    desk.press(Qt.Key.Key_Return)
    panel = pick(desk, page, "oka")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(panel.form.problems)
    assert panel.form.problems() == {
        "room_id": "Room 1 is taken then: Dr Lindholm has Haddad there, 09:00–09:30."
    }
    said = [button.text() for button in offers(panel)]
    assert said[:2] == ["Room 2 at this time", "Room 3 at this time"]
    assert "Dr Diallo" in said[2]
    assert "09:30" in said[2]
    take_offer(desk, panel, 1)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, BOOKED) == [("Haddad", "09:00", "Room 1"), ("Okafor", "09:00", "Room 3")]


def test_where_its_room_is_somebody_elses_it_is_not_dropped(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 540)
    book(desk, "Haddad", doctors[1], 570, room_id=room(desk, "Room 1"))
    page = calendar(desk)
    desk.press(Qt.Key.Key_F6)
    desk.press(Qt.Key.Key_Down)
    assert page.grid.moving is not None
    assert page.grid.fit_words(page.grid.moving) == ("Haddad has Room 1", False)
    desk.press(Qt.Key.Key_Return)
    assert page.grid.moving is not None, "it does not fit, and goes on"
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Right)
    assert page.grid.fit_words(page.grid.moving)[1], "there it would be in the usual room of the other"
    desk.press(Qt.Key.Key_Return)
    desk.see(
        lambda: server_rows(clinic, BOOKED) == [("Haddad", "09:30", "Room 1"), ("Okafor", "10:00", "Room 2")]
    )


def test_what_is_undone_goes_back_to_its_room(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    book(desk, "Okafor", doctors[0], 600, wants_earlier=True, room_id=room(desk, "Room 3"))
    gone = book(desk, "Haddad", doctors[0], 540)
    page = calendar(desk)
    page.offers.freed(gone, desk.station.run(appointments.cancel, gone.id, "is travelling", patience=20))
    desk.see(page.offers.is_shown)
    page.offers.take()
    desk.see(lambda: server_rows(clinic, BOOKED) == [("Okafor", "09:00", "Room 3")])
    before: AppointmentRow = of(desk, "Okafor")[0]
    assert before.room == "Room 3"


def test_a_room_taken_during_an_outage_is_named_and_another_one_is_offered(
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
    admin, org = clinic.admin(), {"org_id": clinic.org_id}
    patient = insert(admin, "patient", org | {"family_name": "Haddad"})
    times = {"starts_at": at(540), "ends_at": at(570), "room_id": room(desk, "Room 1")}
    insert(admin, "appointment", org | times | {"patient_id": patient, "staff_id": doctors[1]})
    line.mend()
    desk.station.retry_now()
    desk.see(desk.station.attention)
    desk.see(lambda: of(desk, "Haddad"))
    (entry,) = desk.station.attention()
    assert "has this room meanwhile" in entry.sentence
    assert entry.line.endswith("Room 1")
    module = next(one for one in desk.shell._modules if one.name == "appointments")
    assert module.take_up(desk.shell, entry)
    panel = page.beside.now
    assert isinstance(panel, BookPanel)
    assert chosen(panel) == room(desk, "Room 1")
    desk.see(lambda: offers(panel))
    assert "Dr Lindholm has Haddad in Room 1: 09:00–09:30." in panel._refusal.words()
    assert [one.text() for one in offers(panel)][:2] == ["Room 2 at this time", "Room 3 at this time"]
    take_offer(desk, panel)
    settled = [("Haddad", "09:00", "Room 1"), ("Okafor", "09:00", "Room 2")]
    desk.see(lambda: server_rows(clinic, BOOKED) == settled)
    desk.see(lambda: not desk.station.attention() and not desk.station.sync.waiting)


def test_patients_read_the_room_on_the_board_and_on_paper(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    page = desk.shell.open("visits", lambda: QueuePage(desk.shell))
    assert isinstance(page, QueuePage)
    desk.sit_down()
    patient = desk.register({"family_name": "Okafor"})
    arrived = desk.station.run(visits.check_in, {"patient_id": patient, "staff_id": doctors[0]}, patience=20)
    row = arrived.row  # type: ignore[union-attr]
    assert row.room == "Room 1"
    desk.press(Qt.Key.Key_O, ALT)
    board = page.board
    assert board is not None
    desk.station.run(visits.call, row.id, patience=20)
    desk.see(lambda: board.lines()[0] == f"{row.ticket_no} → Room 1 · Dr Diallo")
    board.grab()
    clinic.admin().execute("update room set name = 'Room 7' where name = 'Room 1'")
    desk.see(lambda: board.lines()[0] == f"{row.ticket_no} → Room 7 · Dr Diallo")
    desk.see(lambda: [one.room for one in page.day] == ["Room 7"])
    assert "Room 7" in papers.ticket(desk.station, page.day[0]).html
    slip = papers.slip(desk.station, book(desk, "Haddad", doctors[1], 540))
    assert "Room 2" in slip.html
    board.close()


def test_a_room_is_kept_and_given_to_somebody_by_keys_alone(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("ingrid")
    page = desk.shell.open("directory", lambda: pytest.fail("the page is not open"))
    assert isinstance(page, ListPage)
    desk.sit_down()
    desk.press(Qt.Key.Key_0, CONTROL)
    desk.press(Qt.Key.Key_N, ALT)
    desk.type("Room 10")
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    shown = [page.table.rows.row_at(at).name for at in range(page.table.rows.rowCount())]
    assert shown == ["Room 1", "Room 2", "Room 3", "Room 10"]
    desk.press(Qt.Key.Key_1, CONTROL)
    desk.press(Qt.Key.Key_F, CONTROL)
    desk.fill(page.search, "Kumar")
    desk.see(lambda: page.table.rows.rowCount() == 1)
    desk.press(Qt.Key.Key_Return)
    assert page.panel is not None
    page.panel.form.editor("room_id").setFocus()
    desk.press(Qt.Key.Key_End)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    usual = "select r.name from staff s join room r on r.id = s.room_id where s.family_name = 'Kumar'"
    assert server_rows(clinic, usual) == [("Room 10",)]
    # What is somebody's stays, and what is not in use is offered to nobody.
    desk.press(Qt.Key.Key_0, CONTROL)
    desk.fill(page.search, "room 10")
    desk.see(lambda: page.table.rows.rowCount() == 1)
    desk.press(Qt.Key.Key_Return)
    assert page.panel is not None
    next(one for one in page.panel.findChildren(QPushButton) if one.text() == "Remove").click()
    desk.see(lambda: any("“Room 10” stands with 1 member of staff" in one for one in desk.toasts()))
    page.panel.form.editor("active").setFocus()
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.panel is None)
    assert server_rows(clinic, "select name from room where not active") == [("Room 10",)]


def test_a_clinic_without_rooms_is_asked_for_none(open_shell: OpenShell, clinic: Clinic) -> None:
    add_doctors(clinic)
    desk = open_shell("sofia")
    desk.register({"family_name": "Okafor"})
    page = calendar(desk)
    assert [lane.line for lane in page.grid.lanes] == ["", ""]
    desk.press(Qt.Key.Key_Return)
    panel = pick(desk, page, "oka")
    assert "room_id" not in panel.form.values()
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: page.beside.now is None)
    assert server_rows(clinic, BOOKED) == [("Okafor", "09:00", "")]
