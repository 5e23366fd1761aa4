"""The archive of the server's log (WAL): each segment sealed as PostgreSQL hands it over, none ever written over.

The name of an archived file says all that can be known of it without the key: which segment it is, until when what
was committed is in it or in one before it, and the digest of what was sealed.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyrage

from medidesk.errors import BackupProblem
from medidesk.server.backups import keys
from medidesk.server.private_files import sync_folder, world_errors, write_private
from medidesk.words import tr

FOLDER = "wal"
"""Beside the backups; each cluster archives into a folder of its own in it."""

SEGMENT = 16 * 2**20
"""Bytes of a segment, as `initdb` makes them."""

_PLAIN = r"[0-9A-F]{24}(?:\.partial|\.[0-9A-F]{8}\.backup)?|[0-9A-F]{8}\.history"
_NAME = re.compile(_PLAIN)
_SEALED = re.compile(rf"({_PLAIN})\.(\d{{8}}T\d{{6}}Z)\.([0-9a-f]{{64}})\.age")
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_TIME = "%Y%m%dT%H%M%SZ"
# A moment is taken before its commit is written: what is a second older than the segment's end is in it for sure.
_WRITTEN_WITHIN = 1.0


@dataclass(frozen=True, order=True)
class Archived:
    """One file of the log in the archive.

    Attributes:
        name: PostgreSQL's.
        until: what was committed until then is in it, or in one before it.
        sha: SHA-256 of it, before it was sealed.
        path: where it lies.
    """

    name: str
    until: datetime
    sha: str
    path: Path

    @property
    def is_segment(self) -> bool:
        """Whether it is a whole segment: of timelines and backups there are notes as well."""
        return _SEGMENT.fullmatch(self.name) is not None


def store(source: Path, folder: Path, public: str) -> None:
    """Archive one file of the log; it is on the disk when this returns. What is there already is left alone.

    Args:
        source: the file, named as PostgreSQL names it.
        folder: the cluster's own in the archive.
        public: public half of the key that it is sealed for.

    Raises:
        BackupProblem: it cannot be read, there is no such folder, or the archive holds another of that name.
        DiskFull: there was no room.
        ServerProblem: no right to write there.
    """
    try:
        content, written = source.read_bytes(), source.stat().st_mtime
    except OSError as error:
        raise BackupProblem(
            tr("{path} cannot be read: {reason}.", path=source, reason=error.strerror),
            tr("Only the server archives its log, by itself."),
        ) from error
    if not _NAME.fullmatch(source.name):
        raise BackupProblem(
            tr("{path} is no file of the server's log.", path=source),
            tr("Only the server archives its log, by itself."),
        )
    sha = hashlib.sha256(content).hexdigest()
    there = [one.sha for one in _all(folder) if one.name == source.name]
    if there and there != [sha]:
        raise BackupProblem(
            tr("The archive in {folder} holds another {name}.", folder=folder, name=source.name),
            tr("Begin a new archive: medidesk backup setup --no-point-in-time, then with --point-in-time"),
        )
    if not there:
        until = datetime.fromtimestamp(int(written - _WRITTEN_WITHIN), UTC)
        path = folder / f"{source.name}.{until:{_TIME}}.{sha}.age"
        try:
            write_private(path, keys.sealed_bytes(zlib.compress(content, 1), public))
        except FileNotFoundError as error:
            raise _no_archive(folder) from error
    sync_folder(folder)


def _no_archive(folder: Path) -> BackupProblem:
    return BackupProblem(
        tr("There is no folder {folder}.", folder=folder),
        tr("Is its disk there? Otherwise: medidesk backup setup --point-in-time"),
    )


def _all(folder: Path) -> Iterator[Archived]:
    """What an archive holds; nothing where there is no such folder."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if found := _SEALED.fullmatch(path.name):
            until = datetime.strptime(found[2], _TIME).replace(tzinfo=UTC)
            yield Archived(found[1], until, found[3], path)


def held(folder: Path) -> list[Archived]:
    """What an archive holds, by name; nothing where there is no such folder."""
    return sorted(_all(folder))


type Segments = Mapping[str, Sequence[Archived]]
"""The copies of each segment, by its name."""


def segments(*folders: Path) -> Segments:
    """The segments that are in any of these folders."""
    found: dict[str, list[Archived]] = {}
    for folder in folders:
        for one in held(folder):
            if one.is_segment:
                found.setdefault(one.name, []).append(one)
    return found


def following(first: str, known: Segments) -> list[str]:
    """The segments from `first` on, up to the first that is missing."""
    found = []
    name = first
    while name in known:
        found.append(name)
        name = after(name)
    return found


def number(name: str) -> int:
    """The place of a segment in the log, whatever its timeline."""
    return int(name[8:16], 16) * (2**32 // SEGMENT) + int(name[16:24], 16)


def after(name: str) -> str:
    """The segment after another, of the same timeline."""
    return _name(name[:8], number(name) + 1)


def segment_at(timeline: int, position: str) -> str:
    """The segment that holds a position of the log ("0/2000028") on a timeline."""
    high, low = position.split("/")
    return _name(f"{timeline:08X}", (int(high, 16) << 32 | int(low, 16)) // SEGMENT)


def _name(timeline: str, place: int) -> str:
    high, low = divmod(place, 2**32 // SEGMENT)
    return f"{timeline}{high:08X}{low:08X}"


def open_into(copies: Sequence[Archived], folder: Path, key: pyrage.x25519.Identity) -> None:
    """Unseal a segment from the first of its copies that is as it was written.

    Raises:
        BackupProblem: none is, or it is for another key.
        DiskFull: there was no room.
    """
    for last, one in enumerate(copies, 1):
        try:
            content = _opened(one, key)
            break
        except BackupProblem:
            if last == len(copies):
                raise
    path = folder / copies[0].name
    with world_errors(path), path.open("xb") as file:
        file.write(content.rstrip(b"\0"))
        file.truncate(len(content))  # a segment that was ended early is empty from there on


def _opened(one: Archived, key: pyrage.x25519.Identity) -> bytes:
    try:
        content = zlib.decompress(keys.opened_bytes(one.path, key))
    except zlib.error as error:
        raise keys.damaged(one.path) from error
    if hashlib.sha256(content).hexdigest() != one.sha:
        raise keys.damaged(one.path)
    return content
