"""The waiting work of somebody who can no longer sign in is released by an administrator, who answers for it."""

from pathlib import Path
from uuid import UUID

import pytest

from medidesk.errors import NotAllowed
from medidesk.repositories import patients
from medidesk.station import Queued, Saved, Station
from tests.support.database import Clinic
from tests.support.proxy import Proxy
from tests.support.roles import loses
from tests.support.stations import OpenStation, assert_replica_equals_server, go_offline, quiet, server_rows
from tests.support.waiting import wait_until


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    return tmp_path / "shared"


def left_waiting(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, login: str, shared: Path
) -> tuple[UUID, Station]:
    """Somebody registers without the server and leaves; an administrator signs in at the same PC."""
    with open_station(login, server=proxy.through(clinic.server), home=shared) as station:
        quiet(station)
        go_offline(station, proxy)
        outcome = station.run(patients.register, {"family_name": "Waits"})
        assert isinstance(outcome, Queued)
        station.run(patients.edit, outcome.row.id, {"phone": "555 0100"})
        if login == "anjali":
            station.run(patients.add_allergy, outcome.row.id, {"substance": "Latex"})
    with clinic.admin() as admin:
        admin.execute("select suspend_account(%s)", (login,))
    proxy.mend()
    return outcome.row.id, open_station("ingrid", server=proxy.through(clinic.server), home=shared)


def test_a_suspended_colleagues_work_is_taken_in_their_name_and_the_administrator_is_named(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, shared: Path
) -> None:
    one, ingrid = left_waiting(clinic, open_station, proxy, "anjali", shared)
    wait_until(lambda: ingrid.sync.state == "live")
    released = ingrid.administration.release("anjali").result(20)
    assert (released.taken, released.attention) == (3, 0)
    quiet(ingrid)
    assert server_rows(clinic, "select phone, has_allergy, created_by from patient") == [
        ("555 0100", True, clinic.account("anjali"))
    ]
    trail = server_rows(clinic, "select distinct login, attested_by from audit_log where row_id = %s", one)
    assert trail == [("anjali", "ingrid")]
    ledger = server_rows(clinic, "select distinct author, attested_by from applied_operation")
    assert ledger == [("anjali", "ingrid")]
    assert ingrid.sync.waiting == 0
    # What the administrator may not read has not come to their PC's replica.
    file = ingrid.read(patients.file, one)
    assert file is not None
    assert file.allergies == ()
    assert_replica_equals_server(ingrid, clinic)


def test_work_beyond_its_authors_rights_is_not_taken_but_held(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, shared: Path
) -> None:
    _, ingrid = left_waiting(clinic, open_station, proxy, "anjali", shared)
    with clinic.admin() as admin:
        admin.execute("revoke medidesk_doctor from anjali granted by medidesk_owner")
    wait_until(lambda: ingrid.sync.state == "live")
    ingrid.administration.release("anjali").result(20)
    assert server_rows(clinic, "select count(*) from patient") == [(0,)]
    held = server_rows(clinic, "select author, payload->>'verb', sqlstate from held_fact order by 2")
    assert held[-1] == ("anjali", "patients.register", "42501")


def test_nobody_else_releases_and_nothing_of_somebody_who_can_sign_in(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, shared: Path
) -> None:
    with open_station("sofia", server=proxy.through(clinic.server), home=shared) as sofia:
        quiet(sofia)
        go_offline(sofia, proxy)
        sofia.run(patients.register, {"family_name": "Waits"})
    with clinic.admin() as admin:
        admin.execute("alter role sofia password null")  # or her own sender would be faster
    proxy.mend()
    joseph = open_station("joseph", server=proxy.through(clinic.server), home=shared)
    wait_until(lambda: joseph.sync.state == "live")
    with pytest.raises(NotAllowed):
        joseph.administration.release("sofia").result(20)
    joseph.close()
    ingrid = open_station("ingrid", server=proxy.through(clinic.server), home=shared)
    wait_until(lambda: ingrid.sync.state == "live")
    with pytest.raises(NotAllowed, match="can still sign in"):
        ingrid.administration.release("sofia").result(20)
    assert ingrid.sync.waiting == 1
    assert ingrid.attention() == []
    assert isinstance(ingrid.run(patients.register, {"family_name": "Own"}), Saved)


def test_work_of_somebody_without_any_role_can_be_released_and_is_held(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, shared: Path
) -> None:
    with open_station("sofia", server=proxy.through(clinic.server), home=shared) as sofia:
        quiet(sofia)
        go_offline(sofia, proxy)
        sofia.run(patients.register, {"family_name": "Waits"})
    with clinic.admin() as admin:
        loses(admin, "sofia", "receptionist")
    proxy.mend()
    ingrid = open_station("ingrid", server=proxy.through(clinic.server), home=shared)
    wait_until(lambda: ingrid.sync.state == "live")
    ingrid.administration.release("sofia").result(20)
    assert server_rows(clinic, "select author, payload->>'verb', sqlstate from held_fact") == [
        ("sofia", "patients.register", "42501")
    ]
    assert ingrid.sync.waiting == 0


def test_work_of_a_form_that_the_server_has_no_place_for_needs_attention_and_holds_up_no_other(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, shared: Path
) -> None:
    one, ingrid = left_waiting(clinic, open_station, proxy, "anjali", shared)
    wait_until(lambda: ingrid.sync.state == "live")
    with clinic.admin() as admin:
        admin.execute(
            "create function no_longer() returns trigger language plpgsql as "
            "$$ begin perform substance_code from allergy; return new; end $$"
        )
        admin.execute(
            "create trigger no_longer before insert on allergy for each row execute function no_longer()"
        )
    released = ingrid.administration.release("anjali").result(20)
    assert (released.taken, released.attention) == (2, 1)
    assert ingrid.sync.waiting == 0
    assert server_rows(clinic, "select id, phone from patient") == [(one, "555 0100")]


def test_what_changes_an_entry_that_is_closed_to_the_administrator_goes_on_waiting(
    clinic: Clinic, open_station: OpenStation, proxy: Proxy, shared: Path
) -> None:
    with open_station("anjali", server=proxy.through(clinic.server), home=shared) as anjali:
        quiet(anjali)
        known = anjali.run(patients.register, {"family_name": "Known", "allergies": [{"substance": "Latex"}]})
        assert isinstance(known, Saved)
        file = anjali.read(patients.file, known.row.id)
        assert file is not None
        quiet(anjali)
        go_offline(anjali, proxy)
        anjali.run(patients.edit_allergy, file.allergies[0].id, {"reaction": "Rash"})
        anjali.run(patients.register, {"family_name": "Waits"})
    with clinic.admin() as admin:
        admin.execute("select suspend_account('anjali')")
    proxy.mend()
    ingrid = open_station("ingrid", server=proxy.through(clinic.server), home=shared)
    wait_until(lambda: ingrid.sync.state == "live")
    released = ingrid.administration.release("anjali").result(20)
    assert (released.taken, released.attention, released.closed) == (1, 0, 1)
    assert [(entry.author, entry.verb) for entry in ingrid.waiting()] == [("anjali", "patients.edit_allergy")]
    assert ingrid.attention() == []
    with clinic.admin() as admin:
        admin.execute("select give_role('ingrid', 'doctor', %s)", (clinic.org_id,))
    released = ingrid.administration.release("anjali").result(20)
    assert (released.taken, released.attention, released.closed) == (1, 0, 0)
    assert server_rows(clinic, "select reaction, updated_by from allergy") == [
        ("Rash", clinic.account("anjali"))
    ]
