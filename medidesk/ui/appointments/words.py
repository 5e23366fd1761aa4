"""Appointments in words."""

from __future__ import annotations

import datetime as dt

from medidesk.models.appointments import AppointmentState
from medidesk.repositories.appointments import AppointmentRow
from medidesk.repositories.dates import age
from medidesk.ui import moments
from medidesk.ui.visits.words import look_of, state_name
from medidesk.words import tr

_CHILD = 12
"""Years up to which the age stands beside the name."""


def clock(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """The time by the branch's clock: "10:15"."""
    return f"{moment.astimezone(zone):%H:%M}"


def span(row: AppointmentRow, zone: dt.tzinfo) -> str:
    """From when to when: "10:15–10:30"."""
    return f"{clock(row.starts_at, zone)}–{clock(row.ends_at, zone)}"


def weekday(day: dt.date) -> str:
    """In three letters: "Fri"."""
    return tr(day.strftime("%a"))


def day_and_time(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """With the weekday: "Fri 20 Nov 2026 10:15"."""
    here = moment.astimezone(zone)
    return f"{weekday(here.date())} {moments.day(here.date())} {here:%H:%M}"


def look(row: AppointmentRow) -> str:
    """The name of the state that it looks like: how far the visit has come, once there is one."""
    return str(row.state) if row.visit_state is None else look_of(row.visit_state)


def state(row: AppointmentRow) -> str:
    """What became of it."""
    if row.visit_state is not None:
        return state_name(row.visit_state)
    return {
        AppointmentState.BOOKED: tr("Booked"),
        AppointmentState.PARKED: tr("On the pinboard"),
        AppointmentState.CANCELLED: tr("Cancelled"),
        AppointmentState.NO_SHOW: tr("Did not come"),
    }[row.state]


def patient(row: AppointmentRow) -> str:
    """The name, with the age of a child."""
    if row.born_on is None:
        return row.name or "—"
    today = moments.today()
    is_child = today.year - row.born_on.year <= _CHILD
    return f"{row.name}, {age(row.born_on, today)}" if is_child else row.name
