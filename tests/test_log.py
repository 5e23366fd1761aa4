"""The log: one object a line, with figures and without what was in the data."""

import asyncio
import datetime as dt
import gc
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from medidesk.log import event, log_to
from medidesk.sync.meanings import Meaning

OPERATION = UUID("018f2c3a-0000-7000-8000-000000000001")


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Any]:
    """Reads what has been written so far."""
    before, level = list(logging.getLogger().handlers), logging.getLogger("medidesk").level
    path = log_to(tmp_path)

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    yield read
    logging.getLogger("medidesk").setLevel(level)
    for handler in set(logging.getLogger().handlers) - set(before):
        logging.getLogger().removeHandler(handler)
        handler.close()


def test_an_event_is_one_object_with_its_figures(lines: Any) -> None:
    event(
        logging.getLogger("medidesk.sync.sender"),
        "not_taken",
        operation=OPERATION,
        meaning=Meaning.REFUSED,
        error=psycopg.errors.UniqueViolation("Key (value)=(Fernández) already exists"),
        seconds=0.12345,
        rows=3,
        replay=None,
    )
    (line,) = lines()
    assert dt.datetime.fromisoformat(line.pop("at")).tzinfo is not None
    assert line == {
        "level": "info",
        "by": "medidesk.sync.sender",
        "what": "not_taken",
        "operation": str(OPERATION),
        "meaning": "refused",
        "error": "UniqueViolation",
        "sqlstate": "23505",
        "seconds": 0.123,
        "rows": 3,
    }


def test_a_bugs_trace_is_in_the_same_object_and_quotes_nothing(lines: Any) -> None:
    def read() -> None:
        int("Fernández" + " 1984")

    def show() -> None:
        try:
            read()
        except ValueError as error:
            raise KeyError("Silva" + " 1990") from error

    try:
        show()
    except KeyError:
        logging.getLogger("medidesk.ui").exception("a listener failed")
    (line,) = lines()
    assert line["what"] == "a listener failed"
    assert [one for one in line["trace"] if one.startswith("builtins.")] == [
        "builtins.KeyError",
        "builtins.ValueError",
    ]
    assert "Fernández 1984" not in str(line)
    assert "Silva 1990" not in str(line)


def test_of_what_a_library_says_the_template_is_kept_and_not_what_fills_it(lines: Any) -> None:
    logging.getLogger("somebody.else").warning("could not read %s", "/home/Fernández.jpg")
    (line,) = lines()
    assert line["what"] == "could not read %s"


def test_what_asyncio_says_of_a_lost_exception_is_kept_without_its_words(lines: Any) -> None:
    async def loses() -> None:
        async def fails() -> None:
            int("Fernández" + " 1984")

        lost = asyncio.create_task(fails())
        await asyncio.sleep(0)
        del lost

    asyncio.run(loses())
    gc.collect()
    (line,) = lines()
    assert line["by"] == "asyncio"
    assert line["what"] == "in default_exception_handler"
    assert line["trace"][-1] == "builtins.ValueError"
    assert "Fernández 1984" not in str(line)
