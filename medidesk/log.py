"""The program's log: what happened, one JSON object a line, and nothing that was in the data.

    {"at": "2026-03-12T08:15:02.114Z", "level": "info", "by": "medidesk.sync.sender", "what": "refused",
     "operation": "7ae4fcd7-…", "error": "UniqueViolation", "sqlstate": "23505"}

Events carry figures, ids and kinds of errors, and no text: a name cannot get in. A bug's trace tells where and of
which kind; what an exception says may quote a patient's row, so it is left out.
"""

import datetime as dt
import json
import logging
import os
import traceback
from collections.abc import Iterator
from enum import Enum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import override
from uuid import UUID

_LARGEST = 1_000_000
_KEPT = 3

type Said = int | float | str
type Figure = int | float | UUID | Enum | BaseException | None


def event(log: logging.Logger, what: str, level: int = logging.INFO, **figures: Figure) -> None:
    """Write down that something happened.

    Args:
        log: the module's.
        what: in a word or two, always the same for the same.
        level: of `logging`.
        figures: numbers, ids and kinds; of an error its class and SQLSTATE. One that is None is left out.
    """
    if not log.isEnabledFor(level):
        return
    said: dict[str, Said] = {}
    for name, value in figures.items():
        said |= _said(name, value)
    words = "".join(f" {name}={value}" for name, value in said.items())
    log.log(level, "%s%s", what, words, extra={"what": what, "figures": said})


def _said(name: str, value: Figure) -> dict[str, Said]:
    match value:
        case None:
            return {}
        case BaseException():
            state = getattr(value, "sqlstate", None)
            kind: dict[str, Said] = {name: type(value).__name__}
            return kind | {"sqlstate": str(state)} if state else kind
        case Enum():
            return {name: value.name.lower()}
        case float():
            return {name: round(value, 3)}
        case int():
            return {name: value}
        case _:
            return {name: str(value)}


def log_to(folder: Path) -> Path:
    """Send the program's log to `folder`; returns the file. A folder that cannot be written costs the log only."""
    path = folder / "medidesk.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = _PrivateFile(path, maxBytes=_LARGEST, backupCount=_KEPT, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(_WithoutData())
    logging.getLogger().addHandler(handler)
    logging.getLogger("medidesk").setLevel(logging.INFO)
    return path


class _PrivateFile(RotatingFileHandler):
    """A log that only its owner reads."""

    @override
    def _open(self):  # type: ignore[no-untyped-def]
        return os.fdopen(
            os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
        )


class _WithoutData(logging.Formatter):
    """A line of JSON for each record. A library's text may be data: what fills its templates is left out."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        own = record.name.split(".")[0] == "medidesk"
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line = {
            "at": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "by": record.name,
            "what": getattr(record, "what", None) or (record.getMessage() if own else _template(record)),
            **getattr(record, "figures", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["trace"] = list(_trace(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False)


def _template(record: logging.LogRecord) -> str:
    # asyncio writes the words of a lost exception into the text itself: then it is said just where that was.
    return str(record.msg) if record.args else f"in {record.funcName}"


def _trace(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        for place in traceback.format_tb(error.__traceback__):
            yield from place.rstrip().splitlines()
        state = getattr(error, "sqlstate", None)
        yield f"{type(error).__module__}.{type(error).__qualname__}" + (f" {state}" if state else "")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
