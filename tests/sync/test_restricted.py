"""Restricted files at stations: what is clinical comes when somebody says why, and goes when the while is over."""

import datetime as dt
from uuid import UUID

import pytest

from medidesk.errors import DomainError, NotAllowed, ServerUnreachable
from medidesk.repositories import patients
from medidesk.station import Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.stations import OpenStation, assert_replica_equals_server, quiet, server_rows
from tests.support.waiting import wait_until
from tests.sync.test_visibility import a_patient, clinical_rows

WHY = "collapsed in the waiting room"


def restrict(station: Station, patient: UUID, restricted: bool = True) -> None:
    outcome = station.run(patients.restrict, patient, restricted)
    assert getattr(outcome, "reason", None) is None, outcome


def test_what_is_clinical_leaves_every_replica_and_comes_back_to_who_says_why(
    clinic: Clinic, open_station: OpenStation
) -> None:
    doctor, nurse = open_station("anjali"), open_station("joseph")
    patient = a_patient(doctor)
    quiet(doctor, nurse)
    assert clinical_rows(nurse) == 2
    restrict(doctor, patient)
    for station in (doctor, nurse):
        wait_until(lambda station=station: clinical_rows(station) == 0, 10)  # type: ignore[misc]
        assert station.restricted.until(patient) is None
    until = doctor.restricted.open(patient, WHY).result(20)
    assert dt.timedelta(minutes=55) < until - dt.datetime.now(dt.UTC) < dt.timedelta(minutes=65)
    wait_until(lambda: clinical_rows(doctor) == 2, 10)
    assert doctor.restricted.until(patient) == until
    quiet(doctor, nurse)
    assert clinical_rows(nurse) == 0
    for station in (doctor, nurse):
        assert_replica_equals_server(station, clinic)
    doctor.restricted.close(patient).result(20)
    wait_until(lambda: clinical_rows(doctor) == 0, 10)
    assert doctor.restricted.until(patient) is None


def test_work_in_an_opened_file_is_saved_and_the_restriction_is_lifted(
    clinic: Clinic, open_station: OpenStation
) -> None:
    doctor, nurse = open_station("anjali"), open_station("joseph")
    patient = a_patient(doctor)
    restrict(doctor, patient)
    quiet(doctor, nurse)
    refused = nurse.run(patients.restrict, patient, False)
    assert "closed to you" in str(getattr(refused, "reason", ""))
    doctor.restricted.open(patient, WHY).result(20)
    wait_until(lambda: clinical_rows(doctor) == 2, 10)
    doctor.run(patients.add_allergy, patient, {"substance": "Nuts"})
    restrict(doctor, patient, False)
    quiet(doctor, nurse)
    wait_until(lambda: clinical_rows(nurse) == 3, 10)
    assert_replica_equals_server(nurse, clinic)


def test_an_allergy_noted_in_a_closed_file_is_kept_though_its_author_does_not_see_it(
    clinic: Clinic, open_station: OpenStation
) -> None:
    doctor, nurse = open_station("anjali"), open_station("joseph")
    patient = a_patient(doctor)
    restrict(doctor, patient)
    quiet(doctor, nurse)
    outcome = nurse.run(patients.add_allergy, patient, {"substance": "Nuts"})
    assert getattr(outcome, "reason", None) is None
    quiet(doctor, nurse)
    assert ("Nuts",) in server_rows(clinic, "select substance from allergy")
    wait_until(lambda: clinical_rows(nurse) == 0, 10)
    assert_replica_equals_server(nurse, clinic)


def test_what_the_server_refuses_is_said(clinic: Clinic, open_station: OpenStation) -> None:
    doctor, reception = open_station("anjali"), open_station("sofia")
    patient = a_patient(doctor)
    restrict(doctor, patient)
    quiet(doctor, reception)
    with pytest.raises(DomainError, match="Say in some words"):
        doctor.restricted.open(patient, "because").result(20)
    with pytest.raises(NotAllowed, match="Only clinicians"):
        reception.restricted.open(patient, WHY).result(20)
    with pytest.raises(NotAllowed):
        reception.run(patients.restrict, patient, False)


def test_without_the_server_nothing_opens_and_what_was_open_goes_when_the_while_is_over(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy
) -> None:
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    patient = a_patient(doctor)
    restrict(doctor, patient)
    quiet(doctor)
    doctor.restricted.open(patient, WHY).result(20)
    wait_until(lambda: clinical_rows(doctor) == 2, 10)
    proxy.cut()
    wait_until(lambda: doctor.sync.state == "offline", 20)
    assert clinical_rows(doctor) == 2
    home = doctor.home
    with pytest.raises(ServerUnreachable):
        doctor.restricted.open(patient, WHY).result(20)
    # The hour passes.
    over = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    doctor.restricted._until[patient] = over
    doctor.retry_now()
    wait_until(lambda: clinical_rows(doctor) == 0, 20)
    assert doctor.restricted.until(patient) is None
    doctor.close()
    again = open_station("anjali", home=home, server=proxy.through(clinic.server))
    assert clinical_rows(again) == 0


def test_what_is_open_is_known_after_a_new_start(clinic: Clinic, open_station: OpenStation) -> None:
    doctor = open_station("anjali")
    patient = a_patient(doctor)
    restrict(doctor, patient)
    quiet(doctor)
    until = doctor.restricted.open(patient, WHY).result(20)
    doctor.close()
    again = open_station("anjali", home=doctor.home)
    again.wait_current(20)
    assert again.restricted.until(patient) == until
    wait_until(lambda: clinical_rows(again) == 2, 10)
