"""A PC whose clock is wrong: every module of MediDesk in this process sees another time."""

import datetime as dt
import sys
from types import ModuleType
from typing import Any

_real = dt.datetime
_wrong_by = dt.timedelta()


class _Plain(type(_real)):  # type: ignore[misc]
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)


class _WrongDatetime(_real, metaclass=_Plain):
    """Times it makes are plain ones; only the present is another."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        # By way of UTC: the local time of another day may have another offset.
        there = _real.now(dt.UTC) + _wrong_by
        return there.astimezone(tz) if tz is not None else there.astimezone().replace(tzinfo=None)


def set_clock(seconds: float) -> None:
    """From now on the clock of this process's station is wrong by so many seconds."""
    global _wrong_by  # noqa: PLW0603 (a process has one clock)
    _wrong_by = dt.timedelta(seconds=seconds)
    shown = ModuleType("datetime")
    shown.__dict__.update(vars(dt), datetime=_WrongDatetime)
    for name, module in tuple(sys.modules.items()):
        if name.startswith("medidesk.") and getattr(module, "dt", None) is dt:
            module.__dict__["dt"] = shown
