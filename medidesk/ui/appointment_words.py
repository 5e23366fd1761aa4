"""Appointments in words, for whichever screen shows them."""

from __future__ import annotations

import datetime as dt

from medidesk.models.appointments import AppointmentState
from medidesk.repositories.appointments import AppointmentRow
from medidesk.ui import moments
from medidesk.ui.visit_words import look_of, state_name
from medidesk.words import tr


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
