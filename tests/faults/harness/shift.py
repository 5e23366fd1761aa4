"""Somebody's shift at a PC: an open station that does what it is ordered to, in this process or in another."""

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from medidesk.errors import MediDeskError
from medidesk.station import Queued, Refused, Saved, Station
from medidesk.sync.outbox import Outbox
from medidesk.sync.sender import Sender
from tests.faults.harness import appointments as _appointments  # noqa: F401 (its work joins the registry)
from tests.faults.harness import billing as _billing  # noqa: F401 (likewise)
from tests.faults.harness import claims as _claims  # noqa: F401 (likewise)
from tests.faults.harness import directory as _directory  # noqa: F401 (likewise)
from tests.faults.harness import insurance as _insurance  # noqa: F401 (likewise)
from tests.faults.harness import patients as _patients  # noqa: F401 (likewise)
from tests.faults.harness import visits as _visits  # noqa: F401 (likewise)
from tests.faults.harness.work import WORKS, Kept
from tests.support.stations import assert_replica_equals
from tests.support.waiting import wait_until

type Json = dict[str, Any]

AGAIN_SECONDS = 3.0
NEW_EPOCH = "medidesk server new-epoch"
"""What a PC says that knows of a server newer than the one there is."""
SEALS: Mapping[str, Any] = {"FIRST_SECONDS": 2.0, "DAY_SECONDS": 5.0, "AGAIN_SECONDS": 5.0}
"""A day of `medidesk.sync.seals`, so that the audit trail is sealed while people work."""


@dataclass(frozen=True)
class Opening:
    """How a shift begins.

    Attributes:
        server: the address, by way of this desk's own network.
        login, password: who signs in.
        home, name: of the PC.
        program: the schema of the MediDesk that is installed there.
    """

    server: str
    login: str
    password: str
    home: str
    name: str
    program: int


@dataclass(frozen=True)
class Heard:
    """What somebody was told of one thing they did.

    Attributes:
        outcome: "saved", "queued", "refused"; "kept" (a draft); "nothing" (there was nothing to do it to);
            "not done" (a sentence said why); "closed" (the station closed); or "bug".
        op_id: of the operation, where there is one.
        words: what else there is to say.
        letters: of a draft.
    """

    outcome: str
    op_id: str = ""
    words: str = ""
    letters: int = 0


type Tell = Callable[[int, Heard], None]


class Shift:
    """Opens a station; `obey` may then be called from one thread at a time.

    Raises:
        MediDeskError: as `Station.open`.
    """

    def __init__(self, opening: Opening, tell: Tell) -> None:
        self._tell = tell
        self.station = Station.open(
            opening.server, opening.login, opening.password, home=Path(opening.home), name=opening.name
        )

    def obey(self, order: str, **arguments: Any) -> Any:
        """Carry out one order; what it returns is plain data."""
        return getattr(self, f"on_{order}")(**arguments)

    def on_work(self, number: int, name: str, chance: int) -> None:
        """Do a piece of work; its outcome is told under its number."""
        told = partial(self._told, number)
        try:
            deed = WORKS[name].doing(self.station, Random(chance))  # noqa: S311 (a seed, to replay it)
            if deed is None:
                self._tell(number, Heard("nothing"))
            else:
                deed(done=told)
        except Exception as error:  # noqa: BLE001 (told, and judged by the oracle)
            told(error)

    def _told(self, number: int, outcome: Any) -> None:
        self._tell(number, heard(outcome))

    def on_try_now(self) -> None:
        """Somebody presses "Try now"."""
        self.station.retry_now()

    def on_check(self) -> None:
        """Somebody presses "Check this station"."""
        self.station.check()

    def on_say(self) -> str:
        """The state of synchronisation, as people see it."""
        return str(self.station.sync)

    def on_look_inside(self) -> str:
        """What holds this station up: its state, its senders, and where each of its tasks waits."""
        engine = self.station._engine

        def look() -> str:
            follower = engine.follower
            return "\n".join(
                [
                    f"{engine.state}",
                    f"follows at {engine.recognition.place}, {follower.pulls_finished} pulls",
                    *(_of_sender(one) for one in engine.senders._running.values()),
                    *(f"{task.get_name()}: {_where(task)}" for task in asyncio.all_tasks()),
                ]
            )

        return engine.call(look).result(60)

    def on_meet(self, seconds: float) -> str:
        """Wait until this station has met the server; what it says that an administrator must do, or nothing."""
        follower = self.station._engine.follower
        asked = self.station._engine.call(follower.ask_for_pull).result(seconds)

        def refused() -> bool:
            return NEW_EPOCH in self.station.sync.note

        wait_until(lambda: follower.pulls_finished >= asked or refused(), seconds)
        return self.station.sync.note if refused() else self.station.sync.notice

    def on_catch_up(self, seconds: float) -> bool:
        """Wait until this station holds all that the server has and nothing waits. False when that fails."""
        left = seconds
        while left > 0:
            self.station.administration.look()  # as the page of changes does when it is opened
            self.station.retry_now()
            if self.station._engine.wait_current(AGAIN_SECONDS):
                return True
            left -= AGAIN_SECONDS
        return False

    def on_report(self, url: str) -> Json:
        """Everything the oracle asks a quiet station; `url` is the server's own, past every fault."""
        station = self.station
        return {
            "station": str(station.profile.station_id),
            "login": station.user.login,
            "waiting": station.sync.waiting,
            "attention": [str(entry.op_id) for entry in station.attention()],
            "attention_counted": station.sync.attention,
            "pending": sorted(table for table, rows in station._engine.pending.items() if rows),
            "operations": operations(station._engine.outbox),
            "letters": max((int(one[1]["letters"]) for one in _drafts(station)), default=0),
            "difference": _difference(station, url),
            "note": station.sync.note,
        }

    def on_fill_disk(self) -> None:
        """No file of this station takes a further page."""
        self._limit("max_page_count = 1")  # SQLite takes the number of pages there are

    def on_free_disk(self) -> None:
        """There is room again."""
        self._limit("max_page_count = 1073741823")

    def _limit(self, pragma: str) -> None:
        engine = self.station._engine

        def limit() -> None:
            for connection in (engine.outbox._connection, engine.replica.writer):
                connection.execute(f"pragma {pragma}")

        engine.call(limit).result(60)

    def on_close(self) -> None:
        """The end of the shift."""
        self.station.close()


def heard(outcome: Any) -> Heard:
    """An outcome as it is told."""
    match outcome:
        case Saved():
            return Heard("saved", "" if outcome.op_id is None else str(outcome.op_id))
        case Queued():
            return Heard("queued", str(outcome.op_id))
        case Refused():
            return Heard("refused", str(outcome.op_id), outcome.reason)
        case Kept():
            return Heard("kept", letters=outcome.letters)
        case MediDeskError():
            return Heard("not done", words=f"{type(outcome).__name__}: {outcome}")
        case RuntimeError() if "closed" in str(outcome):
            return Heard("closed")
        case _:
            return Heard("bug", words=repr(outcome))


def operations(outbox: Outbox) -> list[Json]:
    """Every operation that an outbox remembers, with what became of it."""
    with outbox._reading:
        rows = outbox._reader.execute(
            "select payload, state, told, problem, answer from operation order by seq"
        ).fetchall()
    return [
        {
            "payload": json.loads(payload),
            "state": state,
            "told": bool(told),
            "problem": json.loads(problem) if problem else None,
            "answer": json.loads(answer) if answer else None,
        }
        for payload, state, told, problem, answer in rows
    ]


def _drafts(station: Station) -> list[tuple[str, dict[str, Any], dt.datetime]]:
    """What is on the disk, whatever the program remembers."""
    return station._engine.outbox.drafts.of(station.user.login)


def _difference(station: Station, url: str) -> str:
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            assert_replica_equals(station, connection)
    except AssertionError as error:
        return str(error) or "the replica is not what the server shows"
    return ""


def _of_sender(sender: Sender) -> str:
    channel = sender.channel
    return (
        f"sends for {sender.author}: ended {sender.ended}, connected {channel.open} at {channel.place}, "
        f"woken {sender.woken.is_set()}, resting {len(sender._resting)}, ahead {len(sender._ahead or ())}"
    )


def _where(task: "asyncio.Task[Any]") -> str:
    """The lines of a task's functions, from its first to where it waits."""
    lines, waits = [], task.get_coro()
    while waits is not None:
        frame = getattr(waits, "cr_frame", None) or getattr(waits, "gi_frame", None)
        if frame is not None:
            lines.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
        waits = getattr(waits, "cr_await", None) or getattr(waits, "gi_yieldfrom", None)
    return " ".join(lines)
