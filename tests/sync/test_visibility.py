"""What a station holds is what its user may see: rights that come and go take their rows along."""

import json
from uuid import UUID, uuid4

import pytest
from psycopg import sql

from medidesk.models.patients import Allergy, Condition
from medidesk.repositories import patients
from medidesk.station import Station
from medidesk.sync import reconcile
from medidesk.sync.codec import TableCodec, codecs
from medidesk.sync.feed import Pulled, select_rows
from medidesk.sync.operation import Operation
from medidesk.sync.replica import ChangedRows, Replica
from tests.support.database import Clinic
from tests.support.operations import changed
from tests.support.operations import operation as sent
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until


def clinical_rows(station: Station) -> int:
    def count(session: object) -> int:
        execute = session.connection().exec_driver_sql  # type: ignore[attr-defined]
        return sum(
            int(execute(f"select count(*) from {model.__tablename__}").scalar_one())
            for model in (Allergy, Condition)
        )

    return station.read(count)


def a_patient(doctor: Station) -> UUID:
    outcome = doctor.run(
        patients.register,
        {
            "family_name": "Sow",
            "allergies": [{"substance": "Latex"}],
            "conditions": [{"text": "Asthma"}],
        },
    )
    found: UUID = outcome.row.id  # type: ignore[union-attr]
    return found


def give(clinic: Clinic, login: str, role: str) -> None:
    with clinic.admin() as admin:
        admin.execute(
            sql.SQL("grant {} to {}").format(sql.Identifier(f"medidesk_{role}"), sql.Identifier(login))
        )
        admin.execute(
            "insert into user_role (id, org_id, user_account_id, role) values (gen_random_uuid(), %s, %s, %s)",
            (clinic.org_id, clinic.account(login), role),
        )


def take(clinic: Clinic, login: str, role: str) -> None:
    with clinic.admin() as admin:
        admin.execute(
            sql.SQL("revoke {} from {}").format(sql.Identifier(f"medidesk_{role}"), sql.Identifier(login))
        )
        admin.execute(
            "update user_role set deleted_at = now() where user_account_id = %s and role = %s",
            (clinic.account(login), role),
        )


def test_clinical_rows_never_reach_a_receptionists_pc(clinic: Clinic, open_station: OpenStation) -> None:
    doctor, reception = open_station("anjali"), open_station("sofia")
    one = a_patient(doctor)
    quiet(doctor, reception)
    assert clinical_rows(doctor) == 2
    assert clinical_rows(reception) == 0
    file = reception.read(patients.file, one)
    assert file is not None
    assert (file.patient.has_allergy, file.allergies, file.conditions) == (True, (), ())
    for station in (doctor, reception):
        assert_replica_equals_server(station, clinic)


def test_a_role_given_and_taken_brings_its_rows_and_takes_them_away(
    clinic: Clinic, open_station: OpenStation
) -> None:
    doctor, reception = open_station("anjali"), open_station("sofia")
    a_patient(doctor)
    quiet(doctor, reception)
    give(clinic, "sofia", "nurse")
    wait_until(lambda: clinical_rows(reception) == 2, 5)
    quiet(reception)
    assert_replica_equals_server(reception, clinic)
    take(clinic, "sofia", "nurse")
    wait_until(lambda: clinical_rows(reception) == 0, 5)
    quiet(reception)
    assert_replica_equals_server(reception, clinic)


def test_rights_that_changed_while_a_station_was_off_hold_at_the_next_start(
    clinic: Clinic, open_station: OpenStation
) -> None:
    doctor, nurse = open_station("anjali"), open_station("joseph")
    a_patient(doctor)
    quiet(nurse)
    assert clinical_rows(nurse) == 2
    nurse.close()
    give(clinic, "joseph", "cashier")
    take(clinic, "joseph", "nurse")
    again = open_station("joseph")
    quiet(again)
    assert clinical_rows(again) == 0
    assert_replica_equals_server(again, clinic)


def test_a_branch_that_moves_takes_its_rows_out_of_sight(clinic: Clinic, open_station: OpenStation) -> None:
    branch, elsewhere = uuid4(), uuid4()
    with clinic.admin() as admin:
        admin.execute(
            "insert into organisation (id, org_id, parent_id, kind, name, timezone, currency) values "
            "(%s, %s, %s, 'clinic', 'Branch', 'UTC', 'EUR'), (%s, %s, null, 'network', 'Others', 'UTC', 'EUR')",
            (branch, clinic.org_id, clinic.org_id, elsewhere, elsewhere),
        )
        admin.execute(
            "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %s, 'Branched')",
            (branch,),
        )
    doctor = open_station("anjali")
    quiet(doctor)
    assert len(doctor.read(patients.search, "branched")) == 1
    with clinic.admin() as admin:
        admin.execute("update organisation set parent_id = %s where id = %s", (elsewhere, branch))
    wait_until(lambda: doctor.read(patients.search, "branched") == [], 5)
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)


def test_more_rows_than_a_list_holds_arrive_by_comparison(clinic: Clinic, open_station: OpenStation) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    with clinic.admin() as admin:
        admin.execute(
            "insert into patient (id, org_id, family_name) "
            "select gen_random_uuid(), %s, 'Many ' || n from generate_series(1, 10500) n",
            (clinic.org_id,),
        )
    quiet(doctor, timeout=30)
    assert doctor.read(patients.count) == 10_500
    assert_replica_equals_server(doctor, clinic)


def test_checking_a_station_mends_whatever_differs(clinic: Clinic, open_station: OpenStation) -> None:
    doctor = open_station("anjali")
    a_patient(doctor)
    quiet(doctor)
    writer = doctor._engine.replica.writer

    def spoil() -> None:
        writer.execute("delete from allergy")
        writer.execute("update patient set family_name = 'Wrong', version = version - 1")

    doctor._engine.call(spoil).result(5)
    doctor.check()
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)
    assert server_rows(clinic, "select family_name from patient") == [("Sow",)]


def test_what_is_saved_while_a_station_is_checked_neither_leaves_nor_goes_back(
    clinic: Clinic, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison looks at an earlier moment than an answer that comes in between."""
    doctor = open_station("anjali")
    one = a_patient(doctor)
    quiet(doctor)
    follower = doctor._engine.follower
    held, store = reconcile._held, follower._store
    came_between: list[object] = []
    seen: list[str] = []

    def saved_now() -> None:
        codec = codecs()["patient"]
        with clinic.connect("anjali") as other:
            other.execute("update patient set phone = '555 0100' where id = %s", (one,))
            query = select_rows(codec).encode()
            answer = other.execute(query, ([one],), binary=True).fetchone()
        assert answer is not None
        payload = sent("anjali", changed("patient", one, 1, base={"phone": ""}, phone="555 0100"))
        operation = Operation.from_payload(json.dumps(payload))
        doctor._engine.laid_over.add(operation)
        doctor._engine.laid_over.remove_all([(operation, {("patient", one): codec.received(answer)}, None)])

    async def slow_look(replica: Replica, codec: TableCodec) -> reconcile.Buckets:
        if codec.name == "patient" and not came_between:
            came_between.append(codec.name)
            saved_now()
        return await held(replica, codec)

    def stored(pulled: Pulled) -> ChangedRows:
        changed_rows = store(pulled)
        row = doctor.read(patients.by_id, one)
        if came_between and row is not None:
            seen.append(row.phone)
        return changed_rows

    monkeypatch.setattr(reconcile, "_held", slow_look)
    monkeypatch.setattr(follower, "_store", stored)
    doctor.check()
    wait_until(lambda: seen)
    quiet(doctor)
    assert set(seen) == {"555 0100"}
    assert_replica_equals_server(doctor, clinic)
