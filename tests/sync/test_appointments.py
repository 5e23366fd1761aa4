"""Appointments between desks: one time is one patient's, whoever asks for it, and whenever."""

import datetime as dt
from collections import Counter
from functools import partial
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest

from medidesk.errors import DomainError
from medidesk.models.appointments import AppointmentState
from medidesk.repositories import appointments, patients
from medidesk.station import Queued, Refused, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.raw_rows import insert
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)

NINE = dt.datetime.now(dt.UTC).replace(hour=9, minute=0, second=0, microsecond=0) + dt.timedelta(days=30)
SLOT = dt.timedelta(minutes=15)
BOOKED = "select starts_at, count(*) from appointment where state = 'booked' group by 1 having count(*) > 1"


@pytest.fixture
def doctor(clinic: Clinic) -> UUID:
    ((staff,),) = server_rows(clinic, "select staff_id from user_account where login = 'anjali'")
    assert isinstance(staff, UUID)
    return staff


def registered(station: Station, name: str) -> UUID:
    station.wait_current(20)
    made = station.run(patients.register, {"family_name": name}, patience=20)
    assert isinstance(made, Saved)
    made_id = made.row.id
    assert isinstance(made_id, UUID)
    return made_id


def wish(patient: UUID, doctor: UUID, slot: int, **more: Any) -> dict[str, Any]:
    times = {"starts_at": NINE + slot * SLOT, "minutes": 15, "outside_hours": True}
    return {"patient_id": patient, "staff_id": doctor} | times | more


def both_at_once(one: Any, other: Any) -> list[Any]:
    told: list[Any] = []
    together = Barrier(2)

    def each(doing: Any) -> None:
        together.wait()
        try:
            told.append(doing())
        except DomainError as error:
            told.append(error)

    threads = [Thread(target=each, args=(doing,)) for doing in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_of_two_desks_that_take_one_time_one_gets_it_and_the_other_is_told(
    clinic: Clinic, open_station: OpenStation, doctor: UUID
) -> None:
    desks = open_station("sofia"), open_station("joseph")
    people = [registered(desk, f"Patient {at}") for at, desk in enumerate(desks)]
    quiet(*desks)
    ends: Counter[str] = Counter()
    for slot in range(60):
        doings = [
            partial(desk.run, appointments.book, wish(patient, doctor, slot), patience=20)
            for desk, patient in zip(desks, people, strict=True)
        ]
        told = both_at_once(*doings)
        ends.update(type(one).__name__ for one in told)
        assert sum(isinstance(one, Saved) for one in told) == 1, told
        for one in told:
            if isinstance(one, Refused):
                assert "has this time meanwhile" in one.reason
            elif isinstance(one, DomainError):
                assert "has Patient" in one.sentence
    assert ends["Refused"], f"they never met: {ends}"
    quiet(*desks)
    assert server_rows(clinic, BOOKED) == []
    assert server_rows(clinic, "select count(*) from appointment") == [(60,)]
    for desk in desks:
        assert_replica_equals_server(desk, clinic)


@pytest.fixture
def rooms(clinic: Clinic, doctor: UUID) -> tuple[UUID, UUID, UUID]:
    """The doctor's usual room, another one, and a second doctor whose usual room is the first one too."""
    admin, names = clinic.admin(), ("Room 1", "Room 2")
    one, two = (insert(admin, "room", {"org_id": clinic.org_id, "name": name}) for name in names)
    other = {"org_id": clinic.org_id, "kind": "doctor", "title": "Dr", "family_name": "Diallo"}
    second = insert(admin, "staff", other | {"room_id": one})
    admin.execute("update staff set room_id = %s where id = %s", (one, doctor))
    return one, two, second


def test_of_two_desks_that_take_one_room_one_gets_it_and_the_other_is_told(
    clinic: Clinic, open_station: OpenStation, doctor: UUID, rooms: tuple[UUID, UUID, UUID]
) -> None:
    desks, doctors = (open_station("sofia"), open_station("joseph")), (doctor, rooms[2])
    people = [registered(desk, f"Patient {at}") for at, desk in enumerate(desks)]
    quiet(*desks)
    ends: Counter[str] = Counter()
    for slot in range(60):
        doings = [
            partial(desk.run, appointments.book, wish(patient, with_whom, slot), patience=20)
            for desk, patient, with_whom in zip(desks, people, doctors, strict=True)
        ]
        told = both_at_once(*doings)
        ends.update(type(one).__name__ for one in told)
        assert sum(isinstance(one, Saved) for one in told) == 1, told
        for one in told:
            if isinstance(one, Refused):
                assert "has this room meanwhile" in one.reason
            elif isinstance(one, DomainError):
                assert "Room 1 is taken then" in one.sentence
    assert ends["Refused"], f"they never met: {ends}"
    quiet(*desks)
    assert server_rows(clinic, BOOKED) == []
    assert server_rows(clinic, "select distinct room_id from appointment") == [(rooms[0],)]
    for desk in desks:
        assert_replica_equals_server(desk, clinic)


def test_a_room_that_was_taken_meanwhile_is_named_and_another_one_settles_it(
    clinic: Clinic,
    open_station: OpenStation,
    proxy: Proxy,
    doctor: UUID,
    rooms: tuple[UUID, UUID, UUID],
) -> None:
    away, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("joseph")
    mine, theirs = registered(away, "Mine"), registered(other, "Theirs")
    quiet(away, other)
    go_offline(away, proxy)
    assert isinstance(away.run(appointments.book, wish(mine, doctor, 0), patience=0.1), Queued)
    assert isinstance(other.run(appointments.book, wish(theirs, rooms[2], 0), patience=20), Saved)
    go_online(away, proxy)
    quiet(away, other)
    (entry,) = away.attention()
    assert "has this room meanwhile" in entry.sentence
    assert entry.line.endswith("Room 1")
    assert entry.wanted["room_id"] == rooms[0]
    free = away.read(appointments.free_rooms, away.user.org_id, NINE, NINE + SLOT)
    assert [row.name for row in free] == ["Room 2"]
    again = wish(mine, doctor, 0, room_id=rooms[1])
    assert isinstance(away.run(appointments.book, again, patience=20, resolves=entry.op_id), Saved)
    quiet(away)
    assert away.attention() == []
    assert_replica_equals_server(away, clinic)


def test_what_was_booked_without_the_server_is_refused_where_somebody_has_it_and_told(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, doctor: UUID
) -> None:
    away, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("joseph")
    mine, theirs = registered(away, "Mine"), registered(other, "Theirs")
    quiet(away, other)
    go_offline(away, proxy)
    taken, free = (away.run(appointments.book, wish(mine, doctor, slot), patience=0.1) for slot in (0, 1))
    assert isinstance(taken, Queued)
    assert isinstance(free, Queued)
    assert isinstance(other.run(appointments.book, wish(theirs, doctor, 0), patience=20), Saved)
    go_online(away, proxy)
    quiet(away, other)
    (entry,) = away.attention()
    assert "has this time meanwhile" in entry.sentence
    assert entry.wanted["starts_at"] == NINE
    day = away.read(appointments.between, away.user.org_id, NINE, NINE + 4 * SLOT)
    assert [(row.name, row.starts_at) for row in day] == [("Theirs", NINE), ("Mine", NINE + SLOT)]
    # It is given another time, and by that the refused one is settled.
    again = away.run(appointments.book, wish(mine, doctor, 2), patience=20, resolves=entry.op_id)
    assert isinstance(again, Saved)
    quiet(away)
    assert away.attention() == []
    assert_replica_equals_server(away, clinic)


def test_a_note_and_a_move_at_two_desks_both_stand(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, doctor: UUID
) -> None:
    away, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("joseph")
    made = other.run(appointments.book, wish(registered(other, "Sow"), doctor, 0), patience=20)
    assert isinstance(made, Saved)
    quiet(away, other)
    go_offline(away, proxy)
    away.run(appointments.change, made.row.id, {"note": "wheelchair"}, patience=0.1)
    moved = other.run(appointments.move, made.row.id, doctor, NINE + SLOT, NINE + 2 * SLOT, True, patience=20)
    assert isinstance(moved, Saved)
    go_online(away, proxy)
    quiet(away, other)
    assert away.attention() == []
    assert server_rows(clinic, "select note, starts_at from appointment") == [("wheelchair", NINE + SLOT)]


def test_one_cancels_what_another_moves_and_a_person_decides(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, doctor: UUID
) -> None:
    away, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("joseph")
    made = other.run(appointments.book, wish(registered(other, "Sow"), doctor, 0), patience=20)
    assert isinstance(made, Saved)
    quiet(away, other)
    go_offline(away, proxy)
    away.run(appointments.cancel, made.row.id, "is travelling", patience=0.1)
    other.run(appointments.move, made.row.id, doctor, NINE + SLOT, NINE + 2 * SLOT, True, patience=20)
    go_online(away, proxy)
    quiet(away, other)
    (entry,) = away.attention()
    assert entry.title == "Sow: appointment cancelled"
    assert server_rows(clinic, "select state, starts_at from appointment") == [("booked", NINE + SLOT)]


def test_who_may_not_see_appointments_holds_none_and_who_only_reads_books_none(
    clinic: Clinic, open_station: OpenStation, doctor: UUID
) -> None:
    desk, pharmacist, cashier = open_station("sofia"), open_station("yusuf"), open_station("rui")
    patient = registered(desk, "Sow")
    assert isinstance(desk.run(appointments.book, wish(patient, doctor, 0), patience=20), Saved)
    quiet(desk, pharmacist, cashier)
    assert pharmacist.read(appointments.between, desk.user.org_id, NINE, NINE + SLOT) == []
    assert len(cashier.read(appointments.between, desk.user.org_id, NINE, NINE + SLOT)) == 1
    assert not cashier.can("appointments", "add")
    with clinic.connect("rui") as raw:
        raw.execute("set session characteristics as transaction read write")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute("update appointment set state = 'no_show'")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"starts_at": NINE + SLOT / 2, "ends_at": NINE + 2 * SLOT}, "appointment_one_place"),
        ({"ends_at": NINE - SLOT}, "appointment_ends_at_after_starts_at_check"),
        ({"ends_at": NINE + dt.timedelta(hours=13)}, "appointment_hours_most_check"),
        ({"state": "cancelled"}, "appointment_cancelled_with_reason_check"),
        ({"state": "held"}, "appointment_state_check"),
    ],
)
def test_the_database_refuses_what_no_window_offers(
    clinic: Clinic, doctor: UUID, changes: dict[str, Any], constraint: str
) -> None:
    patient = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Sow"})
    whole = {"org_id": clinic.org_id, "patient_id": patient, "staff_id": doctor}
    times = {"starts_at": NINE, "ends_at": NINE + SLOT}
    with clinic.connect("sofia") as raw:
        raw.execute("set session characteristics as transaction read write")
        insert(raw, "appointment", whole | times)
        with pytest.raises(psycopg.errors.IntegrityError) as told:
            insert(raw, "appointment", whole | times | changes)
    assert told.value.diag.constraint_name == constraint


def test_only_one_that_is_booked_holds_its_time(clinic: Clinic, doctor: UUID) -> None:
    patient = insert(clinic.admin(), "patient", {"org_id": clinic.org_id, "family_name": "Sow"})
    whole = {"org_id": clinic.org_id, "patient_id": patient, "staff_id": doctor, "cancel_reason": "why"}
    times = {"starts_at": NINE, "ends_at": NINE + SLOT}
    with clinic.connect("sofia") as raw:
        raw.execute("set session characteristics as transaction read write")
        for state in AppointmentState:
            insert(raw, "appointment", whole | times | {"state": state})
