"""Debian packages: install them when this user may, and name them when not.

Runs on a bare Python, before the virtual environment exists: standard library only.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

type Names = Sequence[str]
"""One package, newest name first: Debian 13 renamed a few of Debian 12's (`libssl3t64`, `libssl3`)."""


def available() -> bool:
    """Whether this system installs its packages with apt."""
    return shutil.which("apt-get") is not None


def elevation() -> list[str] | None:
    """The words before a command that needs root: none for root, `sudo -n` if it asks for no password.

    Returns:
        None where this user cannot become root without being asked.
    """
    if os.geteuid() == 0:
        return []
    if _silent("sudo", "-n", "true"):
        return ["sudo", "-n"]
    return None


def resolve(packages: Sequence[Names]) -> list[str]:
    """The name each package has on this release; the oldest name where apt knows none of them.

    The old name is the safe guess: where it was renamed, the new package also provides the old name.
    """
    return [
        next((name for name in names[:-1] if _silent("apt-cache", "show", name)), names[-1])
        for names in packages
    ]


def command_line(packages: Sequence[Names]) -> str:
    """The line a person types to install `packages`."""
    return " ".join(["sudo apt-get install --no-install-recommends", *resolve(packages)])


def install(packages: Sequence[Names]) -> bool:
    """Install `packages` without a question, if this user may.

    Returns:
        True if apt says that they are installed.
    """
    prefix = elevation()
    if prefix is None or not available():
        return False
    apt_get = [
        *prefix,
        *("env", "DEBIAN_FRONTEND=noninteractive"),
        *("apt-get", "--yes", "--quiet=2", "-o", "DPkg::Lock::Timeout=120"),
    ]

    def succeeds(*words: str) -> bool:
        # Its progress is of use only when it fails.
        finished = subprocess.run(
            [*apt_get, *words], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if finished.returncode != 0:
            print(finished.stdout, end="", file=sys.stderr, flush=True)
        return finished.returncode == 0

    # Old or absent package lists are the rule on a fresh machine. When the update fails, the lists at
    # hand may still do, so the installation decides.
    succeeds("update")
    names = resolve(packages)
    print("Installing", ", ".join(names), flush=True)
    return succeeds("install", "--no-install-recommends", *names)


def _silent(*command: str) -> bool:
    """Whether the command is there and succeeds."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
