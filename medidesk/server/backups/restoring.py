"""Opening a backup with its key: to see that it can be brought back, or to bring it back.

What served until now is never deleted: it is put aside, and serves again when it is put back.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from medidesk.errors import BackupProblem, MediDeskError, ServerProblem
from medidesk.server import replay
from medidesk.server.backups import Tell, keys, loading, point_in_time, shelf
from medidesk.server.backups.contents import Contents
from medidesk.server.backups.shelf import Backup
from medidesk.server.cluster import Cluster
from medidesk.server.cluster_folder import ClusterFolder
from medidesk.server.local import LocalServer
from medidesk.server.private_files import world_errors
from medidesk.server.run_as import server_user
from medidesk.server.settings import ServerSettings
from medidesk.words import in_utc, tr

SERVER = "server"
COMING = "server.restoring"


@dataclass(frozen=True)
class Origin:
    """What a server that is to take the place was made of.

    Attributes:
        taken_at: when the backup was taken.
        shows: the moment that the server shows.
        size: the backup's bytes.
    """

    taken_at: datetime
    shows: datetime
    size: int


@dataclass(frozen=True)
class Restored:
    """What came of a restore.

    Attributes:
        server: it serves the clinic.
        made_at: the moment that the backup shows.
        aside: the folder of what served before; None where nothing did.
    """

    server: LocalServer
    made_at: datetime
    aside: Path | None


def verify(home: Path, backup: Backup, key: Path, tell: Tell = lambda _: None) -> Contents:
    """Open a backup with its key, restore it into a scratch server and compare.

    Args:
        home: where there is room for that.
        backup, key: what, and the file with the key that opens it.
        tell: is told each step.

    Raises:
        BackupProblem: it is damaged, for another key, or does not hold what it should.
        DiskFull: there was no room.
        ServerProblem: no PostgreSQL that can read it runs here.
    """
    with _opened(home, backup, key, tell) as (contents, dump, work):
        tell(tr("Restoring it into a server that is thrown away"))
        loading.try_out(contents, dump, work)
        return contents


def restore(home: Path, backup: Backup, key: Path, tell: Tell = lambda _: None) -> Restored:
    """Let a backup serve the clinic in place of what serves now, in a new epoch, with a replay open.

    The new server is complete and compared before the old one is stopped. It keeps the clinic's certificate
    authority, so that no station has to be visited.

    Args:
        home: the server lies in `server` below it; nothing need be there.
        backup, key: what, and the file with the key that opens it.
        tell: is told each step.

    Raises:
        BackupProblem: as `verify`; what serves goes on.
        DiskFull: there was no room.
        ServerProblem: the new server does not start; what served is in its place again.
    """
    with _opened(home, backup, key, tell) as (contents, dump, work):
        coming = Cluster(home / COMING)
        coming.destroy()  # of one that was cut off
        tell(tr("Restoring it beside the server that is there"))
        try:
            coming = loading.fresh(home / COMING, contents, lasts=True)
            loading.load(coming, contents, dump, work)
            tell(tr("Comparing it with what was backed up"))
            loading.check(coming, contents)
            loading.settle(coming, contents)
        except BaseException:
            coming.destroy()
            raise
        coming.stop()
    shows = datetime.fromisoformat(contents.made_at)
    return take_place(home, coming, contents, Origin(backup.made_at, shows, backup.size), tell)


def take_place(home: Path, coming: Cluster, contents: Contents, origin: Origin, tell: Tell) -> Restored:
    """Let a server that is complete and stopped serve in place of what serves now, which is put aside.

    Args:
        home: where both lie.
        coming: the server.
        contents, origin: of what it was made of.
        tell: is told.

    Raises:
        ServerProblem: it does not start; what served is in its place again.
    """
    tell(tr("Putting it in the place of the server that is there"))
    settings = _settings(home, contents)
    try:
        settings = point_in_time.renewed(settings, home, server_user(coming.data))
    except MediDeskError as problem:  # a clinic that stands still does not wait for this
        tell(tr("Its log will not be archived: {problem}", problem=problem.sentence))
        settings = point_in_time.without(settings)
    coming.folder.keep_settings(settings)
    if contents.authority is not None:
        coming.folder.adopt_authority(*contents.authority)
    aside = _put_aside(home)
    coming.folder.move(home / SERVER)
    try:
        server = _serve(home, settings, contents, origin)
    except BaseException:
        _put_back(home, aside)
        raise
    return Restored(server, origin.shows, aside)


def _serve(home: Path, settings: ServerSettings, contents: Contents, origin: Origin) -> LocalServer:
    """Start what was restored, in a new epoch and with a replay open."""
    server = LocalServer(_start(home, settings, contents), contents.database)
    with server.connect() as connection:
        replay.new_epoch(connection)
        # What it was restored from is not in it, and is a good backup.
        connection.execute(
            "insert into backup_run (began_at, made_at, bytes) values (%s, %s, %s)",
            (origin.taken_at, origin.taken_at, origin.size),
        )
        replay.open_replay(connection)
    return server


@contextmanager
def _opened(home: Path, backup: Backup, key: Path, tell: Tell) -> Iterator[tuple[Contents, Path, Path]]:
    """The opened parts of a backup in a private folder, for the block."""
    identity = keys.read_key(key)
    tell(tr("Opening the backup of {moment}", moment=in_utc(backup.made_at)))
    backup.check_files()
    with world_errors(home):
        home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".opening-", dir=home) as folder:
        work = Path(folder)
        rest, dump = work / "server.json", work / "clinic.dump"
        keys.unseal(backup.path / shelf.REST, rest, identity)
        try:
            contents = Contents.from_json(rest.read_text(encoding="utf-8"))
        except ValueError as error:
            raise other_version() from error
        rest.unlink()
        keys.unseal(backup.path / shelf.DUMP, dump, identity)
        if shelf.sha256(dump) != contents.dump:
            raise keys.damaged(backup.path / shelf.DUMP)
        yield contents, dump, work


def other_version() -> BackupProblem:
    """The error to raise for a backup that says what it holds in words that are not known here."""
    return BackupProblem(
        tr("This backup was made by another version of MediDesk."), tr("Use that one to open it.")
    )


def _settings(home: Path, contents: Contents) -> ServerSettings:
    """As this machine was set up; on a new one as the old one was, but for what its memory allowed."""
    try:
        if (home / SERVER).exists():
            return ClusterFolder(home / SERVER).settings()
    except ServerProblem:
        pass
    kept = ServerSettings.from_json(contents.settings)
    return ServerSettings(
        listen=kept.listen,
        networks=kept.networks,
        names=kept.names,
        max_connections=kept.max_connections,
        port=kept.port,
    )


def _put_aside(home: Path) -> Path | None:
    """Stop what serves now, if anything does, and move it out of the way."""
    old = home / SERVER
    if not old.exists():
        return None
    try:
        Cluster(old).stop()
    except MediDeskError:
        Cluster(old).stop("immediate")
    aside = home / f"{SERVER}.before-{shelf.name_for(datetime.now(UTC))}"
    ClusterFolder(old).move(aside)
    return aside


def _put_back(home: Path, aside: Path | None) -> None:
    """What was restored does not serve: it is put aside with its log, and what served before serves again."""
    new = home / SERVER
    with suppress(MediDeskError):
        Cluster(new).stop("immediate")
    ClusterFolder(new).move(home / f"{SERVER}.failed-{shelf.name_for(datetime.now(UTC))}")
    if aside is None:
        return
    ClusterFolder(aside).move(new)
    with suppress(MediDeskError):  # it may have been why a backup is brought back
        Cluster(new).start()


def _start(home: Path, settings: ServerSettings, contents: Contents) -> Cluster:
    """At the port that the stations know."""
    cluster = Cluster(home / SERVER, port=settings.port or contents.port or None)
    cluster.start()
    return Cluster(home / SERVER)
