"""Duty: weekly hours, and the days on which it is different. Callers write `duty.schedules`."""

from medidesk.repositories.duty.clock import parse_clock
from medidesk.repositories.duty.keeping import (
    add_exception,
    add_schedule,
    edit_exception,
    edit_schedule,
    remove_exception,
    remove_schedule,
)
from medidesk.repositories.duty.queries import (
    ExceptionRow,
    ScheduleRow,
    exception,
    exceptions,
    schedule,
    schedules,
)

__all__ = [
    "ExceptionRow", "ScheduleRow", "add_exception", "add_schedule", "edit_exception",
    "edit_schedule", "exception", "exceptions", "parse_clock", "remove_exception", "remove_schedule", "schedule",
    "schedules",
]  # fmt: skip
