"""Small files written whole, readable by their owner only, owned by whom they serve."""

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from medidesk.errors import DiskFull, ServerProblem
from medidesk.server.run_as import ServerUser, is_root
from medidesk.words import tr

_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def disk_full(path: Path) -> DiskFull:
    """The error to raise when there was no room at `path`."""
    return DiskFull(
        tr("There is no room left on the disk that holds {path}.", path=path),
        tr("Free some space (500 MB or more) and try again."),
    )


@contextmanager
def world_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals while writing at `path` into errors people can read.

    That a file is not there leaves the block as it came: to many callers it is an answer.

    Raises:
        DiskFull: no space, over quota, or over a size limit.
        ServerProblem: no right to write there, or the path leads through a file, is too long, and the like.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise disk_full(path) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise ServerProblem(
                tr("MediDesk may not use {path}.", path=path),
                tr("Sign in to the computer as the user it belongs to, or choose another folder."),
            ) from error
        raise ServerProblem(
            tr("MediDesk cannot use {path}: {reason}.", path=path, reason=error.strerror),
            tr("Choose another folder."),
        ) from error


def write_private(path: Path, content: str | bytes, owner: ServerUser | None = None) -> None:
    """Put `content` at `path` in one step: a crash leaves the old file or the new one.

    The file has mode 0600 and belongs to `owner`; without one, to the owner of its folder.

    Raises:
        DiskFull: there was no room.
        ServerProblem: no right to write there.
    """
    data = content.encode() if isinstance(content, str) else content
    with world_errors(path):
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                give_to(descriptor, path.parent, owner)
                os.fsync(descriptor)
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise


def create_private(path: Path) -> int:
    """The descriptor of a file that was not there yet, for its owner only.

    That there is one already, or no folder, leaves as it came: to callers it is an answer.

    Raises:
        DiskFull: there was no room.
        ServerProblem: no right to write there.
    """
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise
    except OSError:
        with world_errors(path):
            raise


def sync_folder(folder: Path) -> None:
    """See to it that the names in a folder survive a power cut, as what is in its files does after `fsync`."""
    if sys.platform == "win32":
        return  # where NTFS keeps them in its journal
    with world_errors(folder):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def give_to(descriptor: int, folder: Path, owner: ServerUser | None = None) -> None:
    """When root, hand an open file to `owner`, or to the owner of `folder`."""
    if sys.platform == "win32" or not is_root():
        return
    if owner is not None:
        os.fchown(descriptor, owner.uid, owner.gid)
    else:
        state = folder.stat()
        os.fchown(descriptor, state.st_uid, state.st_gid)
