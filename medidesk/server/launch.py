"""Starting and stopping the server's processes; callers hold the cluster's lock."""

import math
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal

from medidesk.errors import ServerProblem
from medidesk.server import postmaster, processes, settings, start_problems
from medidesk.server.binaries import PostgresBinaries
from medidesk.server.cluster_folder import ClusterFolder, Record
from medidesk.server.private_files import world_errors, write_private
from medidesk.server.run_as import ServerUser, run, server_user
from medidesk.server.settings import ServerSettings
from medidesk.words import tr

type StopMode = Literal["smart", "fast", "immediate"]

_PAUSE = 0.05
_PORTS_TO_TRY = 10


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def launch(
    folder: ClusterFolder,
    binaries: PostgresBinaries,
    options: ServerSettings,
    *,
    port: int | None,
    deadline: float,
) -> None:
    """Start the server of `folder` and wait until it takes connections.

    Args:
        folder: a cluster that is made and not running.
        binaries: the PostgreSQL to run; must be of the data's version.
        options: its configuration.
        port: the only port allowed; otherwise the last one, or a free one when that is taken meanwhile.
        deadline: a `time.monotonic()` to give up at.

    Raises:
        DiskFull: there is no room for it to run.
        ServerProblem: the port is taken, or PostgreSQL's own words.
    """
    record = folder.made()
    user = server_user(record.data)
    refused = 0
    record = replace(record, port=port or record.port, tls=binaries.tls)
    while True:
        _await_others(record.data, deadline)
        if postmaster.running(record.data) is not None:
            return
        folder.keep(record)
        configure(folder, record, options, user, auth_delay=binaries.has_module("auth_delay"))
        postmaster.clear_stale(record.data)
        (record.data / start_problems.START_LOG).unlink(missing_ok=True)
        marks = start_problems.LogMarks(record.data)
        if _pg_ctl(binaries, user, record.data, "start", deadline) == 0:
            return
        if postmaster.running(record.data) is not None:
            return  # it recovers for longer, which `await_ready` waits for
        try:
            raise start_problems.problem(marks.reason(), record.data)
        except start_problems.PortTakenError:
            refused += 1
            if port is not None or refused == _PORTS_TO_TRY:
                raise _port_taken(record.port) from None
            record = replace(record, port=free_port())
        except start_problems.StillEndingError:
            if time.monotonic() >= deadline:
                raise _not_ended() from None
            time.sleep(_PAUSE)


def _await_others(data: Path, deadline: float) -> None:
    """Wait until a start that was cut off shows its server, or the last processes of a killed one end."""
    while postmaster.running(data) is None and processes.under_way(data):
        if time.monotonic() >= deadline:
            raise _not_ended()
        time.sleep(_PAUSE)


def _not_ended() -> ServerProblem:
    return ServerProblem(
        tr("The server that ran before has not ended yet."),
        tr("Wait a minute and try again; if it stays so, restart this computer."),
    )


def _port_taken(port: int) -> ServerProblem:
    return ServerProblem(
        tr("Port {port} of this computer is in use by another program.", port=port),
        tr("Close that program, or choose another port for the clinic's server."),
    )


def await_ready(data: Path, deadline: float) -> bool:
    """Wait until the server of `data` takes connections; False when there is none, or it has ended.

    Raises:
        ServerProblem: it still recovers at the deadline, and goes on doing so.
    """
    while (live := postmaster.running(data)) is not None:
        if live.ready:
            return True
        if time.monotonic() >= deadline:
            raise ServerProblem(
                tr("The server is still recovering from being cut off."),
                tr("Nothing is lost. Wait a minute and try again."),
            )
        time.sleep(_PAUSE)
    return False


def stopped_again(data: Path) -> ServerProblem:
    """What is said of a server that ended as soon as it was there."""
    return ServerProblem(
        tr("The server stopped again right after it was started."),
        tr("Its log is in {folder}.", folder=data / "log"),
    )


def stop(binaries: PostgresBinaries, data: Path, mode: StopMode, deadline: float) -> None:
    """Stop the running server of `data`.

    Only once `postmaster.running` has found it: `pg_ctl` believes the pid file, and would signal whatever
    process has the number by now.

    Raises:
        ServerProblem: it did not stop before the deadline.
    """
    code = _pg_ctl(binaries, server_user(data), data, "stop", deadline, "--mode", mode)
    if code != 0 and postmaster.running(data) is not None:
        raise ServerProblem(
            tr("The server did not stop in time."),
            tr("Close the stations that use it and try again."),
        )


def configure(
    folder: ClusterFolder,
    record: Record,
    options: ServerSettings,
    user: ServerUser | None,
    *,
    auth_delay: bool,
) -> None:
    """Write the server's configuration and, with TLS, its certificate.

    Raises:
        ServerProblem: it would serve the network without TLS.
    """
    if not record.tls and not options.loopback_only:
        raise ServerProblem(
            tr("This PostgreSQL was built without TLS and may not serve other computers."),
            tr("Install PostgreSQL from your system: sudo apt install postgresql"),
        )
    if record.tls:
        folder.certify(record.data, user, options)
    conf = settings.conf(options, port=record.port, tls=record.tls, auth_delay=auth_delay)
    write_private(record.data / settings.CONF_NAME, conf, user)
    write_private(record.data / "pg_hba.conf", settings.hba(options, tls=record.tls), user)


def _pg_ctl(
    binaries: PostgresBinaries,
    user: ServerUser | None,
    data: Path,
    action: Literal["start", "stop"],
    deadline: float,
    *arguments: str,
) -> int:
    seconds = max(1, math.ceil(deadline - time.monotonic()))
    command: list[str | Path] = [binaries.path("pg_ctl"), action, "--pgdata", data, "--wait", "--silent"]
    command += ["--timeout", str(seconds), *arguments]
    if action == "start":
        command += ["--log", data / start_problems.START_LOG]
    with world_errors(data):
        return run(command, user, cwd=data)
