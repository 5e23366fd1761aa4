"""The same queries, asked of PostgreSQL by the people who ask them."""

import datetime as dt
from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from medidesk.models.patients import ClinicalState, IdentifierKind, Severity, Sex
from medidesk.models.settings import SettingName
from medidesk.models.types import new_id
from medidesk.repositories import appointments, patients, people, settings
from tests.support.database import Clinic

type Asks = Callable[[str], Session]


@pytest.fixture
def asks(clinic: Clinic) -> Iterator[Asks]:
    """Sessions on the server, signed in as somebody."""
    opened: list[Session] = []

    def ask(login: str) -> Session:
        engine = sa.create_engine(
            "postgresql+psycopg://", creator=lambda: clinic.connect(login), poolclass=sa.NullPool
        )
        opened.append(Session(engine))
        return opened[-1]

    yield ask
    for session in opened:
        session.close()


@pytest.fixture
def admin(clinic: Clinic) -> psycopg.Connection:
    """Writes what the tests then read."""
    return clinic.admin()


def put(admin: psycopg.Connection, clinic: Clinic, table: str, **values: object) -> UUID:
    whole = {"id": new_id(), "org_id": clinic.org_id} | values
    names = sql.SQL(", ").join(map(sql.Identifier, whole))
    marks = sql.SQL(", ").join(sql.Placeholder() * len(whole))
    admin.execute(
        sql.SQL("insert into {} ({}) values ({})").format(sql.Identifier(table), names, marks),
        list(whole.values()),
    )
    row_id = whole["id"]
    assert isinstance(row_id, UUID)
    return row_id


def test_a_file_reads_alike_on_the_server(clinic: Clinic, admin: psycopg.Connection, asks: Asks) -> None:
    ada = put(
        admin,
        clinic,
        "patient",
        family_name="Okafor",
        given_name="Ada",
        sex="female",
        born_on=dt.date(1980, 1, 1),
    )
    ade = put(admin, clinic, "patient", family_name="Okafor", given_name="Ade", merged_into_id=ada)
    put(admin, clinic, "patient_identifier", patient_id=ade, kind="passport", value="P1")
    put(admin, clinic, "next_of_kin", patient_id=ada, name="Luis")
    put(admin, clinic, "patient_alert", patient_id=ade, text="Falls risk")
    put(admin, clinic, "allergy", patient_id=ade, substance="Latex", severity="severe")
    put(admin, clinic, "condition", patient_id=ada, text="Asthma")
    put(admin, clinic, "patient_merge", kept_id=ada, merged_id=ade, state="merged")
    put(admin, clinic, "patient_photo", patient_id=ada, media_type="image/png", content=b"\x89PNG")

    doctor = asks("anjali")
    file = patients.file(doctor, ada)
    assert file is not None
    assert (file.patient.sex, file.patient.born_on, file.patient.version) == (
        Sex.FEMALE,
        dt.date(1980, 1, 1),
        1,
    )
    assert file.patient.has_allergy
    assert file.identifiers[0].kind is IdentifierKind.PASSPORT
    assert (file.allergies[0].severity, file.conditions[0].state) == (Severity.SEVERE, ClinicalState.ACTIVE)
    assert (len(file.next_of_kin), len(file.alerts), len(file.merges)) == (1, 1, 1)
    merged = patients.by_id(doctor, ade)
    assert merged is not None
    assert file.other_numbers == (merged.file_no,)
    photo = patients.photo(doctor, ada)
    assert photo is not None
    assert bytes(photo.content) == b"\x89PNG"

    assert [row.id for row in patients.page(doctor, 0, 10)] == [ada]
    assert patients.page(doctor, 1, 10) == []
    assert patients.count(doctor) == 1
    assert patients.rows(doctor, [ada, ade]).keys() == {ada, ade}
    assert patients.page(doctor, 0, 1)[0].has_allergy
    assert patients.with_alerts(doctor, [ada]) == {ada: ("Falls risk",)}
    kept = patients.kept(doctor, ade)
    assert kept is not None
    assert kept.id == ada


def test_reception_reads_a_file_without_what_is_not_theirs(
    clinic: Clinic, admin: psycopg.Connection, asks: Asks
) -> None:
    ada = put(admin, clinic, "patient", family_name="Okafor")
    put(admin, clinic, "allergy", patient_id=ada, substance="Latex")
    file = patients.file(asks("sofia"), ada, clinical=False)
    assert file is not None
    assert (file.patient.has_allergy, file.allergies) == (True, ())
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        patients.file(asks("sofia"), ada, clinical=True)


def test_people_are_named_as_others_call_them(clinic: Clinic, asks: Asks) -> None:
    reception = asks("sofia")
    named = people.names(reception)
    assert named[clinic.account("anjali")] == "Dr Anjali Kumar"
    assert len(named) >= len(clinic.people)
    me = people.me(reception, "anjali")
    assert me is not None
    assert (me.login, me.display_name, me.roles) == ("anjali", "Dr Anjali Kumar", ("doctor",))
    assert (me.account_id, me.org_id, me.role_label) == (clinic.account("anjali"), clinic.org_id, "Doctor")
    assert me.org_name
    assert people.me(reception, "nobody") is None


def test_settings_are_read_as_on_a_replica(admin: psycopg.Connection, clinic: Clinic, asks: Asks) -> None:
    row = put(admin, clinic, "setting", name="offline_days", value=Jsonb(14))
    put(admin, clinic, "setting", name="lock_minutes_most", value=Jsonb(20), org_id=clinic.network_id)
    reception = asks("sofia")
    assert [settings.value_of(reception, one, clinic.org_id) for one in SettingName] == [20, 14, 0, 60, 30]
    there = settings.set_there(reception, row)
    assert there is not None
    assert (there.value, there.source_id) == (14, clinic.org_id)
    assert {(one.setting, one.org_id) for one in settings.overview(reception, clinic.org_id)} == {
        *((one, clinic.org_id) for one in SettingName), (SettingName.LOCK_MINUTES_MOST, clinic.network_id),
    }  # fmt: skip


def test_full_days_and_who_would_come_earlier_read_alike_on_the_server(
    clinic: Clinic, admin: psycopg.Connection, asks: Asks
) -> None:
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=7)
    after = dt.datetime.combine(day, dt.time(), dt.UTC)
    doctor = put(admin, clinic, "staff", kind="doctor", title="Dr", family_name="Diallo")
    hours = {"from_minute": 540, "to_minute": 600, "slot_minutes": 30, "starts_on": day}
    put(admin, clinic, "duty_schedule", staff_id=doctor, weekday=day.isoweekday(), **hours)
    patient = put(admin, clinic, "patient", family_name="Okafor")
    times = {
        name: {
            "starts_at": after + dt.timedelta(minutes=minute),
            "ends_at": after + dt.timedelta(minutes=minute + 30),
        }
        for name, minute in (("freed", 540), ("taken", 570))
    }
    whose = {"patient_id": patient, "staff_id": doctor}
    gone = {"state": "cancelled", "cancel_reason": "travels"}
    freed = put(admin, clinic, "appointment", **whose, **times["freed"], **gone)
    waits = put(admin, clinic, "appointment", **whose, **times["taken"], wants_earlier=True)
    session = asks("sofia")
    for staff_id in (None, doctor):
        loads = appointments.how_full(session, clinic.org_id, [day], after, staff_id)
        assert loads == [appointments.DayLoad(day, 2, 1, 1)]
    (found,) = appointments.earlier_times(session, clinic.org_id, after)
    assert found.id == waits
    assert found.slot is not None
    assert found.slot.starts_at == times["freed"]["starts_at"]
    row = appointments.by_id(session, freed)
    assert row is not None
    assert [one.id for one in appointments.could_come(session, row, after)] == [waits]
