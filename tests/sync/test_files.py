"""A station's files: what is written into them, and how little."""

import asyncio
import datetime as dt
import logging
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa

from medidesk.models.base import table_of
from medidesk.models.patients import Patient
from medidesk.models.types import new_id
from medidesk.repositories import patients
from medidesk.repositories.verbs import Kind
from medidesk.sync import feed, search_index, sqlcipher
from medidesk.sync.codec import codecs
from medidesk.sync.connection import Login, connect, cut, leave
from medidesk.sync.cursor import Snapshot
from medidesk.sync.operation import Operation, Write
from medidesk.sync.outbox import Outbox
from medidesk.sync.outbox_tables import SENDABLE
from medidesk.sync.scopes import Share
from medidesk.sync.stored_rows import NOTHING, put
from tests.support.database import Clinic
from tests.support.replica_clinic import ReplicaClinic

PAGE = 4096


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReplicaClinic]:
    """A replica."""
    desk = ReplicaClinic.at(tmp_path / "replica.db")
    yield desk
    desk.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """An outbox."""
    outbox = Outbox(tmp_path / "outbox.db", secrets.token_bytes(32))
    yield outbox
    outbox.close()


def operation(author: str = "sofia", row: UUID | None = None) -> Operation:
    now = dt.datetime.now(dt.UTC)
    write = Write("patient", row or new_id(), inserts=True, values={}, base={}, version=0)
    return Operation(
        id=uuid4(), verb="patients.register", kind=Kind.FACT, author=author, station=uuid4(),
        station_name="Reception 1", made_at=now, clock=now, title="", line="", writes=(write,), relied=(),
        references=(),
    )  # fmt: skip


# Rows


def held(desk: ReplicaClinic, patient: UUID) -> tuple[object, ...]:
    row: tuple[object, ...] = desk.replica.writer.execute(
        "select rowid, * from patient where id = ?", (patient.bytes,)
    ).fetchone()
    return row


def test_of_a_changed_row_only_what_changed_is_written(desk: ReplicaClinic) -> None:
    patient = desk.patient("Okafor", "Ada", phone="+34 612 345 678")
    codec = codecs()["patient"]
    before = held(desk, patient)
    row = list(before[1:])
    row[codec.version_at], row[codec.columns.index("city")] = 2, "Girona"
    assert put(desk.replica.writer, codec, tuple(row)) == {"version", "city"}  # type: ignore[arg-type]
    assert held(desk, patient) == (before[0], *row)


def test_a_row_that_is_not_newer_changes_nothing_unless_it_has_to(desk: ReplicaClinic) -> None:
    patient = desk.patient("Okafor", "Ada")
    codec = codecs()["patient"]
    before = held(desk, patient)
    row = list(before[1:])
    row[codec.columns.index("city")] = "Girona"
    assert put(desk.replica.writer, codec, tuple(row)) == NOTHING  # type: ignore[arg-type]
    assert held(desk, patient) == before
    assert put(desk.replica.writer, codec, tuple(row), whatever=True) == {"city"}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "finds"),
    [({"phone": "+34 699 111 222"}, "699111222"), ({"city": "Girona"}, "okafor"), ({}, "okafor")],
)
def test_search_follows_every_change(desk: ReplicaClinic, changes: dict[str, str], finds: str) -> None:
    patient = desk.patient("Okafor", "Ada")
    desk.put(Patient, {"id": patient, "family_name": "Okafor", "given_name": "Ada"} | changes, version=2)
    assert [row.id for row in desk.read(patients.search, finds)] == [patient]


def test_a_verb_writes_nothing_that_is_only_rolled_back(desk: ReplicaClinic) -> None:
    before = desk.replica.writer.total_changes
    captured = desk.capture(patients.register, {"family_name": "Okafor", "alerts": ["Falls risk"]})
    assert [row.model.__tablename__ for row in captured.rows] == ["patient", "patient_alert"]
    assert desk.replica.writer.total_changes == before


# Checkpoints


def test_what_was_written_is_brought_into_the_file(desk: ReplicaClinic) -> None:
    checkpoints, path = desk.replica.checkpoints, desk.replica.path
    desk.patient("Okafor")
    before = path.read_bytes()
    assert checkpoints.due()
    checkpoints.begin()
    checkpoints.run()
    assert path.read_bytes() != before
    assert not checkpoints.due()
    desk.patient("Garcia")
    assert checkpoints.due()


def test_however_many_threads_read_nobodys_connection_is_closed(desk: ReplicaClinic) -> None:
    desk.patient("Okafor")
    count = sa.select(sa.func.count()).select_from(table_of(Patient))
    reading, done = threading.Semaphore(0), threading.Event()

    def read() -> list[int]:
        with desk.replica.sessions() as session:
            before = session.scalar(count)
            reading.release()
            done.wait(20)
            return [before or 0, session.scalar(count) or 0]

    with ThreadPoolExecutor(12) as pool:
        readers = [pool.submit(read) for _ in range(12)]
        for _ in readers:
            assert reading.acquire(timeout=20)
        done.set()
        assert [reader.result(20) for reader in readers] == [[1, 1]] * 12


def test_search_text_is_merged_when_told_and_finds_the_same(desk: ReplicaClinic) -> None:
    writer = desk.replica.writer
    search_index.merge_when_told(writer)
    people = [desk.patient(f"Okafor{number}") for number in range(12)]

    def parts() -> int:
        (count,) = writer.execute("select count(distinct segid) from patient_search_idx").fetchone()
        return int(count)

    assert parts() == len(people)
    while desk.replica.checkpoints.step():
        pass
    assert parts() < len(people)
    assert {row.id for row in desk.read(patients.search, "okafor")} == set(people)


# The outbox


def test_the_next_to_send_is_found_without_reading_the_journal(outbox: Outbox) -> None:
    plan = outbox._connection.execute(f"explain query plan {SENDABLE}", ("sofia", "[]", 8)).fetchall()
    read = [step[3] for step in plan]
    assert [step for step in read if "operation" in step or "mine" in step]
    assert not [step for step in read if ("SCAN" in step and "json_each" not in step) or "AUTOMATIC" in step]


def test_an_authors_keys_go_with_the_last_of_their_waiting_work(outbox: Outbox) -> None:
    first, second, other = operation(), operation(), operation("anjali")
    for one in (first, second, other):
        outbox.add(one, told=True, keys=("client", "server"))
    outbox.done({first.id: {"status": "applied"}})
    assert outbox.sender("sofia") is not None
    outbox.refused(second.id, {"sqlstate": "MD001"}, ask=True)
    assert outbox.sender("sofia") is None
    assert outbox.sender("anjali") is not None
    (entry,) = outbox.entries("attention")
    assert entry.problem == {"sqlstate": "MD001"}


# The connection


def test_a_connection_that_is_cut_in_a_pull_says_so_once_and_nothing_on_the_terminal(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    async def pulled_when_cut() -> None:
        connection = await connect(Login(clinic.server, "sofia", clinic.password("sofia")))
        try:
            await feed.pull(connection, Snapshot(1, 1), Share())
            cut(connection)
            with pytest.raises(psycopg.OperationalError):
                await feed.pull(connection, Snapshot(1, 1), Share())
        finally:
            await leave(connection)

    with caplog.at_level(logging.INFO, "psycopg"):
        asyncio.run(pulled_when_cut())
    assert [one.getMessage() for one in caplog.records if one.name == "psycopg"] == []


def test_whatever_sqlcipher_says_of_a_damaged_page_is_understood_as_damage(tmp_path: Path) -> None:
    key, path = secrets.token_bytes(32), tmp_path / "replica.db"
    made = sqlcipher.connect(path, key)
    made.execute("create table note (id integer primary key, words text)")
    made.executemany("insert into note (words) values (?)", [("x" * 300,)] * 500)
    made.close()
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // PAGE):
            file.seek(page * PAGE)
            file.write(secrets.token_bytes(PAGE))
    connection = sqlcipher.connect(path, key)
    for statement in ("select words from note", "insert into note (words) values ('one more')"):
        with pytest.raises(sqlcipher.FILE_ERRORS) as raised:
            connection.execute(statement).fetchall()
        assert sqlcipher.is_damaged(raised.value), raised.value
    connection.close()
    assert sqlcipher.is_damaged(MemoryError())
