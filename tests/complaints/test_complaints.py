"""What users of other clinic systems complain of most, made impossible; each test is named by its number in
the list of complaints."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest

from medidesk.errors import DomainError
from medidesk.models.billing import RefundState, Verdict, Way
from medidesk.repositories import appointments, billing, patients
from medidesk.station import Queued, Refused, Saved
from tests.support.billing import billed, card, cash, charged, drawer, priced, registered
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.raw_rows import insert
from tests.support.stations import (
    OpenStation,
    applied,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)
from tests.support.waiting import wait_until


def test_3_one_doctor_is_never_booked_twice_at_one_time(clinic: Clinic, open_station: OpenStation) -> None:
    reception, ward = open_station("sofia"), open_station("joseph")
    quiet(reception, ward)
    ((doctor,),) = server_rows(clinic, "select staff_id from user_account where login = 'anjali'")
    ten = dt.datetime.now(dt.UTC).replace(hour=10, minute=0, second=0, microsecond=0) + dt.timedelta(days=30)
    wanted = {"staff_id": doctor, "starts_at": ten, "minutes": 30, "outside_hours": True}
    told: list[Any] = []
    for station, name in ((reception, "Okafor"), (ward, "Haddad")):
        patient = station.run(patients.register, {"family_name": name}, patience=20)
        assert isinstance(patient, Saved)
        station.submit(
            appointments.book, wanted | {"patient_id": patient.row.id}, done=told.append, patience=20
        )
    wait_until(lambda: len(told) == 2)
    assert sum(isinstance(one, Saved) for one in told) == 1, told
    assert sum(isinstance(one, Refused | DomainError) for one in told) == 1, told
    # Nor by whoever connects without the program.
    overlapping = (
        "insert into appointment (id, org_id, patient_id, staff_id, starts_at, ends_at) "
        "select gen_random_uuid(), org_id, patient_id, staff_id, starts_at + interval '5 min', ends_at "
        "from appointment"
    )
    with clinic.connect("sofia") as raw, raw.transaction():
        raw.execute("set transaction read write")
        with pytest.raises(psycopg.errors.ExclusionViolation), raw.transaction():
            raw.execute(overlapping)
    quiet(reception, ward)
    assert server_rows(clinic, "select count(*) from appointment") == [(1,)]


def test_2_a_bill_is_settled_once_by_a_double_click_two_windows_and_an_outage(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    service = priced(clinic, "30")
    desk, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("rui")
    quiet(desk, other)
    patient = registered(desk, "Okafor")
    bill = billed(desk, patient, charged(desk, patient, service))
    quiet(desk, other)
    told: list[Any] = []
    for station in (desk, desk, other):
        station.submit(billing.pay, bill.id, card("30"), done=told.append, patience=20)
    wait_until(lambda: len(told) == 3)
    assert sum(isinstance(one, Saved) for one in told) == 1, told
    assert sum(isinstance(one, Refused | DomainError) for one in told) == 2, told
    charge = charged(desk, patient, service)
    quiet(desk, other)
    go_offline(desk, proxy)
    offline = desk.run(billing.settle, patient, [charge.id], card("30"), patience=0.1)
    assert isinstance(offline, Queued)
    assert isinstance(other.run(billing.settle, patient, [charge.id], card("30"), patience=20), Saved)
    go_online(desk, proxy)
    quiet(desk, other)
    # The money was really taken: it is the patient's, and nothing is owed twice.
    for station in (desk, other):
        assert [row.due for row in station.read(billing.of_patient, patient)].count(Decimal(0)) == 2
        (credit,) = station.read(billing.credits_of, patient, station.user.org_id)
        assert credit.amount == Decimal(30)
    assert server_rows(clinic, "select count(*), sum(amount) from payment") == [(3, Decimal(90))]


def test_3_one_room_is_never_booked_twice_at_one_time_also_over_an_outage(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    admin, doctors = clinic.admin(), []
    room = insert(admin, "room", {"org_id": clinic.org_id, "name": "Room 3"})
    for name in ("Diallo", "Lindholm"):
        doctor = {"org_id": clinic.org_id, "kind": "doctor", "family_name": name}
        doctors.append(insert(admin, "staff", doctor))
    away, other = open_station("sofia", server=proxy.through(clinic.server)), open_station("joseph")
    quiet(away, other)
    ten = dt.datetime.now(dt.UTC).replace(hour=10, minute=0, second=0, microsecond=0) + dt.timedelta(days=30)
    wanted = {"starts_at": ten, "minutes": 30, "outside_hours": True, "room_id": room}
    people = []
    for station, name in ((away, "Okafor"), (other, "Haddad")):
        patient = station.run(patients.register, {"family_name": name}, patience=20)
        assert isinstance(patient, Saved)
        people.append(patient.row.id)
    go_offline(away, proxy)
    mine, theirs = (
        {"patient_id": who, "staff_id": doctor} for who, doctor in zip(people, doctors, strict=True)
    )
    assert isinstance(away.run(appointments.book, wanted | mine, patience=0.1), Queued)
    assert isinstance(other.run(appointments.book, wanted | theirs, patience=20), Saved)
    go_online(away, proxy)
    quiet(away, other)
    # Who was away is told, keeps what was typed, and knows by now who has the room.
    (entry,) = away.attention()
    assert "has this room meanwhile" in entry.sentence
    assert entry.wanted["patient_id"] == people[0]
    with pytest.raises(DomainError, match="Room 3 is taken then: Lindholm has Haddad there"):
        away.run(appointments.book, wanted | mine)
    # Nor by whoever connects without the program.
    with clinic.connect("sofia") as raw, raw.transaction():
        raw.execute("set transaction read write")
        with pytest.raises(psycopg.errors.ExclusionViolation), raw.transaction():
            raw.execute(
                "insert into appointment (id, org_id, patient_id, staff_id, room_id, starts_at, ends_at) "
                "select gen_random_uuid(), org_id, patient_id, %s, room_id, starts_at, ends_at from appointment",
                (doctors[0],),
            )
    assert server_rows(clinic, "select count(*) from appointment") == [(1,)]


def test_5_a_network_drop_loses_no_newly_registered_patient(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    proxy.black_hole()
    draft = {
        "family_name": "Sow",
        "given_name": "Awa",
        "phone": "555 0100",
        "identifiers": [{"kind": "passport", "value": "L898902C3"}],
        "next_of_kin": [{"name": "Moussa Sow", "relation": "husband"}],
        "alerts": ["Hard of hearing"],
    }
    outcome = station.run(patients.register, draft, patience=0.2)
    assert isinstance(outcome, Queued)
    station.close()
    proxy.cut()
    again = open_station("sofia", server=proxy.through(clinic.server))
    file = again.read(patients.file, outcome.row.id)
    assert file is not None
    assert [kin.name for kin in file.next_of_kin] == ["Moussa Sow"]
    go_online(again, proxy)
    quiet(again)
    assert server_rows(clinic, "select family_name, given_name, phone from patient") == [
        ("Sow", "Awa", "555 0100")
    ]
    assert server_rows(clinic, "select text from patient_alert") == [("Hard of hearing",)]
    assert_replica_equals_server(again, clinic)


def test_5_a_slow_link_creates_no_duplicates(clinic: Clinic, open_station: OpenStation, proxy: Proxy) -> None:
    station = open_station("sofia", server=proxy.through(clinic.server))
    quiet(station)
    proxy.delay(0.15)
    told: list[Any] = []
    for number in range(5):
        station.submit(
            patients.register, {"family_name": f"Patient {number}"}, done=told.append, patience=0.05
        )
    wait_until(lambda: len(told) == 5)
    proxy.break_off()
    proxy.mend()
    quiet(station)
    assert applied(clinic) == {outcome.op_id: 1 for outcome in told}


def test_7_nobody_is_told_of_someone_else_after_their_own_save(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    station = open_station("anjali", server=proxy.through(clinic.server))
    quiet(station)
    saved = station.run(patients.register, {"family_name": "Sow"})
    assert isinstance(saved, Saved)
    for number in range(5):
        outcome = station.run(patients.edit, saved.row.id, {"phone": f"555 010{number}"})
        assert isinstance(outcome, Saved)
        assert outcome.merged == ()
    allergy = station.run(patients.add_allergy, saved.row.id, {"substance": "Latex"})
    assert isinstance(allergy, Saved)
    outcome = station.run(patients.edit, saved.row.id, {"email": "a@example.org"})
    assert isinstance(outcome, Saved)
    assert outcome.merged == ()
    go_offline(station, proxy)
    for number in range(5):
        station.run(patients.edit, saved.row.id, {"phone": f"555 020{number}"})
    go_online(station, proxy)
    outcome = station.run(patients.edit, saved.row.id, {"phone": "555 0300"})
    assert isinstance(outcome, (Saved, Queued))
    quiet(station)
    assert station.attention() == []
    assert server_rows(clinic, "select phone from patient") == [("555 0300",)]


def test_13_duplicates_are_merged_and_parted_again_with_all_that_was_theirs(
    clinic: Clinic, open_station: OpenStation
) -> None:
    reception, doctor = open_station("sofia"), open_station("anjali")
    quiet(reception, doctor)
    drafts: list[dict[str, Any]] = [
        {"family_name": "Sow", "identifiers": [{"kind": "passport", "value": "P1"}], "alerts": ["One"]},
        {"family_name": "Saw", "identifiers": [{"kind": "insurance", "value": "I2"}], "alerts": ["Two"]},
    ]
    kept, merged = (doctor.run(patients.register, draft).row.id for draft in drafts)  # type: ignore[union-attr]
    doctor.run(patients.add_allergy, merged, {"substance": "Latex"})
    quiet(reception, doctor)
    made = reception.run(patients.merge, kept, merged, "one person")
    assert isinstance(made, Saved)
    quiet(reception, doctor)
    for station in (reception, doctor):
        file = station.read(patients.file, kept)
        assert file is not None
        assert {one.value for one in file.identifiers} == {"P1", "I2"}
        assert {one.text for one in file.alerts} == {"One", "Two"}
        assert file.patient.has_allergy
        assert [row.id for row in station.read(patients.page, 0, 10)] == [kept]
    assert isinstance(doctor.run(patients.unmerge, made.row.id), Saved)
    quiet(reception, doctor)
    for station in (reception, doctor):
        for one, value, alert in ((kept, "P1", "One"), (merged, "I2", "Two")):
            file = station.read(patients.file, one)
            assert file is not None
            assert [identifier.value for identifier in file.identifiers] == [value]
            assert [shown.text for shown in file.alerts] == [alert]
            assert file.patient.has_allergy == (one == merged)
        assert_replica_equals_server(station, clinic)


def test_14_a_drawer_stays_positive_over_a_handover_and_money_goes_back_as_it_came(
    clinic: Clinic, open_station: OpenStation
) -> None:
    desk, other, manager = (open_station(login) for login in ("sofia", "rui", "olive"))
    quiet(desk, other, manager)
    patient = registered(desk, "Okafor")
    till = drawer(desk, "0")
    paid_cash, paid_card = (
        desk.run(billing.deposit, patient, parts, till, patience=20) for parts in (cash("50"), card("80"))
    )
    assert isinstance(paid_cash, Saved)
    assert isinstance(paid_card, Saved)
    assert isinstance(desk.run(billing.close_drawer, till, "20", "30 to the safe", patience=20), Saved)
    quiet(desk, other, manager)
    handed = other.run(billing.open_drawer, other.user.account_id, "Front desk", "20", till, patience=20)
    assert isinstance(handed, Saved)

    def asked(payment: UUID, amount: str) -> UUID:
        made = other.run(billing.refund, payment, amount, "Did not come", handed.row.id, patience=20)
        assert isinstance(made, Saved)
        # Nothing is given back on one's own word, whatever it is.
        assert made.row.state is RefundState.ASKED
        quiet(other, manager)
        assert isinstance(
            manager.run(billing.decide_refund, made.row.id, Verdict.APPROVED, patience=20), Saved
        )
        quiet(other, manager)
        found: UUID = made.row.id
        return found

    # More than is in the drawer does not leave it.
    with pytest.raises(DomainError, match=r"only 20\.00 EUR in this drawer"):
        other.run(billing.pay_out, asked(paid_cash.row.id, "50"), handed.row.id, patience=20)
    # What was paid by card goes back to the card: the drawer is not asked.
    back = other.run(billing.pay_out, asked(paid_card.row.id, "80"), handed.row.id, patience=20)
    assert isinstance(back, Saved)
    assert (back.row.way, back.row.session_id) == (Way.CARD, None)
    held = other.read(billing.drawer, handed.row.id)
    assert held is not None
    assert held.holds == Decimal(20)


def test_16_the_database_itself_refuses_what_the_windows_do_not_offer(clinic: Clinic) -> None:
    with clinic.connect("rui") as cashier:
        for statement in (
            "insert into patient (id, org_id, family_name) values (gen_random_uuid(), %(org)s, 'X')",
            "select * from allergy",
            "delete from patient",
            "insert into applied_operation (op_id, payload_sha) values (gen_random_uuid(), '')",
            "update audit_log set login = 'somebody else'",
            "select rolpassword from pg_authid",
            "select approve_account('eve', null, null, 'administrator', %(org)s)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                cashier.execute(statement.encode(), {"org": clinic.org_id})


def test_16_a_station_whose_rights_were_forged_is_refused_by_the_server(
    clinic: Clinic, open_station: OpenStation
) -> None:
    """Whoever changes the program at a station gains nothing by it."""
    station = open_station("rui")
    quiet(station)
    forged = station._engine.runs.begin(patients.register, ({"family_name": "Forged"},), {}, 5)
    outcome = forged.result(10)
    assert isinstance(outcome, Refused)
    quiet(station)
    assert server_rows(clinic, "select count(*) from patient") == [(0,)]
    assert station.read(patients.search, "forged") == []


def test_17_a_conflict_is_neither_a_second_record_nor_won_by_the_last_writer(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    reception = open_station("sofia", server=proxy.through(clinic.server))
    doctor = open_station("anjali")
    quiet(reception, doctor)
    saved = doctor.run(patients.register, {"family_name": "Sow", "phone": "555 0100"})
    assert isinstance(saved, Saved)
    quiet(reception, doctor)
    go_offline(reception, proxy)
    reception.run(patients.edit, saved.row.id, {"phone": "555 0101"})
    doctor.run(patients.edit, saved.row.id, {"phone": "555 0102"})
    go_online(reception, proxy)
    quiet(reception, doctor)
    assert server_rows(clinic, "select phone from patient") == [("555 0102",)]
    (entry,) = reception.attention()
    (clash,) = entry.fields
    assert (clash.base, clash.theirs, clash.mine) == ("555 0100", "555 0102", "555 0101")
    for station in (reception, doctor):
        assert_replica_equals_server(station, clinic)
