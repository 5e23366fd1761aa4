"""Where a backup is made before it is one: a private folder beside the others, and room for it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medidesk.errors import BackupProblem, DiskFull
from medidesk.server.backups.shelf import MAKING
from medidesk.server.cluster import Cluster
from medidesk.server.file_lock import file_lock
from medidesk.server.private_files import world_errors
from medidesk.words import tr

_LOCK_SECONDS = 1.0


@contextmanager
def working(folder: Path) -> Iterator[Path]:
    """A private folder to work in, gone after the block; nobody else makes a backup there meanwhile."""
    with world_errors(folder):
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except FileNotFoundError as error:
            raise BackupProblem(
                tr("There is no folder {folder}.", folder=folder.parent), tr("Is its disk there?")
            ) from error
    with file_lock(folder / ".lock", _LOCK_SECONDS):
        for left in folder.glob(f"{MAKING}*"):  # of one that was killed
            Cluster(left / "scratch").destroy()
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=MAKING, dir=folder))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def check_room(work: Path, needed: int) -> None:
    """See whether there is room for what is about to be made.

    Args:
        work: from `working`.
        needed: bytes.

    Raises:
        DiskFull: there is not.
    """
    free = shutil.disk_usage(work).free
    if free < needed:
        raise DiskFull(
            tr(
                "A backup needs about {needed} MB at {folder}, and {free} MB are free.",
                needed=f"{needed // 2**20:,}",
                free=f"{free // 2**20:,}",
                folder=work.parent,
            ),
            tr("Free some space, or set backups up in another place: medidesk backup setup --folder …"),
        )
