"""Opening what people name for an import: plain files and zips, within limits and without writing to disk."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from medidesk.importers.limits import LIMITS, Limits, size
from medidesk.importers.report import Report, Weight
from medidesk.repositories.patients import checks
from medidesk.words import tr

type Opener = Callable[[], IO[bytes]]
type Tick = Callable[[int], None]
"""Gets the number of bytes of each read."""

READ_ERRORS = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
"""What reading a file, or a member of a zip, raises when the disk or the zip is at fault."""

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7z", b"Rar!": "rar"}
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_HEAD = 8
_END_RECORD = 22
_COMMENT_MOST = 65_535
_NAME_MOST = 300
_ENCRYPTED = 0x1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the others need memory that the file decides upon
_LITTER = ("__MACOSX/", "._", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True, slots=True)
class Document:
    """One readable file, or one member of a zip.

    Attributes:
        name: how the report calls it.
        file: its own name, without folders.
        group: what it lies in: its folder, or the zip. CSV files of one group belong together.
        size: bytes, unpacked.
        member: it is a member of a zip.
        open: opens it anew; each import reads it twice.
    """

    name: str
    file: str
    group: str
    size: int
    open: Opener
    member: bool = False


class RefusedFileError(Exception):
    """Why a file is not read, in a sentence."""


class DamagedError(Exception):
    """From here on a document cannot be read; why, in a sentence."""


def documents(
    paths: Iterable[Path], report: Report, opened: ExitStack, limits: Limits = LIMITS
) -> list[Document]:
    """What can be read of the named files; what cannot is a line of the report.

    Args:
        paths: files and zips.
        report: gets the lines.
        opened: closes the zips.
        limits: of sizes and counts.
    """
    found: list[Document] = []
    for path in dict.fromkeys(paths):
        try:
            found += _documents_of(path, report, opened, limits)
        except RefusedFileError as refusal:
            report.say(Weight.FILE, called(path), None, "", str(refusal))
        except READ_ERRORS as error:
            report.say(Weight.FILE, called(path), None, "", unreadable(error))
    return found


def unreadable(error: BaseException) -> str:
    """A sentence for what went wrong while reading."""
    if isinstance(error, PermissionError):
        return tr("You may not read this file.")
    if isinstance(error, OSError) and error.strerror:
        return tr("The file cannot be read: {why}.", why=error.strerror)
    if isinstance(error, OSError):
        return tr("The file cannot be read.")
    return tr("The zip is damaged. Copy or download it again.")


def _documents_of(path: Path, report: Report, opened: ExitStack, limits: Limits) -> list[Document]:
    if path.is_dir():
        raise RefusedFileError(tr("This is a folder. Name the files in it."))
    if not path.exists():
        raise RefusedFileError(tr("There is no such file."))
    if not path.is_file():
        raise RefusedFileError(tr("This is not an ordinary file."))
    length = path.stat().st_size
    if length > limits.file_bytes:
        raise RefusedFileError(_too_large(limits))
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return _members(path, report, opened, limits)
    _refuse_by_head(head)
    return [Document(called(path), called(path), str(path.parent), length, lambda: path.open("rb"))]


def _too_large(limits: Limits) -> str:
    return tr("The file is larger than {most}. Export it in parts.", most=size(limits.file_bytes))


def _refuse_by_head(head: bytes) -> None:
    if not head:
        raise RefusedFileError(tr("The file is empty."))
    for magic, kind in _PACKED.items():
        if head.startswith(magic):
            raise RefusedFileError(
                tr("The file is packed with {kind}. Unpack it first, or use a zip.", kind=kind)
            )
    if head.startswith(_WIDE) or b"\0" in head:
        raise RefusedFileError(tr("The file is no UTF-8 text, but perhaps UTF-16. Save it as UTF-8."))
    if head.removeprefix(_BOM).lstrip().startswith(b"<"):
        raise RefusedFileError(tr("The file is XML. Export it as JSON or CSV."))


def _members(path: Path, report: Report, opened: ExitStack, limits: Limits) -> list[Document]:
    if _directory_bytes(path) > limits.directory_bytes:
        raise RefusedFileError(tr("The zip's table of contents is too large."))
    archive = opened.enter_context(_archive(path))
    inside = [one for one in archive.infolist() if not one.is_dir() and not _is_litter(one.filename)]
    if not inside:
        raise RefusedFileError(tr("The zip holds no files."))
    if len(inside) > limits.members:
        raise RefusedFileError(tr("The zip holds more than {most} files.", most=f"{limits.members:,}"))
    if sum(one.file_size for one in inside) > limits.archive_bytes:
        most = size(limits.archive_bytes)
        raise RefusedFileError(
            tr("Unpacked, the zip would be larger than {most}. Is it a zip bomb?", most=most)
        )
    found: list[Document] = []
    for one in inside:
        name = f"{called(path)}: {plain(one.filename)}"
        try:
            found.append(_member(archive, one, name, str(path), limits))
        except RefusedFileError as refusal:
            report.say(Weight.FILE, name, None, "", str(refusal))
        except READ_ERRORS as error:
            report.say(Weight.FILE, name, None, "", unreadable(error))
    return found


def _archive(path: Path) -> zipfile.ZipFile:
    with _damaged():  # its table of contents
        return zipfile.ZipFile(path)


def _opened(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> IO[bytes]:
    with _damaged():  # what stands before the member says another name, or none
        return archive.open(one)


@contextmanager
def _damaged() -> Iterator[None]:
    """What damage makes `zipfile` raise is that the zip is damaged."""
    try:
        yield
    except READ_ERRORS:
        raise
    except (ValueError, RuntimeError, struct.error, OverflowError) as error:
        raise zipfile.BadZipFile(type(error).__name__) from error


def _member(
    archive: zipfile.ZipFile, one: zipfile.ZipInfo, name: str, group: str, limits: Limits
) -> Document:
    if one.flag_bits & _ENCRYPTED:
        raise RefusedFileError(tr("It is locked with a password. Unpack it first."))
    if one.compress_type not in _METHODS:
        raise RefusedFileError(tr("It is packed in an unusual way. Pack it again as an ordinary zip."))
    if one.file_size > limits.file_bytes:
        raise RefusedFileError(_too_large(limits))
    if one.file_size > limits.ratio_from and one.file_size > limits.ratio * max(one.compress_size, 1):
        raise RefusedFileError(
            tr(
                "It would grow from {packed} to {unpacked}: no records do. Is it a zip bomb?",
                packed=size(one.compress_size),
                unpacked=size(one.file_size),
            )
        )
    with _opened(archive, one) as content:
        head = content.read(_HEAD)
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        raise RefusedFileError(tr("A zip inside a zip is not opened. Unpack the outer one first."))
    _refuse_by_head(head)
    # A member never gives more than the size it declares, so the sizes checked above hold while reading.
    file = PurePosixPath(plain(one.filename)).name
    return Document(name, file, group, one.file_size, lambda: _opened(archive, one), member=True)


def called(path: Path) -> str:
    """A file's name for a report: a name may hold anything, also what turns a terminal's colours."""
    return plain(path.name or str(path))


def plain(name: str) -> str:
    """A name out of a file, as a sentence may quote it."""
    return checks.tidy(name[:_NAME_MOST])


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER) or PurePosixPath(name).name.startswith(_LITTER)


def _directory_bytes(path: Path) -> int:
    """The size of a zip's table of contents, read before `zipfile` takes all of it into memory."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _END_RECORD - _COMMENT_MOST))
        tail = file.read()
    at = tail.rfind(_EMPTY_ZIP)
    if at < 0 or len(tail) - at < _END_RECORD:
        msg = "no end record"
        raise zipfile.BadZipFile(msg)
    (length,) = struct.unpack_from("<L", tail, at + 12)
    return int(length)
