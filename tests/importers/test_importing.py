"""Files into a clinic: a real station, a real server."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from medidesk.errors import NotAllowed
from medidesk.importers import ImportProgress, Report, Weight, import_files
from medidesk.importers.limits import Limits
from medidesk.models.patients import ClinicalState, Severity
from medidesk.repositories import patients
from medidesk.station import Saved, Station
from tests.importers.samples import allergy, bundle, condition, entry, patient, put, real, whys
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.waiting import wait_until

type Open = Callable[..., Station]

TABLES = (
    "patient",
    "patient_identifier",
    "next_of_kin",
    "allergy",
    "condition",
    "audit_log",
    "applied_operation",
)


def counts(clinic: Clinic) -> dict[str, int]:
    """Rows on the server, and what its audit trail recorded."""
    with clinic.admin() as connection:
        told = {}
        for table in TABLES:
            row = connection.execute(f"select count(*) from medidesk.{table}").fetchone()
            assert row is not None
            told[table] = row[0]
        return told


@pytest.fixture
def station(open_station: Open) -> Station:
    opened = open_station("anjali")
    opened.wait_current()
    return opened


def import_again_changes_nothing(station: Station, clinic: Clinic, paths: list[Path], people: int) -> Report:
    before = counts(clinic)
    again = import_files(station, paths)
    assert (again.added, again.completed, again.unchanged) == (0, 0, people)
    assert counts(clinic) == before
    return again


@pytest.mark.long
def test_the_real_exports_come_in_and_a_second_run_changes_nothing(station: Station, clinic: Clinic) -> None:
    paths = [real("synthea-fhir-r4/bundles.zip"), real("synthea-csv/csv.zip")]
    told: list[ImportProgress] = []
    report = import_files(station, paths, progress=told.append)
    assert (report.added, report.completed, report.unchanged, report.waiting) == (91, 0, 0, 0)
    assert report.lines == []
    assert told[-1].patients == 91
    assert told[-1].done == told[-1].total
    assert sorted(told, key=lambda one: one.done) == told
    found = counts(clinic)
    assert (found["patient"], found["allergy"]) == (91, 61)
    again = import_again_changes_nothing(station, clinic, paths, 91)
    assert again.lines == []
    assert station.read(patients.count) == 91


def test_a_patient_arrives_whole_in_one_operation(station: Station, clinic: Clinic, tmp_path: Path) -> None:
    of = "urn:uuid:p1"
    content = bundle(
        allergy(of, "Penicillin", criticality="high"),
        patient(
            identifier=[{"system": "urn:mr", "value": "4711"}],
            contact=[
                {"name": {"text": "Luis García"}, "telecom": [{"system": "phone", "value": "555 1000"}]}
            ],
        ),
        condition(of, "Asthma", clinicalStatus={"coding": [{"code": "resolved"}]}),
    )
    before = counts(clinic)
    report = import_files(station, [put(tmp_path / "b.json", content)])
    assert (report.added, report.lines) == (1, [])
    assert counts(clinic)["applied_operation"] == before["applied_operation"] + 1
    station.wait_current()
    known = station.read(patients.imported, "urn:mr|4711")
    assert known is not None
    file = station.read(patients.file, known)
    assert file is not None
    assert (file.patient.name, file.patient.has_allergy) == ("Ana María García", True)
    assert [one.value for one in file.identifiers] == ["4711"]
    assert [(one.name, one.phone) for one in file.next_of_kin] == [("Luis García", "555 1000")]
    assert [(one.substance, one.severity) for one in file.allergies] == [("Penicillin", Severity.SEVERE)]
    assert [(one.text, one.state) for one in file.conditions] == [("Asthma", ClinicalState.RESOLVED)]


def test_another_station_running_the_same_import_adds_nothing(
    station: Station, open_station: Open, clinic: Clinic, tmp_path: Path
) -> None:
    path = put(tmp_path / "b.json", bundle(patient(), allergy("urn:uuid:p1")))
    assert import_files(station, [path]).added == 1
    other = open_station("joseph", name="Ward")
    other.wait_current()
    import_again_changes_nothing(other, clinic, [path], 1)


def test_what_people_wrote_since_stays_and_what_is_new_is_added(station: Station, tmp_path: Path) -> None:
    path = put(tmp_path / "b.json", bundle(patient()))
    import_files(station, [path])
    known = station.read(patients.imported, "fhir:urn:uuid:p1")
    assert known is not None
    assert isinstance(station.run(patients.edit, known, {"phone": "555 7777"}), Saved)
    telecom = [{"system": "phone", "value": "555 0000"}]
    put(path, bundle(patient(telecom=telecom), allergy("urn:uuid:p1")))
    report = import_files(station, [path])
    assert (report.added, report.completed) == (0, 1)
    file = station.read(patients.file, known)
    assert file is not None
    assert file.patient.phone == "555 7777"
    assert [one.substance for one in file.allergies] == ["Penicillin"]


def test_a_short_id_of_another_server_does_not_become_this_patient(
    station: Station, clinic: Clinic, tmp_path: Path
) -> None:
    first = put(tmp_path / "a.json", bundle(entry(patient("1"), "")))
    import_files(station, [first])
    before = counts(clinic)
    stranger = patient("1", name=[{"family": "Smith", "given": ["Bob"]}], birthDate="1950-01-01")
    content = bundle(entry(stranger, ""), entry(allergy("Patient/1"), ""))
    report = import_files(station, [put(tmp_path / "b.json", content)])
    assert (report.patients, report.allergies) == (0, 0)
    assert "Another patient was imported under the same id" in whys(report)[0]
    assert counts(clinic) == before


def test_a_number_that_names_somebody_here_keeps_the_record_out_and_the_rest_goes_in(
    station: Station, tmp_path: Path
) -> None:
    number = {"kind": "national_id", "system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-56-3448"}
    draft = {"family_name": "Here", "given_name": "Already", "identifiers": [number]}
    assert isinstance(station.run(patients.register, draft), Saved)
    clash = patient("1", identifier=[{"system": number["system"], "value": number["value"]}])
    report = import_files(station, [put(tmp_path / "b.json", bundle(clash, patient("2")))])
    assert report.added == 1
    (line,) = report.lines
    assert (line.weight, line.entry, line.subject) == (Weight.SKIPPED, 1, "Patient 1")
    assert "999-56-3448" in line.why


def test_bad_patients_among_good_ones(station: Station, clinic: Clinic, tmp_path: Path) -> None:
    whole = bundle(
        patient("1", name=[]),
        patient("2", birthDate="2999-01-01"),
        patient("3"),
        17,
        patient("4"),
        patient("5"),
    )
    report = import_files(station, [put(tmp_path / "b.json", whole[: whole.index(b'"id": "5"')])])
    assert report.added == 2
    assert counts(clinic)["patient"] == 2
    assert [(line.weight, line.entry) for line in report.lines] == [
        (Weight.SKIPPED, 4),
        (Weight.FILE, None),
        (Weight.SKIPPED, 1),
        (Weight.SKIPPED, 2),
    ]


def test_a_dry_run_saves_nothing(station: Station, clinic: Clinic, tmp_path: Path) -> None:
    report = import_files(station, [put(tmp_path / "b.json", bundle(patient()))], dry_run=True)
    assert (report.added, report.dry_run) == (1, True)
    assert counts(clinic)["patient"] == 0


def test_an_import_ends_when_it_is_cancelled_and_a_second_run_brings_the_rest(
    station: Station, clinic: Clinic, tmp_path: Path
) -> None:
    path = put(tmp_path / "b.json", bundle(*(patient(str(number)) for number in range(5))))
    cancelled = threading.Event()

    class AfterTwo:
        def is_set(self) -> bool:
            return cancelled.is_set() or station.read(patients.count) >= 2

    report = import_files(station, [path], cancelled=AfterTwo())
    assert report.added == 2
    assert "cancelled" in report.stopped
    rest = import_files(station, [path])
    assert (rest.added, rest.unchanged, rest.stopped) == (3, 2, "")


def test_somebody_who_may_not_add_patients_is_told_at_once(
    open_station: Open, clinic: Clinic, tmp_path: Path
) -> None:
    cashier = open_station("rui")
    cashier.wait_current()
    report = import_files(cashier, [put(tmp_path / "b.json", bundle(patient("1"), patient("2")))])
    assert report.patients == 0
    assert "roles do not include" in report.stopped
    assert counts(clinic)["patient"] == 0
    with pytest.raises(NotAllowed):
        cashier.run(patients.import_patient, {"family_name": "x", "source": "y"})


def test_who_may_not_enter_allergies_brings_in_only_patients_without(
    open_station: Open, clinic: Clinic, tmp_path: Path
) -> None:
    reception = open_station("sofia")
    reception.wait_current()
    content = bundle(patient("1"), patient("2"), allergy("urn:uuid:1"))
    report = import_files(reception, [put(tmp_path / "b.json", content)])
    reception.wait_current()
    assert (report.added, reception.attention()) == (1, [])
    assert [(line.subject, "Ask a doctor or nurse" in line.why) for line in report.lines] == [
        ("Patient 1", True)
    ]
    assert counts(clinic)["patient"] == 1


def test_a_file_too_full_for_one_operation_is_told_and_the_rest_goes_in(
    station: Station, clinic: Clinic, tmp_path: Path
) -> None:
    full = [condition("urn:uuid:1", f"Problem {number}") for number in range(11)]
    path = put(tmp_path / "b.json", bundle(patient("1"), *full, patient("2"), *full[:1]))
    report = import_files(station, [path], limits=Limits(rows=10))
    assert report.added == 1
    assert "11 numbers, contacts, allergies and conditions" in whys(report)[0]
    assert counts(clinic)["patient"] == 1


def test_ids_and_texts_that_no_database_holds_come_in_all_the_same(
    station: Station, clinic: Clinic, tmp_path: Path
) -> None:
    odd = "a\0\ud800\u202e"
    resources = [
        patient(odd, name=[{"family": f"Kept{odd}"}], meta={"source": odd}),
        patient("2", identifier=[{"system": f"urn:{odd}", "value": f"1{odd}2"}]),
        allergy("Patient/2", f"Latex{odd}"),
    ]
    path = put(tmp_path / "p.ndjson", b"".join(json.dumps(one).encode() + b"\n" for one in resources))
    report = import_files(station, [path])
    assert (report.added, report.allergies, report.lines) == (2, 1, [])
    station.wait_current()
    assert station.attention() == []
    import_again_changes_nothing(station, clinic, [path], 2)


def test_patients_imported_during_an_outage_wait_and_then_arrive_once(
    open_station: Open, clinic: Clinic, proxy: Proxy, tmp_path: Path
) -> None:
    station = open_station("anjali", server=proxy.through(clinic.server))
    station.wait_current()
    proxy.cut()
    wait_until(lambda: station.sync.state == "offline")
    path = put(tmp_path / "b.json", bundle(*(patient(str(number)) for number in range(3))))
    report = import_files(station, [path])
    assert (report.added, report.waiting, report.lines) == (3, 3, [])
    assert import_files(station, [path]).unchanged == 3
    assert station.sync.waiting == 3
    assert counts(clinic)["patient"] == 0
    proxy.mend()
    station.retry_now()
    wait_until(lambda: station.sync.waiting == 0)
    station.wait_current()
    import_again_changes_nothing(station, clinic, [path], 3)
    assert counts(clinic)["patient"] == 3
