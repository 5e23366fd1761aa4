"""Makes the virtual environment: locked and hashed dependencies, then MediDesk itself, byte-compiled.

`make` runs `python -m tools.bootstrap` with the Python the environment is to have; standard library only.
Running it again mends what an interrupted run left, and an environment of another Python or another
folder is made anew.
"""

import os
import subprocess
import sys
import time
import venv
from pathlib import Path

from tools import apt

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / ".installed"
"""Holds the folder it was made in, and is written last: without it the environment is unfinished."""


class BootstrapError(Exception):
    """The environment cannot be made; the message says why and what to do."""


def ensure_venv_package() -> None:
    """Have `ensurepip`, which Debian keeps in a package of its own.

    Raises:
        BootstrapError: it is missing and could not be installed.
    """
    if _can_make_environments():
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    packages = [(f"python{version}-venv", "python3-venv")]
    if not _is_the_systems_own():
        raise BootstrapError(
            f"{sys.executable} has no ensurepip, so it cannot make a virtual environment.\n"
            "Name another Python: make PYTHON=/path/to/python3.12"
        )
    if not (apt.available() and apt.install(packages) and _can_make_environments()):
        raise BootstrapError(
            f"{sys.executable} cannot make virtual environments: a package is missing. Install it with\n"
            f"  {apt.command_line(packages)}"
        )


def make_environment() -> Path:
    """Make `.venv`, or keep one that fits; returns its Python.

    Raises:
        BootstrapError: the folder belongs to someone else, or cannot be written.
    """
    python = ENVIRONMENT / "bin" / "python"
    if _fits(python):
        return python
    print(f"Making {ENVIRONMENT.name} with Python {sys.version.split()[0]}", flush=True)
    try:
        if ENVIRONMENT.is_symlink():
            ENVIRONMENT.unlink()  # what it leads to is another folder's, and would be emptied
        venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(ENVIRONMENT)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BootstrapError(
            f"{ENVIRONMENT} cannot be made: {error}.\n"
            "If another user made it, remove it as that user; see that the disk has a gigabyte free."
        ) from error
    return python


def install(python: Path) -> None:
    """Install the locked dependencies, then MediDesk itself as it lies here, without the network.

    Raises:
        BootstrapError: pip gave up; what it said stands above.
    """
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    steps = (
        ("the locked dependencies", [*pip, "--require-hashes", "--requirement", "requirements-dev.lock"]),
        ("MediDesk", [*pip, "--no-index", "--no-deps", "--no-build-isolation", "--editable", "."]),
        # pip compiles what it installs, but MediDesk stays where it lies; a shell that forbids writing
        # byte code would otherwise compile it anew on every start.
        ("MediDesk's byte code", [str(python), "-m", "compileall", "-q", "medidesk"]),
    )
    for what, command in steps:
        print(f"Installing {what}", flush=True)
        if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
            raise BootstrapError(
                f"Installing {what} failed: see above. Mend that (often the network) and run make again."
            )


def _can_make_environments() -> bool:
    # Asked of a new process: this one remembers what it did not find.
    probe = [sys.executable, "-c", "import ensurepip, venv"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _is_the_systems_own() -> bool:
    return Path(sys.executable).resolve().parent == Path("/usr/bin")


def _fits(python: Path) -> bool:
    """Whether the environment has this Python's version, was made here, and has a pip that runs."""
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8").strip() != str(ROOT):
        return False
    if not (python.is_file() and os.access(ENVIRONMENT, os.W_OK)):
        return False
    probe = [str(python), "-c", "import pip, sys; print(sys.version)"]
    answer = subprocess.run(probe, capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() == sys.version


def main() -> int:
    """Make the environment; returns the exit status."""
    started = time.monotonic()
    try:
        ensure_venv_package()
        python = make_environment()
        install(python)
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    STAMP.write_text(f"{ROOT}\n", encoding="utf-8")
    print(f"Ready in {time.monotonic() - started:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
