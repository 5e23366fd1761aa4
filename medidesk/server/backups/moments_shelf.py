"""Base backups and the archive of the log beside the backups: copied to the second place, kept two weeks.

A base backup is a copy of the server's files. With the log that was archived since, any later moment can be had.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from medidesk.errors import BackupProblem
from medidesk.server.backups import wal
from medidesk.server.backups.shelf import MAKING, About, Backup, Plan, copy, read_about
from medidesk.server.private_files import sync_folder, world_errors
from medidesk.words import tr

ENDS = ".base"
FILES = "base.tar.gz.age"
KEPT = timedelta(days=14)
_NAMES = f"[0-9]*Z{ENDS}"
_HALF_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class AboutBase(About):
    """What a base backup says of itself to everybody.

    Attributes:
        line: the name of the folder in the archive that its server's log goes to.
        first, last: the segments of the log from and up to which it is needed in any case.
    """

    line: str
    first: str
    last: str


@dataclass(frozen=True, order=True)
class Base(Backup):
    """One base backup; the names sort by time."""

    @property
    def made_at(self) -> datetime:
        """The moment that it was checked for."""
        return datetime.fromisoformat(self.about().made_at)

    def about(self) -> AboutBase:
        """What it says of itself.

        Raises:
            BackupProblem: it cannot be read.
        """
        return read_about(self.path, AboutBase)


def bases(folder: Path) -> list[Base]:
    """The base backups in a folder that can be read, newest first; none where there is no such folder."""
    found = []
    for path in folder.glob(_NAMES):
        with suppress(BackupProblem):
            one = Base(path.name, path)
            one.about()
            found.append(one)
    return sorted(found, reverse=True)


def copy_missing(plan: Plan) -> None:
    """Copy to the second place what it lacks of base backups and of the log; what is too old already is not.

    Raises:
        BackupProblem: the place is not there, or a copy is not like the original.
        DiskFull, ServerProblem: it cannot be written to.
    """
    if plan.second is None or not (plan.folder / wal.FOLDER).is_dir():
        return
    if not plan.second.is_dir():
        raise BackupProblem(
            tr("The second place {folder} is not there, so nothing was copied to it.", folder=plan.second),
            tr("Plug it in or connect it. The next backup copies what is missing."),
        )
    there = {one.name for one in bases(plan.second)}
    for base in bases(plan.folder):
        if base.name not in there:
            copy(base, plan.second)
    for line in _lines(plan.folder):
        to = plan.second / wal.FOLDER / line.name
        with world_errors(to):
            to.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = {one.path.name for one in wal.held(to)}
        for one in wal.held(line):
            if one.path.name not in known:
                _copy_segment(one.path, to)
        sync_folder(to)


def _copy_segment(path: Path, to: Path) -> None:
    """Copied under another name first: half a file is never taken for a whole one."""
    half = to / f".{path.name}"
    with world_errors(to):
        content = path.read_bytes()
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if half.read_bytes() != content:
            raise BackupProblem(
                tr("The copy of {path} is not like the original.", path=path),
                tr("Look at the disk of the second place."),
            )
        half.rename(to / path.name)


def _lines(folder: Path) -> list[Path]:
    archive = folder / wal.FOLDER
    return sorted(one for one in archive.iterdir() if one.is_dir()) if archive.is_dir() else []


def rotate(plan: Plan, current: str, now: datetime) -> list[str]:
    """Delete base backups that are too old, and of the log what no other needs, in both places.

    Args:
        plan: the clinic's.
        current: the folder that the server archives its log in; nothing where it does not.
        now: the moment.

    Returns:
        The names of the base backups that went from the first place.
    """
    gone = list(_rotated(plan.folder, current, now))
    if plan.second is not None and plan.second.is_dir():
        list(_rotated(plan.second, current, now))
    return gone


def _rotated(folder: Path, current: str, now: datetime) -> Iterator[str]:
    known = bases(folder)
    unread = [Backup(one.name.removesuffix(ENDS), one) for one in folder.glob(_NAMES)]
    unread = [one for one in unread if one.path not in {base.path for base in known}]
    # As long as the log is archived the newest is kept in any case: without it, the log would be worth nothing.
    keep = [one for one in known if now - one.made_at < KEPT] or (known[:1] if current else [])
    for one in (*known, *unread):
        if one not in keep and now - one.made_at >= KEPT:
            going = folder / f"{MAKING}{one.path.name}"
            with world_errors(one.path):
                one.path.rename(going)  # cut off from here on, it is none any more
                shutil.rmtree(going)
            yield one.path.name
    if any(now - one.made_at < KEPT for one in unread):
        return  # what it needs of the log is not known
    needed: dict[str, int] = {}
    for one in keep:
        about = one.about()
        first = wal.number(about.first)
        needed[about.line] = min(first, needed.get(about.line, first))
    for line in _lines(folder):
        _delete_log(line, needed.get(line.name), now, serves=line.name == Path(current).name)


def _delete_log(line: Path, first: int | None, now: datetime, *, serves: bool) -> None:
    """Delete of a server's log what is older than the segment `first`; all, where nothing is needed of it."""
    with world_errors(line):
        for half in line.glob(".*"):  # of one that was cut off
            if now.timestamp() - half.stat().st_mtime > _HALF_KEPT.total_seconds():
                half.unlink()
        if first is None and serves:
            return  # its first base backup is still to come
        if first is None:
            shutil.rmtree(line)
            return
        for one in wal.held(line):
            if not one.name.endswith(".history") and wal.number(one.name) < first:
                one.path.unlink()
