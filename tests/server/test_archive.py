"""Old audit rows leave for a file, whole or not at all, and nothing that was said of the past changes by it."""

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from medidesk.errors import MediDeskError
from medidesk.server import archive, archive_file, audit_check, audit_export, replay, seals
from medidesk.server.audit_check import Verified
from tests.support.archives import archived, grow_old, past, rewrite
from tests.support.database import Clinic
from tests.support.operations import one, patient


@pytest.fixture
def admin(clinic: Clinic) -> Iterator[psycopg.Connection]:
    """Whoever administers the server."""
    with clinic.admin() as connection:
        yield connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "audit"


def kinds(found: Verified) -> list[tuple[int, str]]:
    return [(fault.number, fault.kind) for fault in found.faults]


def rows(admin: psycopg.Connection) -> int:
    return int(one(admin, "select count(*) from audit_log"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_old_rows_lie_in_a_file_of_its_owners_alone_and_no_longer_in_the_database(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 3)
    young = patient(clinic)
    assert seals.seal(admin) == 1
    before, words = rows(admin), [row for seal in seals.every(admin)[:3] for row in seals.rows(admin, seal)]
    done = archived(admin, folder)
    assert (done.archive.first, done.archive.last, done.archive.openings) == (1, 3, 3)
    assert rows(admin) == before - done.archive.rows == 1
    assert one(admin, "select row_id from audit_log") == young
    assert one(admin, "select count(*) from access_log") == 0
    assert names(folder) == ["audit-1-3.jsonl.gz"] == [done.path.name]
    assert folder.stat().st_mode & 0o077 == done.path.stat().st_mode & 0o077 == 0
    lines = list(archive_file.lines(done.path))
    assert [text for kind, text in lines if kind == "row"] == words
    assert [json.loads(text)[6] for kind, text in lines if kind == "opening"] == ["=1+1"] * 3
    kept = one(admin, "select first_seal, last_seal, rows, sha256, archived_by from audit_archive")
    assert kept == (1, 3, len(words), archive_file.sha256(done.path), clinic.cluster.superuser)


def test_the_trail_is_verified_with_the_file_and_without_it(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, tmp_path: Path
) -> None:
    past(clinic, admin, 2)
    kept = seals.known(admin)
    path = archived(admin, folder).path
    with_it = audit_check.verify(admin, kept, folder=folder)
    assert (with_it.seals, with_it.archived, with_it.unseen, with_it.faults) == (2, 2, 0, ())
    assert "The audit trail is as it was sealed." in list(audit_check.lines(with_it))
    elsewhere = path.rename(tmp_path / "another name.gz")
    named = audit_check.verify(admin, kept, [elsewhere], folder)
    assert (named.archived, named.faults) == (2, ())
    without = audit_check.verify(admin, kept, folder=folder)
    assert (without.archived, without.unseen, without.unseen_files, without.faults) == (
        0,
        2,
        (path.name,),
        (),
    )
    said = "\n".join(audit_check.lines(without))
    assert "under 2 seals lie in archives that were not looked at" in said
    assert path.name in said
    (tmp_path / "nothing.gz").write_bytes(b"nothing")
    with pytest.raises(MediDeskError, match="holds no changes that left this server"):
        audit_check.verify(admin, files=[tmp_path / "nothing.gz"])


def test_sealing_goes_on_in_the_same_chain_and_the_next_archive_follows_the_first(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 2)
    archived(admin, folder)
    assert seals.seal(admin) == 0, "nothing is new"
    past(clinic, admin, 2)
    patient(clinic)
    assert seals.seal(admin) == 1
    assert archived(admin, folder).archive.first == 3
    assert names(folder) == ["audit-1-2.jsonl.gz", "audit-3-4.jsonl.gz"]
    found = audit_check.verify(admin, folder=folder)
    assert (found.seals, found.archived, found.unsealed, found.faults) == (5, 4, 0, ())
    assert archive.archive(admin, folder, archive.usual_day(dt.datetime.now(dt.UTC))) is None


def test_a_seal_with_one_young_row_stays_and_so_do_those_after_it(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 1)
    patient(clinic)
    grow_old(admin)
    patient(clinic)
    assert seals.seal(admin) == 1
    past(clinic, admin, 1)
    assert archived(admin, folder).archive.last == 1


def test_a_clock_that_was_ahead_keeps_nothing_here_for_ever(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    patient(clinic)
    grow_old(admin)
    admin.execute("update audit_log set at = '2051-01-01' where seq = (select max(seq) from audit_log)")
    assert seals.seal(admin) == 1
    past(clinic, admin, 1)
    day = archive.usual_day(dt.datetime.now(dt.UTC))
    assert archive.archive(admin, folder, day) is None
    # A year later; its seal is part of the chain, which is made anew here.
    admin.execute("delete from audit_seal")
    admin.execute(
        "create or replace function clock_timestamp_of_then() returns timestamptz language sql as "
        "$$ select clock_timestamp() - interval '500 days' $$"
    )
    source = one(admin, "select pg_get_functiondef('seal_now'::regproc)")
    admin.execute(source.replace("clock_timestamp()", "medidesk.clock_timestamp_of_then()").encode())
    assert seals.seal(admin) == 1
    assert archived(admin, folder).archive.last == 1
    cursor = one(admin, "select (upto::text::numeric - 1)::text::xid8 <= f.xid from audit_seal, feed_floor f")
    assert cursor is True, "no cursor skips the row of that clock"
    assert audit_check.verify(admin, folder=folder).faults == ()


@pytest.mark.parametrize("tampering", [
    "update audit_log set login = 'rui' where seq = (select min(seq) from audit_log)",
    "delete from audit_log where seq = (select min(seq) from audit_log)",
    "delete from audit_log",
    "update audit_seal set digest = sha256(digest) where number = 1",
    "delete from audit_seal where number = 1",
])  # fmt: skip
def test_what_does_not_fit_its_seal_is_not_archived(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, tampering: str
) -> None:
    past(clinic, admin, 2)
    admin.execute(tampering.encode())
    before = rows(admin)
    with pytest.raises(MediDeskError, match="does not fit the changes under it"):
        archived(admin, folder)
    assert (rows(admin), names(folder)) == (before, [])
    assert one(admin, "select count(*) from audit_archive") == 0


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ("Awa", "Eva", [(2, "rows"), (3, "rows")]),
        ('"patient"', '"patients"', [(1, "rows"), (2, "rows"), (3, "rows")]),
        ("=1+1", "nothing", [(1, "file")]),
    ],
)
def test_a_file_that_was_changed_is_found(
    clinic: Clinic,
    admin: psycopg.Connection,
    folder: Path,
    old: str,
    new: str,
    faults: list[tuple[int, str]],
) -> None:
    patient(clinic, family_name="Okafor")
    grow_old(admin)
    assert seals.seal(admin) == 1
    past(clinic, admin, 2)
    path = archived(admin, folder).path
    rewrite(path, old, new)
    assert kinds(audit_check.verify(admin, folder=folder)) == faults


@pytest.mark.parametrize("twice", [False, True])
def test_rows_that_were_put_into_a_file_are_found_and_not_exported(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, tmp_path: Path, twice: bool
) -> None:
    past(clinic, admin, 1)
    path = archived(admin, folder).path
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        header, seal, *below = file.read().splitlines(keepends=True)
    forged = below[0].replace("insert", "update")
    with gzip.open(path, "wt", encoding="utf-8", newline="\n") as file:
        file.writelines([header, seal, forged, seal, *below] if twice else [header, forged, seal, *below])
    # Who administers the server writes down another file as the one that was written.
    admin.execute("update audit_archive set sha256 = %s", (archive_file.sha256(path),))
    assert kinds(audit_check.verify(admin, folder=folder)) == [(1, "rows")]
    with pytest.raises(MediDeskError, match="is no archive"):
        audit_export.export_archives([path], tmp_path / "old.csv")


def test_a_file_of_nothing_but_brackets_is_no_archive(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 1)
    path = archived(admin, folder).path
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        header, seal, *below = file.read().splitlines(keepends=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="\n") as file:
        file.writelines([header, seal, "[" * 200_000 + "\n", *below])
    assert kinds(audit_check.verify(admin, folder=folder)) == [(1, "rows")]


@pytest.mark.parametrize("keep", [0, 10, 0.5])
def test_a_file_that_ends_too_soon_is_found(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, keep: float
) -> None:
    past(clinic, admin, 2)
    path = archived(admin, folder).path
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(len(whole) * keep)])
    assert (2, "rows") in kinds(audit_check.verify(admin, folder=folder))


def test_a_file_that_lacks_nothing_but_its_end_is_found_too(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 2)
    path = archived(admin, folder).path
    path.write_bytes(path.read_bytes()[:-4])
    assert kinds(audit_check.verify(admin, folder=folder)) == [(1, "file")]


def test_rows_that_are_in_the_database_again_are_found(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 2)
    admin.execute(
        "create temporary table brought_back as select * from audit_log where tbl = 'patient' limit 1"
    )
    archived(admin, folder)
    admin.execute("insert into audit_log select * from brought_back")
    assert [kind for _, kind in kinds(audit_check.verify(admin))] == ["rows"]
    assert [kind for _, kind in kinds(audit_check.verify(admin, folder=folder))] == ["rows"]


def test_which_cluster_an_epoch_was_of_stays_and_is_verified(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 1)
    replay.new_epoch(clinic.connect("ingrid"))
    grow_old(admin)
    assert seals.seal(admin) == 1
    clusters = "select array_agg(cluster_of(epoch) order by number) from audit_seal"
    before = one(admin, clusters)
    done = archived(admin, folder)
    assert one(admin, "select array_agg(tbl) from audit_log") == ["server_identity"]
    assert one(admin, clusters) == before
    assert audit_check.verify(admin, folder=folder).faults == ()
    patient(clinic)
    assert seals.seal(admin) == 1
    assert audit_check.verify(admin, folder=folder).faults == ()
    admin.execute("update audit_log set login = 'rui' where tbl = 'server_identity'")
    assert kinds(audit_check.verify(admin, folder=folder)) == [(done.archive.last, "rows")]


def test_the_last_ninety_days_never_leave(clinic: Clinic, admin: psycopg.Connection, folder: Path) -> None:
    patient(clinic)
    grow_old(admin, dt.timedelta(days=80))
    seals.seal(admin)
    with pytest.raises(MediDeskError, match="The last 90 days stay"):
        archive.archive(admin, folder, dt.datetime.now(dt.UTC) - dt.timedelta(days=60))
    assert archive.archive(admin, folder, dt.datetime.now(dt.UTC) - dt.timedelta(days=91)) is None


def broken_off(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The next run ends where this part of it would begin."""

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, name, dies)


def test_a_run_that_ends_before_anything_was_deleted_is_done_again(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past(clinic, admin, 2)
    before = rows(admin)
    with monkeypatch.context() as patched:
        broken_off(patched, "_delete")
        with pytest.raises(KeyboardInterrupt):
            archived(admin, folder)
    assert (rows(admin), names(folder)) == (before, ["audit-1-2.jsonl.gz"])
    assert one(admin, "select count(*) from access_log") == 2
    assert audit_check.verify(admin, folder=folder).faults == ()
    past(clinic, admin, 1)
    (folder / f".audit-{one(admin, 'select server_id from server_identity')}-x1").write_bytes(
        b"half of a file"
    )
    assert archived(admin, folder).archive.openings == 3
    assert names(folder) == ["audit-1-3.jsonl.gz"]
    assert audit_check.verify(admin, folder=folder).faults == ()


def test_a_run_that_ends_with_its_file_there_takes_the_same_file(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past(clinic, admin, 2)
    with monkeypatch.context() as patched:
        broken_off(patched, "_delete")
        with pytest.raises(KeyboardInterrupt):
            archived(admin, folder)
    whole = (folder / "audit-1-2.jsonl.gz").read_bytes()
    assert archived(admin, folder).path.read_bytes() == whole
    assert audit_check.verify(admin, folder=folder).archived == 2


def test_a_file_that_holds_something_else_is_not_written_over(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 1)
    folder.mkdir()
    theirs = folder / "audit-1-1.jsonl.gz"
    theirs.write_bytes(gzip.compress(b"mine"))
    before = rows(admin)
    with pytest.raises(MediDeskError, match="is there already, and holds something else"):
        archived(admin, folder)
    assert (rows(admin), names(folder)) == (before, [theirs.name])
    assert gzip.decompress(theirs.read_bytes()) == b"mine"


@pytest.mark.parametrize("lost", [False, True], ids=["the same past", "a part of it lost"])
def test_a_server_from_an_older_backup_archives_anew_and_keeps_what_only_the_file_has(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, lost: bool
) -> None:
    past(clinic, admin, 2)
    kept = ("audit_log", "access_log", "audit_seal", "audit_archive")
    for table in kept:
        admin.execute(f"create temporary table backup_of_{table} as select * from {table}".encode())
    path = archived(admin, folder).path
    whole = path.read_bytes()
    for table in kept:
        admin.execute(f"delete from {table}".encode())
        system = "overriding system value" if table == "access_log" else ""
        admin.execute(f"insert into {table} {system} select * from backup_of_{table}".encode())
    if lost:
        admin.execute("delete from audit_seal where number = 2")
        admin.execute(
            "delete from audit_log where tbl = 'patient' and seq = (select max(seq) from audit_log)"
        )
        past(clinic, admin, 1)
        with pytest.raises(MediDeskError, match="it may hold what a restore has lost"):
            archived(admin, folder)
    else:
        assert archived(admin, folder).archive.seals == 2
        assert audit_check.verify(admin, folder=folder).faults == ()
    assert (path.read_bytes(), names(folder)) == (whole, [path.name])


def test_what_is_not_read_as_it_was_written_deletes_nothing(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past(clinic, admin, 1)
    before, write = rows(admin), archive_file.write

    def bad_disk(*words: Any) -> Path:
        path = write(*words)
        rewrite(path, "Awa", "Ava")
        return path

    monkeypatch.setattr(archive_file, "write", bad_disk)
    with pytest.raises(MediDeskError, match="is not what is read there"):
        archived(admin, folder)
    assert (rows(admin), names(folder)) == (before, [])


def test_rows_that_somebody_alters_meanwhile_stay(
    clinic: Clinic, admin: psycopg.Connection, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past(clinic, admin, 1)
    before, keep = rows(admin), archive_file.keep

    def altered_first(made: Path, path: Path) -> None:
        clinic.admin().execute("update audit_log set login = 'rui'")
        keep(made, path)

    monkeypatch.setattr(archive_file, "keep", altered_first)
    with pytest.raises(MediDeskError, match="Nothing was archived"):
        archived(admin, folder)
    assert rows(admin) == before
    assert one(admin, "select count(*) from audit_archive") == 0


def test_where_nothing_can_be_put_nothing_leaves(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 1)
    before = rows(admin)
    with pytest.raises(MediDeskError, match="There is no folder"):
        archived(admin, folder / "below")
    folder.write_text("a file")
    with pytest.raises(MediDeskError, match="cannot use"):
        archived(admin, folder)
    assert rows(admin) == before


def test_a_server_that_does_not_serve_archives_nothing(
    clinic: Clinic, admin: psycopg.Connection, folder: Path
) -> None:
    past(clinic, admin, 1)
    before = rows(admin)
    admin.execute("update server_identity set system_identifier = 1")
    with pytest.raises(MediDeskError, match="new-epoch"):
        archived(admin, folder)
    assert (rows(admin), names(folder)) == (before, [])


def test_two_do_not_archive_at_once(clinic: Clinic, admin: psycopg.Connection, folder: Path) -> None:
    past(clinic, admin, 1)
    with clinic.admin() as other, other.transaction():
        other.execute("lock table audit_archive in share row exclusive mode")
        with pytest.raises(MediDeskError, match="Somebody archives"):
            archived(admin, folder)
    assert archived(admin, folder).archive.seals == 1
