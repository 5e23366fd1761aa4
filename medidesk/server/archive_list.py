"""Which files audit rows have left the database for, and where they lie."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from medidesk.errors import MediDeskError
from medidesk.server import archive_file
from medidesk.words import tr

FOLDER = "audit"
"""Where they are put in a server's folder unless another place is named."""

_ARCHIVES = """
select first_seal, last_seal, rows, openings, file, sha256 from medidesk.audit_archive order by first_seal
"""


@dataclass(frozen=True)
class Archive:
    """A file that rows left for, as the database knows it.

    Attributes:
        first, last: the numbers of its seals.
        rows: how many rows these cover.
        openings: how many openings of files it holds.
        file: its name.
        sha256: of the file.
    """

    first: int
    last: int
    rows: int
    openings: int
    file: str
    sha256: bytes

    @property
    def seals(self) -> int:
        """How many seals it holds."""
        return self.last - self.first + 1


def known(connection: psycopg.Connection) -> list[Archive]:
    """Every file that rows left for, the oldest first; over a superuser's connection."""
    return [Archive(*one) for one in connection.execute(_ARCHIVES).fetchall()]


def paths(
    connection: psycopg.Connection, written: Iterable[Archive], files: Iterable[Path], folder: Path | None
) -> dict[Archive, Path]:
    """Where the files are, of those that were named or lie in a folder.

    Raises:
        MediDeskError: a named one is no archive of this server's.
    """
    server, found = server_id(connection), dict[Archive, Path]()
    for one in written:
        if folder is not None and (folder / one.file).is_file():
            found[one] = folder / one.file
    for path in files:
        header = archive_file.header_of(path)
        ours = [
            one
            for one in written
            if one.file == path.name
            or (
                header is not None
                and (header.server, header.first, header.last) == (server, one.first, one.last)
            )
        ]
        if not path.is_file() or not ours:
            raise MediDeskError(
                tr("{path} holds no changes that left this server.", path=path),
                tr("Name the files that medidesk audit archive has written: audit-….jsonl.gz"),
            )
        found[ours[0]] = path
    return found


def server_id(connection: psycopg.Connection) -> str:
    """Which server it is."""
    row = connection.execute("select server_id::text from medidesk.server_identity").fetchone()
    return "" if row is None else str(row[0])
