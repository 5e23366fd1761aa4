"""Waiting longer after each failure, never in step with other stations."""

import random
from dataclasses import dataclass

FIRST_SECONDS = 0.25
MOST_SECONDS = 8.0


@dataclass
class Backoff:
    """Doubling pauses with jitter; a success starts anew."""

    _next: float = FIRST_SECONDS

    def reset(self) -> None:
        """It worked."""
        self._next = FIRST_SECONDS

    def pause(self) -> float:
        """Seconds to wait before the next try: between a half and the whole of a doubling span."""
        span, self._next = self._next, min(self._next * 2, MOST_SECONDS)
        return span * random.uniform(0.5, 1.0)  # noqa: S311 (spreading load, not guarding a secret)
