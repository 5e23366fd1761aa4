"""What PostgreSQL said when it would not start, and what to tell people about it."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from medidesk.errors import MediDeskError, ServerProblem
from medidesk.server.private_files import disk_full
from medidesk.words import tr

START_LOG = "start.log"
"""What the server says before its log is open; in its data folder."""

_LOG_DELAY = 2.0
_PAUSE = 0.05
ROOM_FOR_WAL = 32 * 2**20
"""Bytes free on the disk below which PostgreSQL is taken to have stopped for want of room."""

_NO_ROOM = re.compile(r"No space left on device|Disk quota exceeded|File too large|\b53100\b")
_PORT_TAKEN = re.compile(r"could not bind .*address|could not create any TCP/IP sockets")
_STILL_ENDING = re.compile(r"pre-existing shared memory block|lock file \".*\" (already exists|is empty)")
_SEVERE = re.compile(r"(?:FATAL|PANIC|ERROR|error):\s+(.*)")
_WRONG_SETTING = re.compile(r"LOG:\s+(.*(?:parameter|syntax error in file).*)")


class PortTakenError(Exception):
    """Another program listens on the port."""


class StillEndingError(Exception):
    """Processes of the server that ran here before have not ended yet."""


class LogMarks:
    """How far the server's logs reached before a start, so that only what is new is read after it."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._sizes = {path: path.stat().st_size for path in self._files()}

    def _files(self) -> Iterator[Path]:
        yield from self._data.glob(START_LOG)
        yield from (self._data / "log").glob("*.log")

    def reason(self) -> str:
        """What was logged since, once that holds why a start failed.

        The log is written by a process of its own, which may still be at it when the server has ended.
        """
        deadline = time.monotonic() + _LOG_DELAY
        while not _SEVERE.search(said := self._new_text()) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        return said

    def _new_text(self) -> str:
        texts = []
        for path in self._files():
            before = self._sizes.get(path, 0)
            content = path.read_bytes()
            # A log that began anew (they are kept for a week) is shorter than it was.
            texts.append(content[before if len(content) >= before else 0 :].decode(errors="replace"))
        return "\n".join(texts)


def _lines(said: str) -> list[str]:
    return [line.strip() for line in said.splitlines() if line.strip()]


def problem(said: str, data: Path) -> MediDeskError:
    """The error that tells people why the server did not start or could not be made.

    Args:
        said: what PostgreSQL printed or logged.
        data: its data folder.

    Raises:
        PortTakenError: another program has its port.
        StillEndingError: try again in a moment.
    """
    if _PORT_TAKEN.search(said):
        raise PortTakenError
    if _STILL_ENDING.search(said):
        raise StillEndingError
    if _NO_ROOM.search(said) or shutil.disk_usage(data).free < ROOM_FOR_WAL:
        return disk_full(data)
    # Of a wrong setting the fatal line says only which file holds it.
    reasons = _WRONG_SETTING.findall(said) or _SEVERE.findall(said) or _lines(said)
    return ServerProblem(
        tr(
            "PostgreSQL did not start: {reason}.",
            reason=reasons[-1].rstrip(".") if reasons else tr("it gave no reason"),
        ),
        tr("Its log is in {folder}.", folder=data / "log"),
    )
