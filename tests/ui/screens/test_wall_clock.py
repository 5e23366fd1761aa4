"""Times are those of the clock on the branch's wall, also at a PC that is in another time zone."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from medidesk.repositories import appointments, billing, visits
from medidesk.ui import moments
from medidesk.ui.patients.bills import BillsSection
from medidesk.ui.visits.columns import columns
from medidesk.ui.visits.page import open_queue
from medidesk.ui.visits.panels import VisitPanel
from medidesk.ui.waiting_cards import _parts
from tests.support.database import Clinic
from tests.ui.screens.billing_desk import (
    add_doctor,
    add_service,
    cashier,
    invoiced,
    opened_drawer,
)
from tests.ui.screens.conftest import Hands

OpenShell = Callable[..., Hands]
BRANCH = ZoneInfo("Asia/Kolkata")
TODAY = dt.datetime.now(BRANCH).date()
BOOKED = dt.datetime.combine(TODAY, dt.time(12, 10), BRANCH)


@pytest.fixture(autouse=True)
def _pc_elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/Sao_Paulo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def doctor(clinic: Clinic) -> UUID:
    clinic.admin().execute("update organisation set timezone = %s where id = %s", (BRANCH.key, clinic.org_id))
    return add_doctor(clinic, add_service(clinic, "C01", "Consultation", "45.00"))


def said(moment: dt.datetime) -> str:
    return f"{moment.astimezone(BRANCH):%H:%M}"


def here(desk: Hands, doctor: UUID) -> UUID:
    """Okafor has an appointment at ten past twelve, and is here."""
    patient = desk.register({"family_name": "Okafor"})
    values = {"patient_id": patient, "staff_id": doctor, "starts_at": BOOKED, "minutes": 20}
    made: Any = desk.station.run(appointments.book, values | {"outside_hours": True}, patience=20)
    desk.station.run(visits.check_in, {"patient_id": patient, "appointment_id": made.row.id}, patience=20)
    return patient


def test_the_queue_its_panel_the_cards_and_the_board_say_the_branchs_time(
    open_shell: OpenShell, doctor: UUID
) -> None:
    desk = open_shell("sofia")
    here(desk, doctor)
    page = open_queue(desk.shell)
    desk.sit_down()
    desk.see(lambda: len(page.day) == 1)
    row = page.day[0]
    shown = {column.title: column.read(row) for column in columns(lambda: page.limit)}
    assert (shown["Appointment"], shown["Arrived"]) == ("12:10", said(row.arrived_at))
    page.open_visit(row)
    assert isinstance(page.panel, VisitPanel)
    assert f"appointment 12:10 · arrived {said(row.arrived_at)}" in page.panel._about.text()
    assert _parts(row)[0] == "12:10"
    assert moments.clock(moments.now()) == said(moments.now()), "the board's clock"


def test_the_cashier_and_the_file_say_the_branchs_time(open_shell: OpenShell, doctor: UUID) -> None:
    desk = open_shell("sofia", name="Reception 2")
    opened_drawer(desk)
    patient = here(desk, doctor)
    bills = desk.station.read(billing.bills, desk.station.user.org_id)
    row = invoiced(desk, patient, *bills[0].charges)
    page = cashier(desk)
    desk.see(lambda: page.drawer.row is not None)
    assert page.drawer.row is not None
    assert page.head._since.text() == f"Reception 2, since {said(page.drawer.row.opened_at)}"
    file = desk.open_file(patient)
    file.show_section("billing")
    assert isinstance(file.bills, BillsSection)
    assert row.issued_at is not None
    assert [one.since for one in file.bills._rows.rows(0, 9)] == [said(row.issued_at)]


def test_a_branch_that_is_moved_to_another_zone_is_followed(
    open_shell: OpenShell, doctor: UUID, clinic: Clinic
) -> None:
    desk = open_shell("sofia")
    assert moments.here(BOOKED).strftime("%H:%M") == "12:10"
    clinic.admin().execute("update organisation set timezone = 'UTC' where id = %s", (clinic.org_id,))
    desk.see(lambda: moments.clock(BOOKED) == "06:40")
