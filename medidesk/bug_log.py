"""Where our own bugs are written down: a file with traces, and without anything that was in the data.

A trace tells where and of which kind. What an exception says may quote a patient's row, so it is left out;
of a database's error the SQLSTATE is kept.
"""

import logging
import os
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import override

_LARGEST = 1_000_000
_KEPT = 3


def log_to(folder: Path) -> Path:
    """Send the program's log to `folder`; returns the file. A folder that cannot be written costs the log only."""
    path = folder / "medidesk.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = _PrivateFile(path, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_WithoutData("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    return path


class _PrivateFile(RotatingFileHandler):
    """A log that only its owner reads."""

    @override
    def _open(self):  # type: ignore[no-untyped-def]
        return os.fdopen(
            os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
        )


class _WithoutData(logging.Formatter):
    """Traces without the words of their exceptions."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        kept, record.exc_text = record.exc_text, None  # another handler's formatter left its own there
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    @override
    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        lines: list[str] = []
        error = ei[1]
        while error is not None:
            state = getattr(error, "sqlstate", None)
            lines += traceback.format_tb(error.__traceback__)
            lines.append(
                f"{type(error).__module__}.{type(error).__qualname__}" + (f" {state}" if state else "")
            )
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(line.rstrip() for line in lines)
