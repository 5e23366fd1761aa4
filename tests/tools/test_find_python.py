"""The Python that is chosen runs MediDesk, and where there is none a sentence says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "find-python"


def find(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # Nothing of the machine's own but what the script itself is written in.
    variables = {"PATH": f"{path}:/usr/bin:/bin", "HOME": str(path), **environment}
    return subprocess.run([str(SCRIPT)], env=variables, capture_output=True, text=True, check=False)


def executable(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def this_python() -> str:
    """The interpreter below the virtual environment."""
    return os.path.realpath(sys.executable)


def test_python3_comes_first(tmp_path: Path, this_python: str) -> None:
    executable(tmp_path / "python3", f'exec "{this_python}" "$@"')
    executable(tmp_path / "python3.12", "exit 1")
    found = find(tmp_path)
    assert found.returncode == 0
    assert Path(found.stdout.strip()).resolve() == Path(this_python)


def test_one_that_is_too_old_or_broken_is_passed_over(tmp_path: Path, this_python: str) -> None:
    executable(tmp_path / "python3", "echo 'version 3.12 is not installed' >&2; exit 127")
    executable(tmp_path / "python3.12", f'exec "{this_python}" "$@"')
    found = find(tmp_path)
    assert found.returncode == 0
    assert Path(found.stdout.strip()).resolve() == Path(this_python)


def test_a_newer_one_that_the_version_chooser_holds_serves_too(tmp_path: Path, this_python: str) -> None:
    for name in ("python3", "python3.12", "python3.13", "python3.14"):
        executable(tmp_path / name, "echo 'version 3.12 is not installed' >&2; exit 127")
    held = tmp_path / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3"
    held.parent.mkdir(parents=True)
    executable(held, f'exec "{this_python}" "$@"')
    found = find(tmp_path)
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()).resolve() == Path(this_python)


def test_inside_a_virtual_environment_the_python_below_it_is_found(tmp_path: Path) -> None:
    found = find(tmp_path, PYTHON=sys.executable)
    assert found.returncode == 0
    assert Path(found.stdout.strip()).parent != Path(sys.executable).parent


def test_a_named_one_is_the_only_one_looked_at(tmp_path: Path, this_python: str) -> None:
    executable(tmp_path / "python3", f'exec "{this_python}" "$@"')
    old = executable(tmp_path / "old", "echo 'old is Python 3.11.2' >&2; exit 1")
    found = find(tmp_path, PYTHON=str(old))
    assert found.returncode == 1
    assert found.stdout == ""
    assert "old is Python 3.11.2" in found.stderr
    assert "make PYTHON=" in found.stderr


def test_a_name_that_is_nowhere_is_said(tmp_path: Path) -> None:
    found = find(tmp_path, PYTHON="/nowhere/python3.12")
    assert found.returncode == 1
    assert "/nowhere/python3.12: not found" in found.stderr
