"""A shift in a thread of this process, or in a process of its own that can be killed at any instant."""

import contextlib
import multiprocessing
import threading
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, Protocol

from tests.faults.harness import child
from tests.faults.harness.shift import Opening, Shift, Tell

# A process that has read all modules forks one station after the other: each would take a second to read them.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([child.__name__])
_starting = threading.Lock()


class GoneError(Exception):
    """The process was killed before it answered."""


class NotOpenedError(Exception):
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
            raise NotOpenedError(f"{type(error).__name__}: {error}") from error

    def send(self, order: str, **arguments: Any) -> "Future[Any]":
        return self._orders.submit(self._obey, order, arguments)

    def _obey(self, order: str, arguments: dict[str, Any]) -> Any:
        if self._shift is None:
            raise GoneError
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
        self._pipe, theirs = _PROCESSES.Pipe()
        self.process = _PROCESSES.Process(target=child.main, args=(theirs,), daemon=True)
        with _starting:  # the fork server takes one order at a time
            self.process.start()
        theirs.close()
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
                self._pipe.send((number, order, arguments))
            except OSError:
                self._fail(future)
        if self.gone:
            self._fail(future)
        return future

    @staticmethod
    def _fail(future: "Future[Any]") -> None:
        with contextlib.suppress(InvalidStateError):
            future.set_exception(GoneError())

    def _read(self) -> None:
        with contextlib.suppress(OSError, EOFError):  # it has ended, or was killed
            while True:
                self._take(self._pipe.recv())
        self.process.join()
        self.gone = True
        with self._writing:
            for future in self._answers.values():
                self._fail(future)

    def _take(self, said: child.Said) -> None:
        match said:
            case ("heard", number, outcome):
                self._tell(number, outcome)
            case ("value", number, value):
                self._answers[number].set_result(value)
            case ("failed", number, words):
                self._answers[number].set_exception(NotOpenedError(words))

    def kill(self) -> None:
        self.process.kill()

    def end(self) -> None:
        self._reading.join()
        self._pipe.close()
        self.process.close()
