"""PostgreSQL's own programs, run for a backup: no password on a command line, their words in our sentences."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from medidesk.errors import BackupProblem
from medidesk.server.cluster import Cluster
from medidesk.server.private_files import disk_full, write_private
from medidesk.server.run_as import run
from medidesk.words import tr

_WORDS_MOST = 300


@contextmanager
def passwords(folder: Path, *clusters: Cluster) -> Iterator[Path]:
    """A file with these servers' superusers' passwords for the block, as libpq reads it."""
    path = folder / "passwords"
    write_private(
        path, "".join(f"*:{one.status().port}:*:*:{_escaped(one.superuser_password)}\n" for one in clusters)
    )
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _escaped(password: str) -> str:
    return password.replace("\\", "\\\\").replace(":", "\\:")


def conninfo(cluster: Cluster, database: str, passfile: Path) -> str:
    """A superuser's address of a database, without the password; sessions may write."""
    known = {
        name: str(value)
        for name, value in conninfo_to_dict(cluster.url(database, cluster.superuser, "-")).items()
        if name != "password"
    }
    known |= {"passfile": str(passfile), "options": "-c default_transaction_read_only=off"}
    return make_conninfo("", **known)


def run_program(cluster: Cluster, name: str, *arguments: str | Path, folder: Path) -> None:
    """Run one of its programs to its end.

    Args:
        cluster: whose PostgreSQL.
        name: such as "pg_dump".
        arguments: the program's.
        folder: where it works, and where there must be room.

    Raises:
        DiskFull: there was no room.
        BackupProblem: it failed otherwise; with its last words.
    """
    with tempfile.TemporaryFile() as output:
        code = run([cluster.binaries.path(name), *arguments], None, cwd=folder, output=output)
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    if code == 0:
        return
    if "No space left on device" in said:
        raise disk_full(folder)
    last = said.splitlines()[-1] if said else ""
    raise BackupProblem(
        tr("{program} failed: {words}", program=name, words=last[:_WORDS_MOST]),
        tr("The backups before this one are as they were. Try again."),
    )
