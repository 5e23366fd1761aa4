"""Backups: taken while people write, checked by restoring, sealed, and refused when they are not what they were."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from medidesk.errors import BackupProblem, DiskFull, MediDeskError
from medidesk.server import audit_check, seals
from medidesk.server.backups import digests, keys, loading, restoring, shelf, taking
from medidesk.server.backups.shelf import Backup, Plan
from medidesk.server.local import LocalServer
from tests.support.database import Clinic, Template, new_clinic
from tests.support.operations import added, one, operation, patient, send

RUNS = "select made_at is not null, problem from backup_run order by id"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "backup.key"


@pytest.fixture
def plan(tmp_path: Path, key: Path) -> Plan:
    second = tmp_path / "stick"
    second.mkdir()
    return Plan(keys.new_key(key), tmp_path / "backups", second)


@pytest.fixture
def server(clinic: Clinic) -> LocalServer:
    return LocalServer(clinic.cluster, clinic.database)


@dataclass
class Kept:
    """A backup that several tests copy, what it is of, and its key."""

    clinic: Clinic
    plan: Plan
    key: Path
    made: Backup


@pytest.fixture(scope="module")
def kept(clinic_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Of a clinic with a file in it."""
    folder = tmp_path_factory.mktemp("kept")
    with new_clinic(clinic_template) as clinic:
        patient(clinic)
        plan = Plan(keys.new_key(folder / "backup.key"), folder / "backups")
        made = taking.take(LocalServer(clinic.cluster, clinic.database), plan)
        yield Kept(clinic, plan, folder / "backup.key", made)


@pytest.fixture
def backup(kept: Kept, tmp_path: Path) -> Backup:
    """A copy of it, to be spoilt."""
    return replace(kept.made, path=shutil.copytree(kept.made.path, tmp_path / "copied" / kept.made.name))


@pytest.fixture
def people_write(clinic: Clinic) -> Iterator[None]:
    """Receptionists register during the test as fast as they can."""
    done, began = threading.Event(), threading.Event()

    def write() -> None:
        sofia = clinic.connect("sofia")
        number = 0
        while not done.is_set():
            row = added("patient", clinic.org_id, family_name=f"Meanwhile {number}")
            send(sofia, operation("sofia", row, kind="fact"), told=True)
            number += 1
            began.set()

    writing = threading.Thread(target=write)
    writing.start()
    began.wait(20)
    yield
    done.set()
    writing.join()


def test_a_backup_taken_while_people_write_restores_to_equal_digests(
    clinic: Clinic, server: LocalServer, plan: Plan, key: Path, tmp_path: Path, people_write: None
) -> None:
    before = one(clinic.admin(), "select count(*) from patient")
    made = taking.take(server, plan)
    contents = restoring.verify(tmp_path / "home", made, key)
    in_backup = contents.digests["medidesk.patient"][0]
    assert before <= in_backup < one(clinic.admin(), "select count(*) from patient")
    assert contents.digests["medidesk.audit_log"][0] >= in_backup
    for name in ("(policies)", "(functions)", "(grants)", "(triggers)", "(row security)", "(roles)"):
        assert contents.digests[name][0] > 10, name
    assert clinic.admin().execute(RUNS).fetchall() == [(True, "")]
    assert one(clinic.admin(), "select server_health()->>'backup_at'")[:19] == contents.made_at[:19]


def test_nothing_that_was_entered_can_be_read_without_the_key(
    clinic: Clinic, server: LocalServer, plan: Plan, key: Path, tmp_path: Path
) -> None:
    row = added("patient", clinic.org_id, family_name="Szczepański-Oyelaran")
    send(clinic.connect("sofia"), operation("sofia", row, kind="fact"), told=True)
    made = taking.take(server, plan)
    name = "Szczepański-Oyelaran".encode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len([path for path in files if path.suffix == ".age"]) == 4, "two, and two copies"
    assert [path for path in files if name in path.read_bytes()] == []
    assert not [path for path in plan.folder.iterdir() if path.name.startswith(shelf.MAKING)]
    opened = tmp_path / "clinic.dump"
    keys.unseal(made.path / shelf.DUMP, opened, keys.read_key(key))
    shown = clinic.cluster.binaries.path("pg_restore")
    listed = subprocess.run([shown, "--data-only", "-f", "-", opened], capture_output=True, check=True).stdout
    assert name in listed
    assert opened.stat().st_mode & 0o077 == 0


def test_another_key_opens_nothing(backup: Backup, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    keys.new_key(other)
    with pytest.raises(BackupProblem, match="This key does not open"):
        restoring.verify(tmp_path / "home", backup, other)


@pytest.mark.parametrize("name", [shelf.DUMP, shelf.REST])
def test_a_file_that_was_changed_on_the_disk_is_found_without_a_key(backup: Backup, name: str) -> None:
    backup.check_files()
    spoil(backup.path / name)
    with pytest.raises(BackupProblem, match="is damaged"):
        backup.check_files()


@pytest.mark.parametrize("name", [shelf.DUMP, shelf.REST])
def test_nor_does_it_open_where_what_it_says_of_itself_was_changed_too(
    kept: Kept, backup: Backup, tmp_path: Path, name: str
) -> None:
    spoil(backup.path / name)
    about = backup.path / shelf.ABOUT
    said = json.loads(about.read_text())
    said["files"][name] = shelf.sha256(backup.path / name)
    about.write_text(json.dumps(said))
    backup.check_files()
    with pytest.raises(BackupProblem, match="is damaged"):
        restoring.verify(tmp_path / "home", backup, kept.key)


def test_a_dump_of_another_backup_is_not_taken_for_it(kept: Kept, backup: Backup, tmp_path: Path) -> None:
    patient(kept.clinic)
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr(shelf, "name_for", lambda _: "2026-01-02T03-04-05Z")
        other = taking.take(LocalServer(kept.clinic.cluster, kept.clinic.database), kept.plan)
    (backup.path / shelf.DUMP).write_bytes((other.path / shelf.DUMP).read_bytes())
    about = backup.path / shelf.ABOUT
    said = json.loads(about.read_text())
    said["files"][shelf.DUMP] = shelf.sha256(backup.path / shelf.DUMP)
    about.write_text(json.dumps(said))
    with pytest.raises(BackupProblem, match="is damaged"):
        restoring.verify(tmp_path / "home", backup, kept.key)


def spoil(path: Path) -> None:
    """One bit near its end."""
    held = bytearray(path.read_bytes())
    held[-40] ^= 1
    path.write_bytes(held)


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ("update medidesk.patient set address = 'x'", "medidesk.patient"),
        ("delete from medidesk.applied_operation", "medidesk.applied_operation"),
        ("drop policy receptionist_reads on medidesk.patient", "(policies)"),
        ("alter table medidesk.patient disable row level security", "(row security)"),
        ("grant select on medidesk.audit_log to public", "(grants)"),
        ("alter role sofia nologin", "(roles)"),
        ("grant medidesk_administrator to sofia", "(roles)"),
        ("alter function medidesk.hello() security invoker", "(functions)"),
    ],
)
def test_what_is_not_as_it_was_is_named(
    clinic: Clinic, server: LocalServer, change: str, differs: str
) -> None:
    row = added("patient", clinic.org_id, family_name="Sow")
    send(clinic.connect("sofia"), operation("sofia", row, kind="fact"), told=True)

    def all_of_it() -> digests.Digests:
        with server.connect() as connection:
            digests.prepare(connection)
            of_roles = digests.of_roles(connection, clinic.cluster.superuser)
            return digests.of_database(connection) | {loading.ROLES: of_roles}

    before = all_of_it()
    assert list(digests.differences(before, all_of_it())) == []
    with clinic.admin() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(change.encode())
    assert list(digests.differences(before, all_of_it())) == [differs]


def test_a_dump_that_does_not_hold_what_the_server_holds_is_no_backup(
    clinic: Clinic, server: LocalServer, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(clinic)
    counted = digests.of_database

    def one_more(connection: psycopg.Connection) -> digests.Digests:
        found = counted(connection)
        if connection.info.port == clinic.cluster.status().port:
            return found
        return found | {"medidesk.patient": (found["medidesk.patient"][0] + 1, "0")}

    monkeypatch.setattr(digests, "of_database", one_more)
    with pytest.raises(BackupProblem, match=r"does not hold what the server held: medidesk\.patient"):
        taking.take(server, plan)
    assert shelf.backups(plan.folder) == []
    ((made, problem),) = clinic.admin().execute(RUNS).fetchall()
    assert not made
    assert "does not hold" in problem


def test_without_its_second_place_it_is_there_and_said_to_be_nowhere_else(
    clinic: Clinic, server: LocalServer, plan: Plan
) -> None:
    assert plan.second is not None
    plan.second.rmdir()
    old = plan.folder / "2020-01-02T03-04-05Z"
    old.mkdir(parents=True)
    plan = replace(plan, days=1, weeks=0, months=0)
    with pytest.raises(BackupProblem, match=r"second place .* is not there"):
        taking.take(server, plan)
    (made,) = shelf.backups(plan.folder)
    made.check_files()
    assert not old.exists(), "the disk of the first place does not fill up meanwhile"
    ((good, problem),) = clinic.admin().execute(RUNS).fetchall()
    assert good
    assert "second place" in problem
    assert plan.second is not None
    plan.second.mkdir()
    assert shelf.copy_missing(plan) == [made]
    (copied,) = shelf.backups(plan.second)
    copied.check_files()
    assert shelf.copy_missing(plan) == []


def test_two_at_once_are_not_made(server: LocalServer, plan: Plan) -> None:
    entered, may_go = threading.Event(), threading.Event()

    def slow(step: str) -> None:
        if "Writing" in step:
            entered.set()
            may_go.wait(20)

    first = threading.Thread(target=taking.take, args=(server, plan, slow))
    first.start()
    entered.wait(20)
    with pytest.raises(MediDeskError, match="Another MediDesk has been busy"):
        taking.take(server, plan)
    may_go.set()
    first.join()
    assert len(shelf.backups(plan.folder)) == 1


def test_a_full_disk_is_said_before_anything_is_begun(
    server: LocalServer, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "_ROOM", 1e9)
    with pytest.raises(DiskFull, match="A backup needs about"):
        taking.take(server, plan)
    assert shelf.backups(plan.folder) == []


def test_the_seals_of_the_audit_trail_are_kept_with_it(
    clinic: Clinic, server: LocalServer, plan: Plan
) -> None:
    patient(clinic)
    backup = taking.take(server, plan)
    known = seals.read((backup.path / shelf.SEALS).read_text())
    assert len(known) == 1
    found = audit_check.verify(clinic.admin(), known)
    assert (found.kept, found.faults) == (1, ())
    with clinic.admin() as admin:
        admin.execute("update audit_log set login = 'rui' where tbl = 'patient'")
        admin.execute("delete from audit_seal")
        seals.seal(admin)
        assert [fault.kind for fault in audit_check.verify(admin, known).faults] == ["kept"]


def test_a_key_is_never_written_over(tmp_path: Path, key: Path, plan: Plan) -> None:
    text = key.read_text()
    assert plan.key in text
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupProblem, match="is there already"):
        keys.new_key(key)
    assert key.read_text() == text
    with pytest.raises(BackupProblem, match="There is no folder"):
        keys.new_key(tmp_path / "nowhere" / "backup.key")


@pytest.mark.parametrize("text", ["", "hello", "AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1X\nAGE-SECRET-KEY-1Y"])
def test_what_is_no_key_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(BackupProblem, match="holds no key"):
        keys.read_key(path)
    with pytest.raises(BackupProblem, match="is no public key"):
        keys.check_public(text)
