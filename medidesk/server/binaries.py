"""Finding a PostgreSQL that runs here: the one that comes with MediDesk, or an installed one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from medidesk.errors import DiskFull, ServerProblem
from medidesk.server import wheel
from medidesk.server.run_as import misread
from medidesk.words import tr

OLDEST, NEWEST = 15, 18
"""The PostgreSQL versions MediDesk is tested with."""

BIN_VARIABLE = "MEDIDESK_POSTGRES_BIN"
"""Environment variable that names the one `bin` folder to use."""

type Source = Literal["wheel", "installed"]

_PROBE_TIMEOUT = 30.0
_NEEDED = ("postgres", "initdb", "pg_ctl", "pg_dump")
_DEBIAN_PACKAGES = {
    "libxml2": "libxml2",
    "libgssapi_krb5": "libgssapi-krb5-2",
    "libkrb5": "libkrb5-3",
    "libssl": "libssl3",
    "libcrypto": "libssl3",
    "liblz4": "liblz4-1",
    "libzstd": "libzstd1",
    "libz": "zlib1g",
}


@dataclass(frozen=True)
class PostgresBinaries:
    """One usable PostgreSQL.

    Attributes:
        bin_dir: the folder with its programs.
        major: its major version, `OLDEST` to `NEWEST`.
        source: whether it came with MediDesk ("wheel") or is the computer's own ("installed").
        tls: whether it was built with TLS.
    """

    bin_dir: Path
    major: int
    source: Source
    tls: bool

    def path(self, program: str) -> Path:
        """The full path of one of its programs, such as "pg_dump"."""
        return _program(self.bin_dir, program)

    def has_module(self, name: str) -> bool:
        """Whether it has the loadable module `name`, such as "auth_delay"."""
        return any(_module_folder(self.path("pg_config")).glob(f"{name}.*"))


class UnusableError(Exception):
    """Why one folder does not serve; collected for the message when none does."""

    def __init__(self, sentence: str, package: str = "postgresql") -> None:
        super().__init__(sentence)
        self.package = package


def find_postgres(prefer: Source | None = None, version: int | None = None) -> PostgresBinaries:
    """The first PostgreSQL that runs here, of the preferred kind if there is one.

    `BIN_VARIABLE` in the environment overrules the search.

    Args:
        prefer: which kind to try first; the one that comes with MediDesk unless told otherwise.
        version: only this major version, as data once made needs.

    Raises:
        ServerProblem: none was found, or none runs; names the package to install.
    """
    if version is not None and not OLDEST <= version <= NEWEST:
        raise ServerProblem(
            _outside(tr("The server this data is from"), version),
            tr("Open it with the MediDesk that made it."),
        )
    chosen = os.environ.get(BIN_VARIABLE)
    if chosen:
        return _chosen(Path(chosen), version)
    order: tuple[Source, ...] = ("installed", "wheel") if prefer == "installed" else ("wheel", "installed")
    problems: list[UnusableError] = []
    for source in order:
        for folder in _wheel_folder(problems) if source == "wheel" else _installed_folders():
            try:
                found = examine(folder, source)
            except UnusableError as problem:
                problems.append(problem)
                continue
            if version in {None, found.major}:
                return found
    raise _nothing_found(version, problems)


def _chosen(folder: Path, version: int | None) -> PostgresBinaries:
    try:
        found = examine(folder, "installed")
    except UnusableError as problem:
        raise ServerProblem(
            tr("{variable} names {folder}. {problem}", variable=BIN_VARIABLE, folder=folder, problem=problem),
            tr(
                "Set it to the bin folder of PostgreSQL {oldest} to {newest}, or unset it.",
                oldest=OLDEST,
                newest=NEWEST,
            ),
        ) from problem
    if version not in {None, found.major}:
        raise ServerProblem(
            tr(
                "{variable} names PostgreSQL {major}, and this data needs {version}.",
                variable=BIN_VARIABLE,
                major=found.major,
                version=version,
            ),
            tr("Set it to a PostgreSQL {version}, or unset it.", version=version),
        )
    return found


def _nothing_found(version: int | None, problems: list[UnusableError]) -> ServerProblem:
    if version is not None:
        return ServerProblem(
            tr("This data was made by PostgreSQL {version}, which is not on this computer.", version=version),
            tr("Install it: sudo apt install postgresql-{version}", version=version),
        )
    said = " ".join(str(problem) for problem in problems)
    package = problems[0].package if problems else "postgresql"
    return ServerProblem(
        tr(
            "No PostgreSQL {oldest} to {newest} runs on this computer. {said}",
            oldest=OLDEST,
            newest=NEWEST,
            said=said,
        ).strip(),
        tr("Install it: sudo apt install {package}", package=package),
    )


def _outside(subject: str, major: int) -> str:
    return tr(
        "{subject} is PostgreSQL {major}; MediDesk works with {oldest} to {newest}.",
        subject=subject,
        major=major,
        oldest=OLDEST,
        newest=NEWEST,
    )


def examine(folder: Path, source: Source) -> PostgresBinaries:
    """What the PostgreSQL in `folder` is, by running it.

    Raises:
        UnusableError: it is incomplete, cannot be run, or is of another version.
    """
    if misread(folder):
        raise UnusableError(tr("PostgreSQL cannot be run from {folder}, because of its name.", folder=folder))
    for program in _NEEDED:
        if not _program(folder, program).is_file():
            raise UnusableError(tr("{folder} has no {program}.", folder=folder, program=program))
    return _examined(folder, source, _program(folder, "postgres").stat().st_mtime_ns)


@lru_cache(maxsize=32)
def _examined(folder: Path, source: Source, _changed: int) -> PostgresBinaries:
    """`examine`, remembered until the program itself changes."""
    said = _output(folder, "--version")
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    if not found:
        raise UnusableError(tr("{folder} holds no PostgreSQL.", folder=folder))
    major = int(found.group(1))
    if not OLDEST <= major <= NEWEST:
        raise UnusableError(_outside(str(folder), major))
    ciphers = re.search(r"^ssl_ciphers\t(.*)$", _output(folder, "--describe-config"), re.MULTILINE)
    # The default cipher list of a build without TLS is the word "none".
    tls = ciphers is not None and "none" not in ciphers.group(1).split("\t")
    return PostgresBinaries(folder, major, source, tls)


@lru_cache(maxsize=32)
def _module_folder(pg_config: Path) -> Path:
    """Where the loadable modules lie; the folder of `pg_config` itself when that cannot say."""
    try:
        finished = subprocess.run(  # noqa: S603 - as below
            [str(pg_config), "--pkglibdir"],
            check=True,
            capture_output=True,
            text=True,
            timeout=_PROBE_TIMEOUT,
        )
    except (OSError, subprocess.SubprocessError):
        return pg_config.parent
    return Path(finished.stdout.strip())


def _output(folder: Path, option: str) -> str:
    try:
        finished = subprocess.run(  # noqa: S603 - a PostgreSQL the person or the system put there
            [str(_program(folder, "postgres")), option],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PROBE_TIMEOUT,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnusableError(
            tr("The PostgreSQL in {folder} cannot be run: {error}.", folder=folder, error=error)
        ) from error
    if finished.returncode == 0:
        return finished.stdout
    missing = re.search(r"(lib[\w+.-]+?)\.so[.\d]*: cannot open shared object", finished.stderr)
    if missing:
        library = missing.group(1)
        raise UnusableError(
            tr("The PostgreSQL in {folder} lacks the library {library}.", folder=folder, library=library),
            _DEBIAN_PACKAGES.get(library, "postgresql"),
        )
    last = (finished.stderr.strip().splitlines() or [str(finished.returncode)])[-1]
    raise UnusableError(tr("The PostgreSQL in {folder} cannot be run: {error}.", folder=folder, error=last))


def _program(folder: Path, program: str) -> Path:
    return folder / (f"{program}.exe" if sys.platform == "win32" else program)


def _wheel_folder(problems: list[UnusableError]) -> Iterator[Path]:
    source = wheel.archive()
    if source is not None:
        try:
            yield wheel.unpacked(source)
        except (DiskFull, ServerProblem) as problem:
            problems.append(UnusableError(str(problem)))


def _installed_folders() -> Iterator[Path]:
    """The `bin` folders of installed PostgreSQLs, newest version first, then what PATH names."""
    if sys.platform == "win32":
        patterns = [(Path(os.environ.get("PROGRAMFILES", r"C:\Program Files")), r"PostgreSQL/*/bin")]
    elif sys.platform == "darwin":
        patterns = [
            (Path("/opt/homebrew/opt"), "postgresql@*/bin"),
            (Path("/usr/local/opt"), "postgresql@*/bin"),
            (Path("/Applications/Postgres.app/Contents/Versions"), "*/bin"),
            (Path("/Library/PostgreSQL"), "*/bin"),
        ]
    else:
        patterns = [
            (Path("/usr/lib/postgresql"), "*/bin"),  # Debian, Ubuntu
            (Path("/usr"), "pgsql-*/bin"),  # Red Hat, from postgresql.org
        ]
    found = [
        folder for root, pattern in patterns for folder in sorted(root.glob(pattern), key=_number_in)[::-1]
    ]
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    yield from dict.fromkeys(found)


def _number_in(folder: Path) -> int:
    found = re.search(r"(\d+)[^/\\]*$", str(folder.parent))
    return int(found.group(1)) if found else 0
