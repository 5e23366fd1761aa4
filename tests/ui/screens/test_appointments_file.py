"""The appointments in a patient's file: listed, opened in the calendar, and booked from there."""

import datetime as dt
from collections.abc import Callable
from uuid import UUID

import pytest
from PySide6.QtCore import Qt

from medidesk.models.types import new_id
from medidesk.repositories import appointments
from medidesk.ui.appointments.page import CalendarPage
from medidesk.ui.appointments.panels import BookPanel
from medidesk.ui.patients.appointments import AppointmentsSection
from medidesk.ui.patients.file_page import FilePage
from tests.support.database import Clinic
from tests.support.stations import server_rows
from tests.ui.screens.calendar_desk import TOMORROW, add_doctors, at, book, calendar
from tests.ui.screens.conftest import ALT, CONTROL, Hands

OpenShell = Callable[..., Hands]


@pytest.fixture(autouse=True)
def doctors(clinic: Clinic) -> list[UUID]:
    """Two doctors who are on duty from nine to noon, every day."""
    return add_doctors(clinic)


def section(page: FilePage) -> AppointmentsSection:
    assert page.appointments is not None
    return page.appointments


def listed(found: AppointmentsSection) -> tuple[list[str], list[str]]:
    """Whom the patient comes to, and whom they came to."""
    coming, past = (
        [table.rows.row_at(one).staff_name for one in range(table.rows.rowCount())]
        for table in (found.coming, found.past)
    )
    return coming, past


def was_there(clinic: Clinic, patient: UUID, staff: UUID, day: dt.date) -> None:
    clinic.admin().execute(
        "insert into appointment (id, org_id, patient_id, staff_id, starts_at, ends_at) "
        "values (%s, %s, %s, %s, %s, %s)",
        (new_id(), clinic.org_id, patient, staff, at(600, day), at(630, day)),
    )


def front(desk: Hands) -> CalendarPage:
    page = desk.shell.front()
    assert isinstance(page, CalendarPage)
    return page


def test_coming_and_past_ones_are_listed_and_opened_in_the_calendar(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk = open_shell("sofia")
    row = book(desk, "Okafor", doctors[0], 570)
    page = desk.open_file(row.patient_id)
    desk.press(Qt.Key.Key_3, CONTROL)
    found = section(page)
    assert found.isVisible()
    assert found.coming.hasFocus()
    was_there(clinic, row.patient_id, doctors[1], TOMORROW - dt.timedelta(days=40))
    desk.see(lambda: found.past.rows.rowCount() == 1)
    assert listed(found) == (["Dr Diallo"], ["Dr Lindholm"])
    desk.press(Qt.Key.Key_Return)
    chosen = front(desk).grid.chosen()
    assert chosen is not None
    assert (chosen.id, front(desk).day) == (row.id, TOMORROW)
    desk.open_file(row.patient_id)
    found.past.setFocus()
    desk.press(Qt.Key.Key_Return)
    chosen = front(desk).grid.chosen()
    assert chosen is not None
    assert (chosen.staff_name, front(desk).day) == ("Dr Lindholm", TOMORROW - dt.timedelta(days=40))


def test_what_becomes_of_one_is_seen_there_at_once(
    open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]
) -> None:
    desk, other = open_shell("sofia"), open_shell("anjali")
    row = book(desk, "Okafor", doctors[0], 570)
    page = desk.open_file(row.patient_id)
    desk.press(Qt.Key.Key_3, CONTROL)
    found = section(page)
    assert found.to_come == 1
    other.see(lambda: other.station.read(appointments.by_id, row.id))
    other.station.run(appointments.cancel, row.id, "is travelling", patience=20)
    desk.see(lambda: found.to_come == 0)
    assert not found.coming.isVisible()
    assert found.past.rows.row_at(0).cancel_reason == "is travelling"
    page.arrive()
    assert found.past.hasFocus()
    desk.press(Qt.Key.Key_Escape)
    assert page.overview.isVisible()


def test_one_that_is_parked_opens_beside_the_calendar(open_shell: OpenShell, doctors: list[UUID]) -> None:
    desk = open_shell("sofia")
    row = book(desk, "Okafor", doctors[0], 570)
    desk.station.run(appointments.park, row.id, patience=20)
    page = desk.open_file(row.patient_id)
    desk.press(Qt.Key.Key_3, CONTROL)
    desk.see(
        lambda: "pinboard" in section(page).coming.rows.columns[4].read(section(page).coming.rows.row_at(0))
    )
    desk.press(Qt.Key.Key_Return)
    assert front(desk).beside.now is not None


def test_a_time_is_booked_from_the_file(open_shell: OpenShell, clinic: Clinic, doctors: list[UUID]) -> None:
    desk = open_shell("sofia")
    book(desk, "Haddad", doctors[0], 540)
    okafor = desk.register({"family_name": "Okafor", "given_name": "Amara"})
    calendar(desk)
    page = desk.open_file(okafor)
    desk.press(Qt.Key.Key_B, ALT)
    panel = front(desk).beside.now
    assert isinstance(panel, BookPanel)
    assert panel.patient.name == "Amara Okafor"
    values = panel.form.values()
    assert (values["staff_id"], values["day"], values["time"]) == (doctors[0], TOMORROW, "09:30"), (
        "nine is taken"
    )
    desk.press(Qt.Key.Key_Return, CONTROL)
    desk.see(lambda: front(desk).beside.now is None)
    assert server_rows(clinic, "select count(*) from appointment where patient_id = %s", okafor) == [(1,)]
    desk.open_file(okafor)
    desk.see(lambda: section(page).to_come == 1)


def test_it_is_there_for_those_who_may_read_and_booked_by_those_who_may_add(
    open_shell: OpenShell, clinic: Clinic
) -> None:
    desk = open_shell("sofia")
    okafor = desk.register({"family_name": "Okafor"})
    cashier, pharmacist = open_shell("rui"), open_shell("yusuf")
    page = cashier.open_file(okafor)
    assert section(page) is not None
    assert "Alt+B" not in {item.key for item in page.keys.items()}
    theirs = pharmacist.open_file(okafor)
    assert theirs.appointments is None
    assert "Appointments" not in {item.text for item in theirs.keys.items()}
    pharmacist.press(Qt.Key.Key_B, ALT)
    assert pharmacist.file() is theirs
