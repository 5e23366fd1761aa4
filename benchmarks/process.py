"""Processes that are measured from outside: started, listened to, looked at, ended."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.world import PASSWORD, RECEPTIONIST, Clinic

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Program:
    """A running program.

    Attributes:
        process: it; `began` is when it was started, on `time.perf_counter`.
    """

    process: subprocess.Popen[str]
    began: float

    def told(self, *, starts: str = "") -> tuple[float, str]:
        """Seconds from its start to its next line (that starts so), and the line.

        Raises:
            RuntimeError: it ended without saying that.
        """
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(starts):
                return time.perf_counter() - self.began, line.strip()
        raise RuntimeError(f"{self.process.args!r} ended before it said “{starts}”")

    def resident_mib(self) -> float:
        """Memory that it holds now, shared libraries included."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the process has ended")

    def cpu_seconds(self) -> float:
        """CPU time that it has used, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def program(*arguments: str, **variables: str) -> Iterator[Program]:
    """Run `python -m …` off-screen, and end it after the block."""
    # A shell that forbids byte code would double every start.
    known = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 (our own modules)
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**known, "QT_QPA_PLATFORM": "offscreen", **variables},
    )
    try:
        yield Program(process, began)
    finally:
        process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def desktop(mode: str, clinic: Clinic, home: Path, *more: str) -> Iterator[Program]:
    """The desktop program of the receptionist, signed in at once (see `benchmarks.desktop`)."""
    with program("benchmarks.desktop", mode, str(home), clinic.address, RECEPTIONIST, PASSWORD, *more) as run:
        yield run
