"""A file of audit rows that have left the database: packed text, one JSON value a line, which stands by itself.

The first line says whose it is and which seals it holds. Then comes each seal with the words that its hash is
made of, and below it its rows, word by word as they were sealed; at last who opened which file, which is not
sealed. Every digest can be made again from the file alone.
"""

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from medidesk.errors import MediDeskError
from medidesk.server.private_files import give_to, sync_folder, world_errors
from medidesk.words import tr

FORMAT = 1
SUFFIX = ".jsonl.gz"
KEPT = "server_identity"
"""Of this table the rows stay in the database as well: they say which cluster an epoch's transaction ids are of."""

_DECODER = json.JSONDecoder()
_BROKEN = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, IndexError, RecursionError)


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    Attributes:
        server: the id of the server that it is from.
        first, last: the numbers of its seals.
        previous: the hash of the seal before, in hexadecimal digits; nothing where there is none.
        openings: how many openings of files it holds.
    """

    server: str
    first: int
    last: int
    previous: str
    openings: int

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Self:
        """As the first line of a file tells it.

        Raises:
            ValueError: it is no such line, or that of a newer program.
        """
        if said.get("medidesk") != "audit archive" or said.get("format") != FORMAT:
            raise ValueError("no archive")
        return cls(
            str(said["server"]),
            int(said["first"]),
            int(said["last"]),
            str(said["previous"]),
            int(said["openings"]),
        )

    def line(self) -> str:
        """For a file."""
        return json.dumps({"medidesk": "audit archive", "format": FORMAT} | asdict(self))


def seal_line(number: int, words: str, own: bytes) -> str:
    """The line of a seal; its rows come after it."""
    return json.dumps({"seal": number, "words": words, "hash": own.hex()})


class Line(NamedTuple):
    """A line below the first one; `text` is JSON."""

    kind: Literal["seal", "row", "opening"]
    text: str


OPENINGS_LINE = json.dumps({"openings": True})


def header_of(path: Path) -> Header | None:
    """What a file says of itself; None where it cannot be read, or is no archive."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            return Header.from_json(json.loads(file.readline()))
    except _BROKEN:
        return None


def lines(path: Path) -> Iterator[Line]:
    """What is below the first line, one at a time, however long it is.

    Raises:
        ValueError: from here on the file cannot be read.
    """
    kind: Literal["row", "opening"] = "row"
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            Header.from_json(json.loads(file.readline()))
            for whole in file:
                text = whole.rstrip("\n")
                if text == OPENINGS_LINE:
                    kind = "opening"
                elif text.startswith("{"):
                    yield Line("seal", text)
                else:
                    yield Line(kind, text)
    except _BROKEN as error:
        raise ValueError("a damaged archive") from error


@dataclass
class Held:
    """A seal as a file holds it.

    Attributes:
        words, own: what its hash is made of, with the seal before; and the hash.
        rows, digest: of the rows below it.
    """

    words: str
    own: bytes
    rows: int = 0
    digest: bytes = b""


@dataclass
class Contents:
    """What a file holds, each digest made again from its lines.

    Attributes:
        header: what it says of itself.
        seals: by number.
        kept: its rows of which the database keeps another, by the seal's number.
        openings: how many.
        damaged: it could not be read to its end.
        forged: a row lies under no seal, or a seal is named twice: nothing that was written here.
    """

    header: Header
    seals: dict[int, Held] = field(default_factory=dict)
    kept: dict[int, list[str]] = field(default_factory=dict)
    openings: int = 0
    damaged: bool = False
    forged: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is what it says, to its end."""
        return self.consistent and not self.damaged and self.openings == self.header.openings

    @property
    def consistent(self) -> bool:
        """Whether each row lies under its seal, and each seal on the one before it."""
        try:
            before, wanted = bytes.fromhex(self.header.previous), self.header.first
            for number, held in self.seals.items():
                fits = (number, number, held.rows, held.digest.hex())
                said = json.loads(held.words)
                if fits != (wanted, said[0], said[4], said[5]):
                    return False
                if hashlib.sha256(before + held.words.encode()).digest() != held.own:
                    return False
                before, wanted = held.own, number + 1
        except (ValueError, TypeError, IndexError):
            return False
        return not self.forged and wanted == self.header.last + 1


def contents(path: Path) -> Contents | None:
    """Read a file whole; None where it is none, or its first line cannot be read."""
    header = header_of(path)
    if header is None:
        return None
    found = Contents(header)
    number, held, total = 0, Held("", b""), hashlib.sha256()
    try:
        for kind, text in lines(path):
            if kind == "seal":
                said = json.loads(text)
                number = int(said["seal"])
                # A second copy of a seal would hide the rows below the first.
                found.forged |= number in found.seals
                held, total = Held(str(said["words"]), bytes.fromhex(said["hash"])), hashlib.sha256()
                found.seals[number] = held
                held.digest = total.digest()
            elif kind == "opening":
                found.openings += 1
            else:
                found.forged |= not found.seals
                total.update(hashlib.sha256(text.encode()).digest())
                held.rows += 1
                held.digest = total.digest()
                if table_of(text) == KEPT:
                    found.kept.setdefault(number, []).append(text)
    except _BROKEN:
        found.damaged = True
    return found


def openings(path: Path) -> frozenset[str]:
    """The openings that a file holds.

    Raises:
        ValueError: it cannot be read to its end.
    """
    return frozenset(text for kind, text in lines(path) if kind == "opening")


def table_of(row: str) -> str:
    """Of which table a row is, quickly."""
    return str(json.loads(parts(row, upto=5)[4]))


def sha256(path: Path) -> bytes:
    """Of the whole file."""
    with world_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def write(folder: Path, prefix: str, text: Iterable[str]) -> Path:
    """Write lines into a file of its owner's alone, which lasts; it has no name of its own yet (see `keep`).

    Args:
        folder: where.
        prefix: what the name begins with.
        text: the lines.

    Raises:
        DiskFull: there was no room.
        ServerProblem: no right to write there.
    """
    with world_errors(folder):
        descriptor, name = tempfile.mkstemp(prefix=prefix, dir=folder)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as raw:
                # Without a time or a name in it: the same rows make the same file.
                with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
                    for line in text:
                        file.write(f"{line}\n".encode())
                raw.flush()
                give_to(descriptor, folder)
                os.fsync(descriptor)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def keep(made: Path, path: Path) -> None:
    """Give a file its name, in one step that lasts.

    Raises:
        DiskFull: there was no room.
        ServerProblem: no right to write there.
    """
    with world_errors(path):
        made.replace(path)
    sync_folder(path.parent)


def parts(row: str, upto: int = 99) -> list[str]:
    """The values of a row as they stand in its words, where numbers have every digit; the first `upto` of them.

    Raises:
        ValueError: it is no row.
    """
    found, at = list[str](), 1
    while row[at : at + 1] not in {"", "]"} and len(found) < upto:
        _value, end = _DECODER.raw_decode(row, at)
        found.append(row[at:end])
        at = end + 2 if row.startswith(", ", end) else end
    if not row.startswith("[") or (len(found) < upto and row[at:] != "]"):
        raise ValueError("no row")
    return found


def damaged(path: Path) -> MediDeskError:
    """The error to raise where an archive cannot be read."""
    return MediDeskError(
        tr("{path} is no archive of the audit trail, or it is damaged.", path=path),
        tr("Take another copy of it; medidesk audit verify says which are as they were written."),
    )
