"""Turning point-in-time recovery on and off: the server archives its log, or no longer does.

PostgreSQL runs the archive command itself, as the user that it runs as. That is MediDesk's own user, or a system
user where MediDesk is root (`run_as`): that one must reach MediDesk and the archive, and is given a folder there.
"""

import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from medidesk.errors import BackupProblem, ServerProblem
from medidesk.server import units
from medidesk.server.backups import shelf, wal
from medidesk.server.backups.shelf import Plan
from medidesk.server.cluster import Cluster
from medidesk.server.private_files import world_errors
from medidesk.server.run_as import ServerUser, can_reach, make_passable, run, server_user
from medidesk.server.settings import ServerSettings
from medidesk.words import tr


def turn_on(home: Path, plan: Plan) -> bool:
    """Have the server archive its log where the plan says; returns whether it was restarted for that.

    Raises:
        DiskFull: there was no room.
        ServerProblem: there is no server, its user reaches neither MediDesk nor the archive, or it does not start.
    """
    cluster = Cluster(home / "server")
    user, known = server_user(cluster.data), cluster.folder.settings()
    line = Path(known.archive_to)
    goes_on = line.is_dir() and line.parent == plan.folder / wal.FOLDER and plan.key in known.archive_command
    return _set_up(cluster, _archiving(known, plan, line) if goes_on else begin(known, plan, user))


def turn_off(home: Path) -> bool:
    """Have the server no longer archive its log; returns whether it was restarted for that.

    Raises:
        DiskFull: there was no room.
        ServerProblem: it does not start.
    """
    cluster = Cluster(home / "server")
    if not cluster.exists:
        return False
    return _set_up(cluster, without(cluster.folder.settings()))


def without(settings: ServerSettings) -> ServerSettings:
    """These settings without an archive."""
    return replace(settings, archive_to="", archive_command="")


def renewed(settings: ServerSettings, home: Path, user: ServerUser | None) -> ServerSettings:
    """The same settings for another cluster, whose log must not go where the other's goes.

    Raises:
        BackupProblem: where backups lie is not known.
        DiskFull: there was no room.
        ServerProblem: the server's user reaches neither MediDesk nor the archive.
    """
    return begin(settings, Plan.load(home), user) if settings.archive_command else settings


def begin(settings: ServerSettings, plan: Plan, user: ServerUser | None) -> ServerSettings:
    """These settings with an archive that nothing is in yet.

    Args:
        settings: the server's.
        plan: the clinic's.
        user: as whom the server runs; None where that is oneself.

    Raises:
        BackupProblem: the place of the backups is not there.
        DiskFull: there was no room.
        ServerProblem: the server's user reaches neither MediDesk nor the archive.
    """
    _check_program(user)
    name = shelf.name_for(datetime.now(UTC))
    archive = plan.folder / wal.FOLDER
    with world_errors(archive):
        try:
            for folder in (plan.folder, archive):
                if user is not None:
                    make_passable(folder)
                else:
                    folder.mkdir(mode=0o700, exist_ok=True)
        except FileNotFoundError as error:
            raise BackupProblem(
                tr("There is no folder {folder}.", folder=plan.folder.parent), tr("Is its disk there?")
            ) from error
        beside = len(list(archive.glob(f"{name}*")))
        line = archive / (f"{name}-{beside + 1}" if beside else name)
        line.mkdir(mode=0o700)
        if user is not None and sys.platform != "win32":
            shutil.chown(line, user.uid, user.gid)
    if not can_reach(user, line):
        raise ServerProblem(
            tr("The server runs as the user {user}, who cannot enter {folder}.",
               user=user.name if user else "", folder=plan.folder),
            tr("Let it pass through each folder on the way (chmod o+x), or choose another place: "
               "medidesk backup setup --folder /var/backups/medidesk"),
        )  # fmt: skip
    return _archiving(settings, plan, line)


def _archiving(settings: ServerSettings, plan: Plan, line: Path) -> ServerSettings:
    words = [*units.program(), "backup", "wal", "--to", str(line), "--key", plan.key]
    quoted = subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
    command = quoted.replace("%", "%%") + ' "%p"'
    return replace(settings, archive_to=str(line), archive_command=command)


def _check_program(user: ServerUser | None) -> None:
    words = [*units.program(), "backup", "wal", "--help"]
    try:
        code = run(words, user, cwd=Path("/") if user is not None else Path.cwd())
    except OSError:
        code = 1
    if code != 0:
        raise ServerProblem(
            tr("The server runs as the user {user}, who cannot run MediDesk ({program}).",
               user=user.name if user else "", program=" ".join(units.program())),
            tr("Install MediDesk where every user can read it, or start it as an ordinary user."),
        )  # fmt: skip


def _set_up(cluster: Cluster, settings: ServerSettings) -> bool:
    if settings == cluster.folder.settings():
        return False
    cluster.folder.keep_settings(settings)
    if not cluster.status().running:
        return False
    cluster.restart()
    return True
