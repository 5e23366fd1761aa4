"""A clinic with two doctors, and what a person does in its calendar."""

import datetime as dt
from typing import Any
from uuid import UUID

from PySide6.QtCore import QPoint, Qt

from medidesk.models.types import new_id
from medidesk.repositories import appointments, branch_clock
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui.appointments.geometry import Place
from medidesk.ui.appointments.page import CalendarPage
from medidesk.ui.appointments.panels import BookPanel
from medidesk.ui.patient_finder import PatientFinder
from tests.support.database import Clinic
from tests.support.waiting import wait_until
from tests.ui.screens.conftest import Hands

TOMORROW = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)


def add_doctors(clinic: Clinic) -> list[UUID]:
    """Two doctors who are on duty from nine to noon, every day."""
    admin = clinic.admin()
    found: list[UUID] = []
    for name in ("Diallo", "Lindholm"):
        staff = new_id()
        admin.execute(
            "insert into staff (id, org_id, kind, title, family_name) values (%s, %s, 'doctor', 'Dr', %s)",
            (staff, clinic.org_id, name),
        )
        for weekday in range(1, 8):
            admin.execute(
                "insert into duty_schedule "
                "(id, org_id, staff_id, weekday, from_minute, to_minute, slot_minutes, starts_on) "
                "values (gen_random_uuid(), %s, %s, %s, 540, 720, 30, '2026-01-01')",
                (clinic.org_id, staff, weekday),
            )
        found.append(staff)
    return found


def calendar(desk: Hands) -> CalendarPage:
    """The calendar in front, at tomorrow, nine o'clock, with the first doctor."""
    page = desk.shell.open("appointments", lambda: CalendarPage(desk.shell))
    assert isinstance(page, CalendarPage)
    desk.sit_down()
    page.show_day(TOMORROW)
    page.grid.go_to(Place(0, 540))
    page.grid.setFocus()
    return page


def at(minute: int, day: dt.date = TOMORROW) -> dt.datetime:
    return branch_clock.instant(day, minute, dt.UTC)


def book(desk: Hands, name: str, staff: UUID, minute: int, **more: Any) -> AppointmentRow:
    patient = desk.register({"family_name": name})
    values = {"patient_id": patient, "staff_id": staff, "starts_at": at(minute), "minutes": 30}
    desk.station.run(appointments.book, values | more, patience=20)
    wait_until(lambda: of(desk, name))
    return of(desk, name)[0]


def of(desk: Hands, name: str) -> list[AppointmentRow]:
    day = desk.station.read(appointments.between, desk.station.user.org_id, at(0), at(24 * 60))
    return [row for row in day if row.family_name == name]


def pick(desk: Hands, page: CalendarPage, letters: str) -> BookPanel:
    """Three letters and Enter in the finder that is open."""
    finder = page.beside.now
    assert isinstance(finder, PatientFinder)
    desk.type(letters)
    desk.see(finder.table.current_row)
    desk.press(Qt.Key.Key_Return)
    panel = page.beside.now
    assert isinstance(panel, BookPanel)
    return panel


def point_of(page: CalendarPage, lane: int, minute: int) -> QPoint:
    """A place in the middle of a slot."""
    rect = page.grid.paints.slot_rect(Place(lane, minute))
    return rect.center().toPoint()
