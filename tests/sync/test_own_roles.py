"""Roles of a clinic's own, at stations: what can be done there, and what they hold."""

import pytest

from medidesk.errors import DomainError, NotAllowed, ServerUnreachable
from medidesk.permissions import Levels, Need
from medidesk.repositories import directory, patients
from medidesk.server import accounts
from medidesk.station import Station
from medidesk.sync.trail import Wanted
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until

DESK: Levels = {"demographics": Need.ADD}
KEEPER: Levels = {"directory": Need.CHANGE}


def made(administrator: Station, label: str, levels: Levels) -> str:
    administrator.wait_current(20)
    roles = administrator.administration.roles
    return roles.define(None, label, levels, administrator.user.org_id).result(20)


def join(clinic: Clinic, role: str, login: str = "helper") -> None:
    accounts.add_person(clinic.admin(), login, "password", role=role, family_name="Helper", org=clinic.org_id)


def test_a_station_lets_do_what_the_role_says(clinic: Clinic, open_station: OpenStation) -> None:
    administrator, doctor = open_station("ingrid"), open_station("anjali")
    doctor.run(patients.register, {"family_name": "Sow", "allergies": [{"substance": "Latex"}]})
    join(clinic, made(administrator, "Front desk", DESK))
    helper = open_station("helper", password="password")
    assert helper.user.role_label == "Front desk"
    assert helper.can("demographics", "add")
    assert not helper.can("demographics", "change")
    assert not helper.can("clinical", "read")
    outcome = helper.run(patients.register, {"family_name": "Diallo"})
    assert outcome.row is not None  # type: ignore[union-attr]
    with pytest.raises(NotAllowed):
        helper.run(patients.edit, outcome.row.id, {"phone": "1"})  # type: ignore[union-attr]
    quiet(administrator, doctor, helper)
    for station in (administrator, doctor):
        assert_replica_equals_server(station, clinic)
    assert_replica_equals_server(helper, clinic, password="password")


def test_somebody_who_sees_no_patient_keeps_the_clinics_directory(
    clinic: Clinic, open_station: OpenStation
) -> None:
    administrator, doctor = open_station("ingrid"), open_station("anjali")
    doctor.run(patients.register, {"family_name": "Sow"})
    join(clinic, made(administrator, "Secretary", KEEPER))
    helper = open_station("helper", password="password")
    helper.run(directory.add_department, {"name": "Physiotherapy"})
    quiet(administrator, doctor, helper)
    assert ("Physiotherapy",) in server_rows(clinic, "select name from department")
    assert helper.read(patients.search, "sow") == []
    assert_replica_equals_server(helper, clinic, password="password")


def test_a_role_that_reads_more_brings_the_rows_and_one_that_reads_less_takes_them_away(
    clinic: Clinic, open_station: OpenStation
) -> None:
    administrator, doctor = open_station("ingrid"), open_station("anjali")
    doctor.run(patients.register, {"family_name": "Sow", "allergies": [{"substance": "Latex"}]})
    role = made(administrator, "Assistant", DESK)
    join(clinic, role)
    helper = open_station("helper", password="password")

    def allergies() -> int:
        return helper.read(  # type: ignore[no-any-return]
            lambda session: session.connection().exec_driver_sql("select count(*) from allergy").scalar_one()
        )

    quiet(doctor, helper)
    assert allergies() == 0
    define = administrator.administration.roles.define
    define(role, "Assistant", {**DESK, "clinical": Need.READ}, clinic.org_id).result(20)
    wait_until(lambda: allergies() == 1, 10)
    define(role, "Assistant", DESK, clinic.org_id).result(20)
    wait_until(lambda: allergies() == 0, 10)
    quiet(administrator, doctor, helper)
    assert_replica_equals_server(helper, clinic, password="password")


def test_work_that_the_role_no_longer_includes_is_held_and_not_lost(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    administrator = open_station("ingrid")
    role = made(administrator, "Front desk", DESK)
    join(clinic, role)
    helper = open_station("helper", password="password", server=proxy.through(clinic.server))
    helper.wait_current(20)
    proxy.cut()
    wait_until(lambda: helper.sync.state == "offline", 20)
    helper.run(patients.register, {"family_name": "Diallo"})
    administrator.administration.roles.define(
        role, "Front desk", {"demographics": Need.READ}, clinic.org_id
    ).result(20)
    proxy.mend()
    helper.retry_now()
    wait_until(lambda: server_rows(clinic, "select reason from held_fact where author = 'helper'") != [], 20)


def test_what_the_server_refuses_is_said(clinic: Clinic, open_station: OpenStation, proxy: Proxy) -> None:
    administrator = open_station("ingrid", server=proxy.through(clinic.server))
    administrator.wait_current(20)
    roles, org = administrator.administration.roles, clinic.org_id
    with pytest.raises(DomainError, match="There is a role Reception already"):
        roles.define(None, "reception", DESK, org).result(20)
    role = roles.define(None, "Front desk", DESK, org).result(20)
    join(clinic, role)
    with pytest.raises(DomainError, match="still held by one person"):
        roles.retire(role).result(20)
    reception = open_station("sofia")
    reception.wait_current(20)
    with pytest.raises(NotAllowed):
        reception.administration.roles.define(None, "Mine", DESK, org).result(20)
    proxy.cut()
    wait_until(lambda: administrator.sync.state == "offline", 20)
    with pytest.raises(ServerUnreachable):
        roles.define(None, "Back desk", DESK, org).result(20)


def test_while_somebody_reads_the_tables_for_long_a_role_stays_as_it_is(
    clinic: Clinic, open_station: OpenStation
) -> None:
    administrator = open_station("ingrid")
    role = made(administrator, "Front desk", DESK)
    define = administrator.administration.roles.define
    with clinic.connect("anjali", autocommit=False) as reader:
        reader.execute("select count(*) from patient")
        with pytest.raises(ServerUnreachable, match="busy with this"):
            define(role, "Front desk", KEEPER, clinic.org_id).result(20)
    assert server_rows(clinic, "select own_levels(%s)", role) == [(DESK,)]
    define(role, "Front desk", KEEPER, clinic.org_id).result(20)
    assert server_rows(clinic, "select own_levels(%s)", role) == [(KEEPER,)]


def test_the_audit_trail_calls_a_role_by_its_label(clinic: Clinic, open_station: OpenStation) -> None:
    administrator = open_station("ingrid")
    role = made(administrator, "Front desk", DESK)
    join(clinic, role)
    administrator.administration.roles.define(
        role, "Front desk", {"demographics": Need.CHANGE}, administrator.user.org_id
    ).result(20)
    administrator.wait_current(20)  # what follows the server waits, while a role is made, for the tables
    page = administrator.administration.trail(Wanted(), None).result(20)
    assert role not in str([entry.fields for entry in page.entries])
    levels = [entry for entry in page.entries if entry.table == "role_level"]
    assert {(one.label, one.new) for one in levels[-1].fields} >= {
        ("Role", "Front desk"),
        ("Area", "Patients"),
        ("How far", "Also adds"),
    }
    given = next(entry for entry in page.entries if entry.table == "user_role")
    assert "Front desk" in given.summary
