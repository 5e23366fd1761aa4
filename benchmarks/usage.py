"""What a server and those who load it take of the machine, as /proc tells it."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from medidesk.server.cluster import Cluster

_TICKS = os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(one) for one in listed.split()]


def server_processes(cluster: Cluster) -> list[int]:
    """All processes of a running server."""
    pid = cluster.status().pid
    assert pid is not None, "the server does not run"
    return [pid, *children(pid)]


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time that processes have used; of one that has ended, none."""
    total = 0
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        fields = stat.rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def machine_cpu_seconds() -> float:
    """CPU time that everything on this machine has used."""
    fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
    user, nice, system, _, _, interrupts, soft = (int(one) for one in fields[:7])
    return (user + nice + system + interrupts + soft) / _TICKS


def proportional_mib(pids: Iterable[int]) -> float:
    """Memory of processes in MiB: their own pages, and their shares of those that they have in common (PSS)."""
    total = 0
    for pid in pids:
        try:
            told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        total += sum(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:"))
    return total / 1024


@dataclass
class Usage:
    """CPU of a server, of its load and of everything, between `begin` and `end`, in shares of all cores."""

    cluster: Cluster
    load: tuple[int, ...]

    def begin(self) -> None:
        """From here on."""
        self._pids = server_processes(self.cluster)
        self._began, self._before = time.monotonic(), self._spent()

    def end(self) -> tuple[float, float, float]:
        """Percent of all cores that the server, its load and all others took."""
        seconds = (time.monotonic() - self._began) * (os.cpu_count() or 1)
        server, load, every = (
            (now - then) / seconds * 100 for now, then in zip(self._spent(), self._before, strict=True)
        )
        return server, load, max(0.0, every - server - load)

    def _spent(self) -> tuple[float, float, float]:
        return cpu_seconds(self._pids), cpu_seconds(self.load), machine_cpu_seconds()


def waits(connection: psycopg.Connection) -> dict[str, int]:
    """How many backends of stations wait for what at this moment, by PostgreSQL's kinds; "CPU": they work.

    Those that wait for their station are left out.
    """
    found = connection.execute(
        "select coalesce(wait_event_type || '.' || wait_event, 'CPU'), count(*) from pg_stat_activity "
        "where application_name like 'medidesk %' and state <> 'idle' "
        "and wait_event is distinct from 'ClientRead' group by 1"
    )
    return dict(found.fetchall())


def notify_queue(connection: psycopg.Connection) -> float:
    """How full the queue of notifications is, in percent."""
    found = connection.execute("select pg_notification_queue_usage() * 100").fetchall()
    return float(found[0][0])
