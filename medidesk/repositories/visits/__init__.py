"""Visits: who is here, who is called next, and how far they have come. Callers write `visits.check_in`."""

from medidesk.repositories.visits.keeping import (
    call,
    change,
    check_in,
    complete,
    enter_room,
    leave,
    take_back,
)
from medidesk.repositories.visits.queries import by_id, due_today, next_of, of_day, waiting, waiting_limit
from medidesk.repositories.visits.rows import OPEN, VisitRow

__all__ = [
    "OPEN", "VisitRow", "by_id", "call", "change", "check_in", "complete", "due_today", "enter_room", "leave",
    "next_of", "of_day", "take_back", "waiting", "waiting_limit",
]  # fmt: skip
