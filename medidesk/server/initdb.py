"""Making a cluster's data with `initdb`."""

import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from medidesk.errors import ServerProblem
from medidesk.server import start_problems
from medidesk.server.binaries import PostgresBinaries
from medidesk.server.private_files import world_errors, write_private
from medidesk.server.run_as import ServerUser, run
from medidesk.server.settings import CONF_NAME
from medidesk.words import tr


def make_data(
    data: Path,
    binaries: PostgresBinaries,
    user: ServerUser | None,
    *,
    superuser: str,
    password: str,
    durable: bool,
    lock: int,
) -> None:
    """Make `data`: UTF-8, sorted by code point, checksums on, a password from everyone.

    `initdb` inherits `lock`: when MediDesk is killed meanwhile, it works on as an orphan, and nobody else
    may begin to clear its folder before it has ended.

    Raises:
        DiskFull: there was no room (about 60 MB).
        ServerProblem: `initdb` failed otherwise.
    """
    said = ""
    for locale in _locales(binaries.major):
        discard(data)
        with world_errors(data):
            data.mkdir(mode=0o700)
            if user is not None and sys.platform != "win32":
                shutil.chown(data, user.uid, user.gid)
        with _password_file(data.parent, password, user) as password_file, tempfile.TemporaryFile() as output:
            command: list[str | Path] = [
                *(binaries.path("initdb"), "--pgdata", data, "--username", superuser),
                *("--pwfile", password_file, "--auth", "scram-sha-256", "--data-checksums"),
                *("--encoding", "UTF8", "--lc-messages", "C", "--text-search-config", "simple"),
                *locale,
            ]
            if not durable:
                command.append("--no-sync")
            code = run(command, user, cwd=data, output=output, keep_open=[lock])
            output.seek(0)
            said = output.read().decode(errors="replace")
        if code == 0:
            _include_our_conf(data, user)
            return
        if "locale name" not in said:
            break
    raise _failed(said, data)


def discard(data: Path) -> None:
    """Remove half-made data; with root's or the owner's right."""
    with world_errors(data), suppress(FileNotFoundError):
        shutil.rmtree(data)


def _failed(said: str, data: Path) -> Exception:
    try:
        return start_problems.problem(said, data)
    except (start_problems.PortTakenError, start_problems.StillEndingError):
        return ServerProblem(tr("PostgreSQL could not make its data in {folder}.", folder=data))


def _locales(major: int) -> list[list[str]]:
    """Arguments to try, best first: all sort by code point, so that every server sorts as every other.

    What differs is only who knows upper and lower case beyond ASCII: PostgreSQL itself from 17, the
    operating system's C.UTF-8 before. The character type is set besides, as trigrams take their letters
    from it.
    """
    if major >= 17:
        builtin = ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
        return [[*builtin, "--lc-ctype", "C.UTF-8"], [*builtin, "--lc-ctype", "en_US.UTF-8"], builtin]
    libc = ["--locale-provider", "libc"]
    return [
        [*libc, "--locale", "C.UTF-8"],
        [*libc, "--locale", "C", "--lc-ctype", "en_US.UTF-8"],
        [*libc, "--locale", "C"],
    ]


@contextmanager
def _password_file(folder: Path, password: str, user: ServerUser | None) -> Iterator[Path]:
    """A file only the server's user can read, gone after the block."""
    for left_by_a_kill in folder.glob(".initdb-*"):
        left_by_a_kill.unlink()
    path = folder / f".initdb-{secrets.token_hex(8)}"
    write_private(path, password + "\n", user)
    try:
        yield path
    finally:
        path.unlink()


def _include_our_conf(data: Path, user: ServerUser | None) -> None:
    path = data / "postgresql.conf"
    write_private(path, f"{path.read_text(encoding='utf-8')}\ninclude '{CONF_NAME}'\n", user)
