"""A shift in a thread of this process, or in a process of its own that can be killed at any instant."""

import json
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from tests.faults.harness.shift import Heard, Opening, Shift, Tell

ROOT = Path(__file__).resolve().parents[3]


class Gone(Exception):
    """The process was killed before it answered."""


class NotOpened(Exception):
    """The station could not be opened: a sentence says why."""


class Session(Protocol):
    """One shift.

    Attributes:
        opened: done when the station is open, or fails with why it is not.
        gone: it has ended, in good order or not.
    """

    opened: "Future[None]"

    @property
    def gone(self) -> bool: ...

    def send(self, order: str, **arguments: Any) -> "Future[Any]":
        """Give an order; orders are carried out one after the other."""

    def kill(self) -> None:
        """SIGKILL, where there is a process; else the end of the shift."""

    def end(self) -> None:
        """Wait until it has ended, after "close" or a kill."""


class ThreadSession:
    """In this process."""

    def __init__(self, opening: Opening, tell: Tell) -> None:
        self._orders = ThreadPoolExecutor(1, thread_name_prefix=f"shift {opening.name}")
        self._shift: Shift | None = None
        self.gone = False
        self.opened = self._orders.submit(self._open, opening, tell)

    def _open(self, opening: Opening, tell: Tell) -> None:
        try:
            self._shift = Shift(opening, tell)
        except Exception as error:
            self.gone = True
            raise NotOpened(f"{type(error).__name__}: {error}") from error

    def send(self, order: str, **arguments: Any) -> "Future[Any]":
        return self._orders.submit(self._obey, order, arguments)

    def _obey(self, order: str, arguments: dict[str, Any]) -> Any:
        if self._shift is None:
            raise Gone
        if order == "close":
            self.gone = True
        return self._shift.obey(order, **arguments)

    def kill(self) -> None:
        self.send("close")

    def end(self) -> None:
        self._orders.shutdown()
        self.gone = True


class ProcessSession:
    """In a process of its own, `tests.faults.harness.child`.

    Args:
        opening, tell: of the shift.
        clock: seconds by which its clock is wrong.
        die_at: a place of `tests.support.station_process` and how often it gets past it alive.
    """

    def __init__(
        self, opening: Opening, tell: Tell, clock: float = 0.0, die_at: tuple[str, int] | None = None
    ) -> None:
        self._tell = tell
        self._answers: dict[int, Future[Any]] = {}
        self._writing = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.harness.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            bufsize=1,
        )
        self.gone = False
        self._reading = threading.Thread(target=self._read, name=f"hears {opening.name}")
        self._reading.start()
        if die_at is not None:
            self.send("die_at", place=die_at[0], after=die_at[1])
        self.opened = self.send("open", clock=clock, **asdict(opening))

    def send(self, order: str, **arguments: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        with self._writing:
            number = len(self._answers)
            self._answers[number] = future
            try:
                assert self.process.stdin is not None
                self.process.stdin.write(
                    json.dumps({"number": number, "order": order, "arguments": arguments}) + "\n"
                )
                self.process.stdin.flush()
            except (OSError, ValueError):
                self._fail(future)
        if self.gone:
            self._fail(future)
        return future

    @staticmethod
    def _fail(future: "Future[Any]") -> None:
        if not future.done():
            future.set_exception(Gone())

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.endswith("\n"):
                break  # it was killed while it wrote
            said = json.loads(line)
            if "heard" in said:
                self._tell(said["about"], Heard(**said["heard"]))
            elif "failed" in said:
                self._answers[said["number"]].set_exception(NotOpened(said["failed"]))
            else:
                self._answers[said["number"]].set_result(said["value"])
        self.process.wait()
        self.gone = True
        with self._writing:
            for future in self._answers.values():
                self._fail(future)

    def kill(self) -> None:
        self.process.kill()

    def end(self) -> None:
        with self._writing:
            assert self.process.stdin is not None
            try:
                self.process.stdin.close()
            except OSError:
                pass
        self._reading.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
