"""Where a station is in the change feed: a PostgreSQL snapshot, clamped.

Transaction ids of aborted work are not flushed, so after an immediate stop the server uses them again. A cursor
that had already counted them as seen would skip what is then written under them; so it is clamped to the
greatest transaction that the feed has ever shown, which is on the server's disk.
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Snapshot:
    """PostgreSQL's `pg_snapshot`: all below xmin is visible, nothing from xmax on, nor what is in progress."""

    xmin: int
    xmax: int
    in_progress: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "xmin:xmax:a,b,c"."""
        xmin, xmax, rest = text.split(":")
        return cls(int(xmin), int(xmax), frozenset(int(one) for one in rest.split(",") if one))

    def __str__(self) -> str:
        return f"{self.xmin}:{self.xmax}:{','.join(str(one) for one in sorted(self.in_progress))}"

    def sees(self, xid: int) -> bool:
        """Whether a transaction is visible in it."""
        return xid < self.xmax and xid not in self.in_progress

    def clamped(self, greatest: int) -> Self:
        """Not beyond the greatest transaction that was ever shown."""
        xmax = min(self.xmax, greatest + 1)
        running = frozenset(one for one in self.in_progress if one < xmax)
        return type(self)(min(running, default=xmax), xmax, running)
