"""The server's time, as this station last heard it; this PC's own clock may be set wrong, or set back meanwhile."""

import datetime as dt
import time


class ServerClock:
    """Counts on from what the server said, by a clock that nobody can set."""

    def __init__(self) -> None:
        self._heard: tuple[dt.datetime, float] | None = None

    def heard(self, moment: dt.datetime) -> None:
        """The server says that it is this moment now."""
        self._heard = moment, time.monotonic()

    def now(self) -> dt.datetime | None:
        """The server's time; None before it was heard."""
        if self._heard is None:
            return None
        moment, at = self._heard
        return moment + dt.timedelta(seconds=time.monotonic() - at)
