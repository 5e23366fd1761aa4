"""Opening a station's encrypted files, and saying in plain words why one does not open."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from medidesk.errors import DiskFull, MediDeskError, StationFilesProblem
from medidesk.models.search import fold
from medidesk.words import tr

type Connection = Any

DRIVER = sqlcipher
# What reading or writing a station's file can fail with. SQLite takes a page that SQLCipher cannot decrypt for
# a lack of memory, and says so.
FILE_ERRORS = (sqlcipher.DatabaseError, OSError, MemoryError)
# Once a page of a file has turned out to be damaged, SQLCipher lets nothing be written through that connection.
_DAMAGED = ("not a database", "malformed", "disk image", "attempt to write a readonly database")
KEY_BYTES = 32
# Pages that may gather in the write-ahead log before a commit has to bring them into the file by itself.
WAL_PAGES_MOST = 10_000
_PATH_BYTES = 500  # SQLite opens nothing beyond 512, the endings of its -wal and -shm included
WAL_BYTES_KEPT = 4 * 2**20


def connect(path: Path, key: bytes, *, durable: bool = False, read_only: bool = False) -> Connection:
    """Open (or make) an encrypted file with a raw key.

    Args:
        path: the file.
        key: 32 bytes.
        durable: each commit reaches the disk before it returns (the outbox); otherwise a power cut may lose the
            last commits but never the file (a replica, which the server can fill again).
        read_only: for the threads that only read.

    Raises:
        StationFilesProblem: the key does not fit, or the file is damaged.
        DiskFull: there is no room.
    """
    if len(key) != KEY_BYTES:
        msg = f"a key has {KEY_BYTES} bytes"
        raise ValueError(msg)
    connection = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made before SQLite makes it: for its owner alone, and its -wal and -shm take after it.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlcipher.connect(
            str(path), timeout=10, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        connection.execute(
            "PRAGMA cipher_log_level = none"
        )  # it would print to the terminal of whoever imports
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA temp_store = memory")  # a spilled sort would be plain text on the disk
        connection.execute("PRAGMA cache_size = -16384")
        connection.create_function("fold", 1, fold, deterministic=True)
        connection.execute("select count(*) from sqlite_master").fetchone()
        if read_only:
            connection.execute("PRAGMA query_only = on")
        else:
            connection.execute("PRAGMA journal_mode = wal")
            connection.execute(f"PRAGMA synchronous = {'full' if durable else 'normal'}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES_MOST}")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    except FILE_ERRORS as error:
        if connection is not None:
            connection.close()
        raise explain(error, path) from error
    return connection


@contextmanager
def unsynced(connection: Connection) -> Iterator[None]:
    """Commits in the block do not wait for the disk: the next commit after it, or a checkpoint, brings them there.

    Only for a durable file, and for what a power cut may take back.
    """
    connection.execute("PRAGMA synchronous = normal")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = full")


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """One write transaction; rolled back whole when anything fails, its commit included."""
    connection.execute("begin immediate")
    try:
        yield
        if connection.in_transaction:
            connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Errors of a station's file leave the block as sentences.

    Raises:
        StationFilesProblem: the file is damaged.
        DiskFull: there is no room.
    """
    try:
        yield
    except FILE_ERRORS as error:
        raise explain(error, path) from error


def is_damaged(error: BaseException) -> bool:
    """Whether an error says that a file is not what was written, or not under this key."""
    text = str(error)
    return isinstance(error, MemoryError) or any(words in text for words in _DAMAGED)


def from_json(kept: str) -> Any:
    """What a station's file keeps as JSON.

    Raises:
        DatabaseError: it is none; SQLCipher hands out a page that it could not decrypt now and then.
    """
    try:
        return json.loads(kept)
    except ValueError as error:
        raise sqlcipher.DatabaseError("what is kept as JSON is malformed") from error


def has_damaged_pages(connection: Connection) -> bool:
    """Whether a page of an open file is not what was written under its key; reads all of it."""
    try:
        return bool(connection.execute("PRAGMA cipher_integrity_check").fetchall())
    except FILE_ERRORS as error:
        return is_damaged(error)


def explain(error: Exception, path: Path) -> MediDeskError:
    """What went wrong with a station's file, and what to do."""
    text = str(error)
    if is_full(error):
        return DiskFull(
            tr("The disk of this PC is full, so MediDesk cannot write to “{name}”.", name=path.name),
            tr("Free some space and try again. Nothing that was saved is lost."),
        )
    if is_damaged(error):
        return StationFilesProblem(
            tr("The file “{name}” is damaged or was encrypted with another key.", name=path.name),
            tr("Keep the folder {folder} as it is and ask an administrator.", folder=path.parent),
        )
    if len(os.fsencode(path.absolute())) > _PATH_BYTES:
        return StationFilesProblem(
            tr("The name of the folder {folder} is too long for a station's files.", folder=path.parent),
            tr("Choose a folder with a shorter name, or nearer to the root of the disk."),
        )
    return StationFilesProblem(
        tr("The file “{name}” could not be read or written ({reason}).", name=path.name, reason=text),
        tr("Check that this account may write to {folder}.", folder=path.parent),
    )


def is_full(error: BaseException) -> bool:
    """Whether an error says that there is no room left."""
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return "disk is full" in str(error) or "database or disk is full" in str(error)
