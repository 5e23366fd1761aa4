"""Rows of a CSV file, one at a time, each told apart from its neighbours' faults."""

import csv
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from medidesk.importers.limits import Limits, size
from medidesk.importers.sources import READ_ERRORS, DamagedError, Tick, plain, unreadable
from medidesk.words import tr

_BOM = b"\xef\xbb\xbf"
_DELIMITERS = ",;\t"
_QUOTED_LINES_MOST = 50  # a field that goes on for longer has an unclosed quote at its start


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row.

    Attributes:
        number: its (first) line in the file, from 1; the header is line 1.
        cells: by the header's names in capitals.
        why: why the row cannot be read, in a sentence; empty if it can.
    """

    number: int
    cells: Mapping[str, str]
    why: str = ""


def csv_rows(file: IO[bytes], limits: Limits, tick: Tick = lambda _: None) -> Iterator[CsvRow]:
    """The rows below the header.

    A line that is not UTF-8, or with more or fewer cells than the header, is one bad row.

    Raises:
        DamagedError: the header cannot be read, or the disk or the zip is at fault.
    """
    lines = _lines(file, limits, tick)
    first = next(lines, b"").removeprefix(_BOM)
    header_text = _decoded(first)
    if header_text is None:
        raise DamagedError(tr("The first line, which names the columns, is not UTF-8 text."))
    delimiter = max(_DELIMITERS, key=header_text.count)
    header = _header(header_text, delimiter)
    number = 1
    ahead: deque[bytes] = deque()  # lines looked at for the end of a quoted cell, and not part of it
    while line := ahead.popleft() if ahead else next(lines, b""):
        number += 1
        if not line.strip():
            continue
        row, taken = _row(number, line, ahead, lines, header, delimiter, limits)
        for _ in range(taken):
            ahead.popleft()
        yield row
        number += taken


def _header(text: str, delimiter: str) -> list[str]:
    """The columns' names in capitals."""
    try:
        names = [
            name.strip().upper() for name in next(csv.reader([text], delimiter=delimiter, strict=True), [])
        ]
    except csv.Error as error:
        raise DamagedError(
            tr("The first line does not name the columns as CSV does. Save the file as CSV (UTF-8) again.")
        ) from error
    twice = next((name for name, count in Counter(filter(None, names)).items() if count > 1), None)
    if twice is not None:
        raise DamagedError(tr("Its first line names the column {name} twice.", name=plain(twice)))
    return names


def _row(
    number: int,
    line: bytes,
    ahead: deque[bytes],
    lines: Iterator[bytes],
    header: list[str],
    delimiter: str,
    limits: Limits,
) -> tuple[CsvRow, int]:
    """The row that begins with a line, and how many lines ahead belong to it.

    A quote that is never closed spoils its own line only: the lines after it are rows again.
    """
    text, taken = line, 0
    while text.count(b'"') % 2 == 1 and taken < _QUOTED_LINES_MOST and len(text) <= limits.entry_bytes:
        if taken == len(ahead):
            following = next(lines, b"")
            if not following:
                break
            ahead.append(following)
        text += ahead[taken]
        taken += 1
    row = _parsed(number, text, header, delimiter, limits)
    if row.why and taken:
        return _parsed(number, line, header, delimiter, limits), 0
    return row, taken


def _parsed(number: int, line: bytes, header: list[str], delimiter: str, limits: Limits) -> CsvRow:
    if len(line) > limits.entry_bytes:
        return CsvRow(number, {}, tr("It is larger than {most}.", most=size(limits.entry_bytes)))
    text = _decoded(line)
    if text is None:
        return CsvRow(number, {}, tr("It is not UTF-8."))
    try:
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return CsvRow(
            number, {}, tr("It is not proper CSV: its quotes do not match, or a cell is far too long.")
        )
    if len(cells) != len(header):
        return CsvRow(
            number,
            {},
            tr("It has {count} cells; the header names {wanted}.", count=len(cells), wanted=len(header)),
        )
    return CsvRow(number, dict(zip(header, cells, strict=True)))


def _lines(file: IO[bytes], limits: Limits, tick: Tick) -> Iterator[bytes]:
    """Lines, of which an endless one is cut just above the limit and then judged as too large."""
    try:
        while line := file.readline(limits.entry_bytes + 1):
            tick(len(line))
            while not line.endswith(b"\n") and len(line) > limits.entry_bytes:
                rest = file.readline(limits.entry_bytes)
                tick(len(rest))
                if not rest or rest.endswith(b"\n"):
                    break
            yield line
    except READ_ERRORS as error:
        raise DamagedError(unreadable(error)) from error


def _decoded(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None
