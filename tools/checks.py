"""Runs the project's checks, all of them even if one fails, and ends with a line for each.

python -m tools.checks                  everything
python -m tools.checks lint types       only these
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """One part of the checks: a name to call it by, and the command that passes or fails."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """How a check went, and how many seconds it took."""

    name: str
    passed: bool
    seconds: float

    def __str__(self) -> str:
        return f"{self.name:<10} {'passed' if self.passed else 'FAILED':<7} {self.seconds:6.1f} s"


CHECKS = (
    Check("lint", (str(SCRIPTS / "ruff"), "check", ".")),
    Check("format", (str(SCRIPTS / "ruff"), "format", "--check", ".")),
    Check("types", (sys.executable, "-m", "mypy")),
    Check("contracts", (str(SCRIPTS / "lint-imports"),)),
    # Three workers for two cores: half of a test is waiting for a server, a window or the end of an outage. Each
    # has a PostgreSQL cluster of its own, which many more of them would slow down.
    Check("tests", (sys.executable, "-m", "pytest", "-q", "-n", "3")),
)


def run(check: Check) -> Result:
    """Run one check, its output going where ours goes."""
    print(f"== {check.name}", flush=True)
    started = time.monotonic()
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    returncode = subprocess.run(check.command, cwd=ROOT, env=environment, check=False).returncode
    return Result(check.name, returncode == 0, time.monotonic() - started)


def main(arguments: Sequence[str] | None = None, checks: Sequence[Check] = CHECKS) -> int:
    """Run the named checks, or all; returns 1 if any failed."""
    names = [check.name for check in checks]
    parser = argparse.ArgumentParser(prog="tools.checks", description=__doc__.splitlines()[0])
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(names))
    wanted: list[str] = parser.parse_args(arguments).checks
    if unknown := set(wanted) - set(names):
        parser.error(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    try:
        results = [run(check) for check in checks if not wanted or check.name in wanted]
    except KeyboardInterrupt:
        return 130
    print("==", *results, sep="\n")
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
