"""A MediDesk that the server's user can run too, where the tests run as root from a closed home."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import medidesk
from medidesk.server import run_as, units
from tests.support.cluster import folder_for_cluster

# What windows need, and what is not part of a program that runs.
_LEFT_OUT = shutil.ignore_patterns("PySide6*", "shiboken6*", "site-packages", "test", "tests", "idlelib")


@pytest.fixture(scope="session")
def reachable_program() -> Iterator[list[str]]:
    """The words that start MediDesk as the server's user."""
    user = run_as.server_user()
    if user is None or runs(units.program()):
        yield units.program()
        return
    with folder_for_cluster() as folder:
        yield _copied(folder.parent)


@pytest.fixture(scope="module")
def reachable(reachable_program: list[str]) -> Iterator[None]:
    """That one is what the server is told to archive with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units, "program", lambda: reachable_program)
        yield


def runs(words: list[str]) -> bool:
    try:
        return run_as.run([*words, "backup", "wal", "--help"], run_as.server_user(), cwd=Path("/")) == 0
    except OSError:
        return False


def _copied(to: Path) -> list[str]:
    """Python, the libraries and MediDesk, in links where the disk is the same."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    libraries = Path(os.path.realpath(os.__file__)).parent
    python = Path(sys.executable).resolve()
    (to / "bin").mkdir()
    _linked(str(python), str(to / "bin" / version))
    shutil.copytree(libraries, to / "lib" / version, copy_function=_linked, ignore=_LEFT_OUT)
    for shared in python.parent.parent.glob("lib/libpython*.so*"):
        _linked(str(shared), str(to / "lib" / shared.name))
    packages = Path(pytest.__file__).parent.parent
    shutil.copytree(packages, to / "packages", copy_function=_linked, ignore=_LEFT_OUT)
    root = Path(medidesk.__file__).parent.parent
    for name in ("medidesk", "resources"):
        shutil.copytree(root / name, to / "packages" / name, copy_function=shutil.copy, dirs_exist_ok=True)
    program = to / "medidesk"
    program.write_text(
        f'#!/bin/sh\nLD_LIBRARY_PATH={to}/lib PYTHONPATH={to}/packages exec {to}/bin/{version} -m medidesk "$@"\n'
    )
    program.chmod(0o755)
    subprocess.run(["chmod", "-R", "a+rX", to], check=True)
    assert runs([str(program)])
    return [str(program)]


def _linked(source: str, target: str) -> str:
    make: Callable[[str, str], object] = os.link
    try:
        make(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
