"""One MediDesk at a time has a station's folder open: the outbox and the replica each have one writer."""

import os
import sys
from pathlib import Path

from medidesk.errors import StationInUse
from medidesk.sync.sqlcipher import explain
from medidesk.words import tr

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class StationLock:
    """Held from its making to `release`; the operating system lets it go when the process dies.

    Raises:
        StationInUse: another process holds it.
        StationFilesProblem, DiskFull: the folder cannot be written.
    """

    def __init__(self, home: Path) -> None:
        path = home / "station.lock"
        try:
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise explain(error, path) from error
        try:
            _lock(self._descriptor)
        except OSError as error:
            self.release()
            raise StationInUse(
                tr("This station is already open in another MediDesk window."),
                tr("Go to that window, or close it first."),
            ) from error

    def release(self) -> None:
        """Let another start use the folder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
