"""Appointments in words."""

from __future__ import annotations

import datetime as dt

from medidesk.repositories.appointments import AppointmentRow
from medidesk.repositories.dates import age
from medidesk.ui import moments
from medidesk.ui.appointment_words import day_and_time, look, state, weekday
from medidesk.words import tr

__all__ = ["clock", "day_and_time", "has_it", "look", "patient", "short_day", "span", "state", "weekday"]

_CHILD = 12
"""Years up to which the age stands beside the name."""


def clock(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """The time by the branch's clock: "10:15"."""
    return f"{moment.astimezone(zone):%H:%M}"


def short_day(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """The day without its year: "Fri 20 Nov"."""
    day = moment.astimezone(zone).date()
    return f"{weekday(day)} {day.day} {moments.month(day)}"


def span(row: AppointmentRow, zone: dt.tzinfo) -> str:
    """From when to when: "10:15–10:30"."""
    return f"{clock(row.starts_at, zone)}–{clock(row.ends_at, zone)}"


def has_it(row: AppointmentRow, zone: dt.tzinfo) -> str:
    """Who has a time, and where, in a sentence."""
    if row.room:
        return tr(
            "{name} has {patient} in {room}: {time}.",
            name=row.staff_name, patient=patient(row), room=row.room, time=span(row, zone),
        )  # fmt: skip
    return tr(
        "{name} has {patient}: {time}.", name=row.staff_name, patient=patient(row), time=span(row, zone)
    )


def patient(row: AppointmentRow) -> str:
    """The name, with the age of a child."""
    if row.born_on is None:
        return row.name or "—"
    today = moments.today()
    is_child = today.year - row.born_on.year <= _CHILD
    return f"{row.name}, {age(row.born_on, today)}" if is_child else row.name
