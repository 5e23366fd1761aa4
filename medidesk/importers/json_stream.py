"""Entries of a FHIR bundle, one at a time, however large the file is.

`ijson` reads the bundle in bounded memory, with holes that are stopped here: its memory grows with the square of
the nesting depth, and with the size of a single value; and a whole number of more digits than Python takes (4,300)
ends the whole process.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import IO, Any

import ijson

from medidesk.importers.limits import Limits, size
from medidesk.importers.sources import READ_ERRORS, DamagedError, Tick, unreadable
from medidesk.words import tr

CHUNK = 64 * 1024
_PIECE = 64  # a chunk that nests too deeply is read in such pieces, so that entries before it are not lost
_BOM = b"\xef\xbb\xbf"
_LINES_SUFFIXES = (".ndjson", ".jsonl")
_NUMBER_MOST = 1_000  # digits: FHIR's own numbers have fewer than 20
_DIGITS = b"0123456789"
_ONLY_DIGITS = bytes(code if code in _DIGITS else ord(" ") for code in range(256))
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = [0] * 256
for _bracket, _step in zip(b"[{]}", (1, 1, -1, -1), strict=True):
    _STEP[_bracket] = _step

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of a document.

    Attributes:
        number: the entry of the bundle or the line of the file, from 1.
        resource: the resource; `resourceType` is a string.
        full_url: its absolute address in the bundle; may be empty.
    """

    number: int
    resource: Json
    full_url: str = ""


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that holds no readable resource, and why."""

    number: int
    why: str


def entries(
    file: IO[bytes], name: str, limits: Limits, tick: Tick = lambda _: None
) -> Iterator[Entry | BadEntry]:
    """The resources of a bundle, of NDJSON, of a list of resources, or a single resource.

    Args:
        file: the document.
        name: its name, since NDJSON is told by it, too.
        limits: of depth and of what one entry holds.
        tick: gets the number of bytes of each read.

    Raises:
        DamagedError: after what could be read.
    """
    chunks = _chunks(file, tick)
    head = next(chunks, b"").removeprefix(_BOM)
    if _is_lines(head, name):
        yield from _lines(head, chunks, limits)
    else:
        yield from _bundle(head, chunks, limits)


def _chunks(file: IO[bytes], tick: Tick) -> Iterator[bytes]:
    try:
        while chunk := file.read(CHUNK):
            tick(len(chunk))
            yield chunk
    except READ_ERRORS as error:
        raise DamagedError(unreadable(error)) from error


def _is_lines(head: bytes, name: str) -> bool:
    """Whether this is NDJSON: so called, or its first line is a whole object and another line follows."""
    if name.lower().endswith(_LINES_SUFFIXES):
        return True
    first, _, rest = head.lstrip().partition(b"\n")
    if not rest.strip() or not first.startswith(b"{"):
        return False
    try:
        _parsed(first)
    except _NotJsonError:
        return False
    return True


# NDJSON


def _lines(head: bytes, chunks: Iterator[bytes], limits: Limits) -> Iterator[Entry | BadEntry]:
    number, held, too_long = 1, bytearray(head), False
    while True:
        *whole, rest = held.split(b"\n")
        for line in whole:
            if not too_long:
                yield from _line(number, bytes(line), limits)
            number, too_long = number + 1, False
        held = bytearray() if too_long else rest
        if len(held) > limits.entry_bytes:
            yield _too_large(number, limits)
            held, too_long = bytearray(), True
        chunk = next(chunks, b"")
        if not chunk:
            break
        held += chunk
    if not too_long:
        yield from _line(number, bytes(held), limits)


def _line(number: int, line: bytes, limits: Limits) -> Iterator[Entry | BadEntry]:
    if not line.strip():
        return
    if len(line) > limits.entry_bytes:
        yield _too_large(number, limits)
        return
    try:
        yield from _resources(number, _parsed(line))
    except _NotJsonError as error:
        yield BadEntry(number, str(error))


def _too_large(number: int, limits: Limits) -> BadEntry:
    return BadEntry(number, tr("It is larger than {most}.", most=size(limits.entry_bytes)))


class _NotJsonError(Exception):
    """Why a text is not JSON, in a sentence."""


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _NotJsonError(
            tr("It is not UTF-8 from byte {place} on.", place=f"{error.start + 1:,}")
        ) from error
    except RecursionError as error:
        raise _NotJsonError(tr("It is nested too deeply.")) from error
    except ValueError as error:
        raise _NotJsonError(tr("It is not JSON, or was cut off.")) from error


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _resources(number: int, value: Any) -> Iterator[Entry | BadEntry]:
    """The resource that a line or a whole file is, or those of the bundle that it is."""
    if isinstance(value, dict) and value.get("resourceType") == "Bundle":
        inside = value.get("entry")
        for one in inside if isinstance(inside, list) else []:
            yield _entry(number, one)
    else:
        yield _entry(number, {"resource": value})


# Bundles


def _bundle(head: bytes, chunks: Iterator[bytes], limits: Limits) -> Iterator[Entry | BadEntry]:
    is_list = head.lstrip().startswith(b"[")
    found = ijson.sendable_list()
    parser = ijson.items_coro(found, "item" if is_list else "entry.item")
    guard = _Shape(limits.depth)
    number = place = begun = 0
    whole = bytearray()  # as long as no entry has come: the file may be a single resource
    while head:
        broken = _feed(parser, guard, head)
        place += len(head)
        for one in found:
            number, begun = number + 1, place
            yield _entry(number, {"resource": one} if is_list else one)
        del found[:]
        if broken:
            raise DamagedError(_broken(broken, place, number))
        if place - begun > limits.entry_bytes:
            raise DamagedError(
                tr(
                    "Entry {entry} is larger than {most}; nothing from there on was read.",
                    entry=number + 1,
                    most=size(limits.entry_bytes),
                )
            )
        if number == 0:
            whole += head
        else:
            whole.clear()
        head = next(chunks, b"")
    try:
        parser.close()
    except ijson.JSONError as error:
        raise DamagedError(_broken(tr("it was cut off"), place, number)) from error
    if number == 0 and not is_list:
        yield from _single(bytes(whole))


def _feed(parser: Any, guard: "_Shape", chunk: bytes) -> str:
    """Hand a chunk to the parser; returns why it could not, in words."""
    try:
        refused = guard.refuses(chunk)
        if not refused:
            parser.send(chunk)
            return ""
        for at in range(0, len(chunk), _PIECE):
            piece = chunk[at : at + _PIECE]
            if refused := guard.refuses(piece):
                break
            parser.send(piece)
    except (ijson.JSONError, ValueError, ArithmeticError, StopIteration) as error:
        # The parser's own message quotes the file, and with it a patient.
        if "UTF8" in str(error):
            return tr("it is not UTF-8")
        return tr("it is not JSON")
    return refused


def _broken(why: str, place: int, number: int) -> str:
    if number == 0:
        return tr("Nothing of it was read. Before byte {place}: {why}.", place=f"{place:,}", why=why)
    return tr(
        "The file is broken after entry {entry}, before byte {place}: {why}. What came before was read; what "
        "comes after is missing, and allergies may be among it.",
        entry=number,
        place=f"{place:,}",
        why=why,
    )


def _single(whole: bytes) -> Iterator[Entry | BadEntry]:
    try:
        value = _parsed(whole)
    except _NotJsonError as error:
        raise DamagedError(str(error)) from error
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        raise DamagedError(tr("This is no FHIR bundle and no FHIR resource."))
    if value["resourceType"] == "Bundle":
        raise DamagedError(tr("The bundle has no entries."))
    yield _entry(1, {"resource": value})


def _entry(number: int, entry: Any) -> Entry | BadEntry:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        return BadEntry(number, tr("It holds no resource."))
    if not isinstance(resource.get("resourceType"), str):
        return BadEntry(number, tr("Its resource type is missing."))
    full_url = entry.get("fullUrl")
    return Entry(number, resource, full_url if isinstance(full_url, str) else "")


class _Shape:
    """Follows how deeply JSON nests and how long its numbers are, from its raw bytes (200 MB a second; the parser
    takes 50).

    What is inside strings does not count, so the strings are followed too: whether the last chunk ended inside
    one, and whether it ended with a backslash that escapes the next byte.
    """

    def __init__(self, depth_most: int) -> None:
        self.depth_most = depth_most
        self.depth = 0
        self._in_string = False
        self._escaping = False
        self._digits = b""  # with which the last chunk ended: the number may go on

    def refuses(self, chunk: bytes) -> str:
        """Why the parser must not see the chunk, in words; empty if it may. One refused is not counted as read."""
        if self._escaping:
            chunk = chunk[1:]
        escaping = (len(chunk) - len(chunk.rstrip(b"\\"))) % 2 == 1
        pieces = chunk.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = self._digits + b"".join(pieces[1 if self._in_string else 0 :: 2])
        brackets = outside.translate(None, _NOT_BRACKETS)
        depths = list(accumulate(map(_STEP.__getitem__, brackets), initial=self.depth))
        if max(depths) > self.depth_most:
            return tr("it is nested too deeply")
        if max(map(len, outside.translate(_ONLY_DIGITS).split()), default=0) > _NUMBER_MOST:
            return tr("a number in it is far too long")
        self.depth = depths[-1]
        self._in_string ^= len(pieces) % 2 == 0
        self._escaping = escaping
        self._digits = b"" if self._in_string else outside[len(outside.rstrip(_DIGITS)) :]
        return ""
