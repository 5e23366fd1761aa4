"""What read old audit rows bears that they have left: feed, lost history, old work, health, backups, commands."""

import csv
import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from typer.testing import CliRunner

from medidesk.commands import app
from medidesk.errors import MediDeskError
from medidesk.repositories import patients
from medidesk.server import audit_check, audit_export, health, local, replay, seals
from medidesk.server.backups import keys, taking
from medidesk.server.backups.shelf import Plan
from medidesk.server.health_said import Said
from medidesk.server.local import FirstPerson, LocalServer
from tests.support.archives import archived, grow_old, past, rewrite
from tests.support.cluster import folder_for_cluster
from tests.support.database import Clinic
from tests.support.operations import added, changed, one, operation, patient, relied, send
from tests.support.proxy import Proxy, proxy
from tests.support.stations import (
    OpenStation,
    assert_replica_equals_server,
    go_offline,
    go_online,
    quiet,
    server_rows,
)

__all__ = ["proxy"]


@pytest.fixture
def admin(clinic: Clinic) -> Iterator[psycopg.Connection]:
    """Whoever administers the server."""
    with clinic.admin() as connection:
        yield connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audit"


def aged_and_sealed(admin: psycopg.Connection) -> None:
    grow_old(admin)
    assert seals.seal(admin) == 1


# The feed


def test_a_cursor_from_before_is_refused_and_a_later_one_is_not(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    doctor = clinic.connect("anjali")
    old = one(doctor, "select pg_current_snapshot()::text")
    past(clinic, admin, 2)
    after = one(doctor, "select pg_current_snapshot()::text")
    archived(admin, folder)
    with pytest.raises(psycopg.DatabaseError) as refused:
        doctor.execute("select * from feed_since(%s::pg_snapshot)", (old,))
    assert refused.value.sqlstate == "MD020"
    young = patient(clinic)
    found = doctor.execute("select row_id from feed_since(%s::pg_snapshot)", (after,)).fetchall()
    assert found == [(young,)]


def test_a_station_that_was_away_meanwhile_compares_and_misses_nothing(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, open_station: OpenStation, proxy: Proxy
) -> None:
    doctor = open_station("anjali", server=proxy.through(clinic.server))
    quiet(doctor)
    go_offline(doctor, proxy)
    (who,) = past(clinic, admin, 1)
    archived(admin, folder)
    go_online(doctor, proxy)
    quiet(doctor)
    assert_replica_equals_server(doctor, clinic)
    assert doctor.read(patients.by_id, who) is not None


def test_a_station_follows_a_clinic_all_of_whose_changes_have_left(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, open_station: OpenStation
) -> None:
    past(clinic, admin, 2)
    archived(admin, folder)
    assert one(admin, "select count(*) from audit_log") == 0
    doctor = open_station("anjali")
    quiet(doctor)
    head = one(clinic.connect("anjali"), "select greatest_xid from pull_head()")
    assert head == one(admin, "select xid::text from feed_floor")
    assert doctor.read(patients.count) == 2
    who = patient(clinic)
    quiet(doctor)
    assert doctor.read(patients.by_id, who) is not None
    assert_replica_equals_server(doctor, clinic)


# Lost history


def witness(clinic: Clinic, admin: psycopg.Connection) -> dict[str, Any]:
    """Of the last change."""
    xid = one(admin, "select xid::text from audit_log order by epoch desc, seq desc limit 1")
    (paper,) = one(clinic.connect("sofia"), "select witnesses(array[%s]::xid8[])", xid)
    found: dict[str, Any] = paper
    return found


def paused(clinic: Clinic, paper: dict[str, Any]) -> bool:
    return bool(one(clinic.connect("rui"), "select pause_sending(%s)", Jsonb(paper)))


def test_a_witness_of_what_has_left_is_no_lost_history(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    patient(clinic)
    first = witness(clinic, admin)
    aged_and_sealed(admin)
    replay.new_epoch(clinic.connect("ingrid"))
    patient(clinic)
    second = witness(clinic, admin)
    aged_and_sealed(admin)
    patient(clinic)
    young = witness(clinic, admin)
    archived(admin, folder)
    assert one(admin, "select count(*) from audit_log where tbl = 'server_identity'") == 1
    missing = one(clinic.connect("sofia"), "select history_missing('{}', %s)", Jsonb([first, second, young]))
    assert missing["witnesses"] == []
    assert not any(paused(clinic, paper) for paper in (first, second, young))
    admin.execute("delete from audit_log where nonce = %s", (young["nonce"],))
    assert paused(clinic, young), "what was lost since is still found"


# Old work


def test_work_that_relied_on_a_row_whose_changes_have_left_is_put_before_a_person(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    who, sofia = patient(clinic), clinic.connect("sofia")
    send(
        clinic.connect("anjali"),
        operation("anjali", changed("patient", who, 1, base={"phone": ""}, phone="1")),
    )
    aged_and_sealed(admin)
    archived(admin, folder)
    kin = added("next_of_kin", clinic.org_id, patient_id=who, name="Chidi")
    with pytest.raises(psycopg.DatabaseError) as refused:
        send(sofia, operation("sofia", kin, relied_on=[relied("patient", who, 1)]))
    assert refused.value.sqlstate == "MD002"
    assert send(sofia, operation("sofia", kin, relied_on=[relied("patient", who, 2)]))["moved"] == []
    merged = send(
        sofia, operation("sofia", changed("patient", who, 1, base={"email": ""}, email="a@example.org"))
    )
    assert (merged["status"], merged["merged"]) == ("applied", [])


def test_a_number_that_was_told_stays_though_the_trail_has_left(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    sofia, rui = clinic.connect("sofia"), clinic.connect("rui")
    row = added("patient", clinic.org_id, family_name="Outage", provisional_no="P-ABC-17")
    payload = operation("sofia", row, kind="fact")
    send(sofia, payload)
    # Somebody who only says that they made that file.
    forged = operation("rui", row, kind="fact")
    rui.execute("select op_begin(%s)", (Jsonb(forged),))
    aged_and_sealed(admin)
    archived(admin, folder)
    assert one(admin, "select bool_and(is_archived(epoch, xid)) from applied_operation") is True
    rui.execute("select keep_told_numbers(%s)", (Jsonb(forged),))
    assert server_rows(clinic, "select value from patient_identifier") == []
    send(sofia, payload, told=True)
    assert server_rows(clinic, "select value from patient_identifier") == [("P-ABC-17",)]


# Reading


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("trail", [audit_export.CHANGES, audit_export.OPENINGS], ids=["changes", "openings"])
def test_an_archive_is_written_as_the_database_was(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, tmp_path: Path, trail: audit_export.Trail
) -> None:
    past(clinic, admin, 2)
    admin.execute(
        "insert into audit_log (epoch, tbl, row_id, action, changes, station) values (1, 'dose', %s, 'update', "
        '\'{"amount": [1.50, 12345678901234567890.10], "note": [null, "a\\u2028b"]}\', \'=cmd\')',
        (uuid4(),),
    )
    aged_and_sealed(admin)
    audit_export.export(admin, tmp_path / "before.csv", trail=trail)
    path = archived(admin, folder).path
    assert audit_export.export(admin, tmp_path / "after.csv", trail=trail) == 0
    written = audit_export.export_archives([path], tmp_path / "archive.csv", trail=trail)
    before = sorted(read(tmp_path / "before.csv"), key=lambda row: int(row["number"]))
    assert written == len(before) > 1
    assert sorted(read(tmp_path / "archive.csv"), key=lambda row: int(row["number"])) == before
    today = dt.datetime.now(dt.UTC)
    assert audit_export.export_archives([path], tmp_path / "none.csv", since=today, trail=trail) == 0
    assert audit_export.export_archives([path], tmp_path / "all.csv", until=today, trail=trail) == written


def test_what_is_no_archive_is_not_written(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, tmp_path: Path
) -> None:
    past(clinic, admin, 1)
    path = archived(admin, folder).path
    rewrite(path, '"=1+1"', "=1+1")
    with pytest.raises(MediDeskError, match="or it is damaged"):
        audit_export.export_archives([path], tmp_path / "one.csv", trail=audit_export.OPENINGS)
    path.write_bytes(b"nothing")
    with pytest.raises(MediDeskError, match="or it is damaged"):
        audit_export.export_archives([path], tmp_path / "two.csv")


def test_the_page_of_the_trail_is_told_since_when_it_is_there(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    ingrid = clinic.connect("ingrid")
    assert one(ingrid, "select audit_trail('{}')")["archived_before"] is None
    past(clinic, admin, 1)
    archived(admin, folder)
    said = one(ingrid, "select audit_trail('{}')")
    assert said["entries"] == []
    day = dt.datetime.fromisoformat(said["archived_before"])
    assert dt.timedelta(days=364) < dt.datetime.now(dt.UTC) - day < dt.timedelta(days=367)


def test_health_says_when_it_is_time(clinic: Clinic, admin: psycopg.Connection, folder: Path) -> None:
    def about_it() -> list[str]:
        said = Said.from_json(one(admin, "select server_health()"))
        return [found.next_step for found in health.findings(said) if found.about == "audit_archive"]

    patient(clinic)
    assert about_it() == []
    aged_and_sealed(admin)
    replay.new_epoch(clinic.connect("ingrid"))
    aged_and_sealed(admin)
    patient(clinic)
    (step,) = about_it()
    assert "medidesk audit archive" in step
    archived(admin, folder)
    assert about_it() == [], "which server it was stays, and is not due"


def test_backups_before_and_after_are_whole(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, tmp_path: Path
) -> None:
    server = LocalServer(clinic.cluster, clinic.database)
    plan = Plan(keys.new_key(tmp_path / "backup.key"), tmp_path / "backups", None)
    past(clinic, admin, 2)
    before = taking.take(server, plan)
    known = seals.read((before.path / "seals.json").read_text())
    archived(admin, folder)
    patient(clinic)
    taking.take(server, plan)
    found = audit_check.verify(admin, known, folder=folder)
    assert (found.kept, found.archived, found.faults) == (len(known), 2, ())
    assert one(admin, "select array_agg(problem) from backup_run") == ["", ""]


def test_an_administrator_does_it_with_the_commands(tmp_path: Path) -> None:
    def said(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["audit", *words, "--home", str(home)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    with folder_for_cluster() as home:
        home.mkdir(0o711)
        server = local.ensure(home, "Harbour Street", FirstPerson("ingrid", "a long password 42", "Solberg"))
        try:
            with server.connect() as connection:
                assert one(connection, "select count(*) from audit_log_default") == 0, "the month was made"
                grow_old(connection)
            assert "There is no seal" in said("archive")
            assert "1 seal was made" in said("seal")
            done = said("archive")
            assert "Archived: " in done
            assert "Copy this file" in done
            (path,) = (home / "audit").iterdir()
            assert path.name == "audit-1-1.jsonl.gz"
            assert "1 seal lie in archives that were looked at" in said("verify")
            moved = Path(shutil.move(path, tmp_path / path.name))
            assert "were not looked at (--archive FILE): audit-1-1.jsonl.gz." in said("verify", code=3)
            assert "that were looked at" in said("verify", "--archive", str(moved))
            assert "that were looked at" in said("verify", "--folder", str(tmp_path))
            table = tmp_path / "old.csv"
            assert "Written: " in said("export", str(table), "--archive", str(moved))
            assert "user_account" in {row["table"] for row in read(table)}
            rewrite(moved, "ingrid", "somebody")
            assert "were altered, added or removed" in said("verify", "--archive", str(moved), code=1)
            assert '"kind": "rows"' in said("verify", "--json", "--archive", str(moved), code=1)
            day = f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=30):%Y-%m-%d}"
            refused = CliRunner().invoke(app, ["audit", "archive", "--before", day, "--home", str(home)])
            assert "The last 90 days stay" in str(refused.exception)
        finally:
            server.cluster.destroy()
