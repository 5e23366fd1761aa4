"""Visits in words and chips."""

from __future__ import annotations

import datetime as dt

from medidesk.models.visits import Priority, VisitState
from medidesk.repositories.dates import age
from medidesk.repositories.visits import VisitRow
from medidesk.ui import moments
from medidesk.ui.kit.chip import ChipLook, chips_for_state
from medidesk.words import counted, tr

_LOOKS = {
    VisitState.WAITING: "arrived",
    VisitState.IN_ROOM: "in_room",
    VisitState.COMPLETED: "completed",
}


def look_of(state: VisitState) -> str:
    """The name of an appointment's state that looks like this one."""
    return _LOOKS.get(state, "cancelled")


def state_name(state: VisitState) -> str:
    """What people call it."""
    return {
        VisitState.WAITING: tr("Waiting"),
        VisitState.IN_ROOM: tr("In room"),
        VisitState.COMPLETED: tr("Done"),
        VisitState.LEFT: tr("Left"),
    }[state]


def state_chip(row: VisitRow) -> ChipLook:
    """How far the visit has come."""
    if row.state is VisitState.WAITING and row.called_at is not None:
        return ChipLook(tr("Called"), "info", "megaphone")
    if row.state is VisitState.LEFT:
        return ChipLook(state_name(row.state), "neutral", "log-out")
    return chips_for_state("appointment", look_of(row.state), text=state_name(row.state))


def waited_chip(row: VisitRow, now: dt.datetime, limit: int) -> ChipLook:
    """How long they wait; amber past the clinic's limit."""
    minutes = row.minutes_waited(now)
    too_long = row.state is VisitState.WAITING and minutes >= limit
    return ChipLook(
        waited(minutes), "warning" if too_long else "neutral", "clock-alert" if too_long else None
    )


def waited(minutes: int) -> str:
    """A length of waiting: "26 min", "1 h 05 min"."""
    hours, rest = divmod(minutes, 60)
    return (
        tr("{hours} h {minutes} min", hours=hours, minutes=f"{rest:02}")
        if hours
        else tr("{count} min", count=rest)
    )


def urgent_chips(row: VisitRow) -> tuple[ChipLook, ...]:
    """Whether they are called before the others."""
    return (ChipLook(tr("Urgent"), "danger", "triangle-alert"),) if row.priority is Priority.URGENT else ()


def whom(row: VisitRow) -> str:
    """Whom they come to."""
    return row.staff_name or tr("Whoever is free")


def about(row: VisitRow) -> str:
    """What tells people of one name apart."""
    years = "" if row.born_on is None else age(row.born_on, moments.today())
    return " · ".join(part for part in (row.number, years) if part)


def figures(rows: list[VisitRow], now: dt.datetime) -> str:
    """How many wait, and the longest: "5 waiting · longest 26 min"."""
    waiting = [row for row in rows if row.state is VisitState.WAITING]
    if not waiting:
        return tr("Nobody waits")
    longest = max(row.minutes_waited(now) for row in waiting)
    count = counted(len(waiting), "{count} waiting", "{count} waiting")
    return tr("{count} · longest {time}", count=count, time=waited(longest))
