"""A lock between processes that the operating system lets go when its holder dies."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from medidesk.errors import ServerProblem
from medidesk.server.private_files import world_errors
from medidesk.words import tr

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_PAUSE = 0.05


@contextmanager
def file_lock(path: Path, timeout: float, prepare: Callable[[int], None] | None = None) -> Iterator[int]:
    """Hold the lock at `path` for the length of the block; waits up to `timeout` seconds for it.

    A child process that inherits the yielded descriptor keeps the lock until it has ended too (not on
    Windows, where a lock belongs to its process).

    Args:
        path: the lock's file; made when missing, never removed (removing it would let two in).
        timeout: seconds.
        prepare: called with the descriptor once it is open, to give the file to another owner.

    Raises:
        DiskFull: there is no room for the file.
        ServerProblem: another process kept the lock for longer, or the file cannot be written.
    """
    with world_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if prepare is not None:
            prepare(descriptor)
        deadline = time.monotonic() + timeout
        while True:
            try:
                _try_lock(descriptor)
                break
            except OSError as error:
                if time.monotonic() >= deadline:
                    raise ServerProblem(
                        tr("Another MediDesk has been busy with {folder} for too long.", folder=path.parent),
                        tr("Close it, or wait until it is done, and try again."),
                    ) from error
                time.sleep(_PAUSE)
        yield descriptor
    finally:
        os.close(descriptor)
