"""Opening a file brings all of it, from beyond the scopes too, and holds it for some days."""

from uuid import UUID

import pytest

from medidesk.repositories import patients
from medidesk.sync.holdings import PIN_DAYS
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.scoped import DAYS, condition, days_pass, held, only_recent_conditions, patient
from tests.support.stations import OpenStation, assert_replica_equals_server, go_offline, go_online, quiet
from tests.support.waiting import wait_until

EVERYTHING = {"goes on", "long ago"}


@pytest.fixture(autouse=True)
def recent(monkeypatch: pytest.MonkeyPatch) -> None:
    only_recent_conditions(monkeypatch)


@pytest.fixture
def one(clinic: Clinic) -> UUID:
    found = patient(clinic, "Sow")
    condition(clinic, found, "goes on", None)
    condition(clinic, found, "long ago", 2 * DAYS)
    condition(clinic, patient(clinic, "Other"), "somebody else's", 2 * DAYS)
    return found


def test_a_pinned_file_comes_whole_and_stays_current(
    clinic: Clinic, one: UUID, open_station: OpenStation
) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    assert held(doctor) == {"goes on"}
    doctor.opened(one)
    wait_until(lambda: doctor.holds_whole(one))
    assert held(doctor) == EVERYTHING
    condition(clinic, one, "old and new here", 3 * DAYS)
    with clinic.admin() as admin:
        admin.execute("update condition set text = 'long ago, reworded' where text = 'long ago'")
    quiet(doctor)
    assert held(doctor) == {"goes on", "long ago, reworded", "old and new here"}
    doctor.check()
    wait_until(lambda: doctor.sync.checked is not None)
    assert doctor.sync.checked is not None
    assert doctor.sync.checked.mended == 0
    assert held(doctor) == {"goes on", "long ago, reworded", "old and new here"}


def test_a_pin_outlives_a_restart_and_what_happened_meanwhile(
    clinic: Clinic, one: UUID, open_station: OpenStation
) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    doctor.opened(one)
    wait_until(lambda: doctor.holds_whole(one))
    doctor.close()
    condition(clinic, one, "meanwhile", 3 * DAYS)
    again = open_station("anjali")
    assert again.holds_whole(one)
    quiet(again)
    assert held(again) == {*EVERYTHING, "meanwhile"}


def test_a_file_opened_while_the_server_is_away_comes_when_it_is_back(
    clinic: Clinic, one: UUID, open_station: OpenStation, proxy: Proxy
) -> None:
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    quiet(doctor)
    go_offline(doctor, proxy)
    doctor.opened(one)
    doctor.close()
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    assert not doctor.holds_whole(one)
    assert held(doctor) == {"goes on"}
    go_online(doctor, proxy)
    wait_until(lambda: doctor.holds_whole(one))
    assert held(doctor) == EVERYTHING


def test_pins_end_by_age_and_are_renewed_by_opening(
    clinic: Clinic, one: UUID, open_station: OpenStation
) -> None:
    doctor = open_station("anjali")
    quiet(doctor)
    doctor.opened(one)
    wait_until(lambda: doctor.holds_whole(one))
    days_pass(doctor, PIN_DAYS)
    quiet(doctor)
    assert held(doctor) == EVERYTHING
    doctor.opened(one)
    days_pass(doctor, PIN_DAYS)
    quiet(doctor)
    assert held(doctor) == EVERYTHING
    days_pass(doctor, PIN_DAYS + 1)
    wait_until(lambda: not doctor.holds_whole(one))
    wait_until(lambda: held(doctor) == {"goes on"})


def test_a_file_that_was_merged_into_a_pinned_one_comes_with_it(
    clinic: Clinic, one: UUID, open_station: OpenStation
) -> None:
    part = patient(clinic, "Part", merged_into=one)
    condition(clinic, part, "the part's", 2 * DAYS)
    later = patient(clinic, "Later")
    condition(clinic, later, "the later part's", 2 * DAYS)
    doctor = open_station("anjali")
    quiet(doctor)
    doctor.opened(one)
    wait_until(lambda: held(doctor) == {*EVERYTHING, "the part's"})
    with clinic.admin() as admin:
        admin.execute("update patient set merged_into_id = %s where id = %s", (one, later))
    wait_until(lambda: held(doctor) == {*EVERYTHING, "the part's", "the later part's"})


def test_rights_hold_for_pinned_files(clinic: Clinic, one: UUID, open_station: OpenStation) -> None:
    reception = open_station("sofia")
    quiet(reception)
    reception.opened(one)
    wait_until(lambda: reception.holds_whole(one))
    assert held(reception) == set()
    assert reception.read(patients.by_id, one) is not None


def test_where_every_table_is_held_whole_nothing_needs_a_pin(
    clinic: Clinic, one: UUID, open_station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    doctor = open_station("anjali")
    quiet(doctor)
    assert doctor.holds_whole(one)
    doctor.opened(one)
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)
