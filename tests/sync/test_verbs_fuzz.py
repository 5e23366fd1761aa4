"""Whatever is typed or pasted into a field: it is saved at the server, or refused in a sentence beside the form."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medidesk.errors import DomainError
from medidesk.models.base import Row, replica_type, table_of
from medidesk.models.directory import Department, Organisation, Room, Specialisation, Staff, StaffKind
from medidesk.models.patients import Allergy, Condition, NextOfKin, Patient, PatientIdentifier
from medidesk.models.settings import SettingName
from medidesk.models.types import Flag, Id
from medidesk.repositories import directory, duty, patients
from medidesk.repositories import settings as clinic_settings
from medidesk.repositories.patients.checks import fields_of
from medidesk.repositories.verbs import Verb
from medidesk.station import Refused, Saved, Station
from tests.support.database import Clinic
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet

# What people type, paste from elsewhere, and what would be code where it is not kept as text.
NASTY = st.sampled_from([
    "", " ", "\0", "a\0b", "\ud800", "\u202etfel", "\ufeff", "e\u0301" * 40, "ﷺ" * 30, "🏥" * 200, "A" * 20_000,
    "'; drop table patient; --", "%s %(x)s {0} {name}", "$$", "\\x00", "\\", '"', "<b>x</b>", "=1+1",
    "../../etc/passwd", "NaN", "infinity", "-infinity", "0001-01-01", "9999-12-31", "31.12.1899", "30.02.2001",
    "2026-11-27", "12 mar 84", "1e999", "٣", "१२३", "null",
])  # fmt: skip
TYPED = st.one_of(NASTY, st.text(max_size=40), st.dates().map(str), st.integers().map(str))
FUZZ = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def fields(model: type[Row]) -> st.SearchStrategy[dict[str, Any]]:
    """Some fields of a table, filled in."""
    columns = table_of(model).columns
    each = {
        name: st.booleans() if isinstance(replica_type(columns[name]), Flag) else TYPED
        for name in sorted(fields_of(model))
        if not isinstance(replica_type(columns[name]), Id)  # chosen from a list
    }
    return st.fixed_dictionaries({}, optional=each)


@pytest.fixture
def desk(open_station: OpenStation, clinic: Clinic) -> Iterator[tuple[Station, UUID]]:
    """A doctor's station, and a file; afterwards its replica is what the server holds."""
    station = open_station("anjali", server=clinic.server)
    quiet(station)
    made = station.run(patients.register, {"family_name": "Sow"}, patience=20)
    assert isinstance(made, Saved)
    yield station, made.row.id
    quiet(station)
    assert station.attention() == []
    assert_replica_equals_server(station, clinic)


def saved_or_told(station: Station, verb: Verb, *arguments: Any) -> None:
    told, outcome = "", None
    try:
        outcome = station.run(verb, *arguments, patience=20)
    except DomainError as error:
        told = error.sentence
    if told:
        assert "\0" not in told
        assert len(told) < 500, "a sentence, and not all that was typed"
        return
    assert not isinstance(outcome, Refused), f"the form took what the server does not: {outcome}"
    assert isinstance(outcome, Saved)


@FUZZ
@given(draft=fields(Patient))
def test_registering(desk: tuple[Station, UUID], draft: dict[str, Any]) -> None:
    saved_or_told(desk[0], patients.register, draft)


@FUZZ
@given(changes=fields(Patient))
def test_editing(desk: tuple[Station, UUID], changes: dict[str, Any]) -> None:
    saved_or_told(desk[0], patients.edit, desk[1], changes)


@pytest.mark.parametrize(
    ("verb", "model"),
    [
        (patients.add_allergy, Allergy),
        (patients.add_condition, Condition),
        (patients.add_identifier, PatientIdentifier),
        (patients.add_next_of_kin, NextOfKin),
    ],
)
def test_what_belongs_to_a_file(desk: tuple[Station, UUID], verb: Verb, model: type[Row]) -> None:
    @FUZZ
    @given(values=fields(model))
    def each(values: dict[str, Any]) -> None:
        saved_or_told(desk[0], verb, desk[1], values)

    each()


@FUZZ
@given(text=TYPED)
def test_alerts_and_searches(desk: tuple[Station, UUID], text: str) -> None:
    saved_or_told(desk[0], patients.add_alert, desk[1], text)
    assert isinstance(desk[0].read(patients.search, text), list)


@pytest.fixture
def office(open_station: OpenStation, clinic: Clinic) -> Iterator[Station]:
    """An administrator's station; afterwards its replica is what the server holds."""
    station = open_station("ingrid", server=clinic.server)
    quiet(station)
    yield station
    quiet(station)
    assert station.attention() == []
    assert_replica_equals_server(station, clinic)


@pytest.mark.parametrize(
    ("verb", "model"),
    [
        (directory.add_staff, Staff),
        (directory.add_department, Department),
        (directory.add_specialisation, Specialisation),
        (directory.add_room, Room),
    ],
)
def test_what_an_administrator_adds(office: Station, verb: Verb, model: type[Row]) -> None:
    @FUZZ
    @given(values=fields(model), kind=st.sampled_from(StaffKind))
    def each(values: dict[str, Any], kind: StaffKind) -> None:
        saved_or_told(office, verb, values | ({"kind": kind} if model is Staff else {}))

    each()


@FUZZ
@given(changes=fields(Organisation))
def test_where_a_branch_is(office: Station, changes: dict[str, Any]) -> None:
    saved_or_told(office, directory.edit_organisation, office.user.org_id, changes)


@FUZZ
@given(
    name=st.sampled_from(SettingName),
    value=st.none() | st.integers() | st.integers(1, 130),
    taken=st.booleans(),
)
def test_settings(office: Station, name: SettingName, value: int | None, taken: bool) -> None:
    saved_or_told(office, clinic_settings.change, name, value)
    if taken:
        saved_or_told(office, clinic_settings.reset, name)


CLOCK = st.one_of(st.sampled_from(["8", "9:30", "17.15", "24:00"]), TYPED)
DAY = st.one_of(st.dates().map(str), TYPED)


@FUZZ
@given(
    hours=st.fixed_dictionaries(
        {"starts": CLOCK, "ends": CLOCK, "starts_on": DAY},
        optional={"ends_on": DAY, "monday": st.booleans(), "slot_minutes": st.none() | st.integers()},
    ),
    exception=st.fixed_dictionaries(
        {"starts_on": DAY, "reason": TYPED}, optional={"ends_on": DAY, "starts": CLOCK, "ends": CLOCK}
    ),
)
def test_duty_hours(office: Station, hours: dict[str, Any], exception: dict[str, Any]) -> None:
    person = office.read(directory.staff)[0].id
    saved_or_told(office, duty.add_schedule, {"slot_minutes": 15, "staff_id": person} | hours)
    saved_or_told(office, duty.add_schedule, {"slot_minutes": 15, "staff_id": person, "monday": True} | hours)
    saved_or_told(office, duty.add_exception, {"kind": "away", "staff_id": person} | exception)
