"""The thread that runs a station's loop."""

import threading
from collections.abc import Callable
from typing import Protocol


class LoopThread(Protocol):
    """A thread that runs the loop: `threading.Thread`, or a QThread in the desktop program."""

    def start(self) -> None:
        """Begin."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended."""


type ThreadFactory = Callable[[Callable[[], None]], LoopThread]


def plain_thread(target: Callable[[], None]) -> LoopThread:
    """The thread of a headless station."""
    return threading.Thread(target=target, name="medidesk-sync", daemon=True)
