"""The running server, as its `postmaster.pid` and the process table tell."""

from dataclasses import dataclass
from pathlib import Path

from medidesk.server import processes

PID_FILE = "postmaster.pid"


@dataclass(frozen=True)
class Postmaster:
    """A live server process of one data folder.

    Attributes:
        pid: its process id.
        port: the port it serves, 0 before it has chosen.
        ready: whether it takes connections (otherwise it starts, recovers or stops).
    """

    pid: int
    port: int
    ready: bool


def running(data: Path) -> Postmaster | None:
    """The server of the data folder `data`, or None when there is none.

    A pid file alone proves nothing: after a power cut it is left behind, and its number may by now be
    some other program's.
    """
    try:
        lines = (data / PID_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
        pid = abs(int(lines[0]))
    except (FileNotFoundError, IndexError, ValueError):
        return None
    if not processes.serves(pid, data):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else 0
    return Postmaster(pid, port, ready=len(lines) > 7 and lines[7].strip() == "ready")


def clear_stale(data: Path) -> None:
    """Remove a pid file that no server of `data` stands behind.

    PostgreSQL does so itself for a dead process, but refuses to start when a foreign process of the same
    user has the number. Call it only under the cluster's lock and when nothing is `processes.under_way`: a
    server that begins has its file empty for a moment.
    """
    pid_file = data / PID_FILE
    if pid_file.exists() and running(data) is None:
        pid_file.unlink(missing_ok=True)
