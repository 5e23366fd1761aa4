"""The figures of a branch: what is counted, and what is not."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

import pytest

from medidesk.models.appointments import Appointment, AppointmentState
from medidesk.models.billing import Way
from medidesk.models.directory import Organisation, OrganisationKind, Staff, StaffKind
from medidesk.models.money import Money
from medidesk.models.services import Service, ServiceKind, ServicePrice
from medidesk.models.visits import Visit, VisitState
from medidesk.repositories import billing, branch_clock, overview
from medidesk.repositories.billing import Part
from medidesk.repositories.overview import DayRow, WeekRow
from medidesk.ui.kit.charts import steps
from tests.support.replica_clinic import ReplicaClinic

ZONE = branch_clock.zone_named("Europe/Lisbon")
TODAY = branch_clock.today(ZONE)


@pytest.fixture
def doctor(desk: ReplicaClinic) -> UUID:
    place = {"kind": OrganisationKind.CLINIC, "name": "Quay", "timezone": "Europe/Lisbon", "currency": "EUR"}
    desk.put(Organisation, {"id": desk.org_id, "org_id": desk.org_id} | place)
    return desk.put(Staff, {"kind": StaffKind.DOCTOR, "family_name": "Kumar"})[0]


def booked(
    desk: ReplicaClinic,
    doctor: UUID,
    hour: int,
    state: AppointmentState = AppointmentState.BOOKED,
    visit: VisitState | None = None,
    day: dt.date = TODAY,
) -> None:
    starts = branch_clock.instant(day, hour * 60, ZONE)
    patient = desk.patient("Okafor")
    values = {"patient_id": patient, "staff_id": doctor, "state": state, "starts_at": starts}
    ends = {"ends_at": starts + dt.timedelta(minutes=15), "cancel_reason": "ill"}
    made = desk.put(Appointment, values | ends)[0]
    if visit is not None:
        later = starts + dt.timedelta(minutes=10)
        times = {"arrived_at": starts, "in_room_at": None if visit is VisitState.WAITING else later}
        ended = {"ended_at": later if visit is VisitState.COMPLETED else None}
        desk.put(Visit, {"patient_id": patient, "appointment_id": made, "state": visit} | times | ended)


def day(desk: ReplicaClinic, now: dt.datetime, *, money: bool = True) -> DayRow:
    return desk.read(overview.day, desk.org_id, now, money=money)


def test_a_day_counts_who_came_and_who_did_not(desk: ReplicaClinic, doctor: UUID) -> None:
    booked(desk, doctor, 8, visit=VisitState.COMPLETED)
    booked(desk, doctor, 9, visit=VisitState.IN_ROOM)
    booked(desk, doctor, 10, visit=VisitState.WAITING)
    booked(desk, doctor, 10, AppointmentState.NO_SHOW)
    booked(desk, doctor, 11)
    booked(desk, doctor, 11, AppointmentState.CANCELLED)
    booked(desk, doctor, 11, day=TODAY - dt.timedelta(days=1))
    row = day(desk, branch_clock.instant(TODAY, 10 * 60 + 25, ZONE))
    assert (row.booked, row.came, row.missed) == (5, 3, 1)
    assert (row.waiting, row.in_room, row.done) == (1, 1, 1)
    assert (row.median_wait, row.longest_wait) == (10, 25)


def test_hours_go_from_the_first_to_the_last_beside_what_is_usual(desk: ReplicaClinic, doctor: UUID) -> None:
    booked(desk, doctor, 9, visit=VisitState.COMPLETED)
    booked(desk, doctor, 9, AppointmentState.NO_SHOW)
    booked(desk, doctor, 11)
    for weeks, hours in ((1, (9, 9)), (2, (9, 12))):
        for hour in hours:
            booked(desk, doctor, hour, day=TODAY - dt.timedelta(weeks=weeks))
    rows = desk.read(overview.by_hour, desk.org_id, TODAY)
    assert [(row.hour, row.whole) for row in rows] == [(9, 2), (10, 0), (11, 1), (12, 0)]
    assert (rows[0].done, rows[0].missed, rows[2].booked) == (1, 1, 1)
    assert [row.typical for row in rows] == [Decimal("1.5"), 0, 0, Decimal("0.5")]


def test_weeks_say_who_was_missed_of_those_expected_so_far(desk: ReplicaClinic, doctor: UUID) -> None:
    booked(desk, doctor, 9, AppointmentState.NO_SHOW)
    booked(desk, doctor, 9, visit=VisitState.COMPLETED)
    booked(desk, doctor, 23)  # may still come
    rows = desk.read(overview.no_show_weeks, desk.org_id, TODAY)
    assert len(rows) == 12
    assert (rows[-1].expected, rows[-1].missed, rows[-1].rate) == (2, 1, Decimal("50.0"))
    assert {row.rate for row in rows[:-1]} == {None}
    assert WeekRow(TODAY, 3, 1).rate == Decimal("33.3")


def test_money_is_what_was_taken_billed_and_is_due(desk: ReplicaClinic, doctor: UUID) -> None:
    service = desk.put(Service, {"code": "C", "name": "Consultation", "kind": ServiceKind.CONSULTATION})[0]
    price = {"service_id": service, "amount": Decimal(30), "valid_from": dt.date(2020, 1, 1)}
    desk.put(ServicePrice, price)
    patient = desk.patient("Okafor")
    charges = [desk.run(billing.charge, {"patient_id": patient, "service_id": service}) for _ in range(3)]
    desk.run(billing.settle, patient, charges[:2], [Part(Way.CARD, "45")])
    row = day(desk, dt.datetime.now(dt.UTC))
    assert (row.taken, row.due, row.unpaid) == (Money(Decimal(45), "EUR"), Money(Decimal(15), "EUR"), 1)
    assert row.unbilled == Money(Decimal(30), "EUR")
    hidden = day(desk, dt.datetime.now(dt.UTC), money=False)
    assert (hidden.taken, hidden.unbilled, hidden.due, hidden.unpaid) == (None, None, None, 0)
    found = desk.read(overview.revenue, desk.org_id, TODAY - dt.timedelta(days=29), TODAY)
    assert len(found.days) == 30
    assert found.days[-1] == (TODAY, Decimal(60), Decimal(0))
    assert found.services == (("Consultation", Decimal(60)),)
    assert found.total == Money(Decimal(60), "EUR")


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (0, [0, 1]),
        (5, [0, 2, 4, 6]),
        (36, [0, 10, 20, 30, 40]),
        (4200, [0, 2000, 4000, 6000]),
        (0.5, [0, 0.2, 0.4, 0.6]),
    ],
)
def test_a_chart_has_round_lines_up_to_its_most(most: float, marks: list[float]) -> None:
    assert steps(most) == pytest.approx(marks)
