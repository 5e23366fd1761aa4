"""A base backup and the log after it made into a server that runs: thrown away again, or the one to come."""

import json
import os
import shutil
import sys
import tarfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from medidesk.errors import BackupProblem, ServerProblem
from medidesk.server import launch
from medidesk.server.backups.contents import Contents
from medidesk.server.binaries import find_postgres
from medidesk.server.cluster import Cluster
from medidesk.server.cluster_folder import ClusterFolder, Record
from medidesk.server.private_files import world_errors
from medidesk.server.run_as import reachable_place, server_user
from medidesk.server.settings import CONF_NAME, ServerSettings
from medidesk.server.start_problems import LogMarks
from medidesk.words import tr

type Target = Mapping[str, str]
"""PostgreSQL's settings that say where recovery ends; none where it ends with the log."""

type Fill = Callable[[Path], None]
"""Puts the segments of the log that are needed into a folder."""

SCRATCH = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
"""Settings of a server that is thrown away."""
_LOG = "wal.restoring"
_RECOVERING_MOST = 12 * 3600.0
_NOT_REACHED = "before configured recovery target was reached"
_OURS_LAST = f"\ninclude '{CONF_NAME}'  # for as long as it recovers\n"


@dataclass(frozen=True)
class BaseContents(Contents):
    """What belongs to a base backup beside the server's files; sealed like them.

    Its `dump` is the digest of those files, its `digests` those of the database at the restore point.

    Attributes:
        password: its superuser's.
        point: the name of the restore point that it was checked at.
        line, first, last: as in `AboutBase`.
    """

    password: str
    point: str
    line: str
    first: str
    last: str


def until(moment: datetime | None) -> Target:
    """The target of a recovery to a moment; to the end of the log without one."""
    return {} if moment is None else {"recovery_target_time": moment.isoformat(sep=" ")}


def recovered(
    folder: Path, contents: BaseContents, files: Path, fill: Fill, target: Target, extra: Mapping[str, str]
) -> Cluster:
    """A server that runs, made of a base backup and the log after it up to a target.

    Args:
        folder: where; nothing may be there yet.
        contents, files: of the base backup; the files as a tar, compressed or not.
        fill: brings the log.
        target: where recovery ends. A moment after the last commit of the log is that log's end.
        extra: further settings.

    Raises:
        BackupProblem: the files cannot be unpacked, or the log ends before the backup was whole.
        DiskFull: there was no room.
        ServerProblem: no PostgreSQL of that version runs here, or it does not start.
    """
    cluster = _unpacked(folder, contents, files, fill)
    marks = LogMarks(cluster.data)
    try:
        return _started(folder, cluster, {**target, **extra})
    except ServerProblem:
        if "recovery_target_time" not in target or _NOT_REACHED not in marks.reason():
            raise
        return _started(folder, cluster, extra)


def _started(folder: Path, cluster: Cluster, extra: Mapping[str, str]) -> Cluster:
    copy = f'copy "{_LOG}\\%f" "%p"' if sys.platform == "win32" else f'cp {_LOG}/%f "%p"'
    settings = {
        "restore_command": copy,
        "recovery_target_action": "promote",
        "recovery_target_timeline": "current",
        # Without it a server counts as started when it is recovered, and not before.
        "hot_standby": "off",
        "archive_mode": "off",
        **extra,
    }
    recovering = Cluster(folder, cluster.binaries, options=ServerSettings(refusal_delay_ms=0, extra=settings))
    recovering.start(timeout=_RECOVERING_MOST)
    return recovering


def _unpacked(folder: Path, contents: BaseContents, files: Path, fill: Fill) -> Cluster:
    """A cluster that is made, and recovers when it is started."""
    binaries, user = find_postgres(version=contents.postgres), server_user()
    known = ClusterFolder(folder.absolute())
    known.prepare(user)
    data = reachable_place(user, known.path) / "data"
    record = Record(data, made=False, superuser=contents.superuser, port=launch.free_port(), tls=binaries.tls)
    known.keep(record)
    known.password = contents.password
    with world_errors(data):
        data.mkdir(mode=0o700)
        _unpack(files, data)
        log = data / _LOG
        log.mkdir(mode=0o700)
        fill(log)
        (data / "recovery.signal").touch(mode=0o600)
        # What was set by hand at the old machine could hold this one up: a standby that is to be waited for, say.
        (data / "postgresql.auto.conf").unlink(missing_ok=True)
        with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(_OURS_LAST)
        if user is not None and sys.platform != "win32":
            for top, _, names in os.walk(data):
                for path in (top, *(os.path.join(top, name) for name in names)):  # noqa: PTH118 (thousands)
                    os.chown(path, user.uid, user.gid, follow_symlinks=False)
    known.keep(replace(record, made=True))
    return Cluster(folder, binaries)


def _unpack(files: Path, data: Path) -> None:
    try:
        with tarfile.open(files, "r:*") as tar:
            tar.extractall(data, filter="data")
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupProblem(
            tr("The server's files in the backup cannot be unpacked: {reason}.", reason=error),
            tr("Take the copy in the second place, or an older backup."),
        ) from error
    data.chmod(0o700)


def tidy(cluster: Cluster) -> None:
    """Remove from a recovered server, which is stopped, what only the recovery needed.

    Raises:
        ServerProblem: no right to write there.
    """
    data = cluster.data
    with world_errors(data):
        shutil.rmtree(data / _LOG)
        conf = data / "postgresql.conf"
        text = conf.read_text(encoding="utf-8").replace(_OURS_LAST, "")
        with conf.open("w", encoding="utf-8") as file:  # in place: it stays its owner's
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def wal_range(manifest: Path) -> tuple[int, str]:
    """Timeline and first position of the log that a base backup needs, as its manifest names them.

    Raises:
        BackupProblem: it does not.
    """
    try:
        said: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        first = said["WAL-Ranges"][0]
        return int(first["Timeline"]), str(first["Start-LSN"])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise BackupProblem(
            tr("PostgreSQL did not say which part of its log the backup needs."), tr("Take a new one.")
        ) from error
