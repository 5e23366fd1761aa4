"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], timeout: float = 20) -> None:
    """Return as soon as `condition()` is true.

    Raises:
        TimeoutError: it was not within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {timeout} s: {condition}")
        time.sleep(0.005)
