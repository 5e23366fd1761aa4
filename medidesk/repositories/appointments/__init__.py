"""Appointments: who comes to whom, and when. Callers write `appointments.book`."""

from medidesk.repositories.appointments.booking import (
    book,
    book_again,
    book_series,
    cancel,
    change,
    miss,
    move,
    park,
)
from medidesk.repositories.appointments.month import DayLoad, how_full
from medidesk.repositories.appointments.queries import (
    between,
    by_id,
    calendar_day,
    calendar_days,
    of_patient,
    of_series,
    parked,
    waiting_list,
)
from medidesk.repositories.appointments.rooms import Usual, free_rooms, room_of, usual_rooms
from medidesk.repositories.appointments.rows import AppointmentRow, CalendarDay, Column, Slot
from medidesk.repositories.appointments.slots import Part, free_slots
from medidesk.repositories.appointments.waiting import Waiting, bring_forward, could_come, earlier_times

__all__ = [
    "AppointmentRow", "CalendarDay", "Column", "DayLoad", "Part", "Slot", "Usual", "Waiting", "between", "book",
    "book_again", "book_series", "bring_forward", "by_id", "calendar_day", "calendar_days", "cancel", "change",
    "could_come", "earlier_times", "free_rooms", "free_slots", "how_full", "miss", "move", "of_patient",
    "of_series", "park", "parked", "room_of", "usual_rooms", "waiting_list",
]  # fmt: skip
